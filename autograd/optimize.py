"""SciPy's optimisers with exact derivatives: its own functions, given what they would otherwise get from differences.

The names, arguments and results are SciPy's. The function is ordinary Python, as for `grad`; it gets arrays of Values. One
recording of it at a point serves the value and every derivative that is asked for there.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Sequence
from typing import Any

from .cached import cached_property
from .derivatives.argument_names import name_of
from .derivatives.functional import Recording, jacobian_of
from .derivatives.sparse import compressed
from .derivatives.trees import refuse_more_than_numbers
from .engine.backward import pullback, weighted_sum
from .engine.value import Value

GRADIENT = frozenset(
    [
        "cg",
        "bfgs",
        "newton-cg",
        "l-bfgs-b",
        "tnc",
        "slsqp",
        "dogleg",
        "trust-ncg",
        "trust-krylov",
        "trust-exact",
        "trust-constr",
    ]
)
"""Methods of `minimize` that take a gradient."""
PRODUCTS = frozenset(["newton-cg", "trust-ncg", "trust-krylov", "trust-constr"])
"""Methods that take the Hessian times a vector."""
HESSIAN = frozenset(["dogleg", "trust-exact"])
"""Methods that want the Hessian itself."""


class Point:
    """The recording of a function at one point, and its gradient once that has been asked for."""

    def __init__(self, f: Callable[..., Any], x: Any, args: tuple[Any, ...]) -> None:
        self.x = x
        self.args = args
        self.recording = Recording(f, (x, *args), {}, (0,), differentiable=False)  # SciPy takes floats

    def is_at(self, x: Any, args: tuple[Any, ...]) -> bool:
        import numpy as np

        same = len(args) == len(self.args) and all(a is b for a, b in zip(args, self.args, strict=True))
        return same and np.array_equal(x, self.x)

    @cached_property
    def gradient(self) -> list[Value]:
        return self.recording.pull_recorded(self.recording.scalar())


class Derivatives:
    """A function of an array and its derivatives, from one recording at each point they are asked for at.

    The result is one number for `value`, `gradient`, `hessian` and `hessian_product`, and an array for `values`, `jacobian`
    and `weighted_hessian`. Further positional arguments are SciPy's `args`. The last two points are remembered: methods try
    one and may return to the other. `evaluations` counts the calls of the function.

    TypeError where derivatives are first asked for, if no result has a graph down to x: they would all be 0, and a method would
    take its start for the solution.

    >>> import numpy as np
    >>> at = Derivatives(lambda x: x[0] ** 2 * x[1])
    >>> x = np.array([3.0, 4.0])
    >>> at.value(x), at.gradient(x), at.hessian_product(x, np.array([1.0, 0.0]))
    (36.0, array([24.,  9.]), array([8., 6.]))
    >>> at.evaluations
    1
    """

    def __init__(self, f: Callable[..., Any], *, sparse: bool = False) -> None:
        self.f = f
        self.sparse = sparse
        self.evaluations = 0
        self._recent: list[Point] = []
        self._has_graph = False

    def _at(self, x: Any, args: tuple[Any, ...]) -> Point:
        point = next((point for point in self._recent if point.is_at(x, args)), None)
        if point is None:
            self.evaluations += 1
            point = Point(self.f, _array(x), args)
        self._recent = [point, *[other for other in self._recent if other is not point]][:2]
        return point

    def _with_graph(self, x: Any, args: tuple[Any, ...]) -> Recording:
        """The recording at x, to take derivatives of. The first is looked at; later ones may be constant, by a branch."""
        recording = self._at(x, args).recording
        if not self._has_graph and recording.xs and recording.ys:
            nodes = {id(v) for v in recording.order}
            if not any(id(v) in nodes for v in recording.xs):
                raise TypeError(
                    f"the result of {name_of(self.f)} has no graph down to its argument, so its derivatives would all be 0: "
                    "was the graph cut (look for .data, .detach() and no_grad())? If the result really is constant where the "
                    "search begins, start elsewhere, or add 0.0 * x[0]"
                )
            self._has_graph = True
        return recording

    def value(self, x: Any, *args: Any) -> float:
        return self._at(x, args).recording.scalar().data

    def gradient(self, x: Any, *args: Any) -> Any:
        recording = self._with_graph(x, args)
        return _array(pullback(recording.scalar(), recording.xs))

    def hessian_product(self, x: Any, p: Any, *args: Any) -> Any:
        """The Hessian at x times p: SciPy's `hessp`, which has p second."""
        point = self._at(x, args)
        return _array(pullback(weighted_sum(point.gradient, p.ravel().tolist()), point.recording.xs))

    def hessian(self, x: Any, *args: Any) -> Any:
        point = self._at(x, args)
        return self._matrix(point.gradient, point.recording.xs)

    def values(self, x: Any, *args: Any) -> Any:
        return _array([y.data for y in self._at(x, args).recording.ys])

    def jacobian(self, x: Any, *args: Any) -> Any:
        recording = self._with_graph(x, args)
        return compressed(recording.ys, recording.xs, "auto") if self.sparse else _array(jacobian_of(recording, "auto"))

    def weighted_hessian(self, x: Any, v: Any, *args: Any) -> Any:
        """Σ v_i times the Hessian of result i: what SciPy's constraints are asked for."""
        recording = self._at(x, args).recording
        return self._matrix(recording.pull_recorded(weighted_sum(recording.ys, v.tolist())), recording.xs)

    def _matrix(self, rows: Sequence[Value], xs: Sequence[Value]) -> Any:
        return compressed(rows, xs, "auto") if self.sparse else _array([pullback(row, xs) for row in rows])


