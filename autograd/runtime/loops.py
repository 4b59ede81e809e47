# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""The loops that a plan runs by: each instruction works on a run of numbers, the rows of a block or neighbours in one row.

A plan (`plan.py`) is one list of whole numbers, whose meaning is in `_lanes.py`. A register with rows is `lanes` numbers in
`rows`; one that all rows share is a number in `shared`. At one point there are no rows: `rows` is `shared` then, `lanes` is 1,
and an instruction works on `width` neighbouring registers at once.

This file is compiled once for each instruction set (see `_native.py`), and gives the same bits in each: no product is fused
with a sum, and the order of every sum is written here.
"""

from __future__ import annotations

import cython

# fmt: off
if cython.compiled:
    from cython.cimports.autograd.runtime._lanes import (
        ADD, SUB, MUL, DIV, ADD_S, SUB_S, S_SUB, MUL_S, DIV_S, S_DIV, LESS, LESS_EQUAL, EQUAL, NOT_EQUAL,
        CALL, RULE_1, RULE_2, SLOPE_1, SLOPE_X, SLOPE_Y, FILL, SUM, PRODUCTS, PRODUCTS_S, GATHER,
        ROW_SUMS, ROW_PRODUCTS, PANEL, PANEL_SUMS, MATRIX, GUARD, FROM_OUT, FROM_ZERO, FROM_FIRST,
        Code, Eight, Execute, Flags, Free1, Free2, Free3, Kernel, Lanes, autograd_supports_avx2, autograd_supports_avx512,
        at, code_at, eight_at, eight_of, plus, put_eight, quotient, times, total,
    )
    from cython.cimports.autograd.engine.primitives import FORWARD1, FORWARD2, SLOPE1, SLOPE2_X, SLOPE2_Y
else:
    from ._lanes import (
        ADD, SUB, MUL, DIV, ADD_S, SUB_S, S_SUB, MUL_S, DIV_S, S_DIV, LESS, LESS_EQUAL, EQUAL, NOT_EQUAL,
        CALL, RULE_1, RULE_2, SLOPE_1, SLOPE_X, SLOPE_Y, FILL, SUM, PRODUCTS, PRODUCTS_S, GATHER,
        ROW_SUMS, ROW_PRODUCTS, PANEL, PANEL_SUMS, MATRIX, GUARD, FROM_OUT, FROM_ZERO, FROM_FIRST,
        Code, Eight, Execute, Flags, Free1, Free2, Free3, Kernel, Lanes,
        at, code_at, eight_at, eight_of, plus, put_eight, quotient, times, total,
    )
    from ..engine.primitives import FORWARD1, FORWARD2, SLOPE1, SLOPE2_X, SLOPE2_Y
# fmt: on


# ------------------------------------------------------------------------------------------------ arithmetic


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def fill(out: Lanes, s: cython.double, n: cython.Py_ssize_t) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = s


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def copy(out: Lanes, x: Lanes, n: cython.Py_ssize_t) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = x[i]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def add(out: Lanes, x: Lanes, y: Lanes, n: cython.Py_ssize_t) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = x[i] + y[i]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def subtract(out: Lanes, x: Lanes, y: Lanes, n: cython.Py_ssize_t) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = x[i] - y[i]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def multiply(out: Lanes, x: Lanes, y: Lanes, n: cython.Py_ssize_t) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = x[i] * y[i]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def divide(out: Lanes, x: Lanes, y: Lanes, n: cython.Py_ssize_t) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = quotient(x[i], y[i])


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def add_shared(out: Lanes, x: Lanes, s: cython.double, n: cython.Py_ssize_t) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = x[i] + s


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def subtract_shared(out: Lanes, x: Lanes, s: cython.double, n: cython.Py_ssize_t) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = x[i] - s


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def subtract_from_shared(out: Lanes, x: Lanes, s: cython.double, n: cython.Py_ssize_t) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = s - x[i]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def multiply_shared(out: Lanes, x: Lanes, s: cython.double, n: cython.Py_ssize_t) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = x[i] * s


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def divide_shared(out: Lanes, x: Lanes, s: cython.double, n: cython.Py_ssize_t) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = quotient(x[i], s)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def divide_into_shared(out: Lanes, x: Lanes, s: cython.double, n: cython.Py_ssize_t) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = quotient(s, x[i])


# ------------------------------------------------------------------------------------------------ choices


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def select_less(out: Lanes, a: Lanes, b: Lanes, x: Lanes, y: Lanes, n: cython.Py_ssize_t) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = x[i] if a[i] < b[i] else y[i]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def select_less_equal(out: Lanes, a: Lanes, b: Lanes, x: Lanes, y: Lanes, n: cython.Py_ssize_t) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = x[i] if a[i] <= b[i] else y[i]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def select_equal(out: Lanes, a: Lanes, b: Lanes, x: Lanes, y: Lanes, n: cython.Py_ssize_t) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = x[i] if a[i] == b[i] else y[i]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def hold(
    holds: Flags, relation: cython.int, outcome: cython.bint, x: cython.p_double, y: cython.p_double, n: cython.Py_ssize_t
) -> cython.void:
    """Takes the flag of a row where the comparison does not come out as it did."""
    i: cython.Py_ssize_t
    if relation == LESS:
        for i in range(n):
            holds[i] &= (x[i] < y[i]) == outcome
    elif relation == LESS_EQUAL:
        for i in range(n):
            holds[i] &= (x[i] <= y[i]) == outcome
    elif relation == EQUAL:
        for i in range(n):
            holds[i] &= (x[i] == y[i]) == outcome
    else:
        for i in range(n):
            holds[i] &= (x[i] != y[i]) == outcome


# ------------------------------------------------------------------------------------------------ sums of products
# Eight terms in one loop: their sum stays in the processor, and only then goes to memory. The order is that of one by one.


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def add_8_shared_products(
    out: Lanes, x0: Lanes, x1: Lanes, x2: Lanes, x3: Lanes, x4: Lanes, x5: Lanes, x6: Lanes, x7: Lanes,
    s0: cython.double, s1: cython.double, s2: cython.double, s3: cython.double,
    s4: cython.double, s5: cython.double, s6: cython.double, s7: cython.double, n: cython.Py_ssize_t,
) -> cython.void:  # fmt: skip
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = (
            ((((((out[i] + x0[i] * s0) + x1[i] * s1) + x2[i] * s2) + x3[i] * s3) + x4[i] * s4) + x5[i] * s5) + x6[i] * s6
        ) + x7[i] * s7


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def add_4_shared_products(
    out: Lanes, x0: Lanes, x1: Lanes, x2: Lanes, x3: Lanes,
    s0: cython.double, s1: cython.double, s2: cython.double, s3: cython.double, n: cython.Py_ssize_t,
) -> cython.void:  # fmt: skip
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = (((out[i] + x0[i] * s0) + x1[i] * s1) + x2[i] * s2) + x3[i] * s3


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def add_2_shared_products(
    out: Lanes, x0: Lanes, x1: Lanes, s0: cython.double, s1: cython.double, n: cython.Py_ssize_t
) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = (out[i] + x0[i] * s0) + x1[i] * s1


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def add_shared_product(out: Lanes, x: Lanes, s: cython.double, n: cython.Py_ssize_t) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] += x[i] * s


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def add_4_products(
    out: Lanes, x0: Lanes, y0: Lanes, x1: Lanes, y1: Lanes, x2: Lanes, y2: Lanes, x3: Lanes, y3: Lanes, n: cython.Py_ssize_t
) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = (((out[i] + x0[i] * y0[i]) + x1[i] * y1[i]) + x2[i] * y2[i]) + x3[i] * y3[i]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def add_product(out: Lanes, x: Lanes, y: Lanes, n: cython.Py_ssize_t) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] += x[i] * y[i]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def add_4(out: Lanes, x0: Lanes, x1: Lanes, x2: Lanes, x3: Lanes, n: cython.Py_ssize_t) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] = (((out[i] + x0[i]) + x1[i]) + x2[i]) + x3[i]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def add_1(out: Lanes, x: Lanes, n: cython.Py_ssize_t) -> cython.void:
    i: cython.Py_ssize_t
    for i in range(n):
        out[i] += x[i]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def add_shared_products(code: Code, shared: cython.p_double, rows: cython.p_double, lanes: cython.Py_ssize_t) -> cython.void:
    """PRODUCTS_S."""
    out: cython.p_double = at(rows, code[2] * lanes)
    n: cython.Py_ssize_t = code[4]
    k: cython.Py_ssize_t = 0
    if code[3] == FROM_ZERO:
        fill(out, 0.0, lanes)
    elif code[3] == FROM_FIRST:
        multiply_shared(out, at(rows, code[5] * lanes), shared[code[6]], lanes)
        k = 1
    while n - k >= 8:
        add_8_shared_products(
            out,
            at(rows, code[5 + 2 * k] * lanes), at(rows, code[7 + 2 * k] * lanes),
            at(rows, code[9 + 2 * k] * lanes), at(rows, code[11 + 2 * k] * lanes),
            at(rows, code[13 + 2 * k] * lanes), at(rows, code[15 + 2 * k] * lanes),
            at(rows, code[17 + 2 * k] * lanes), at(rows, code[19 + 2 * k] * lanes),
            shared[code[6 + 2 * k]], shared[code[8 + 2 * k]], shared[code[10 + 2 * k]], shared[code[12 + 2 * k]],
            shared[code[14 + 2 * k]], shared[code[16 + 2 * k]], shared[code[18 + 2 * k]], shared[code[20 + 2 * k]],
            lanes,
        )  # fmt: skip
        k += 8
    if n - k >= 4:
        add_4_shared_products(
            out,
            at(rows, code[5 + 2 * k] * lanes), at(rows, code[7 + 2 * k] * lanes),
            at(rows, code[9 + 2 * k] * lanes), at(rows, code[11 + 2 * k] * lanes),
            shared[code[6 + 2 * k]], shared[code[8 + 2 * k]], shared[code[10 + 2 * k]], shared[code[12 + 2 * k]],
            lanes,
        )  # fmt: skip
        k += 4
    if n - k >= 2:
        add_2_shared_products(
            out, at(rows, code[5 + 2 * k] * lanes), at(rows, code[7 + 2 * k] * lanes), shared[code[6 + 2 * k]],
            shared[code[8 + 2 * k]], lanes,
        )  # fmt: skip
        k += 2
    if k < n:
        add_shared_product(out, at(rows, code[5 + 2 * k] * lanes), shared[code[6 + 2 * k]], lanes)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def multiply_matrix(code: Code, shared: cython.p_double, rows: cython.p_double, lanes: cython.Py_ssize_t) -> cython.void:
    """MATRIX, by four sums for eight rows at a time: they stay in the processor, and what has rows is read once for all."""
    m: cython.Py_ssize_t = code[4]
    n: cython.Py_ssize_t = code[5]
    j: cython.Py_ssize_t = 0
    outs: Code = code_at(code, 6)
    xs: Code = code_at(code, 6 + m)
    factors: Code = code_at(code, 6 + m + n)
    last: Code = code_at(code, 6 + m + n + m * n)
    i: cython.Py_ssize_t
    while m - j >= 4:
        for i in range(0, lanes, 8):
            four_sums(
                code[2], code_at(outs, j), xs, code_at(factors, j * n), n, code[3], code_at(last, j), shared, at(rows, i), lanes
            )
        j += 4
    while j < m:
        for i in range(0, lanes, 8):
            one_sum(code[2], outs[j], xs, code_at(factors, j * n), n, code[3], code_at(last, j), shared, at(rows, i), lanes)
        j += 1


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def four_sums(
    start: cython.int, outs: Code, xs: Code, factors: Code, n: cython.Py_ssize_t, plus_last: cython.int, last: Code,
    shared: cython.p_double,
    rows: cython.p_double, lanes: cython.Py_ssize_t,
) -> cython.void:  # fmt: skip
    k: cython.Py_ssize_t = 0
    x: Eight
    a: Eight = eight_of(0.0)
    b: Eight = a
    c: Eight = a
    d: Eight = a
    if start == FROM_FIRST:
        x = eight_at(at(rows, xs[0] * lanes))
        a = times(x, eight_of(shared[factors[0]]))
        b = times(x, eight_of(shared[factors[n]]))
        c = times(x, eight_of(shared[factors[2 * n]]))
        d = times(x, eight_of(shared[factors[3 * n]]))
        k = 1
    while k < n:
        x = eight_at(at(rows, xs[k] * lanes))
        a = plus(a, times(x, eight_of(shared[factors[k]])))
        b = plus(b, times(x, eight_of(shared[factors[n + k]])))
        c = plus(c, times(x, eight_of(shared[factors[2 * n + k]])))
        d = plus(d, times(x, eight_of(shared[factors[3 * n + k]])))
        k += 1
    if plus_last:
        a = plus(a, eight_of(shared[last[0]]))
        b = plus(b, eight_of(shared[last[1]]))
        c = plus(c, eight_of(shared[last[2]]))
        d = plus(d, eight_of(shared[last[3]]))
    put_eight(at(rows, outs[0] * lanes), a)
    put_eight(at(rows, outs[1] * lanes), b)
    put_eight(at(rows, outs[2] * lanes), c)
    put_eight(at(rows, outs[3] * lanes), d)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def one_sum(
    start: cython.int, out: cython.Py_ssize_t, xs: Code, factors: Code, n: cython.Py_ssize_t, plus_last: cython.int, last: Code,
    shared: cython.p_double,
    rows: cython.p_double, lanes: cython.Py_ssize_t,
) -> cython.void:  # fmt: skip
    k: cython.Py_ssize_t = 0
    a: Eight = eight_of(0.0)
    if start == FROM_FIRST:
        a = times(eight_at(at(rows, xs[0] * lanes)), eight_of(shared[factors[0]]))
        k = 1
    while k < n:
        a = plus(a, times(eight_at(at(rows, xs[k] * lanes)), eight_of(shared[factors[k]])))
        k += 1
    if plus_last:
        a = plus(a, eight_of(shared[last[0]]))
    put_eight(at(rows, out * lanes), a)


# ------------------------------------------------------------------------------------------------ sums over rows
# Alone, a sum is made in eight parts, of every eighth row, so that a loop can add several at once; then the parts are added.
# Where many registers are multiplied with many, one side is turned, and the sums are made row by row, many at once.


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def row_products(x: cython.p_double, y: cython.p_double, n: cython.Py_ssize_t) -> cython.double:
    """The sum of the products of the first n rows."""
    i: cython.Py_ssize_t = 0
    parts: Eight = eight_of(0.0)
    rest: cython.double = 0.0
    while n - i >= 8:
        parts = plus(parts, times(eight_at(at(x, i)), eight_at(at(y, i))))
        i += 8
    while i < n:
        rest += x[i] * y[i]
        i += 1
    return total(parts) + rest


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def row_sum(x: cython.p_double, n: cython.Py_ssize_t) -> cython.double:
    """The sum of the first n rows."""
    i: cython.Py_ssize_t = 0
    parts: Eight = eight_of(0.0)
    rest: cython.double = 0.0
    while n - i >= 8:
        parts = plus(parts, eight_at(at(x, i)))
        i += 8
    while i < n:
        rest += x[i]
        i += 1
    return total(parts) + rest


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def turn(
    panel: cython.p_double, code: Code, rows: cython.p_double, lanes: cython.Py_ssize_t, n: cython.Py_ssize_t
) -> cython.void:
    """PANEL, for the first n rows."""
    width: cython.Py_ssize_t = code[3]
    k: cython.Py_ssize_t
    for k in range(0, width, 8):
        turn_8(
            at(panel, k), width,
            at(rows, code[4 + k] * lanes), at(rows, code[5 + k] * lanes), at(rows, code[6 + k] * lanes),
            at(rows, code[7 + k] * lanes), at(rows, code[8 + k] * lanes), at(rows, code[9 + k] * lanes),
            at(rows, code[10 + k] * lanes), at(rows, code[11 + k] * lanes), n,
        )  # fmt: skip


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def turn_8(
    panel: Lanes, width: cython.Py_ssize_t, x0: Lanes, x1: Lanes, x2: Lanes, x3: Lanes, x4: Lanes, x5: Lanes, x6: Lanes,
    x7: Lanes, n: cython.Py_ssize_t,
) -> cython.void:  # fmt: skip
    i: cython.Py_ssize_t
    k: cython.Py_ssize_t
    for i in range(n):
        k = i * width
        panel[k] = x0[i]
        panel[k + 1] = x1[i]
        panel[k + 2] = x2[i]
        panel[k + 3] = x3[i]
        panel[k + 4] = x4[i]
        panel[k + 5] = x5[i]
        panel[k + 6] = x6[i]
        panel[k + 7] = x7[i]


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def add_panel_products(
    sums: cython.p_double, panel: cython.p_double, width: cython.Py_ssize_t, y: cython.p_double, n: cython.Py_ssize_t
) -> cython.void:
    """Adds y[i] times the first 8 numbers of row i of a panel, row after row."""
    i: cython.Py_ssize_t
    a: Eight = eight_at(sums)
    for i in range(n):
        a = plus(a, times(eight_at(at(panel, i * width)), eight_of(y[i])))
    put_eight(sums, a)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def add_4_panel_products(
    sums: cython.p_double, panel: cython.p_double, width: cython.Py_ssize_t, y0: cython.p_double, y1: cython.p_double,
    y2: cython.p_double, y3: cython.p_double, n: cython.Py_ssize_t,
) -> cython.void:  # fmt: skip
    """The same for four registers y, whose sums are `width` apart: each number of the panel is read once for all."""
    i: cython.Py_ssize_t
    p: Eight
    a: Eight = eight_at(sums)
    b: Eight = eight_at(at(sums, width))
    c: Eight = eight_at(at(sums, 2 * width))
    d: Eight = eight_at(at(sums, 3 * width))
    for i in range(n):
        p = eight_at(at(panel, i * width))
        a = plus(a, times(p, eight_of(y0[i])))
        b = plus(b, times(p, eight_of(y1[i])))
        c = plus(c, times(p, eight_of(y2[i])))
        d = plus(d, times(p, eight_of(y3[i])))
    put_eight(sums, a)
    put_eight(at(sums, width), b)
    put_eight(at(sums, 2 * width), c)
    put_eight(at(sums, 3 * width), d)


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def add_panel_sums(
    code: Code, sums: cython.p_double, panel: cython.p_double, rows: cython.p_double, lanes: cython.Py_ssize_t,
    n: cython.Py_ssize_t,
) -> cython.void:  # fmt: skip
    """PANEL_SUMS."""
    width: cython.Py_ssize_t = code[4]
    k: cython.Py_ssize_t
    j: cython.Py_ssize_t = 0
    while code[5] - j >= 4:
        for k in range(0, width, 8):
            add_4_panel_products(
                at(sums, code[2] + j * width + k), at(panel, k), width, at(rows, code[6 + j] * lanes),
                at(rows, code[7 + j] * lanes), at(rows, code[8 + j] * lanes), at(rows, code[9 + j] * lanes), n,
            )  # fmt: skip
        j += 4
    while j < code[5]:
        for k in range(0, width, 8):
            add_panel_products(at(sums, code[2] + j * width + k), at(panel, k), width, at(rows, code[6 + j] * lanes), n)
        j += 1


# ------------------------------------------------------------------------------------------------ rules of primitives


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def apply_rule(code: Code, rows: cython.p_double, lanes: cython.Py_ssize_t) -> cython.void:
    """A primitive's own rule, for each number of the run. With doubles it touches nothing of Python: its type does not tell."""
    kind: cython.int = code[1]
    n: cython.Py_ssize_t = code[2] * lanes
    out: cython.p_double = at(rows, code[3] * lanes)
    x: cython.p_double = at(rows, code[5] * lanes)
    y: cython.p_double = at(rows, code[6] * lanes)
    z: cython.p_double = at(rows, code[7] * lanes)
    i: cython.Py_ssize_t
    if kind == RULE_1:
        rule1 = cython.cast(Free1, cython.cast(cython.p_void, FORWARD1[code[4]]))
        for i in range(n):
            out[i] = rule1(x[i])
    elif kind == RULE_2:
        rule2 = cython.cast(Free2, cython.cast(cython.p_void, FORWARD2[code[4]]))
        for i in range(n):
            out[i] = rule2(x[i], y[i])
    elif kind == SLOPE_1:
        rule2 = cython.cast(Free2, cython.cast(cython.p_void, SLOPE1[code[4]]))
        for i in range(n):
            out[i] = rule2(x[i], y[i])
    else:
        slope = cython.cast(cython.p_void, SLOPE2_X[code[4]] if kind == SLOPE_X else SLOPE2_Y[code[4]])
        rule3 = cython.cast(Free3, slope)
        for i in range(n):
            out[i] = rule3(x[i], y[i], z[i])


