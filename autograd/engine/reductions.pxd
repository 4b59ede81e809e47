# What primitives.py and the runtime's loops share with reductions.py, for the compiled build.

cpdef double rounding_error(double x, double y, double total) noexcept nogil
cpdef double difference_error(double x, double y) noexcept nogil
