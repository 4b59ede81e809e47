# cython: boundscheck=False, wraparound=False
"""Runs a Program natively: each instruction is a loop over a block of rows, so that all of them share what it costs to read it.

The registers of a block stay near the processor. Instructions that depend on no row run once, before the blocks. A rule that is
C in the engine is C here, the same one, so results are those of eager execution to the last bit. What has no rule in C (that of
a primitive of your own, some over lists) is called row by row.
"""

from __future__ import annotations

import cython

if cython.compiled:
    from cython.cimports.autograd._libm import divide
    from cython.cimports.cpython.exc import PyErr_CheckSignals
    from cython.cimports.autograd.primitives import FORWARD1, FORWARD2, SLOPE1, SLOPE2_X, SLOPE2_Y
else:
    from ._libm import divide

    def PyErr_CheckSignals():  # noqa: N802 (C's name): the interpreter looks by itself
        pass

    from .primitives import FORWARD1, FORWARD2, SLOPE1, SLOPE2_X, SLOPE2_Y


from .primitives import BY_NAME

NATIVE = cython.compiled
"""Whether this runs as machine code. As plain Python it would give the same, slower than `columns`."""

LANES = 128
"""Rows in a block."""

KINDS = {"add": 0, "sub": 1, "mul": 2, "div": 3, "select <": 10, "select <=": 11, "select ==": 12, "select !=": 13, "dot": 20}
FORWARD_1, FORWARD_2, SLOPE_1, SLOPE_X, SLOPE_Y, PYTHON = 4, 5, 6, 7, 8, 30


def kind_of(op: str):
    """How an op is run, and the code of the primitive whose rule it is."""
    if op in KINDS:
        return KINDS[op], 0
    name, operand = op.removeprefix("flat "), ""
    if op.startswith("slope "):
        name, _, operand = op.removeprefix("slope ").rpartition(" ")
    row = BY_NAME.get(name)
    if row is None or not row.inline:
        return PYTHON, 0
    if operand:
        return (SLOPE_1 if row.arity == 1 else SLOPE_X if operand == "0" else SLOPE_Y), row.code
    return (FORWARD_1 if row.arity == 1 else FORWARD_2), row.code


if cython.compiled:

    @cython.cfunc
    @cython.inline
    def lanes_of(registers: cython.double[:, ::1], k: cython.int) -> cython.p_double:
        return cython.address(registers[k, 0])

else:

    def lanes_of(registers, k):
        return registers[k]


@cython.cfunc
def execute(plan, registers: cython.double[:, ::1], begin: cython.Py_ssize_t, end: cython.Py_ssize_t, n: cython.Py_ssize_t):
    """Instructions begin ... end - 1 on the first n lanes of the registers."""
    kinds: cython.int[::1] = plan.kinds
    codes: cython.int[::1] = plan.codes
    outs: cython.int[::1] = plan.outs
    firsts: cython.int[::1] = plan.firsts
    operands: cython.int[::1] = plan.operands
    rules: list = plan.rules
    k: cython.Py_ssize_t
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    f: cython.Py_ssize_t
    count: cython.Py_ssize_t
    code: cython.int
    kind: cython.int
    out: cython.p_double
    a: cython.p_double
    b: cython.p_double
    c: cython.p_double
    d: cython.p_double
    for k in range(begin, end):
        kind = kinds[k]
        code = codes[k]
        f = firsts[k]
        count = firsts[k + 1] - f
        out = lanes_of(registers, outs[k])
        a = lanes_of(registers, operands[f])
        b = lanes_of(registers, operands[f + (1 if count > 1 else 0)])
        c = lanes_of(registers, operands[f + (2 if count > 2 else 0)])
        d = lanes_of(registers, operands[f + (3 if count > 3 else 0)])
        if kind == 0:
            for i in range(n):
                out[i] = a[i] + b[i]
        elif kind == 1:
            for i in range(n):
                out[i] = a[i] - b[i]
        elif kind == 2:
            for i in range(n):
                out[i] = a[i] * b[i]
        elif kind == 3:
            for i in range(n):
                out[i] = divide(a[i], b[i])
        elif kind == 4:
            for i in range(n):
                out[i] = FORWARD1[code](a[i])
        elif kind == 5:
            for i in range(n):
                out[i] = FORWARD2[code](a[i], b[i])
        elif kind == 6:
            for i in range(n):
                out[i] = SLOPE1[code](a[i], b[i])
        elif kind == 7:
            for i in range(n):
                out[i] = SLOPE2_X[code](a[i], b[i], c[i])
        elif kind == 8:
            for i in range(n):
                out[i] = SLOPE2_Y[code](a[i], b[i], c[i])
        elif kind == 10:
            for i in range(n):
                out[i] = c[i] if a[i] < b[i] else d[i]
        elif kind == 11:
            for i in range(n):
                out[i] = c[i] if a[i] <= b[i] else d[i]
        elif kind == 12:
            for i in range(n):
                out[i] = c[i] if a[i] == b[i] else d[i]
        elif kind == 13:
            for i in range(n):
                out[i] = c[i] if a[i] != b[i] else d[i]
        elif kind == 20:
            count = count // 2
            for i in range(n):
                out[i] = 0.0
            for j in range(count):
                a = lanes_of(registers, operands[f + j])
                b = lanes_of(registers, operands[f + count + j])
                for i in range(n):
                    out[i] = out[i] + a[i] * b[i]
        else:
            rule = rules[k]
            for i in range(n):
                out[i] = rule([float(registers[operands[j], i]) for j in range(f, f + count)])


