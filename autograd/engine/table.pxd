# The C types of the rules, and the tables that eager execution reads (Value's operators index them by a node's code).

from autograd.engine._libm cimport Number, Rule1, Rule2

ctypedef double (*Slope1)(double, double) noexcept
ctypedef object (*ValueSlope1)(object, object)
ctypedef double (*Slope2)(double, double, double) noexcept
ctypedef object (*ValueSlope2)(object, object, object)

cdef Rule1 FORWARD1[128]
cdef Slope1 SLOPE1[128]
cdef ValueSlope1 VALUE_SLOPE1[128]
cdef Rule2 FORWARD2[128]
cdef Slope2 SLOPE2_X[128]
cdef Slope2 SLOPE2_Y[128]
cdef ValueSlope2 VALUE_SLOPE2_X[128]
cdef ValueSlope2 VALUE_SLOPE2_Y[128]

# How primitives.py writes its rows: with slopes on doubles or on Values, as Number says.

ctypedef Number (*Slope1Of)(Number, Number) noexcept
ctypedef Number (*Slope2Of)(Number, Number, Number) noexcept
ctypedef object (*UnaryRow)(str, Rule1, Slope1Of, dict)
ctypedef object (*BinaryRow)(str, Rule2, Slope2Of, Slope2Of, dict)

cdef object unary_row(str name, Rule1 forward, Slope1Of slope, dict settings)
cdef object binary_row(str name, Rule2 forward, Slope2Of slope_x, Slope2Of slope_y, dict settings)
