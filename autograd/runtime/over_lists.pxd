# What the loops of `loops.pyx.tp` over lists are made of.
# The rules of engine/reductions.py for one row, in the same order: so they have the same bits. x number j is at xs[j] * lanes.

from autograd.runtime._lanes cimport Code, Eight, Lanes, code_at, eight_at, eight_of, minus, plus, put_eight, sizes
from libc.math cimport INFINITY, NAN, exp, fabs, log1p


cdef inline double rest_of_products(double found, Code code, Py_ssize_t k, double* rows) noexcept nogil:
    """Adds the products of PRODUCTS, at one point, from number k on."""
    while k < code[4]:
        found += rows[code[5 + 2 * k]] * rows[code[6 + 2 * k]]
        k += 1
    return found


cdef inline Py_ssize_t add_four_products(Code code, Py_ssize_t begin, bint from_first, double* rows) noexcept nogil:
    """Four PRODUCTS at one point, side by side: the processor need not wait for one sum before it adds to another.

    Gives where they end.
    """
    cdef Code a = code_at(code, begin)
    cdef Code b = code_at(a, a[0])
    cdef Code c = code_at(b, b[0])
    cdef Code d = code_at(c, c[0])
    cdef Py_ssize_t n = min(a[4], b[4], c[4], d[4]), k = 0
    cdef double s = 0.0, t = 0.0, u = 0.0, v = 0.0
    if from_first:
        s, t, u, v = rows[a[5]] * rows[a[6]], rows[b[5]] * rows[b[6]], rows[c[5]] * rows[c[6]], rows[d[5]] * rows[d[6]]
        k = 1
    while k < n:
        s += rows[a[5 + 2 * k]] * rows[a[6 + 2 * k]]
        t += rows[b[5 + 2 * k]] * rows[b[6 + 2 * k]]
        u += rows[c[5 + 2 * k]] * rows[c[6 + 2 * k]]
        v += rows[d[5 + 2 * k]] * rows[d[6 + 2 * k]]
        k += 1
    rows[a[2]], rows[b[2]] = rest_of_products(s, a, n, rows), rest_of_products(t, b, n, rows)
    rows[c[2]], rows[d[2]] = rest_of_products(u, c, n, rows), rest_of_products(v, d, n, rows)
    return begin + a[0] + b[0] + c[0] + d[0]


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


cdef inline double rounding_error(double x, double y, double total) noexcept nogil:
    """That of engine/reductions.py, which loops would call in another module."""
    cdef double t = total - x
    return (x - (total - t)) + (y - t)


cdef inline double corrected(double e, double x, double top) noexcept nogil:
    """Makes exp(rounded x - top) that of x - top; where top is infinite, 1 for the x that are it and 0 for the others."""
    cdef double error = rounding_error(x, -top, x - top)
    error = error if error - error == 0.0 else 0.0
    return (1.0 if x == top else 0.0) if fabs(top) == INFINITY else e * (1.0 + error)


cdef inline double exponential(double x, double top) noexcept nogil:
    """exp(x - top), as `corrected` says."""
    return 1.0 if x == top else corrected(exp(x - top), x, top)


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
    cdef double larger
    cdef Py_ssize_t i
    for i in range(n):
        larger = x[i] if x[i] > top[i] else top[i]  # top where that is NaN
        top[i] = x[i] if x[i] != x[i] else larger


cdef inline void keep_smaller(Lanes least, Lanes x, Py_ssize_t n) noexcept nogil:
    """The smaller of each two; NaN where either is."""
    cdef double smaller
    cdef Py_ssize_t i
    for i in range(n):
        smaller = x[i] if x[i] < least[i] else least[i]
        least[i] = x[i] if x[i] != x[i] else smaller


cdef inline void extreme(double* out, double* rows, Code xs, Py_ssize_t n, Py_ssize_t lanes, bint of_largest) noexcept nogil:
    """The first of the largest in each row, or of the smallest; NaN where any is."""
    cdef Py_ssize_t k
    for k in range(lanes):
        out[k] = rows[xs[0] * lanes + k]
    for k in range(1, n):
        if of_largest:
            keep_larger(out, rows + xs[k] * lanes, lanes)
        else:
            keep_smaller(out, rows + xs[k] * lanes, lanes)


cdef inline void correct_exponential(Lanes e, Lanes x, Lanes top, Py_ssize_t n) noexcept nogil:
    """`corrected`, of each."""
    cdef Py_ssize_t i
    for i in range(n):
        e[i] = corrected(e[i], x[i], top[i])


cdef inline void add_exponential(Lanes rest, Lanes ties, Lanes e, Lanes x, Lanes top, Py_ssize_t n) noexcept nogil:
    """Adds what is no largest, and counts those that are: beside 1 a small sum would be lost."""
    cdef Py_ssize_t i
    for i in range(n):
        rest[i] = rest[i] + (0.0 if x[i] == top[i] else e[i])
        ties[i] = ties[i] + (1.0 if x[i] == top[i] else 0.0)


cdef inline Eight rounding_errors(Eight x, Eight y, Eight total) noexcept nogil:
    """`rounding_error`, of eight."""
    cdef Eight t = minus(total, x)
    return plus(minus(x, minus(total, t)), minus(y, t))


cdef inline void add_eight_with_rest(
    double* total, double* left, double* lost, double* rows, Code xs, Py_ssize_t n, Py_ssize_t lanes
) noexcept nogil:
    """For eight rows: the sum of n numbers, what its roundings leave over, and the sizes of what adding these up leaves over.

    Where nothing is lost, total and left are the whole.
    """
    cdef Eight sum = eight_of(0.0), rest = eight_of(0.0), size = eight_of(0.0), x, next, error
    cdef Py_ssize_t j
    for j in range(n):
        x = eight_at(rows + xs[j] * lanes)
        next = plus(sum, x)
        error = rounding_errors(sum, x, next)
        sum = next
        next = plus(rest, error)
        size = plus(size, sizes(rounding_errors(rest, error, next)))
        rest = next
    put_eight(total, sum)
    put_eight(left, rest)
    put_eight(lost, size)


cdef inline void add_with_rest(
    double* total, double* left, double* lost, double* rows, Code xs, Py_ssize_t n, Py_ssize_t lanes
) noexcept nogil:
    """The same for one row."""
    cdef double x, next, error
    cdef Py_ssize_t j
    total[0] = left[0] = lost[0] = 0.0
    for j in range(n):
        x = rows[xs[j] * lanes]
        next = total[0] + x
        error = rounding_error(total[0], x, next)
        total[0] = next
        next = left[0] + error
        lost[0] = lost[0] + fabs(rounding_error(left[0], error, next))
        left[0] = next


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
