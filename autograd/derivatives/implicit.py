"""Solutions that move with what their equations depend on: the implicit function theorem, by recorded steps of Newton's method.

Where f(x, p) = 0, a step x - M f(x, p) with M = (df/dx)^-1, a constant, has the value x, and the derivative by p that the
theorem says: dx/dp = -M df/dp. Each further step makes one more order of derivatives right, as an error in x of some order in
p leaves the step multiplied by I - M df/dx, which is 0 at the solution. Higher derivatives than that would be wrong, and
are made infinite, or NaN.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from typing import Any

from ..engine.functions import dot


def inverse_of(matrix: Any, scale: float) -> list[list[float]] | None:
    """The inverse of a matrix; None where it is singular, as matrices of this scale are computed, or not finite.

    >>> inverse_of([[2.0]], 1.0), inverse_of([[0.0]], 1.0)
    ([[0.5]], None)
    """
    least = len(matrix) * sys.float_info.epsilon * scale
    try:
        import numpy as np
    except ImportError:  # as in the Python of a web page
        return by_elimination(matrix, least)
    if not np.isfinite(matrix).all():
        return None
    if np.linalg.svd(matrix, compute_uv=False)[-1] <= least:
        return None
    inverse: list[list[float]] = np.linalg.inv(matrix).tolist()
    return inverse


def by_elimination(matrix: Sequence[Sequence[float]], least: float) -> list[list[float]] | None:
    """The inverse of a matrix by Gauss and Jordan; None where no pivot of a column is above `least`, or one is not finite.

    >>> by_elimination([[0.0, 2.0], [4.0, 0.0]], 1e-15)
    [[0.0, 0.25], [0.5, 0.0]]
    """
    n = len(matrix)
    rows = [[*map(float, row), *(float(i == j) for j in range(n))] for i, row in enumerate(matrix)]
    for k in range(n):
        pivot = max(range(k, n), key=lambda i: abs(rows[i][k]))
        rows[k], rows[pivot] = rows[pivot], rows[k]
        if not least < abs(rows[k][k]) < math.inf:
            return None
        rows[k] = [x / rows[k][k] for x in rows[k]]
        for i in range(n):
            if i != k:
                rows[i] = [x - rows[i][k] * y for x, y in zip(rows[i], rows[k], strict=True)]
    inverse = [row[n:] for row in rows]
    return inverse if all(math.isfinite(x) for row in inverse for x in row) else None


def right_to_order(count: int, xs: Sequence[Any]) -> list[Any]:
    """Values with their derivatives up to an order, and none beyond it: they are infinite there, or NaN.

    What is added is 0, a power of 0, and so are its derivatives, until its exponent is below 0.

    >>> from autograd import Value, derivative
    >>> [derivative(lambda x: right_to_order(2, [x * x * x])[0], order)(2.0) for order in (1, 2, 3)]
    [12.0, 12.0, inf]
    """
    return [x + (x - x.data) ** (count + 0.5) for x in xs]


def newton_steps(
    f: Callable[[list[Any]], Sequence[Any]], xs: Sequence[Any], inverse: Sequence[Sequence[Any]], count: int
) -> list[Any]:
    """So many steps x - M f(x), recorded.

    >>> from autograd import Value
    >>> p = Value(9.0)
    >>> (x,) = newton_steps(lambda xs: [xs[0] ** 2 - p], [Value(3.0)], [[1.0 / 6.0]], 2)
    >>> x.backward()
    >>> round(p.grad, 12) == round(0.5 / 3.0, 12)
    True
    """
    found = list(xs)
    for _ in range(count):
        off = f(found)
        found = [x - dot(row, off) for x, row in zip(found, inverse, strict=True)]
    return found
