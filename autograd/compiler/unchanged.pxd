# What fast_calls.pyx asks in each call.

cdef class Watched:
    cdef list codes
    cdef list bound
    cdef list held
    cpdef bint changed(self)
