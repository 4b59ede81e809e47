# What the loops of `loops.pyx.tp` over lists are made of.
# The rules of engine/reductions.py for one row, in the same order: so they have the same bits. x number j is at xs[j] * lanes.

from autograd.engine.reductions cimport difference_error
from autograd.runtime._lanes cimport Code, Lanes
from libc.math cimport INFINITY, NAN, exp, fabs, log1p


cdef inline double largest(double* rows, Code xs, Py_ssize_t n, Py_ssize_t lanes, double sign) noexcept nogil:
    """The largest of sign * x; NaN when any is."""
    cdef double x, top = sign * rows[xs[0] * lanes]
    cdef Py_ssize_t j
    for j in range(n):
        x = sign * rows[xs[j] * lanes]
        if x != x:
            return NAN
        if x > top:
            top = x
    return top


cdef inline double exponential(double x, double top) noexcept nogil:
    """exp(x - top); where top is infinite, 1 for the x that are it and 0 for the others."""
    if fabs(top) == INFINITY:
        return 1.0 if x == top else 0.0
    return exp(x - top) * (1.0 + difference_error(x, top))


cdef inline Py_ssize_t place_of(double* rows, Code xs, Py_ssize_t n, Py_ssize_t lanes, double top) noexcept nogil:
    """The number of the first x that is `top`; 0 if none is."""
    cdef Py_ssize_t j
    for j in range(n):
        if rows[xs[j] * lanes] == top:
            return j
    return 0


cdef inline double sum_of_others(double* rows, Code xs, Py_ssize_t n, Py_ssize_t lanes, double top, Py_ssize_t place) noexcept nogil:
    """The sum of the exponentials of all x but number `place`."""
    cdef double found = 0.0
    cdef Py_ssize_t j
    for j in range(n):
        if j != place:
            found = found + exponential(rows[xs[j] * lanes], top)
    return found


cdef inline double log_softmax(double* rows, Code xs, Py_ssize_t n, Py_ssize_t lanes, double top, double rest, Py_ssize_t i) noexcept nogil:
    """Of x number i; `rest` is the sum of the others than a largest."""
    cdef double x = rows[xs[i] * lanes]
    if x != top and x == x:
        return (x - top) - log1p(rest)
    if x == -INFINITY or x != x:
        return NAN
    rest = sum_of_others(rows, xs, n, lanes, top, i)
    return 0.0 - log1p(rest) if x == INFINITY else -log1p(rest)


cdef inline void keep_larger(Lanes top, Lanes x, Py_ssize_t n) noexcept nogil:
    """The larger of each two; NaN where either is."""
    cdef Py_ssize_t i
    for i in range(n):
        top[i] = top[i] if top[i] != top[i] or x[i] <= top[i] else x[i]


cdef inline void correct_exponential(Lanes e, Lanes x, Lanes top, Py_ssize_t n) noexcept nogil:
    """Makes exp(rounded x - top) that of x - top; where top is infinite, 1 for the x that are it and 0 for the others."""
    cdef double d, t, error
    cdef Py_ssize_t i
    for i in range(n):
        d = x[i] - top[i]
        t = d - x[i]
        error = (x[i] - (d - t)) - (top[i] + t)
        error = error if error - error == 0.0 else 0.0
        e[i] = (1.0 if x[i] == top[i] else 0.0) if fabs(top[i]) == INFINITY else e[i] * (1.0 + error)


cdef inline void add_exponential(Lanes rest, Lanes ties, Lanes e, Lanes x, Lanes top, Py_ssize_t n) noexcept nogil:
    """Adds what is no largest, and counts those that are: beside 1 a small sum would be lost."""
    cdef Py_ssize_t i
    for i in range(n):
        rest[i] = rest[i] + (0.0 if x[i] == top[i] else e[i])
        ties[i] = ties[i] + (1.0 if x[i] == top[i] else 0.0)


cdef inline bint exact_sum(double* found, double* rows, Code xs, Py_ssize_t n, Py_ssize_t lanes) noexcept nogil:
    """The correctly rounded sum, as math.fsum makes it: by partial sums that hold all digits. False where that does not do."""
    cdef double[64] partials
    cdef double x, y, high, low
    cdef Py_ssize_t count = 0, kept, i, j
    for i in range(n):
        x = rows[xs[i] * lanes]
        kept = 0
        for j in range(count):
            y = partials[j]
            high = x + y
            low = y - (high - x) if fabs(x) >= fabs(y) else x - (high - y)
            if low != 0.0:
                partials[kept] = low
                kept += 1
            x = high
        if x - x != 0.0 or kept == 64:
            return False
        count = kept
        if x != 0.0:
            partials[count] = x
            count += 1
    found[0] = 0.0
    if count == 0:
        return True
    count -= 1
    high = partials[count]
    low = 0.0
    while count > 0 and low == 0.0:
        count -= 1
        x = high
        high = x + partials[count]
        low = partials[count] - (high - x)
    if count > 0 and ((low > 0.0 and partials[count - 1] > 0.0) or (low < 0.0 and partials[count - 1] < 0.0)):
        # low may be half a unit of high: what is below it decides.
        y = low * 2.0
        x = high + y
        if x - high == y:
            high = x
    found[0] = high
    return True
