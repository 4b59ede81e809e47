"""Program: a recorded graph as a list of instructions, each of which computes one number from numbers before it.

The instructions are in static single assignment: instruction number i gives register i, once. The first are the inputs.
The passes below each take a Program and give one that computes the same, and `verify` checks what every pass must keep.
"""

from __future__ import annotations

import functools
import math
import os
import struct
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from .copying import ancestors
from .custom import BUILT_IN
from .drawing import MOST_NODES
from .registers import assign
from .trace import RELATIONS, op_of, row_named, slope_named
from .value import Value, operands_and_slopes, plain, row_of

if TYPE_CHECKING:
    import graphviz

INPUT, CONSTANT = "input", "constant"


class Instruction(NamedTuple):
    """One number: `op` applied to the registers `operands`.

    op          a primitive's name; "slope tanh 0", the derivative of a primitive in an operand, of its operands and its output;
                "select <", operands (a, b, x, y): x where a < b, else y; "input"; "constant", with its `number`
    label       the label of the Value it was recorded from
    origin      (file, line) that made that Value, if it was recorded
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

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes it to a file of text, which `autograd.program_files` describes; see there."""
        from .program_files import save

        save(self, path)

    @staticmethod
    def load(path: str | os.PathLike[str]) -> Program:
        """The program in a file. StorageError (a ValueError) for a file that is damaged or no program."""
        from .program_files import load

        return load(path)

    def draw(self, *, max_nodes: int = MOST_NODES) -> graphviz.Digraph:
        """It as a picture, a graphviz.Digraph, as `autograd.program_drawing.draw` makes it; see there."""
        from .program_drawing import draw

        return draw(self, max_nodes=max_nodes)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from .drawing import mimebundle

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


def _jumps(op: str) -> bool:
    """Whether an op may give quite another number for one that is a bit different."""
    if op.startswith("slope "):
        row, _ = slope_named(op)
        return bool(row.kinks) or row.arity is None or row.code >= BUILT_IN
    return op.startswith(("select ", "flat ")) or op in ("remainder", "fmod")


def _flops(instruction: Instruction) -> int:
    if instruction.op in (INPUT, CONSTANT):
        return 0
    if instruction.op.startswith(("select ", "flat ", "slope ")):
        return 1
    return max(1, len(instruction.operands) - 1) if row_named(instruction.op).arity is None else 1


# ------------------------------------------------------------------------------------------------ from a graph


def flatten(outputs: Sequence[Value], inputs: Sequence[Value], guards: Sequence[Any] = ()) -> Program:
    """The program of a graph: of `outputs`, where `inputs` vary and all other leaves are constants."""
    ends = [*outputs, *(x for guard in guards for x in (guard.left, guard.right) if isinstance(x, Value))]
    place = {id(x): i for i, x in enumerate(inputs)}
    instructions = [Instruction(INPUT, (), label=x.label) for x in inputs]
    constants: dict[bytes, int] = {}

    def constant(number: float, label: str = "") -> int:
        key = struct.pack("d", number)
        if key not in constants:
            constants[key] = len(instructions)
            instructions.append(Instruction(CONSTANT, (), number, label))
        return constants[key]

    known = set(place)
    for v in ancestors(ends, lambda v: id(v) in known):
        if not v.op:
            place[id(v)] = constant(plain(v), v.label)
            continue
        operands = [place[id(o)] if isinstance(o, Value) else constant(o) for o, _ in operands_and_slopes(v)]
        if v.op in ("where", "flat detach"):  # the same number
            place[id(v)] = operands[0]
            continue
        place[id(v)] = len(instructions)
        instructions.append(Instruction(op_of(row_of(v)), tuple(operands), 0.0, v.label, v.origin))

    def at(x: Any) -> int:
        return place[id(x)] if isinstance(x, Value) else constant(x)

    kept = tuple(Guard(g.relation, at(g.left), at(g.right), g.outcome) for g in guards)
    return Program(instructions, len(inputs), tuple(map(at, outputs)), tuple(dict.fromkeys(kept)))


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


