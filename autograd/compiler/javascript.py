"""Programs as JavaScript: the text of a function that computes in a browser, or in Node, what the program computes here."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence

from ..pictures.page_rules import definitions_for, entry_of, has_rule
from ..texts import source_name
from .instructions import Guard, Instruction, Listing
from .loops import Loop
from .ops import CONSTANT, INPUT, PART

IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)

OPERATORS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}

RELATIONS = {"<": "<", "<=": "<=", "==": "===", "!=": "!=="}

MEANT = re.compile(r"[rb]|part\d+", re.ASCII)
"""What has a meaning where a function of a program is called."""

LOOP = """\
function loop(step, block, operands, [handles, states, consts, xs, steps, ys, kept], counter, backwards, columns) {
  const from = handles + states, first = from + consts, inputs = [...operands.slice(handles, first)];
  for (let i = 0; i < states; i++) block[i] = operands[handles + i];
  for (let made = 0; made < steps; made++) {
    const t = backwards ? steps - 1 - made : made, y = states + t * ys, keep = states + steps * ys + t * kept;
    let n = states + consts;
    for (let i = 0; i < states; i++) inputs[i] = block[i];
    for (const [handle, start, stride] of columns) inputs[n++] = operands[handle][start + t * stride];
    for (let i = 0; i < xs; i++) inputs[n++] = operands[first + t * xs + i];
    if (counter !== null) inputs[n] = counter + t;
    const outputs = step(inputs);
    for (let i = 0; i < ys; i++) block[y + i] = outputs[states + i];
    for (let i = 0; i < kept; i++) block[keep + i] = outputs[states + ys + i];
    for (let i = 0; i < states; i++) block[i] = outputs[i];
  }
  return block;
}
"""
"""Fills the block of a loop, whose layout the list and what follows it tell."""

TOGETHER = 1000
"""How many instructions a function has: browsers do not compile much longer ones."""


def to_javascript(program: Listing, name: str = "program") -> str:
    """`Program.to_javascript`."""
    if not IDENTIFIER.fullmatch(name) or MEANT.fullmatch(name):
        raise ValueError(
            f"the name of a JavaScript function is letters and digits, but none of its own, as r or part0, and this is {name!r}"
        )
    unknown = {*_unknown(program)}
    if unknown:
        raise ValueError(f"primitives of your own have no JavaScript, and this program has {', '.join(sorted(unknown))}")
    writing = _Writing()
    takes = f"{name} takes {program.inputs} number{'s' * (program.inputs != 1)}"
    check = f"  if (inputs.length !== {program.inputs}) throw new RangeError({_text(takes)});\n"
    text = writing.function(program, name, check)
    rules = definitions_for(writing.lines) + (LOOP if writing.bodies else "")
    return "".join([f'const {name} = (() => {{\n"use strict";\n', rules, *writing.bodies, text, "})();\n"])


def _unknown(listing: Listing) -> Iterator[str]:
    """The ops that have no rule in JavaScript."""
    for op, *_ in listing.instructions:
        if isinstance(op, Loop):
            yield from _unknown(op.body)
        elif op not in (INPUT, CONSTANT, PART) and not has_rule(op):
            yield op


class _Writing:
    """The functions of a program, and of the steps of its loops.

    lines       all lines that compute something
    bodies      the functions of steps, step0, step1, ..., each after those of the loops inside it
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.bodies: list[str] = []

    def function(self, listing: Listing, name: str, check: str = "") -> str:
        """The registers of a listing, the functions that fill them, and `return` of one that calls these, of this name."""
        blocks = {k: i.op for k, i in enumerate(listing.instructions) if isinstance(i.op, Loop)}
        lines = [f"  {self.line(k, instruction, blocks)}\n" for k, instruction in enumerate(listing.instructions)]
        self.lines += lines
        parts = ["".join(lines[start : start + TOGETHER]) for start in range(0, len(lines), TOGETHER)]
        outputs = ", ".join(f"r[{k}]" for k in listing.outputs)
        return "".join(
            [
                f"const r = new Float64Array({len(listing)});\n",
                "const b = {};\n" if blocks else "",
                *(f"b[{k}] = new Float64Array({loop.size});\n" for k, loop in blocks.items()),
                *(f"function part{k}(inputs) {{\n{part}}}\n" for k, part in enumerate(parts)),
                f"return function {name}(inputs) {{\n",
                check,
                *(f"  part{k}(inputs);\n" for k in range(len(parts))),
                *map(_guard, listing.guards),
                f"  return [{outputs}];\n}};\n",
            ]
        )

    def line(self, k: int, instruction: Instruction, blocks: dict[int, Loop]) -> str:
        op, operands = instruction.op, instruction.operands
        r = [f"{'b' if operand in blocks else 'r'}[{operand}]" for operand in operands]
        if isinstance(op, Loop):
            done = self.call(op, k, r, [blocks[operand] for operand in operands[: op.layout.handles]])
        else:
            done = f"r[{k}] = {_expression(k, instruction, r)}"
        return f"{done};{f' // {_text(instruction.label)}' if instruction.label else ''}"

    def call(self, loop: Loop, k: int, operands: list[str], handles: list[Loop]) -> str:
        """The call that fills the block of a loop. The function of its step is written."""
        at = loop.layout
        step = self.function(loop.body, "step")
        name = f"step{len(self.bodies)}"
        self.bodies.append(f"const {name} = (() => {{\n{step}}})();\n")
        sizes = [at.handles, at.states, at.consts, at.xs, at.steps, at.ys, loop.kept]
        columns = [[s.handle, *column] for s, column in zip(at.sources, loop.columns(handles), strict=True)]
        counter = "null" if at.counter is None else _number(at.counter)
        told = f"{sizes}, {counter}, {str(at.backwards).lower()}, {columns}"
        return f"loop({name}, b[{k}], [{', '.join(operands)}], {told})"


def _expression(k: int, instruction: Instruction, r: Sequence[str]) -> str:
    op, _, number, *_ = instruction
    if op is INPUT:
        return f"inputs[{k}]"
    if op is CONSTANT:
        return _number(number)
    if op is PART:
        return f"{r[0]}[{r[1]}]"
    if op in OPERATORS:
        return f"{r[0]} {OPERATORS[op]} {r[1]}"
    if op.kind == "select":
        return f"{r[0]} {RELATIONS[op.relation]} {r[1]} ? {r[2]} : {r[3]}"
    entry = entry_of(op)
    if op.kind == "slope" and entry.arity:
        return f"{entry.slopes[op.operand]}({', '.join(r)})"
    if op.kind == "slope":
        return f"{entry.slopes[0]}([{', '.join(r[:-1])}], {r[-1]})[{op.operand}]"
    return f"{entry.value}({', '.join(r)})" if entry.arity else f"{entry.value}([{', '.join(r)}])"


def _guard(guard: Guard) -> str:
    comparison = f"r[{guard.left}] {RELATIONS[guard.relation]} r[{guard.right}]"
    place = f" ({source_name(guard.origin[0])}:{guard.origin[1]})" if guard.origin else ""
    said = f"another branch than the one recorded: r{guard.left} {guard.relation} r{guard.right} was {guard.outcome}{place}"
    return f"  if (({comparison}) !== {str(guard.outcome).lower()}) throw new RangeError({_text(said)});\n"


def _number(x: float) -> str:
    return repr(x) if math.isfinite(x) else "NaN" if x != x else "Infinity" if x > 0.0 else "-Infinity"


def _text(text: str) -> str:
    """A string of JavaScript, that ends neither a comment nor the script of a page."""
    return json.dumps(text).replace("<", "\\u003c")
