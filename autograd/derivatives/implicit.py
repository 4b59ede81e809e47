"""Solutions that move with what their equations depend on: the implicit function theorem, by recorded steps of Newton's method.

Where f(x, p) = 0, a step x - M f(x, p) with M = (df/dx)^-1, a constant, has the value x, and the derivative by p that the
theorem says: dx/dp = -M df/dp. Each further step makes one more order of derivatives right, as an error in x of some order in
p leaves the step multiplied by I - M df/dx, which is 0 at the solution.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..engine.functions import dot


def inverse_of(matrix: Any, scale: float) -> list[list[float]] | None:
    """The inverse of a matrix; None where it is singular, as matrices of this scale are computed, or not finite.

    >>> inverse_of([[2.0]], 1.0), inverse_of([[0.0]], 1.0)
    ([[0.5]], None)
    """
    import numpy as np

    if not np.isfinite(matrix).all():
        return None
    smallest = np.linalg.svd(matrix, compute_uv=False)[-1]
    if smallest <= len(matrix) * np.finfo(float).eps * scale:
        return None
    inverse: list[list[float]] = np.linalg.inv(matrix).tolist()
    return inverse


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
