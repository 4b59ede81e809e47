"""Every primitive once: what it computes, its slope with respect to each operand, its domain, and how it reads.

A rule is one plain function of numbers. Its slopes may use the output (`out`), and are written so that the same lines run
on C doubles (inlined in the compiled build), on Python floats, and on Values, where they build the graph of the derivative.
Where the derivative of those lines would lose digits (that of 4e/(1 + e)² is a difference of equal numbers near 0), the slope
is a primitive itself: its node, made by `node1` or `node2`, has a slope of its own, and so on to any order.

The numbers follow one policy, stated in docs/guide.md under "Numbers": IEEE values and never an exception; the derivative to
full relative precision wherever there is one; the minimum-norm subgradient at a kink; the one-sided limit at a pole; the
limit at saturation; NaN outside the domain. At x**2 a constant exponent is asked for no slope, so log(x) is never taken.

What this file does not do: build nodes (`value.py`), walk graphs (`backward.py`), or name the public functions
(`functions.py` makes them from the table at the end).
"""

from __future__ import annotations

import cython

# fmt: off
if cython.compiled:
    from cython.cimports.autograd.engine._libm import (
        arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, cbrt, copysign, cos, cosh, divide, erf, erfc, exp, exp2,
        expm1, flat1, flat2, fmod, is_constant, log, log1p, log2, log10, node1, node2, pow, rint, sin, sinh, sqrt,
        tan, tanh,
    )
    from cython.cimports.autograd.engine._libm import ceil as c_ceil, floor as c_floor, trunc as c_trunc
    from cython.cimports.autograd.engine.reductions import difference_error
    from cython.cimports.autograd.engine.table import BinaryRow, UnaryRow, binary_row, unary_row
else:
    from ._libm import (
        arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, cbrt, copysign, cos, cosh, divide, erf, erfc, exp, exp2,
        expm1, flat1, flat2, fmod, is_constant, log, log1p, log2, log10, node1, node2, pow, rint, sin, sinh, sqrt,
        tan, tanh,
    )
    from ._libm import ceil as c_ceil, floor as c_floor, trunc as c_trunc
    from .reductions import difference_error
    from .table import binary_row, unary_row
# fmt: on

import math

from . import exponential_slopes, reductions
from .table import BY_NAME, PRIMITIVES, Primitive, over_list, slope_of  # noqa: F401 (others take the filled table from here)

INF = cython.declare(cython.double, math.inf)
NAN = cython.declare(cython.double, math.nan)
LN_2 = cython.declare(cython.double, math.log(2.0))
LOG2_E = cython.declare(cython.double, 1.4426950408889634)
LOG10_E = cython.declare(cython.double, 0.4342944819032518)
SQRT_HALF = cython.declare(cython.double, 0.7071067811865476)
SQRT_HALF_REST = cython.declare(cython.double, -4.833646656726457e-17)  # sqrt(1/2) - SQRT_HALF
TWO_OVER_SQRT_PI = cython.declare(cython.double, 1.1283791670955126)
ONE_OVER_SQRT_TWO_PI = cython.declare(cython.double, 0.3989422804014327)
SPLITTER = cython.declare(cython.double, 134217729.0)  # 2**27 + 1


# ------------------------------------------------------------------------------------------------ exact pieces
# exp(-x*x) loses x*x ulps when x*x is rounded first; these carry the rounding error along.


def product_error(x: cython.double, y: cython.double) -> cython.double:
    """x*y minus the rounded x*y, exactly (Dekker 1971); 0 where x is too large for that to matter or to be computed."""
    if not (-1e100 < x < 1e100):
        return 0.0
    t: cython.double = SPLITTER * x
    x_high: cython.double = t - (t - x)
    x_low: cython.double = x - x_high
    t = SPLITTER * y
    y_high: cython.double = t - (t - y)
    y_low: cython.double = y - y_high
    return ((x_high * y_high - x * y) + x_high * y_low + x_low * y_high) + x_low * y_low


def square_error(x: cython.double) -> cython.double:
    """The rounding error of x*x, while exp(-x*x) is not yet 0."""
    return product_error(x, x) if -40.0 < x < 40.0 else 0.0


def gauss(x: cython.double) -> cython.double:
    """exp(-x²) to full relative precision."""
    return exp(-(x * x)) * (1.0 - square_error(x))


def half_square_error(x: cython.double) -> cython.double:
    return 0.5 * product_error(x, x) if -60.0 < x < 60.0 else 0.0


def normal_density(x: cython.double) -> cython.double:
    return ONE_OVER_SQRT_TWO_PI * exp(-0.5 * (x * x)) * (1.0 - half_square_error(x))


# A product with a factor too small for all its digits (below 2e-308 they get fewer) may be large enough for all of them. Here
# that factor is a square, and its root comes in twice.


def times_exp(factor: Number, x: Number) -> Number:
    """factor * exp(x)."""
    root = exp(0.5 * x)
    return factor * root * root


def times_gauss(factor: Number, x: Number) -> Number:
    """factor * exp(-x²)."""
    if abs(x) > 40.0:  # where x² may be infinite
        return 0.0
    root = exp(-0.5 * (x * x))
    return factor * root * root * (1.0 - flat1(square_error, "square_error", x))


def times_normal_density(factor: Number, x: Number) -> Number:
    if abs(x) > 60.0:
        return 0.0
    root = exp(-0.25 * (x * x))
    return ONE_OVER_SQRT_TWO_PI * factor * root * root * (1.0 - flat1(half_square_error, "half_square_error", x))


def erfc_correction(x: cython.double) -> cython.double:
    """erfc(-x/sqrt(2)) minus erfc of that argument rounded, to first order."""
    if not (-60.0 < x < 60.0):
        return 0.0
    u: cython.double = -SQRT_HALF * x
    rest: cython.double = product_error(-SQRT_HALF, x) - SQRT_HALF_REST * x
    return -TWO_OVER_SQRT_PI * gauss(u) * rest


def normal_cdf(x: cython.double) -> cython.double:
    return 0.5 * (erfc(-SQRT_HALF * x) + erfc_correction(x))


