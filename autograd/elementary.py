# cython: boundscheck=False, wraparound=False, cdivision=True
"""Elementary functions over columns of doubles, for the native executor: loops that the compiler vectorises.

A rule here has no branches, only selects, so that its loop becomes vector instructions; none of them is fused, no sum is
reordered, so its results have the same bits whatever the width of the vectors. They are within 2 ulp of the true value (its
tests say which), where the C library's are within 1: compiled programs may differ from eager execution in the last digit. At
the edges (NaN, infinities, zeros of both signs, subnormals) they are the same. Those in `EXACT` are the eager rules to the bit.

The coefficients of the polynomials are what tools/minimax.py prints. The methods are those of textbooks: Muller, Elementary
Functions: Algorithms and Implementation (3rd ed. 2016); Cody and Waite, Software Manual for the Elementary Functions (1980).

A kernel is C: void kernel(double *out, double *x, double *y, double *z, Py_ssize_t n). `out` is an operand or apart from all of
them. Those of a derivative, "slope tanh 0", have the operands of the function and then its output.
"""

from __future__ import annotations

import cython

if cython.compiled:
    from cython.cimports.autograd._bits import Column, Kernel, bits_of, double_of
    from cython.cimports.libc.math import INFINITY, NAN, copysign
else:
    from math import copysign

    from ._bits import bits_of, double_of

    INFINITY, NAN = float("inf"), float("nan")


# ------------------------------------------------------------------------------------------------ exponentials


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def exp_polynomial(r: cython.double) -> cython.double:
    """(e**r - 1 - r) / r², for r between ±log(2)/2."""
    p: cython.double = 2.5112514740072838e-08
    p = p * r + 2.76315727109741e-07
    p = p * r + 2.755723335804186e-06
    p = p * r + 2.480148905580456e-05
    p = p * r + 0.00019841269898062216
    p = p * r + 0.00138888889479632
    p = p * r + 0.00833333333331626
    p = p * r + 0.041666666666511275
    p = p * r + 0.16666666666666685
    return p * r + 0.5000000000000013


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def exp_of_sum(x: cython.double, rest: cython.double) -> cython.double:
    """e to the x + rest, for a rest that x is too coarse to take in, and x between -1000 and 1000.

    It is 2**k e**r, with k whole and r between ±log(2)/2. To add 1.5 * 2**52 is to round to a whole number, found in the last
    bits; with 2046 more, half of it is the exponent of a double. 2**k takes two, for those results that are subnormal.
    """
    shift: cython.double = 6755399441057790.0  # 1.5 * 2**52 + 2046
    shifted: cython.double = x * 1.4426950408889634 + shift
    k: cython.double = shifted - shift
    # log(2) in two parts, the first so short that its product with k is exact (Cody and Waite)
    high: cython.double = x - k * 0.6931471805598903
    low: cython.double = k * 5.497923018708371e-14 - rest
    r: cython.double = high - low
    bits: cython.ulonglong = bits_of(shifted)
    half: cython.ulonglong = bits >> 1
    return (
        (1.0 + (r + (r * r * exp_polynomial(r) + ((high - r) - low)))) * double_of(half << 52) * double_of((bits - half) << 52)
    )


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def exp(x: cython.double) -> cython.double:
    above: cython.double = -746.0 if x < -746.0 else x
    return exp_of_sum(710.0 if above > 710.0 else above, 0.0)


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
    return 4.0 * over_square_of_sum(exp(-2.0 * abs(x)))


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def sigmoid(x: cython.double) -> cython.double:
    e: cython.double = exp(-abs(x))
    return (1.0 if x >= 0.0 else e) / (1.0 + e)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def sigmoid_slope(x: cython.double) -> cython.double:
    return over_square_of_sum(exp(-abs(x)))


