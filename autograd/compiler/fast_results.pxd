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
cdef int look_at_arrays(np) except -1
cdef double* numbers_of(object array, tuple shape) noexcept
