"""Gradient checking: the derivatives of `backward()` beside numerical ones, with a report that says what went wrong."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from .value import Value

STEPS = tuple(10.0**-k for k in range(1, 8))


class GradientCheckError(AssertionError):
    """A derivative disagrees with the numerical one. The message is the report."""


def check_gradients(
    f: Callable[..., Any], args: Sequence[Any], *, rtol: float = 1e-6, atol: float = 1e-10, names: Sequence[str] | None = None
) -> None:
    """Compares the gradient of `f(*args)` by `backward()` with numerical derivatives, input by input.

    args        numbers (or Values, whose data is taken), or lists, tuples and arrays of them, nested as `f` wants them; `f`
                is called with a Value in the place of each number, and returns one Value
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
    inputs: list[tuple[str, float]] = []
    shapes = [_flatten(arg, names[i] if names else f"x{i}", inputs) for i, arg in enumerate(args)]

    def run(numbers: list[float]) -> tuple[Value, list[Value]]:
        values = [Value(n, label=name) for n, (name, _) in zip(numbers, inputs, strict=True)]
        position = iter(values)
        out = f(*[_rebuild(shape, position) for shape in shapes])
        if not isinstance(out, Value):
            raise TypeError(f"check_gradients() needs a function that returns one Value, and it returned {out!r}")
        return out, values

    point = [number for _, number in inputs]
    out, values = run(point)
    out.backward()

    def along(i: int) -> Callable[[float], float]:
        def moved(step: float) -> float:
            return run([*point[:i], point[i] + step, *point[i + 1 :]])[0].data

        return moved

    reports = []
    for i, (name, x) in enumerate(inputs):
        moved = along(i)
        analytic = values[i].grad
        best, error, tried = _ridders(moved, max(1.0, abs(x)))
        tolerance = atol + rtol * max(abs(analytic), abs(best)) + error
        if not (analytic == best or abs(analytic - best) <= tolerance or (math.isnan(analytic) and math.isnan(best))):
            reports.append(_report(name, x, out.data, analytic, best, tried, moved))
    if reports:
        message = "\n\n".join(reports)
        print(message)
        raise GradientCheckError(message)


def _flatten(arg: Any, name: str, inputs: list[tuple[str, float]]) -> Any:
    """The shape of an argument: None for a number, which goes to `inputs`, or (type, shapes of its elements)."""
    if hasattr(arg, "__array__"):
        arg = arg.tolist()
    if isinstance(arg, (list, tuple)):
        return (type(arg), [_flatten(element, f"{name}[{i}]", inputs) for i, element in enumerate(arg)])
    leaf = arg if isinstance(arg, Value) else Value(arg)
    inputs.append((leaf.label or name, leaf.data))
    return None


def _rebuild(shape: Any, values: Any) -> Any:
    if shape is None:
        return next(values)
    kind, elements = shape
    return kind([_rebuild(element, values) for element in elements])


def _ridders(moved: Callable[[float], float], scale: float) -> tuple[float, float, list[tuple[float, float]]]:
    """The derivative at step 0 extrapolated from central differences, an estimate of its error, and what was tried."""
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
    return [sign * (moved(sign * h * scale) - moved(0.0)) / (h * scale) for h in (1e-4, 1e-5, 1e-6)]


def _report(
    name: str, x: float, value: float, analytic: float, best: float, tried: list[tuple[float, float]],
    moved: Callable[[float], float],
) -> str:  # fmt: skip
    lines = [
        f"The derivative with respect to {name}, at {name} = {x!r}, does not agree (the function is {value!r} there):",
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
