"""Programs in files: text, to be read by people and by other programs. Data, never code.

The format. JSON Lines (https://jsonlines.org): each line is a JSON object, in ASCII. The first says how many
lines of which kind follow it, in this order:

    format          "scalar-autograd program"
    version         1; 2 where there are loops
    instructions    how many; the first gives register 0, the next register 1, and so on
    outputs         how many
    guards          how many

An instruction

    op              "input" (these come first), "constant", "loop", or what is computed: the name of a primitive, "select <",
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

A loop gives a block of many numbers, of which an instruction "part" takes one: its operands are the loop, and a constant that
says which. The line of a loop has more:

    layout          what its operands are, and how often it goes, as `autograd.compiler.loops.Layout` explains
                    (`idle` is taken at its word: where a body does change something then, results hang on who runs it)
    kept            how many numbers are kept of each step: the last outputs of the body
    instructions, outputs, guards
                    how many its body has. They stand on the lines after it, as those of a program do, with registers of
                    their own, from 0 on

The program of x -> 1000 steps of x * 0.5 + 1:

    {"format": "scalar-autograd program", "version": 2, "instructions": 4, "outputs": 1, "guards": 0}
    {"op": "input", "label": "x"}
    {"op": "constant", "number": 0.0}
    {"op": "loop", "operands": [0], "layout": {"handles": 0, "states": 1, "consts": 0, "xs": 0, "sources": [], "steps": 1000, \
"ys": 0, "counter": null, "backwards": false, "idle": null, "label": "step"}, "kept": 0, "instructions": 5, "outputs": 1, \
"guards": 0}
    {"op": "input"}
    {"op": "constant", "number": 0.5}
    {"op": "mul", "operands": [0, 1]}
    {"op": "constant", "number": 1.0}
    {"op": "add", "operands": [2, 3]}
    {"output": 4}
    {"op": "part", "operands": [2, 1]}
    {"output": 3}
"""

from __future__ import annotations

import io
import json
import math
import os
import re
import struct
import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import IO, Any

from ..files import StorageError, json_in, open_regular, shortened, write_whole
from .instructions import Guard, Instruction, Listing, unsaid, verify
from .loops import LARGEST, Layout, Loop, Source
from .ops import CONSTANT, INPUT, LOOP, RELATIONS, Op

FORMAT, VERSIONS = "scalar-autograd program", (1, 2)

COUNTS = {"instructions", "outputs", "guards"}

DEEPEST = 50
"""How many loops may stand inside each other."""

LONGEST_HEADER, LONGEST_LINE = 1000, 2**24
"""In bytes. An instruction with two million operands fits; what is longer is not read, whatever it may be."""

LONGEST_NAME = 1000
"""Of an op, in characters."""


# ------------------------------------------------------------------------------------------------ writing


def save(program: Listing, path: str | os.PathLike[str]) -> None:
    """`Program.save`."""
    write_whole(path, written(program))


def written(program: Listing) -> bytes:
    """What a file of the program has in it."""
    version = VERSIONS[any(isinstance(instruction.op, Loop) for instruction in program.instructions)]
    lines = [*map(_line, [{"format": FORMAT, "version": version, **_counts(program)}, *_things(program)])]
    if max(map(len, lines)) >= LONGEST_LINE:
        raise ValueError(f"a line of a program's file has less than {LONGEST_LINE:,} bytes, and an instruction takes more")
    return b"".join(lines)


def _line(thing: dict[str, Any]) -> bytes:
    return json.dumps(thing).encode() + b"\n"


def _counts(listing: Listing) -> dict[str, int]:
    return {"instructions": len(listing), "outputs": len(listing.outputs), "guards": len(listing.guards)}


def _things(listing: Listing) -> Iterator[dict[str, Any]]:
    """What is on the lines of a listing; of a loop, its own and then those of its body."""
    for instruction in listing.instructions:
        yield _described(instruction)
        if isinstance(instruction.op, Loop):
            yield from _things(instruction.op.body)
    yield from ({"output": k} for k in listing.outputs)
    yield from map(_guard_described, listing.guards)


def _described(instruction: Instruction) -> dict[str, Any]:
    op = instruction.op
    line: dict[str, Any] = {"op": op.kind if isinstance(op, Loop) else op}
    if op is CONSTANT:
        line["number"] = _written(instruction.number)
    elif op is not INPUT:
        line["operands"] = instruction.operands
    if isinstance(op, Loop):
        line |= {"layout": asdict(op.layout), "kept": op.kept, **_counts(op.body)}
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


def read(name: str, contents: bytes) -> Listing:
    """The same of what is in a file, which errors call by this name."""
    return _Reading(name, io.BytesIO(contents)).listing()