def normal_tail(x: cython.double) -> cython.double:
    """The distribution function divided by the density, for x < -37: an asymptotic series (Abramowitz and Stegun, 26.2.12)."""
    r: cython.double = 1.0 / (x * x)
    return -(1.0 - r * (1.0 - 3.0 * r * (1.0 - 5.0 * r * (1.0 - 7.0 * r * (1.0 - 9.0 * r * (1.0 - 11.0 * r)))))) / x


def hypot(x: cython.double, y: cython.double) -> cython.double:
    """√(x² + y²), correctly rounded but for rare cases: C's libraries, and Python's versions, differ in its last bit.

    A root that is corrected once by what its square lacks (Newton), with the rounding errors of all three squares.
    """
    x, y = abs(x), abs(y)
    if x == INF or y == INF:
        return INF
    if x < y:
        x, y = y, x
    if not (2.0**54 * y > x):  # not half a unit in the last place of x; or a NaN
        return x + y
    scale: cython.double = 1.0 / 2.0**700 if x > 1e100 else (2.0**600 if y < 1e-130 else 1.0)  # where squares keep their digits
    x *= scale
    y *= scale
    r: cython.double = sqrt(x * x + y * y)
    rest: cython.double = ((x * x - r * r) + y * y) + (product_error(x, x) + product_error(y, y) - product_error(r, r))
    return (r + rest / (2.0 * r)) / scale


def length(x: Number, y: Number) -> Number:
    """`hypot`, for slopes: of Values a node."""
    return node2(hypot, "hypot", x, y)


# ------------------------------------------------------------------------------------------------ arithmetic


def add(x: cython.double, y: cython.double) -> cython.double:
    return x + y


def sub(x: cython.double, y: cython.double) -> cython.double:
    return x - y


def mul(x: cython.double, y: cython.double) -> cython.double:
    return x * y


def div(x: cython.double, y: cython.double) -> cython.double:
    return divide(x, y)


def plus_one(x: Number, y: Number, out: Number) -> Number:
    return 1.0


def minus_one(x: Number, y: Number, out: Number) -> Number:
    return -1.0


def first(x: Number, y: Number, out: Number) -> Number:
    return x


def second(x: Number, y: Number, out: Number) -> Number:
    return y


def div_slope_x(x: Number, y: Number, out: Number) -> Number:
    return divide(1.0, y)


def div_slope_y(x: Number, y: Number, out: Number) -> Number:
    return divide(-out, y)


def power(x: cython.double, y: cython.double) -> cython.double:
    return x * x if y == 2.0 else pow(x, y)


def power_slope_x(x: Number, y: Number, out: Number) -> Number:
    if is_constant(x) and is_constant(y):
        return lowered_power(x, y, out)
    if is_constant(y) and y == flat1(c_floor, "floor", y) and abs(y) <= 8.0:  # as people write them
        return 0.0 if y == 0.0 else (2.0 * x if y == 2.0 else y * pow(x, y - 1.0))
    return node2(power_by_x, "pow'x", x, y)


def power_slope_y(x: Number, y: Number, out: Number) -> Number:
    if is_constant(x) and is_constant(y):
        return times_log(x, y, out)
    return node2(power_by_y, "pow'y", x, y)


def lowered_power(x: cython.double, y: cython.double, out: cython.double) -> cython.double:
    """y * x**(y-1), as y * (out/x) where y - 1 would be rounded and out/x is safe."""
    if y == 0.0:
        return 0.0
    if y == 2.0:
        return 2.0 * x
    if y != c_floor(y) and 1e-305 < abs(out) < 1e305 and x != 0.0:
        return y * (out / x)
    return 0.0 if abs(y) == INF and out == 0.0 else y * pow(x, y - 1.0)


def times_log(x: cython.double, y: cython.double, out: cython.double) -> cython.double:
    """out * log(x), with its limits at x = 0 and x = inf."""
    if x == 0.0:
        return 0.0 if y >= 0.0 else (-INF if y < 0.0 else NAN)
    if x == INF and y < 0.0:
        return 0.0
    return out * log(x)


# The derivatives of powers, each in one product, since a sum of two may be that of two infinities.


def power_by_x(x: cython.double, y: cython.double) -> cython.double:
    return lowered_power(x, y, power(x, y))


def power_by_y(x: cython.double, y: cython.double) -> cython.double:
    return times_log(x, y, power(x, y))


def power_by_xx(x: cython.double, y: cython.double) -> cython.double:
    return times_power(y * (y - 1.0), x, y - 2.0)


def power_by_xy(x: cython.double, y: cython.double) -> cython.double:
    return times_power(plus_multiple(1.0, y, log(x)), x, y - 1.0)


def power_by_yy(x: cython.double, y: cython.double) -> cython.double:
    return times_power(log(x) * log(x), x, y)


def power_slope_xx(x: Number, y: Number, out: Number) -> Number:
    return node2(power_by_xx, "pow'xx", x, y)


def power_slope_xy(x: Number, y: Number, out: Number) -> Number:
    return node2(power_by_xy, "pow'xy", x, y)


def power_slope_yy(x: Number, y: Number, out: Number) -> Number:
    return node2(power_by_yy, "pow'yy", x, y)


def power_slope_xxx(x: Number, y: Number, out: Number) -> Number:
    """By the slope of x**(y-2), so that the slopes to come are each one product, too: beyond the range of doubles they stay right."""
    factor = y * (y - 1.0)
    slope = node2(power_by_x, "pow'x", x, y - 2.0)
    if factor == 0.0 and abs(slope) == INF:
        return 0.0
    if 1e-3 < abs(factor) < 1e3 or 1e-290 < abs(slope) < 1e290 or slope != slope:
        return factor * slope
    return times_power(factor * (y - 2.0), x, y - 3.0)


def power_slope_xxy(x: Number, y: Number, out: Number) -> Number:
    return times_power(plus_multiple(2.0 * y - 1.0, y * (y - 1.0), log(x)), x, y - 2.0)


def power_slope_xyy(x: Number, y: Number, out: Number) -> Number:
    return times_power(log(x) * plus_multiple(2.0, y, log(x)), x, y - 1.0)


