# The C types of the rules, and the tables that eager execution reads (Value's operators index them by a node's op code).

from autograd.engine._libm cimport Number, Rule1, Rule2

ctypedef double (*Slope1)(double, double) noexcept
ctypedef object (*ValueSlope1)(object, object)
ctypedef double (*Slope2)(double, double, double) noexcept
ctypedef object (*ValueSlope2)(object, object, object)

cdef double floor_divide(double x, double y) noexcept

cdef Rule1 FORWARD1[128]
cdef Slope1 SLOPE1[128]
cdef ValueSlope1 VALUE_SLOPE1[128]
cdef Rule2 FORWARD2[128]
cdef Slope2 SLOPE2_X[128]
cdef Slope2 SLOPE2_Y[128]
cdef ValueSlope2 VALUE_SLOPE2_X[128]
cdef ValueSlope2 VALUE_SLOPE2_Y[128]
