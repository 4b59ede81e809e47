"""Stands in for the `cython` module when the sources run uncompiled: the same spelling, no effect.

`_native.py` puts this module in the place of `cython` while it imports them, so a machine that only runs them needs none.
"""

compiled = False
double = int = longlong = Py_ssize_t = bint = void = p_void = float
NULL = None


def _unchanged(thing):
    return thing


cfunc = ccall = cclass = inline = final = no_gc = nogil = _unchanged


def pointer(kind):
    return kind


def freelist(size):
    return _unchanged


def exceptval(*value, check=True):
    return _unchanged


def cast(kind, thing):
    return thing


def declare(kind, value=None):
    return value
