"""Program: a recorded graph as a list of instructions, each of which computes one number from numbers before it.

The instructions are in static single assignment: instruction number i gives register i, once. The first are the inputs.
`flattening.py` makes a program of a graph, the passes of `passes.py` give programs that compute the same with less to do, and
`verify` checks what every pass must keep.
"""

from __future__ import annotations

import functools
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from ..derivatives.custom import BUILT_IN
from ..pictures.drawing import MOST_NODES
from .registers import assign
from .trace import RELATIONS, row_named, slope_named

if TYPE_CHECKING:
    import graphviz

INPUT, CONSTANT = "input", "constant"


class Instruction(NamedTuple):
    """One number: `op` applied to the registers `operands`.

    op          a primitive's name; "slope tanh 0", the derivative of a primitive in an operand, of its operands and its output;
                "select <", operands (a, b, x, y): x where a < b, else y; "input"; "constant", with its `number`
    label       the label of the Value it was recorded from
    origin      (file, line) that made that Value, or the one it is from the derivative of, if it was recorded
    """

    op: str
    operands: tuple[int, ...]
    number: float = 0.0
    label: str = ""
    origin: tuple[str, int] | None = None


class Guard(NamedTuple):
    """A branch that was taken while recording: the program holds for numbers that compare in the same way."""

    relation: str
    left: int
    right: int
    outcome: bool

    def holds(self, left: Any, right: Any) -> Any:
        """Whether numbers, or columns of them, compare as they did."""
        return RELATIONS[self.relation](left, right) == self.outcome


