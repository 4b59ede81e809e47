"""Oracles of the transforms: ways to one derivative that share little, and formulas in many digits that share nothing."""

import random
from collections.abc import Sequence
from typing import Any

import jets
import numpy as np
from corners import plain
from mpmath import mp, mpf

import autograd

from .common import as_values, function, held, recorded, size_of_terms
from .graphs import Case, operand, points, run

FAR = 1e60
"""Beyond this, or the inverse of it, products of a few numbers leave what floats hold, by one way and not by another."""


def ways(case: Case) -> None:
    """The Hessian by rows, by columns, one among several, sparse, times a vector, along a line, through an outer Value."""
    for xs in points(case):
        leaves, nodes = recorded(case, autograd, xs)
        size = second_size(leaves, nodes)
        if size is not None:
            _ways_at(case, xs, [(-0.75) ** i for i in range(len(xs))], size)


def _ways_at(case: Case, xs: list[float], v: list[float], size: float) -> None:
    f = function(case, autograd)
    gradient = autograd.grad(f)
    several = autograd.jacobian(lambda xs: [y * 1.0 for y in run(case, autograd, xs)[-2:]])
    rows = autograd.hessian(f)(xs)
    want = plain(rows)
    close("a Hessian by columns", xs, plain(autograd.jacobian(gradient, mode="forward")(xs)), want, size)
    close("a Hessian by rows", xs, plain(autograd.jacobian(gradient, mode="reverse")(xs)), want, size)
    close("a Hessian of one of several", xs, plain(autograd.jacobian(several)(xs)[-1]), want, size)
    close("a sparse Hessian", xs, autograd.hessian(f, sparse=True)(np.array(xs)).toarray().ravel().tolist(), want, size)

    along = [_times(row, v) for row in rows]
    close("hvp", xs, autograd.hvp(f, xs, v), along, size)
    if all(xs):  # of -0.0 the sum would lose the sign
        on_line = autograd.derivative(lambda t: f([x + t * w for x, w in zip(xs, v, strict=True)]), 2)
        close("along a line", xs, [on_line(0.0)], [_times(along, v)], 10.0 * size)

    def scaled(by: Any) -> Any:
        """How fast f goes along v at xs, computed at numbers that `by` scales."""
        return _times(autograd.grad(lambda ys: f([y * by for y in ys]))([x / 1.25 for x in xs]), v)

    outer = autograd.Value(1.25)
    (through,) = autograd.gradients(scaled(outer) + outer * 0.0, [outer])
    close("through an outer Value", xs, [through.data], [autograd.grad(scaled)(1.25)], 10.0 * size)


def _times(xs: Sequence[Any], ys: Sequence[Any]) -> Any:
    return sum(x * y for x, y in zip(xs, ys, strict=True))


def second_size(leaves: Sequence[Any], nodes: Sequence[Any]) -> float | None:
    """Of the terms that second derivatives are sums of; None where the order in which they are made may well matter."""
    numbers = [abs(x) for x in as_values(nodes)]
    if not all(x < FAR for x in numbers) or any(0.0 < x < 1.0 / FAR for x in numbers):
        return None
    slopes = autograd.gradients(nodes[-1], leaves)
    inside = [abs(v.data) for slope in slopes for v in autograd.topological_order(slope)]
    if not all(x < FAR for x in inside):
        return None
    size = sum(size_of_terms(slope, leaves, autograd) for slope in slopes)
    return size if size < FAR else None


def close(what: str, xs: Sequence[float], got: Sequence[float], want: Sequence[float], size: float) -> None:
    for x, y in zip(got, want, strict=True):
        held((x != x and y != y) or abs(x - y) <= 1e-9 * size + 1e-290, what, xs, got, want, size)


# ------------------------------------------------------------------------------------------------ many digits

DIGITS = 100
ROUNDING = mpf("1e-15")
"""By which every number on the way is moved, to see what that does to the result."""

SPREAD = 60.0
"""How many times as far off as moved numbers a result may be: there are three tries, and slopes have a few roundings each."""


