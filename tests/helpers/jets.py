"""Derivatives of any order and in any operands, by arithmetic of mpmath's numbers: an oracle that shares nothing with the
engine.

A Jet is a number plus multiples of e1, e2, ... and of their products, where each e times itself is 0. Put x + e1 + e2 into a
function, and what stands at e1 e2 is its second derivative; x + e1 and y + e2 give the mixed one. Every primitive of the table
stands here as a formula of Jets that a reader can check against its definition, whatever digits it may lose: they are
computed with twice as many until the result does not change.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import mpmath
from mpmath import mp, mpf

ENOUGH = 1e-20
"""The relative change, when digits are doubled, at which a derivative is taken as known."""


class Jet:
    """`parts[mask]` is the coefficient of the product of those e whose bit is in `mask`."""

    __slots__ = ("parts",)

    def __init__(self, parts: list[Any]) -> None:
        self.parts = parts

    @property
    def at(self) -> Any:
        """The number itself."""
        return self.parts[0]

    def of(self, derivatives: Sequence[Any]) -> Jet:
        """A function of this Jet, given its derivatives of order 0, 1, 2, ... at the number: Taylor's series, which ends."""
        rest = Jet([mpf(0), *self.parts[1:]])
        result, power, factorial = [derivatives[0], *[mpf(0)] * (len(self.parts) - 1)], rest, 1
        for order in range(1, len(self.parts).bit_length()):
            factorial *= order
            result = [r + derivatives[order] * p / factorial for r, p in zip(result, power.parts, strict=True)]
            power = power * rest
        return Jet(result)

    def __add__(self, other: Any) -> Jet:
        if not isinstance(other, Jet):
            return Jet([self.parts[0] + other, *self.parts[1:]])
        return Jet([a + b for a, b in zip(self.parts, other.parts, strict=True)])

    def __mul__(self, other: Any) -> Jet:
        if not isinstance(other, Jet):
            return Jet([part * other for part in self.parts])
        parts = []
        for mask in range(len(self.parts)):
            total, inside = mpf(0), mask
            while True:
                a = self.parts[inside]
                if a:
                    total += a * other.parts[mask ^ inside]
                if not inside:
                    break
                inside = (inside - 1) & mask
            parts.append(total)
        return Jet(parts)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Jet:
        return self * -1

    def __sub__(self, other: Any) -> Jet:
        return self + (-other)

    def __rsub__(self, other: Any) -> Jet:
        return -self + other

    def __truediv__(self, other: Any) -> Jet:
        return self * (power(other, -1) if isinstance(other, Jet) else 1 / mpf(other))

    def __rtruediv__(self, other: Any) -> Jet:
        return power(self, -1) * other


ORDERS = 4
"""The highest order asked for: the third derivative, and one more for how it is conditioned."""


def exp(x: Jet) -> Jet:
    """e**1000000 stands for all that is larger: it is beyond every power of a double that meets it."""
    return x.of([mp.exp(max(min(x.at, mpf(10) ** 6), -(mpf(10) ** 6)))] * (ORDERS + 1))


def log(x: Jet) -> Jet:
    t = x.at
    if t < 0:
        return x.of([mp.nan] * (ORDERS + 1))
    return x.of([mp.log(t), 1 / t, -1 / t**2, 2 / t**3, -6 / t**4])


def power(x: Jet, p: Any) -> Jet:
    """x**p for a plain number p. A whole p takes any x, a third (given as a fraction of mpmath's) a negative one too."""
    t, factor, found = x.at, mpf(1), []
    for order in range(ORDERS + 1):
        found.append(factor * t ** (p - order) if factor else mpf(0))
        factor *= p - order
    return x.of(found)


def sqrt(x: Jet) -> Jet:
    return power(x, mpf(1) / 2)


def sin(x: Jet) -> Jet:
    s, c = mp.sin(x.at), mp.cos(x.at)
    return x.of([s, c, -s, -c, s])


def cos(x: Jet) -> Jet:
    s, c = mp.sin(x.at), mp.cos(x.at)
    return x.of([c, -s, -c, s, c])


def integral(slope: Callable[[Jet], Jet], value: Callable[[Any], Any] = lambda t: mpf(0)) -> Callable[[Jet], Jet]:
    """A function known by its slope, which is a formula of Jets. Its value is given where a derivative needs it."""

    def function(x: Jet) -> Jet:
        orders = ORDERS - 1
        moved = Jet([x.at, *[mpf(int(mask.bit_count() == 1)) for mask in range(1, 1 << orders)]])
        slopes = slope(moved).parts
        return x.of([value(x.at), *[slopes[(1 << order) - 1] for order in range(ORDERS)]])

    return function


def _sign(x: Any) -> int:
    return -1 if x < 0 else 1


