"""Oracles of what is compiled: programs at a point, over rows, and in files."""

import math
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np
from corners import plain
from rows import bits

import autograd
from autograd.compiler.ops import POW
from autograd.compiler.program import Program

from .batches import place
from .common import EPS, all_bits, as_values, function, held, recorded, same, size_of_roundings, size_of_terms, ulps
from .graphs import Case, points

CROSSING = {"slope gelu 0", "slope silu 0", "slope mish 0", "logsumexp"}
"""What goes through 0 where its operands are not 0: there it is as near as the rounding of these lets it, in each build."""


def compiled(case: Case, ag: ModuleType = autograd) -> None:
    """compile(f) and compile(value_and_grad(f)) and compile(hessian(f)), recorded at one point and run at all."""
    f = function(case, ag)
    fast, sloped, curved = ag.compile(f), ag.compile(ag.value_and_grad(f)), ag.compile(ag.hessian(f))
    for xs in points(case):
        leaves, nodes = recorded(case, ag, xs)
        want = bits(nodes[-1].data)
        held(bits(float(fast(xs))) == want, "compiled value", xs, fast(xs), nodes[-1].data)
        value, slopes = sloped(xs)
        held(bits(float(value)) == want, "compiled value beside a gradient", xs, value, nodes[-1].data)
        nodes[-1].backward()
        eager = [leaf.grad for leaf in leaves]
        size = size_of_terms(nodes[-1], leaves, ag)
        near = all(same([x], [y]) or abs(x - y) <= 1e-14 * size + 1e-300 for x, y in zip(slopes, eager, strict=True))
        held(near, "compiled gradient", xs, slopes, eager)
        got, true = plain(curved(xs)), plain(ag.hessian(f)(xs))
        slopes = ag.gradients(nodes[-1], leaves)
        size = sum(size_of_terms(slope, leaves, ag) for slope in slopes)
        far = not all(1e-100 < abs(x) < 1e100 or x == 0.0 for x in as_values(nodes))  # where squares leave the range of floats
        for x, y in zip(got, true, strict=True):
            near = same([x], [y]) or abs(x - y) <= 1e-12 * size + 1e-300 or not math.isfinite(size)
            near = near or (far and not math.isfinite(x - y))
            near = near or abs(x - y) <= 4.0 * EPS * max(roundings(slopes, leaves, ag))
            held(near, "compiled Hessian", xs, got, true)


def roundings(slopes: Sequence[Any], leaves: Sequence[Any], ag: ModuleType) -> list[float]:
    """Of each number of a Hessian: slopes may be differences of numbers far larger than they are."""
    return [size_of_roundings(curvature, ag) for slope in slopes for curvature in ag.gradients(slope, leaves)]


def over_rows(case: Case, ag: ModuleType = autograd) -> None:
    """Every register of the program of f and its gradient; and a row has the same bits whatever rows stand around it."""
    f = ag.value_and_grad(function(case, ag))
    at_point, by_rows = ag.compile(f), ag.compile(f, in_axes=0)
    rows = points(case)
    values, slopes = by_rows(np.array(rows))
    for xs, value, slope in zip(rows, values, slopes, strict=True):
        at_point(xs)
        held(all_bits(plain(by_rows([xs]))) == all_bits([value, *slope]), "a row alone is another", xs, value, slope)
    for program in at_point.programs:
        registers_over_rows(ag, program, rows)


def registers_over_rows(
    ag: ModuleType, program: Any, rows: Sequence[Sequence[float]], tolerance: float = 5.0, columns: Any = None
) -> None:
    """Each register is what its instruction gives of the registers before it, in every row, to a few units in the last place.

    Registers that decide are those of a run at the point, to the last bit; so are those of exact operations. Where a program
    holds for other rows than these, they are refused. The rows may be given as `columns` and numbers, too.
    """
    listings = ag.compiler.instructions
    listings.verify(program)
    written_out = ag.compiler.loops.unrolled(program)
    if written_out is not program:
        loops_are_their_steps(program, written_out, rows)
        program = written_out
    wanted = [(program.registers_at(row), program.outcome(row)[1]) for row in rows]
    many = [row for row, (_, holds) in zip(rows, wanted, strict=True) if holds]
    if len(many) < len(rows) and program.inputs:
        try:
            program.over_rows(np.array(rows, dtype=float).T)
        except ValueError as problem:
            held("another branch" in str(problem), "rows of another branch", str(problem))
        else:
            held(False, "rows of another branch were taken", rows)
    if not many or not program.inputs:
        return
    wide = 11 if len(program) % 4 else 70  # less than a block, but more than fit a register of the processor
    tiled = np.array((many * wide)[:wide], dtype=float).T if columns is None else columns
    count = max(map(np.size, tiled))
    every = type(program)(program.instructions, program.inputs, tuple(range(len(program))), program.guards)
    shown, only = every.over_rows(tiled), program.over_rows(tiled)
    for k, register in enumerate(program.outputs):
        held(all_bits(only[k]) == all_bits(shown[register]), f"an output is another register's, r{register}", *only[k][:3])
    exact = ag.compiler.deciding.decisive(program)
    for i, row in enumerate(many):
        at_point = program.registers_at(row)
        found = shown[:, i].tolist()
        for again in range(i, count, len(many)):
            held(all_bits(found) == all_bits(shown[:, again]), "a row hangs on its place", i, again)
        for k, (op, operands, number, *_) in enumerate(program.instructions):
            if op == "input" or op == "constant" or k in exact:
                want = row[k] if op == "input" else number if op == "constant" else at_point[k]
                held(bits(found[k]) == bits(want), f"r{k} = {op} decides, and is not exact", row, found[k], want)
            else:
                given = [found[o] for o in operands]
                want = op.evaluate(given)
                near = ulps(found[k], want) <= tolerance * max(1, len(operands) - 1)
                near = near or (op in CROSSING and abs(found[k] - want) <= tolerance * EPS)
                near = near or (op == "slope pow 0" and ulps(given[2], POW.evaluate(given[:2])) > tolerance)  # of no power
                held(near, f"over rows {op}", given, found[k], want)


def loops_are_their_steps(program: Any, written_out: Any, rows: Sequence[Sequence[float]]) -> None:
    """A program with loops gives what it gives with each step written out: at a point to the last bit, over rows nearly."""
    kept = []
    for row in rows:
        found, want = program.outcome(row), written_out.outcome(row)
        held(found[1] == want[1] and all_bits(found[0]) == all_bits(want[0]), "a loop is not its steps", row, found, want)
        kept += [row] if found[1] else []
    if kept and program.inputs:
        columns = np.array(kept, dtype=float).T
        for got, want in zip(program.over_rows(columns), written_out.over_rows(columns), strict=True):
            for x, y in zip(got.tolist(), want.tolist(), strict=True):
                held(same([x], [y]) or abs(x - y) <= 1e-9 * max(1.0, abs(y)), "over rows a loop is not its steps", kept, x, y)


def files(case: Case) -> None:
    """A program written to a file and read again is the same program, and so is its file."""
    f = autograd.compile(autograd.value_and_grad(function(case, autograd)))
    f(points(case)[0])
    path = place("graph.jsonl")
    for program in f.programs:
        program.save(path)
        text, again = path.read_bytes(), Program.load(path)
        again.save(path)
        held(path.read_bytes() == text, "another file of the same program")
        for xs in points(case):
            held(all_bits(again.run(xs)) == all_bits(program.run(xs)), "another program", xs)