def many_digits(case: Case) -> None:
    """The derivatives of the first three orders against those of formulas in many digits, with the values of the engine.

    How far they may be off shows where every number on the way is moved a little: what that changes, rounding changes too. At
    a kink or a step that is everything, and nothing is asked.
    """
    if not all(name in jets.UNARY or name in jets.BINARY or name in jets.LISTS for name, _ in case["steps"]):
        return
    for xs in points(case):
        leaves, nodes = recorded(case, autograd, xs)
        if not all(1e-4 < abs(x) < 100.0 for x in as_values(nodes)):  # exp(100) and 1 have 43 digits between them
            continue
        if any(_ties(name, [operand(thing, nodes) for thing in operands]) for name, operands in case["steps"]):
            continue
        by = [k % len(xs) for k in (0, len(case["steps"]), 2)]
        got, sizes, y = [], [], nodes[-1]
        for k in by:
            sizes.append(size_of_terms(y, [leaves[k]], autograd))  # of the others one may be NaN
            (y,) = autograd.gradients(y, [leaves[k]])
            got.append(y.data)
        with mp.workdps(DIGITS):
            try:
                exact, *tries = [_parts(case, nodes, by, seed and random.Random(seed)) for seed in range(4)]
            except ZeroDivisionError:  # a place where there is a limit only
                continue
            for order, (x, true) in enumerate(zip(got, exact, strict=True)):
                off = max(abs(other[order] - true) for other in tries)
                near = abs(mpf(x) - true) <= SPREAD * off + 1e-13 * sizes[order] + 1e-290
                near = near or not mp.isfinite(true)  # as a power of a number below 0, which the formula takes by its logarithm
                held(near, f"derivative of order {order + 1}", xs, by[: order + 1], x, float(true), float(off))


def _ties(name: str, operands: list[Any]) -> bool:
    """Whether it chooses among numbers that are equal, of which the formula takes one."""
    numbers = [x.data if isinstance(x, autograd.Value) else float(x) for x in operands]
    return name in ("max", "min", "maximum", "minimum", "remainder", "fmod") and len({*numbers}) < len(numbers)


def _parts(case: Case, found: Sequence[Any], by: Sequence[int], moving: random.Random | int) -> list[Any]:
    """The derivatives by the first, the first two, and all three of `by`."""

    def moved(jet: jets.Jet) -> jets.Jet:
        if isinstance(moving, int):
            return jet
        return jets.Jet([part * (1 + ROUNDING * moving.uniform(-1.0, 1.0)) for part in jet.parts])

    def leaf(x: float, bits: int = 0) -> jets.Jet:
        parts = [mpf(x), *[mpf(0)] * 7]
        for k in range(3):
            if bits >> k & 1:
                parts[1 << k] = mpf(1)
        return moved(jets.Jet(parts))

    inputs = len(case["points"][0])
    nodes = [leaf(v.data, sum(1 << k for k in range(3) if by[k] == i)) for i, v in enumerate(found[:inputs])]
    for (name, operands), v in zip(case["steps"], found[inputs:], strict=True):
        given = [operand(thing, nodes) for thing in operands]
        jet = _formula(name, [x if isinstance(x, jets.Jet) else leaf(float(x)) for x in given])
        nodes.append(moved(jets.Jet([mpf(v.data), *jet.parts[1:]])))  # some formulas are right up to a constant
    return [nodes[-1].parts[mask] for mask in (1, 3, 7)]


def _formula(name: str, xs: list[jets.Jet]) -> jets.Jet:
    if name in jets.LISTS:
        if name == "dot":
            half = len(xs) // 2
            xs = [x for pair in zip(xs[:half], xs[half:], strict=True) for x in pair]
        if name in ("softmax", "log_softmax"):  # the formulas are of the first
            xs = [xs[len(xs) // 2], *xs[: len(xs) // 2], *xs[len(xs) // 2 + 1 :]]
        return jets.LISTS[name](xs)
    return (jets.UNARY | jets.BINARY)[name](*xs)
