# Tuples of operands for the compiled build, made and read without counting references, and without numbers as Python has them.
# `_tuples.py` is the same list for the uncompiled files.

from autograd.engine.value cimport Value
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF
from cpython.sequence cimport PySequence_Fast_GET_SIZE
from cpython.tuple cimport PyTuple_GET_ITEM, PyTuple_GET_SIZE, PyTuple_New, PyTuple_SET_ITEM

cdef extern from "Python.h":
    double PyFloat_AS_DOUBLE(PyObject* x)
    PyObject* PySequence_Fast_GET_ITEM(object sequence, Py_ssize_t i)
    void PyObject_GC_UnTrack(PyObject* thing)


cdef inline void* element(tuple operands, Py_ssize_t i) noexcept:
    return <void*> PyTuple_GET_ITEM(operands, i)


cdef inline bint is_value(void* operand) noexcept:
    return type(<object> operand) is Value


cdef inline double datum(tuple operands, Py_ssize_t i) noexcept:
    cdef void* operand = element(operands, i)
    return (<Value> operand)._data if is_value(operand) else PyFloat_AS_DOUBLE(<PyObject*> operand)


cdef inline Py_ssize_t count_values(tuple operands) noexcept:
    cdef Py_ssize_t i, found = 0
    cdef void* operand
    for i in range(PyTuple_GET_SIZE(operands)):
        operand = element(operands, i)
        if is_value(operand):
            found += 1
        elif type(<object> operand) is not float:
            return -1
    return found


cdef inline void _append(tuple made, Py_ssize_t at, object operands) noexcept:
    cdef PyObject* each
    cdef Py_ssize_t i
    for i in range(PySequence_Fast_GET_SIZE(operands)):
        each = PySequence_Fast_GET_ITEM(operands, i)
        Py_INCREF(<object> each)
        PyTuple_SET_ITEM(made, at + i, <object> each)


cdef inline tuple joined(object xs, object ys):
    cdef tuple made = PyTuple_New(PySequence_Fast_GET_SIZE(xs) + PySequence_Fast_GET_SIZE(ys))
    _append(made, 0, xs)
    _append(made, PySequence_Fast_GET_SIZE(xs), ys)
    return made


cdef inline void keep_from_collector(tuple operands) noexcept:
    PyObject_GC_UnTrack(<PyObject*> operands)