def power_slope_yyy(x: Number, y: Number, out: Number) -> Number:
    return times_power(log(x) * log(x) * log(x), x, y)


def plus_multiple(x: Number, factor: Number, y: Number) -> Number:
    """x + factor * y, where 0 times infinity is 0."""
    return x if factor == 0.0 and abs(y) == INF else x + factor * y


def times_power(factor: Number, x: Number, y: Number) -> Number:
    """factor * x**y: 0 if one of them is, though the other is infinite; right where x**y alone is too large or too small."""
    out = pow(x, y)
    size = abs(out)
    if (size > 1e-290 and size < 1e290) or out != out:  # no a < b < c of Values: see `_place` in functions.py
        return factor * out
    root = pow(abs(x), 0.5 * y)
    if factor == 0.0 or (root == 0.0 and abs(factor) == INF):
        return 0.0
    if root == 0.0:
        return factor * out  # a power that is 0 may have slopes that are not
    return flat1(unit, "unit", out) * factor * root * root


def neg(x: cython.double) -> cython.double:
    return -x


def neg_slope(x: Number, out: Number) -> Number:
    return -1.0


def absolute(x: cython.double) -> cython.double:
    return abs(x)


def absolute_slope(x: Number, out: Number) -> Number:
    return 1.0 if x > 0.0 else (-1.0 if x < 0.0 else (0.0 if x == 0.0 else NAN))


def square(x: cython.double) -> cython.double:
    return x * x


def square_slope(x: Number, out: Number) -> Number:
    return 2.0 * x


def reciprocal(x: cython.double) -> cython.double:
    return divide(1.0, x)


def reciprocal_slope(x: Number, out: Number) -> Number:
    return -(out * out)


def sqrt_slope(x: Number, out: Number) -> Number:
    return divide(0.5, out + 0.0)  # -0.0 + 0.0 is 0.0: the limit is taken where the root is defined


def cbrt_slope(x: Number, out: Number) -> Number:
    return node1(third_of_inverse_square, "cbrt'", out)


def third_of_inverse_square(x: cython.double) -> cython.double:
    return divide(1.0, 3.0 * x * x)


def third_of_inverse_square_slope(x: Number, out: Number) -> Number:
    return -2.0 * divide(out, x)


# ------------------------------------------------------------------------------------------------ exponentials


def exp_slope(x: Number, out: Number) -> Number:
    return out


def exp2_slope(x: Number, out: Number) -> Number:
    return out * LN_2


def expm1_slope(x: Number, out: Number) -> Number:
    return exp(x)  # out + 1 would lose every digit at x << 0


def log_slope(x: Number, out: Number) -> Number:
    return divide(1.0, x + 0.0) if x >= 0.0 else divide(NAN, x)


def log1p_slope(x: Number, out: Number) -> Number:
    return divide(1.0, 1.0 + x) if x >= -1.0 else divide(NAN, x)


def log2_slope(x: Number, out: Number) -> Number:
    return divide(LOG2_E, x + 0.0) if x >= 0.0 else divide(NAN, x)


def log10_slope(x: Number, out: Number) -> Number:
    return divide(LOG10_E, x + 0.0) if x >= 0.0 else divide(NAN, x)


def logaddexp(x: cython.double, y: cython.double) -> cython.double:
    if x == y:  # equal infinities have no difference
        return x + LN_2
    return (x if x > y else y) + log1p(exp(-abs(x - y)))


def rounding_of_difference(x: cython.double, y: cython.double) -> cython.double:
    return difference_error(x, y)


def sigmoid_of_difference(x: Number, y: Number) -> Number:
    """sigmoid(x - y) to full relative precision: its tail is exp(x - y), which feels the rounding of x - y."""
    d = x - y
    error = flat2(rounding_of_difference, "rounding_of_difference", x, y)
    return node1(sigmoid, "sigmoid", d) * (1.0 + node1(sigmoid, "sigmoid", -d) * error)


def logaddexp_slope_x(x: Number, y: Number, out: Number) -> Number:
    return 0.5 if x == y and abs(x) == INF else sigmoid_of_difference(x, y)


def logaddexp_slope_y(x: Number, y: Number, out: Number) -> Number:
    return 0.5 if x == y and abs(x) == INF else sigmoid_of_difference(y, x)


# ------------------------------------------------------------------------------------------------ trigonometry


def sin_slope(x: Number, out: Number) -> Number:
    return cos(x)


def cos_slope(x: Number, out: Number) -> Number:
    return -sin(x)


def tan_slope(x: Number, out: Number) -> Number:
    return 1.0 + out * out


def one_minus_square(x: Number) -> Number:
    """1 - x²: near 1 the product is exact, and near 0 the difference, whose derivative has no terms that cancel.

    Nor has it a 0 that would meet an infinite slope at 1.
    """
    return 1.0 - x * x if -0.5 < x < 0.5 or abs(x) == 1.0 else (1.0 - x) * (1.0 + x)


def arcsin_slope(x: Number, out: Number) -> Number:
    return divide(1.0, sqrt(one_minus_square(x)))


def arccos_slope(x: Number, out: Number) -> Number:
    return divide(-1.0, sqrt(one_minus_square(x)))


def arctan_slope(x: Number, out: Number) -> Number:
    return 1.0 / x / x if abs(x) > 1e8 else 1.0 / (1.0 + x * x)  # x*x would overflow long before its reciprocal is 0


def toward(x: cython.double, y: cython.double) -> cython.double:
    """x / hypot(x, y): the cosine of the angle from the first axis, with its limits at infinity; 0 at the origin."""
    r: cython.double = hypot(x, y)
    if r == 0.0:
        return 0.0
    if r == INF:
        if x != x or y != y:
            return NAN
        if abs(x) == INF:
            size: cython.double = SQRT_HALF if abs(y) == INF else 1.0
            return size if x > 0.0 else -size
        return 0.0 if abs(y) == INF else 0.5 * x / hypot(0.5 * x, 0.5 * y)
    if r < 1e-290:  # where doubles lose digits
        return 2.0**600 * x / hypot(2.0**600 * x, 2.0**600 * y)
    return x / r


