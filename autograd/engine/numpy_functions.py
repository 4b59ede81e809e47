"""NumPy's functions on Values: what `np.maximum(v, w)` and `np.isnan(v)` give.

Most of them NumPy applies by itself: to a Value, as to each element of an array of objects, by the operator or the method of
that name. This file has what NumPy could not do so, or would do by another policy than autograd's: the maximum of two equal
Values has half a slope for each, where NumPy takes the first of them.

An array of Values alone never comes by here, since it is NumPy's. Of such arrays NumPy's maximum is of elements, compared.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable
from typing import Any

from .functions import FUNCTIONS, copysign, logaddexp, maximum, minimum, sign, where
from .numbers import real_number
from .value import Value
from .value_type import attach

LN2 = math.log(2.0)


def deg2rad(x: Any) -> Any:
    """The angle x, given in degrees, in radians."""
    return x * (math.pi / 180.0)


def rad2deg(x: Any) -> Any:
    """The angle x, given in radians, in degrees."""
    return x * (180.0 / math.pi)


def not_nan(choose: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """`choose` of two numbers, and where one is NaN the other."""
    return lambda x, y: where(x != x, y, where(y != y, x, choose(x, y)))


def heaviside(x: Any, at_0: Any) -> Any:
    """0 below 0, 1 above, and at 0 what is given for it."""
    return where(x == 0.0, at_0, sign(x) * 0.5 + 0.5)


OURS: dict[str, Callable[..., Any]] = {
    "copysign": copysign,
    "deg2rad": deg2rad,
    "degrees": rad2deg,
    "divmod": divmod,
    "fabs": abs,
    "float_power": pow,
    "fmax": not_nan(maximum),
    "fmin": not_nan(minimum),
    "heaviside": heaviside,
    "isfinite": lambda x: abs(x) < math.inf,
    "isinf": lambda x: abs(x) == math.inf,
    "isnan": lambda x: x != x,
    "logaddexp": logaddexp,
    "logical_xor": lambda x, y: bool(x) != bool(y),
    "logaddexp2": lambda x, y: logaddexp(x * LN2, y * LN2) / LN2,
    "maximum": maximum,
    "minimum": minimum,
    "rad2deg": rad2deg,
    "radians": deg2rad,
    "signbit": lambda x: x._flat("unit", x) < 0.0,
}


ALONE: dict[str, Callable[..., Any]] = {
    **{name: FUNCTIONS[name] for name in FUNCTIONS.keys() - {"square", "reciprocal"}},
    "add": operator.add,
    "divide": operator.truediv,
    "floor_divide": operator.floordiv,
    "multiply": operator.mul,
    "negative": operator.neg,
    "power": operator.pow,
    "subtract": operator.sub,
    "expit": FUNCTIONS["sigmoid"],  # as scipy.special calls them
    "log_expit": FUNCTIONS["logsigmoid"],
    **OURS,
}
"""What is done of lone Values and numbers. But for OURS, NumPy does the same of the elements of arrays."""


def array_ufunc(self: Value, ufunc: Any, method: str, *operands: Any, **options: Any) -> Any:
    """What NumPy asks of a Value that one of its functions was given, beside numbers, arrays and other Values."""
    if method == "__call__" and not options:
        function = ALONE.get(ufunc.__name__)
        if function is not None and not any([type(x) is not Value and getattr(x, "ndim", 0) for x in operands]):
            return function(*[x if type(x) is Value else _alone(x) for x in operands])
        if function is not None and ufunc.__name__ in OURS:
            return _by_element(function, ufunc, operands)
    try:
        with sys.modules["numpy"].errstate(all="ignore"):  # Values never raise, nor warn
            return getattr(ufunc, method)(*map(_as_object, operands), **options)
    except TypeError as problem:
        if "ufunc" not in str(problem):
            raise
        name = ufunc.__name__
        numpys = getattr(sys.modules["numpy"], name, None) is ufunc  # SciPy has such functions, too
        raise TypeError(
            f"{'NumPy' if numpys else 'SciPy'}'s {name} is not for Values: take it of the number, {'np.' * numpys}{name}"
            "(v.data), which leaves the graph, or write it with operators and functions of autograd, or as a `primitive`"
        ) from None


def _by_element(function: Callable[..., Any], ufunc: Any, operands: Any) -> Any:
    import numpy as np

    with np.errstate(all="ignore"):
        return np.frompyfunc(function, ufunc.nin, ufunc.nout)(*map(_as_object, operands))


def _alone(x: Any) -> Any:
    """A lone Value or number, not one of NumPy's, which would ask again."""
    if isinstance(x, Value):
        return x
    if hasattr(x, "item"):
        if x.dtype.kind in "mM":  # times, of which item() may be a plain integer
            real_number(x[()])
        return float(x) if x.dtype.kind == "f" else x.item()
    return x


def _as_object(x: Any) -> Any:
    """A Value, or a number of NumPy's, in an array of no dimensions of objects, where NumPy does not ask it."""
    if isinstance(x, sys.modules["numpy"].ndarray):
        if x.dtype.kind in "mM":
            raise TypeError(f"autograd computes with real numbers, and this is an array of times ({x.dtype})")
        return x
    array = sys.modules["numpy"].empty((), dtype=object)
    array[()] = _alone(x)
    return array


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *others: function(self, *others)


for asked in ("deg2rad", "degrees", "fabs", "logical_xor", "rad2deg", "radians"):
    attach(asked, _method(OURS[asked]))  # what NumPy asks of each element of an array
attach("__array_ufunc__", array_ufunc)
