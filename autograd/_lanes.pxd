# The C types of the loops that plans run by.

cdef extern from *:
    """
    #if defined(_MSC_VER)
    typedef double *__restrict autograd_lanes;
    #else
    typedef double *__restrict__ autograd_lanes;
    #endif
    """
    # A run of doubles that no other run in the same call overlaps, so that the compiler may work on several at once.
    ctypedef double* Lanes "autograd_lanes"

cdef extern from *:
    """
    #if (defined(__GNUC__) || defined(__clang__)) && (defined(__x86_64__) || defined(__i386__))
    #define autograd_supports_avx2() (__builtin_cpu_supports("avx2") != 0)
    #define autograd_supports_avx512() (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") \
        && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
    #else
    #define autograd_supports_avx2() 0
    #define autograd_supports_avx512() 0
    #endif
    """
    bint autograd_supports_avx2()
    bint autograd_supports_avx512()

ctypedef const int* Code
ctypedef unsigned char* Flags

# An operation on runs: out, up to three operands, and how many.
ctypedef void (*Kernel)(double*, double*, double*, double*, Py_ssize_t) noexcept nogil

# The rules of primitives on doubles, which touch nothing of Python.
ctypedef double (*Free1)(double) noexcept nogil
ctypedef double (*Free2)(double, double) noexcept nogil
ctypedef double (*Free3)(double, double, double) noexcept nogil

ctypedef void (*Execute)(
    Code, Py_ssize_t, Py_ssize_t, double*, double*, Py_ssize_t, Py_ssize_t, double*, Flags, Kernel*
) noexcept nogil


cdef inline double quotient(double x, double y) noexcept nogil:
    return x / y


cdef inline const int* code_at(Code code, Py_ssize_t place) noexcept nogil:
    return code + place


cdef inline double* at(double* run, Py_ssize_t offset) noexcept nogil:
    return run + offset


# The kinds of instructions; `_lanes.py` says what follows each.

cdef enum:
    ADD = 0
    SUB = 1
    MUL = 2
    DIV = 3
    ADD_S = 4
    SUB_S = 5
    S_SUB = 6
    MUL_S = 7
    DIV_S = 8
    S_DIV = 9
    LESS = 10
    LESS_EQUAL = 11
    EQUAL = 12
    NOT_EQUAL = 13
    CALL = 14
    RULE_1 = 15
    RULE_2 = 16
    SLOPE_1 = 17
    SLOPE_X = 18
    SLOPE_Y = 19
    FILL = 20
    SUM = 21
    PRODUCTS = 22
    PRODUCTS_S = 23
    GATHER = 24
    ROW_SUMS = 25
    ROW_PRODUCTS = 26
    PANEL = 27
    PANEL_SUMS = 28
    GUARD = 29


# Where a SUM or PRODUCTS starts.

cdef enum:
    FROM_OUT = 0
    FROM_ZERO = 1
    FROM_FIRST = 2