# ------------------------------------------------------------------------------------------------ the interpreter


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def add_terms(code: Code, rows: cython.p_double, lanes: cython.Py_ssize_t) -> cython.void:
    """SUM."""
    out: cython.p_double = at(rows, code[2] * lanes)
    n: cython.Py_ssize_t = code[4]
    k: cython.Py_ssize_t = 0
    s: cython.double = 0.0
    if lanes == 1:
        if code[3] == FROM_OUT:
            s = out[0]
        elif code[3] == FROM_FIRST:
            s = rows[code[5]]
            k = 1
        while k < n:
            s += rows[code[5 + k]]
            k += 1
        out[0] = s
        return
    if code[3] != FROM_OUT:
        if code[3] == FROM_FIRST:
            copy(out, at(rows, code[5] * lanes), lanes)
        else:
            add_shared(out, at(rows, code[5] * lanes), s, lanes)
        k = 1
    while n - k >= 4:
        add_4(
            out, at(rows, code[5 + k] * lanes), at(rows, code[6 + k] * lanes), at(rows, code[7 + k] * lanes),
            at(rows, code[8 + k] * lanes), lanes,
        )  # fmt: skip
        k += 4
    while k < n:
        add_1(out, at(rows, code[5 + k] * lanes), lanes)
        k += 1


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def add_products(code: Code, rows: cython.p_double, lanes: cython.Py_ssize_t) -> cython.void:
    """PRODUCTS."""
    out: cython.p_double = at(rows, code[2] * lanes)
    n: cython.Py_ssize_t = code[4]
    k: cython.Py_ssize_t = 0
    s: cython.double = 0.0
    if lanes == 1:
        if code[3] == FROM_OUT:
            s = out[0]
        elif code[3] == FROM_FIRST:
            s = rows[code[5]] * rows[code[6]]
            k = 1
        while k < n:
            s += rows[code[5 + 2 * k]] * rows[code[6 + 2 * k]]
            k += 1
        out[0] = s
        return
    if code[3] == FROM_ZERO:
        fill(out, s, lanes)
    elif code[3] == FROM_FIRST:
        multiply(out, at(rows, code[5] * lanes), at(rows, code[6] * lanes), lanes)
        k = 1
    while n - k >= 4:
        add_4_products(
            out,
            at(rows, code[5 + 2 * k] * lanes), at(rows, code[6 + 2 * k] * lanes),
            at(rows, code[7 + 2 * k] * lanes), at(rows, code[8 + 2 * k] * lanes),
            at(rows, code[9 + 2 * k] * lanes), at(rows, code[10 + 2 * k] * lanes),
            at(rows, code[11 + 2 * k] * lanes), at(rows, code[12 + 2 * k] * lanes),
            lanes,
        )  # fmt: skip
        k += 4
    while k < n:
        add_product(out, at(rows, code[5 + 2 * k] * lanes), at(rows, code[6 + 2 * k] * lanes), lanes)
        k += 1