# With c = x/r, s = y/r the cosine and the sine of that angle, and r = hypot(x, y), all derivatives are products of c, s and 1/r:
# of r itself, and of arctan2, which is the imaginary part of log(x + iy).


def cosine(x: Number, y: Number) -> Number:
    return node2(toward, "hypot'x", x, y)


def hypot_slope_x(x: Number, y: Number, out: Number) -> Number:
    return cosine(x, y)


def hypot_slope_y(x: Number, y: Number, out: Number) -> Number:
    return cosine(y, x)


def hypot_by_xx(x: cython.double, y: cython.double) -> cython.double:
    r: cython.double = hypot(x, y)
    s: cython.double = toward(y, x)
    return 0.0 if r == 0.0 else s * (s / r)


def hypot_by_xy(x: cython.double, y: cython.double) -> cython.double:
    r: cython.double = hypot(x, y)
    return 0.0 if r == 0.0 else -(toward(x, y) * toward(y, x)) / r


def hypot_slope_xx(x: Number, y: Number, out: Number) -> Number:
    return node2(hypot_by_xx, "hypot'xx", x, y)


def hypot_slope_xy(x: Number, y: Number, out: Number) -> Number:
    return node2(hypot_by_xy, "hypot'xy", x, y)


def hypot_slope_xxx(x: Number, y: Number, out: Number) -> Number:
    r = length(x, y)
    return 0.0 if r == 0.0 else -3.0 * cosine(x, y) * (cosine(y, x) / r) * (cosine(y, x) / r)


def hypot_slope_xxy(x: Number, y: Number, out: Number) -> Number:
    r = length(x, y)
    c = cosine(x, y)
    s = cosine(y, x)
    return 0.0 if r == 0.0 else (2.0 * c * c - s * s) * s / r / r


def hypot_slope_xyy(x: Number, y: Number, out: Number) -> Number:
    return hypot_slope_xxy(y, x, out)


def arctan2_by_y(y: cython.double, x: cython.double) -> cython.double:
    r: cython.double = hypot(x, y)
    return 0.0 if r == 0.0 else divide(toward(x, y), r)


def arctan2_slope_y(y: Number, x: Number, out: Number) -> Number:
    return node2(arctan2_by_y, "arctan2'y", y, x)


def arctan2_slope_x(y: Number, x: Number, out: Number) -> Number:
    return 0.0 if x == 0.0 and y == 0.0 else -node2(arctan2_by_y, "arctan2'y", x, y)


def arctan2_by_yy(y: cython.double, x: cython.double) -> cython.double:
    r: cython.double = hypot(x, y)
    return 0.0 if r == 0.0 else -2.0 * (toward(x, y) * toward(y, x)) / r / r


def arctan2_by_xy(y: cython.double, x: cython.double) -> cython.double:
    r: cython.double = hypot(x, y)
    c: cython.double = toward(x, y)
    s: cython.double = toward(y, x)
    return 0.0 if r == 0.0 else (s - c) * (s + c) / r / r


def arctan2_slope_yy(y: Number, x: Number, out: Number) -> Number:
    return node2(arctan2_by_yy, "arctan2'yy", y, x)


def arctan2_slope_xy(y: Number, x: Number, out: Number) -> Number:
    return node2(arctan2_by_xy, "arctan2'xy", y, x)


def arctan2_slope_xxy(y: Number, x: Number, out: Number) -> Number:
    """2x (x² - 3y²) / r⁶, the real part of 2 / (x + iy)³."""
    r = length(x, y)
    c = cosine(x, y)
    s = cosine(y, x)
    return 0.0 if r == 0.0 else 2.0 * c * (c * c - 3.0 * s * s) / r / r / r


def arctan2_slope_yyy(y: Number, x: Number, out: Number) -> Number:
    return -arctan2_slope_xxy(y, x, out)


def arctan2_slope_xyy(y: Number, x: Number, out: Number) -> Number:
    return -arctan2_slope_xxy(x, y, out)


# ------------------------------------------------------------------------------------------------ hyperbolics


def sinh_slope(x: Number, out: Number) -> Number:
    return cosh(x)


def cosh_slope(x: Number, out: Number) -> Number:
    return sinh(x)


def tanh_slope(x: Number, out: Number) -> Number:
    return node1(sech2, "tanh'", x)


def sech2(x: cython.double) -> cython.double:
    """1/cosh², which stays exact where 1 - out*out has lost every digit."""
    e: cython.double = exp(-2.0 * x if x >= 0.0 else 2.0 * x)
    return 4.0 * e / ((1.0 + e) * (1.0 + e))


def sech2_slope(x: Number, out: Number) -> Number:
    return -2.0 * tanh(x) * out


def sech(x: cython.double) -> cython.double:
    e: cython.double = exp(-x if x >= 0.0 else x)
    return 2.0 * e / (1.0 + e * e)


def sech_slope(x: Number, out: Number) -> Number:
    return -tanh(x) * out


def arcsinh_slope(x: Number, out: Number) -> Number:
    return divide(1.0, length(1.0, x))


def arccosh_slope(x: Number, out: Number) -> Number:
    """1 / √(x² - 1); at 1 the second root is left out, since the infinite slope of the first decides there."""
    return 0.0 if x == INF else divide(1.0, sqrt(x - 1.0) * (1.0 if x == 1.0 else sqrt(x + 1.0)))


def arctanh_slope(x: Number, out: Number) -> Number:
    return divide(1.0, one_minus_square(x)) if abs(x) <= 1.0 else divide(NAN, x)


# ------------------------------------------------------------------------------------------------ error functions


def erf_slope(x: Number, out: Number) -> Number:
    return node1(error_density, "erf'", x)


def erfc_slope(x: Number, out: Number) -> Number:
    return -node1(error_density, "erf'", x)


def error_density(x: cython.double) -> cython.double:
    return TWO_OVER_SQRT_PI * gauss(x)


def error_density_slope(x: Number, out: Number) -> Number:
    return times_gauss(-2.0 * TWO_OVER_SQRT_PI * x, x)


# ------------------------------------------------------------------------------------------------ activations


