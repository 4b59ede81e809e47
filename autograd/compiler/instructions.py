"""Listings: the instructions of a program, each of which computes one number from numbers before it.

They are in static single assignment: instruction number i gives register i, once. The first are the inputs. `from_graph.py`
writes the listing of a graph, `passes.py` gives listings that compute the same with less to do, and `verify` checks what every
pass must keep. A `Program` is a listing with what people do with one: print, draw, save, run over rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .ops import CONSTANT, INPUT, LOG_SOFTMAX, LOOP, PART, RELATIONS, ROUND, SOFTMAX, Op


class Instruction(NamedTuple):
    """One number: `op` applied to the registers `operands`.

    number      that of a constant
    label       the label of the Value it was recorded from
    origin      (file, line) that made that Value, or the one it is from the derivative of, if it was recorded
    """

    op: Op
    operands: tuple[int, ...]
    number: float = 0.0
    label: str = ""
    origin: tuple[str, int] | None = None


class Guard(NamedTuple):
    """A branch that was taken while recording: the program holds for numbers that compare in the same way.

    relation        "<", "<=", "==" or "!="
    left, right     the registers compared
    outcome         how the comparison came out
    origin          (file, line) of the branch, the first one of its kind, if it was recorded
    """

    relation: str
    left: int
    right: int
    outcome: bool
    origin: tuple[str, int] | None = None

    def holds(self, left: Any, right: Any) -> Any:
        """Whether numbers, or columns of them, compare as they did."""
        return RELATIONS[self.relation](left, right) == self.outcome


def distinct(guards: Iterable[Guard]) -> tuple[Guard, ...]:
    """The guards without those that compare the same registers in the same way as one before."""
    kept: dict[Any, Guard] = {}
    for guard in guards:
        kept.setdefault(guard[:4], guard)
    return tuple(kept.values())


@dataclass(frozen=True)
class Listing:
    """The instructions, of which the first `inputs` are inputs, the registers that are outputs, and the guards."""

    instructions: Sequence[Instruction]
    inputs: int
    outputs: tuple[int, ...]
    guards: tuple[Guard, ...] = ()

    def __len__(self) -> int:
        return len(self.instructions)

    def __hash__(self) -> int:
        """Equal listings have equal hashes, and a few others: not all of them is looked at."""
        return hash((len(self), self.inputs, self.outputs))

    @property
    def results(self) -> list[int]:
        """The registers that are read when all instructions have run: outputs, and what guards compare."""
        return [*self.outputs, *(k for g in self.guards for k in (g.left, g.right))]

    def run(self, numbers: Sequence[float]) -> list[float]:
        """The outputs at a point: the plainest executor, which the others are tested against."""
        return self.outcome(numbers)[0]

    def outcome(self, numbers: Sequence[float]) -> tuple[list[float], bool]:
        """The outputs at a point, and whether the program holds there: whether all guards come out as recorded."""
        registers: list[Any] = self.registers_at(numbers)
        holds = all(g.holds(registers[g.left], registers[g.right]) for g in self.guards)
        holds = holds and all(block.holds for block in registers if type(block) is not float)  # of loops
        return [registers[k] for k in self.outputs], holds

    def registers_at(self, numbers: Sequence[float]) -> list[float]:
        """Every register at a point."""
        given = [float(x) for x in numbers]
        if len(given) != self.inputs:
            raise ValueError(f"this program takes {self.inputs} numbers, and was given {len(given)}")
        registers: list[float] = []
        for op, operands, number, *_ in self.instructions:
            if op is INPUT:
                number = given[len(registers)]
            elif op is not CONSTANT:
                number = op.evaluate([registers[k] for k in operands])
            registers.append(number)
        return registers


def last_uses(uses: Iterable[Iterable[int]], kept: Iterable[int]) -> list[list[int]]:
    """For each step, given the registers it uses: those that no later step does, and that need not be `kept`.

    >>> last_uses([[0, 1], [1, 2], [1, 3]], kept=[3])
    [[0], [2], [1]]
    """
    last: dict[int, int] = {}
    at = -1
    for at, registers in enumerate(uses):
        for k in registers:
            last[k] = at
    for k in kept:
        last.pop(k, None)
    ending: list[list[int]] = [[] for _ in range(at + 1)]
    for k, at in last.items():
        ending[at].append(k)
    return ending


def unsaid(op: Op, operands: Sequence[int], before: Sequence[Instruction]) -> str:
    """What a constant among the operands ought to say, and does not: "" where it does, and for ops that take none.

    A softmax, or a slope of one, is told by a constant which of its operands it is of, and a round to how many digits.
    """
    of = Op.of(op.primitive)
    if of is SOFTMAX or of is LOG_SOFTMAX:
        last = len(operands) - 1 - (op.kind == "slope")  # a slope has the output as one operand more
        place = before[operands[last]]
        if place.op is not CONSTANT or place.number not in range(last) or op.operand >= last:
            return f"the last operand of {of} is a constant that says which of the others it is of"
    elif op is ROUND and len(operands) > 1:
        digits = before[operands[1]]
        if digits.op is not CONSTANT or not digits.number.is_integer():
            return f"the last operand of {op} is a constant that says to how many digits"
    return ""


def verify(listing: Listing) -> None:
    """AssertionError, with the register, where a listing is not well made. Passes keep what this checks; plans rely on it."""
    found = [*listing.instructions]
    blocks = {i for i, instruction in enumerate(found) if instruction.op.kind in ("loop", "block")}
    _check(0 <= listing.inputs <= len(found), f"there are not {listing.inputs} inputs")
    for i, (op, operands, *_) in enumerate(found):
        _check((op is INPUT) == (i < listing.inputs), f"r{i}: the inputs come first, and nowhere else")
        for k in operands:
            _check(0 <= k < i, f"r{i} uses a register that comes later")
        if op is INPUT or op is CONSTANT:
            _check(not operands, f"r{i}: {op} takes no operands")
        else:
            _check(op.arity in (None, len(operands)), f"r{i}: {op} takes {op.arity} operands")
            misfit = op.misfit(len(operands))
            _check(not misfit, f"r{i}: {misfit}")
            _check(op is not LOOP, f"r{i}: there is no loop to run")
            of_blocks = 1 if op is PART else op.layout.handles if op.kind == "loop" else 0  # type: ignore[attr-defined]
            _check(blocks.issuperset(operands[:of_blocks]), f"r{i}: {op} is of a loop")
            _check(blocks.isdisjoint(operands[of_blocks:]), f"r{i}: {op} is of numbers, and a loop gives a block of them")
            if op is PART:
                block: Any = found[operands[0]].op
                place = found[operands[1]]
                size = block.size if block.kind == "loop" else len(found[operands[0]].operands) + 2
                _check(place.op is CONSTANT and place.number in range(size), f"r{i}: {op} numbers nothing in {block}")
            elif op.kind == "loop":
                looping: Any = op
                problem = looping.unfit([found[k].op for k in operands[: looping.layout.handles]])
                _check(not problem, f"r{i}: {problem}")
                verify(looping.body)
            missing = unsaid(op, operands, found)
            _check(not missing, f"r{i}: {missing}")
    for k in listing.results:
        _check(0 <= k < len(found), f"there is no r{k}")
        _check(k not in blocks, f"r{k} is a block of numbers, and a result is one number")
    for guard in listing.guards:
        _check(guard.relation in RELATIONS, "a guard compares in an unknown way")


def _check(holds: bool, problem: str) -> None:
    if not holds:  # and not by `assert`, which `python -O` leaves out
        raise AssertionError(problem)