@cython.cfunc
@cython.nogil
@cython.exceptval(check=False)
def execute(
    code: Code, begin: cython.Py_ssize_t, end: cython.Py_ssize_t, shared: cython.p_double, rows: cython.p_double,
    lanes: cython.Py_ssize_t, count: cython.Py_ssize_t, sums: cython.p_double, holds: Flags, kernels: cython.pointer(Kernel),
) -> cython.void:  # fmt: skip
    """The instructions from `begin` to `end` of a plan's list, on a block of `lanes` rows of which the first `count` count."""
    n: cython.Py_ssize_t
    k: cython.Py_ssize_t
    kind: cython.int
    out: cython.p_double
    x: cython.p_double
    y: cython.p_double
    c: Code
    while begin < end:
        c = code_at(code, begin)
        begin += c[0]
        kind = c[1]
        n = c[2] * lanes
        out = at(rows, c[3] * lanes)
        x = at(rows, c[4] * lanes)
        if kind == ADD:
            y = at(rows, c[5] * lanes)
            if n == 1:
                out[0] = x[0] + y[0]
            else:
                add(out, x, y, n)
        elif kind == SUB:
            y = at(rows, c[5] * lanes)
            if n == 1:
                out[0] = x[0] - y[0]
            else:
                subtract(out, x, y, n)
        elif kind == MUL:
            y = at(rows, c[5] * lanes)
            if n == 1:
                out[0] = x[0] * y[0]
            else:
                multiply(out, x, y, n)
        elif kind == DIV:
            divide(out, x, at(rows, c[5] * lanes), n)
        elif kind == ADD_S:
            add_shared(out, x, shared[c[5]], n)
        elif kind == SUB_S:
            subtract_shared(out, x, shared[c[5]], n)
        elif kind == S_SUB:
            subtract_from_shared(out, x, shared[c[5]], n)
        elif kind == MUL_S:
            multiply_shared(out, x, shared[c[5]], n)
        elif kind == DIV_S:
            divide_shared(out, x, shared[c[5]], n)
        elif kind == S_DIV:
            divide_into_shared(out, x, shared[c[5]], n)
        elif kind == LESS:
            select_less(out, x, at(rows, c[5] * lanes), at(rows, c[6] * lanes), at(rows, c[7] * lanes), n)
        elif kind == LESS_EQUAL:
            select_less_equal(out, x, at(rows, c[5] * lanes), at(rows, c[6] * lanes), at(rows, c[7] * lanes), n)
        elif kind == EQUAL:
            select_equal(out, x, at(rows, c[5] * lanes), at(rows, c[6] * lanes), at(rows, c[7] * lanes), n)
        elif kind == NOT_EQUAL:
            select_equal(out, x, at(rows, c[5] * lanes), at(rows, c[7] * lanes), at(rows, c[6] * lanes), n)
        elif kind == CALL:
            kernels[c[4]](out, at(rows, c[5] * lanes), at(rows, c[6] * lanes), at(rows, c[7] * lanes), n)
        elif kind == RULE_1 or kind == RULE_2 or kind == SLOPE_1 or kind == SLOPE_X or kind == SLOPE_Y:
            apply_rule(c, rows, lanes)
        elif kind == FILL:
            fill(at(rows, c[2] * lanes), shared[c[3]], lanes)
        elif kind == SUM:
            add_terms(c, rows, lanes)
        elif kind == PRODUCTS:
            add_products(c, rows, lanes)
        elif kind == PRODUCTS_S:
            add_shared_products(c, shared, rows, lanes)
        elif kind == GATHER:
            for k in range(n):
                out[k] = rows[c[4 + k]]
        elif kind == ROW_SUMS:
            for k in range(c[3]):
                sums[c[2] + k] += row_sum(at(rows, c[4 + k] * lanes), count)
        elif kind == ROW_PRODUCTS:
            for k in range(c[3]):
                sums[c[2] + k] += row_products(at(rows, c[5 + k] * lanes), x, count)
        elif kind == PANEL:
            turn(at(rows, c[2] * lanes), c, rows, lanes, count)
        elif kind == PANEL_SUMS:
            add_panel_sums(c, sums, out, rows, lanes, count)
        elif kind == MATRIX:
            multiply_matrix(c, shared, rows, lanes)
        elif kind == GUARD:
            hold(holds, c[2], c[3], x, at(rows, c[5] * lanes), count)


COMPILED = cython.compiled

if cython.compiled:

    def address() -> int:
        """Where `execute` is, for another module to call it without Python."""
        function: Execute = execute
        return cython.cast(cython.size_t, cython.cast(cython.p_void, function))

    def supports(instructions: str) -> bool:
        """Whether this processor has an instruction set."""
        if instructions == "avx512":
            return autograd_supports_avx512()
        return instructions == "avx2" and autograd_supports_avx2()

else:

    def supports(instructions: str) -> bool:
        """Plain Python has none."""
        return False
