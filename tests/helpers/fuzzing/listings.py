"""Random programs in the grammar of `autograd.compiler.program_files`: any op, of any operands, some of them misfits.

A case:

    lines       of the file after its header, as JSON objects, the guards and outputs last
    rows        numbers for the inputs, as texts of floats
    shared      which inputs all rows share
    share       of the outputs that are summed over the rows, in the check of the plan

What the file says is refused with a StorageError, or it is a program: then it runs, over rows as at a point, optimised as it
is, and is the same when it is written and read again.
"""

import json
import random
import warnings
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import finite_field
from rows import NAMES, PURE

import autograd
from autograd.compiler.ops import COUNTS, RELATIONS, Op
from autograd.compiler.passes import optimised
from autograd.compiler.program import Program
from autograd.engine.primitives import FLAT_PARTS
from autograd.files import StorageError

from .batches import place
from .common import all_bits, held
from .compiled import registers_over_rows
from .graphs import SPECIAL

Case = dict[str, Any]

FLATS = ["round", "detach", *FLAT_PARTS, *(name for name in NAMES if Op.named(name).primitive.flat)]
OPS = [
    *(name for name in NAMES if f"flat {name}" not in COUNTS),
    *(f"slope {name} {i}" for name in NAMES for i in range(Op.named(name).primitive.arity or 3)),
    *[f"select {relation}" for relation in RELATIONS] * 3,
    *(f"flat {step}" for step in FLATS),
    *["add", "mul", "sub", "div", "dot", "fsum", "pow", "maximum"] * 3,
]
CHOOSE = ("softmax", "log_softmax")


def header(lines: list[Any]) -> dict[str, Any]:
    kinds = ["output" if "output" in line else "guard" if "guard" in line else "op" for line in lines]
    counts = {"instructions": kinds.count("op"), "outputs": kinds.count("output"), "guards": kinds.count("guard")}
    return {"format": "scalar-autograd program", "version": 1, **counts}


def written(lines: list[Any]) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in [header(lines), *lines])


# ------------------------------------------------------------------------------------------------ making


def make(rng: random.Random) -> Case:
    wild = rng.choice([0.0, 0.2, 0.6])
    sloppy = rng.choice([0.0, 0.0, 0.1])

    def number() -> str:
        return rng.choice(SPECIAL) if rng.random() < wild else repr(rng.uniform(-2.0, 2.0))

    inputs = rng.choice([1, 1, 2, 3, 4])
    lines: list[Any] = [{"op": "input", "label": f"x{i}"} if rng.random() < 0.5 else {"op": "input"} for i in range(inputs)]
    ops = OPS if rng.random() < 0.6 else rng.sample(OPS, 5)
    for _ in range(rng.choice([1, 2, 4, 8, 16, 30])):
        if rng.random() < 0.15:
            lines.append({"op": "constant", "number": _constant(number())})
            continue
        op = rng.choice(ops)
        count = _count(rng, op) if rng.random() >= sloppy else rng.randint(0, 5)
        operands = [len(lines) - 1 - min(int(rng.expovariate(0.4)), len(lines) - 1) for _ in range(count)]
        if Op.named(op).primitive.name in CHOOSE and rng.random() >= sloppy and count > 1:
            lines.append({"op": "constant", "number": float(rng.randrange(max(1, count - 1 - op.startswith("slope"))))})
            operands[-1 - op.startswith("slope")] = len(lines) - 1
        lines.append({"op": op, "operands": operands})
    size = len(lines)
    lines += [{"output": rng.choice([size - 1, rng.randrange(size)])} for _ in range(rng.choice([0, 1, 1, 2, 5]))]
    rows = [[number() for _ in range(inputs)] for _ in range(3)]
    guards = [[rng.choice([*RELATIONS]), rng.randrange(size), rng.randrange(size)] for _ in range(rng.choice([0, 0, 1, 3]))]
    lines += [dict(zip(("guard", "left", "right"), guard, strict=True)) | {"outcome": rng.random() < 0.5} for guard in guards]
    shared = [rng.random() < 0.3 for _ in range(inputs)]
    return {"lines": lines, "rows": rows, "shared": shared, "share": rng.choice([0.0, 0.5, 1.0])}


def _constant(text: str) -> Any:
    return "nan 7ff8000000000000" if text == "nan" else text if "inf" in text else float(text)


def _count(rng: random.Random, op: str) -> int:
    known = Op.named(op)
    of = Op.of(known.primitive) if known.kind == "slope" else known
    least = known.operand + 1
    counts = [n for n in range(7) if n >= least and not of.misfit(n)]
    return rng.choice(counts or [least]) + (known.kind == "slope")


