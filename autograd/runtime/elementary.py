# cython: boundscheck=False, wraparound=False, cdivision=True
"""Elementary functions over columns of doubles, for the native executor: loops that the compiler vectorises.

A rule here has no branches, only selects, so that its loop becomes vector instructions; none of them is fused, no sum is
reordered, so its results have the same bits whatever the width of the vectors. Most are within 1.5 ulp of the true value,
sigmoid, tanh and their slopes within 2.7, erfc, elu and silu within 3.5, the slopes of silu and gelu within 4
(tests/test_elementary.py), where the C library's functions are within 1: a compiled program may differ from eager execution in
the last digits. NaN, infinities and zeros come where they come there. Those in `EXACT` are the eager rules to the bit.

A polynomial is computed as its even and its odd powers, two chains of operations, because the processor waits for one chain.
The coefficients of the polynomials are what tools/minimax.py prints. The methods are those of textbooks: Muller, Elementary
Functions: Algorithms and Implementation (3rd ed. 2016); Cody and Waite, Software Manual for the Elementary Functions (1980).

A kernel is C: void kernel(double *out, double *x, double *y, double *z, Py_ssize_t n). `out` is an operand or apart from all of
them. Those of a derivative, "slope tanh 0", have the operands of the function and then its output.
"""

from __future__ import annotations

import cython

if cython.compiled:
    from cython.cimports.autograd.runtime._bits import Column, Kernel, bits_of, divide, double_of
    from cython.cimports.libc.math import INFINITY, NAN, copysign, sqrt
    from cython.cimports.libc.math import cos as libm_cos
    from cython.cimports.libc.math import sin as libm_sin
else:
    from math import copysign

    from ..engine._libm import cos as libm_cos
    from ..engine._libm import divide, sqrt
    from ..engine._libm import sin as libm_sin
    from ._bits import bits_of, double_of

    INFINITY, NAN = float("inf"), float("nan")


