"""SciPy's optimisers with exact derivatives: its own functions, given what they would otherwise get from differences."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any

from ..compiler.compiled import Compiled
from ..derivatives.argument_names import name_of
from ..derivatives.trees import Tree
from .derivatives import Derivatives
from .starts import Start

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


def scipy_optimize() -> Any:
    try:
        import scipy.optimize
    except ImportError as missing:
        raise ImportError("autograd.optimize gives derivatives to SciPy's optimisers: pip install scipy") from missing
    return scipy.optimize


def refuse_derivatives(what: str, *given: Any) -> None:
    """TypeError where somebody gave derivatives of their own."""
    if any(thing is not None for thing in given):
        raise TypeError(f"the derivatives come from the graph: leave {what} out, or call scipy.optimize itself")


def finished(result: Any, at: Derivatives, start: Start) -> Any:
    """SciPy's result, with what is found in the structure of the start; no success where there was nothing to follow."""
    if at.constant:
        result.success = False
        result.message = f"the derivatives are all 0, since the result of {name_of(at.f)} has no graph down to its argument"
    result.x = start.structured(result.x)
    return result


def _for_constraints(constraints: Any, tree: Tree | None, hessians: bool) -> Any:
    """The constraints for a search of which `tree` is what functions take; ours are told, and lose unused `hessians`.

    Methods that have no use for Hessians warn of them.
    """
    if isinstance(constraints, (list, tuple)):
        return [_for_constraints(constraint, tree, hessians) for constraint in constraints]
    at = getattr(getattr(constraints, "fun", None), "__self__", None)
    if tree is not None and isinstance(at, Derivatives):
        constraints = copy.copy(constraints)
        inside = Derivatives(at.f, sparse=at.sparse, compile=at.compile, tree=tree)
        constraints.fun, constraints.jac, constraints.hess = inside.values, inside.jacobian, inside.weighted_hessian
    if not hessians and callable(getattr(constraints, "hess", None)):
        constraints = copy.copy(constraints)
        constraints.hess = scipy_optimize().BFGS()
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
    compile: bool | None = None,
    **options: Any,
) -> Any:
    """scipy.optimize.minimize with the gradient, and for Newton's methods the Hessian or its products, from the graph.

    f           gives one number; it may be compiled already, with rows among `args` too: its programs are kept with it, for
                further searches
    x0          an array or a list of numbers, for which f gets an array, as in SciPy. Or arrays of any shape, nested lists,
                dicts: f gets such a thing, and `x` and `jac` of the result, and what a callback gets, are of its structure.
                (Bounds, matrices, and constraints of SciPy's own are of its numbers in a row.)
    sparse      True gives trust-constr the Hessian as a sparse matrix, instead of its products
    compile     None compiles f after some evaluations, if its programs give what it gives, to the last bit, and if f changes
                nothing that it closes over (a list that it appends to, a counter): else, and where f cannot be compiled, it is
                recorded at each point. What cannot be seen, as printing or writing a file, ends once it is compiled. True
                compiles it at once, and what is in the way is raised; False never does

    The other arguments and the result are SciPy's. Methods that use no derivatives (Nelder-Mead, ...) get none; one of your
    own gets `jac` and `hessp`. For constraints there is `NonlinearConstraint`. TypeError for derivatives of your own, and
    within a transform such as `grad` for an f that uses its variables: derivatives go through `root`, and no other search.

    A RuntimeWarning where the result has no graph down to x, as `x[0].data` has none; then `success` is False.

    >>> result = minimize(lambda x: (x[0] - 1.0) ** 2 + (x[1] + 2.0) ** 2, [0.0, 0.0], method="Newton-CG")
    >>> [round(float(x), 6) for x in result.x]
    [1.0, -2.0]
    >>> minimize(lambda p: (p["a"] - 3.0) ** 2, {"a": 1.0}).x
    {'a': 3.0}
    """
    refuse_derivatives("jac, hess and hessp", jac, hess, hessp)
    start = Start(x0)
    at = Derivatives(f, sparse=sparse, compile=compile, tree=start.tree)
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
    if "constraints" in options:
        options["constraints"] = _for_constraints(options["constraints"], start.tree, chosen == "trust-constr")
    callback = start.callback(options.pop("callback", None))
    result = scipy_optimize().minimize(at.value, start.x0, args=args, method=method, callback=callback, **options)
    if start.tree is not None and "jac" in result and chosen != "trust-constr":
        result.jac = start.structured(result.jac)
    return finished(result, at, start)


def least_squares(
    f: Callable[..., Any],
    x0: Any,
    jac: Any = None,
    *,
    sparse: bool = False,
    compile: bool | None = None,
    **options: Any,
) -> Any:
    """scipy.optimize.least_squares with the Jacobian of the residuals from the graph.

    f           gives the residuals, numbers in any structure; a compiled function may have them by rows
    sparse      True for a sparse Jacobian (methods "trf" and "dogbox")

    `x0`, `compile` and the warning are as for `minimize`; a Jacobian has a column for each number of x0.

    >>> import numpy as np
    >>> t, y = np.array([0.0, 1.0, 2.0]), np.array([2.0, 1.0, 0.5])
    >>> result = least_squares(lambda p: p[0] * np.exp(-p[1] * t) - y, [1.0, 1.0])
    >>> round(float(result.x[1]), 6)
    0.693147
    """
    refuse_derivatives("jac", jac)
    start = Start(x0)
    kwargs = options.pop("kwargs", {})
    if kwargs:
        f = f.with_function(functools.partial(f.f, **kwargs)) if isinstance(f, Compiled) else functools.partial(f, **kwargs)
    at = Derivatives(f, sparse=sparse, compile=compile, tree=start.tree)
    return finished(scipy_optimize().least_squares(at.values, start.x0, jac=at.jacobian, **options), at, start)


def NonlinearConstraint(  # noqa: N802
    f: Callable[..., Any], lb: Any, ub: Any, *, sparse: bool = False, compile: bool | None = None, **options: Any
) -> Any:
    """scipy.optimize.NonlinearConstraint, lb <= f(x) <= ub, with Jacobian and Hessian from the graph.

    `compile` and the warning are as for `minimize`, and f takes what the function takes that is minimised.

    >>> from autograd.optimize import minimize
    >>> circle = NonlinearConstraint(lambda x: x[0] ** 2 + x[1] ** 2, 0.0, 1.0)
    >>> result = minimize(lambda x: x[0] + x[1], [0.1, 0.2], method="trust-constr", constraints=[circle])
    >>> round(float(result.fun), 3)
    -1.414
    """
    at = Derivatives(f, sparse=sparse, compile=compile)
    return scipy_optimize().NonlinearConstraint(at.values, lb, ub, jac=at.jacobian, hess=at.weighted_hessian, **options)
