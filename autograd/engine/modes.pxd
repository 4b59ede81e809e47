cdef class Listener:
    cdef public object trace
    cdef public object made
    cdef public object origin
    cdef public dict origins


cdef class Modes:
    cdef readonly object block
    cdef readonly Modes around
    cdef public bint paused
    cdef public bint recording
    cdef bint silent
    cdef public bint watched
    cdef public bint trusted
    cdef public Listener listener
    cdef public object call
    cdef public object notes
    cdef bint counted
    cdef bint in_call

cdef int blocks_anywhere
cdef int calls_anywhere

cdef Modes modes_here()
cdef bint silent_here() except? -1
cpdef object trace_here()
cpdef object tell_that_it_is_no_integer(v)
cpdef object notes_here()
cpdef object calling_frame()
cpdef tuple line_of(object frame)
cdef Modes without(Modes modes, object block)
cdef Modes without_left_elsewhere(Modes found)
