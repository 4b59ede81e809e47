"""Programs as JavaScript: the text of a function that computes in a browser, or in Node, what the program computes here."""

from __future__ import annotations

import json
import math
import re

from ..pictures.page_rules import definitions_for, entry_of, has_rule
from ..texts import source_name
from .instructions import Guard, Instruction, Listing
from .ops import CONSTANT, INPUT

IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)

OPERATORS = {"add": "+", "sub": "-", "mul": "*", "div": "/"}

RELATIONS = {"<": "<", "<=": "<=", "==": "===", "!=": "!=="}

TOGETHER = 1000
"""How many instructions a function has: browsers do not compile much longer ones."""


def to_javascript(program: Listing, name: str = "program") -> str:
    """`Program.to_javascript`."""
    if not IDENTIFIER.fullmatch(name):
        raise ValueError(f"the name of a JavaScript function is letters and digits, and this is {name!r}")
    unknown = {instruction.op for instruction in program.instructions if not _is_known(instruction)}
    if unknown:
        raise ValueError(f"primitives of your own have no JavaScript, and this program has {', '.join(sorted(unknown))}")
    lines = [f"  {_line(k, instruction)}\n" for k, instruction in enumerate(program.instructions)]
    parts = ["".join(lines[start : start + TOGETHER]) for start in range(0, len(lines), TOGETHER)]
    guards = [_guard(guard) for guard in program.guards]
    takes = f"{name} takes {program.inputs} number{'s' * (program.inputs != 1)}"
    outputs = ", ".join(f"r[{k}]" for k in program.outputs)
    return "".join(
        [
            f'const {name} = (() => {{\n"use strict";\n',
            definitions_for(lines),
            f"const r = new Float64Array({len(program)});\n",
            *(f"function part{k}(inputs) {{\n{part}}}\n" for k, part in enumerate(parts)),
            f"return function {name}(inputs) {{\n",
            f"  if (inputs.length !== {program.inputs}) throw new RangeError({_text(takes)});\n",
            *(f"  part{k}(inputs);\n" for k in range(len(parts))),
            *guards,
            f"  return [{outputs}];\n}};\n}})();\n",
        ]
    )


def _is_known(instruction: Instruction) -> bool:
    return instruction.op in (INPUT, CONSTANT) or has_rule(instruction.op)


def _line(k: int, instruction: Instruction) -> str:
    comment = f" // {_text(instruction.label)}" if instruction.label else ""
    return f"r[{k}] = {_expression(k, instruction)};{comment}"


def _expression(k: int, instruction: Instruction) -> str:
    op, operands, number, *_ = instruction
    r = [f"r[{operand}]" for operand in operands]
    if op is INPUT:
        return f"inputs[{k}]"
    if op is CONSTANT:
        return _number(number)
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