# ------------------------------------------------------------------------------------------------ exponentials


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def exp_polynomial(r: cython.double) -> cython.double:
    """(e**r - 1 - r) / r², for r between ±log(2)/2."""
    z: cython.double = r * r
    even: cython.double = 2.76315727109741e-07
    even = even * z + 2.480148905580456e-05
    even = even * z + 0.00138888889479632
    even = even * z + 0.041666666666511275
    even = even * z + 0.5000000000000013
    odd: cython.double = 2.5112514740072838e-08
    odd = odd * z + 2.755723335804186e-06
    odd = odd * z + 0.00019841269898062216
    odd = odd * z + 0.00833333333331626
    odd = odd * z + 0.16666666666666685
    return even + r * odd


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def times_power_of_two(p: cython.double, shifted: cython.double) -> cython.double:
    """p * 2**k, where `shifted` is 1.5 * 2**52 + 2046 + k: half of its last bits make the bits of a double.

    2**k takes two factors for results that are subnormal, and for 2**1024.
    """
    bits: cython.ulonglong = bits_of(shifted)
    half: cython.ulonglong = bits >> 1
    return p * double_of(half << 52) * double_of((bits - half) << 52)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def exp_of_sum(x: cython.double, rest: cython.double) -> cython.double:
    """e to the x + rest, for an x between -1000 and 1000 and a rest that x is too coarse to take in.

    It is 2**k e**r, with k whole and r between ±log(2)/2. To add 1.5 * 2**52 is to round to a whole number. log(2) is in two
    parts, the first so short that its product with k is exact (Cody and Waite).
    """
    shift: cython.double = 6755399441057790.0  # 1.5 * 2**52 + 2046
    shifted: cython.double = x * 1.4426950408889634 + shift
    k: cython.double = shifted - shift
    high: cython.double = x - k * 0.6931471805598903
    low: cython.double = k * 5.497923018708371e-14 - rest
    r: cython.double = high - low
    return times_power_of_two(1.0 + (r + (r * r * exp_polynomial(r) + ((high - r) - low))), shifted)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def exp(x: cython.double) -> cython.double:
    y: cython.double = exp_of_sum(x, 0.0)
    y = INFINITY if x > 710.0 else y
    return 0.0 if x < -746.0 else y


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def exp_of_minus(x: cython.double) -> cython.double:
    """e**-x, for x from 0 on."""
    return exp_of_sum(-746.0 if x > 746.0 else -x, 0.0)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def exp2(x: cython.double) -> cython.double:
    above: cython.double = -1076.0 if x < -1076.0 else x
    within: cython.double = 1025.0 if above > 1025.0 else above
    shift: cython.double = 6755399441057790.0
    shifted: cython.double = within + shift
    high: cython.double = within - (shifted - shift)
    r: cython.double = high * 0.6931471805599453
    return times_power_of_two(1.0 + (r + (r * r * exp_polynomial(r) + high * 2.3190468138462996e-17)), shifted)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def expm1(x: cython.double) -> cython.double:
    """2**k (e**r - 1) + (2**k - 1), with 2**k as two factors, as there."""
    above: cython.double = -60.0 if x < -60.0 else x
    within: cython.double = 710.0 if above > 710.0 else above
    shift: cython.double = 6755399441057790.0
    shifted: cython.double = within * 1.4426950408889634 + shift
    k: cython.double = shifted - shift
    high: cython.double = within - k * 0.6931471805598903
    low: cython.double = k * 5.497923018708371e-14
    r: cython.double = high - low
    p: cython.double = r + (r * r * exp_polynomial(r) + ((high - r) - low))
    half: cython.ulonglong = bits_of(shifted) >> 1
    other: cython.ulonglong = bits_of(shifted) - half
    first: cython.double = double_of(half << 52)
    y: cython.double = (p * first + (first - double_of((2046 - other) << 52))) * double_of(other << 52)
    return x if x == 0.0 else y  # -0.0 stays


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def tanh(x: cython.double) -> cython.double:
    """(1 - e) / (1 + e), where e = exp(-2|x|): near 0 from e - 1, which keeps its digits there, then as 1 - 2e / (1 + e)."""
    a: cython.double = 20.0 if abs(x) > 20.0 else abs(x)
    shift: cython.double = 6755399441056767.0  # 1.5 * 2**52 + 1023
    shifted: cython.double = a * -2.8853900817779268 + shift
    k: cython.double = shifted - shift
    high: cython.double = -2.0 * a - k * 0.6931471805598903
    low: cython.double = k * 5.497923018708371e-14
    r: cython.double = high - low
    scale: cython.double = double_of(bits_of(shifted) << 52)
    p: cython.double = scale * (r + (r * r * exp_polynomial(r) + ((high - r) - low)))
    e: cython.double = scale + p
    q: cython.double = (p + (scale - 1.0) if a < 0.55 else 2.0 * e) / (1.0 + e)
    return copysign(q if a < 0.55 else 1.0 - q, x)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def over_square_of_sum(e: cython.double) -> cython.double:
    """e / (1 + e)², for e between 0 and 1. Of 1 + e the first 26 bits are taken apart: their square is exact."""
    high: cython.double = (e + 201326593.0) - 201326592.0  # 1.5 * 2**27 and 1 more
    low: cython.double = e - (high - 1.0)
    return e / (high * high + (high + high + low) * low)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def tanh_slope(x: cython.double) -> cython.double:
    return 4.0 * over_square_of_sum(exp_of_minus(2.0 * abs(x)))


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def sigmoid(x: cython.double) -> cython.double:
    e: cython.double = exp_of_minus(abs(x))
    return (1.0 if x >= 0.0 else e) / (1.0 + e)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def sigmoid_of_minus(x: cython.double) -> cython.double:
    return sigmoid(-x)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def sigmoid_slope(x: cython.double) -> cython.double:
    return over_square_of_sum(exp_of_minus(abs(x)))


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def silu(x: cython.double) -> cython.double:
    return x * sigmoid(x) if x != -INFINITY else -0.0


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def silu_slope(x: cython.double) -> cython.double:
    e: cython.double = exp_of_minus(abs(x))
    below: cython.double = e / (1.0 + e)
    above: cython.double = 1.0 / (1.0 + e)
    y: cython.double = above * (1.0 + x * below) if x >= 0.0 else below * (1.0 + x * above)
    y = y if abs(x) != INFINITY else (1.0 if x > 0.0 else -0.0)
    return x if x != x else y


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def elu(x: cython.double, alpha: cython.double) -> cython.double:
    return x if x > 0.0 else alpha * expm1(x)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def elu_slope_x(x: cython.double, alpha: cython.double) -> cython.double:
    return 1.0 if x > 0.0 else alpha * exp(x)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def elu_slope_y(x: cython.double) -> cython.double:
    return 0.0 if x > 0.0 else expm1(x)


