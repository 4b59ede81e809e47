# What fast_calls.pyx asks in each call.

cdef extern from "Python.h":
    void* defaults_of "PyFunction_GetDefaults" (object function)
    void* keywords_of "PyFunction_GetKwDefaults" (object function)
    object attributes_of "PyObject_GenericGetDict" (object thing, void* nothing)


cdef class Watched:
    cdef list functions
    cdef list objects
    cdef list bound
    cdef list held
    cpdef bint changed(self)
