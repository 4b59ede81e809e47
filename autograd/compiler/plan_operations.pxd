# What plan_shared.py goes on with.

cdef class Operations:
    cdef Py_ssize_t size
    cdef object listing
    cdef object columns
    cdef int[::1] op
    cdef int[::1] kinds
    cdef int[::1] codes
    cdef int[::1] first
    cdef int[::1] many
    cdef int[::1] reads
    cdef Py_ssize_t end_of_reads
    cdef dict parts
    cdef _read(self, int register)
    cdef _select(self, int[::1] varies, columns)
    cdef _find_long_sums(self)
    cdef _make_long_sum(self, Py_ssize_t last, int[::1] longer)
    cdef _make_products(self, Py_ssize_t last, int[::1] uses)
