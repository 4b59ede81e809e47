"""Gradient checking: the derivatives of `backward()` beside numerical ones, with a report that says what went wrong."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..engine.backward import topological_order
from ..engine.gradients import gradients
from ..engine.modes import enable_grad
from ..engine.value import Value
from .trees import flatten, put_back
from .trees import names as names_of

STEPS = tuple(10.0**-k for k in range(1, 8))
"""The steps that a report shows, in parts of their scale."""
EPSILON = sys.float_info.epsilon


class GradientCheckError(AssertionError):
    """A derivative disagrees with the numerical one. The message is the report.

    >>> from autograd import primitive
    >>> wrong = primitive("squared_wrongly", lambda x: x * x, lambda x, out: 3 * x)
    >>> try:  # doctest: +ELLIPSIS
    ...     check_gradients(wrong, [1.5])
    ... except GradientCheckError:
    ...     print("so the rule is wrong")
    The derivative with respect to x0, at x0 = 1.5, does not agree (the function is 2.25 there):
      backward() says   4.5
      the numbers say   3
    ...
    so the rule is wrong
    """

    __module__ = __name__.partition(".")[0]  # so that a traceback gives the name to import it by


def check_gradients(
    f: Callable[..., Any],
    args: Sequence[Any],
    *,
    order: int = 1,
    rtol: float = 1e-6,
    atol: float = 0.0,
    names: Sequence[str] | None = None,
) -> None:
    """Compares the gradient of `f(*args)` by `backward()` with numerical derivatives, input by input.

    args        numbers (or Values, whose data is taken), or lists, tuples, dicts and arrays of them, nested as `f` wants them;
                `f` is called with a Value in the place of each number, and returns one Value
    order       2 to check the derivatives of the derivatives too, each against each input; 3 for those of these, and so on
    rtol, atol  a disagreement is a difference above atol + rtol * the larger of the two
    names       what the report calls the arguments; by default x0, x1, ...

    ValueError for an `f` that gives two numbers at one point, as one that draws random numbers does.

    Returns nothing when all agree. When one disagrees, prints a report (which input, both numbers, the steps tried, whether
    the point sits on a kink) and raises GradientCheckError with the same words.

    The numerical derivative is a central difference, extrapolated to step 0 over a series of steps (Ridders 1982). The size of
    the steps follows the function, down to the numbers next to the point where something is near, as a kink; what rounding can
    do to either derivative is no disagreement. Where `f` raises an ArithmeticError or a ValueError beside the point, that is
    taken to be outside of its domain.

    >>> check_gradients(lambda x, y: (x * y).sin() + x**2, [0.5, 2.0])
    """
    if not callable(f):
        raise TypeError(f"check_gradients() takes a function, and this is {f!r}: give f, not f(x)")
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

    _check_repeatable(out_of, point)
    reports = _reports(out_of, point, inputs, "function", order, rtol, atol)
    if reports:
        message = "\n\n".join(reports)
        print(message)
        raise GradientCheckError(message)


def _check_repeatable(out_of: Callable[[list[Value]], Value], point: list[float]) -> None:
    """ValueError for a function that gives two numbers at one point: of what it jumps by no difference tells anything."""
    with enable_grad():
        one, other = (out_of([*map(Value, point)]).data for _ in range(2))
    if one != other and not (math.isnan(one) and math.isnan(other)):
        raise ValueError(
            f"f gives {one!r}, and called again with the same arguments {other!r}: it draws random numbers, or changes what it "
            "goes by. Draw outside of it, or with a seed inside; a model with dropout is to be in evaluation mode, model.eval()"
        )


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
        with enable_grad():  # as `grad` does
            return out_of(values), values

    def along(i: int) -> Callable[[float], float]:
        def moved(step: float) -> float:
            try:
                return run([*point[:i], point[i] + step, *point[i + 1 :]])[0].data
            except (ArithmeticError, ValueError):  # as functions of math raise outside of their domain
                if step == 0.0:
                    raise
                return math.nan

        return moved

    out, values = run(point)
    out.backward()
    rounding = _rounding(out)
    lost = _lost_in_sums(out)
    reports = []
    for i, (name, x) in enumerate(zip(names, point, strict=True)):
        moved = along(i)
        analytic = values[i].grad
        found = _numerical(moved, x, rounding)
        own = atol + rtol * abs(analytic) + lost.get(id(values[i]), 0.0)
        tolerance = max(own, own + rtol * (abs(found.slope) - abs(analytic))) + found.error
        agrees = analytic == found.slope or abs(analytic - found.slope) <= tolerance
        if not agrees and not (math.isnan(analytic) and math.isnan(found.slope)):
            if _right_from_near(moved, x, rounding, analytic, found, own):
                continue
            reports.append(_report(name, x, what, out.data, analytic, found, moved))
    if order > 1:
        for i, name in enumerate(names):
            reports += _reports(
                _derivative(out_of, i), point, names, f"derivative of the {what} with respect to {name}", order - 1, rtol, atol
            )
    return reports


def _derivative(out_of: Callable[[list[Value]], Value], i: int) -> Callable[[list[Value]], Value]:
    """The derivative of a function with respect to its input number i, as a function of the inputs."""
    return lambda values: gradients(out_of(values), values)[i]


class _Numerical(NamedTuple):
    """The derivative by differences, what it may be wrong by, and the scale of the steps: 10 times the largest."""

    slope: float
    error: float
    scale: float


def _numerical(moved: Callable[[float], float], x: float, rounding: float) -> _Numerical:
    """The derivative of a function at x, by the steps that suit it.

    moved       the function, of a step away from the point
    rounding    what the value at x may be wrong by, for rounding errors on the way to it

    A series of steps is tried for each power of 10, from max(1, |x|) / 10 downwards: four at least, and more until one is
    good. Where the results of two series differ by more than their errors, the smaller steps are right: the larger ones did not
    see how the function moves in between. Of series that agree the one with the smaller error is taken, for which the next
    series must have confirmed it; the error is then that of both.
    """
    best = _Numerical(math.nan, math.inf, max(1.0, abs(x)))
    smallest = 1e-13 * abs(x) or 1e-24
    before: _Numerical | None = None
    first = best.scale / 10.0
    flat = True
    for decade in itertools.count():
        slope, error = _ridders(moved, x, first, rounding)
        now = _Numerical(slope, error, 10.0 * first)
        flat = flat and slope == 0.0
        if before is not None and not _contradict(before, now):
            confirmed = before._replace(error=max(before.error, error))
            if confirmed.error < best.error or _contradict(best, confirmed):
                best = confirmed
        before = now
        first /= 10.0
        near = first < abs(x) or x == 0.0  # from further away a small x is seen as 0
        if first < smallest or (decade >= 4 and ((flat and near) or best.error < 1e-9 * abs(best.slope))):
            break
    if math.isnan(best.slope):  # the function is not finite around the point: a small step says what can be said
        return best._replace(slope=_difference(moved, x, best.scale * STEPS[-1]), error=0.0)
    return best


def _contradict(a: _Numerical, b: _Numerical) -> bool:
    return abs(a.slope - b.slope) > a.error + b.error


def _ridders(moved: Callable[[float], float], x: float, first: float, rounding: float) -> tuple[float, float]:
    """The derivative, extrapolated to step 0 from central differences (Ridders 1982), and its error.

    The error is that of the extrapolation and, without which quantised values would seem to agree, that of rounding.
    """
    best, error = math.nan, math.inf
    row: list[float] = []
    for k in range(8):
        h = _exact(x, first / 1.4**k)
        right, left = moved(h), moved(-h)
        slope = (right - left) / ((x + h) - (x - h))  # x + h and x - h are rounded, their difference is not
        noise = _noise(rounding, right, left) / h
        new = [slope]
        factor = 1.96
        for previous in row:
            new.append((new[-1] * factor - previous) / (factor - 1.0))
            factor *= 1.96
            estimate = max(abs(new[-1] - new[-2]), abs(new[-1] - previous)) + noise
            if estimate < error:
                best, error = new[-1], estimate
        row = new
    return best, error


def _noise(rounding: float, right: float, left: float) -> float:
    """What a difference of two values may be wrong by."""
    return 4.0 * max(rounding, EPSILON * max(abs(right), abs(left)), math.ulp(0.0))


def _exact(x: float, h: float) -> float:
    """Nearly h, so that x + h is no rounded number, nor is x - h; h itself where it is less than what parts x from the next."""
    return (x + h) - x or h


def _right_from_near(
    moved: Callable[[float], float], x: float, rounding: float, analytic: float, found: _Numerical, tolerance: float
) -> bool:
    """Whether a derivative that disagrees is right all the same, or cannot be told: from the numbers nearest to x.

    Between x and a kink, or in a bend, there may be less than the steps that were taken: steps of some few of the numbers next
    to x, in powers of 2, then differ from those, and agree. And where the function moves to and fro between the next numbers,
    as sin does at 1e16, no differences say anything.
    """
    least = math.ulp(x) if x else 2.0**-332
    slopes, noises = [], []
    for k in range(64 if x else 332):
        h = math.ldexp(least, k)
        right, left = moved(h), moved(-h)
        slopes.append((right - left) / ((x + h) - (x - h)))
        noises.append(_noise(rounding, right, left) / h)
    if x and noises[0] < 0.1 * max(map(abs, slopes[:5])) and _without_a_rule(slopes[:5]):
        return True
    agree = 0
    for k in range(len(slopes) - 2):
        slope, error = _extrapolated(slopes[k : k + 3])
        error += noises[k]
        differs = abs(slope - found.slope) > error + found.error
        agree = agree + 1 if differs and abs(slope - analytic) <= tolerance + error else 0
        if agree == 2:
            return True
    return False


def _extrapolated(slopes: Sequence[float]) -> tuple[float, float]:
    """A slope at step 0, from those of a step, of twice and of four times as much, and what it may be wrong by."""
    one, two = ((4.0 * slopes[i] - slopes[i + 1]) / 3.0 for i in (0, 1))
    return (16.0 * one - two) / 15.0, abs(one - two) / 15.0


def _without_a_rule(slopes: Sequence[float]) -> bool:
    """Whether slopes of doubled steps are neither alike nor in nearly one ratio, as those of a power, a kink or a jump are."""
    if max(slopes) - min(slopes) <= 0.3 * max(map(abs, slopes)):
        return False
    ratios = [b / a if a else math.inf for a, b in itertools.pairwise(slopes)]
    return not max(ratios) - min(ratios) <= 0.2 * abs(ratios[0])


def _difference(moved: Callable[[float], float], x: float, h: float) -> float:
    """A central difference."""
    return (moved(h) - moved(-h)) / ((x + h) - (x - h))


def _rounding(out: Value) -> float:
    """What a value may be wrong by to first order, each node on the way being rounded. backward() must have been called."""
    felt = [abs(v.grad * v.data) for v in topological_order(out) if v.op]
    return EPSILON * sum([x for x in felt if math.isfinite(x)])


def _lost_in_sums(out: Value) -> dict[int, float]:
    """What rounding may have added to each node's gradient, by id: where large terms cancel, that is much of what is left."""
    sizes = {id(out): 1.0}
    for v in reversed(topological_order(out)):
        for parent, slope in zip(v.parents, v.local_derivatives, strict=True):
            sizes[id(parent)] = sizes.get(id(parent), 0.0) + abs(slope) * sizes[id(v)]
    return {key: 4.0 * EPSILON * size for key, size in sizes.items() if math.isfinite(size)}


def _one_sided(moved: Callable[[float], float], sign: float, scale: float) -> list[float]:
    """Slopes by differences to one side of the point, for smaller and smaller steps."""
    return [sign * (moved(sign * h * scale) - moved(0.0)) / (h * scale) for h in (1e-4, 1e-5, 1e-6)]


def _report(
    name: str,
    x: float,
    what: str,
    value: float,
    analytic: float,
    found: _Numerical,
    moved: Callable[[float], float],
) -> str:
    of = "" if what == "function" else f" of the {what},"
    steps = [h for h in [found.scale * step for step in STEPS] if x + h > x - h]
    lines = [
        f"The derivative{of} with respect to {name}, at {name} = {x!r}, does not agree (the {what} is {value!r} there):",
        f"  backward() says   {analytic:.12g}",
        f"  the numbers say   {found.slope:.12g}",
        "  central differences, (f(x + h) - f(x - h)) / 2h:",
        *[f"    h = {h:<8.0e} {_difference(moved, x, h):.12g}" for h in steps],
    ]
    left, right = _one_sided(moved, -1.0, found.scale), _one_sided(moved, 1.0, found.scale)
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
