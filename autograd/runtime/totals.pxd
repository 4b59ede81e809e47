# Sums over rows, for those who run programs from C, and whether numbers are finite.

from libc.math cimport frexp
from libc.stdint cimport uint64_t
from libc.string cimport memcpy


cdef inline uint64_t carried_by(double x) noexcept nogil:
    """A number whose first bit says that x is NaN or infinite: these have an exponent of ones only, and one more goes into the
    sign."""
    cdef uint64_t bits
    memcpy(&bits, &x, 8)
    return (bits & <uint64_t> 0x7FFFFFFFFFFFFFFF) + (<uint64_t> 1 << 52)


cdef inline bint all_finite(const double* numbers, Py_ssize_t n) noexcept nogil:
    """Whether none of n numbers is NaN or infinite."""
    cdef uint64_t carried = 0
    cdef Py_ssize_t i
    for i in range(n):
        carried |= carried_by(numbers[i])
    return not carried >> 63


cdef inline bint is_power_of_two(double divisor, double* factor) noexcept nogil:
    """Whether a division is also a product with a `factor`, which has the same bits and takes a fraction of the time."""
    cdef int exponent = 0
    if frexp(divisor, &exponent) != 0.5 or not -1000 < exponent < 1000:
        return False
    factor[0] = 1.0 / divisor
    return True


cdef inline void divide(double* numbers, Py_ssize_t n, double divisor) noexcept nogil:
    """Divides n numbers."""
    cdef double factor = 1.0
    cdef Py_ssize_t i
    if divisor == 1.0:
        return
    if is_power_of_two(divisor, &factor):
        for i in range(n):
            numbers[i] = numbers[i] * factor
    else:
        for i in range(n):
            numbers[i] = numbers[i] / divisor


cdef inline bint sums_of_rows(double* each, const double* summed, Py_ssize_t n, double rows, bint mean) noexcept nogil:
    """Makes sums over rows, or means, in `each`: of what every row has, and of sums of what differs.

    False if one of them is not finite: then `Recorded.finite` in compiler/recorded.py has another way to add up.
    """
    cdef uint64_t carried = 0
    cdef double factor = 1.0
    cdef Py_ssize_t k
    if mean and is_power_of_two(rows, &factor):
        for k in range(n):
            each[k] = each[k] + summed[k] * factor
            carried |= carried_by(each[k])
    elif mean:
        for k in range(n):
            each[k] = each[k] + summed[k] / rows
            carried |= carried_by(each[k])
    else:
        for k in range(n):
            each[k] = each[k] * rows + summed[k]
            carried |= carried_by(each[k])
    return not carried >> 63


cdef inline object runs_of(object runs, const int[::1] fixed, const int[::1] sums, const int[::1] factors):
    """Fills an array with the summed outputs as runs of neighbours whose parts are neighbours, too.

    Five numbers each: how many; where what all rows share of the first is, and how far on that of the next; the sum of the first;
    and the place of the factor of all.
    """
    cdef Py_ssize_t n = fixed.shape[0]
    cdef Py_ssize_t begin = 0
    cdef Py_ssize_t end
    cdef int step
    while begin < n:
        end = begin + 1
        step = fixed[end] - fixed[begin] if end < n and 0 <= fixed[end] - fixed[begin] <= 1 else 0
        while (
            end < n and fixed[end] - fixed[end - 1] == step and sums[end] - sums[end - 1] == 1 and factors[end] == factors[begin]
        ):
            end += 1
        runs.extend([end - begin, fixed[begin], step, sums[begin], factors[begin]])
        begin = end
    return runs


cdef inline void add_up(double* each, double* summed, double* shared, double* totals, const int[::1] runs) noexcept nogil:
    """For each output what all rows share of it, and a sum over the rows with its factor."""
    cdef Py_ssize_t at, i, n
    cdef double factor
    cdef double* fixed
    cdef double* sums
    for at in range(0, runs.shape[0], 5):
        n = runs[at]
        fixed, sums, factor = shared + runs[at + 1], totals + runs[at + 3], shared[runs[at + 4]]
        if runs[at + 2]:
            memcpy(each, fixed, n * 8)
        else:
            for i in range(n):
                each[i] = fixed[0]
        for i in range(n):
            summed[i] = sums[i] * factor
        each += n
        summed += n


cdef inline bint add_up_plainly(
    double* each, double* shared, double* totals, const int[::1] runs, double rows, bint mean
) noexcept nogil:
    """What `add_up` and then `sums_of_rows` make, at once, where all factors are 1."""
    cdef Py_ssize_t at, i, n
    cdef double* fixed
    cdef bint finite = True
    for at in range(0, runs.shape[0], 5):
        n = runs[at]
        fixed = shared + runs[at + 1]
        if runs[at + 2]:
            memcpy(each, fixed, n * 8)
        else:
            for i in range(n):
                each[i] = fixed[0]
        finite &= sums_of_rows(each, totals + runs[at + 3], n, rows, mean)
        each += n
    return finite
