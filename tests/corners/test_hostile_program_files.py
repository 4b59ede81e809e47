"""A program file is verified wholly before anything runs: what loads, runs over rows as it runs at a point; the rest is
refused.

Every op there is, with every number of operands from none to five, as itself, as the slope of itself and as a flat part. Each
op
in a process of its own, since an operand too few reads foreign memory.
"""

import functools
import os

import pytest
from builds import BUILDS
from corners import outcomes

from autograd.derivatives.custom import BUILT_IN
from autograd.engine.primitives import BY_NAME, FLAT_PARTS, PRIMITIVES

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the cases are forked")

COMMON = """
import itertools, json, math, os, struct, sys, tempfile
import numpy as np
from autograd import Program
from autograd.files import StorageError

folder = tempfile.mkdtemp()
INPUTS = 3
NUMBERS = [0.0, 1.0, 2.0, -1.0, 0.5]
ROWS = [[0.3, -1.25, 2.0], [1.5, 0.0, -0.0], [0.75, 3.0, -2.0]]

def written(op, operands, outputs=(None,), guards=(), numbers=NUMBERS):
    lines = [{"op": "input"}] * INPUTS + [{"op": "constant", "number": x} for x in numbers]
    lines.append({"op": op, "operands": list(operands)})
    outs = [{"output": len(lines) - 1 if k is None else k} for k in outputs]
    head = {"format": "scalar-autograd program", "version": 1,
            "instructions": len(lines), "outputs": len(outs), "guards": len(guards)}
    path = os.path.join(folder, f"{os.getpid()}.jsonl")
    with open(path, "w") as file:
        for line in [head, *lines, *outs, *guards]: file.write(json.dumps(line) + "\\n")
    return path

def attempt(*args, **how):
    '''Loads it, and holds over_rows to run. Gives whether it was accepted.'''
    path = written(*args, **how)
    try:
        program = Program.load(path)
    except StorageError:
        return False
    str(program)
    columns = [np.array([row[i] for row in ROWS]) for i in range(INPUTS)]
    want = [program.outcome(row) for row in ROWS]
    try:
        got = program.over_rows([np.tile(column, 22) for column in columns])  # a block and a rest
    except ValueError as problem:
        assert not all(holds for _, holds in want) or not program.outputs, (args, problem)
        return True
    assert all(holds for _, holds in want), args
    for k in range(len(program.outputs)):
        close = [math.isclose(g, w[0][k], rel_tol=1e-14, abs_tol=1e-320) or (g != g and w[0][k] != w[0][k])
                 for g, w in zip(got[k].tolist(), itertools.cycle(want))]
        assert all(close), (args, got[k][:3], [w[0][k] for w in want])
    return True

def every(op, most=6):
    total = 0
    for count in range(most):
        for operands in {tuple(range(count)), (*range(count - 1), 4)[:count]}:  # the last a whole number, as where it chooses
            if all(k < INPUTS + len(NUMBERS) for k in operands):
                total += attempt(op, operands)
    return total
attempt("add", (0, 1))
"""

CASES: dict[str, str] = {}
for _row in PRIMITIVES[1:BUILT_IN]:
    _most = {1: 4, 2: 5, None: 6}[_row.arity]
    CASES[_row.name] = f"""
every({_row.name!r}, {_most})
for i in (0, 1, 3)[: {_most} - 2]: every(f"slope {_row.name} {{i}}", {_most})
every("flat {_row.name}", 3)
"""
CASES["the parts of rules that are flat"] = (
    f"for name in {[*FLAT_PARTS, 'round', 'detach', 'clip', 'no such']!r}: every('flat ' + name)\n"
)
CASES["select"] = "for sign in ('<', '<=', '==', '!=', '>', ''): every(f'select {sign}')\n"
CASES["names that are none"] = """
for op in ("", " ", "slope", "slope tanh", "slope tanh 00", "slope tanh -1", "slope slope tanh 0 0", "slope softmax 0 1",
           "slope select < 0",
           "slope tanh 99999999999999999999", "input", "constant", "__class__", "slope where 0", "flat", "flat flat floor",
           "select < 0",
           "slope dot 3", "tanh ", "TANH", "slope  tanh 0"):
    every(op)
"""
CASES["choosing by a number that is no place"] = """
for number in (-1.0, 0.5, 3.0, 2.0, 1e300, math.nan, math.inf):
    numbers = [number if math.isfinite(number) else ("nan 7ff8000000000000" if number != number else "inf")] * 5
    for op in ("softmax", "log_softmax", *[f"slope {n} {i}" for n in ("softmax", "log_softmax") for i in range(4)]):
        for operands in ((0, 1, 3), (3,), (3, 3), (0, 1, 2, 3), (0, 1, 3, 2), (0, 3, 1), (0, 1, 3, 4), (0, 1, 2, 0), (0, 1, 2)):
            attempt(op, operands, numbers=numbers)
"""
CASES["outputs and guards"] = """
attempt("add", (0, 1), outputs=())
attempt("add", (0, 1), outputs=(0, 0, None, 3))
for left, right in ((0, 0), (0, 3), (8, 8), (8, 0)):
    for sign in ("<", "<=", "==", "!="):
        for outcome in (True, False):
            attempt("add", (0, 1), guards=[{"guard": sign, "left": left, "right": right, "outcome": outcome}])
for k in (-1, 9, 1.0, True, None, "0", 2**63, -(2**63), 10**400):
    assert not attempt("add", (k, 1)) and not attempt("add", (0, 1), outputs=(k,) if k is not None else ("x",))
    assert not attempt("add", (0, 1), guards=[{"guard": "<", "left": k, "right": 0, "outcome": True}])
"""
CASES["sums that feed sums, of none, one and many"] = """
for op, counts in (("fsum", (0, 1, 2, 300)), ("prod", (0, 1, 300)), ("dot", (0, 2, 600)), ("max", (1, 300)),
                   ("logsumexp", (1, 300))):
    for count in counts:
        attempt(op, tuple(k % 8 for k in range(count)), outputs=(None, 0, None))
"""


def cases(build: str) -> list[str]:
    """All for the first build; for the other those that differ most: it reads files by the same lines."""
    if build == next(iter(BUILDS)):
        return [*CASES]
    return ["tanh", "pow", *[name for name in CASES if name not in BY_NAME or BY_NAME[name].arity is None]]


@functools.cache
def told(build: str) -> dict[str, str]:
    return outcomes(BUILDS[build], COMMON, {case: CASES[case] for case in cases(build)})


@pytest.mark.parametrize(("build", "case"), [(build, case) for build in BUILDS for case in cases(build)])
def test_refused_or_run_alike(build: str, case: str) -> None:
    assert told(build)[case] == ""