# ------------------------------------------------------------------------------------------------ logarithms


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def biased_exponent(bits: cython.ulonglong) -> cython.ulonglong:
    """k + 1024, where these are the bits of 2**k m with m between sqrt(1/2) and sqrt(2).

    The bits of a double grow as it does: without those of sqrt(1/2), the exponent that is left is k.
    """
    return (bits + (bits_of(2.0) - bits_of(0.7071067811865476))) >> 52


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def exponent(bits: cython.ulonglong) -> cython.double:
    """That k: a whole number put into the last bits of 2**52 is added to it."""
    return double_of(biased_exponent(bits) | bits_of(4503599627370496.0)) - 4503599627371520.0  # 2**52 + 1024


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def fraction(bits: cython.ulonglong) -> cython.double:
    """m - 1, exactly."""
    return double_of(bits + bits_of(2.0) - (biased_exponent(bits) << 52)) - 1.0


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def log_below(f: cython.double, rest: cython.double) -> cython.double:
    """f - log(1 + f) - rest: log(1 + f) is 2 artanh(s) with s = f / (2 + f), a series in s²."""
    s: cython.double = f / (2.0 + f)
    z: cython.double = s * s
    w: cython.double = z * z
    even: cython.double = 0.147974351094877
    even = even * w + 0.18183571384197258
    even = even * w + 0.2857142874413889
    even = even * w + 0.6666666666666736
    odd: cython.double = 0.15313888042340984
    odd = odd * w + 0.22222198419192388
    odd = odd * w + 0.3999999999940507
    p: cython.double = even + z * odd
    half: cython.double = 0.5 * f * f
    return half - (s * (half + z * p) + rest)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def normal_bits(x: cython.double) -> cython.ulonglong:
    """Those of x, or of 2**54 x where x is subnormal."""
    return bits_of(x * 18014398509481984.0 if x < 2.2250738585072014e-308 else x)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def normal_exponent(x: cython.double) -> cython.double:
    k: cython.double = exponent(normal_bits(x))
    return k - 54.0 if x < 2.2250738585072014e-308 else k


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def where_positive(y: cython.double, x: cython.double) -> cython.double:
    """y, the logarithm of x, but for the limit at 0, infinity and NaN."""
    return (y if x < INFINITY else x) if x > 0.0 else (-INFINITY if x == 0.0 else NAN)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def log(x: cython.double) -> cython.double:
    k: cython.double = normal_exponent(x)
    f: cython.double = fraction(normal_bits(x))
    y: cython.double = k * 0.6931471805598903 - (log_below(f, k * 5.497923018708371e-14) - f)
    return where_positive(y, x)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def log2(x: cython.double) -> cython.double:
    f: cython.double = fraction(normal_bits(x))
    below: cython.double = log_below(f, 0.0)
    y: cython.double = f - below
    rest: cython.double = (f - y) - below
    low: cython.double = rest * 1.4426950408889634 + y * 2.0355273740931033e-17
    return where_positive(normal_exponent(x) + (y * 1.4426950408889634 + low), x)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def log10(x: cython.double) -> cython.double:
    k: cython.double = normal_exponent(x)
    f: cython.double = fraction(normal_bits(x))
    below: cython.double = log_below(f, 0.0)
    y: cython.double = f - below
    rest: cython.double = (f - y) - below
    low: cython.double = rest * 0.4342944819032518 + y * 1.098319650216765e-17 + k * 2.8363394551044964e-14
    return where_positive(k * 0.30102999566395283 + (y * 0.4342944819032518 + low), x)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def log1p(x: cython.double) -> cython.double:
    """log(1 + x); what 1 + x loses is made good: near 0 by taking x itself, elsewhere by the slope of the logarithm."""
    u: cython.double = 1.0 + x
    lost: cython.double = 1.0 - (u - x) if x > 1.0 else x - (u - 1.0)
    bits: cython.ulonglong = bits_of(u)
    k: cython.double = exponent(bits)
    f: cython.double = x if k == 0.0 else fraction(bits)
    lost = lost * double_of((2047 - biased_exponent(bits)) << 52) if k != 0.0 and k < 100.0 else 0.0
    # 1 / (1 + f) is 1.05 - f to a tenth, enough for a correction
    y: cython.double = k * 0.6931471805598903 - (log_below(f, k * 5.497923018708371e-14 + lost * (1.05 - f)) - f)
    y = (y if x < INFINITY else x) if x > -1.0 else (-INFINITY if x == -1.0 else NAN)
    return x if x == 0.0 else y  # -0.0 stays


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def softplus(x: cython.double) -> cython.double:
    return log1p(exp_of_minus(abs(x))) + (x if x > 0.0 else 0.0)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def logsigmoid(x: cython.double) -> cython.double:
    return -softplus(-x)