def _array(numbers: Any) -> Any:
    import numpy as np

    return np.array(numbers, dtype=float)


def _start(x0: Any) -> Any:
    """The point where a method starts, checked: of complex numbers SciPy would take the real parts, with a warning at most."""
    import numpy as np

    if np.iscomplexobj(x0):
        raise TypeError(f"autograd computes with real numbers, and x0 is complex: {x0!r}; take real and imaginary parts as two")
    refuse_more_than_numbers(x0)
    return x0


def _scipy() -> Any:
    try:
        import scipy.optimize
    except ImportError as missing:
        raise ImportError("autograd.optimize gives derivatives to SciPy's optimisers: pip install scipy") from missing
    return scipy.optimize


def _supplied(what: str, *given: Any) -> None:
    """TypeError where somebody gave derivatives of their own."""
    if any(thing is not None for thing in given):
        raise TypeError(f"the derivatives come from the graph: leave {what} out, or call scipy.optimize itself")


def _without_hessians(constraints: Any) -> Any:
    """The constraints without their Hessians, for methods that warn of those as they have no use for them."""
    if isinstance(constraints, (list, tuple)):
        return [_without_hessians(constraint) for constraint in constraints]
    if callable(getattr(constraints, "hess", None)):
        constraints = copy.copy(constraints)
        constraints.hess = _scipy().BFGS()
    return constraints


def minimize(
    f: Callable[..., Any],
    x0: Any,
    args: tuple[Any, ...] = (),
    method: Any = None,
    jac: Any = None,
    hess: Any = None,
    hessp: Any = None,
    *,
    sparse: bool = False,
    **options: Any,
) -> Any:
    """scipy.optimize.minimize with the gradient, and for Newton's methods the Hessian or its products, from the graph.

    sparse      True gives trust-constr the Hessian as a sparse matrix, instead of its products

    The other arguments and the result are SciPy's. Methods that use no derivatives (Nelder-Mead, ...) get none; one of your
    own gets `jac` and `hessp`. For constraints there is `NonlinearConstraint`. TypeError for derivatives of your own.

    >>> result = minimize(lambda x: (x[0] - 1.0) ** 2 + (x[1] + 2.0) ** 2, [0.0, 0.0], method="Newton-CG")
    >>> [round(float(x), 6) for x in result.x]
    [1.0, -2.0]
    """
    _supplied("jac, hess and hessp", jac, hess, hessp)
    at = Derivatives(f, sparse=sparse)
    own = callable(method)
    chosen = "" if own else (method or "bfgs").lower()
    if sparse and chosen != "trust-constr":
        raise ValueError(f'sparse=True is for method="trust-constr", which takes sparse Hessians, and this is {method!r}')
    if own or chosen in GRADIENT:
        options["jac"] = at.gradient
    if chosen in HESSIAN or sparse:
        options["hess"] = at.hessian
    elif own or chosen in PRODUCTS:
        options["hessp"] = at.hessian_product
    if chosen != "trust-constr" and "constraints" in options:
        options["constraints"] = _without_hessians(options["constraints"])
    return _scipy().minimize(at.value, _start(x0), args=args, method=method, **options)


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
    at = Derivatives(functools.partial(f, **options.pop("kwargs", {})), sparse=sparse)
    return _scipy().least_squares(at.values, _start(x0), jac=at.jacobian, **options)


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
    return _scipy().root(at.values, _start(x0), args=args, method=method, **options)


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