def sigmoid(x: cython.double) -> cython.double:
    e: cython.double = exp(-x if x >= 0.0 else x)
    return 1.0 / (1.0 + e) if x >= 0.0 else e / (1.0 + e)


def sigmoid_slope(x: Number, out: Number) -> Number:
    return node1(logistic_density, "sigmoid'", x)


def logistic_density(x: cython.double) -> cython.double:
    e: cython.double = exp(-x if x >= 0.0 else x)
    return e / ((1.0 + e) * (1.0 + e))


def logistic_density_slope(x: Number, out: Number) -> Number:
    """out * (1 - 2 sigmoid(x))."""
    return -tanh(0.5 * x) * out


def softplus(x: cython.double) -> cython.double:
    return log1p(exp(-abs(x))) + (x if x > 0.0 else 0.0)


def softplus_slope(x: Number, out: Number) -> Number:
    return node1(sigmoid, "sigmoid", x)


def logsigmoid(x: cython.double) -> cython.double:
    return -softplus(-x)


def logsigmoid_slope(x: Number, out: Number) -> Number:
    return node1(sigmoid, "sigmoid", -x)


def relu(x: cython.double) -> cython.double:
    return 0.0 if x <= 0.0 else x


def relu_slope(x: Number, out: Number) -> Number:
    return 1.0 if x > 0.0 else (0.0 if x <= 0.0 else NAN)


def leaky_relu(x: cython.double, negative_slope: cython.double) -> cython.double:
    return x if x > 0.0 else negative_slope * x


def leaky_relu_slope_x(x: Number, negative_slope: Number, out: Number) -> Number:
    return 1.0 if x > 0.0 else (negative_slope if x <= 0.0 else NAN)


def leaky_relu_slope_y(x: Number, negative_slope: Number, out: Number) -> Number:
    return 0.0 if x > 0.0 else x


def elu(x: cython.double, alpha: cython.double) -> cython.double:
    return x if x > 0.0 else alpha * expm1(x)


def elu_slope_x(x: Number, alpha: Number, out: Number) -> Number:
    return 1.0 if x > 0.0 else alpha * exp(x)


def elu_slope_y(x: Number, alpha: Number, out: Number) -> Number:
    return 0.0 if x > 0.0 else expm1(x)


def silu(x: cython.double) -> cython.double:
    if x < -708.0:
        return times_exp(x, x) if x != -INF else -0.0
    return x * sigmoid(x)


def silu_slope(x: Number, out: Number) -> Number:
    return node1(silu_by_x, "silu'", x)


def silu_by_x(x: cython.double) -> cython.double:
    if abs(x) == INF:
        return 1.0 if x > 0.0 else -0.0
    return times_exp(1.0 + x, x) if x < -708.0 else sigmoid(x) * (1.0 + x * sigmoid(-x))


def silu_by_x_slope(x: Number, out: Number) -> Number:
    """sigmoid'(x) (2 - x tanh(x/2)), with sigmoid' as the square of sech(x/2)/2."""
    if abs(x) > 2000.0:
        return 0.0
    root = 0.5 * node1(sech, "sech", 0.5 * x)
    return (2.0 - x * tanh(0.5 * x)) * root * root


def gelu(x: cython.double) -> cython.double:
    if x < -37.0:
        return times_normal_density(x * normal_tail(x), x) if x > -60.0 else -0.0
    return x * normal_cdf(x)


def gelu_slope(x: Number, out: Number) -> Number:
    return node1(gelu_by_x, "gelu'", x)


def gelu_by_x(x: cython.double) -> cython.double:
    if x < -37.0:
        return times_normal_density(x + normal_tail(x), x) if x > -60.0 else -0.0
    return 1.0 if x > 60.0 else normal_cdf(x) + x * normal_density(x)


def gelu_by_x_slope(x: Number, out: Number) -> Number:
    return times_normal_density(2.0 - x * x, x)


def mish(x: cython.double) -> cython.double:
    if x < -708.0:
        return times_exp(x, x) if x != -INF else -0.0
    if x <= 0.0:
        e: cython.double = exp(x)
        n: cython.double = e * (e + 2.0)
        return x * (n / (n + 2.0))
    q: cython.double = exp(-x)
    return x * ((1.0 + 2.0 * q) / (1.0 + 2.0 * q + 2.0 * q * q))


def mish_slope(x: Number, out: Number) -> Number:
    if abs(x) > 2000.0:  # far beyond where it is 1 or 0 to all digits
        return 1.0 if x > 0.0 else -0.0
    if x < -708.0:
        return times_exp(1.0 + x, x)
    if x <= 0.0:
        e = exp(x)
        d = e * (e + 2.0) + 2.0
        return e * ((e + 2.0) * d + 4.0 * x * (1.0 + e)) / (d * d)
    q = exp(-x)
    p = 1.0 + 2.0 * q + 2.0 * q * q
    return 1.0 - 2.0 * q * q / p + 4.0 * x * (1.0 + q) * q * q / (p * p)


# ------------------------------------------------------------------------------------------------ choosing and rounding


def maximum(x: cython.double, y: cython.double) -> cython.double:
    tie: cython.double = x + y if x == 0.0 else x  # max(0.0, -0.0) is 0.0
    larger: cython.double = y if y > x else x
    return y if y != y else (tie if x == y else larger)


def minimum(x: cython.double, y: cython.double) -> cython.double:
    tie: cython.double = -(-x - y) if x == 0.0 else x
    smaller: cython.double = y if y < x else x
    return y if y != y else (tie if x == y else smaller)


def where_larger(x: Number, y: Number, out: Number) -> Number:
    """1 where x > y, one half at a tie, 0 where x < y."""
    return 1.0 if x > y else (0.0 if x < y else (0.5 if x == y else NAN))


def where_smaller(x: Number, y: Number, out: Number) -> Number:
    return where_larger(y, x, out)


def copy_sign(x: cython.double, y: cython.double) -> cython.double:
    """Of a NaN the sign counts as plus: which one it has, if it was computed, is the processor's affair."""
    return copysign(x, y) if y == y else abs(x)


def unit(x: cython.double) -> cython.double:
    return copy_sign(1.0, x)


