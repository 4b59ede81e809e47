# The bits of a double as a whole number, and back: copies that the compiler makes moves of, in loops it vectorises.

ctypedef double* Column

cdef extern from *:
    """
    #include <string.h>

    static inline unsigned long long bits_of(double x) {
        unsigned long long bits;
        memcpy(&bits, &x, sizeof bits);
        return bits;
    }

    static inline double double_of(unsigned long long bits) {
        double x;
        memcpy(&x, &bits, sizeof x);
        return x;
    }
    """
    unsigned long long bits_of(double x) noexcept nogil
    double double_of(unsigned long long bits) noexcept nogil


cdef inline double divide(double x, double y) noexcept nogil: return x / y
