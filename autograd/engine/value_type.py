"""What is done to the class Value after it was made: methods are attached, and its deallocator is replaced.

Here also a node is made from its parts, for copies and pickles.
"""

from __future__ import annotations

import cython

if cython.compiled:
    from cython.cimports.autograd.engine.origins import new_origin
    from cython.cimports.autograd.engine.value import Value, constant, new_edges, set_note, tell_of
    from cython.cimports.cpython.object import PyObject, PyTypeObject, destructor
    from cython.cimports.cpython.type import PyType_Modified
else:
    from .origins import new_origin
    from .value import Value, constant, new_edges, set_note, tell_of


def attach(name: str, function) -> None:
    """Makes `function` a method of Value. The compiled class is closed to setattr, so its dictionary is written."""
    if cython.compiled:
        cython.cast(dict, cython.cast(cython.pointer(PyTypeObject), Value).tp_dict)[name] = function
        PyType_Modified(Value)
    else:
        setattr(Value, name, function)


class Signature:
    """What `inspect.signature(Value)` and editors are told, where a compiled class tells nothing by itself."""

    def __get__(self, node, kind):
        import inspect

        def leaf(data, label=""):
            """Takes the arguments that Value takes."""

        return inspect.signature(leaf)


attach("__signature__", Signature())


def restored(data, grad, row, operands, slopes, label, origin=None):
    """A node from its parts: how copies and pickles are rebuilt."""
    v: Value = constant(data)  # a copy keeps its edges also inside no_grad(), where node() would make a leaf
    v.code = row.code
    if row.code and not row.inline:
        edges = new_edges(tuple(operands))
        for i in range(len(slopes)):
            edges.slopes[i] = 0.0 if slopes[i] is None else slopes[i]
        v.extra = edges
    elif row.code:
        parts = [(o, s) if isinstance(o, Value) else (None, o) for o, s in zip(operands, slopes, strict=True)] + [(None, 0.0)]
        (v.x, v.dx), (v.y, v.dy) = parts[:2]
    v._grad = grad
    set_note(v, label if origin is None else new_origin(label, origin))
    tell_of(v)
    return v


# ------------------------------------------------------------------------------------------------ freeing
# Reference counting frees the parents of a node while it frees the node: down a long chain that would overflow the C stack.
# So the deallocator of the type is replaced by one that makes dying nodes wait in a list. (Uncompiled, Python does as much.)

if cython.compiled:
    _free_one = cython.declare(destructor, cython.cast(cython.pointer(PyTypeObject), Value).tp_dealloc)
    _dying = cython.declare(cython.p_void, cython.NULL)  # nodes without references, linked through `link`
    _freeing = cython.declare(cython.bint, False)

    @cython.cfunc
    @cython.exceptval(check=False)
    def free(dead: cython.pointer(PyObject)) -> cython.void:
        """Frees a node and every ancestor that nothing else refers to, one after the other: no recursion, no memory.

        Cython's own deallocator drops a node's references to its parents. Those that die of it come back here, and wait.
        """
        global _dying, _freeing
        at: cython.p_void = cython.cast(cython.p_void, dead)
        cython.cast(Value, at).link = _dying
        _dying = at
        if _freeing:
            return
        _freeing = True
        while _dying is not cython.NULL:
            at = _dying
            _dying = cython.cast(Value, at).link
            _free_one(cython.cast(cython.pointer(PyObject), at))
        _freeing = False

    cython.cast(cython.pointer(PyTypeObject), Value).tp_dealloc = free