# ------------------------------------------------------------------------------------------------ trigonometry


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def sin_of_turned(x: cython.double, quarters: cython.ulonglong) -> cython.double:
    """sin(x + quarters * π/2), for |x| up to 1e5.

    x - k π/2, k whole, is between ±π/4; π/2 is in three parts, two of 36 bits, so that their products with k are exact.
    """
    shift: cython.double = 6755399441055744.0  # 1.5 * 2**52
    shifted: cython.double = x * 0.6366197723675814 + shift
    k: cython.double = shifted - shift
    a: cython.double = x - k * 1.5707963267923333
    b: cython.double = a - k * 2.5633441515839558e-12
    c: cython.double = k * 1.0562999066987428e-23
    r: cython.double = b - c
    rest: cython.double = ((b - r) - c) + ((a - b) - k * 2.5633441515839558e-12)
    z: cython.double = r * r
    w: cython.double = z * z
    even: cython.double = -2.5050753161004457e-08
    even = even * w - 0.00019841269829682216
    even = even * w - 0.1666666666666663
    odd: cython.double = 1.5896542207786786e-10
    odd = odd * w + 2.7557313655329285e-06
    odd = odd * w + 0.008333333333322219
    p: cython.double = even + z * odd
    other_even: cython.double = 2.0875714493184434e-09
    other_even = other_even * w + 2.4801587289206567e-05
    other_even = other_even * w + 0.041666666666666595
    other_odd: cython.double = -1.1359230377164195e-11
    other_odd = other_odd * w - 2.7557314281167143e-07
    other_odd = other_odd * w - 0.001388888888887362
    q: cython.double = other_even + z * other_odd
    half: cython.double = 0.5 * z
    most: cython.double = 1.0 - half
    sine: cython.double = r + (r * z * p + rest * most)
    cosine: cython.double = most + (((1.0 - most) - half) + (z * z * q - r * rest))
    turn: cython.ulonglong = bits_of(shifted) + quarters
    bits: cython.ulonglong = bits_of(sine) ^ ((bits_of(sine) ^ bits_of(cosine)) & (0 - (turn & 1)))  # the cosine where odd
    return double_of(bits ^ ((turn & 2) << 62))


