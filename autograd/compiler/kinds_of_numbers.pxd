# How numbers of every kind that an array may have are read as doubles.

from libc.string cimport memcpy


ctypedef fused Real:
    float
    signed char
    unsigned char
    short
    unsigned short
    int
    unsigned int
    long
    unsigned long
    long long
    unsigned long long


cdef inline void copied(double* out, Real* numbers, Py_ssize_t n) noexcept:
    cdef Py_ssize_t i
    for i in range(n):
        out[i] = <double> numbers[i]


cdef inline bint are_exact(double* numbers, Py_ssize_t n) noexcept:
    """Whether these are so small that as integers they were not rounded."""
    cdef Py_ssize_t i
    for i in range(n):
        if not -9007199254740992.0 < numbers[i] < 9007199254740992.0:
            return False
    return True


cdef inline bint convert(double* out, void* numbers, Py_ssize_t n, char code) noexcept:
    """Reads n numbers of a kind, by the code that buffers have for it. False for a kind that is not known here, and for
    integers that may have been rounded."""
    if code == b"d"[0]:
        memcpy(out, numbers, n * 8)
    elif code == b"f"[0]:
        copied(out, <float*> numbers, n)
    elif code == b"l"[0]:
        copied(out, <long*> numbers, n)
    elif code == b"i"[0]:
        copied(out, <int*> numbers, n)
    elif code == b"q"[0]:
        copied(out, <long long*> numbers, n)
    elif code == b"b"[0]:
        copied(out, <signed char*> numbers, n)
    elif code == b"B"[0] or code == b"?"[0]:
        copied(out, <unsigned char*> numbers, n)
    elif code == b"h"[0]:
        copied(out, <short*> numbers, n)
    elif code == b"H"[0]:
        copied(out, <unsigned short*> numbers, n)
    elif code == b"I"[0]:
        copied(out, <unsigned int*> numbers, n)
    elif code == b"L"[0]:
        copied(out, <unsigned long*> numbers, n)
    elif code == b"Q"[0]:
        copied(out, <unsigned long long*> numbers, n)
    else:
        return False
    return code not in b"lqLQ" or are_exact(out, n)
