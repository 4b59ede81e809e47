"""Texts that any terminal, font and XML file can show: escapes for what cannot be printed, and an end to what is long."""

from __future__ import annotations

LONGEST = 40


def printable(text: str) -> str:
    """The text with Python's escapes in place of the characters that cannot be printed.

    >>> printable("a\\tb")
    'a\\\\tb'
    """
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def visible(text: str, most: int = LONGEST) -> str:
    """The printable text, cut to at most `most` characters.

    >>> visible("a\\tb"), visible("abcdef", 4)
    ('a\\\\tb', 'abc…')
    """
    shown = printable(text[: most + 1])
    return shown if len(shown) <= most else shown[: most - 1] + "…"