def copysign_slope_x(x: Number, y: Number, out: Number) -> Number:
    return absolute_slope(x, out) * flat1(unit, "unit", y)


def zero(x: Number, y: Number, out: Number) -> Number:
    return 0.0


def remainder(x: cython.double, y: cython.double) -> cython.double:
    """Python's and NumPy's %: the sign of y."""
    r: cython.double = fmod(x, y)
    if r == 0.0:
        return copysign(0.0, y)
    return r + y if (r < 0.0) != (y < 0.0) else r


def one_where_defined(x: Number, y: Number, out: Number) -> Number:
    return 1.0 if out == out else NAN


def quotient(x: cython.double, y: cython.double) -> cython.double:
    return rint(divide(x - fmod(x, y), y))


def minus_quotient(x: Number, y: Number, out: Number) -> Number:
    """Minus the whole number of times y went into x, for the remainder that has the sign of x."""
    return -flat2(quotient, "quotient", x, y) if out == out else NAN


def floor_divide(x: cython.double, y: cython.double) -> cython.double:
    """Python's and NumPy's //, step by step as CPython takes them; x/y where y is 0."""
    if y == 0.0:
        return divide(x, y)
    r: cython.double = fmod(x, y)
    quotient: cython.double = (x - r) / y
    if r != 0.0 and (r < 0.0) != (y < 0.0):
        quotient -= 1.0
    if quotient == 0.0:
        return copysign(0.0, x / y)
    whole: cython.double = c_floor(quotient)
    return whole + 1.0 if quotient - whole > 0.5 else whole


def minus_floor_quotient(x: Number, y: Number, out: Number) -> Number:
    """Minus the whole number of times y went into x, for the remainder that has the sign of y."""
    return -flat2(floor_divide, "//", x, y) if out == out else NAN


FLAT_PARTS = {
    "square_error": lambda x: square_error(x),
    "half_square_error": lambda x: half_square_error(x),
    "rounding_of_difference": lambda x, y: difference_error(x, y),
    "unit": lambda x: unit(x),
    "quotient": lambda x, y: quotient(x, y),
    "floor": lambda x: c_floor(x),
    "//": lambda x, y: floor_divide(x, y),
}
"""The parts of slopes that have no slope themselves, by name: corrections of rounding, signs, and counts."""


def sign(x: cython.double) -> cython.double:
    return 1.0 if x > 0.0 else (-1.0 if x < 0.0 else (0.0 if x == 0.0 else NAN))


def flat(x: Number, out: Number) -> Number:
    return 0.0


# ------------------------------------------------------------------------------------------------ the table

REAL = (-3.0, 3.0)
POSITIVE = (0.1, 5.0)
INSIDE = (-0.95, 0.95)
# A row is one line, however long.
# fmt: off


