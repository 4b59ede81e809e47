"""Stands in for the `cython` module when the sources run uncompiled: the same spelling, no effect.

`_native.py` puts this module in the place of `cython` while it imports them, so a machine that only runs them needs none.
"""

compiled = False
double = int = longlong = ulonglong = Py_ssize_t = bint = void = p_double = p_void = size_t = uchar = char = float
NULL = None


def _unchanged(thing):
    return thing


cfunc = ccall = cclass = inline = final = no_gc = _unchanged


class _Nogil:
    """A decorator, and a block to run in."""

    def __call__(self, thing):
        return thing

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        return False


nogil = _Nogil()


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