class _Reading:
    """A file on its way to a Listing. Its lines are checked one by one, and stored only when they are right."""

    def __init__(self, path: str | os.PathLike[str], file: IO[bytes]) -> None:
        self.path = path
        self.file = file
        self.number = 0
        self.instructions: list[Instruction] = []  # of what is being read, the program or the body of a loop
        self.depth = 0  # in how many loops that is
        self.files: dict[str, str] = {}

    def wrong(self, reason: str) -> StorageError:
        return StorageError(self.path, f"line {self.number}: {reason}")

    def listing(self) -> Listing:
        listing = self.read(self.header())
        if self.file.read(1):
            raise StorageError(self.path, f"it goes on after line {self.number}, where by its first line it ends")
        try:
            verify(listing)
        except AssertionError as problem:
            raise StorageError(self.path, str(problem)) from None
        return listing

    def read(self, header: dict[str, Any]) -> Listing:
        """What the next lines have, of which a line before says how many there are."""
        instructions, outputs, guards = self.counts(header)
        for line in self.lines(instructions, "instruction"):
            self.instructions.append(self.instruction(line))
        kept = tuple([self.output(line) for line in self.lines(outputs, "output")])
        branches = tuple([self.guard(line) for line in self.lines(guards, "guard")])
        inputs = sum(instruction.op is INPUT for instruction in self.instructions)
        return Listing(self.instructions, inputs, kept, branches)

    # ---- lines

    def header(self) -> dict[str, Any]:
        """The first line."""
        start = self.file.read(1)
        if start != b"{":
            raise StorageError(self.path, "it is no program: one begins with a JSON object" if start else "it is empty")
        self.number = 1
        header = self.parsed(start + self.file.readline(LONGEST_HEADER), LONGEST_HEADER)
        if header.get("format") != FORMAT:
            raise StorageError(self.path, f"its format is {shortened(header.get('format'))}, not {FORMAT!r}")
        if type(header.get("version")) is not int or header["version"] not in VERSIONS:
            raise StorageError(
                self.path,
                f"it has version {shortened(header.get('version'))} of the format, and this package reads versions 1 and 2",
            )
        self.keys(header, {"format", "version", *COUNTS})
        self.version = header["version"]
        return header

    def counts(self, line: dict[str, Any]) -> list[int]:
        """How many instructions, outputs and guards there are, by the first line, or that of a loop."""
        found = [line[kind] for kind in ("instructions", "outputs", "guards")]
        if not all(type(count) is int and count >= 0 for count in found):
            raise self.wrong(f"the numbers of instructions, outputs and guards are {shortened(found)}")
        return found

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
        content |= {"layout", "kept", *COUNTS} if name == LOOP else set()
        self.keys(line, content, frozenset(("label", "origin")))
        label = line.get("label", "")
        if not isinstance(label, str):
            raise self.wrong(f"its label is {shortened(label)}: a label is text")
        number = self.constant(line["number"]) if name == CONSTANT else 0.0
        operands = self.operands(line["operands"]) if "operands" in content else ()
        origin = self.origin(line.get("origin"))
        op = self.loop(line, operands) if name == LOOP else self.op(name, operands)
        return Instruction(op, operands, number, label, origin)

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

    def loop(self, line: dict[str, Any], operands: tuple[int, ...]) -> Loop:
        if self.version < 2:
            raise self.wrong("there are loops from version 2 of the format on")
        if self.depth == DEEPEST:
            raise self.wrong(f"more than {DEEPEST} loops stand inside each other")
        found, handles, number = Loop(self.layout(line["layout"]), Listing([], 0, ())), self.instructions, self.number
        found.kept = self.count(line["kept"], "what it keeps of a step")
        self.instructions, self.depth = [], self.depth + 1
        found.body = self.read(line)
        self.instructions, self.depth = handles, self.depth - 1
        problem = found.misfit(len(operands)) or found.unfit([handles[k].op for k in operands[: found.layout.handles]])
        if problem:
            raise StorageError(self.path, f"line {number}: {problem}")
        return found

    def layout(self, found: Any) -> Layout:
        if not isinstance(found, dict):
            raise self.wrong(f"its layout is {shortened(found)}, and no JSON object")
        self.keys(found, {*Layout.__dataclass_fields__})
        given = dict(found)
        for name in ("handles", "states", "consts", "xs", "steps", "ys", *["idle"] * (found["idle"] is not None)):
            self.count(found[name], name)
        if type(found["backwards"]) is not bool or type(found["label"]) is not str:
            raise self.wrong("whether its layout is backwards is true or false, and its label is text")
        given["counter"] = None if found["counter"] is None else self.constant(found["counter"])
        if not isinstance(found["sources"], list):
            raise self.wrong(f"its sources are {shortened(found['sources'])}: they are a list")
        given["sources"] = tuple(map(self.source, found["sources"]))
        return Layout(**given)

    def source(self, found: Any) -> Source:
        if not isinstance(found, list) or len(found) != 3 or type(found[1]) is not bool:
            raise self.wrong(f"a source is {shortened(found)}: that is a handle, true or false, and a column")
        return Source(self.count(found[0], "a handle"), found[1], self.count(found[2], "a column"))

    def count(self, found: Any, what: str) -> int:
        if type(found) is not int or not 0 <= found < LARGEST:
            raise self.wrong(f"{what} is {shortened(found)}: that is a whole number from 0 on, below {LARGEST:,}")
        return found

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
