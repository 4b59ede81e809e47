"""Second-order methods: L-BFGS for any smooth loss, Levenberg-Marquardt for sums of squares. SciPy does the stepping.

Both take the parameters and a function of no arguments that computes the loss, or the residuals, from what the parameters hold
now. It is called again and again, and must be the same function every time: all the examples, no dropout (`model.eval()`).

When they return, the parameters hold the point found, and their `.grad` the gradient there. When an exception or a Ctrl-C ends
them, the parameters hold the best point met by then (the start, if none was better), and `.grad` is what it was before.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from autograd import Value, topological_order

from ..arguments import real, whole
from ..cutting import no_derivative_lost
from ..optim import distinct

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult


def lbfgs(
    parameters: Iterable[Value],
    loss: Callable[[], Value],
    *,
    max_iter: int = 1000,
    max_nfev: int | None = None,
    tol: float = 1e-12,
    gtol: float | None = None,
    history_size: int = 10,
    callback: Callable[[float], Any] | None = None,
) -> OptimizeResult:
    """Minimises `loss()` over the parameters by L-BFGS (Byrd, Lu, Nocedal and Zhu 1995), moving their `data`.

    parameters      Values; one given twice counts once
    loss            computes the loss, a Value, from the parameters
    max_iter        how many iterations at most; each evaluates the loss and its gradient once or a few times
    max_nfev        how many evaluations at most, looked at after every iteration; None for any number
    tol, gtol       end it: the loss falls by less than tol * max(|loss|, 1) in an iteration, or the gradient is nowhere
                    larger than gtol (by default tol)
    history_size    how many past steps stand for the curvature
    callback        is called after every iteration with the loss, the parameters being there; it may raise StopIteration

    Returns SciPy's OptimizeResult: `.fun` the loss, `.x` the parameters, `.jac` the gradient, `.nit`, `.nfev`, and `.success`
    and `.message`, which say how it ended.

    ImportError without SciPy. TypeError for a loss that is no Value. ValueError for a loss or a gradient that is NaN or
    infinite, and for a loss that was not computed from the parameters.

    >>> x, y = Value(-1.2), Value(1.0)
    >>> result = lbfgs([x, y], lambda: (1 - x) ** 2 + 100 * (y - x**2) ** 2)
    >>> result.success, round(x.data, 6), round(y.data, 6)
    (True, 1.0, 1.0)
    """
    search = _Search(parameters)
    _function(loss, "loss", "the loss")

    def loss_and_gradient(x: Any) -> tuple[float, Any]:
        search.move_to(x.tolist())
        with no_derivative_lost(search.parameters) as check:
            out = _value(loss(), "the loss")
            check(out)
        search.check_finite(out.data, "the loss")
        gradient = search.gradient(out, "the loss")
        if not any(gradient):
            search.check_connected([out], "the loss")
        return out.data, gradient

    return _minimised(search, loss_and_gradient, max_iter, max_nfev, tol, gtol, history_size, callback)


def lbfgs_by_gradient(
    parameters: Iterable[Value],
    loss_and_gradient: Callable[[Any], tuple[float, Any]],
    *,
    max_iter: int,
    max_nfev: int,
    tol: float,
    gtol: float,
    callback: Callable[[float], Any],
) -> OptimizeResult:
    """The same where the loss and its gradient are computed of the parameters as an array. These move at the end only."""
    search = _Search(parameters)

    def checked(x: Any) -> tuple[float, Any]:
        search.evaluations += 1
        search.point = x.tolist()
        loss, gradient = loss_and_gradient(x)
        search.check_finite(loss, "the loss")
        if not math.isfinite(gradient @ gradient):
            search.check_slopes(gradient.tolist(), "the loss")
        return loss, gradient

    return _minimised(search, checked, max_iter, max_nfev, tol, gtol, 10, callback)


def _minimised(
    search: _Search,
    loss_and_gradient: Callable[[Any], tuple[float, Any]],
    max_iter: int,
    max_nfev: int | None,
    tol: float,
    gtol: float | None,
    history_size: int,
    callback: Callable[[float], Any] | None,
) -> OptimizeResult:
    optimize = _scipy_optimize()
    options = {
        "maxiter": whole(max_iter, "max_iter"),
        "maxfun": sys.maxsize if max_nfev is None else whole(max_nfev, "max_nfev"),
        "ftol": real(tol, "tol"),
        "gtol": tol if gtol is None else real(gtol, "gtol"),
        "maxcor": whole(history_size, "history_size"),
    }

    def noted(x: Any) -> tuple[float, Any]:
        found = loss_and_gradient(x)
        search.take_note(found[0])
        return found

    def after_iteration(intermediate_result: OptimizeResult) -> None:
        if callback is not None:
            callback(float(intermediate_result.fun))

    with search:
        result = optimize.minimize(noted, search.start, jac=True, method="L-BFGS-B", callback=after_iteration, options=options)
    search.settle(result.x.tolist(), result.jac.tolist())
    return result


def levenberg_marquardt(
    parameters: Iterable[Value],
    residuals: Callable[[], Sequence[Value]],
    *,
    max_nfev: int | None = None,
    tol: float = 1e-12,
    method: str = "lm",
) -> OptimizeResult:
    """Minimises half the sum of squares of `residuals()` over the parameters, moving their `data` (Levenberg 1944, Moré 1978).

    parameters      Values; one given twice counts once
    residuals       computes from them a list of Values, as long every time: what the model says minus what was measured
    max_nfev        how many evaluations at most; SciPy's default is 100 for each parameter
    tol             ends it: the sum of squares or the parameters change by less than this, relatively, or the residuals are as
                    good as perpendicular to all columns of the Jacobian (the cosines are below it)
    method          "lm", which needs at least as many residuals as there are parameters, or "trf" or "dogbox", SciPy's
                    trust-region methods, which do not

    The Jacobian comes from one backward pass for each residual, over the graph that the residuals themselves came from.

    Returns SciPy's OptimizeResult: `.cost` half the sum of squares, `.fun` the residuals, `.jac` the Jacobian, `.x` the
    parameters, `.grad` the gradient, `.nfev`, and `.success` and `.message`, which say how it ended.

    ImportError without SciPy. TypeError for residuals that are not Values. ValueError for one that is NaN or infinite or has
    such a derivative, for too few of them, and for residuals that were not computed from the parameters.

    >>> rate = Value(1.0)
    >>> measured = [(0.0, 1.0), (1.0, 0.5), (2.0, 0.25)]
    >>> result = levenberg_marquardt([rate], lambda: [(-rate * t).exp() - y for t, y in measured])
    >>> round(rate.data, 6)                   # the half-life is 1, so this is log(2)
    0.693147
    """
    optimize = _scipy_optimize()
    search = _Search(parameters)
    _function(residuals, "residuals", "the list of residuals")
    rows = _Residuals(search, residuals, at_least=len(search.start) if method == "lm" else 0)
    tol = real(tol, "tol", at_least=sys.float_info.epsilon)
    with search:
        result = optimize.least_squares(
            rows.values,
            search.start,
            rows.jacobian,
            method=method,
            ftol=tol,
            xtol=tol,
            gtol=tol,
            x_scale="jac",
            max_nfev=None if max_nfev is None else whole(max_nfev, "max_nfev"),
        )
    search.settle(result.x, result.grad)
    return result


class _Search:
    """Parameters that SciPy moves as one vector. An exception in its `with` block takes them back to the best point met."""

    def __init__(self, parameters: Iterable[Value]) -> None:
        self.parameters = distinct(parameters)
        self.start = [p.data for p in self.parameters]
        self.gradients_before = [p.grad for p in self.parameters]
        self.best, self.lowest = self.start, math.inf
        self.evaluations = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            self.settle(self.best, self.gradients_before)

    def move_to(self, point: list[float]) -> None:
        """Moves the parameters to a point where the loss is going to be computed."""
        self.evaluations += 1
        self.point = point
        for p, x in zip(self.parameters, point, strict=True):
            p.data = x

    def settle(self, point: Iterable[float], gradient: Iterable[float]) -> None:
        """Leaves the parameters at a point, with the gradient there."""
        for p, x, slope in zip(self.parameters, point, gradient, strict=True):
            p.data, p.grad = x, slope

    def take_note(self, height: float) -> None:
        """Remembers the point evaluated if the loss there, `height`, is the lowest yet."""
        if height < self.lowest:
            self.best, self.lowest = self.point, height

    def gradient(self, out: Value, name: str) -> list[float]:
        """The derivatives of `out` with respect to the parameters."""
        for p in self.parameters:
            p.grad = 0.0
        out.backward()
        slopes = [p.grad for p in self.parameters]
        self.check_slopes(slopes, name)
        return slopes

    def check_slopes(self, slopes: list[float], name: str) -> None:
        for i, slope in enumerate(slopes):
            self.check_finite(slope, f"the derivative of {name} with respect to parameter {i}")

    def check_finite(self, number: float, name: str) -> None:
        if math.isfinite(number):
            return
        if self.evaluations == 1:
            raise ValueError(f"{name} is {number} where the parameters start: begin elsewhere, or mend what computes it")
        raise ValueError(
            f"{name} is {number} at a point that was tried (evaluation {self.evaluations}). The parameters are back at the "
            f"best point met; go on from there in smaller steps (nn.SGD, nn.Adam), or have it computed so that it is finite "
            "wherever a step may lead (as from the logarithm of a parameter that must be positive)"
        )

    def check_connected(self, outs: list[Value], name: str) -> None:
        """ValueError if no parameter was used. (A gradient of zeros alone may be that of a stationary point.)"""
        wanted = {id(p) for p in self.parameters}
        if all(wanted.isdisjoint(map(id, topological_order(out))) for out in outs):
            raise ValueError(
                f"no parameter was used to compute {name}, so no step can lower it: have it computed from the parameters at "
                "each call, from themselves and not their .data, outside of no_grad()"
            )


class _Residuals:
    """The residuals and their Jacobian at the points that SciPy asks for. Both come from one graph, freed after the second."""

    def __init__(self, search: _Search, residuals: Callable[[], Sequence[Value]], *, at_least: int) -> None:
        self.search, self.residuals, self.at_least = search, residuals, at_least
        self.point: list[float] | None = None
        self.outs: list[Value] | None = None
        self.numbers: list[float] = []
        self.rows: list[list[float]] = []

    def values(self, x: Any) -> Any:
        """The residuals at `x`, an array."""
        import numpy as np

        self.evaluate_at(x.tolist())
        return np.array(self.numbers)

    def jacobian(self, x: Any) -> Any:
        """The derivative of each residual (row) with respect to each parameter (column) at `x`."""
        import numpy as np

        self.evaluate_at(x.tolist())
        if self.outs is not None:
            self.rows = [self.search.gradient(out, f"residual {i}") for i, out in enumerate(self.outs)]
            if not any(map(any, self.rows)):
                self.search.check_connected(self.outs, "the residuals")
            self.outs = None
        return np.array(self.rows)

    def evaluate_at(self, point: list[float]) -> None:
        if point == self.point:
            return
        self.point = self.outs = None
        self.search.move_to(point)
        with no_derivative_lost(self.search.parameters) as check:
            outs = self.checked(self.residuals())
            for out in outs:
                check(out)
        self.numbers = [out.data for out in outs]
        self.search.take_note(math.hypot(*self.numbers))
        self.point, self.outs = point, outs

    def checked(self, outs: Any) -> list[Value]:
        if isinstance(outs, Value) or not hasattr(outs, "__iter__"):
            raise TypeError(f"residuals() gives a list of Values, one for each measurement, and it gave {outs!r}")
        values = [_value(out, f"residual {i}") for i, out in enumerate(outs)]
        for i, out in enumerate(values):
            self.search.check_finite(out.data, f"residual {i}")
        if self.numbers and len(values) != len(self.numbers):
            raise ValueError(f"residuals() gave {len(self.numbers)} residuals, and now {len(values)}: give as many every time")
        if not values:
            raise ValueError("residuals() gave an empty list: there is nothing to fit")
        if len(values) < self.at_least:
            raise ValueError(
                f"there are {len(values)} residuals for {len(self.search.parameters)} parameters, and method='lm' needs at "
                "least as many: give method='trf', or more residuals (strength * p for each parameter p is a penalty)"
            )
        return values


def _scipy_optimize() -> Any:
    try:
        from scipy import optimize
    except ImportError as missing:
        raise ImportError("lbfgs and levenberg_marquardt step by SciPy: pip install scipy") from missing
    return optimize


def _function(given: Any, name: str, result: str) -> None:
    if not callable(given):
        raise TypeError(f"{name} is a function that computes {result} anew at each call, and this is {given!r}: give a lambda")


def _value(out: Any, name: str) -> Value:
    if not isinstance(out, Value):
        raise TypeError(
            f"{name} is a Value, with the graph that leads to the parameters, and this is {out!r}: "
            "was the graph cut by .data or float()?"
        )
    return out
