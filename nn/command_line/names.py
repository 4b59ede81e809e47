"""Names in messages: quoted, listed, and the known name that a mistyped one resembles."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from autograd.texts import visible


def quoted(text: str) -> str:
    """A text in quotes, visible.

    >>> quoted("petal")
    "'petal'"
    """
    return f"'{visible(text)}'"


def listed(names: Sequence[str], most: int = 20) -> str:
    """Names in quotes one after the other, at most `most` of them.

    >>> listed(["a", "b", "c"], most=2)
    "'a', 'b' and 1 more"
    """
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(map(quoted, names[:most])) + more


def nearest(wrong: str, known: Sequence[str]) -> str:
    """The end of a sentence about an unknown name: the known name it resembles, if there is one, and all the known names.

    >>> nearest("specis", ["petal", "species"])
    "did you mean 'species'? There are 'petal', 'species'"
    """
    folded = {name.casefold(): name for name in reversed(known)}
    close = difflib.get_close_matches(wrong[:200].casefold(), folded, n=1)
    return (f"did you mean {quoted(folded[close[0]])}? There are " if close else "there are ") + listed(known)
