"""Gradient checking: the derivatives of `backward()` beside numerical ones, with a report that says what went wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ..engine.gradients import gradients
from ..engine.value import Value
from .trees import flatten, put_back
from .trees import names as names_of

STEPS = tuple(10.0**-k for k in range(1, 8))


class GradientCheckError(AssertionError):
    """A derivative disagrees with the numerical one. The message is the report."""

    __module__ = __name__.partition(".")[0]  # so that a traceback gives the name to import it by


def check_gradients(
    f: Callable[..., Any],
    args: Sequence[Any],
    *,
    order: int = 1,
    rtol: float = 1e-6,
    atol: float = 1e-10,
    names: Sequence[str] | None = None,
) -> None:
    """Compares the gradient of `f(*args)` by `backward()` with numerical derivatives, input by input.

    args        numbers (or Values, whose data is taken), or lists, tuples, dicts and arrays of them, nested as `f` wants them;
                `f` is called with a Value in the place of each number, and returns one Value
    order       2 to check the derivatives of the derivatives too, each against each input; 3 for those of these, and so on
    rtol, atol  a disagreement is a difference above atol + rtol * the larger of the two
    names       what the report calls the arguments; by default x0, x1, ...

    Returns nothing when all agree. When one disagrees, prints a report (which input, both numbers, the steps tried, whether
    the point sits on a kink) and raises GradientCheckError with the same words.

    The numerical derivative is a central difference, extrapolated to step 0 over a series of steps (Ridders 1982).

    >>> check_gradients(lambda x, y: (x * y).sin() + x**2, [0.5, 2.0])
    """
    if not hasattr(args, "__iter__"):
        raise TypeError(f"args are the arguments of f, in a list: give [{args!r}]")
    if names is not None and len(names) != len(args):
        raise ValueError(f"names has {len(names)} entries, and args {len(args)}: give one for each")
    if isinstance(order, bool) or not isinstance(order, int) or order < 1:
        raise ValueError(f"order is a whole number of at least 1, and this is {order!r}")
    flattened = [flatten(arg, name) for arg, name in zip(args, names or [f"x{i}" for i in range(len(args))], strict=True)]
    point: list[float] = []
    inputs: list[str] = []
    for i, (arg, (numbers, _)) in enumerate(zip(args, flattened, strict=True)):
        point += [x.data if isinstance(x, Value) else x for x in numbers]
        called = names_of(arg, names[i] if names else f"x{i}")
        inputs += [getattr(x, "label", "") or name for x, name in zip(numbers, called, strict=True)]

    def out_of(values: list[Value]) -> Value:
        out = f(*put_back([tree for _, tree in flattened], values))
        if not isinstance(out, Value):
            raise TypeError(f"check_gradients() needs a function that returns one Value, and it returned {out!r}")
        return out

    reports = _reports(out_of, point, inputs, "function", order, rtol, atol)
    if reports:
        message = "\n\n".join(reports)
        print(message)
        raise GradientCheckError(message)


def _reports(
    out_of: Callable[[list[Value]], Value],
    point: list[float],
    names: list[str],
    what: str,
    order: int,
    rtol: float,
    atol: float,
) -> list[str]:
    """A report for each derivative that disagrees, of orders up to `order`."""

    def run(numbers: list[float]) -> tuple[Value, list[Value]]:
        values = [Value(number, label=name) for number, name in zip(numbers, names, strict=True)]
        return out_of(values), values

    def along(i: int) -> Callable[[float], float]:
        return lambda step: run([*point[:i], point[i] + step, *point[i + 1 :]])[0].data

    out, values = run(point)
    out.backward()
    reports = []
    for i, (name, x) in enumerate(zip(names, point, strict=True)):
        moved = along(i)
        analytic = values[i].grad
        best, error, tried = _ridders(moved, max(1.0, abs(x)))
        tolerance = atol + rtol * max(abs(analytic), abs(best)) + error
        if not (analytic == best or abs(analytic - best) <= tolerance or (math.isnan(analytic) and math.isnan(best))):
            reports.append(_report(name, x, what, out.data, analytic, best, tried, moved))
    if order > 1:
        for i, name in enumerate(names):
            reports += _reports(
                _derivative(out_of, i), point, names, f"derivative of the {what} with respect to {name}", order - 1, rtol, atol
            )
    return reports


def _derivative(out_of: Callable[[list[Value]], Value], i: int) -> Callable[[list[Value]], Value]:
    """The derivative of a function with respect to its input number i, as a function of the inputs."""
    return lambda values: gradients(out_of(values), values)[i]


def _ridders(moved: Callable[[float], float], scale: float) -> tuple[float, float, list[tuple[float, float]]]:
    """The derivative, extrapolated to step 0 from central differences; an estimate of its error; and (step, slope) as tried.

    moved       the function, of a step away from the point
    scale       the size of the numbers: steps are in proportion to it
    """
    tried: list[tuple[float, float]] = []
    best, error = math.nan, math.inf
    for first in STEPS[:4]:
        row: list[float] = []
        for k in range(8):
            h = scale * first / 1.4**k
            slope = (moved(h) - moved(-h)) / (2.0 * h)
            if k == 0:
                tried.append((h, slope))
            new = [slope]
            factor = 1.96
            for previous in row:
                new.append((new[-1] * factor - previous) / (factor - 1.0))
                factor *= 1.96
                estimate = max(abs(new[-1] - new[-2]), abs(new[-1] - previous))
                if estimate < error:
                    best, error = new[-1], estimate
            row = new
    for h in STEPS[4:]:
        tried.append((scale * h, (moved(scale * h) - moved(-scale * h)) / (2.0 * scale * h)))
    if math.isnan(best):  # the function is not finite around the point: the smallest step says what can be said
        best, error = tried[-1][1], 0.0
    return best, error, tried


def _one_sided(moved: Callable[[float], float], sign: float, scale: float) -> list[float]:
    """Slopes by differences to one side of the point, for smaller and smaller steps."""
    return [sign * (moved(sign * h * scale) - moved(0.0)) / (h * scale) for h in (1e-4, 1e-5, 1e-6)]


def _report(
    name: str,
    x: float,
    what: str,
    value: float,
    analytic: float,
    best: float,
    tried: list[tuple[float, float]],
    moved: Callable[[float], float],
) -> str:
    of = "" if what == "function" else f" of the {what},"
    lines = [
        f"The derivative{of} with respect to {name}, at {name} = {x!r}, does not agree (the {what} is {value!r} there):",
        f"  backward() says   {analytic:.12g}",
        f"  the numbers say   {best:.12g}",
        "  central differences, (f(x + h) - f(x - h)) / 2h:",
        *[f"    h = {h:<8.0e} {slope:.12g}" for h, slope in tried],
    ]
    scale = max(1.0, abs(x))
    left, right = _one_sided(moved, -1.0, scale), _one_sided(moved, 1.0, scale)
    gaps = [abs(r - s) for r, s in zip(right, left, strict=True)]
    finite = math.isfinite(left[-1]) and math.isfinite(right[-1])
    size = max(abs(right[-1]), abs(left[-1]))
    if finite and max(abs(right[-1]) / max(abs(right[0]), 1.0), abs(left[-1]) / max(abs(left[0]), 1.0)) > 50.0:
        lines.append("  The function jumps here: it has no derivative at this point. Check at another one.")
    elif finite and gaps[-1] > 1e-3 * max(size, 1e-3) and gaps[-1] > 0.5 * gaps[0]:
        lines += [
            "  The point sits on a kink: "
            f"from the left the slope is {left[-1] + 0.0:.6g}, from the right {right[-1] + 0.0:.6g}.",
            "  There is no derivative here, and any slope between the two is a subgradient: check at another point.",
        ]
    elif not finite:
        lines.append("  The function is not finite on both sides of the point: it sits at the border of its domain.")
    else:
        lines += [
            "  The point is on no kink, so a rule is wrong (look at the slopes of the primitives that were used),",
            "  or the graph was cut on the way (look for .data, .detach() and no_grad()).",
        ]
    return "\n".join(lines)