gauss = lambda x: exp(-x * x)  # noqa: E731
ncdf = integral(lambda t: exp(t * t * mpf(-0.5)) / mp.sqrt(2 * mp.pi), lambda t: mp.ncdf(max(min(t, 1000), -1000)))
sigmoid = lambda x: 1 / (1 + exp(-x))  # noqa: E731
softplus = lambda x: log(1 + exp(x))  # noqa: E731


def larger(xs: Sequence[Jet]) -> Jet:
    return max(xs, key=lambda x: x.at)


def whole(y: Jet) -> bool:
    return y.at == mp.floor(y.at) and not any(y.parts[1:])


def pow_(x: Jet, y: Jet) -> Jet:
    return power(x, y.at) if whole(y) or not any(y.parts[1:]) else exp(y * log(x))


def arctan2(y: Jet, x: Jet) -> Jet:
    arctan = UNARY["arctan"]
    return arctan(y / x) if abs(x.at) >= abs(y.at) else -arctan(x / y)  # to a constant


def quotient(x: Jet, y: Jet, rounding: Callable[[Any], Any]) -> Jet:
    return x - y * rounding(x.at / y.at)


def logsumexp(xs: Sequence[Jet]) -> Jet:
    top = larger(xs)
    return top + log(functools.reduce(Jet.__add__, [exp(x - top) for x in xs]))


def softmax(xs: Sequence[Jet]) -> Jet:
    """The first of them."""
    return 1 / functools.reduce(Jet.__add__, [exp(x - xs[0]) for x in xs])


Formula = Callable[..., Jet]

UNARY: dict[str, Formula] = {
    "neg": lambda x: -x,
    "abs": lambda x: x * _sign(x.at),
    "square": lambda x: x * x,
    "reciprocal": lambda x: 1 / x,
    "sqrt": sqrt,
    "cbrt": lambda x: power(x * _sign(x.at), mpf(1) / 3) * _sign(x.at),
    "exp": exp,
    "exp2": lambda x: exp(x * mp.log(2)),
    "expm1": lambda x: exp(x) - 1,
    "log": log,
    "log2": lambda x: log(x) / mp.log(2),
    "log10": lambda x: log(x) / mp.log(10),
    "log1p": lambda x: log(1 + x),
    "sin": sin,
    "cos": cos,
    "tan": lambda x: sin(x) / cos(x),
    "arcsin": integral(lambda t: power((1 - t) * (1 + t), mpf(-0.5))),
    "arccos": integral(lambda t: -power((1 - t) * (1 + t), mpf(-0.5))),
    "arctan": integral(lambda t: 1 / (1 + t * t)),
    "sinh": lambda x: (exp(x) - exp(-x)) / 2,
    "cosh": lambda x: (exp(x) + exp(-x)) / 2,
    "tanh": lambda x: (1 - 2 / (1 + exp(2 * x))) if x.at >= 0 else (2 / (1 + exp(-2 * x)) - 1),
    "arcsinh": integral(lambda t: power(1 + t * t, mpf(-0.5))),
    "arccosh": integral(lambda t: power((t - 1) * (t + 1), mpf(-0.5))),
    "arctanh": integral(lambda t: 1 / ((1 - t) * (1 + t))),
    "erf": integral(lambda t: 2 / mp.sqrt(mp.pi) * gauss(t)),
    "erfc": integral(lambda t: -2 / mp.sqrt(mp.pi) * gauss(t)),
    "sigmoid": sigmoid,
    "logsigmoid": lambda x: -softplus(-x),
    "softplus": softplus,
    "relu": lambda x: x if x.at > 0 else 0 * x,
    "gelu": lambda x: x * ncdf(x),
    "silu": lambda x: x * sigmoid(x),
    "mish": lambda x: x * (1 - 2 / ((1 + exp(x)) * (1 + exp(x)) + 1)),
}
BINARY: dict[str, Formula] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "pow": pow_,
    "leaky_relu": lambda x, s: x if x.at > 0 else s * x,
    "elu": lambda x, alpha: x if x.at > 0 else alpha * (exp(x) - 1),
    "maximum": lambda x, y: larger([x, y]),
    "minimum": lambda x, y: -larger([-x, -y]),
    "arctan2": arctan2,
    "hypot": lambda x, y: sqrt(x * x + y * y),
    "logaddexp": lambda x, y: logsumexp([x, y]),
    "copysign": lambda x, y: x * (_sign(x.at) * _sign(y.at)),
    "remainder": lambda x, y: quotient(x, y, mp.floor),
    "fmod": lambda x, y: quotient(x, y, lambda q: mp.floor(abs(q)) * _sign(q)),
}
LISTS: dict[str, Callable[[Sequence[Jet]], Jet]] = {
    "fsum": lambda xs: functools.reduce(Jet.__add__, xs),
    "dot": lambda xs: functools.reduce(Jet.__add__, [x * y for x, y in zip(xs[::2], xs[1::2], strict=True)]),
    "prod": lambda xs: functools.reduce(Jet.__mul__, xs),
    "logsumexp": logsumexp,
    "softmax": softmax,
    "log_softmax": lambda xs: -logsumexp([x - xs[0] for x in xs]),
    "max": larger,
    "min": lambda xs: -larger([-x for x in xs]),
}

