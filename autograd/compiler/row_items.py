"""What a plan's part for rows is made of, before its registers have places: items, and the tagged numbers that they have."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import overload

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
rows its number, and the register of the factor it is multiplied by, or -1."""


class Sums(Sequence[Sum]):
    """Such outputs, as columns of numbers, which make each Sum when it is asked for: a network has one for each parameter.

    shared          the registers that all rows share, those of the first output first
    numbers         of the sums over rows, and `factors` the registers they are multiplied by
    ends            for each output where its own of both end, with (0, 0) before the first
    """

    def __init__(self) -> None:
        self.shared, self.numbers, self.factors = array("i"), array("i"), array("i")
        self.ends = array("i", [0, 0])

    def add(self, number: int, factor: int = -1) -> None:
        """Adds a sum over rows to the output that is written."""
        self.numbers.append(number)
        self.factors.append(factor)

    def end(self) -> None:
        """What was added since the last `end`, and to `shared`, is one output."""
        self.ends.append(len(self.shared))
        self.ends.append(len(self.numbers))

    def spans(self) -> Iterator[tuple[int, int, int, int]]:
        """For each output where its own in `shared` begin and end, and its sums over rows."""
        return zip(self.ends[::2], self.ends[2::2], self.ends[1::2], self.ends[3::2], strict=False)

    def placed(self, place: Sequence[int]) -> Sums:
        """The same with the place of each register in the place of the register."""
        found = Sums()
        found.shared = array("i", [place[k] for k in self.shared])
        found.factors = array("i", [place[k] if k >= 0 else -1 for k in self.factors])
        found.numbers, found.ends = self.numbers, self.ends
        return found

    def __len__(self) -> int:
        return len(self.ends) // 2 - 1

    @overload
    def __getitem__(self, i: int) -> Sum: ...
    @overload
    def __getitem__(self, i: slice) -> list[Sum]: ...
    def __getitem__(self, i: int | slice) -> Sum | list[Sum]:
        if isinstance(i, slice):
            return [self[k] for k in range(len(self))[i]]
        at = 2 * range(len(self))[i]
        first, begin, last, end = self.ends[at : at + 4]
        pairs = zip(self.numbers[begin:end], self.factors[begin:end], strict=True)
        return tuple(self.shared[first:last]), tuple(pairs)