def table(number: Number) -> None:
    """The primitives of one and two operands. Compiled, it runs twice: for slopes on doubles, and for slopes on Values."""
    unary: UnaryRow = unary_row
    binary: BinaryRow = binary_row

    binary("add", add, plus_one, plus_one, dict(domain=(REAL, REAL), doc="x + y", symbol="+"))
    binary("sub", sub, plus_one, minus_one, dict(domain=(REAL, REAL), doc="x - y", symbol="−"))
    binary("mul", mul, second, first, dict(domain=(REAL, REAL), doc="x * y", symbol="×"))
    binary("div", div, div_slope_x, div_slope_y, dict(domain=(REAL, POSITIVE), doc="x / y", symbol="÷"))
    binary("pow", power, power_slope_x, power_slope_y, dict(domain=(POSITIVE, REAL), doc="x ** y", symbol="**"))
    unary("neg", neg, neg_slope, dict(domain=REAL, doc="-x", symbol="neg"))
    unary("abs", absolute, absolute_slope, dict(domain=REAL, doc="|x|; slope 0 at 0", kinks=(0.0,)))

    unary("square", square, square_slope, dict(domain=REAL, doc="x²"))
    unary("reciprocal", reciprocal, reciprocal_slope, dict(domain=POSITIVE, doc="1/x"))
    unary("sqrt", sqrt, sqrt_slope, dict(domain=POSITIVE, doc="√x; NaN for x < 0"))
    unary("cbrt", cbrt, cbrt_slope, dict(domain=POSITIVE, doc="the real cube root"))
    unary("exp", exp, exp_slope, dict(domain=REAL, doc="eˣ"))
    unary("exp2", exp2, exp2_slope, dict(domain=REAL, doc="2ˣ"))
    unary("expm1", expm1, expm1_slope, dict(domain=REAL, doc="eˣ - 1, exact near 0"))
    unary("log", log, log_slope, dict(domain=POSITIVE, doc="the natural logarithm; -inf at 0, NaN below"))
    unary("log2", log2, log2_slope, dict(domain=POSITIVE, doc="the logarithm to base 2"))
    unary("log10", log10, log10_slope, dict(domain=POSITIVE, doc="the logarithm to base 10"))
    unary("log1p", log1p, log1p_slope, dict(domain=(-0.9, 3.0), doc="log(1 + x), exact near 0"))

    unary("sin", sin, sin_slope, dict(domain=REAL, doc="the sine of x radians"))
    unary("cos", cos, cos_slope, dict(domain=REAL, doc="the cosine of x radians"))
    unary("tan", tan, tan_slope, dict(domain=(-1.3, 1.3), doc="the tangent of x radians"))
    unary("arcsin", arcsin, arcsin_slope, dict(domain=INSIDE, doc="the angle in [-π/2, π/2] whose sine is x"))
    unary("arccos", arccos, arccos_slope, dict(domain=INSIDE, doc="the angle in [0, π] whose cosine is x"))
    unary("arctan", arctan, arctan_slope, dict(domain=REAL, doc="the angle in (-π/2, π/2) whose tangent is x"))
    unary("sinh", sinh, sinh_slope, dict(domain=REAL, doc="(eˣ - e⁻ˣ) / 2"))
    unary("cosh", cosh, cosh_slope, dict(domain=REAL, doc="(eˣ + e⁻ˣ) / 2"))
    unary("tanh", tanh, tanh_slope, dict(domain=REAL, doc="sinh(x) / cosh(x)"))
    unary("arcsinh", arcsinh, arcsinh_slope, dict(domain=REAL, doc="the inverse of sinh"))
    unary("arccosh", arccosh, arccosh_slope, dict(domain=(1.1, 5.0), doc="the inverse of cosh; NaN for x < 1"))
    unary("arctanh", arctanh, arctanh_slope, dict(domain=INSIDE, doc="the inverse of tanh; NaN for |x| > 1"))
    unary("erf", erf, erf_slope, dict(domain=REAL, doc="the error function, 2/√π ∫₀ˣ exp(-t²) dt"))
    unary("erfc", erfc, erfc_slope, dict(domain=REAL, doc="1 - erf(x), exact in the tail"))

    unary("sigmoid", sigmoid, sigmoid_slope, dict(domain=REAL, doc="1 / (1 + e⁻ˣ), the logistic function", symbol="σ"))
    unary("logsigmoid", logsigmoid, logsigmoid_slope, dict(domain=REAL, doc="log(sigmoid(x)), exact in both tails"))
    unary("softplus", softplus, softplus_slope, dict(domain=REAL, doc="log(1 + eˣ), a smooth relu"))
    unary("relu", relu, relu_slope, dict(domain=REAL, doc="max(x, 0); slope 0 at 0; NaN stays NaN", kinks=(0.0,)))
    binary("leaky_relu", leaky_relu, leaky_relu_slope_x, leaky_relu_slope_y, dict(domain=(REAL, POSITIVE), doc="x for x > 0, negative_slope * x (by default 0.01) below", kinks=(0.0,), defaults={"negative_slope": 0.01}))
    binary("elu", elu, elu_slope_x, elu_slope_y, dict(domain=(REAL, POSITIVE), doc="x for x > 0, alpha * (eˣ - 1) (alpha by default 1) below (Clevert et al. 2015)", kinks=(0.0,), defaults={"alpha": 1.0}))
    unary("gelu", gelu, gelu_slope, dict(domain=REAL, doc="x Φ(x), Φ the normal distribution function, not its tanh approximation (Hendrycks and Gimpel 2016)"))
    unary("silu", silu, silu_slope, dict(domain=REAL, doc="x sigmoid(x), also called swish (Elfwing et al. 2017)"))
    unary("mish", mish, mish_slope, dict(domain=REAL, doc="x tanh(softplus(x)) (Misra 2019)"))

    binary("maximum", maximum, where_larger, where_smaller, dict(domain=(REAL, REAL), doc="the larger of x and y; a tie has slopes 1/2 and 1/2; NaN if either is", symbol="max", kinks=(0.0,)))
    binary("minimum", minimum, where_smaller, where_larger, dict(domain=(REAL, REAL), doc="the smaller of x and y; a tie has slopes 1/2 and 1/2; NaN if either is", symbol="min", kinks=(0.0,)))
    binary("arctan2", arctan2, arctan2_slope_y, arctan2_slope_x, dict(domain=(POSITIVE, REAL), doc="the angle of the point (second, first) from the positive first axis, in [-π, π]"))
    binary("hypot", hypot, hypot_slope_x, hypot_slope_y, dict(domain=(POSITIVE, REAL), doc="√(x² + y²) without overflow"))
    binary("logaddexp", logaddexp, logaddexp_slope_x, logaddexp_slope_y, dict(domain=(REAL, REAL), doc="log(eˣ + eʸ) without overflow"))
    binary("copysign", copy_sign, copysign_slope_x, zero, dict(domain=(POSITIVE, POSITIVE), doc="|x| with the sign of y; flat in y; a NaN for y counts as positive"))
    binary("remainder", remainder, one_where_defined, minus_floor_quotient, dict(domain=((3.1, 3.5), (0.9, 1.0)), doc="x % y with the sign of y, Python's and NumPy's", symbol="%"))
    binary("fmod", fmod, one_where_defined, minus_quotient, dict(domain=((3.1, 3.5), (0.9, 1.0)), doc="the remainder with the sign of x, C's"))

    # Slopes that are primitives themselves. Those of two operands are named by the operands that they are derivatives in.

    unary("tanh'", sech2, sech2_slope, dict(domain=REAL, doc="1 / cosh²(x)", symbol="tanh′", hidden=True))
    unary("sech", sech, sech_slope, dict(domain=REAL, doc="1 / cosh(x)", hidden=True))
    unary("sigmoid'", logistic_density, logistic_density_slope, dict(domain=REAL, doc="sigmoid(x) sigmoid(-x)", symbol="σ′", hidden=True))
    unary("silu'", silu_by_x, silu_by_x_slope, dict(domain=REAL, doc="sigmoid(x) (1 + x sigmoid(-x))", symbol="silu′", hidden=True))
    unary("gelu'", gelu_by_x, gelu_by_x_slope, dict(domain=REAL, doc="Φ(x) + x φ(x), φ the density of Φ", symbol="gelu′", hidden=True))
    unary("erf'", error_density, error_density_slope, dict(domain=REAL, doc="2/√π exp(-x²)", symbol="erf′", hidden=True))
    unary("cbrt'", third_of_inverse_square, third_of_inverse_square_slope, dict(domain=POSITIVE, doc="1 / (3x²), of a cube root x", symbol="cbrt′", hidden=True))
    binary("pow'x", power_by_x, power_slope_xx, power_slope_xy, dict(domain=(POSITIVE, REAL), doc="y x^(y-1)", symbol="**′x", hidden=True))
    binary("pow'y", power_by_y, power_slope_xy, power_slope_yy, dict(domain=(POSITIVE, REAL), doc="x^y log(x)", symbol="**′y", hidden=True))
    binary("pow'xx", power_by_xx, power_slope_xxx, power_slope_xxy, dict(domain=(POSITIVE, REAL), doc="y (y-1) x^(y-2)", symbol="**″xx", hidden=True))
    binary("pow'xy", power_by_xy, power_slope_xxy, power_slope_xyy, dict(domain=(POSITIVE, REAL), doc="(1 + y log(x)) x^(y-1)", symbol="**″xy", hidden=True))
    binary("pow'yy", power_by_yy, power_slope_xyy, power_slope_yyy, dict(domain=(POSITIVE, REAL), doc="x^y log(x)²", symbol="**″yy", hidden=True))
    binary("hypot'x", toward, hypot_slope_xx, hypot_slope_xy, dict(domain=(POSITIVE, REAL), doc="x / r, r = hypot(x, y)", symbol="hypot′x", hidden=True))
    binary("hypot'xx", hypot_by_xx, hypot_slope_xxx, hypot_slope_xxy, dict(domain=(POSITIVE, REAL), doc="y² / r³", symbol="hypot″xx", hidden=True))
    binary("hypot'xy", hypot_by_xy, hypot_slope_xxy, hypot_slope_xyy, dict(domain=(POSITIVE, REAL), doc="-xy / r³", symbol="hypot″xy", hidden=True))
    binary("arctan2'y", arctan2_by_y, arctan2_slope_yy, arctan2_slope_xy, dict(domain=(POSITIVE, REAL), doc="x / r², of the operands y, x", symbol="arctan2′y", hidden=True))
    binary("arctan2'yy", arctan2_by_yy, arctan2_slope_yyy, arctan2_slope_xyy, dict(domain=(POSITIVE, REAL), doc="-2xy / r⁴", symbol="arctan2″yy", hidden=True))
    binary("arctan2'xy", arctan2_by_xy, arctan2_slope_xyy, arctan2_slope_xxy, dict(domain=(POSITIVE, REAL), doc="(y² - x²) / r⁴", symbol="arctan2″xy", hidden=True))

    unary("floor", c_floor, flat, dict(domain=(0.1, 0.9), doc="the whole number at or below x; no edge: its slope is 0", flat=True))
    unary("ceil", c_ceil, flat, dict(domain=(0.1, 0.9), doc="the whole number at or above x; no edge: its slope is 0", flat=True))
    unary("trunc", c_trunc, flat, dict(domain=(0.1, 0.9), doc="x without its fraction; no edge: its slope is 0", flat=True))
    unary("rint", rint, flat, dict(domain=(0.6, 0.9), doc="the whole number nearest to x, ties to even; no edge: its slope is 0", flat=True))
    unary("sign", sign, flat, dict(domain=POSITIVE, doc="-1, 0 or 1; no edge: its slope is 0", flat=True))


