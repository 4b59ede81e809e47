# What primitives.py shares with reductions.py, for the compiled build.

cpdef double difference_error(double x, double y) noexcept
