# Numbers read into registers: of lists and arrays, and of the columns of tables of rows, where they stand. The numbers of a
# register with rows are neighbours.

from cpython.buffer cimport PyBUF_STRIDES, Py_buffer, PyBuffer_IsContiguous, PyBuffer_Release, PyObject_GetBuffer
from cpython.object cimport PyObject
from libc.string cimport memcpy

cdef extern from "Python.h":
    PyObject** PySequence_Fast_ITEMS(object)  # the items of a list or a tuple, in place
    Py_ssize_t PySequence_Fast_GET_SIZE(object)  # how many there are, whatever the len() of a class of its own says

cdef extern from *:
    """
    #if defined(__GNUC__) || defined(__clang__)
    #define autograd_ask_for(place) __builtin_prefetch(place)
    #else
    #define autograd_ask_for(place) ((void) (place))
    #endif
    """
    void ask_for "autograd_ask_for"(const char*) noexcept nogil


cdef inline void read_column(
    double* out, const char* base, Py_ssize_t stride, const long long* index, Py_ssize_t n, Py_ssize_t lanes, Py_ssize_t ahead
) noexcept nogil:
    """n numbers of a column from `base` on, or those of the rows in `index`, and the last of them again up to `lanes`.

    ahead       how many bytes further on the rows are that will be read next, for the processor to fetch them; 0 for none
    """
    cdef Py_ssize_t i
    if index is not NULL:
        for i in range(n):
            memcpy(out + i, base + index[i] * stride, 8)
    elif stride == 8:
        memcpy(out, base, n * 8)
        for i in range(0, ahead, 64):
            ask_for(base + ahead + i)
    else:
        for i in range(n):
            memcpy(out + i, base + i * stride, 8)  # not as a double: a field of a record may begin at any byte
    for i in range(n, lanes):
        out[i] = out[n - 1]


cdef inline void read_beside(
    double* out, const char* base, Py_ssize_t stride, const long long* index, Py_ssize_t n, Py_ssize_t lanes, Py_ssize_t columns,
    Py_ssize_t ahead
) noexcept nogil:
    """The same of so many columns that stand one beside the other, row by row, as they stand in memory."""
    cdef Py_ssize_t i, j, k
    cdef const char* row
    cdef double* to
    for i in range(n):
        row = base + (index[i] if index is not NULL else i) * stride
        for j in range(0, columns, 8):
            if ahead:
                ask_for(row + ahead + 8 * j)
            to = out + j * lanes + i
            if columns - j >= 8:
                for k in range(8):  # a number of times that the compiler knows
                    memcpy(to + k * lanes, row + 8 * (j + k), 8)
            else:
                for k in range(columns - j):
                    memcpy(to + k * lanes, row + 8 * (j + k), 8)
    for j in range(columns):
        to = out + j * lanes
        for i in range(n, lanes):
            to[i] = to[n - 1]


cdef inline object beside_each_other(object found, const int[::1] columns, const int[::1] places):
    """Fills an array: for each input how many, from it on, are columns one beside the other, and have places so, too."""
    cdef int[::1] many = found
    cdef Py_ssize_t k
    for k in range(columns.shape[0] - 1, -1, -1):
        many[k] = 1
        if k + 1 < columns.shape[0] and columns[k + 1] == columns[k] + 1 and places[k + 1] == places[k] + 1:
            many[k] += many[k + 1]
    return found


cdef inline Py_ssize_t load(double* out, object piece, Py_ssize_t room) except -2:
    """Reads a list or a tuple of floats, or an array of float64 in C's order, and gives how many there are.

    -1 for more than there is `room` for, and for a list or a tuple with something in it that is no float.
    """
    cdef Py_buffer view
    cdef PyObject** items
    cdef Py_ssize_t i, count
    if isinstance(piece, (list, tuple)):
        count = PySequence_Fast_GET_SIZE(piece)
        if count > room:
            return -1
        items = PySequence_Fast_ITEMS(piece)
        for i in range(count):
            x = <object> items[i]
            if type(x) is not float:
                return -1
            out[i] = x
        return count
    PyObject_GetBuffer(piece, &view, PyBUF_STRIDES)
    count = view.len // 8 if view.itemsize == 8 and view.len // 8 <= room and PyBuffer_IsContiguous(&view, b"C"[0]) else -1
    if count >= 0:
        memcpy(out, view.buf, view.len)
    PyBuffer_Release(&view)
    return count
