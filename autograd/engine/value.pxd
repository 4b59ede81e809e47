# The fields of a node, for the compiled build. The uncompiled class has the same names in its __slots__.

from autograd.engine.origins cimport Origin


cdef class Edges:
    cdef public tuple operands      # Values and floats
    cdef object index               # None, or one operand more: the number of a component of a softmax
    cdef double* slopes             # one for each operand
    cdef Py_ssize_t count
    cdef object note                # None, a label, or an Origin


cdef class Value:
    cdef double _data
    cdef double _grad
    cdef Value x                    # the parents of a node with one or two operands; None where the operand is a constant
    cdef Value y
    cdef double dx                  # the local derivative along each edge; the number itself where the operand is a constant
    cdef double dy
    cdef void* link                 # the next node, in the lists backward.py keeps during a pass (a borrowed reference)
    cdef object extra               # the note, or the Edges of a node with many operands
    cdef long long seen             # the pass that last came by
    cdef int code                   # of its primitive; 0 for a leaf
    cdef int uses                   # how many edges lead here from nodes that pass has not finished


cdef double number(object x) except? -1
cpdef double plain(object x) except? -1
cpdef object place_of(Value v)
cdef object note_of(Value v)
cdef object set_note(Value v, object note)
cdef Origin origin_alone(Value v)
cdef object tell_of(Value v)
cpdef tuple operands_of(Value v)
cdef Value constant(double data)
cdef Value flat_node(double data, str op, object x, object y)
cdef object unary_node(int code, Value v)
cdef object binary_node(int code, object x, object y)
cpdef object operands_and_slopes(Value v)
cdef Value node(double data, int code, Value x, double dx, Value y, double dy)
cdef Value many_node(double data, int code, Edges edges)
cdef Edges new_edges(tuple operands)