# ------------------------------------------------------------------------------------------------ error functions


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def gauss(x: cython.double) -> cython.double:
    """exp(-x²): x² in two parts, the first exact, the second what it lacks."""
    a: cython.double = 28.0 if abs(x) > 28.0 else abs(x)
    high: cython.double = double_of((bits_of(a) >> 27) << 27)
    return exp_of_sum(-(high * high), -((a - high) * (a + high)))


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def half_gauss(x: cython.double) -> cython.double:
    """exp(-x²/2)."""
    a: cython.double = 39.0 if abs(x) > 39.0 else abs(x)
    high: cython.double = double_of((bits_of(a) >> 27) << 27)
    return exp_of_sum(-0.5 * (high * high), -0.5 * ((a - high) * (a + high)))


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def erfcx(x: cython.double) -> cython.double:
    """exp(x²) erfc(x), for x between 0 and 28: (1 + 2x) times that is close to 1, and smooth in (x - 3.75) / (x + 3.75)."""
    t: cython.double = (x - 3.75) / (x + 3.75)
    u: cython.double = t * t
    w: cython.double = u * u
    one: cython.double = 1.6565013277284427e-09
    one = one * w + 1.896336964029277e-07
    one = one * w + 3.129125997429141e-05
    one = one * w + 0.0011513995785797841
    one = one * w + 0.1902579762770465
    one = one * w + 0.2375126308378276
    two: cython.double = -2.322716188835378e-09
    two = two * w - 2.3698440914744292e-07
    two = two * w - 8.90374613563708e-06
    two = two * w + 0.0006042264511851094
    two = two * w - 0.09795365511543125
    two = two * w - 0.37775322942337425
    three: cython.double = -1.570253287033583e-08
    three = three * w - 2.539515391820789e-06
    three = three * w - 0.0003105128235118234
    three = three * w + 0.03926025652448198
    three = three * w + 0.38133864490883745
    four: cython.double = 3.1066558200163535e-08
    four = four * w + 1.5587709118006228e-06
    four = four * w + 2.0357787124231152e-05
    four = four * w - 0.010897979125395106
    four = four * w - 0.2990619064187279
    p: cython.double = (one + u * three) + t * (two + u * four)
    return (1.0 + (1.0 + t) * p) / (1.0 + 2.0 * x)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def erf_near_0(x: cython.double) -> cython.double:
    """For |x| up to 0.84."""
    z: cython.double = x * x
    w: cython.double = z * z
    even: cython.double = 1.0759159068348907e-08
    even = even * w + 1.6403207725946895e-06
    even = even * w + 0.00012055205894353
    even = even * w + 0.005223977579501599
    even = even * w + 0.11283791670936956
    even = even * w + 0.12837916709551256
    odd: cython.double = -1.5725473600124083e-07
    odd = odd * w - 1.4922246436459657e-05
    odd = odd * w - 0.0008548323966256883
    odd = odd * w - 0.02686617064109863
    odd = odd * w - 0.3761263890318343
    return x + x * (even + z * odd)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def erf(x: cython.double) -> cython.double:
    """Away from 0 it is 1 - exp(-x²) q((x - 3) / (x + 3)), and from 6 on it is 1."""
    a: cython.double = abs(x)
    b: cython.double = 6.0 if a > 6.0 else a
    t: cython.double = (b - 3.0) / (b + 3.0)
    u: cython.double = t * t
    even: cython.double = -5.214977423722407e-06
    even = even * u + 7.862596854374164e-05
    even = even * u - 0.0005916096088828146
    even = even * u + 0.004269539135667915
    even = even * u + 0.07166584185044686
    even = even * u + 0.24560380170056959
    even = even * u + 0.17900115118137727
    odd: cython.double = -1.786175530754654e-06
    odd = odd * u + 5.6316139740937206e-05
    odd = odd * u + 0.0007095557023078772
    odd = odd * u - 0.024392441704087796
    odd = odd * u - 0.1501159363897684
    odd = odd * u - 0.32623356004388926
    q: cython.double = even + t * odd
    return erf_near_0(x) if a < 0.84 else copysign(1.0 - q * exp_of_sum(-(b * b), 0.0), x)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def erfc(x: cython.double) -> cython.double:
    a: cython.double = 28.0 if abs(x) > 28.0 else abs(x)
    tail: cython.double = gauss(x) * erfcx(a)
    y: cython.double = 1.0 - erf_near_0(x) if a < 0.5 else (2.0 - tail if x < 0.0 else tail)
    return x if x != x else y  # the NaN it was given, whichever way it went


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def erf_slope(x: cython.double) -> cython.double:
    return 1.1283791670955126 * gauss(x)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def erfc_slope(x: cython.double) -> cython.double:
    return -1.1283791670955126 * gauss(x)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def normal_cdf(x: cython.double) -> cython.double:
    """The normal distribution function, erfc(-x / √2) / 2."""
    u: cython.double = 0.7071067811865476 * (39.0 if abs(x) > 39.0 else abs(x))
    tail: cython.double = 0.5 * (half_gauss(x) * erfcx(u))
    near: cython.double = 0.5 + 0.5 * erf_near_0(0.7071067811865476 * x)
    return near if u < 0.5 else (1.0 - tail if x > 0.0 else tail)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def gelu_slope(x: cython.double) -> cython.double:
    y: cython.double = normal_cdf(x) + x * (0.3989422804014327 * half_gauss(x))
    y = y if abs(x) != INFINITY else (1.0 if x > 0.0 else -0.0)
    return x if x != x else y


