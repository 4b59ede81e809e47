"""What a plan's part for rows is made of, before its registers have places: items, and the tagged numbers that they have."""

from __future__ import annotations

Item = tuple[int, int, list[int]]
"""An instruction on rows: its kind, the register it writes (or -1), and the numbers it has.

Each of those numbers has a tag in its last two bits, which `row`, `shared` and `plain` set."""


def row(register: int) -> int:
    """A register with a number for each row."""
    return register << 2


def shared(register: int) -> int:
    """A register that all rows share."""
    return register << 2 | 1


def plain(number: int) -> int:
    """A number that is no register; -1 stands for the place of the register that the instruction writes."""
    return number << 2 | 2


Sum = tuple[tuple[int, ...], tuple[tuple[int, int], ...]]
"""An output that is summed over the rows: the registers that all rows share, taken once for each row; and for each sum over
rows its number, and the register of the factor it is multiplied by, or -1.

There may be as many as a network has parameters, and Python's garbage collector lets go of plain tuples of numbers.
"""
