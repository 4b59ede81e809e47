# The elementary functions on C doubles (the C library's, results by C99 and IEEE 754) and on Values, for the compiled build.
# `_libm.py` is the same list for the uncompiled files.

from libc cimport math
from cpython.mem cimport PyMem_Free, PyMem_Malloc

ctypedef fused Number:
    double
    object


cdef inline double data_of(Number x) noexcept:
    if Number is double:
        return x
    else:
        return x if isinstance(x, float) else x.data


# What only corrects a rule's rounding, or counts, has no slope: of a Value it is a flat node, which a trace computes anew.

ctypedef double (*Rule1)(double) noexcept
ctypedef double (*Rule2)(double, double) noexcept


cdef inline Number flat1(Rule1 rule, str name, Number x) noexcept:
    if Number is double:
        return rule(x)
    else:
        return rule(x) if isinstance(x, float) else x._flat(name, x)


cdef inline Number flat2(Rule2 rule, str name, Number x, Number y) noexcept:
    if Number is double:
        return rule(x, y)
    else:
        if isinstance(x, float) and isinstance(y, float):
            return rule(x, y)
        return y._flat(name, x, y) if isinstance(x, float) else x._flat(name, x, y)


# The rule of a primitive on doubles; of a Value, the primitive's node.

cdef inline Number node1(Rule1 rule, str name, Number x) noexcept:
    if Number is double:
        return rule(x)
    else:
        return rule(x) if isinstance(x, float) else x._node(name, x)


cdef inline Number node2(Rule2 rule, str name, Number x, Number y) noexcept:
    if Number is double:
        return rule(x, y)
    else:
        if isinstance(x, float) and isinstance(y, float):
            return rule(x, y)
        return y._node(name, x, y) if isinstance(x, float) else x._node(name, x, y)


cdef inline bint is_constant(Number x) noexcept:
    if Number is double:
        return True
    else:
        return isinstance(x, float)


cdef inline Number divide(Number x, Number y) noexcept:
    if Number is double:
        return x / y
    else:
        if isinstance(x, float) and isinstance(y, float):
            return <double> x / <double> y
        return x / y


# Those that slopes are written with: a double's result, or a node.

cdef inline Number exp(Number x) noexcept:
    if Number is double:
        return math.exp(x)
    else:
        return math.exp(x) if isinstance(x, float) else x.exp()


cdef inline Number log(Number x) noexcept:
    if Number is double:
        return math.log(x)
    else:
        return math.log(x) if isinstance(x, float) else x.log()


cdef inline Number sqrt(Number x) noexcept:
    if Number is double:
        return math.sqrt(x)
    else:
        return math.sqrt(x) if isinstance(x, float) else x.sqrt()


cdef inline Number sin(Number x) noexcept:
    if Number is double:
        return math.sin(x)
    else:
        return math.sin(x) if isinstance(x, float) else x.sin()


cdef inline Number cos(Number x) noexcept:
    if Number is double:
        return math.cos(x)
    else:
        return math.cos(x) if isinstance(x, float) else x.cos()


cdef inline Number sinh(Number x) noexcept:
    if Number is double:
        return math.sinh(x)
    else:
        return math.sinh(x) if isinstance(x, float) else x.sinh()


cdef inline Number cosh(Number x) noexcept:
    if Number is double:
        return math.cosh(x)
    else:
        return math.cosh(x) if isinstance(x, float) else x.cosh()


cdef inline Number tanh(Number x) noexcept:
    if Number is double:
        return math.tanh(x)
    else:
        return math.tanh(x) if isinstance(x, float) else x.tanh()


cdef inline Number expm1(Number x) noexcept:
    if Number is double:
        return math.expm1(x)
    else:
        return math.expm1(x) if isinstance(x, float) else x.expm1()




cdef inline Number pow(Number x, Number y) noexcept:
    if Number is double:
        return math.pow(x, y)
    else:
        if isinstance(x, float) and isinstance(y, float):
            return math.pow(x, y)
        return x ** y


# Those that only values are computed with.

cdef inline double exp2(double x) noexcept: return math.exp2(x)
cdef inline double log1p(double x) noexcept: return math.log1p(x)
cdef inline double log2(double x) noexcept: return math.log2(x)
cdef inline double log10(double x) noexcept: return math.log10(x)
cdef inline double cbrt(double x) noexcept: return math.cbrt(x)
cdef inline double tan(double x) noexcept: return math.tan(x)
cdef inline double arcsin(double x) noexcept: return math.asin(x)
cdef inline double arccos(double x) noexcept: return math.acos(x)
cdef inline double arctan(double x) noexcept: return math.atan(x)
cdef inline double arcsinh(double x) noexcept: return math.asinh(x)
cdef inline double arccosh(double x) noexcept: return math.acosh(x)
cdef inline double arctanh(double x) noexcept: return math.atanh(x)
cdef inline double erf(double x) noexcept: return math.erf(x)
cdef inline double erfc(double x) noexcept: return math.erfc(x)
cdef inline double arctan2(double y, double x) noexcept: return math.atan2(y, x)
cdef inline double fmod(double x, double y) noexcept: return math.fmod(x, y)
cdef inline double copysign(double x, double y) noexcept: return math.copysign(x, y)
cdef inline double floor(double x) noexcept: return math.floor(x)
cdef inline double ceil(double x) noexcept: return math.ceil(x)
cdef inline double trunc(double x) noexcept: return math.trunc(x)
cdef inline double rint(double x) noexcept: return math.rint(x)


# A block of doubles: a list in the uncompiled files, Python's memory here, which has small blocks at hand.

cdef inline double* doubles(Py_ssize_t n) except NULL:
    cdef double* block = <double*> PyMem_Malloc(sizeof(double) * (n if n > 0 else 1))
    if block is NULL:
        raise MemoryError(f"no memory for {n} local derivatives")
    return block


cdef inline void free_doubles(double* block) noexcept:
    PyMem_Free(block)
