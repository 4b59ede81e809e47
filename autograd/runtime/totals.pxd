# Sums over rows, for those who run programs from C, and whether numbers are finite.

from libc.stdint cimport uint64_t
from libc.string cimport memcpy


cdef inline bint all_finite(const double* numbers, Py_ssize_t n) noexcept nogil:
    """Whether none of n numbers is NaN or infinite: these have an exponent of ones only, and one more goes into the sign."""
    cdef uint64_t carried = 0
    cdef uint64_t bits
    cdef Py_ssize_t i
    for i in range(n):
        memcpy(&bits, numbers + i, 8)
        carried |= (bits & <uint64_t> 0x7FFFFFFFFFFFFFFF) + (<uint64_t> 1 << 52)
    return not carried >> 63


cdef inline bint sums_of_rows(double* each, double* summed, Py_ssize_t n, double rows, bint mean) noexcept nogil:
    """Makes sums over rows, or means, in `each`: of what every row has, and of sums of what differs.

    False if one of them is not finite: then `Recorded.finite` in compiler/recorded.py has another way to add up.
    """
    cdef Py_ssize_t k
    if mean:
        for k in range(n):
            each[k] += summed[k] / rows
    else:
        for k in range(n):
            each[k] = each[k] * rows + summed[k]
    return all_finite(each, n)