# ------------------------------------------------------------------------------------------------ the eager rules themselves


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def neg(x: cython.double) -> cython.double:
    return -x


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def absolute(x: cython.double) -> cython.double:
    return abs(x)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def absolute_slope(x: cython.double) -> cython.double:
    return 1.0 if x > 0.0 else (-1.0 if x < 0.0 else (0.0 if x == 0.0 else NAN))


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def square(x: cython.double) -> cython.double:
    return x * x


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def square_slope(x: cython.double) -> cython.double:
    return 2.0 * x


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def reciprocal(x: cython.double) -> cython.double:
    return divide(1.0, x)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def reciprocal_slope(x: cython.double, out: cython.double) -> cython.double:
    return -(out * out)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def div_slope_y(x: cython.double, y: cython.double, out: cython.double) -> cython.double:
    return divide(-out, y)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def square_root(x: cython.double) -> cython.double:
    return sqrt(x)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def sqrt_slope(x: cython.double, out: cython.double) -> cython.double:
    return divide(0.5, out + 0.0)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def cbrt_slope(x: cython.double, out: cython.double) -> cython.double:
    return divide(1.0, 3.0 * out * out)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def log_slope(x: cython.double) -> cython.double:
    return divide(1.0, x + 0.0) if x >= 0.0 else NAN


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def log1p_slope(x: cython.double) -> cython.double:
    return divide(1.0, 1.0 + x) if x >= -1.0 else NAN


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def log2_slope(x: cython.double) -> cython.double:
    return divide(1.4426950408889634, x + 0.0) if x >= 0.0 else NAN


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def log10_slope(x: cython.double) -> cython.double:
    return divide(0.4342944819032518, x + 0.0) if x >= 0.0 else NAN


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def exp_slope(x: cython.double, out: cython.double) -> cython.double:
    return out


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def exp2_slope(x: cython.double, out: cython.double) -> cython.double:
    return out * 0.6931471805599453


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def tan_slope(x: cython.double, out: cython.double) -> cython.double:
    return 1.0 + out * out


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def one_minus_square(x: cython.double) -> cython.double:
    return 1.0 - x * x if -0.5 < x < 0.5 else (1.0 - x) * (1.0 + x)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def arcsin_slope(x: cython.double) -> cython.double:
    return divide(1.0, sqrt(one_minus_square(x)))


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def arccos_slope(x: cython.double) -> cython.double:
    return divide(-1.0, sqrt(one_minus_square(x)))


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def arctan_slope(x: cython.double) -> cython.double:
    return divide(divide(1.0, x), x) if abs(x) > 1e8 else 1.0 / (1.0 + x * x)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def arccosh_slope(x: cython.double) -> cython.double:
    return divide(1.0, sqrt(x - 1.0) * sqrt(x + 1.0))


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def arctanh_slope(x: cython.double) -> cython.double:
    return divide(1.0, one_minus_square(x)) if abs(x) <= 1.0 else NAN


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def relu(x: cython.double) -> cython.double:
    return 0.0 if x <= 0.0 else x


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def relu_slope(x: cython.double) -> cython.double:
    return 1.0 if x > 0.0 else (0.0 if x <= 0.0 else NAN)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def leaky_relu(x: cython.double, negative_slope: cython.double) -> cython.double:
    return x if x > 0.0 else negative_slope * x


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def leaky_relu_slope_x(x: cython.double, negative_slope: cython.double) -> cython.double:
    return 1.0 if x > 0.0 else (negative_slope if x <= 0.0 else NAN)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def leaky_relu_slope_y(x: cython.double) -> cython.double:
    return 0.0 if x > 0.0 else x


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def larger(x: cython.double, y: cython.double) -> cython.double:
    """Of two zeros it is the sum, 0.0 unless both are -0.0."""
    most: cython.double = y if y > x else x
    tie: cython.double = x + y if x == 0.0 else x
    most = tie if x == y else most
    return y if y != y else most


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def smaller(x: cython.double, y: cython.double) -> cython.double:
    least: cython.double = y if y < x else x
    tie: cython.double = -(-x - y) if x == 0.0 else x
    least = tie if x == y else least
    return y if y != y else least


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def where_larger(x: cython.double, y: cython.double) -> cython.double:
    return 1.0 if x > y else (0.0 if x < y else (0.5 if x == y else NAN))


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def where_smaller(x: cython.double, y: cython.double) -> cython.double:
    return where_larger(y, x)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def rounded(x: cython.double) -> cython.double:
    """To the nearest whole number, ties to even, for |x| below 2**52."""
    a: cython.double = abs(x)
    return copysign((a + 4503599627370496.0) - 4503599627370496.0, x)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def rint(x: cython.double) -> cython.double:
    return rounded(x) if abs(x) < 4503599627370496.0 else x


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def floor(x: cython.double) -> cython.double:
    y: cython.double = rounded(x)
    return copysign(y - 1.0 if y > x else y, x) if abs(x) < 4503599627370496.0 else x


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def ceil(x: cython.double) -> cython.double:
    y: cython.double = rounded(x)
    return copysign(y + 1.0 if y < x else y, x) if abs(x) < 4503599627370496.0 else x


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def trunc(x: cython.double) -> cython.double:
    a: cython.double = abs(x)
    y: cython.double = rounded(a)
    return copysign(y - 1.0 if y > a else y, x) if a < 4503599627370496.0 else x


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def sign(x: cython.double) -> cython.double:
    return 1.0 if x > 0.0 else (-1.0 if x < 0.0 else (0.0 if x == 0.0 else NAN))


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def with_sign(x: cython.double, y: cython.double) -> cython.double:
    return copysign(x, y)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def copysign_slope_x(x: cython.double, y: cython.double) -> cython.double:
    return absolute_slope(x) * copysign(1.0, y)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def where_defined(x: cython.double, y: cython.double, out: cython.double) -> cython.double:
    return 1.0 if out == out else NAN


