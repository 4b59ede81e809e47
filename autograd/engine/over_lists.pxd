# What functions.py shares with over_lists.py, for the compiled build.

cdef object extreme_node(int code, tuple operands, double sign)
cdef object product_node(int code, tuple operands)
cdef object logsumexp_node(int code, tuple operands)
cdef list softmax_nodes(int code, tuple operands, bint logs, Py_ssize_t first, Py_ssize_t end)
