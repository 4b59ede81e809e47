"""Numbers coming in from outside: what is taken as a real number, and what is said of anything else."""

from __future__ import annotations

import operator
import sys
from numbers import Number
from typing import Any

from . import modes
from ._libm import rint


def of_numpy(name: str) -> Any:
    """A class of NumPy's; (), which nothing is an instance of, where NumPy is not loaded, or a thread is still loading it.

    >>> isinstance(2.0, of_numpy("ndarray"))
    False
    """
    return getattr(sys.modules.get("numpy"), name, ())


def real_number(x: Any) -> float:
    """The float of a real number that is no float to C, nor an int; a TypeError that says what to do for anything else.

    >>> from fractions import Fraction
    >>> real_number(Fraction(1, 2))
    0.5
    """
    if isinstance(x, float):  # which a number read inside compile() says it is
        return float(x)
    kind = type(x).__name__
    trace = modes.trace_here() if isinstance(x, (list, tuple, str, bytes)) else None
    if trace is not None:
        trace.asked_for_number(None, True)
    if isinstance(x, complex):
        raise TypeError(f"autograd computes with real numbers, and {x!r} is complex: give x.real, x.imag or abs(x)")
    if isinstance(x, (str, bytes)):
        raise TypeError(f"{x!r} is {kind}, not a number: give float({x!r}) if it spells one")
    if x is None:
        raise TypeError("None is not a number: was a return forgotten in the function it came from?")
    if isinstance(x, of_numpy("generic")):
        if x.dtype.kind in "biuf":
            return float(x)
        raise TypeError(f"autograd computes with real numbers, and {x!r} is {kind}")
    if hasattr(x, "__array__"):
        raise TypeError(
            f"a Value holds one number, and this is an array ({kind}): make a Value of each element, "
            "[Value(e) for e in x], call the function for each, [f(e) for e in x], or use x.item() if it has only one; "
            "NumPy's functions, np.exp(x), take arrays of Values"
        )
    if isinstance(x, (list, tuple, dict, set)):
        raise TypeError(f"a Value holds one number, and this is a {kind}: make a Value of each element, [Value(e) for e in x]")
    if hasattr(x, "__float__"):  # Fraction, Decimal, mpmath's numbers
        return float(x)
    raise TypeError(f"a {kind} is not a real number: give an int or a float")


FROM_THE_RIGHT: dict[Any, str] = {
    **{"add": "__radd__", "sub": "__rsub__", "mul": "__rmul__", "div": "__rtruediv__", "pow": "__rpow__"},
    **{"remainder": "__rmod__", "//": "__rfloordiv__", operator.lt: "__gt__", operator.le: "__ge__", operator.gt: "__lt__"},
    **{operator.ge: "__le__", operator.eq: "__eq__", operator.ne: "__eq__"},
}
"""By an operator the method of what stands on its right."""


def takes_from_the_right(x: Any, operator: Any, left: Any) -> bool:
    """Whether the class of a thing takes the right side of an operator itself: of vectors, dual numbers, quantities.

    Not so numbers and arrays of other libraries, which are taken as a float or told of; and not what has a float, and refuses
    what stands on the left, as sympy's constants do.

    >>> takes_from_the_right(2.0, "mul", 3.0), takes_from_the_right([2.0], "mul", 3.0)
    (False, False)
    """
    name = FROM_THE_RIGHT.get(operator)
    if name is None or isinstance(x, Number) or hasattr(x, "__array__"):
        return False
    if next((kind.__module__ for kind in type(x).__mro__ if name in vars(kind)), "builtins") == "builtins":
        return False
    try:
        return not hasattr(x, "__float__") or getattr(type(x), name)(x, left) is not NotImplemented
    except TypeError:
        return False


EXACT = 2**53
"""Up to here every integer is a float."""


def is_rounded(x: Any) -> bool:
    """Whether an integer is no float, so that it becomes another number where it becomes one.

    >>> is_rounded(2**53 + 1), is_rounded(2**60), is_rounded(0.1)
    (True, False, False)
    """
    return isinstance(x, int) and not -EXACT <= x <= EXACT and int(float(x)) != x


def too_large(x: int) -> OverflowError:
    return OverflowError(
        f"an integer of {x.bit_length()} bits is beyond the largest float, about 1.8e308; "
        "give a float, or math.inf if that is what you mean"
    )


def unrounding(other: Any) -> Any:
    """A number that compares exactly: of a float and a float32, NumPy would compare the roundings to float32."""
    if isinstance(other, (float, int)):
        return other
    # times stay what they are: item() may be a plain integer
    return other.item() if isinstance(other, of_numpy("generic")) and other.dtype.kind not in "mM" else other


def rounded(x: float, digits: int | None = None) -> float:
    """round() of a float as a float, infinite where Python's raises."""
    if digits is None:
        return float(rint(x))
    try:
        return round(x, digits)
    except OverflowError:  # rounded up beyond the largest float
        return x * float("inf")


LEAVING = {
    "float": "float({v}) would cut the graph here unseen: use v.data for the number, f'{{v:.2f}}' for a text; if this came "
    "from a function of math, as exp, v.exp() or autograd.exp(v); if v was put into a NumPy array, make that one of "
    "dtype=object",
    "int": "int({v}) would cut the graph here unseen: use int(v.data), or v.trunc() for a Value",
    "index": "{v} was to be an integer, to count with or as an index: autograd.take(xs, v) is the element that it chooses, and "
    "int(v.data) leaves the graph; where a compiled function was given it, give an integer, or name the argument in "
    "static_argnums or static_argnames",
    "complex": "autograd computes with real numbers: use complex(v.data) to leave the graph",
}


def leaving(v: Any, kind: str) -> TypeError:
    """The error for a Value that Python asks a plain number of. A trace is told, as it may have the number given as it is."""
    trace = modes.trace_here()
    if trace is not None:
        trace.asked_for_number(v, kind != "float")
    return TypeError(LEAVING[kind].format(v=repr(v)))
