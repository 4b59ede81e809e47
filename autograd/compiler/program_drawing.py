"""A program as a picture: every instruction a box with its register and what is computed there, every guard a diamond."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..engine.primitives import BY_NAME
from ..pictures.charts import Arrow, Box, Cell, Chart
from ..pictures.colours import theme_named
from ..pictures.drawing import drawn
from ..pictures.writing import MOST_OPERANDS, Text, formula
from ..texts import short_source_name
from .instructions import Guard, Instruction, Listing
from .loops import Loop
from .ops import CONSTANT, DOT, INPUT, PART, Op
from .program_by_line import chart_by_line

if TYPE_CHECKING:
    from ..pictures.rendering import Picture

MOST_NODES = 400

MOST_OUTPUTS = 6
"""If one register is more outputs than this, the box names only the first of them."""

MOST_OF_A_STEP = 16
"""If the step of a loop has more instructions than this, those in the middle are left out of the box."""

NAME = re.compile(r"[\w.]+(\[[^\[\]]*\])*")
"""A label that can stand in a formula: x, p[0], W[0, 1]."""


def draw(program: Listing, *, max_nodes: int = MOST_NODES, theme: str = "light") -> Picture:
    """A program, left to right, as a graphviz.Digraph.

    Inputs are green, outputs yellow. Every other box is an instruction, with its label (if any), its register and what is
    computed there: constants stand in these formulas as numbers, other registers by their labels, or as r and a number as in
    the listing. Diamonds are guards, the comparisons that must come out as they did, with how that was. In a browser, a box
    under the pointer tells the line of code that it was recorded from.

    theme       "light" or "dark"

    A program of more than `max_nodes` instructions or operands, which no one could read, is drawn with one box for each line of
    source that its instructions were recorded from, derivatives included.

    As with `autograd.draw`, the result shows itself in a notebook, and `.save("program.svg")` writes it, or .png, .pdf, .dot,
    .mmd, .txt. ValueError for a theme there is not.

    >>> from autograd import Value
    >>> from autograd.compiler.from_graph import listing_of
    >>> x = Value(2.0, label="x")
    >>> draw(listing_of([x * x + 1.0], [x]))
    <program of 4 instructions, a graphviz.Digraph>
    """
    edges = sum(len(instruction.operands) for instruction in program.instructions) + 2 * len(program.guards)
    chart = _chart(program) if max(len(program), edges) <= max_nodes else chart_by_line(program, max_nodes)
    return drawn(chart, theme_named(theme), "program", f"<program of {len(program)} instructions, a graphviz.Digraph>")


def _chart(program: Listing) -> Chart:
    write = _Formulas(program)
    outputs: dict[int, list[int]] = {}
    for k, register in enumerate(program.outputs):
        outputs.setdefault(register, []).append(k)
    boxes, arrows = [], []
    for i, instruction in enumerate(program.instructions):
        if instruction.op is CONSTANT and i not in outputs:
            continue
        rows: list[list[Cell]] = [[write.content(i)], *([cell] for cell in write.inside(instruction.op))]
        if i in outputs:
            which = [*map(str, outputs[i][:MOST_OUTPUTS]), *["…"] * (len(outputs[i]) > MOST_OUTPUTS)]
            rows.append([(f"output {', '.join(which)}", "bold")])
        kind = "leaf" if instruction.op is INPUT else "output" if i in outputs else "made"
        tip = f"{short_source_name(origin[0])}:{origin[1]}" if (origin := instruction.origin) else instruction.op
        boxes.append(Box(f"r{i}", kind, instruction.label, rows, tip))
        arrows += _arrows(program, instruction.operands, f"r{i}")
    for k, guard in enumerate(program.guards):
        rows = [[(write.guard(guard), "")], [(str(guard.outcome), "")]]
        boxes.append(Box(f"g{k}", "guard", "", rows, "the program holds for numbers that compare in the same way"))
        arrows += _arrows(program, (guard.left, guard.right), f"g{k}", dashed=True)
    return Chart(boxes, arrows)


def _arrows(program: Listing, operands: tuple[int, ...], end: str, dashed: bool = False) -> list[Arrow]:
    found = dict.fromkeys(operands)
    return [Arrow(f"r{k}", end, dashed=dashed) for k in found if program.instructions[k].op is not CONSTANT]


class _Formulas:
    """What is computed in the registers of a program, as text."""

    script = Text()

    def __init__(self, program: Listing) -> None:
        self.found = [*program.instructions]
        times = Counter(instruction.label for instruction in self.found)
        self.names = {
            i: instruction.label if times[instruction.label] == 1 and NAME.fullmatch(instruction.label) else f"r{i}"
            for i, instruction in enumerate(self.found)
        }

    def content(self, i: int) -> Cell:
        """What stands in a box."""
        return (f"r{i}", "quiet") if self.found[i].op is INPUT else (f"r{i} = {self.formula(self.found[i])}", "")

    def inside(self, op: Op) -> list[Cell]:
        """What a step of a loop computes; of a long one, its beginning and end."""
        if not isinstance(op, Loop):
            return []
        write = _Formulas(op.described_body())
        shown = [write.content(i)[0] for i, each in enumerate(write.found) if each.op is not INPUT and each.op is not CONSTANT]
        if len(shown) > MOST_OF_A_STEP:
            shown[MOST_OF_A_STEP // 2 : -(MOST_OF_A_STEP // 2)] = [f"{len(shown) - MOST_OF_A_STEP} more"]
        return [(line, "quiet") for line in shown]

    def formula(self, instruction: Instruction) -> str:
        op, operands, number, *_ = instruction
        if isinstance(op, Loop):
            return op
        if op is PART:
            loop: Any = self.found[operands[0]].op
            return f"{loop.part_named(int(self.found[operands[1]].number))} of {self.names[operands[0]]}"
        if op is CONSTANT:
            return self.script.number(number)
        if op.kind == "select":
            a, b, x, y = (self.operand(k) for k in operands)
            return f"{x} if {a} {op.relation} {b} else {y}"
        row = op.primitive
        if op.kind == "slope":
            called = row.symbol if row.symbol.isidentifier() else row.name
            slope = f"{called}′" if row.arity == 1 else f"∂{called}/∂x{op.operand}"
            return self.script.call(slope, self.operands(operands[:-1], infix=False))
        if op.kind == "flat":
            if not op.step.isidentifier():
                return self.script.infix(op.step, self.operands(operands, infix=True))
            symbol = BY_NAME[op.step].symbol if op.step in BY_NAME else op.step
            return self.script.call(symbol, self.operands(operands, infix=False))
        written = self.products if op is DOT else self.operands
        return formula(self.script, row, lambda infix: written(operands, infix))

    def operands(self, operands: Sequence[int], infix: bool) -> list[str]:
        """The operands as text; of many, as many as there is room for."""
        shown = [self.operand(k, infix) for k in operands[:MOST_OPERANDS]]
        return shown + [self.script.ellipsis] * (len(operands) > MOST_OPERANDS)

    def products(self, operands: Sequence[int], infix: bool) -> list[str]:
        """The products that a dot adds, from its two lists."""
        half = len(operands) // 2
        pairs = zip(self.operands(operands[:half], infix), self.operands(operands[half:], infix), strict=True)
        return [self.script.infix("×", pair) if pair[0] != self.script.ellipsis else pair[0] for pair in pairs]

    def operand(self, k: int, infix: bool = False) -> str:
        if self.found[k].op is not CONSTANT:
            return self.names[k]
        number = self.script.number(self.found[k].number)
        return f"({number})" if infix and number.startswith("-") else number

    def guard(self, guard: Guard) -> str:
        return f"{self.operand(guard.left)} {guard.relation} {self.operand(guard.right)}"