# ------------------------------------------------------------------------------------------------ kernels


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def exp_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = exp(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def exp2_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = exp2(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def expm1_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = expm1(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def tanh_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = tanh(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def tanh_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = tanh_slope(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def sigmoid_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = sigmoid(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def sigmoid_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = sigmoid_slope(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def sigmoid_of_minus_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = sigmoid_of_minus(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def silu_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = silu(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def silu_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = silu_slope(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def elu_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = elu(x[i], y[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def elu_slope_x_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = elu_slope_x(x[i], y[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def elu_slope_y_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = elu_slope_y(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def log_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = log(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def log2_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = log2(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def log10_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = log10(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def log1p_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = log1p(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def softplus_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = softplus(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def logsigmoid_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = logsigmoid(x[i])


# Beyond FAR the C library's sine is taken, number by number. The loop leaves such an operand where its sine will stand, and no
# sine is so large; NaN stays NaN.


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def sin_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    far: cython.ulonglong = 0
    for i in range(n):
        v: cython.double = x[i]
        far |= (bits_of(1e5) - bits_of(abs(v))) >> 63  # not 0 where |v| is larger
        out[i] = sin_of_turned(v, 0) if 0.0 < abs(v) <= 1e5 else v
    if far:
        for i in range(n):
            if abs(out[i]) > 1e5:
                out[i] = libm_sin(out[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def minus_sin_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    sin_kernel(out, x, y, z, n)
    for i in range(n):
        out[i] = -out[i]


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def cos_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    far: cython.ulonglong = 0
    for i in range(n):
        v: cython.double = x[i]
        far |= (bits_of(1e5) - bits_of(abs(v))) >> 63  # not 0 where |v| is larger
        out[i] = sin_of_turned(v, 1) if abs(v) <= 1e5 else v
    if far:
        for i in range(n):
            if abs(out[i]) > 1e5:
                out[i] = libm_cos(out[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def erf_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = erf(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def erfc_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = erfc(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def erf_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = erf_slope(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def erfc_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = erfc_slope(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def gelu_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = gelu_slope(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def neg_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = neg(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def absolute_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = absolute(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def absolute_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = absolute_slope(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def square_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = square(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def square_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = square_slope(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def reciprocal_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = reciprocal(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def reciprocal_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = reciprocal_slope(x[i], y[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def div_slope_y_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = div_slope_y(x[i], y[i], z[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def square_root_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = square_root(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def sqrt_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = sqrt_slope(x[i], y[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def cbrt_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = cbrt_slope(x[i], y[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def log_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = log_slope(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def log1p_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = log1p_slope(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def log2_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = log2_slope(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def log10_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = log10_slope(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def exp_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = exp_slope(x[i], y[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def exp2_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = exp2_slope(x[i], y[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def tan_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = tan_slope(x[i], y[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def arcsin_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = arcsin_slope(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def arccos_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = arccos_slope(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def arctan_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = arctan_slope(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def arccosh_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = arccosh_slope(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def arctanh_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = arctanh_slope(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def relu_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = relu(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def relu_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = relu_slope(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def leaky_relu_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = leaky_relu(x[i], y[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def leaky_relu_slope_x_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = leaky_relu_slope_x(x[i], y[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def leaky_relu_slope_y_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = leaky_relu_slope_y(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def larger_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = larger(x[i], y[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def smaller_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = smaller(x[i], y[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def where_larger_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = where_larger(x[i], y[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def where_smaller_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = where_smaller(x[i], y[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def rint_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = rint(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def floor_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = floor(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def ceil_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = ceil(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def trunc_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = trunc(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def sign_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = sign(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def with_sign_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = with_sign(x[i], y[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def copysign_slope_x_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = copysign_slope_x(x[i], y[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def where_defined_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = where_defined(x[i], y[i], z[i])


# ------------------------------------------------------------------------------------------------ the table

ADDRESSES: dict = {}
KERNELS: dict = {}
"""The kernels by name of the op, in plain Python; of the compiled ones there are addresses."""

if cython.compiled:

    @cython.cfunc
    def kernel(op: str, function: Kernel):
        ADDRESSES[op] = cython.cast(cython.size_t, cython.cast(cython.p_void, function))

else:

    def kernel(op, function):
        KERNELS[op] = function


def address_of(op: str) -> int:
    """The address of the C function for an op; 0 where there is none."""
    return ADDRESSES.get(op, 0)


kernel("exp", exp_kernel)
kernel("exp2", exp2_kernel)
kernel("expm1", expm1_kernel)
kernel("slope expm1 0", exp_kernel)
kernel("tanh", tanh_kernel)
kernel("slope tanh 0", tanh_slope_kernel)
kernel("sigmoid", sigmoid_kernel)
kernel("slope sigmoid 0", sigmoid_slope_kernel)
kernel("slope softplus 0", sigmoid_kernel)
kernel("slope logsigmoid 0", sigmoid_of_minus_kernel)
kernel("silu", silu_kernel)
kernel("slope silu 0", silu_slope_kernel)
kernel("elu", elu_kernel)
kernel("slope elu 0", elu_slope_x_kernel)
kernel("slope elu 1", elu_slope_y_kernel)
kernel("log", log_kernel)
kernel("log2", log2_kernel)
kernel("log10", log10_kernel)
kernel("log1p", log1p_kernel)
kernel("softplus", softplus_kernel)
kernel("logsigmoid", logsigmoid_kernel)
kernel("sin", sin_kernel)
kernel("slope cos 0", minus_sin_kernel)
kernel("cos", cos_kernel)
kernel("slope sin 0", cos_kernel)
kernel("erf", erf_kernel)
kernel("erfc", erfc_kernel)
kernel("slope erf 0", erf_slope_kernel)
kernel("slope erfc 0", erfc_slope_kernel)
kernel("slope gelu 0", gelu_slope_kernel)

NOT_EXACT = frozenset(ADDRESSES or KERNELS)

kernel("neg", neg_kernel)
kernel("abs", absolute_kernel)
kernel("slope abs 0", absolute_slope_kernel)
kernel("square", square_kernel)
kernel("slope square 0", square_slope_kernel)
kernel("reciprocal", reciprocal_kernel)
kernel("slope reciprocal 0", reciprocal_slope_kernel)
kernel("slope div 1", div_slope_y_kernel)
kernel("sqrt", square_root_kernel)
kernel("slope sqrt 0", sqrt_slope_kernel)
kernel("slope cbrt 0", cbrt_slope_kernel)
kernel("slope log 0", log_slope_kernel)
kernel("slope log1p 0", log1p_slope_kernel)
kernel("slope log2 0", log2_slope_kernel)
kernel("slope log10 0", log10_slope_kernel)
kernel("slope exp 0", exp_slope_kernel)
kernel("slope exp2 0", exp2_slope_kernel)
kernel("slope tan 0", tan_slope_kernel)
kernel("slope arcsin 0", arcsin_slope_kernel)
kernel("slope arccos 0", arccos_slope_kernel)
kernel("slope arctan 0", arctan_slope_kernel)
kernel("slope arccosh 0", arccosh_slope_kernel)
kernel("slope arctanh 0", arctanh_slope_kernel)
kernel("relu", relu_kernel)
kernel("slope relu 0", relu_slope_kernel)
kernel("leaky_relu", leaky_relu_kernel)
kernel("slope leaky_relu 0", leaky_relu_slope_x_kernel)
kernel("slope leaky_relu 1", leaky_relu_slope_y_kernel)
kernel("maximum", larger_kernel)
kernel("minimum", smaller_kernel)
kernel("slope maximum 0", where_larger_kernel)
kernel("slope maximum 1", where_smaller_kernel)
kernel("slope minimum 0", where_smaller_kernel)
kernel("slope minimum 1", where_larger_kernel)
kernel("rint", rint_kernel)
kernel("floor", floor_kernel)
kernel("ceil", ceil_kernel)
kernel("trunc", trunc_kernel)
kernel("sign", sign_kernel)
kernel("copysign", with_sign_kernel)
kernel("slope copysign 0", copysign_slope_x_kernel)
kernel("slope remainder 0", where_defined_kernel)
kernel("slope fmod 0", where_defined_kernel)

EXACT = frozenset(ADDRESSES or KERNELS) - NOT_EXACT
"""The ops whose results are those of the eager rules to the bit."""

OPS = frozenset(ADDRESSES if cython.compiled else KERNELS)
"""All that have a kernel."""
