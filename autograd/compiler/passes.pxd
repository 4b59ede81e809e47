# What from_graph.py takes from passes.py.

cpdef object key_of_constant(double number)
cpdef object zeros(Py_ssize_t count)
