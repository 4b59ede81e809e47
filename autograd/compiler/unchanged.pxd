# What fast_calls.pyx asks in each call.

cdef extern from *:
    """
    #define CODE_OF(function) ((void*) ((PyFunctionObject*) (function))->func_code)
    #define DEFAULTS_OF(function) ((void*) ((PyFunctionObject*) (function))->func_defaults)
    #define KEYWORDS_OF(function) ((void*) ((PyFunctionObject*) (function))->func_kwdefaults)
    """
    void* code_of "CODE_OF" (void* function)
    void* defaults_of "DEFAULTS_OF" (void* function)
    void* keywords_of "KEYWORDS_OF" (void* function)

cdef extern from "Python.h":
    object attributes_of "PyObject_GenericGetDict" (object thing, void* nothing)


cdef class KnownFunction:
    cdef tuple kept
    cdef bint has_defaults
    cdef bint has_keywords
    cdef void* function
    cdef void* code
    cdef void* defaults
    cdef void* keywords
    cdef bint is_as_it_was(self)


cdef class Watched:
    cdef list functions
    cdef list objects
    cdef list bound
    cdef list held
    cdef bint more_than_functions
    cdef bint more_changed(self)
    cpdef bint changed(self)