# ------------------------------------------------------------------------------------------------ checking


def check(case: Case) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = place("program.jsonl")
        path.write_bytes(written(case["lines"]))
        try:
            program = Program.load(path)
        except StorageError as problem:
            held(str(problem) == f"{path}: {problem.reason}" and problem.path == path, "words of the error", str(problem))
            return
        rows = [[*map(float, row)] for row in case["rows"]]
        at_points(program, rows, PURE.Program.load(path))
        registers_over_rows(autograd, program, rows)
        columns_and_numbers(program, rows, case["shared"])
        finite_field.check(program, [not shared for shared in case["shared"]], case["share"])
        listed(program, path)


def at_points(program: Program, rows: list[list[float]], pure: Any) -> None:
    """Optimised and not, by both builds: the same numbers, and the same answer to whether it holds.

    (Passes take a guard on constants at its word, since it did come out so where the program was recorded.)
    """
    quicker = optimised(program)
    for row in rows:
        outputs, holds = program.outcome(row)
        got, also = quicker.outcome(row)
        held(all_bits(got) == all_bits(outputs) and also >= holds, "optimised it is another program", row, got, outputs)
        got, also = pure.outcome(row)
        held(all_bits(got) == all_bits(outputs) and also == holds, "it differs between the builds", row, got, outputs)


def columns_and_numbers(program: Program, rows: list[list[float]], shared: list[bool]) -> None:
    """Inputs that all rows share may be given as one number."""
    if all(shared) or not program.outputs:
        return
    alike = [[rows[0][i] if shared[i] else x for i, x in enumerate(row)] for row in rows]
    columns = [column[0] if shared[i] else list(column) for i, column in enumerate(zip(*alike, strict=True))]
    if all(program.outcome(row)[1] for row in alike):
        got = program.over_rows(columns)
        registers_over_rows(autograd, program, alike, columns=columns)
        held(got.shape == (len(program.outputs), len(rows)), "the shape of the results", got.shape)


def listed(program: Program, path: Path) -> None:
    """It is shown, and comes back from its file."""
    held(bool(str(program)) and bool(repr(program)), "no listing")
    held(sum(program.counts.values()) == len(program) and program.flops >= 0, "counts", program.counts)
    if len(program) < 8:
        held(len(program.draw().source) > 10, "no drawing")
    program.save(path)
    text = path.read_bytes()
    again = Program.load(path)
    again.save(path)
    held(path.read_bytes() == text and str(again) == str(program), "another program comes back", text[:200])


# ------------------------------------------------------------------------------------------------ cutting, showing


def smaller(case: Case) -> Iterator[Case]:
    rows, lines = case["rows"], case["lines"]
    for i in range(len(rows)):
        if len(rows) > 1:
            yield {**case, "rows": rows[:i] + rows[i + 1 :]}
    if any(case["shared"]):
        yield {**case, "shared": [False] * len(case["shared"])}
    for i in range(len(lines) - 1, -1, -1):
        line = lines[i]
        if line.get("op") == "input":
            continue
        if "op" not in line:
            yield {**case, "lines": lines[:i] + lines[i + 1 :]}
            continue
        first = next(iter(line.get("operands", [])), 0)
        yield {**case, "lines": lines[:i] + [_without(other, i, first) for other in lines[i + 1 :]]}
        given = line.get("operands", [])
        for j in range(len(given)):
            for other in ([], [0]):
                if given[j : j + 1] != other:
                    changed = {**line, "operands": [*given[:j], *other, *given[j + 1 :]]}
                    yield {**case, "lines": [*lines[:i], changed, *lines[i + 1 :]]}
    for i, row in enumerate(rows):
        for j, text in enumerate(row):
            if text not in ("1.0", "0.5"):
                for other in ("1.0", "0.5"):
                    yield {**case, "rows": [*rows[:i], [*row[:j], other, *row[j + 1 :]], *rows[i + 1 :]]}


def _without(line: Any, i: int, first: int) -> Any:
    """A line that names no register i, the place of which another takes."""

    def moved(k: int) -> int:
        return first if k == i else k - (k > i)

    found = {key: moved(value) if key in ("output", "left", "right") else value for key, value in line.items()}
    return found | {"operands": [*map(moved, line["operands"])]} if "operands" in line else found


def shown(case: Case) -> str:
    given = {key: value for key, value in case.items() if key != "lines"}
    return "\n".join(chain(map(json.dumps, [header(case["lines"]), *case["lines"]]), [json.dumps(given)]))
