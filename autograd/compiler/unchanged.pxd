# What fast_calls.pyx asks in each call.

cdef extern from *:
    """
    #define CODE_OF(function) ((void*) ((PyFunctionObject*) (function))->func_code)
    #define DEFAULTS_OF(function) ((void*) ((PyFunctionObject*) (function))->func_defaults)
    #define KEYWORDS_OF(function) ((void*) ((PyFunctionObject*) (function))->func_kwdefaults)
    #define NUMBER_OF(names) (((PyDictObject*) (names))->ma_used)
    """
    void* code_of "CODE_OF" (void* function)
    void* defaults_of "DEFAULTS_OF" (void* function)
    void* keywords_of "KEYWORDS_OF" (void* function)
    Py_ssize_t number_of "NUMBER_OF" (void* names)

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
    cdef frozenset from_python
    cdef object names
    cdef void* names_there
    cdef Py_ssize_t size
    cdef bint is_as_it_was(self)
    cdef bint takes_the_same_from_python(self)


cdef class Watched:
    cdef list functions
    cdef list objects
    cdef list bound
    cdef list held
    cdef bint more_than_functions
    cdef object registered
    cdef bint more_changed(self)
    cpdef bint changed(self)


cdef class KnownParts:
    cdef object apart
    cdef list objects
    cdef list held
    cdef bint has_pairs(self, dict now, list before)
    cpdef bint holds(self)
