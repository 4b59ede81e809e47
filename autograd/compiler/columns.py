"""Instructions as columns of numbers: how recordings keep them, however many there are.

A hundred thousand Instructions are as many tuples, which take ten times the memory, and which Python's garbage collector walks
again and again. So `from_graph`, the passes and the plan go through columns, and whoever reads `program.instructions` gets
each Instruction when it is asked for.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from operator import eq
from typing import Any, overload

from .instructions import Instruction
from .ops import ADD, CONSTANT, DIV, INPUT, MUL, NEG, POW, SQUARE, SUB, Op

FIXED = (INPUT, CONSTANT, ADD, SUB, MUL, DIV, POW, NEG, SQUARE)
"""The ops that `ops` begins with, so that the passes know their numbers."""


class Columns(Sequence[Instruction]):
    """The instructions of a listing, as a sequence that makes each Instruction when it is asked for.

    op          for each instruction the number of its op in `ops`
    ops         the ops there are, those of FIXED first
    start       where the operands of each begin in `operands`; one more than there are instructions
    numbers     those of constants
    labels      {number of an instruction: label} for those that have one
    place       for each instruction the number of its origin in `places`, -1 for those that have none
    """

    __slots__ = ("labels", "numbers", "op", "operands", "ops", "place", "places", "start")

    def __init__(
        self,
        op: array[int],
        ops: list[Op],
        start: array[int],
        operands: array[int],
        numbers: array[float],
        labels: dict[int, str],
        place: array[int],
        places: list[tuple[str, int]],
    ) -> None:
        self.op, self.ops, self.start, self.operands, self.numbers = op, ops, start, operands, numbers
        self.labels, self.place, self.places = labels, place, places

    def replaced(self, **columns: Any) -> Columns:
        """The same instructions with other `columns`."""
        return Columns(**{name: getattr(self, name) for name in self.__slots__} | columns)

    def __len__(self) -> int:
        return len(self.op)

    @overload
    def __getitem__(self, i: int) -> Instruction: ...
    @overload
    def __getitem__(self, i: slice) -> list[Instruction]: ...
    def __getitem__(self, i: int | slice) -> Instruction | list[Instruction]:
        if isinstance(i, slice):
            return [self._made(k) for k in range(len(self))[i]]
        return self._made(range(len(self))[i])

    def __iter__(self) -> Iterator[Instruction]:
        return map(self._made, range(len(self)))

    def _made(self, k: int) -> Instruction:
        operands, place = self.operands[self.start[k] : self.start[k + 1]], self.place[k]
        origin = self.places[place] if place >= 0 else None
        return Instruction(self.ops[self.op[k]], tuple(operands), self.numbers[k], self.labels.get(k, ""), origin)

    def __eq__(self, other: object) -> bool:
        return len(self) == len(other) and all(map(eq, self, other)) if isinstance(other, Sequence) else NotImplemented

    def __repr__(self) -> str:
        return repr([*self])


def columns_of(instructions: Sequence[Instruction]) -> Columns:
    """Instructions as columns; Columns as they are."""
    if isinstance(instructions, Columns):
        return instructions
    numbers = Numbers()
    found = Columns(array("i"), numbers.ops, array("i", [0]), array("i"), array("d"), {}, array("i"), [])
    places: dict[Any, int] = {}
    for k, (op, operands, number, label, origin) in enumerate(instructions):
        found.op.append(numbers[op])
        found.operands.extend(operands)
        found.start.append(len(found.operands))
        found.numbers.append(number)
        if label:
            found.labels[k] = label
        found.place.append(-1 if origin is None else places.setdefault(origin, len(places)))
    found.places = [*places]
    return found


class Numbers(dict[Op, int]):
    """The numbers of ops in `ops`, where an op that is looked up for the first time is added."""

    def __init__(self, ops: Iterable[Op] = FIXED) -> None:
        self.ops = [*ops]
        super().__init__((op, k) for k, op in enumerate(self.ops))

    def __missing__(self, op: Op) -> int:
        self.ops.append(op)
        return self.setdefault(op, len(self.ops) - 1)
