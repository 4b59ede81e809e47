# What fast_calls.pyx takes from fast_results.pyx.


cdef class Part:
    cdef Py_ssize_t start
    cdef Py_ssize_t count
    cdef object shape
    cdef object make
    cdef tuple keys
    cdef object fields
    cdef list parts


cdef object built(Part part, double* numbers, object empty)
