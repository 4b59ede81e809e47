"""Every primitive once: what it computes, its slope with respect to each operand, its domain, and how it reads.

A rule is one plain function of numbers. Its slopes may use the output (`out`), and are written so that the same lines run
on C doubles (inlined in the compiled build), on Python floats, and on Values, where they build the graph of the derivative.

The numbers follow one policy, stated in the README under "Numbers": IEEE values and never an exception; the derivative to
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
        Number, arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, cbrt, copysign, cos, cosh, divide, erf, erfc, exp,
        exp2, expm1, flat1, flat2, fmod, hypot, is_constant, log, log1p, log2, log10, pow, rint, sin, sinh, sqrt, tan, tanh,
    )
    from cython.cimports.autograd.engine._libm import ceil as c_ceil, floor as c_floor, trunc as c_trunc
    from cython.cimports.autograd.engine.reductions import difference_error
else:
    from ._libm import (
        arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, cbrt, copysign, cos, cosh, divide, erf, erfc, exp,
        exp2, expm1, flat1, flat2, fmod, hypot, is_constant, log, log1p, log2, log10, pow, rint, sin, sinh, sqrt, tan, tanh,
    )
    from ._libm import ceil as c_ceil, floor as c_floor, trunc as c_trunc
    from .reductions import difference_error

    FORWARD1, SLOPE1, VALUE_SLOPE1 = {}, {}, {}
    FORWARD2, SLOPE2_X, SLOPE2_Y, VALUE_SLOPE2_X, VALUE_SLOPE2_Y = {}, {}, {}, {}, {}
# fmt: on

import math

from . import reductions

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


@cython.cfunc
@cython.exceptval(check=False)
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


@cython.cfunc
@cython.exceptval(check=False)
def square_error(x: cython.double) -> cython.double:
    """The rounding error of x*x, while exp(-x*x) is not yet 0."""
    return product_error(x, x) if -40.0 < x < 40.0 else 0.0


@cython.cfunc
@cython.exceptval(check=False)
def gauss(x: Number) -> Number:
    """exp(-x²) to full relative precision."""
    return exp(-(x * x)) * (1.0 - flat1(square_error, "square_error", x))


@cython.cfunc
@cython.exceptval(check=False)
def half_square_error(x: cython.double) -> cython.double:
    return 0.5 * product_error(x, x) if -60.0 < x < 60.0 else 0.0


@cython.cfunc
@cython.exceptval(check=False)
def normal_density(x: Number) -> Number:
    return ONE_OVER_SQRT_TWO_PI * exp(-0.5 * (x * x)) * (1.0 - flat1(half_square_error, "half_square_error", x))


@cython.cfunc
@cython.exceptval(check=False)
def erfc_correction(x: cython.double) -> cython.double:
    """erfc(-x/sqrt(2)) minus erfc of that argument rounded, to first order."""
    if not (-60.0 < x < 60.0):
        return 0.0
    u: cython.double = -SQRT_HALF * x
    rest: cython.double = product_error(-SQRT_HALF, x) - SQRT_HALF_REST * x
    return -TWO_OVER_SQRT_PI * gauss(u) * rest


@cython.cfunc
@cython.exceptval(check=False)
def normal_cdf(x: Number) -> Number:
    return 0.5 * (erfc(-SQRT_HALF * x) + flat1(erfc_correction, "erfc_correction", x))


# ------------------------------------------------------------------------------------------------ arithmetic


@cython.cfunc
@cython.exceptval(check=False)
def add(x: cython.double, y: cython.double) -> cython.double:
    return x + y


@cython.cfunc
@cython.exceptval(check=False)
def sub(x: cython.double, y: cython.double) -> cython.double:
    return x - y


@cython.cfunc
@cython.exceptval(check=False)
def mul(x: cython.double, y: cython.double) -> cython.double:
    return x * y


@cython.cfunc
@cython.exceptval(check=False)
def div(x: cython.double, y: cython.double) -> cython.double:
    return divide(x, y)


@cython.cfunc
@cython.exceptval(check=False)
def plus_one(x: Number, y: Number, out: Number) -> Number:
    return 1.0


@cython.cfunc
@cython.exceptval(check=False)
def minus_one(x: Number, y: Number, out: Number) -> Number:
    return -1.0


@cython.cfunc
@cython.exceptval(check=False)
def first(x: Number, y: Number, out: Number) -> Number:
    return x


@cython.cfunc
@cython.exceptval(check=False)
def second(x: Number, y: Number, out: Number) -> Number:
    return y


@cython.cfunc
@cython.exceptval(check=False)
def div_slope_x(x: Number, y: Number, out: Number) -> Number:
    return divide(1.0, y)


@cython.cfunc
@cython.exceptval(check=False)
def div_slope_y(x: Number, y: Number, out: Number) -> Number:
    return divide(-out, y)


@cython.cfunc
@cython.exceptval(check=False)
def power(x: cython.double, y: cython.double) -> cython.double:
    return x * x if y == 2.0 else pow(x, y)


@cython.cfunc
@cython.exceptval(check=False)
def power_slope_x(x: Number, y: Number, out: Number) -> Number:
    """y * x**(y-1), as y * (out/x) where y - 1 would be rounded and out/x is safe."""
    if y == 0.0 and (x == 0.0 or is_constant(y)):
        return 0.0
    if y == 2.0 and is_constant(y):  # (a short cut that would cut a Value off from higher derivatives)
        return 2.0 * x
    if y != flat1(c_floor, "floor", y) and 1e-305 < abs(out) < 1e305 and x != 0.0:
        return y * (out / x)
    return 0.0 if abs(y) == INF and out == 0.0 else y * pow(x, y - 1.0)


@cython.cfunc
@cython.exceptval(check=False)
def power_slope_y(x: Number, y: Number, out: Number) -> Number:
    """out * log(x), with its limits at x = 0 and x = inf."""
    if x == 0.0:
        return 0.0 if y >= 0.0 else (-INF if y < 0.0 else NAN)
    if x == INF and y < 0.0:
        return 0.0
    return out * log(x)


@cython.cfunc
@cython.exceptval(check=False)
def neg(x: cython.double) -> cython.double:
    return -x


@cython.cfunc
@cython.exceptval(check=False)
def neg_slope(x: Number, out: Number) -> Number:
    return -1.0


@cython.cfunc
@cython.exceptval(check=False)
def absolute(x: cython.double) -> cython.double:
    return abs(x)


@cython.cfunc
@cython.exceptval(check=False)
def absolute_slope(x: Number, out: Number) -> Number:
    return 1.0 if x > 0.0 else (-1.0 if x < 0.0 else (0.0 if x == 0.0 else NAN))


@cython.cfunc
@cython.exceptval(check=False)
def square(x: cython.double) -> cython.double:
    return x * x


@cython.cfunc
@cython.exceptval(check=False)
def square_slope(x: Number, out: Number) -> Number:
    return 2.0 * x


@cython.cfunc
@cython.exceptval(check=False)
def reciprocal(x: cython.double) -> cython.double:
    return divide(1.0, x)


@cython.cfunc
@cython.exceptval(check=False)
def reciprocal_slope(x: Number, out: Number) -> Number:
    return -(out * out)


@cython.cfunc
@cython.exceptval(check=False)
def sqrt_slope(x: Number, out: Number) -> Number:
    return divide(0.5, out + 0.0)  # -0.0 + 0.0 is 0.0: the limit is taken where the root is defined


@cython.cfunc
@cython.exceptval(check=False)
def cbrt_slope(x: Number, out: Number) -> Number:
    return divide(1.0, 3.0 * out * out)


# ------------------------------------------------------------------------------------------------ exponentials


@cython.cfunc
@cython.exceptval(check=False)
def exp_slope(x: Number, out: Number) -> Number:
    return out


@cython.cfunc
@cython.exceptval(check=False)
def exp2_slope(x: Number, out: Number) -> Number:
    return out * LN_2


@cython.cfunc
@cython.exceptval(check=False)
def expm1_slope(x: Number, out: Number) -> Number:
    return exp(x)  # out + 1 would lose every digit at x << 0


@cython.cfunc
@cython.exceptval(check=False)
def log_slope(x: Number, out: Number) -> Number:
    return divide(1.0, x + 0.0) if x >= 0.0 else NAN * x


@cython.cfunc
@cython.exceptval(check=False)
def log1p_slope(x: Number, out: Number) -> Number:
    return divide(1.0, 1.0 + x) if x >= -1.0 else NAN * x


@cython.cfunc
@cython.exceptval(check=False)
def log2_slope(x: Number, out: Number) -> Number:
    return divide(LOG2_E, x + 0.0) if x >= 0.0 else NAN * x


@cython.cfunc
@cython.exceptval(check=False)
def log10_slope(x: Number, out: Number) -> Number:
    return divide(LOG10_E, x + 0.0) if x >= 0.0 else NAN * x


@cython.cfunc
@cython.exceptval(check=False)
def logaddexp(x: cython.double, y: cython.double) -> cython.double:
    if x == y:  # equal infinities have no difference
        return x + LN_2
    return (x if x > y else y) + log1p(exp(-abs(x - y)))


@cython.cfunc
@cython.exceptval(check=False)
def rounding_of_difference(x: cython.double, y: cython.double) -> cython.double:
    return difference_error(x, y)


@cython.cfunc
@cython.exceptval(check=False)
def sigmoid_of_difference(x: Number, y: Number) -> Number:
    """sigmoid(x - y) to full relative precision: its tail is exp(x - y), which feels the rounding of x - y."""
    d = x - y
    return sigmoid(d) * (1.0 + sigmoid(-d) * flat2(rounding_of_difference, "rounding_of_difference", x, y))


@cython.cfunc
@cython.exceptval(check=False)
def logaddexp_slope_x(x: Number, y: Number, out: Number) -> Number:
    return 0.5 if x == y and abs(x) == INF else sigmoid_of_difference(x, y)


@cython.cfunc
@cython.exceptval(check=False)
def logaddexp_slope_y(x: Number, y: Number, out: Number) -> Number:
    return 0.5 if x == y and abs(x) == INF else sigmoid_of_difference(y, x)


# ------------------------------------------------------------------------------------------------ trigonometry


@cython.cfunc
@cython.exceptval(check=False)
def sin_slope(x: Number, out: Number) -> Number:
    return cos(x)


@cython.cfunc
@cython.exceptval(check=False)
def cos_slope(x: Number, out: Number) -> Number:
    return -sin(x)


@cython.cfunc
@cython.exceptval(check=False)
def tan_slope(x: Number, out: Number) -> Number:
    return 1.0 + out * out


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def one_minus_square(x: Number) -> Number:
    """1 - x²: near 1 the product is exact, and near 0 the difference, whose derivative has no terms that cancel."""
    return 1.0 - x * x if -0.5 < x < 0.5 else (1.0 - x) * (1.0 + x)


@cython.cfunc
@cython.exceptval(check=False)
def arcsin_slope(x: Number, out: Number) -> Number:
    return divide(1.0, sqrt(one_minus_square(x)))


@cython.cfunc
@cython.exceptval(check=False)
def arccos_slope(x: Number, out: Number) -> Number:
    return divide(-1.0, sqrt(one_minus_square(x)))


@cython.cfunc
@cython.exceptval(check=False)
def arctan_slope(x: Number, out: Number) -> Number:
    return 1.0 / x / x if abs(x) > 1e8 else 1.0 / (1.0 + x * x)  # x*x would overflow long before its reciprocal is 0


@cython.cfunc
@cython.exceptval(check=False)
def toward(x: Number, y: Number) -> Number:
    """x / hypot(x, y): the cosine of the angle from the first axis, with its limits at infinity; 0 at the origin."""
    r = hypot(x, y)
    if r == 0.0:
        return 0.0
    if r == INF:
        if x != x or y != y:
            return NAN
        if abs(x) == INF:
            cosine = SQRT_HALF if abs(y) == INF else 1.0
            return cosine if x > 0.0 else -cosine
        return 0.0 if abs(y) == INF else 0.5 * x / hypot(0.5 * x, 0.5 * y)
    if r < 1e-290:  # where doubles lose digits
        return 2.0**600 * x / hypot(2.0**600 * x, 2.0**600 * y)
    return x / r


@cython.cfunc
@cython.exceptval(check=False)
def arctan2_slope_y(y: Number, x: Number, out: Number) -> Number:
    r = hypot(x, y)
    return 0.0 if r == 0.0 else divide(toward(x, y), r)


@cython.cfunc
@cython.exceptval(check=False)
def arctan2_slope_x(y: Number, x: Number, out: Number) -> Number:
    r = hypot(x, y)
    return 0.0 if r == 0.0 else -divide(toward(y, x), r)


@cython.cfunc
@cython.exceptval(check=False)
def hypot_slope_x(x: Number, y: Number, out: Number) -> Number:
    return toward(x, y)


@cython.cfunc
@cython.exceptval(check=False)
def hypot_slope_y(x: Number, y: Number, out: Number) -> Number:
    return toward(y, x)


# ------------------------------------------------------------------------------------------------ hyperbolics


@cython.cfunc
@cython.exceptval(check=False)
def sinh_slope(x: Number, out: Number) -> Number:
    return cosh(x)


@cython.cfunc
@cython.exceptval(check=False)
def cosh_slope(x: Number, out: Number) -> Number:
    return sinh(x)


@cython.cfunc
@cython.exceptval(check=False)
def tanh_slope(x: Number, out: Number) -> Number:
    """sech², which stays exact where 1 - out*out has lost every digit."""
    e = exp(-2.0 * x if x >= 0.0 else 2.0 * x)
    return 4.0 * e / ((1.0 + e) * (1.0 + e))


@cython.cfunc
@cython.exceptval(check=False)
def arcsinh_slope(x: Number, out: Number) -> Number:
    return divide(1.0, hypot(1.0, x))


@cython.cfunc
@cython.exceptval(check=False)
def arccosh_slope(x: Number, out: Number) -> Number:
    return divide(1.0, sqrt(x - 1.0) * sqrt(x + 1.0))


@cython.cfunc
@cython.exceptval(check=False)
def arctanh_slope(x: Number, out: Number) -> Number:
    return divide(1.0, one_minus_square(x)) if abs(x) <= 1.0 else NAN * x


# ------------------------------------------------------------------------------------------------ error functions


@cython.cfunc
@cython.exceptval(check=False)
def erf_slope(x: Number, out: Number) -> Number:
    return TWO_OVER_SQRT_PI * gauss(x)


@cython.cfunc
@cython.exceptval(check=False)
def erfc_slope(x: Number, out: Number) -> Number:
    return -TWO_OVER_SQRT_PI * gauss(x)


# ------------------------------------------------------------------------------------------------ activations


@cython.cfunc
@cython.exceptval(check=False)
def sigmoid(x: Number) -> Number:
    e = exp(-x if x >= 0.0 else x)  # not exp(-abs(x)): the kink of abs would show in higher derivatives
    return 1.0 / (1.0 + e) if x >= 0.0 else e / (1.0 + e)


@cython.cfunc
@cython.exceptval(check=False)
def sigmoid_slope(x: Number, out: Number) -> Number:
    e = exp(-x if x >= 0.0 else x)
    return e / ((1.0 + e) * (1.0 + e))


@cython.cfunc
@cython.exceptval(check=False)
def softplus(x: cython.double) -> cython.double:
    return log1p(exp(-abs(x))) + (x if x > 0.0 else 0.0)


@cython.cfunc
@cython.exceptval(check=False)
def softplus_slope(x: Number, out: Number) -> Number:
    return sigmoid(x)


@cython.cfunc
@cython.exceptval(check=False)
def logsigmoid(x: cython.double) -> cython.double:
    return -softplus(-x)


@cython.cfunc
@cython.exceptval(check=False)
def logsigmoid_slope(x: Number, out: Number) -> Number:
    return sigmoid(-x)


@cython.cfunc
@cython.exceptval(check=False)
def relu(x: cython.double) -> cython.double:
    return 0.0 if x <= 0.0 else x


@cython.cfunc
@cython.exceptval(check=False)
def relu_slope(x: Number, out: Number) -> Number:
    return 1.0 if x > 0.0 else (0.0 if x <= 0.0 else NAN)


@cython.cfunc
@cython.exceptval(check=False)
def leaky_relu(x: cython.double, negative_slope: cython.double) -> cython.double:
    return x if x > 0.0 else negative_slope * x


@cython.cfunc
@cython.exceptval(check=False)
def leaky_relu_slope_x(x: Number, negative_slope: Number, out: Number) -> Number:
    return 1.0 if x > 0.0 else (negative_slope if x <= 0.0 else NAN)


@cython.cfunc
@cython.exceptval(check=False)
def leaky_relu_slope_y(x: Number, negative_slope: Number, out: Number) -> Number:
    return 0.0 if x > 0.0 else x


@cython.cfunc
@cython.exceptval(check=False)
def elu(x: cython.double, alpha: cython.double) -> cython.double:
    return x if x > 0.0 else alpha * expm1(x)


@cython.cfunc
@cython.exceptval(check=False)
def elu_slope_x(x: Number, alpha: Number, out: Number) -> Number:
    return 1.0 if x > 0.0 else alpha * exp(x)


@cython.cfunc
@cython.exceptval(check=False)
def elu_slope_y(x: Number, alpha: Number, out: Number) -> Number:
    return 0.0 if x > 0.0 else expm1(x)


@cython.cfunc
@cython.exceptval(check=False)
def silu(x: cython.double) -> cython.double:
    return x * sigmoid(x) if x != -INF else -0.0


@cython.cfunc
@cython.exceptval(check=False)
def silu_slope(x: Number, out: Number) -> Number:
    if abs(x) == INF:
        return 1.0 if x > 0.0 else -0.0
    return sigmoid(x) * (1.0 + x * sigmoid(-x))


@cython.cfunc
@cython.exceptval(check=False)
def gelu(x: cython.double) -> cython.double:
    return x * normal_cdf(x) if x != -INF else -0.0


@cython.cfunc
@cython.exceptval(check=False)
def gelu_slope(x: Number, out: Number) -> Number:
    if abs(x) == INF:
        return 1.0 if x > 0.0 else -0.0
    return normal_cdf(x) + x * normal_density(x)


@cython.cfunc
@cython.exceptval(check=False)
def mish(x: cython.double) -> cython.double:
    if x == -INF:
        return -0.0
    if x <= 0.0:
        e: cython.double = exp(x)
        n: cython.double = e * (e + 2.0)
        return x * (n / (n + 2.0))
    q: cython.double = exp(-x)
    return x * ((1.0 + 2.0 * q) / (1.0 + 2.0 * q + 2.0 * q * q))


@cython.cfunc
@cython.exceptval(check=False)
def mish_slope(x: Number, out: Number) -> Number:
    if abs(x) > 1e300:  # where 4 * x would overflow
        return 1.0 if x > 0.0 else -0.0
    if x <= 0.0:
        e = exp(x)
        d = e * (e + 2.0) + 2.0
        return e * ((e + 2.0) * d + 4.0 * x * (1.0 + e)) / (d * d)
    q = exp(-x)
    p = 1.0 + 2.0 * q + 2.0 * q * q
    return 1.0 - 2.0 * q * q / p + 4.0 * x * (1.0 + q) * q * q / (p * p)


# ------------------------------------------------------------------------------------------------ choosing and rounding


@cython.cfunc
@cython.exceptval(check=False)
def maximum(x: cython.double, y: cython.double) -> cython.double:
    tie: cython.double = x + y if x == 0.0 else x  # max(0.0, -0.0) is 0.0
    larger: cython.double = y if y > x else x
    return y if y != y else (tie if x == y else larger)


@cython.cfunc
@cython.exceptval(check=False)
def minimum(x: cython.double, y: cython.double) -> cython.double:
    tie: cython.double = -(-x - y) if x == 0.0 else x
    smaller: cython.double = y if y < x else x
    return y if y != y else (tie if x == y else smaller)


@cython.cfunc
@cython.exceptval(check=False)
def where_larger(x: Number, y: Number, out: Number) -> Number:
    """1 where x > y, one half at a tie, 0 where x < y."""
    return 1.0 if x > y else (0.0 if x < y else (0.5 if x == y else NAN))


@cython.cfunc
@cython.exceptval(check=False)
def where_smaller(x: Number, y: Number, out: Number) -> Number:
    return where_larger(y, x, out)


@cython.cfunc
@cython.exceptval(check=False)
def unit(x: cython.double) -> cython.double:
    return copysign(1.0, x)


@cython.cfunc
@cython.exceptval(check=False)
def copysign_slope_x(x: Number, y: Number, out: Number) -> Number:
    return absolute_slope(x, out) * flat1(unit, "unit", y)


@cython.cfunc
@cython.exceptval(check=False)
def zero(x: Number, y: Number, out: Number) -> Number:
    return 0.0


@cython.cfunc
@cython.exceptval(check=False)
def remainder(x: cython.double, y: cython.double) -> cython.double:
    """Python's and NumPy's %: the sign of y."""
    r: cython.double = fmod(x, y)
    if r == 0.0:
        return copysign(0.0, y)
    return r + y if (r < 0.0) != (y < 0.0) else r


@cython.cfunc
@cython.exceptval(check=False)
def one_where_defined(x: Number, y: Number, out: Number) -> Number:
    return 1.0 if out == out else NAN


@cython.cfunc
@cython.exceptval(check=False)
def quotient(x: cython.double, y: cython.double) -> cython.double:
    return rint(divide(x - fmod(x, y), y))


@cython.cfunc
@cython.exceptval(check=False)
def minus_quotient(x: Number, y: Number, out: Number) -> Number:
    """Minus the whole number of times y went into x, for the remainder that has the sign of x."""
    return -flat2(quotient, "quotient", x, y) if out == out else NAN


@cython.cfunc
@cython.exceptval(check=False)
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


@cython.cfunc
@cython.exceptval(check=False)
def minus_floor_quotient(x: Number, y: Number, out: Number) -> Number:
    """Minus the whole number of times y went into x, for the remainder that has the sign of y."""
    return -flat2(floor_divide, "//", x, y) if out == out else NAN


FLAT_PARTS = {
    "square_error": lambda x: square_error(x),
    "half_square_error": lambda x: half_square_error(x),
    "erfc_correction": lambda x: erfc_correction(x),
    "rounding_of_difference": lambda x, y: difference_error(x, y),
    "unit": lambda x: unit(x),
    "quotient": lambda x, y: quotient(x, y),
    "floor": lambda x: c_floor(x),
    "//": lambda x, y: floor_divide(x, y),
}
"""The parts of slopes that have no slope themselves, by name: corrections of rounding, signs, and counts."""


@cython.cfunc
@cython.exceptval(check=False)
def sign(x: cython.double) -> cython.double:
    return 1.0 if x > 0.0 else (-1.0 if x < 0.0 else (0.0 if x == 0.0 else NAN))


@cython.cfunc
@cython.exceptval(check=False)
def flat(x: Number, out: Number) -> Number:
    return 0.0


# ------------------------------------------------------------------------------------------------ the table


class Primitive:
    """A row of the table.

    name        the public function and method, NumPy's name where NumPy has one
    code        its place in `PRIMITIVES`, kept in every node it makes
    arity       1, 2, or None for a primitive over a list
    symbol      how it reads in a picture: "+", "tanh"
    domain      for each operand, the interval its tests draw from: inside it the primitive is smooth but at `kinks`
    kinks       values where it has no derivative: of the operand, or of either operand or the difference of two
    defaults    values of trailing operands a caller may leave out
    inline      True where a node keeps its one or two operands in itself; False where it has Edges
    flat        True for the piecewise-constant ones: slope 0, and no edge in the graph
    doc         what it computes, in words
    advice      what is usually done where its value or slope is not finite
    forward     floats to a float (over a list: one list of floats)
    slopes      one function for each operand, of the operands and the output, floats or Values; for a primitive over a list
                one function of the list and the output, giving a list
    """

    __slots__ = (
        "advice",
        "arity",
        "code",
        "defaults",
        "doc",
        "domain",
        "flat",
        "forward",
        "inline",
        "kinks",
        "name",
        "slopes",
        "symbol",
    )  # fmt: skip

    def __init__(self, name, arity, domain, doc, *, symbol="", kinks=(), defaults=(), inline=False, flat=False):
        self.name = name
        self.code = len(PRIMITIVES)
        self.arity = arity
        self.symbol = symbol or name
        self.domain = domain
        self.kinks = kinks
        self.defaults = defaults
        self.inline = inline
        self.flat = flat
        self.doc = doc
        self.advice = ""
        self.forward = None
        self.slopes = None
        PRIMITIVES.append(self)
        BY_NAME[name] = self

    def __repr__(self):
        return f"<Primitive {self.name}>"


PRIMITIVES: list = []
BY_NAME: dict = {}
NO_SETTINGS: dict = {}

Primitive("", 0, (), "A leaf: a number you put in, made by no primitive.")


@cython.cfunc
def unary_row(
    name: str, forward: Rule1, slope: Slope1, value_slope: ValueSlope1, domain: tuple, doc: str, how: dict = NO_SETTINGS
):
    row = Primitive(name, 1, (domain,), doc, inline=True, **how)
    code: cython.int = row.code
    FORWARD1[code] = forward
    SLOPE1[code] = slope
    VALUE_SLOPE1[code] = value_slope
    row.forward = lambda x: FORWARD1[code](x)
    row.slopes = (lambda x, out: VALUE_SLOPE1[code](x, out),)


@cython.cfunc
def binary_row(name: str, forward: Rule2, slope_x: Slope2, slope_y: Slope2, value_slope_x: ValueSlope2,
               value_slope_y: ValueSlope2, domain: tuple, doc: str, how: dict = NO_SETTINGS):  # fmt: skip
    row = Primitive(name, 2, domain, doc, inline=True, **how)
    code: cython.int = row.code
    FORWARD2[code] = forward
    SLOPE2_X[code] = slope_x
    SLOPE2_Y[code] = slope_y
    VALUE_SLOPE2_X[code] = value_slope_x
    VALUE_SLOPE2_Y[code] = value_slope_y
    row.forward = lambda x, y: FORWARD2[code](x, y)
    row.slopes = (
        lambda x, y, out: VALUE_SLOPE2_X[code](x, y, out),
        lambda x, y, out: VALUE_SLOPE2_Y[code](x, y, out),
    )


def slope_of(row, i):
    """The derivative of a primitive in its i-th operand, of its operands and its output, for floats alone."""
    code: cython.int = row.code
    if not row.inline:
        return row.slopes[i]
    if row.arity == 1:
        return lambda x, out: SLOPE1[code](x, out)
    if i == 0:
        return lambda x, y, out: SLOPE2_X[code](x, y, out)
    return lambda x, y, out: SLOPE2_Y[code](x, y, out)


def list_row(name, forward, slopes, domain, doc, how=NO_SETTINGS):
    row = Primitive(name, None, domain, doc, **how)
    row.forward = forward
    row.slopes = slopes
    return row


REAL = (-3.0, 3.0)
POSITIVE = (0.1, 5.0)
INSIDE = (-0.95, 0.95)

# A slope stands twice in a row: the compiler takes its version on doubles from the first, its version on Values from the second.

binary_row("add", add, plus_one, plus_one, plus_one, plus_one, (REAL, REAL), "x + y", {"symbol": "+"})
binary_row("sub", sub, plus_one, minus_one, plus_one, minus_one, (REAL, REAL), "x - y", {"symbol": "−"})
binary_row("mul", mul, second, first, second, first, (REAL, REAL), "x * y", {"symbol": "×"})
binary_row("div", div, div_slope_x, div_slope_y, div_slope_x, div_slope_y, (REAL, POSITIVE), "x / y", {"symbol": "÷"})
binary_row(
    "pow", power, power_slope_x, power_slope_y, power_slope_x, power_slope_y, (POSITIVE, REAL), "x ** y", {"symbol": "**"}
)
unary_row("neg", neg, neg_slope, neg_slope, REAL, "-x", {"symbol": "neg"})
unary_row("abs", absolute, absolute_slope, absolute_slope, REAL, "|x|; slope 0 at 0", {"kinks": (0.0,)})

unary_row("square", square, square_slope, square_slope, REAL, "x²")
unary_row("reciprocal", reciprocal, reciprocal_slope, reciprocal_slope, POSITIVE, "1/x")
unary_row("sqrt", sqrt, sqrt_slope, sqrt_slope, POSITIVE, "√x; NaN for x < 0")
unary_row("cbrt", cbrt, cbrt_slope, cbrt_slope, POSITIVE, "the real cube root")
unary_row("exp", exp, exp_slope, exp_slope, REAL, "eˣ")
unary_row("exp2", exp2, exp2_slope, exp2_slope, REAL, "2ˣ")
unary_row("expm1", expm1, expm1_slope, expm1_slope, REAL, "eˣ - 1, exact near 0")
unary_row("log", log, log_slope, log_slope, POSITIVE, "the natural logarithm; -inf at 0, NaN below")
unary_row("log2", log2, log2_slope, log2_slope, POSITIVE, "the logarithm to base 2")
unary_row("log10", log10, log10_slope, log10_slope, POSITIVE, "the logarithm to base 10")
unary_row("log1p", log1p, log1p_slope, log1p_slope, (-0.9, 3.0), "log(1 + x), exact near 0")

unary_row("sin", sin, sin_slope, sin_slope, REAL, "the sine of x radians")
unary_row("cos", cos, cos_slope, cos_slope, REAL, "the cosine of x radians")
unary_row("tan", tan, tan_slope, tan_slope, (-1.3, 1.3), "the tangent of x radians")
unary_row("arcsin", arcsin, arcsin_slope, arcsin_slope, INSIDE, "the angle in [-π/2, π/2] whose sine is x")
unary_row("arccos", arccos, arccos_slope, arccos_slope, INSIDE, "the angle in [0, π] whose cosine is x")
unary_row("arctan", arctan, arctan_slope, arctan_slope, REAL, "the angle in (-π/2, π/2) whose tangent is x")
unary_row("sinh", sinh, sinh_slope, sinh_slope, REAL, "(eˣ - e⁻ˣ) / 2")
unary_row("cosh", cosh, cosh_slope, cosh_slope, REAL, "(eˣ + e⁻ˣ) / 2")
unary_row("tanh", tanh, tanh_slope, tanh_slope, REAL, "sinh(x) / cosh(x)")
unary_row("arcsinh", arcsinh, arcsinh_slope, arcsinh_slope, REAL, "the inverse of sinh")
unary_row("arccosh", arccosh, arccosh_slope, arccosh_slope, (1.1, 5.0), "the inverse of cosh; NaN for x < 1")
unary_row("arctanh", arctanh, arctanh_slope, arctanh_slope, INSIDE, "the inverse of tanh; NaN for |x| > 1")
unary_row("erf", erf, erf_slope, erf_slope, REAL, "the error function, 2/√π ∫₀ˣ exp(-t²) dt")
unary_row("erfc", erfc, erfc_slope, erfc_slope, REAL, "1 - erf(x), exact in the tail")

unary_row("sigmoid", sigmoid, sigmoid_slope, sigmoid_slope, REAL, "1 / (1 + e⁻ˣ), the logistic function", {"symbol": "σ"})
unary_row("logsigmoid", logsigmoid, logsigmoid_slope, logsigmoid_slope, REAL, "log(sigmoid(x)), exact in both tails")
unary_row("softplus", softplus, softplus_slope, softplus_slope, REAL, "log(1 + eˣ), a smooth relu")
unary_row("relu", relu, relu_slope, relu_slope, REAL, "max(x, 0); slope 0 at 0; NaN stays NaN", {"kinks": (0.0,)})
binary_row("leaky_relu", leaky_relu, leaky_relu_slope_x, leaky_relu_slope_y, leaky_relu_slope_x, leaky_relu_slope_y,
       (REAL, POSITIVE), "x for x > 0, negative_slope * x (by default 0.01) below", {"kinks": (0.0,), "defaults": (0.01,)})  # fmt: skip
binary_row("elu", elu, elu_slope_x, elu_slope_y, elu_slope_x, elu_slope_y, (REAL, POSITIVE),
       "x for x > 0, alpha * (eˣ - 1) (alpha by default 1) below (Clevert et al. 2015)", {"kinks": (0.0,), "defaults": (1.0,)})  # fmt: skip
unary_row("gelu", gelu, gelu_slope, gelu_slope, REAL, "x Φ(x), Φ the normal distribution function, not its tanh approximation (Hendrycks and Gimpel 2016)")  # fmt: skip
unary_row("silu", silu, silu_slope, silu_slope, REAL, "x sigmoid(x), also called swish (Elfwing et al. 2017)")
unary_row("mish", mish, mish_slope, mish_slope, REAL, "x tanh(softplus(x)) (Misra 2019)")

binary_row("maximum", maximum, where_larger, where_smaller, where_larger, where_smaller, (REAL, REAL),
       "the larger of x and y; a tie has slopes 1/2 and 1/2; NaN if either is", {"symbol": "max", "kinks": (0.0,)})  # fmt: skip
binary_row("minimum", minimum, where_smaller, where_larger, where_smaller, where_larger, (REAL, REAL),
       "the smaller of x and y; a tie has slopes 1/2 and 1/2; NaN if either is", {"symbol": "min", "kinks": (0.0,)})  # fmt: skip
binary_row("arctan2", arctan2, arctan2_slope_y, arctan2_slope_x, arctan2_slope_y, arctan2_slope_x, (POSITIVE, REAL),
       "the angle of the point (second, first) from the positive first axis, in [-π, π]")  # fmt: skip
binary_row("hypot", hypot, hypot_slope_x, hypot_slope_y, hypot_slope_x, hypot_slope_y, (POSITIVE, REAL), "√(x² + y²) without overflow")  # fmt: skip
binary_row("logaddexp", logaddexp, logaddexp_slope_x, logaddexp_slope_y, logaddexp_slope_x, logaddexp_slope_y, (REAL, REAL), "log(eˣ + eʸ) without overflow")  # fmt: skip
binary_row("copysign", copysign, copysign_slope_x, zero, copysign_slope_x, zero, (POSITIVE, POSITIVE), "|x| with the sign of y; flat in y")  # fmt: skip
binary_row("remainder", remainder, one_where_defined, minus_floor_quotient, one_where_defined, minus_floor_quotient, ((3.1, 3.5), (0.9, 1.0)),
       "x % y with the sign of y, Python's and NumPy's", {"symbol": "%"})  # fmt: skip
binary_row("fmod", fmod, one_where_defined, minus_quotient, one_where_defined, minus_quotient, ((3.1, 3.5), (0.9, 1.0)),
       "the remainder with the sign of x, C's")  # fmt: skip

unary_row("floor", c_floor, flat, flat, (0.1, 0.9), "the whole number at or below x; no edge: its slope is 0", {"flat": True})
unary_row("ceil", c_ceil, flat, flat, (0.1, 0.9), "the whole number at or above x; no edge: its slope is 0", {"flat": True})
unary_row("trunc", c_trunc, flat, flat, (0.1, 0.9), "x without its fraction; no edge: its slope is 0", {"flat": True})
unary_row("rint", rint, flat, flat, (0.6, 0.9), "the whole number nearest to x, ties to even; no edge: its slope is 0", {"flat": True})  # fmt: skip
unary_row("sign", sign, flat, flat, POSITIVE, "-1, 0 or 1; no edge: its slope is 0", {"flat": True})

list_row(
    "fsum", reductions.fsum, reductions.fsum_slopes, REAL, "the correctly rounded sum of a list, one node", {"symbol": "Σ"}
)
list_row("dot", reductions.dot, reductions.dot_slopes, REAL, "the sum of x_i y_i over two lists, one node", {"symbol": "dot"})
list_row(
    "prod", reductions.prod, reductions.prod_slopes, REAL, "the product of a list, one node; right at zeros", {"symbol": "Π"}
)
list_row("logsumexp", reductions.logsumexp, reductions.logsumexp_slopes, REAL, "log Σ exp(x_i) without overflow")
list_row("softmax", reductions.softmax, reductions.softmax_slopes, REAL, "exp(x_i) / Σ exp(x_j)")
list_row("log_softmax", reductions.log_softmax, reductions.log_softmax_slopes, REAL, "x_i - logsumexp(x), exact in both tails")
list_row("max", reductions.largest, reductions.shares, REAL, "the largest of a list; ties share the slope; NaN if any is")
list_row("min", reductions.smallest, reductions.shares, REAL, "the smallest of a list; ties share the slope; NaN if any is")
list_row(
    "clip",
    reductions.clip,
    reductions.clip_slopes,
    REAL,
    "x held between two bounds; slope 1 at a bound, so that x can leave it",
)
list_row("where", reductions.where, reductions.where_slopes, REAL, "the branch a condition chose; the other is not recorded")

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
