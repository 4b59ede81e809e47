"""Prints the polynomials of autograd/runtime/elementary.pxd: for each its coefficients, constant first, and how far it is off.

A polynomial is fitted in 50 digits, by least squares at the Chebyshev points, which comes within a small factor of the best
one there is (Trefethen, Approximation Theory and Approximation Practice, chapter 16); then its coefficients are rounded to
doubles. The weight says what an error costs: how much of it is seen in the result, in units of the result.

python tools/minimax.py          prints them all; the error is that of the rounded coefficients, as a power of two
"""

from collections.abc import Callable

from mpmath import (
    chebyt,
    cos,
    erf,
    erfc,
    exp,
    expm1,
    fabs,
    linspace,
    log,
    lu_solve,
    matrix,
    mp,
    mpf,
    nstr,
    pi,
    sin,
    sqrt,
    taylor,
)

Function = Callable[[mpf], mpf]


def fit(function: Function, weight: Function, low: mpf, high: mpf, degree: int) -> list[float]:
    """The coefficients, constant first, of a polynomial close to `function` between `low` and `high`."""
    count = 4 * (degree + 1)
    points = [cos(pi * (k + mpf(1) / 2) / count) for k in range(count)]
    rows, values = matrix(count, degree + 1), matrix(count, 1)
    for i, point in enumerate(points):
        x = (low + high + (high - low) * point) / 2
        for j in range(degree + 1):
            rows[i, j] = weight(x) * chebyt(j, point)
        values[i] = weight(x) * function(x)
    found = lu_solve(rows.T * rows, rows.T * values)

    def polynomial(x: mpf) -> mpf:
        point = (2 * x - low - high) / (high - low)
        return sum(found[j] * chebyt(j, point) for j in range(degree + 1))

    return [float(c) for c in taylor(polynomial, 0, degree)]


def error(coefficients: list[float], function: Function, weight: Function, low: mpf, high: mpf) -> mpf:
    """The largest weighted error at 1000 points."""

    def at(x: mpf) -> mpf:
        return fabs(weight(x) * (mp.polyval([mpf(c) for c in reversed(coefficients)], x) - function(x)))

    return max(at(x) for x in linspace(low, high, 1000))


def stretched(t: mpf, k: float) -> mpf:
    """The number whose (x - k) / (x + k) is t."""
    return k * (1 + t) / (1 - t)


def squeezed(x: float, k: float) -> mpf:
    return (mpf(x) - k) / (mpf(x) + k)


def erfcx(x: mpf) -> mpf:
    return exp(x * x) * erfc(x)


mp.dps = 50
HALF_LN_2 = log(2) / 2 * mpf("1.0005")
LOG_LIMIT = (sqrt(2) - 1) / (sqrt(2) + 1)
NEAR_0 = mpf(10) ** -12  # where the quotients are 0/0

POLYNOMIALS = {
    # name: what it is close to, the weight, from, to, degree
    "exp": (lambda r: (expm1(r) - r) / r**2, lambda r: r**2, -HALF_LN_2, HALF_LN_2 + NEAR_0, 9),
    "log": (
        lambda z: (log((1 + sqrt(z)) / (1 - sqrt(z))) / sqrt(z) - 2) / z,
        lambda z: z / 2,
        NEAR_0,
        LOG_LIMIT**2,
        6,
    ),
    "sin": (lambda z: (sin(sqrt(z)) / sqrt(z) - 1) / z, lambda z: z, NEAR_0, (pi / 4) ** 2, 5),
    "cos": (lambda z: (cos(sqrt(z)) - 1 + z / 2) / z**2, lambda z: z**2, NEAR_0, (pi / 4) ** 2, 5),
    "erf": (lambda z: erf(sqrt(z)) / sqrt(z) - 1, lambda z: mpf(1), NEAR_0, mpf("0.84") ** 2, 10),
    "erf, the tail": (
        lambda t: erfcx(stretched(t, 3)),
        lambda t: exp(-(stretched(t, 3) ** 2)),
        squeezed(0.84, 3),
        squeezed(6, 3),
        12,
    ),
    "erfcx": (
        lambda t: ((1 + 2 * stretched(t, 3.75)) * erfcx(stretched(t, 3.75)) - 1) / (1 + t),
        lambda t: (1 + t) / ((1 + 2 * stretched(t, 3.75)) * erfcx(stretched(t, 3.75))),
        squeezed(0, 3.75) + NEAR_0,
        squeezed(28, 3.75),
        21,
    ),
}

if __name__ == "__main__":
    for name, (function, weight, low, high, degree) in POLYNOMIALS.items():
        coefficients = fit(function, weight, low, high, degree)
        print(f"{name}: 2**{nstr(log(error(coefficients, function, weight, low, high), 2), 4)}")
        for c in coefficients:
            print(f"    {c!r}")
