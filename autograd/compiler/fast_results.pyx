# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""Results of the calls that fast_calls.pyx answers: numbers in memory as numbers, lists, tuples, dicts, dataclasses and arrays.

And where the numbers of an array stand, without asking NumPy, which takes 50 ns to describe one.
"""

cimport cython
from cpython.buffer cimport PyBUF_WRITABLE, Py_buffer, PyBuffer_Release, PyObject_GetBuffer
from cpython.list cimport PyList_New, PyList_SET_ITEM
from cpython.object cimport PyObject, PyObject_GenericSetAttr
from cpython.ref cimport Py_INCREF
from libc.string cimport memcpy

from ..derivatives.structures import Fields
from ..derivatives.trees import Mapping, Nested, Several, Structure


# ------------------------------------------------------------------------------------------------ arrays

cdef extern from *:
    """
    /* How NumPy's arrays begin. All that is compiled against NumPy reads them so, and its versions have kept it. */
    typedef struct {
        PyObject_HEAD
        double *data;
        int nd;
        Py_ssize_t *dimensions;
        Py_ssize_t *strides;
        PyObject *base;
        PyObject *descr;
        int flags;
    } ArrayHead;
    """
    ctypedef struct ArrayHead:
        double* data
        int nd
        Py_ssize_t* dimensions
        PyObject* descr
        int flags

cdef int PLAIN = 0x101  # of the flags: row by row without gaps, and aligned
cdef object FLOAT64 = None  # the dtype of float64; None as long as heads have not been seen to be what they should be


cdef double* numbers_of(object array, tuple shape) noexcept:
    """The numbers of an array of float64 of this shape, without gaps between them; NULL for any other. It must be an ndarray."""
    cdef ArrayHead* head = <ArrayHead*> <PyObject*> array
    cdef Py_ssize_t i
    if FLOAT64 is None or head.descr != <PyObject*> FLOAT64 or head.flags & PLAIN != PLAIN or head.nd != len(shape):
        return NULL
    for i in range(head.nd):
        if head.dimensions[i] != <Py_ssize_t> shape[i]:
            return NULL
    return head.data


cdef int look_at_arrays(np) except -1:
    """Compares the head of an array with what NumPy says of it, before any is read."""
    global FLOAT64
    cdef Py_buffer view
    cdef ArrayHead* head
    cdef bint right
    if FLOAT64 is not None:
        return 0
    array = np.zeros((2, 3))
    head = <ArrayHead*> <PyObject*> array
    PyObject_GetBuffer(array, &view, PyBUF_WRITABLE)
    right = head.data == <double*> view.buf and head.nd == 2 and head.flags & PLAIN == PLAIN
    PyBuffer_Release(&view)
    if right and head.descr == <PyObject*> array.dtype and head.dimensions[0] == 2 and head.dimensions[1] == 3:
        FLOAT64 = array.dtype
    return 0


# ------------------------------------------------------------------------------------------------ results


@cython.final
cdef class Part:
    """A node of a Tree, for numbers that stand one after the other in memory.

    start, count    which of the numbers are in this part
    parts           the parts inside, of a nested list, a tuple or a dict
    make            makes the thing of a list: of what the parts give, or of the numbers themselves; None for a leaf
    keys            of a dict that is of no class of its own; else None
    fields          of a dataclass the Fields; else None
    shape           that of an array; None for a lone number
    """

    def __init__(self, node, leaves, Py_ssize_t start):
        """node, leaves     of a Tree; the leaves are an iterator that stands before those of this node"""
        cdef Part part
        self.start, self.count = start, 0
        self.shape = self.make = None
        self.parts = []
        if isinstance(node, Several):
            self.make, self.count = node.make, node.size
            for _ in range(node.size):
                next(leaves)
        elif isinstance(node, (Nested, Mapping, Structure)):
            for inside in node.nodes:
                part = Part(inside, leaves, start + self.count)
                self.parts.append(part)
                self.count += part.count
            self.make = node.make
            if isinstance(node, Mapping) and type(node.given) is dict:
                self.keys = tuple(node.given)
            elif isinstance(node, Structure) and isinstance(node.recipe, Fields):
                self.fields = node.recipe
        else:
            leaf = next(leaves)
            self.shape, self.count = leaf.shape, leaf.size


cdef list floats(double* numbers, Py_ssize_t n):
    """A list of n numbers."""
    cdef list found = PyList_New(n)
    cdef Py_ssize_t i
    cdef object x
    for i in range(n):
        x = numbers[i]
        Py_INCREF(x)  # PyList_SET_ITEM takes a reference of its own
        PyList_SET_ITEM(found, i, x)
    return found


cdef object built(Part part, double* numbers, object empty):
    """The part of a result, made of its numbers. `empty` is numpy.empty."""
    cdef Py_buffer view
    cdef double* into
    if part.parts:
        if part.keys is not None:
            return dict_of(part, numbers, empty)
        if part.fields is not None:
            return dataclass_of(part, numbers, empty)
        if part.make is tuple and len(part.parts) == 2:  # value and gradient
            return built(part.parts[0], numbers, empty), built(part.parts[1], numbers, empty)
        inside = [built(p, numbers, empty) for p in part.parts]
        return tuple(inside) if part.make is tuple else part.make(inside)
    if part.make is not None:
        found = floats(numbers + part.start, part.count)
        return found if part.make is list else part.make(found)
    if part.shape is None:
        return numbers[part.start]
    filled = empty(part.shape)
    into = numbers_of(filled, part.shape)
    if into is not NULL:
        memcpy(into, numbers + part.start, part.count * 8)
        return filled
    PyObject_GetBuffer(filled, &view, PyBUF_WRITABLE)
    memcpy(view.buf, numbers + part.start, part.count * 8)
    PyBuffer_Release(&view)
    return filled


cdef dict dict_of(Part part, double* numbers, object empty):
    """What `Mapping.make` makes."""
    cdef dict made = {}
    cdef Py_ssize_t i
    for i in range(len(part.parts)):
        made[part.keys[i]] = built(part.parts[i], numbers, empty)
    return made


cdef object dataclass_of(Part part, double* numbers, object empty):
    """What `Fields.make` makes."""
    cdef object made = object.__new__(part.fields.kind)
    cdef tuple names = part.fields.names
    cdef Py_ssize_t i
    for name, value in part.fields.constants:
        PyObject_GenericSetAttr(made, name, value)
    for i in range(len(part.parts)):
        PyObject_GenericSetAttr(made, names[i], built(part.parts[i], numbers, empty))
    return made
