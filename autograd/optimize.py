"""SciPy's optimisers with exact derivatives: scipy.optimize's own functions, given what they would otherwise difference for.

The names, arguments and results are SciPy's. The function is ordinary Python, as for `grad`; it gets arrays of Values. One
recording of it at a point serves the value and every derivative that is asked for there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .backward import gradients, pullback
from .functional import Recording, jacobian_of
from .functions import dot
from .sparse import compressed
from .value import Value

GRADIENT = frozenset(["cg", "bfgs", "newton-cg", "l-bfgs-b", "tnc", "slsqp", "dogleg", "trust-ncg", "trust-krylov",
                      "trust-exact", "trust-constr"])  # fmt: skip
"""Methods of `minimize` that take a gradient."""
PRODUCTS = frozenset(["newton-cg", "trust-ncg", "trust-krylov", "trust-constr"])
"""Methods that take the Hessian times a vector."""
HESSIAN = frozenset(["dogleg", "trust-exact"])
"""Methods that want the Hessian itself."""


class Derivatives:
    """A function of an array and its derivatives, from one recording at each point they are asked for at.

    The result is one number for `value`, `gradient`, `hessian` and `hessian_product`, and an array for `values`, `jacobian`
    and `weighted_hessian`. Further positional arguments are SciPy's `args`.

    >>> import numpy as np
    >>> at = Derivatives(lambda x: x[0] ** 2 * x[1])
    >>> x = np.array([3.0, 4.0])
    >>> at.value(x), at.gradient(x), at.hessian_product(x, np.array([1.0, 0.0]))
    (36.0, array([24.,  9.]), array([8., 6.]))
    """

    def __init__(self, f: Callable[..., Any], *, sparse: bool = False) -> None:
        self.f = f
        self.sparse = sparse
        self.evaluations = 0
        self._point: tuple[Any, tuple[Any, ...]] | None = None

    def _at(self, x: Any, args: tuple[Any, ...]) -> Recording:
        """The recording at a point: the last one, if that was the same."""
        import numpy as np

        if self._point is None or not (np.array_equal(x, self._point[0]) and _same(args, self._point[1])):
            self._recording = Recording(self.f, (np.array(x, dtype=float), *args), {}, (0,))
            self._gradient: list[Value] | None = None
            self._point = np.array(x, dtype=float), args
            self.evaluations += 1
        return self._recording

    def _gradient_values(self, recording: Recording) -> list[Value]:
        if self._gradient is None:
            self._gradient = gradients(recording.scalar(), recording.xs)
        return self._gradient

    def value(self, x: Any, *args: Any) -> float:
        return self._at(x, args).scalar().data

    def gradient(self, x: Any, *args: Any) -> Any:
        recording = self._at(x, args)
        return _array(pullback(recording.scalar(), recording.xs))

    def hessian_product(self, x: Any, p: Any, *args: Any) -> Any:
        """The Hessian at x times p: SciPy's `hessp`, which has p second."""
        recording = self._at(x, args)
        slope = Value(0.0) + dot(self._gradient_values(recording), p.tolist())
        return _array(pullback(slope, recording.xs))

    def hessian(self, x: Any, *args: Any) -> Any:
        recording = self._at(x, args)
        return self._matrix(self._gradient_values(recording), recording.xs)

    def values(self, x: Any, *args: Any) -> Any:
        return _array([y.data for y in self._at(x, args).ys])

    def jacobian(self, x: Any, *args: Any) -> Any:
        recording = self._at(x, args)
        return compressed(recording.ys, recording.xs, "auto") if self.sparse else _array(jacobian_of(recording, "auto"))

    def weighted_hessian(self, x: Any, v: Any, *args: Any) -> Any:
        """Σ v_i times the Hessian of result i: what SciPy's constraints are asked for."""
        recording = self._at(x, args)
        return self._matrix(gradients(Value(0.0) + dot(recording.ys, v.tolist()), recording.xs), recording.xs)

    def _matrix(self, rows: Sequence[Value], xs: Sequence[Value]) -> Any:
        return compressed(rows, xs, "auto") if self.sparse else _array([pullback(row, xs) for row in rows])


def _same(args: tuple[Any, ...], others: tuple[Any, ...]) -> bool:
    return len(args) == len(others) and all(a is b for a, b in zip(args, others, strict=True))