# ------------------------------------------------------------------------------------------------ passes


def fold_constants(program: Program) -> Program:
    """Computes what depends on constants alone."""
    new: list[Instruction] = []
    for instruction in program.instructions:
        if instruction.operands and all(new[k].op == CONSTANT for k in instruction.operands):
            number = evaluate(instruction.op, [new[k].number for k in instruction.operands])
            instruction = Instruction(CONSTANT, (), number, instruction.label, instruction.origin)
        new.append(instruction)
    return replace(program, instructions=new)


def common_subexpressions(program: Program) -> Program:
    """Computes once what was recorded several times: the same op of the same registers."""
    first: dict[Any, int] = {}
    to: list[int] = []
    for i, instruction in enumerate(program.instructions):
        if instruction.op == INPUT:
            to.append(i)
            continue
        key = (instruction.op, tuple([to[k] for k in instruction.operands]), struct.pack("d", instruction.number))
        to.append(first.setdefault(key, i))
    return _renamed(program, to)


def simplify(program: Program) -> Program:
    """Leaves out what changes nothing, whatever the numbers: x * 1, x / 1, x - 0, -(-x), a choice between x and x."""
    to: list[int] = []
    found = program.instructions
    for i, (op, operands, *_) in enumerate(found):
        new = [to[k] for k in operands]
        numbers = [found[k].number if found[k].op == CONSTANT else None for k in new]
        same = i
        if op in ("mul", "div") and numbers[1] == 1.0:
            same = new[0]
        elif op == "mul" and numbers[0] == 1.0:
            same = new[1]
        elif op == "sub" and numbers[1] == 0.0 and math.copysign(1.0, numbers[1]) > 0:
            same = new[0]
        elif op.startswith("select ") and new[2] == new[3]:
            same = new[2]
        elif op == "neg" and found[new[0]].op == "neg":
            same = to[found[new[0]].operands[0]]
        to.append(same)
    return _renamed(program, to)


def _renamed(program: Program, to: list[int]) -> Program:
    """Every use of register i replaced by one of register to[i]."""
    instructions = [
        instruction if not instruction.operands else instruction._replace(operands=tuple([to[k] for k in instruction.operands]))
        for instruction in program.instructions
    ]
    guards = tuple(dict.fromkeys(Guard(g.relation, to[g.left], to[g.right], g.outcome) for g in program.guards))
    return replace(program, instructions=instructions, outputs=tuple(to[k] for k in program.outputs), guards=guards)


def dead_code(program: Program) -> Program:
    """Leaves out what no output and no guard needs, and guards on constants. The inputs stay."""
    found = program.instructions
    guards = tuple(g for g in program.guards if not found[g.left].op == found[g.right].op == CONSTANT)
    needed = [False] * len(found)
    for k in (*program.outputs, *(k for g in guards for k in (g.left, g.right)), *range(program.inputs)):
        needed[k] = True
    for i in range(len(found) - 1, -1, -1):
        if needed[i]:
            for k in found[i].operands:
                needed[k] = True
    to = [0] * len(found)
    new: list[Instruction] = []
    for i, instruction in enumerate(found):
        if needed[i]:
            to[i] = len(new)
            new.append(instruction._replace(operands=tuple([to[k] for k in instruction.operands])))
    kept = tuple(Guard(g.relation, to[g.left], to[g.right], g.outcome) for g in guards)
    return replace(program, instructions=new, outputs=tuple(to[k] for k in program.outputs), guards=kept)


PASSES: tuple[Callable[[Program], Program], ...] = (fold_constants, common_subexpressions, simplify, dead_code)


def optimised(program: Program) -> Program:
    """The program after all passes."""
    for transform in PASSES:
        program = transform(program)
    return program


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