table(cython.cast(cython.double, 0.0))
if cython.compiled:
    table(cython.cast(object, None))

over_list("fsum", reductions.fsum, reductions.fsum_slopes, domain=REAL, doc="the correctly rounded sum of a list, one node", symbol="Σ")
over_list("dot", reductions.dot, reductions.dot_slopes, domain=REAL, doc="the sum of x_i y_i over two lists, one node", symbol="dot")
over_list("prod", reductions.prod, reductions.prod_slopes, domain=REAL, doc="the product of a list, one node; right at zeros", symbol="Π")
over_list("logsumexp", reductions.logsumexp, reductions.logsumexp_slopes, exponential_slopes.logsumexp_slopes_on_values, domain=REAL, doc="log Σ exp(x_i) without overflow")
over_list("softmax", reductions.softmax, reductions.softmax_slopes, exponential_slopes.softmax_slopes_on_values, domain=REAL, doc="exp(x_i) / Σ exp(x_j)")
over_list("log_softmax", reductions.log_softmax, reductions.log_softmax_slopes, exponential_slopes.log_softmax_slopes_on_values, domain=REAL, doc="x_i - logsumexp(x), exact in both tails")
over_list("max", reductions.largest, reductions.shares, domain=REAL, doc="the largest of a list; ties share the slope; NaN if any is")
over_list("min", reductions.smallest, reductions.shares, domain=REAL, doc="the smallest of a list; ties share the slope; NaN if any is")
over_list("clip", reductions.clip, reductions.clip_slopes, domain=REAL, doc="x held between two bounds; slope 1 at a bound, so that x can leave it")
over_list("take", reductions.take, reductions.take_slopes, domain=REAL, doc="the element of a list that a number chooses; the others have no edge")
over_list("where", reductions.where, reductions.where_slopes, domain=REAL, doc="the branch a condition chose; the other is not recorded")
# fmt: on

# What is usually done about a value or slope that is not finite, though the operands are. (detect_anomaly() says so.)

ADVICE = {
    "log log2 log10": "A logarithm is -inf at 0 and NaN below: keep its operand positive (log(x + 1e-12)), or take log_softmax, logsigmoid, logsumexp or log1p, which take no logarithm of 0.",
    "log1p": "log1p(x) is log(1 + x): -inf at x = -1 and NaN below.",
    "div reciprocal remainder fmod": "Keep the divisor away from 0 (x / (y + 1e-12) for a y that is not negative), or compute the quotient only where there is one: x / y if y != 0 else ...",
    "sqrt cbrt": "A root has an infinite slope at 0, and a square root is NaN below: add a small number under it, sqrt(x + 1e-12). (For the length of a vector there is hypot, with slope 0 at the origin.)",
    "pow": "A power is NaN for a negative number to a fractional exponent, infinite for 0 to a negative one and where it is beyond 1.8e308. Its slope by the exponent needs the logarithm of the base: give an exponent as a plain number.",
    "exp exp2 expm1 sinh cosh": "exp(x) overflows above x = 709.8: softmax, logsumexp, sigmoid, softplus and tanh are written so that they never do; otherwise scale x down, or clip it.",
    "arcsin arccos arctanh": "It is defined between -1 and 1, and its slope is infinite at both ends: clip x to a little less, x.clip(-1 + 1e-12, 1 - 1e-12).",
    "arccosh": "It is defined from 1 on, and its slope is infinite there: keep x above 1.",
    "add sub mul square hypot leaky_relu fsum dot prod": "The result is beyond the largest float, about 1.8e308: is a learning rate too large, or data not scaled? Products and quotients can be computed as sums of logarithms.",
}

for names, advice in ADVICE.items():
    for name in names.split():
        BY_NAME[name].advice = advice
