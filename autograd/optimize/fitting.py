"""Curves fitted to points, and how well the points determine them."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

from ..compiler.compiled import Compiled
from ..derivatives.argument_names import name_of, name_of_argument
from ..derivatives.functional import jacobian
from ..derivatives.trees import refuse_more_than_numbers
from ..pictures.colours import BLUE, GRID, INK
from ..pictures.figures import File, new_figure, saved
from .derivatives import Derivatives
from .points import array_of
from .scipys import refuse_derivatives, scipy_optimize


class _Found(NamedTuple):
    popt: Any
    pcov: Any


class CurveFit(_Found):
    """What `curve_fit` found: `popt, pcov = fit`, as in SciPy, and more.

    popt    the parameters, an array
    pcov    their covariances, (parameters, parameters)
    names   what the function calls them
    x, y    the points, and `sigma`, the errors of the y, or None

    Printed, it has each parameter with its standard error. Called with other x, it gives the fitted function there, and
    `error_at(x)` how far that is uncertain.

    >>> import numpy as np
    >>> fit = curve_fit(lambda x, a, b: a + b * x, np.array([0.0, 1.0, 2.0, 3.0]), [1.0, 3.1, 4.9, 7.0])
    >>> fit.names, fit.popt.round(2).tolist(), fit.stderr.round(2).tolist()
    (['a', 'b'], [1.03, 1.98], [0.08, 0.04])
    >>> fit([10.0]).round(2).tolist(), fit.error_at([10.0]).round(2).tolist()
    ([20.83], [0.36])
    """

    f: Callable[..., Any]
    x: Any
    y: Any
    sigma: Any
    info: dict[str, Any]
    _model: Any

    @property
    def stderr(self) -> Any:
        """The standard error of each parameter: the root of its variance."""
        return self.pcov.diagonal() ** 0.5

    @property
    def names(self) -> list[str]:
        return [name_of_argument(self.f, i + 1) or f"p{i}" for i in range(len(self.popt))]

    @property
    def residuals(self) -> Any:
        """What the function gives at each x, minus y."""
        return self(self.x) - self.y

    def __call__(self, x: Any) -> Any:
        """The fitted function at other x: an array."""
        return self._model.values(self.popt, _as_given(x))

    def error_at(self, x: Any) -> Any:
        """The standard error of the fitted function at other x, to first order: of what the parameters leave open."""
        rows = self._model.jacobian(self.popt, _as_given(x))
        return ((rows @ self.pcov) * rows).sum(axis=1) ** 0.5

    def _told(self, width: int = 0) -> list[str]:
        """Each parameter as text, its name so wide, to the second digit of its error."""
        told = []
        for name, value, error in zip(self.names, self.popt, self.stderr, strict=True):
            digits = 6
            if value and 0.0 < error < math.inf:
                digits = min(max(math.floor(math.log10(abs(value))) - math.floor(math.log10(error)) + 2, 2), 15)
            told.append(f"{name:{width}} = {value:.{digits}g} ± {error:.2g}")
        return told

    def __str__(self) -> str:
        return "\n".join(self._told(max(map(len, self.names))))

    def __repr__(self) -> str:
        return f"<fit of {name_of(self.f)} to {len(self.y)} points: {', '.join(self._told())}>"

    def plot(self, file: File = None, *, title: str = "") -> Any:
        """The points, the fitted curve, and a band of two standard errors around it: a matplotlib Figure.

        file    a path or an open file to write it to as well

        TypeError where x is no array of one dimension. ImportError without matplotlib.

        >>> import numpy as np
        >>> x = np.linspace(0.0, 1.0, 5)
        >>> figure = curve_fit(lambda x, a, b: a + b * x, x, 2.0 * x + [0.1, 0.0, -0.1, 0.0, 0.1]).plot()
        """
        if getattr(self.x, "ndim", 0) != 1:
            raise TypeError("plot() draws y over x, for an x that is an array of one dimension")
        figure, axes = new_figure(7.0, 4.2)
        axes.grid(True, color=GRID)
        low, high = self.x.min(), self.x.max()
        fine = array_of([low + (high - low) * k / 199.0 for k in range(200)])
        curve, error = self(fine), self.error_at(fine)
        if all(map(math.isfinite, error)):
            axes.fill_between(fine, curve - 2.0 * error, curve + 2.0 * error, color=BLUE, alpha=0.2, linewidth=0)
        axes.plot(fine, curve, color=BLUE, linewidth=2, label=name_of(self.f))
        bars = self.sigma if getattr(self.sigma, "ndim", 0) == 1 else None
        axes.errorbar(self.x, self.y, bars, fmt="o", color=INK, markersize=4, capsize=2 if bars is not None else 0)
        axes.set_xlabel(name_of_argument(self.f, 0) or "x")
        axes.set_title(title or ", ".join(self._told()), parse_math=False)
        return saved(figure, file)


def curve_fit(
    f: Callable[..., Any],
    xdata: Any,
    ydata: Any,
    p0: Any = None,
    sigma: Any = None,
    absolute_sigma: bool = False,
    *,
    jac: Any = None,
    full_output: bool = False,
    compile: bool | None = None,
    **options: Any,
) -> Any:
    """scipy.optimize.curve_fit with the Jacobian from the graph: parameters with which f(xdata, *parameters) is nearest ydata.

    f                       of x and of each parameter; ordinary Python or NumPy code. A compiled function is taken, too, with
                            its rows along x
    p0                      where the parameters start; 1.0 for each if left out
    sigma, absolute_sigma   the errors of ydata (or their covariances), and whether they are meant absolutely
    compile                 as for `minimize`

    These and the other arguments are SciPy's. Gives a `CurveFit`, which is (popt, pcov) and has `stderr`, `plot()` and more;
    with `full_output` SciPy's tuple of five.

    >>> import numpy as np
    >>> t = np.array([0.0, 1.0, 2.0, 3.0])
    >>> fit = curve_fit(lambda t, a, rate: a * np.exp(-rate * t), t, [2.0, 1.1, 0.5, 0.2])
    >>> print(fit)
    a    = 2.023 ± 0.071
    rate = 0.677 ± 0.049
    >>> popt, pcov = fit
    """
    refuse_derivatives("jac", jac)
    for given in (xdata, ydata, sigma):
        refuse_more_than_numbers(given)
    if _is_flat(xdata) and _is_flat(ydata) and len(xdata) != len(ydata):
        raise ValueError(f"there are {len(xdata)} x and {len(ydata)} y: give one y for each x")
    model = _ByRows(f) if isinstance(f, Compiled) else _Plain(f, compile)

    plain = f.f if isinstance(f, Compiled) else f

    @functools.wraps(plain)
    def values(x: Any, *p: float) -> Any:
        return model.values(array_of(p), x)

    def slopes(x: Any, *p: float) -> Any:
        return model.jacobian(array_of(p), x)

    settings = {"p0": p0, "sigma": sigma, "absolute_sigma": absolute_sigma, "jac": slopes, "full_output": True, **options}
    popt, pcov, info, message, code = scipy_optimize().curve_fit(values, xdata, ydata, **settings)
    if full_output:
        return popt, pcov, info, message, code
    fit = CurveFit(popt, pcov)
    fit.f, fit.info, fit._model = plain, info, model
    fit.x = _as_given(xdata)
    fit.y, fit.sigma = array_of(ydata), None if sigma is None else array_of(sigma)
    return fit


def _is_flat(thing: Any) -> bool:
    """Whether it is an array of one dimension, or a list of what has no length."""
    if isinstance(thing, list):
        return not any(hasattr(each, "__len__") for each in thing)
    return getattr(thing, "ndim", 0) == 1


def _as_given(x: Any) -> Any:
    """What a function gets for xdata: lists become arrays, as in SciPy, and anything else stays what it is."""
    return array_of(x) if isinstance(x, (list, tuple)) else x


class _Plain:
    """A function of x and parameters, by its values and its Jacobian in the parameters."""

    def __init__(self, f: Callable[..., Any], compile: bool | None) -> None:
        self._made_of = f, compile
        self.at = Derivatives(functools.wraps(f)(lambda p, x: f(x, *p)), compile=compile)

    def __reduce__(self) -> tuple[Any, ...]:
        return _Plain, self._made_of

    def values(self, p: Any, x: Any) -> Any:
        return self.at.values(p, x)

    def jacobian(self, p: Any, x: Any) -> Any:
        return self.at.jacobian(p, x)


class _ByRows:
    """The same of a function that is compiled already."""

    def __init__(self, f: Compiled[Any]) -> None:
        self.f = f
        self.slopes: dict[int, Any] = {}

    def values(self, p: Any, x: Any) -> Any:
        return self.f(x, *p.tolist())

    def jacobian(self, p: Any, x: Any) -> Any:
        found = self.slopes.get(len(p))
        if found is None:
            found = self.slopes[len(p)] = self.f.with_function(jacobian(self.f.f, [*range(1, len(p) + 1)]))
        return array_of(found(x, *p.tolist())).T