class Plan:
    """A program made ready: its instructions as arrays of numbers, those that all rows share first, and where registers are.

    A register whose last reader has run gives its place to another.
    """

    def __init__(self, program, per_row, op_named):
        import numpy as np

        found = program.instructions
        varies = [False] * len(found)
        for i, instruction in enumerate(found):
            varies[i] = per_row[i] if i < program.inputs else any([varies[k] for k in instruction.operands])
        order = [i for i in range(len(found)) if found[i].operands and not varies[i]]
        self.shared = len(order)
        order += [i for i in range(len(found)) if found[i].operands and varies[i]]
        place = self._places(program, order, varies)
        self.inputs = np.array([place[i] for i in range(program.inputs)], dtype=np.intp)
        self.fixed_places = np.array([place[i] for i in range(len(found)) if not varies[i]], dtype=np.intp)
        constants = [i for i in range(program.inputs, len(found)) if not found[i].operands]
        self.constant_places = np.array([place[i] for i in constants], dtype=np.intp)
        self.constants = np.array([found[i].number for i in constants])
        self.outputs = np.array([place[k] for k in program.outputs], dtype=np.intp)
        self.guards = [(g, place[g.left], place[g.right]) for g in program.guards]
        ways = [kind_of(found[i].op) for i in order]
        self.kinds = np.array([kind for kind, _ in ways], dtype=np.intc)
        self.codes = np.array([code for _, code in ways], dtype=np.intc)
        self.outs = np.array([place[i] for i in order], dtype=np.intc)
        counts = [len(found[i].operands) for i in order]
        self.firsts = np.concatenate([[0], np.cumsum(counts)]).astype(np.intc)
        self.operands = np.array([place[k] for i in order for k in found[i].operands] + [0], dtype=np.intc)
        self.rules = [op_named(found[i].op) if kind == PYTHON else None for i, (kind, _) in zip(order, ways)]
        self.varying = [i for i in range(program.inputs) if varies[i]]
        self.shared_numbers = [i for i in range(program.inputs) if not varies[i]]
        self.shared_inputs = self.inputs[self.shared_numbers]

    def _places(self, program, order, varies):
        """A place for each register; those of rows are given on once they have been read for the last time."""
        found = program.instructions
        kept = {*program.outputs, *(k for g in program.guards for k in (g.left, g.right))}
        last = {}
        for at, i in enumerate(order):
            for k in found[i].operands:
                last[k] = at
        place = [-1] * len(found)
        count = 0
        for i in range(len(found)):
            if not varies[i] or not found[i].operands:
                place[i] = count
                count += 1
        free: list = []
        for at, i in enumerate(order):
            if place[i] < 0:
                place[i] = free.pop() if free else count
                count += place[i] == count
            for k in {*found[i].operands}:
                if last[k] == at and varies[k] and found[k].operands and k not in kept:
                    free.append(place[k])
        self.count = count
        return place


def run_once(plan, numbers):
    """The outputs at a point, and whether the program holds there. In the plan, no input has rows."""
    import numpy as np

    r = np.empty((plan.count, 1))
    r[plan.constant_places, 0] = plan.constants
    r[plan.inputs, 0] = numbers
    execute(plan, r, 0, plan.shared, 1)
    holds = True
    for guard, left, right in plan.guards:
        holds = holds and bool(guard.holds(r[left, 0], r[right, 0]))
    return r[plan.outputs, 0].tolist(), holds


def run(plan, numbers, rows):
    """The outputs, an array (outputs, rows), and which rows the program holds for.

    numbers     for each input a column of `rows` numbers, or a float that all rows share
    """
    import numpy as np

    lanes = min(LANES, rows)
    r = np.empty((plan.count, lanes))
    r[plan.constant_places, 0] = plan.constants
    r[plan.shared_inputs, 0] = [numbers[i] for i in plan.shared_numbers]
    execute(plan, r, 0, plan.shared, 1)
    r[plan.fixed_places, 1:] = r[plan.fixed_places, :1]
    results = np.empty((len(plan.outputs), rows))
    holds = np.ones(rows, dtype=bool)
    for start in range(0, rows, lanes):
        PyErr_CheckSignals()
        n = min(lanes, rows - start)
        for i in plan.varying:
            r[plan.inputs[i], :n] = numbers[i][start : start + n]
        execute(plan, r, plan.shared, len(plan.kinds), n)
        results[:, start : start + n] = r[plan.outputs, :n]
        for guard, left, right in plan.guards:
            holds[start : start + n] &= guard.holds(r[left, :n], r[right, :n])
    return results, holds
