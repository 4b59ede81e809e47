cdef class Blocks:
    cdef public int paused
    cdef public int recording
    cdef public int watched
    cdef public int trusted
    cdef public list outside
    cdef public object trace
    cdef public tuple place
    cdef public object call

cdef int blocks_anywhere
cdef int calls_anywhere

cdef Blocks blocks_here()
