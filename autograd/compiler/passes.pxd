# What passes.py takes from Python's C interface, and what from_graph.py takes from passes.py.

cdef extern from "Python.h":
    void PyObject_GC_UnTrack(void *thing)

cpdef object key_of_constant(double number)
cdef object new_instruction(object op, tuple operands, object number, object label, object origin)
