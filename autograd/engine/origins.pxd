# The fields of an Origin, for the compiled build.

from autograd.engine.modes cimport Listener


cdef class Origin:
    cdef str label
    cdef tuple place
    cdef object call


cdef Origin new_origin(str label, tuple place)
cdef Origin relabelled(Origin origin, str label)
cdef Origin origin_here(Listener listener)
