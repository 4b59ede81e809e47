"""The steady state of an iteration, differentiable without its history: the other kind of recurrent backpropagation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from autograd import Value, gradients, is_grad_enabled, no_grad
from autograd.derivatives.implicit import inverse_of, newton_steps, right_to_order
from autograd.engine.modes import is_part_of_a_graph

from ..arguments import real, whole

Step = Callable[[list[Value]], list[Value]]
NEIGHBOURS = "They settle only where f brings neighbours closer together: start nearer, or damp f, as in 0.5 * x + 0.5 * f(x)"


class FixedPointError(ArithmeticError):
    """No steady state was reached, or the one reached has no derivative. The message says which, and what to do.

    >>> try:
    ...     fixed_point(lambda x: x * x, 2.0)
    ... except FixedPointError as error:
    ...     print(str(error)[:24])
    the iterations diverged:
    """


def fixed_point(f: Callable[[Any], Any], x0: Any, *, tol: float = 1e-12, max_iter: int = 1000, order: int = 1) -> Any:
    """The x with x = f(x) that x0, f(x0), f(f(x0)), ... settles to: a Value (or a list of them) to differentiate.

    f           takes a Value and gives one, or takes a list and gives one as long, as x0 is a number or a list; what the steady
                state is to be differentiated by, f closes over
    x0          where to start; of several steady states it decides which, and nothing else
    tol         steady is when no x changes by more than tol * max(1, |x|)
    max_iter    how many iterations to try
    order       up to which order the derivatives of the result are right: 1 for backward(), 2 for Hessians. Those of a
                transform around, as of grad(grad(...)), are infinite or NaN beyond it; those of gradients() are wrong

    The iterations are not recorded, so memory does not depend on their number. At the steady state x = f(x, p) the implicit
    function theorem gives dx/dp = (I - J)^-1 df/dp, where J = df/dx. One recorded step of Newton's method from there,

        y = x + M (f(x, p) - x),    M = (I - J)^-1 a constant,

    has the value x and just that derivative; for a network that settles, it is the recurrent backpropagation of Almeida (1987)
    and Pineda (1987). A second such step, from y, makes second derivatives right, and so on: that is `order`. (One step more,
    unrecorded, comes first: it brings x from tol to the last digits.)

    FixedPointError if the iterations diverge, do not settle, or creep, or if I - J is singular. In no_grad() there are only the
    iterations.

    >>> a = Value(2.0)
    >>> root = fixed_point(lambda x: 0.5 * (x + a / x), 1.0)        # Babylonian: the square root of a
    >>> root.backward()
    >>> round(root.data, 12), round(a.grad, 12)                     # and 1 / (2 sqrt(a))
    (1.414213562373, 0.353553390593)
    """
    tol, max_iter, order = real(tol, "tol"), whole(max_iter, "max_iter"), whole(order, "the order of derivatives")
    alone = not hasattr(x0, "__len__")
    start = [_value(x).data for x in ([x0] if alone else x0)]
    if not start:
        raise ValueError("x0 is empty: give a number, or a list of at least one, to start from")

    def step(xs: list[Value]) -> list[Value]:
        return [_value(f(xs[0]))] if alone else _as_many(f(list(xs)), len(xs))

    names = ["x"] if alone else [f"x[{i}]" for i in range(len(start))]
    steady = _settle(step, start, names, tol, max_iter)
    values = [Value(x) for x in steady]
    if is_grad_enabled():
        exact = [x.data for x in _newton_steps(step, values, _inverse(step, steady), 1)]
        _check_that_it_settled(steady, exact, names, tol)
        values = _newton_steps(step, [Value(x) for x in exact], _inverse(step, exact), order)
        if is_part_of_a_graph():
            values = right_to_order(order, values)
    return values[0] if alone else values


def _value(x: Any) -> Value:
    return x if isinstance(x, Value) else Value(x)


def _as_many(result: Any, count: int) -> list[Value]:
    if not hasattr(result, "__len__"):
        raise TypeError(f"f was given a list of {count} Values and should give one, and it gave {result!r}")
    if len(result) != count:
        raise ValueError(f"f was given {count} Values and should give as many, and it gave {len(result)}")
    return [_value(x) for x in result]


def _settle(step: Step, x: list[float], names: list[str], tol: float, max_iter: int) -> list[float]:
    """Iterates until nothing changes."""
    changes: list[float] = []
    with no_grad():
        for iteration in range(1, max_iter + 1):
            after = [value.data for value in step([Value(number) for number in x])]
            for i, number in enumerate(after):
                if not math.isfinite(number):
                    raise FixedPointError(
                        f"the iterations diverged: number {iteration} took {names[i]} from {x[i]!r} to {number!r}. {NEIGHBOURS}"
                    )
            moves = [abs(b - a) for a, b in zip(x, after, strict=True)]
            if all(move <= tol * max(1.0, abs(number)) for move, number in zip(moves, after, strict=True)):
                return after
            changes.append(max(moves))
            x = after
    raise FixedPointError(_why_unsettled(names[moves.index(changes[-1])], changes, tol))


def _why_unsettled(name: str, changes: list[float], tol: float) -> str:
    found = f"no steady state after {len(changes)} iterations: the last still changed {name} by {changes[-1]:.3g}"
    if len(changes) < 8:
        return f"{found}: raise max_iter"
    quarter = len(changes) // 4
    before, lately = max(changes[-2 * quarter : -quarter]), max(changes[-quarter:])
    if lately < 0.95 * before:
        return f"{found}, and changes are getting smaller: raise max_iter, or start nearer"
    if lately > 2.0 * before:
        return f"{found}, and changes are getting larger. {NEIGHBOURS}"
    return (
        f"{found}, and changes are not getting smaller: it wanders. Damp f, as in 0.5 * x + 0.5 * f(x), start elsewhere, "
        f"or, if so small a change will do, raise tol (now {tol:g})"
    )


def _check_that_it_settled(steady: list[float], exact: list[float], names: list[str], tol: float) -> None:
    """FixedPointError if Newton's step moved far. What is left to move is about the square of that, and is to be below tol."""
    for name, a, b in zip(names, steady, exact, strict=True):
        if not abs(b - a) <= max(math.sqrt(tol), 1e-6) * max(1.0, abs(a)):
            raise FixedPointError(
                f"the iterations creep: {name} = {a!r} hardly changes any more, and yet the steady state is as far as {b!r}. "
                f"Start there, or give a smaller tol (now {tol:g}) and a larger max_iter"
            )


def _inverse(step: Step, x: list[float]) -> list[list[float]]:
    """(I - J)^-1, where J has the derivatives of the step at x. No .grad is touched."""
    leaves = [Value(number) for number in x]
    results = step(leaves)
    with no_grad():
        jacobian = [[slope.data for slope in gradients(result, leaves)] for result in results]
    sizes = [abs(slope) for row in jacobian for slope in row]
    if not all(map(math.isfinite, sizes)):
        raise FixedPointError(f"f has no finite derivatives at the steady state {x}: they are {jacobian}")
    matrix = [[float(i == j) - slope for j, slope in enumerate(row)] for i, row in enumerate(jacobian)]
    inverse = inverse_of(matrix, max(1.0, *sizes))
    if inverse is None:
        raise FixedPointError(
            f"the steady state {x} has no derivatives: I - J is singular there, J = df/dx being {jacobian}. Either "
            "x = f(x) holds beside it too, or it moves infinitely fast with what f closes over"
        )
    return inverse


def _newton_steps(step: Step, xs: list[Value], inverse: list[list[float]], count: int) -> list[Value]:
    return newton_steps(lambda xs: [x - after for x, after in zip(xs, step(xs), strict=True)], xs, inverse, count)