DOMAIN: dict[str, tuple[float, float]] = {
    "sqrt": (0.0, math.inf),
    "log": (0.0, math.inf),
    "log2": (0.0, math.inf),
    "log10": (0.0, math.inf),
    "log1p": (-1.0, math.inf),
    "arcsin": (-1.0, 1.0),
    "arccos": (-1.0, 1.0),
    "arctanh": (-1.0, 1.0),
    "arccosh": (1.0, math.inf),
}
"""Of those that have no derivative everywhere; outside it every derivative is NaN."""


def _part(formula: Callable[[Sequence[Jet]], Jet], point: Sequence[Any], by: Sequence[int], digits: int) -> Any:
    with mp.workdps(digits):
        jets = []
        for i, x in enumerate(point):
            parts = [mpf(x), *[mpf(0)] * ((1 << len(by)) - 1)]
            for bit, operand in enumerate(by):
                if operand == i:
                    parts[1 << bit] = mpf(1)
            jets.append(Jet(parts))
        return formula(jets).parts[-1]


def derivative(formula: Callable[[Sequence[Jet]], Jet], point: Sequence[Any], by: Sequence[int]) -> Any:
    """The derivative by the operands numbered in `by`, one after the other, to 20 digits: 0 if three tries leave nothing of it.

    It begins with so many digits that nothing is lost beside 1 of the smallest operand, of its square, and of exp(-x).
    """
    sizes = [abs(float(x)) for x in point if x]
    span = max([abs(math.log10(x)) for x in sizes], default=0.0)
    before, digits = mpf(0), 40 + int(2.0 * span + min(max(sizes, default=0.0), 800.0))
    for _ in range(3):
        now = _part(formula, point, by, digits)
        if mpmath.isnan(now) or (now and abs(now - before) <= ENOUGH * abs(now)):
            return now
        before, digits = now, 2 * digits
    return mpf(0)


def felt(formula: Callable[[Sequence[Jet]], Jet], point: Sequence[float], by: Sequence[int]) -> Any:
    """By how much a derivative changes for a relative change of the operands: the sum of |x times its derivative by x|."""
    return sum(abs(mpf(x) * derivative(formula, point, [*by, i])) for i, x in enumerate(point))


FAR, NEAR = mpmath.mpf("1e400"), mpmath.mpf("1e-400")
DIGITS_AT_LIMITS = 2500


def _beside(x: float, low: float, high: float, size: int) -> Any:
    """A number that stands for one at which there is only a limit: very large, or very close to the border of the domain."""
    if math.isinf(x):
        return FAR**size * (1 if x > 0 else -1)
    if x in (low, high):
        return x + NEAR**size * (1 if x == low else -1)
    return NEAR**size if x == 0.0 else mpf(x)


def wanted(
    formula: Callable[[Sequence[Jet]], Jet],
    point: Sequence[float],
    by: Sequence[int],
    domain: tuple[float, float] = (-math.inf, math.inf),
) -> float | Any:
    """What the derivative is at a point, by the policy: NaN outside the domain, the limit where there is only a limit."""
    low, high = domain
    if any(math.isnan(x) or not low <= x <= high for x in point):
        return math.nan
    try:
        if all(math.isfinite(x) and x not in (low, high) for x in point):
            found = derivative(formula, point, by)
            if 0.0 not in point or mpmath.isfinite(found):  # at a pole its parts may be infinities of both signs
                return found
    except ZeroDivisionError:
        pass
    with mp.workdps(DIGITS_AT_LIMITS):
        moved = [[_beside(x, low, high, size) for x in point] for size in (1, 2)]
    first, second = (_part(formula, at, by, DIGITS_AT_LIMITS) for at in moved)
    if mpmath.isnan(second) or mpmath.isnan(first):
        return math.nan
    if abs(second) < mpf(10) ** -330 or (first and abs(second / first) < 0.9):
        return mpf(0)
    if not first or abs(second / first) > 1.1:
        return mpf(math.copysign(math.inf, second))
    return second


def error(got: float, want: Any, scale: Any = 0) -> float:
    """The relative error of a double, or of `scale` where that is larger; infinite where one is no number and the other is.

    0 where the number is beyond the largest double and so is what was got, or off by four of the smallest.
    """
    if mpmath.isnan(want) or math.isnan(got):
        return 0.0 if mpmath.isnan(want) and math.isnan(got) else math.inf
    largest, smallest = mpf(1.7976931348623157e308), mpf(5e-324)
    if abs(want) >= largest:
        return 0.0 if abs(got) >= float(largest) * (1 - 1e-13) and (got > 0) == (want > 0) else math.inf
    if math.isinf(got):
        return math.inf
    off = abs(mpf(got) - want)
    return 0.0 if off <= 4 * smallest else float(off / max(abs(want), scale)) if want or scale else math.inf
