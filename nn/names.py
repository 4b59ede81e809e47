"""Names as people read them: without what cannot be shown, cut, quoted, listed, and the one that a mistyped name was to be."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

LONGEST = 40


def visible(text: str, most: int = LONGEST) -> str:
    """A text of at most so many characters, all of which a terminal, a font or an XML file can show.

    >>> visible("a\\tb"), visible("abcdef", 4)
    ('a\\\\tb', 'abc…')
    """
    shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text[: most + 1])
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def quoted(text: str) -> str:
    """A text in quotes, visible.

    >>> quoted("petal")
    "'petal'"
    """
    return f"'{visible(text)}'"


def listed(names: Sequence[str], most: int = 20) -> str:
    """Names in quotes one after the other, at most so many of them.

    >>> listed(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(map(quoted, names[:most])) + more


def nearest(wrong: str, known: Sequence[str]) -> str:
    """The end of a sentence about an unknown name: the one it resembles, if one does, and all there are.

    >>> nearest("specis", ["petal", "species"])
    "did you mean 'species'? There are 'petal', 'species'"
    """
    folded = {name.casefold(): name for name in reversed(known)}
    close = difflib.get_close_matches(wrong[:200].casefold(), folded, n=1)
    return (f"did you mean {quoted(folded[close[0]])}? There are " if close else "there are ") + listed(known)
