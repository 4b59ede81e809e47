"""Programs in files: text, to be read by people and by other programs. Data, never code.

The format, version 1. JSON Lines (https://jsonlines.org): each line is a JSON object, in ASCII. The first says how many
lines of which kind follow it, in this order:

    format          "scalar-autograd program"
    version         1
    instructions    how many; the one on line n gives register n - 2
    outputs         how many
    guards          how many

An instruction

    op              "input" (these come first), "constant", or what is computed: the name of a primitive, "select <",
                    "flat floor", "slope tanh 0", as `autograd.compiler.ops.Op` explains them
    operands        the registers it is computed from, all of earlier lines; not for inputs and constants
    number          that of a constant, by the fewest digits that give the same double; "inf", "-inf", or "nan" and the 16
                    hexadecimal digits of its bits, for which JSON has no number
    label           what it is called, if it has a name
    origin          [file, line] of the code it was recorded from, if that is known. Nothing is ever read from there

An output

    output          its register

A guard, a comparison that must come out as it did when the program was recorded

    guard           "<", "<=", "==" or "!="
    left, right     the registers compared
    outcome         true or false
    origin          [file, line] of the branch, if that is known

The program of x, y -> x * y + 1:

    {"format": "scalar-autograd program", "version": 1, "instructions": 5, "outputs": 1, "guards": 0}
    {"op": "input", "label": "x"}
    {"op": "input", "label": "y"}
    {"op": "mul", "operands": [0, 1]}
    {"op": "constant", "number": 1.0}
    {"op": "add", "operands": [2, 3]}
    {"output": 4}
"""

from __future__ import annotations

import json
import math
import os
import re
import struct
import sys
from collections.abc import Iterator
from itertools import chain
from typing import IO, Any

from ..files import StorageError, json_in, open_regular, shortened, write_whole
from .instructions import Guard, Instruction, Listing, unsaid, verify
from .loops import unrolled
from .ops import CONSTANT, INPUT, RELATIONS, Op

FORMAT, VERSION = "scalar-autograd program", 1

HEADER = {"format", "version", "instructions", "outputs", "guards"}

LONGEST_HEADER, LONGEST_LINE = 1000, 2**24
"""In bytes. An instruction with two million operands fits; what is longer is not read, whatever it may be."""

LONGEST_NAME = 1000
"""Of an op, in characters."""


# ------------------------------------------------------------------------------------------------ writing


def save(program: Listing, path: str | os.PathLike[str]) -> None:
    """`Program.save`."""
    program = unrolled(program)
    header = {
        "format": FORMAT,
        "version": VERSION,
        "instructions": len(program.instructions),
        "outputs": len(program.outputs),
        "guards": len(program.guards),
    }
    things = chain(
        [header],
        map(_described, program.instructions),
        ({"output": k} for k in program.outputs),
        map(_guard_described, program.guards),
    )
    lines = [json.dumps(thing).encode() + b"\n" for thing in things]
    if max(map(len, lines)) >= LONGEST_LINE:
        raise ValueError(f"a line of a program's file has less than {LONGEST_LINE:,} bytes, and an instruction takes more")
    write_whole(path, b"".join(lines))


def _described(instruction: Instruction) -> dict[str, Any]:
    line: dict[str, Any] = {"op": instruction.op}
    if instruction.op is CONSTANT:
        line["number"] = _written(instruction.number)
    elif instruction.op is not INPUT:
        line["operands"] = instruction.operands
    if instruction.label:
        line["label"] = instruction.label
    if instruction.origin is not None:
        line["origin"] = instruction.origin
    return line


def _guard_described(guard: Guard) -> dict[str, Any]:
    line: dict[str, Any] = {"guard": guard.relation, "left": guard.left, "right": guard.right, "outcome": guard.outcome}
    if guard.origin is not None:
        line["origin"] = guard.origin
    return line


def _written(number: float) -> float | str:
    if math.isnan(number):
        return f"nan {struct.pack('>d', number).hex()}"
    return number if math.isfinite(number) else str(number)


# ------------------------------------------------------------------------------------------------ reading


def load(path: str | os.PathLike[str]) -> Listing:
    """`Program.load`, before it is a Program. Reading stops at the first wrong line, and the error says which that is."""
    with open_regular(path) as file:
        return _Reading(path, file).listing()


