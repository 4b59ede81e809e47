"""The elementary functions for the uncompiled files: C99 and IEEE 754 results on floats, nodes on Values.

Python's `math` raises where the C library returns an infinity or NaN; here it returns. `_libm.pxd` is the same list for
the compiled build.
"""

import math
from math import inf, nan


def data_of(x):
    return x if isinstance(x, float) else x.data


def flat1(rule, name, x):
    return rule(x) if isinstance(x, float) else x._flat(name, x)


def flat2(rule, name, x, y):
    if isinstance(x, float) and isinstance(y, float):
        return rule(x, y)
    return y._flat(name, x, y) if isinstance(x, float) else x._flat(name, x, y)


def node1(rule, name, x):
    return rule(x) if isinstance(x, float) else x._node(name, x)


def node2(rule, name, x, y):
    if isinstance(x, float) and isinstance(y, float):
        return rule(x, y)
    return y._node(name, x, y) if isinstance(x, float) else x._node(name, x, y)


def is_constant(x):
    return isinstance(x, float)


def divide(x, y):
    try:
        return x / y
    except ZeroDivisionError:
        if x == 0.0 or x != x:
            return nan
        return math.copysign(inf, x) * math.copysign(1.0, y)


def _elementary(name, function, overflow=None, pole=None):
    """C's version of a one-argument function: `overflow(x)` where it overflows, `pole(x)` where it has a pole, NaN outside."""

    def elementary(x):
        if not isinstance(x, float):
            return getattr(x, name)()
        try:
            return function(x)
        except OverflowError:
            return overflow(x)
        except ValueError:
            return pole(x) if pole is not None else nan

    elementary.__name__ = name
    return elementary


def _infinite(x):
    return inf


def _signed_infinity(x):
    return math.copysign(inf, x)


def _log_pole(x):
    return -inf if x == 0.0 else nan


exp = _elementary("exp", math.exp, overflow=_infinite)
exp2 = _elementary("exp2", math.exp2, overflow=_infinite)
expm1 = _elementary("expm1", math.expm1, overflow=_infinite)
log = _elementary("log", math.log, pole=_log_pole)
log2 = _elementary("log2", math.log2, pole=_log_pole)
log10 = _elementary("log10", math.log10, pole=_log_pole)
log1p = _elementary("log1p", math.log1p, pole=lambda x: -inf if x == -1.0 else nan)
sqrt = _elementary("sqrt", math.sqrt)
cbrt = _elementary("cbrt", math.cbrt)
sin = _elementary("sin", math.sin)
cos = _elementary("cos", math.cos)
tan = _elementary("tan", math.tan)
arcsin = _elementary("arcsin", math.asin)
arccos = _elementary("arccos", math.acos)
arctan = _elementary("arctan", math.atan)
sinh = _elementary("sinh", math.sinh, overflow=_signed_infinity)
cosh = _elementary("cosh", math.cosh, overflow=_infinite)
tanh = _elementary("tanh", math.tanh)
arcsinh = _elementary("arcsinh", math.asinh)
arccosh = _elementary("arccosh", math.acosh)
arctanh = _elementary("arctanh", math.atanh, pole=lambda x: math.copysign(inf, x) if abs(x) == 1.0 else nan)
erf = _elementary("erf", math.erf)
erfc = _elementary("erfc", math.erfc)


def pow(x, y):
    if not (isinstance(x, float) and isinstance(y, float)):
        return x**y
    try:
        return math.pow(x, y)
    except OverflowError:
        odd = math.fmod(y, 2.0) in (1.0, -1.0)
        return math.copysign(inf, x) if odd else inf
    except ValueError:
        if x != 0.0:
            return nan
        odd = math.fmod(y, 2.0) in (1.0, -1.0)
        return math.copysign(inf, x) if odd else inf


def fmod(x, y):
    try:
        return math.fmod(x, y)
    except ValueError:
        return nan


arctan2 = math.atan2
copysign = math.copysign


def _integral(function):
    def integral(x):
        return math.copysign(float(function(x)), x) if math.isfinite(x) else x

    return integral


floor = _integral(math.floor)
ceil = _integral(math.ceil)
trunc = _integral(math.trunc)
rint = _integral(round)


def doubles(n):
    return [0.0] * n


def free_doubles(block):
    pass
