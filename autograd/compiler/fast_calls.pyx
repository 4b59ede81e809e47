# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""Calls of a compiled function with arguments like those of a call before: no loop in Python, no Python object for each number.

A call that fits none is checked, recorded and run by `compiled.py`, which then has an Entry remember where the numbers of such
arguments go. The next call like it is answered here: the Entry reads the arguments into the memory of a plan, runs that, and
builds the result. This file is compiled only; without it every call is answered by `compiled.py`, with the same results.
"""

cimport cython
from cpython.buffer cimport PyBUF_FORMAT, PyBUF_STRIDES, PyBUF_WRITABLE, Py_buffer, PyBuffer_Release, PyObject_GetBuffer
from cpython.list cimport PyList_New, PyList_SET_ITEM
from cpython.ref cimport Py_INCREF
from libc.string cimport memcpy

from autograd.runtime.executor cimport Batch, Columns, Memory, Runner, load

from array import array
from sys import getrefcount

from ..derivatives.trees import Mapping, Nested, Several
from ..engine.modes import is_part_of_a_graph

cdef object MISSED = object()  # the answer of an Entry to a call that does not fit it
cdef int ENTRIES = 8  # how many a function remembers
cdef Py_ssize_t LARGE = 1 << 20  # a result of so many numbers has memory that is worth keeping


# ------------------------------------------------------------------------------------------------ results


@cython.final
cdef class Part:
    """A node of a Tree, for numbers that stand one after the other in memory.

    start, count    which of the numbers are in this part
    parts           the parts inside, of a nested list, a tuple or a dict
    make            makes the thing of a list: of what the parts give, or of the numbers themselves; None for a leaf
    shape           that of an array; None for a lone number
    """

    cdef Py_ssize_t start
    cdef Py_ssize_t count
    cdef object shape
    cdef object make
    cdef list parts

    def __init__(self, node, leaves, Py_ssize_t start):
        """node, leaves     of a Tree; the leaves are an iterator that stands before those of this node"""
        cdef Part part
        self.start, self.count = start, 0
        self.shape = self.make = None
        self.parts = []
        if isinstance(node, Several):
            self.make, self.count = node.make, node.size
            for _ in range(node.size):
                next(leaves)
        elif isinstance(node, (Nested, Mapping)):
            for inside in node.nodes:
                part = Part(inside, leaves, start + self.count)
                self.parts.append(part)
                self.count += part.count
            self.make = node.make
        else:
            leaf = next(leaves)
            self.shape, self.count = leaf.shape, leaf.size


cdef list floats(double* numbers, Py_ssize_t n):
    """A list of n numbers."""
    cdef list found = PyList_New(n)
    cdef Py_ssize_t i
    cdef object x
    for i in range(n):
        x = numbers[i]
        Py_INCREF(x)  # PyList_SET_ITEM takes a reference of its own
        PyList_SET_ITEM(found, i, x)
    return found


cdef object built(Part part, double* numbers, object empty):
    """The part of a result, made of its numbers. `empty` is numpy.empty."""
    cdef Py_buffer view
    if part.parts:
        if part.make is tuple and len(part.parts) == 2:  # value and gradient
            return built(part.parts[0], numbers, empty), built(part.parts[1], numbers, empty)
        inside = [built(p, numbers, empty) for p in part.parts]
        return tuple(inside) if part.make is tuple else part.make(inside)
    if part.make is not None:
        found = floats(numbers + part.start, part.count)
        return found if part.make is list else part.make(found)
    if part.shape is None:
        return numbers[part.start]
    filled = empty(part.shape)
    PyObject_GetBuffer(filled, &view, PyBUF_WRITABLE)
    memcpy(view.buf, numbers + part.start, part.count * 8)
    PyBuffer_Release(&view)
    return filled


cdef bint add_up(double* each, double* summed, Py_ssize_t n, double rows, bint mean) noexcept:
    """Makes sums over rows, or means, in `each`: of what every row has, and of sums of what differs.

    False if one of them is not finite: then `Recorded.finite` in compiled.py has another way to add up.
    """
    cdef Py_ssize_t k
    cdef double off = 0.0
    if mean:
        for k in range(n):
            each[k] += summed[k] / rows
    else:
        for k in range(n):
            each[k] = each[k] * rows + summed[k]
    for k in range(n):
        off += each[k] - each[k]
    return off == 0.0


cdef Py_ssize_t references(object thing):
    """How many references there are to a thing."""
    return getrefcount(thing)


cdef Py_ssize_t references_if_unshared():
    """What `references` gives for a thing that only its caller holds."""
    thing = object()
    return references(thing)


cdef Py_ssize_t UNSHARED = references_if_unshared()


# ------------------------------------------------------------------------------------------------ calls

cdef enum:
    FLOAT, LIST, TUPLE, ARRAY, ROWS

KINDS = {"float": FLOAT, "list": LIST, "tuple": TUPLE, "array": ARRAY, "rows": ROWS}


@cython.final
cdef class Entry:
    """Answers calls with arguments of the same kinds.

    runner      of the plan that they are answered by
    kinds       what each argument is: see `Arguments.kinds`
    sums, each  the Trees of what is summed over the rows, or None, and of what is given for each row, or None
    captured    Values from outside, whose data is read in each call
    mean        whether results are means over the rows, not sums, where the plan adds up rows
    """

    cdef Runner runner
    cdef list kinds
    cdef object each
    cdef list captured
    cdef bint mean
    cdef bint pointwise
    cdef Py_ssize_t arguments
    cdef int[::1] codes
    cdef Py_ssize_t[::1] sizes
    cdef Part out
    cdef object kept
    cdef object array
    cdef object empty

    def __init__(self, Runner runner, list kinds, sums, each, list captured, bint mean):
        import numpy as np

        self.runner, self.kinds, self.each, self.captured, self.mean = runner, kinds, each, captured, mean
        self.pointwise = "rows" not in [kind for kind, _ in kinds]
        self.arguments = len(kinds)
        self.codes = array("i", [KINDS[kind] for kind, _ in kinds])
        self.sizes = array("q", [size if kind in ("list", "tuple") else 1 for kind, size in kinds])
        tree = each if sums is None else sums
        self.out = Part(tree.node, iter(tree.leaves), 0)
        self.kept = None
        self.array, self.empty = np.ndarray, np.empty

    cdef object answer(self, tuple args):
        """The result; MISSED for arguments of other kinds, and for numbers that take another branch of the function."""
        cdef Runner runner = self.runner
        cdef Memory memory
        cdef Py_ssize_t rows
        if len(args) != self.arguments or (self.captured and is_part_of_a_graph()):
            return MISSED
        memory = runner.take()
        try:
            rows = self.read(args, memory)
            if rows < 0 or not runner.compute_shared(memory.run):
                return MISSED
            return self.at_point(memory) if self.pointwise else self.over_rows(args, memory, rows)
        finally:
            runner.give_back(memory)

    cdef object at_point(self, Memory memory):
        cdef Runner runner = self.runner
        cdef Py_ssize_t k
        cdef double* outputs = memory.run + runner.results_at
        for k in range(runner.outputs):
            outputs[k] = memory.run[~runner.output_places[k]]
        return built(self.out, outputs, self.empty)

    cdef object over_rows(self, tuple args, Memory memory, Py_ssize_t rows):
        cdef Runner runner = self.runner
        cdef Batch batch
        cdef double* added
        tables = [arg for arg, (kind, _) in zip(args, self.kinds, strict=True) if kind == "rows"]
        if runner.calls_python:
            for arg, (kind, shape) in zip(args, self.kinds, strict=True):
                if kind == "rows" and read_array(NULL, arg, shape, True) != rows:
                    return MISSED  # another array than it was before the rules that all rows share
            tables = [table.view() for table in tables]  # with a shape that no rule can change
        holds = bytearray(b"\1") * rows if runner.guarded else None
        results = self.array_for(rows) if runner.outputs else None
        sums = Memory(2 * runner.summed) if runner.summed else None
        batch = Batch(runner, memory, Columns(tables, rows), rows, results, holds, sums)
        batch.run(0)
        if holds is not None and 0 in holds:
            return MISSED
        if not runner.summed:
            return self.each.of_rows(results)
        batch.reduce()
        added = (<Memory> sums).run
        if not add_up(added, added + runner.summed, runner.summed, rows, self.mean):
            return MISSED
        found = built(self.out, added, self.empty)
        return found + self.each.of_rows(results) if runner.outputs else found

    cdef object array_for(self, Py_ssize_t rows):
        """An array (outputs, rows) for results: the last large one again, if nobody holds it or a part of it any more.

        The system hands out fresh memory page by page and clears it, which takes a fifth of the time of a large batch.
        """
        cdef Py_ssize_t outputs = self.runner.outputs
        kept, self.kept = self.kept, None
        if kept is None or kept.shape[1] != rows or references(kept) > UNSHARED:
            kept = None  # freed before the next is made
            kept = self.empty((outputs, rows))
        if outputs * rows > LARGE:
            self.kept = kept
        return kept

    cdef Py_ssize_t read(self, tuple args, Memory memory) except -2:
        """Reads the arguments that rows share. How many rows the others have, 0 at one point; -1 for arguments of other kinds."""
        cdef Py_ssize_t place = 0
        cdef Py_ssize_t rows = -1
        cdef Py_ssize_t i, n
        cdef int kind
        cdef double* run = memory.run
        for i in range(self.arguments):
            arg = args[i]
            kind = self.codes[i]
            if kind == FLOAT:
                if type(arg) is not float:
                    return -1
                run[place] = arg
                place += 1
            elif kind == LIST or kind == TUPLE:
                if not (type(arg) is list if kind == LIST else type(arg) is tuple):
                    return -1
                n = load(run + place, arg, self.sizes[i])
                if n != self.sizes[i]:
                    return -1
                place += n
            else:
                if type(arg) is not self.array:
                    return -1
                n = read_array(run + place, arg, self.kinds[i][1], kind == ROWS)
                if n < 0:
                    return -1
                if kind == ARRAY:
                    place += n
                elif rows >= 0 and rows != n:
                    return -1
                else:
                    rows = n
        for v in self.captured:
            run[place] = v.data
            place += 1
        if self.pointwise:
            return 0
        return rows if rows > 0 else -1


cdef Py_ssize_t read_array(double* out, object array, tuple shape, bint rows) except -2:
    """Reads an array of this shape and gives how many numbers it has; of one with rows of this shape, gives how many rows.

    -1 for an array of another shape or dtype, and for one whose numbers do not stand one after the other, rows first.
    """
    cdef Py_buffer view
    cdef Py_ssize_t found = -1
    cdef Py_ssize_t i, expected
    cdef Py_ssize_t step = 8
    cdef int first = 1 if rows else 0
    PyObject_GetBuffer(array, &view, PyBUF_STRIDES | PyBUF_FORMAT)
    cdef bint fits = view.ndim == len(shape) + first and view.format[0] == b"d"[0] and view.format[1] == 0
    if rows and view.ndim > 2:
        fits = False
    if fits:
        for i in range(view.ndim - 1, first - 1, -1):
            expected = shape[i - first]
            if view.shape[i] != expected or (not rows and view.strides[i] != step and view.shape[i] > 1):
                fits = False
            step *= view.shape[i]
    if fits and rows:
        found = view.shape[0]
    elif fits:
        memcpy(out, view.buf, view.len)
        found = view.len // 8
    PyBuffer_Release(&view)
    return found


cdef class Caller:
    """A function that answers by its entries, where one fits, and else by `called`.

    watched     what the entries hold for: as long as `watched.changed()` is false; None where that cannot change
    """

    cdef list entries
    cdef public object watched

    def __init__(self):
        self.entries = []

    def __call__(self, *args, **kwargs):
        cdef Entry known
        if not kwargs and (self.watched is None or not self.watched.changed()):
            for entry in self.entries:
                known = entry
                result = known.answer(args)
                if result is not MISSED:
                    return result
        return self.called(args, kwargs)

    def remember(self, runner, kinds, sums, each, captured, mean):
        """Has calls with arguments of these kinds answered by an Entry from now on; changes nothing where `kinds` is None."""
        if kinds is not None:
            self.entries = [*self.entries, Entry(runner, kinds, sums, each, captured, mean)][-ENTRIES:]

    def forget(self):
        """Forgets all entries."""
        self.entries = []