@dataclass(frozen=True)
class Program:
    """The instructions, of which the first `inputs` are inputs, the registers that are outputs, and the guards.

    >>> from autograd import Value
    >>> from autograd.compiler.from_graph import flatten
    >>> x, y = Value(2.0, label="x"), Value(3.0, label="y")
    >>> print(flatten([x * y + 1.0], [x, y]))
    r0 = input                    x
    r1 = input                    y
    r2 = mul r0 r1
    r3 = constant 1.0
    r4 = add r2 r3                output 0
    >>> program = flatten([x * y + 1.0], [x, y])
    >>> program
    <Program: 5 instructions, 5 registers, 2 flops>
    >>> program.counts, program.memory
    ({'input': 2, 'mul': 1, 'constant': 1, 'add': 1}, 40)
    >>> program.save("product.jsonl")
    >>> Program.load("product.jsonl").run([3.0, 4.0])
    [13.0]
    """

    instructions: list[Instruction]
    inputs: int
    outputs: tuple[int, ...]
    guards: tuple[Guard, ...] = ()

    def __len__(self) -> int:
        return len(self.instructions)

    def __str__(self) -> str:
        """A listing: numbered instructions, with the label, the output and the line of code that each comes from."""
        outputs: dict[int, list[int]] = {}
        for k, register in enumerate(self.outputs):
            outputs.setdefault(register, []).append(k)
        lines = []
        for i, instruction in enumerate(self.instructions):
            shown = f"{instruction.number!r}" if instruction.op == CONSTANT else " ".join(f"r{k}" for k in instruction.operands)
            notes = [instruction.label] if instruction.label else []
            notes += [f"output {k}" for k in outputs.get(i, [])]
            if instruction.origin:
                notes.append(f"{instruction.origin[0]}:{instruction.origin[1]}")
            lines.append(f"{f'r{i} = {instruction.op} {shown}':<28}  {', '.join(notes)}".rstrip())
        lines += [f"guard: r{g.left} {g.relation} r{g.right} was {g.outcome}" for g in self.guards]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return f"<Program: {self.summary}>"

    @property
    def summary(self) -> str:
        """What there is of it, in a line: "5 instructions, 5 registers, 2 flops"; the guards too, if there are any."""
        counts = {"instruction": len(self), "register": self.registers, "flop": self.flops}
        counts |= {"guard": len(self.guards)} if self.guards else {}
        return ", ".join(f"{count:,} {what}{'s' * (count != 1)}" for what, count in counts.items())

    @property
    def counts(self) -> dict[str, int]:
        """How many instructions there are of each op, the most frequent first; inputs and constants too."""
        return dict(Counter(instruction.op for instruction in self.instructions).most_common())

    @property
    def registers(self) -> int:
        """How many registers a run takes, where a result whose last reader has run gives its register to another.

        Inputs and constants keep theirs.
        """
        order = [i for i, instruction in enumerate(self.instructions) if instruction.op not in (INPUT, CONSTANT)]
        kept = [*self.outputs, *(k for g in self.guards for k in (g.left, g.right))]
        return assign([instruction.operands for instruction in self.instructions], order, kept)[1]

    @property
    def memory(self) -> int:
        """How many bytes the registers of a row take: 8 each, a double."""
        return 8 * self.registers

    @property
    def flops(self) -> int:
        """How many arithmetic operations a run takes, an elementary function counting as one."""
        return sum(_flops(instruction) for instruction in self.instructions)

    def over_rows(self, columns: Sequence[Any]) -> Any:
        """The outputs for many rows at once, an array (outputs, rows), as compiled functions run them.

        columns     for each input a column of numbers, or one number that all rows share

        ValueError for columns of other lengths, and for a row that takes another branch than the program was recorded on.

        >>> from autograd import Value
        >>> from autograd.compiler.from_graph import flatten
        >>> x, y = Value(2.0), Value(3.0)
        >>> flatten([x * y + 1.0], [x, y]).over_rows([[1.0, 2.0], 10.0]).tolist()
        [[11.0, 21.0]]
        """
        from .compiled import over_rows

        return over_rows(self, columns)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes it to a file of text, which `autograd.compiler.program_files` describes; see there."""
        from .program_files import save

        save(self, path)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Program:
        """The program in a file. StorageError (a ValueError) for a file that is damaged or no program."""
        from .program_files import load

        return load(path)

    def draw(self, *, max_nodes: int = MOST_NODES) -> graphviz.Digraph:
        """It as a picture, a graphviz.Digraph, as `autograd.compiler.program_drawing.draw` makes it; see there."""
        from .program_drawing import draw

        return draw(self, max_nodes=max_nodes)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from ..pictures.drawing import mimebundle

        return mimebundle(repr(self), self.draw)

    def run(self, numbers: Sequence[float]) -> list[float]:
        """The outputs at a point: the plainest executor, which the others are tested against."""
        return self.outcome(numbers)[0]

    def outcome(self, numbers: Sequence[float]) -> tuple[list[float], bool]:
        """The outputs at a point, and whether the program holds there: whether all guards come out as recorded."""
        registers = self.registers_at(numbers)
        holds = all(g.holds(registers[g.left], registers[g.right]) for g in self.guards)
        return [registers[k] for k in self.outputs], holds

    def registers_at(self, numbers: Sequence[float]) -> list[float]:
        """Every register at a point."""
        if len(numbers) != self.inputs:
            raise ValueError(f"this program takes {self.inputs} numbers, and was given {len(numbers)}")
        registers: list[float] = []
        for instruction in self.instructions:
            if instruction.op == INPUT:
                registers.append(float(numbers[len(registers)]))
            elif instruction.op == CONSTANT:
                registers.append(instruction.number)
            else:
                registers.append(evaluate(instruction.op, [registers[k] for k in instruction.operands]))
        return registers

    @functools.cached_property
    def decisive(self) -> frozenset[int]:
        """The registers on which it hangs what is computed, not only how much it is: behind guards, choices, floors, kinks.

        An executor must give these to the last bit: a number that is off by one there is another branch.
        """
        found = {k for g in self.guards for k in (g.left, g.right)}
        for i in range(len(self.instructions) - 1, -1, -1):
            op, operands, *_ = self.instructions[i]
            if i in found or _jumps(op):
                found.update(operands[:2] if op.startswith("select ") and i not in found else operands)
        return frozenset(found)


SMOOTH = frozenset(["dot", "fsum", "prod", "logsumexp"])
"""The primitives over lists whose slopes do not jump."""


def _jumps(op: str) -> bool:
    """Whether an op may give quite another number for one that is a bit different."""
    if op.startswith("slope "):
        row, _ = slope_named(op)
        return bool(row.kinks) or (row.arity is None and row.name not in SMOOTH) or row.code >= BUILT_IN
    return op.startswith(("select ", "flat ")) or op in ("remainder", "fmod")


def _flops(instruction: Instruction) -> int:
    if instruction.op in (INPUT, CONSTANT):
        return 0
    if instruction.op.startswith(("select ", "flat ", "slope ")):
        return 1
    return max(1, len(instruction.operands) - 1) if row_named(instruction.op).arity is None else 1


# ------------------------------------------------------------------------------------------------ what an op computes


@functools.cache
def op_named(name: str) -> Callable[[list[float]], float]:
    """What an op gives for floats. ValueError for a name that no op has."""
    row = row_named(name)
    forward: Any = row.forward
    return (lambda v: float(forward(v))) if callable(row.slopes) else (lambda v: float(forward(*v)))


def operand_count(op: str) -> int | None:
    """How many operands an op takes; None for any number. ValueError for a name that no op has."""
    row = row_named(op)
    if op.startswith("select "):
        return 4
    if op.startswith("slope "):
        row, _ = slope_named(op)
        return None if row.arity is None else row.arity + 1
    return row.arity


def evaluate(op: str, numbers: list[float]) -> float:
    return op_named(op)(numbers)


# ------------------------------------------------------------------------------------------------ the verifier


def verify(program: Program) -> None:
    """AssertionError, with the register, where a program is not well made. Every pass keeps what it checks."""
    found = program.instructions
    for i, instruction in enumerate(found):
        assert (instruction.op == INPUT) == (i < program.inputs), f"r{i}: the inputs come first, and nowhere else"
        assert all(0 <= k < i for k in instruction.operands), f"r{i} uses a register that comes later"
        if instruction.op in (INPUT, CONSTANT):
            assert not instruction.operands, f"r{i}: {instruction.op} takes no operands"
            continue
        arity = operand_count(instruction.op)
        assert arity is None or arity == len(instruction.operands), f"r{i}: {instruction.op} takes {arity} operands"
    for k in (*program.outputs, *(k for g in program.guards for k in (g.left, g.right))):
        assert 0 <= k < len(found), f"there is no r{k}"
    assert all(g.relation in RELATIONS for g in program.guards), "a guard compares in an unknown way"
