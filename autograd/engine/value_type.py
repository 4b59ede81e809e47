"""What is done to the class Value after it was made: methods are attached, and its deallocator is replaced."""

from __future__ import annotations

import cython

if cython.compiled:
    from cython.cimports.autograd.engine.value import Value
    from cython.cimports.cpython.object import PyObject, PyTypeObject, destructor
    from cython.cimports.cpython.type import PyType_Modified
else:
    from .value import Value


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