class _Reading:
    """A file on its way to a Listing. Its lines are checked one by one, and stored only when they are right."""

    def __init__(self, path: str | os.PathLike[str], file: IO[bytes]) -> None:
        self.path = path
        self.file = file
        self.number = 0
        self.instructions: list[Instruction] = []
        self.files: dict[str, str] = {}

    def wrong(self, reason: str) -> StorageError:
        return StorageError(self.path, f"line {self.number}: {reason}")

    def listing(self) -> Listing:
        instructions, outputs, guards = self.counts()
        for line in self.lines(instructions, "instruction"):
            self.instructions.append(self.instruction(line))
        kept = tuple([self.output(line) for line in self.lines(outputs, "output")])
        branches = tuple([self.guard(line) for line in self.lines(guards, "guard")])
        if self.file.read(1):
            raise StorageError(self.path, f"it goes on after line {self.number}, where by its first line it ends")
        inputs = sum(instruction.op is INPUT for instruction in self.instructions)
        listing = Listing(self.instructions, inputs, kept, branches)
        try:
            verify(listing)
        except AssertionError as problem:
            raise StorageError(self.path, str(problem)) from None
        return listing

    # ---- lines

    def counts(self) -> tuple[int, int, int]:
        """How many instructions, outputs and guards there are, by the first line."""
        start = self.file.read(1)
        if start != b"{":
            raise StorageError(self.path, "it is no program: one begins with a JSON object" if start else "it is empty")
        self.number = 1
        header = self.parsed(start + self.file.readline(LONGEST_HEADER), LONGEST_HEADER)
        if header.get("format") != FORMAT:
            raise StorageError(self.path, f"its format is {shortened(header.get('format'))}, not {FORMAT!r}")
        if type(header.get("version")) is not int or header["version"] != VERSION:
            raise StorageError(
                self.path,
                f"it has version {shortened(header.get('version'))} of the format, and this package reads version {VERSION}",
            )
        self.keys(header, HEADER)
        found = [header[kind] for kind in ("instructions", "outputs", "guards")]
        if not all(type(count) is int and count >= 0 for count in found):
            raise self.wrong(f"the numbers of instructions, outputs and guards are {shortened(found)}")
        return found[0], found[1], found[2]

    def lines(self, count: int, kind: str) -> Iterator[dict[str, Any]]:
        for i in range(count):
            text = self.file.readline(LONGEST_LINE)
            self.number += 1
            if not text:
                raise StorageError(self.path, f"it is cut short: {kind} {i + 1:,} of {count:,} is missing")
            yield self.parsed(text, LONGEST_LINE)

    def parsed(self, text: bytes, most: int) -> dict[str, Any]:
        if len(text) >= most:
            raise self.wrong("it is too long for a line of a program")
        try:
            line = json_in(self.path, f"line {self.number}", text.decode("ascii"))
        except UnicodeDecodeError:
            raise self.wrong("it is not ASCII") from None
        except StorageError:
            if text.endswith(b"\n"):
                raise
            raise self.wrong("the file is cut short within it") from None
        if not isinstance(line, dict):
            raise self.wrong(f"it is {shortened(line)}, and no JSON object")
        return line

    def keys(self, line: dict[str, Any], needed: set[str], allowed: frozenset[str] = frozenset()) -> None:
        if not line.keys() >= needed:
            raise self.wrong(f"it has no {shortened(min(needed - line.keys()))}")
        if not line.keys() <= needed | allowed:
            raise self.wrong(f"it has {shortened(min(line.keys() - needed - allowed))}, which has no meaning there")

    # ---- what is on them

    def instruction(self, line: dict[str, Any]) -> Instruction:
        name = line.get("op")
        if not isinstance(name, str):
            raise self.wrong(f"its op is {shortened(name)}: an op is text")
        if name == INPUT and self.instructions and self.instructions[-1].op is not INPUT:
            raise self.wrong("the inputs come first")
        content = {"op"} if name == INPUT else {"op", "number"} if name == CONSTANT else {"op", "operands"}
        self.keys(line, content, frozenset(("label", "origin")))
        label = line.get("label", "")
        if not isinstance(label, str):
            raise self.wrong(f"its label is {shortened(label)}: a label is text")
        number = self.constant(line["number"]) if name == CONSTANT else 0.0
        operands = self.operands(line["operands"]) if "operands" in content else ()
        return Instruction(self.op(name, operands), operands, number, label, self.origin(line.get("origin")))

    def operands(self, found: Any) -> tuple[int, ...]:
        if not isinstance(found, list):
            raise self.wrong(f"its operands are {shortened(found)}: they are a list of registers")
        return tuple(map(self.register, found))

    def op(self, name: str, operands: tuple[int, ...]) -> Op:
        if len(name) > LONGEST_NAME:
            raise self.wrong(f"there is no op named {shortened(name)}")
        try:
            op = Op.named(name)
        except ValueError as problem:
            raise self.wrong(str(problem)) from None
        wrong = op.misfit(len(operands)) or unsaid(op, operands, self.instructions)
        if wrong:
            raise self.wrong(wrong)
        return op

    def register(self, k: Any) -> int:
        if type(k) is not int or not 0 <= k < len(self.instructions):
            raise self.wrong(f"{shortened(k)} is not the number of a register: {len(self.instructions)} come before, from 0 on")
        return k

    def constant(self, number: Any) -> float:
        if type(number) in (int, float) and abs(number) <= sys.float_info.max:
            return float(number)
        if number in ("inf", "-inf"):
            return float(number)
        if isinstance(number, str) and re.fullmatch("nan [0-9a-f]{16}", number):
            (found,) = struct.unpack(">d", bytes.fromhex(number[4:]))
            if math.isnan(found):
                return float(found)
        raise self.wrong(f'{shortened(number)} is no number: what JSON cannot write is "inf", "-inf" or "nan 7ff8000000000000"')

    def origin(self, found: Any) -> tuple[str, int] | None:
        if found is None:
            return None
        if not isinstance(found, list) or [*map(type, found)] != [str, int]:
            raise self.wrong(f"its origin is {shortened(found)}: that is a file and a line")
        return self.files.setdefault(found[0], found[0]), found[1]

    def output(self, line: dict[str, Any]) -> int:
        self.keys(line, {"output"})
        return self.register(line["output"])

    def guard(self, line: dict[str, Any]) -> Guard:
        self.keys(line, {"guard", "left", "right", "outcome"}, frozenset(["origin"]))
        if not isinstance(line["guard"], str) or line["guard"] not in RELATIONS:
            raise self.wrong(f"it compares by {shortened(line['guard'])}, and there are {', '.join(RELATIONS)}")
        if not isinstance(line["outcome"], bool):
            raise self.wrong(f"its outcome is {shortened(line['outcome'])}, not true or false")
        left, right = self.register(line["left"]), self.register(line["right"])
        return Guard(line["guard"], left, right, line["outcome"], self.origin(line.get("origin")))
