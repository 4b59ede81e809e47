# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""The way from Python's arguments into a plan's memory and back: no Python object for each number, no loop in Python.

A compiled function remembers an Entry for each kind of arguments it was called with: where their numbers go. A call that fits
one is answered here; any other goes the long way (`compiled.py`), which checks everything and tells what is wrong.
"""

from __future__ import annotations

import cython

if cython.compiled:
    from cython.cimports.autograd.runtime._lanes import at
    from cython.cimports.autograd.runtime.executor import Batch, Columns, Memory, Runner
    from cython.cimports.cpython.buffer import PyBUF_FORMAT, PyBUF_STRIDES, PyBUF_WRITABLE
    from cython.cimports.cpython.buffer import Py_buffer, PyBuffer_Release, PyObject_GetBuffer
    from cython.cimports.cpython.list import PyList_GET_ITEM, PyList_New, PyList_SET_ITEM
    from cython.cimports.cpython.ref import Py_INCREF
    from cython.cimports.cpython.tuple import PyTuple_GET_ITEM
    from cython.cimports.libc.string import memcpy

from array import array
from sys import getrefcount

from ..derivatives.trees import Mapping, Nested, Several

MISSED = object()
"""What an Entry answers to a call that does not fit it."""

ENTRIES = 8
"""How many a function remembers."""


# ------------------------------------------------------------------------------------------------ results


@cython.final
@cython.cclass
class Part:
    """A part of a result, and where its numbers begin: a number, an array, a list, a tuple, or what `make` makes of parts."""

    start: cython.Py_ssize_t
    count: cython.Py_ssize_t
    shape: object
    make: object
    parts: list

    def __init__(self, node, leaves, start):
        """node      of a Tree, whose leaves from this place on an iterator gives"""
        self.start, self.count = start, 0
        self.shape = self.make = None
        self.parts = []
        if isinstance(node, Several):
            self.make, self.count = node.make, node.size
            for _ in range(node.size):
                next(leaves)
        elif isinstance(node, (Nested, Mapping)):
            for inside in node.nodes:
                part: Part = Part(inside, leaves, start + self.count)
                self.parts.append(part)
                self.count += part.count
            self.make = node.make
        else:
            leaf = next(leaves)
            self.shape, self.count = leaf.shape, leaf.size


if cython.compiled:

    @cython.cfunc
    def floats(numbers: cython.p_double, n: cython.Py_ssize_t) -> list:
        """A list of n numbers."""
        found: list = PyList_New(n)
        i: cython.Py_ssize_t
        for i in range(n):
            x: object = numbers[i]
            Py_INCREF(x)  # for the list, which takes its reference
            PyList_SET_ITEM(found, i, x)
        return found

else:

    def floats(numbers, n):
        return numbers[:n].tolist()


@cython.cfunc
def built(part: Part, numbers: cython.p_double, empty):
    """The result, or a part of it."""
    if part.parts:
        if part.make is tuple and len(part.parts) == 2:  # value and gradient
            return built(part.parts[0], numbers, empty), built(part.parts[1], numbers, empty)
        inside = [built(p, numbers, empty) for p in part.parts]
        return tuple(inside) if part.make is tuple else part.make(inside)
    if part.make is not None:
        found = floats(at(numbers, part.start), part.count)
        return found if part.make is list else part.make(found)
    if part.shape is None:
        return numbers[part.start]
    filled = empty(part.shape)
    if cython.compiled:
        view: Py_buffer
        PyObject_GetBuffer(filled, cython.address(view), PyBUF_WRITABLE)
        memcpy(view.buf, at(numbers, part.start), part.count * 8)
        PyBuffer_Release(cython.address(view))
    else:
        filled.reshape(-1)[:] = numbers[part.start : part.start + part.count]
    return filled


# ------------------------------------------------------------------------------------------------ calls

FLOAT = cython.declare(cython.int, 0)
LIST = cython.declare(cython.int, 1)
TUPLE = cython.declare(cython.int, 2)
ARRAY = cython.declare(cython.int, 3)
ROWS = cython.declare(cython.int, 4)

KINDS = {"float": FLOAT, "list": LIST, "tuple": TUPLE, "array": ARRAY, "rows": ROWS}
"""What an argument is, for an Entry."""


if cython.compiled:

    @cython.cfunc
    @cython.exceptval(-2)
    def read_list(out: cython.p_double, numbers: list) -> cython.Py_ssize_t:
        """How many floats a list has, which are read; -1 if something in it is no float."""
        i: cython.Py_ssize_t
        n: cython.Py_ssize_t = len(numbers)
        for i in range(n):
            x = cython.cast(object, PyList_GET_ITEM(numbers, i))
            if type(x) is not float:
                return -1
            out[i] = x
        return n

    @cython.cfunc
    @cython.exceptval(-2)
    def read_tuple(out: cython.p_double, numbers: tuple) -> cython.Py_ssize_t:
        """The same of a tuple."""
        i: cython.Py_ssize_t
        n: cython.Py_ssize_t = len(numbers)
        for i in range(n):
            x = cython.cast(object, PyTuple_GET_ITEM(numbers, i))
            if type(x) is not float:
                return -1
            out[i] = x
        return n

else:

    def read_list(out, numbers):
        if not {float}.issuperset(map(type, numbers)):
            return -1
        out[: len(numbers)] = memoryview(array("d", numbers))
        return len(numbers)

    read_tuple = read_list


@cython.cfunc
@cython.exceptval(check=False)
def put_together(
    each: cython.p_double, summed: cython.p_double, n: cython.Py_ssize_t, rows: cython.double, mean: cython.bint
) -> cython.bint:
    """Sums over rows, or means, of what each row has and of what differs; False if one is not finite: see Recorded.finite."""
    k: cython.Py_ssize_t
    off: cython.double = 0.0
    if mean:
        for k in range(n):
            each[k] += summed[k] / rows
    else:
        for k in range(n):
            each[k] = each[k] * rows + summed[k]
    for k in range(n):
        off += each[k] - each[k]
    return off == 0.0


LARGE = cython.declare(cython.Py_ssize_t, 1 << 20)  # numbers of a result whose memory is worth keeping


@cython.cfunc
def references(array) -> cython.Py_ssize_t:
    """How many hold an array."""
    return getrefcount(array)


@cython.cfunc
def references_alone() -> cython.Py_ssize_t:
    """The same where nobody but the asking function does, as it counts."""
    array = object()
    return references(array)


ALONE = cython.declare(cython.Py_ssize_t, 0)
ALONE = references_alone()


@cython.final
@cython.cclass
class Entry:
    """Calls with arguments of one kind, answered by one plan.

    runner      of the plan
    kinds       for each argument one of KINDS, and how many numbers, or what shape, one row has
    out         the Tree of the result
    captured    Values from outside, read anew in each call
    reduce      "", "sum" or "mean"
    many        of a plan for rows that is not reduced: makes the result of an array (outputs, rows)
    """

    runner: Runner
    kinds: list
    pointwise: cython.bint
    mean: cython.bint
    arguments: cython.Py_ssize_t
    if cython.compiled:
        codes: cython.int[::1]
        sizes: cython.int[::1]
    out: Part
    captured: list
    kept: object
    reduce: str
    many: object
    tree: object
    array: object
    empty: object

    def __init__(self, runner: Runner, kinds: list, tree, captured: list, reduce: str, many):
        import numpy as np

        self.runner, self.kinds, self.tree, self.captured, self.reduce, self.many = runner, kinds, tree, captured, reduce, many
        self.kept = None
        self.arguments = len(kinds)
        self.pointwise = reduce == "" and many is None
        self.mean = reduce == "mean"
        self.codes = array("i", [code for code, _ in kinds])
        self.sizes = array("i", [size if code in (LIST, TUPLE) else 1 for code, size in kinds])
        self.out = Part(tree.node, iter(tree.leaves), 0)
        self.array, self.empty = np.ndarray, np.empty

    @cython.ccall
    def answer(self, args: tuple):
        """The result; MISSED if the arguments are of another kind, or went another way through the function's branches."""
        runner: Runner = self.runner
        if len(args) != self.arguments:
            return MISSED
        memory: Memory = runner.take()
        try:
            rows: cython.Py_ssize_t = self.read(args, memory)
            if rows < 0 or not runner.compute_shared(memory.run):
                return MISSED
            if self.pointwise:
                return self.at_point(memory)
            return self.over_rows(args, memory, rows)
        finally:
            runner.give_back(memory)

    @cython.cfunc
    def at_point(self, memory: Memory):
        runner: Runner = self.runner
        k: cython.Py_ssize_t
        outputs: cython.p_double = at(memory.run, runner.results_at)
        for k in range(runner.outputs):
            outputs[k] = memory.run[~runner.output_places[k]]
        return built(self.out, outputs, self.empty)

    @cython.cfunc
    def over_rows(self, args: tuple, memory: Memory, rows: cython.Py_ssize_t):
        runner: Runner = self.runner
        tables = [arg for arg, kind in zip(args, self.kinds, strict=True) if kind[0] == ROWS]
        holds = bytearray(b"\1") * rows if runner.guarded else None
        results: object
        if runner.reduced:
            results = Memory(2 * runner.outputs)
        else:
            results = self.array_for(rows)
        batch: Batch = Batch(runner, memory, Columns(tables), rows, results, holds)
        batch.run(0)
        if holds is not None and 0 in holds:
            return MISSED
        if not runner.reduced:
            return self.many(self.tree, results)
        batch.reduce()
        each: cython.p_double = cython.cast(Memory, results).run
        if not put_together(each, at(each, runner.outputs), runner.outputs, rows, self.mean):
            return MISSED
        return built(self.out, each, self.empty)

    @cython.cfunc
    def array_for(self, rows: cython.Py_ssize_t):
        """An array (outputs, rows) for results: the last large one again, if nobody holds it or a part of it any more.

        The system hands out fresh memory page by page and clears it, which takes a fifth of the time of a large batch.
        """
        outputs: cython.Py_ssize_t = self.runner.outputs
        kept, self.kept = self.kept, None
        if kept is None or kept.shape[1] != rows or references(kept) > ALONE:
            kept = None  # before the next is made
            kept = self.empty((outputs, rows))
        if outputs * rows > LARGE:
            self.kept = kept
        return kept

    @cython.cfunc
    @cython.exceptval(-2)
    def read(self, args: tuple, memory: Memory) -> cython.Py_ssize_t:
        """Reads what rows share, and gives how many rows there are (0 at one point); -1 for arguments of another kind."""
        place: cython.Py_ssize_t = 0
        rows: cython.Py_ssize_t = -1
        n: cython.Py_ssize_t
        i: cython.Py_ssize_t
        kind: cython.int
        run: cython.p_double = memory.run
        for i in range(self.arguments):
            arg = args[i]
            kind = self.codes[i]
            if kind == FLOAT:
                if type(arg) is not float:
                    return -1
                run[place] = arg
                place += 1
            elif kind == LIST:
                if type(arg) is not list or len(arg) != self.sizes[i]:
                    return -1
                n = read_list(at(run, place), arg)
                if n < 0:
                    return -1
                place += n
            elif kind == TUPLE:
                if type(arg) is not tuple or len(arg) != self.sizes[i]:
                    return -1
                n = read_tuple(at(run, place), arg)
                if n < 0:
                    return -1
                place += n
            else:
                if type(arg) is not self.array:
                    return -1
                n = self.read_array(at(run, place), arg, self.kinds[i][1], kind == ROWS)
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

    @cython.cfunc
    @cython.exceptval(-2)
    def read_array(self, out: cython.p_double, array, shape: tuple, rows: cython.bint) -> cython.Py_ssize_t:
        """How many numbers an array has, which are read, or how many rows, which are not; -1 if it is not of this shape."""
        if cython.compiled:
            view: Py_buffer
            PyObject_GetBuffer(array, cython.address(view), PyBUF_STRIDES | PyBUF_FORMAT)
            found: cython.Py_ssize_t = -1
            i: cython.Py_ssize_t
            first: cython.int = 1 if rows else 0
            expected: cython.Py_ssize_t
            step: cython.Py_ssize_t = 8
            fits: cython.bint = view.ndim == len(shape) + first and view.format[0] == b"d"[0] and view.format[1] == 0
            if fits and rows and view.ndim > 2:
                fits = False
            if fits:
                for i in range(view.ndim - 1, first - 1, -1):
                    expected = shape[i - first]
                    if view.shape[i] != expected or (not rows and view.strides[i] != step and view.shape[i] > 1):
                        fits = False
                    step *= view.shape[i]
            if fits:
                if rows:
                    found = view.shape[0]
                else:
                    memcpy(out, view.buf, view.len)
                    found = view.len // 8
            PyBuffer_Release(cython.address(view))
            return found
        else:
            if array.dtype != float or array.shape[1:] * rows != shape * rows or (not rows and array.shape != shape):
                return -1
            if rows:
                return len(array)
            out[: array.size] = memoryview(array.ravel())
            return array.size


@cython.cclass
class Caller:
    """A function that answers by its entries, where one fits, and else by `called`."""

    entries: list

    def __init__(self):
        self.entries = []

    def __call__(self, *args, **kwargs):
        if not kwargs:
            for entry in self.entries:
                known: Entry = entry
                result = known.answer(args)
                if result is not MISSED:
                    return result
        return self.called(args, kwargs)

    def remember(self, entry):
        """Takes an Entry for the calls to come."""
        if len(self.entries) == ENTRIES:
            self.entries = self.entries[1:]
        self.entries = [*self.entries, entry]