def _array(numbers: Any) -> Any:
    import numpy as np

    return np.array(numbers, dtype=float)


def _scipy() -> Any:
    try:
        import scipy.optimize
    except ImportError as missing:
        raise ImportError("autograd.optimize gives derivatives to SciPy's optimisers: pip install scipy") from missing
    return scipy.optimize


def _supplied(what: str, *given: Any) -> None:
    if any(thing is not None for thing in given):
        raise TypeError(f"the derivatives come from the graph: leave {what} out, or call scipy.optimize itself")


def minimize(
    f: Callable[..., Any], x0: Any, args: tuple[Any, ...] = (), method: str | None = None, jac: Any = None, hess: Any = None,
    hessp: Any = None, *, sparse: bool = False, **options: Any,
) -> Any:  # fmt: skip
    """scipy.optimize.minimize with the gradient, and for Newton's methods the Hessian or its products, from the graph.

    sparse      True gives trust-constr the Hessian as a sparse matrix, instead of its products

    The other arguments and the result are SciPy's. Methods that use no derivatives (Nelder-Mead, ...) get none. TypeError for
    derivatives of your own.

    >>> result = minimize(lambda x: (x[0] - 1.0) ** 2 + (x[1] + 2.0) ** 2, [0.0, 0.0], method="Newton-CG")
    >>> [round(float(x), 6) for x in result.x]
    [1.0, -2.0]
    """
    _supplied("jac, hess and hessp", jac, hess, hessp)
    at = Derivatives(f, sparse=sparse)
    chosen = (method or "bfgs").lower()
    if method is None or chosen in GRADIENT:
        options["jac"] = at.gradient
    if chosen in HESSIAN or (sparse and chosen == "trust-constr"):
        options["hess"] = at.hessian
    elif chosen in PRODUCTS:
        options["hessp"] = at.hessian_product
    return _scipy().minimize(at.value, x0, args=args, method=method, **options)


def least_squares(f: Callable[..., Any], x0: Any, jac: Any = None, *, sparse: bool = False, **options: Any) -> Any:
    """scipy.optimize.least_squares with the Jacobian of the residuals from the graph.

    sparse      True for a sparse Jacobian (methods "trf" and "dogbox")

    >>> import numpy as np
    >>> t, y = np.array([0.0, 1.0, 2.0]), np.array([2.0, 1.0, 0.5])
    >>> result = least_squares(lambda p: p[0] * np.exp(-p[1] * t) - y, [1.0, 1.0])
    >>> round(float(result.x[1]), 6)
    0.693147
    """
    _supplied("jac", jac)
    at = Derivatives(f, sparse=sparse)
    return _scipy().least_squares(at.values, x0, jac=at.jacobian, **options)


def root(
    f: Callable[..., Any], x0: Any, args: tuple[Any, ...] = (), method: str = "hybr", jac: Any = None, **options: Any
) -> Any:
    """scipy.optimize.root with the Jacobian from the graph (methods "hybr" and "lm"; the others use none).

    >>> result = root(lambda x: [x[0] ** 2 - 2.0], [1.0])
    >>> round(float(result.x[0]), 9)
    1.414213562
    """
    _supplied("jac", jac)
    at = Derivatives(f)
    if method.lower() in ("hybr", "lm"):
        options["jac"] = at.jacobian
    return _scipy().root(at.values, x0, args=args, method=method, **options)


def NonlinearConstraint(f: Callable[..., Any], lb: Any, ub: Any, *, sparse: bool = False, **options: Any) -> Any:  # noqa: N802
    """scipy.optimize.NonlinearConstraint, lb <= f(x) <= ub, with Jacobian and Hessian from the graph.

    >>> from autograd.optimize import minimize
    >>> circle = NonlinearConstraint(lambda x: x[0] ** 2 + x[1] ** 2, 0.0, 1.0)
    >>> result = minimize(lambda x: x[0] + x[1], [0.1, 0.2], method="trust-constr", constraints=[circle])
    >>> round(float(result.fun), 3)
    -1.414
    """
    at = Derivatives(f, sparse=sparse)
    return _scipy().NonlinearConstraint(at.values, lb, ub, jac=at.jacobian, hess=at.weighted_hessian, **options)