# ------------------------------------------------------------------------------------------------ logarithms


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def log(x: cython.double) -> cython.double:
    """k log(2) + log(m), where x = 2**k m with m between sqrt(1/2) and sqrt(2); log(m) = 2 artanh((m - 1) / (m + 1))."""
    subnormal: cython.bint = x < 2.2250738585072014e-308
    bits: cython.ulonglong = bits_of(x * 18014398509481984.0 if subnormal else x)
    # Bits of a double grow as the double does: take away those of sqrt(1/2), and the exponent that is left is k. Plus 1024.
    biased: cython.ulonglong = bits + (bits_of(2.0) - bits_of(0.7071067811865476))
    # A whole number set as the last bits of 2**52 is added to it.
    k: cython.double = double_of((biased >> 52) | bits_of(4503599627370496.0)) - (
        4503599627371574.0 if subnormal else 4503599627371520.0
    )
    f: cython.double = double_of(bits + bits_of(2.0) - ((biased >> 52) << 52)) - 1.0
    s: cython.double = f / (2.0 + f)
    z: cython.double = s * s
    p: cython.double = 0.147974351094877
    p = p * z + 0.15313888042340984
    p = p * z + 0.18183571384197258
    p = p * z + 0.22222198419192388
    p = p * z + 0.2857142874413889
    p = p * z + 0.3999999999940507
    p = p * z + 0.6666666666666736
    half: cython.double = 0.5 * f * f
    # log(m) = f - (half - s (half + z p)): its largest term, f, is exact
    y: cython.double = k * 0.6931471805598903 - ((half - (s * (half + z * p) + k * 5.497923018708371e-14)) - f)
    return (y if x < INFINITY else x) if x > 0.0 else (-INFINITY if x == 0.0 else NAN)


# ------------------------------------------------------------------------------------------------ error functions


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def erf(x: cython.double) -> cython.double:
    """x + x p(x²) near 0, 1 - exp(-x²) p((x - 3) / (x + 3)) further away, 1 from 6 on."""
    z: cython.double = x * x
    p: cython.double = 1.0759159068348907e-08
    p = p * z + -1.5725473600124083e-07
    p = p * z + 1.6403207725946895e-06
    p = p * z + -1.4922246436459657e-05
    p = p * z + 0.00012055205894353
    p = p * z + -0.0008548323966256883
    p = p * z + 0.005223977579501599
    p = p * z + -0.02686617064109863
    p = p * z + 0.11283791670936956
    p = p * z + -0.3761263890318343
    p = p * z + 0.12837916709551256
    a: cython.double = abs(x)
    b: cython.double = 6.0 if a > 6.0 else a
    t: cython.double = (b - 3.0) / (b + 3.0)
    q: cython.double = -5.214977423722407e-06
    q = q * t + -1.786175530754654e-06
    q = q * t + 7.862596854374164e-05
    q = q * t + 5.6316139740937206e-05
    q = q * t + -0.0005916096088828146
    q = q * t + 0.0007095557023078772
    q = q * t + 0.004269539135667915
    q = q * t + -0.024392441704087796
    q = q * t + 0.07166584185044686
    q = q * t + -0.1501159363897684
    q = q * t + 0.24560380170056959
    q = q * t + -0.32623356004388926
    q = q * t + 0.17900115118137727
    return x + x * p if a < 0.84 else copysign(1.0 - q * exp_of_sum(-(b * b), 0.0), x)


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
@cython.nogil
def erf_slope(x: cython.double) -> cython.double:
    return 1.1283791670955126 * gauss(x)


# ------------------------------------------------------------------------------------------------ the eager rules themselves


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
def log_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = log(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def erf_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = erf(x[i])


@cython.cfunc
@cython.exceptval(check=False)
@cython.nogil
def erf_slope_kernel(out: Column, x: Column, y: Column, z: Column, n: cython.Py_ssize_t) -> cython.void:
    for i in range(n):
        out[i] = erf_slope(x[i])


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
kernel("tanh", tanh_kernel)
kernel("slope tanh 0", tanh_slope_kernel)
kernel("sigmoid", sigmoid_kernel)
kernel("slope sigmoid 0", sigmoid_slope_kernel)
kernel("log", log_kernel)
kernel("erf", erf_kernel)
kernel("slope erf 0", erf_slope_kernel)
kernel("relu", relu_kernel)
kernel("slope relu 0", relu_slope_kernel)

EXACT = frozenset(["relu", "slope relu 0"])
"""The ops whose results are those of the eager rules to the bit."""

OPS = frozenset(ADDRESSES if cython.compiled else KERNELS)
"""All that have a kernel."""
