"""Roots of equations, and how they move with what the equations depend on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .derivatives import Derivatives
from .scipys import finished, refuse_derivatives, scipy_optimize
from .starts import Start


def root(
    f: Callable[..., Any],
    x0: Any,
    args: tuple[Any, ...] = (),
    method: str = "hybr",
    jac: Any = None,
    *,
    compile: bool | None = None,
    **options: Any,
) -> Any:
    """scipy.optimize.root with the Jacobian from the graph (methods "hybr" and "lm"; the others use none).

    >>> result = root(lambda x: [x[0] ** 2 - 2.0], [1.0])
    >>> round(float(result.x[0]), 9)
    1.414213562
    """
    refuse_derivatives("jac", jac)
    start = Start(x0)
    at = Derivatives(f, compile=compile, tree=start.tree)
    if method.lower() in ("hybr", "lm"):
        options["jac"] = at.jacobian
    return finished(scipy_optimize().root(at.values, start.x0, args=args, method=method, **options), at, start)
