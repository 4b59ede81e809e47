# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""Calls of a compiled function with arguments like those of a call before: no loop in Python, no Python object for each number.

A call that fits none is checked, recorded and run by `compiled.py`, which then has an Entry remember where the numbers of such
arguments go. The next call like it is answered here: the Entry reads the arguments into the memory of a plan, runs that, and
builds the result. This file is compiled only; without it every call is answered by `compiled.py`, with the same results.
"""

cimport cython
from cpython.buffer cimport (
    PyBUF_FORMAT, PyBUF_STRIDES, Py_buffer, PyBuffer_IsContiguous, PyBuffer_Release, PyObject_GetBuffer
)
from libc.string cimport memcpy

from autograd.compiler.fast_results cimport Part, built, look_at_arrays, numbers_of
from autograd.compiler.kinds_of_numbers cimport convert
from autograd.compiler.unchanged cimport Watched
from autograd.engine.value cimport Value
from autograd.runtime.executor cimport Batch, Columns, Memory, Runner
from autograd.runtime.reading cimport load

from sys import getrefcount, modules

from ..derivatives.structures import CONSTANTS, Fields, is_registered, opened
from ..derivatives.trees import LONE, Mapping, Nested, Several, Structure, told_apart
from ..engine.modes import is_part_of_a_graph
from ..runtime.tables import check_in_place
from .arguments import Constant
from .rows import columns_of, dict_of, table_of

cdef object MISSED = object()  # the answer of an Entry to a call that does not fit it
cdef int ENTRIES = 8  # how many a function remembers
cdef Py_ssize_t LARGE = 1 << 20  # a result of so many numbers has memory that is worth keeping


# ------------------------------------------------------------------------------------------------ memory of results

cdef Py_ssize_t references(object thing):
    """How many references there are to a thing."""
    return getrefcount(thing)


cdef Py_ssize_t references_if_unshared():
    """What `references` gives for a thing that only its caller holds."""
    thing = object()
    return references(thing)


cdef Py_ssize_t UNSHARED = references_if_unshared()


# ------------------------------------------------------------------------------------------------ arguments

cdef enum:
    NUMBER, NUMBERS, PARTS, DICT, STRUCTURE, ARRAY, ROWS, CONSTANT

cdef frozenset NUMPY_NUMBERS = None  # NumPy's own kinds of real numbers
cdef type ARRAYS = None  # its arrays

cdef double EXACT = 2.0**53  # integers below it are doubles
UNCHANGING = frozenset([str, bytes, bool, type(None), int, float])


cdef bint read_number(object x, double* out, bint named) except -1:
    """Reads a number of a kind that runs no code of others to be read; False for any other thing, and for bools by name."""
    if type(x) is float:
        out[0] = x
    elif type(x) is int or (type(x) is bool and not named):
        try:
            out[0] = x
        except OverflowError:
            return False
        return -EXACT < out[0] < EXACT  # others may have been rounded
    elif type(x) in NUMPY_NUMBERS:
        out[0] = float(x)
        return -EXACT < out[0] < EXACT and not (named and x.dtype.kind == "b") or x.dtype.kind == "f"
    else:
        return False
    return True


@cython.final
cdef class Reader:
    """Reads an argument, or a part of one, into the memory of a plan: as many numbers as there were where it was recorded.

    code        which of these it is: a lone number; a list or tuple of `size` of them; a list, tuple or namedtuple of parts, a
                dict, or a dataclass or a registered type; an array; a table of rows; a constant
    kind        its type
    known       the keys of a dict, how a structure is made, the shape of an array or of a row, or a constant itself
    key         what tells a constant apart, which may be another thing by now if it is a list
    fields      of a dataclass its fields, as it has them itself, and by name what each was: MISSED for numbers, or a constant;
                None for one that has constants of other kinds, and for all else
    parts       the readers of its parts
    named       whether it is given by name, where bools are constants
    """

    cdef int code
    cdef type kind
    cdef object known
    cdef object key
    cdef tuple fields
    cdef Py_ssize_t size
    cdef bint named
    cdef tuple parts

    cdef Py_ssize_t read(self, object thing, double* run, Py_ssize_t place, list tables) except -2:
        """The place after its numbers, which are read from `place` on; -1 for a thing of another kind. Tables go into the list."""
        cdef Reader part
        cdef Py_ssize_t i, n
        cdef double* numbers
        if self.code == NUMBER:
            return place + 1 if read_number(thing, run + place, self.named) else -1
        if self.code == ARRAY:
            numbers = numbers_of(thing, self.known) if type(thing) is ARRAYS else NULL
            if numbers is not NULL:
                memcpy(run + place, numbers, self.size * 8)
                return place + self.size
            n = read_array(run + place, thing, self.known, False)
            return place + n if n >= 0 else -1
        if self.code == ROWS:
            table = thing if is_table(thing, self.known) else table_of(thing)
            if table is None or not is_table(table, self.known):
                return -1
            tables.append(table)
            return place
        if self.code == CONSTANT:
            return self.read_constant(thing, run, place, tables)
        plain = type(thing) is list or type(thing) is tuple or type(thing) is dict
        if type(thing) is not self.kind:
            if self.code != DICT:
                return -1
            thing = columns_of(thing)
            if type(thing) is not dict:
                return -1
        elif self.code == STRUCTURE:
            thing = self.opened(thing)
        elif not plain:  # read as `flatten` does: the len() of a class of its own may say anything
            thing = dict_of(thing) if self.code == DICT else [*thing]
        if not plain:
            check_after_code_of_others(tables)
        if thing is None or (self.code == DICT and len(thing) != len(self.parts)):
            return -1
        if self.code == NUMBERS:
            n = load(run + place, thing, self.size)
            if n != self.size:
                for i in range(self.size):
                    if len(thing) != self.size or not read_number(thing[i], run + place + i, self.named):
                        return -1
            return place + self.size
        if self.code == DICT:
            i = 0
            for key in thing:
                known = (<tuple> self.known)[i]
                if key is not known and not (type(key) is str and type(known) is str and key == known):
                    return -1
                i += 1
            thing = list((<dict> thing).values())
        if len(thing) != len(self.parts):
            return -1
        for i in range(len(self.parts)):
            if len(thing) != len(self.parts):  # by what a part runs to be taken apart
                return -1
            part = self.parts[i]
            place = part.read(thing[i], run, place, tables)
            if place < 0:
                return -1
        return place

    cdef list opened(self, object thing):
        """The parts of a structure; None where it is made again otherwise than the one that was recorded."""
        if self.fields is None or self.kind.__dataclass_fields__ is not self.fields[0] or is_registered(self.kind):
            recipe, inside = opened(thing)
            return [value for _, value in inside] if told_apart(recipe) == self.known else None
        parts = []
        for name, known in <tuple> self.fields[1]:
            value = getattr(thing, name)
            if known is MISSED:
                if type(value) is not float and isinstance(value, CONSTANTS):
                    return None
                parts.append(value)
            elif type(value) is not type(known) or value != known:
                return None
        return parts

    cdef Py_ssize_t read_constant(self, object thing, double* run, Py_ssize_t place, list tables) except -2:
        """As `read`. `size` is 1 for a number that is a constant as well."""
        if type(thing) is not self.kind:
            return -1
        if self.kind in UNCHANGING and self.kind is not float:
            if thing != self.known:
                return -1
        else:
            try:
                fits = told_apart(thing) == self.key
            except TypeError:
                return -1
            check_after_code_of_others(tables)
            if not fits:
                return -1
        if self.size:
            run[place] = self.known
        return place + self.size


cdef type kind_of(make):
    """The type that a function makes: itself, or a namedtuple's `_make`."""
    return getattr(make, "__self__", make)


cdef Reader reader(object node, leaves, rows, plain, bint named):
    """The reader of what stood at a node of a Tree.

    leaves, rows    iterators over the Tree's leaves with their numbers, and over whether each has rows
    plain           of the leaves that are constants, the numbers
    """
    cdef Reader made = Reader.__new__(Reader)
    made.named = named
    if node is LONE:
        i, leaf = next(leaves)
        made.known, made.size = leaf.shape, leaf.size
        if next(rows):
            made.code, made.known = ROWS, leaf.shape or ()
        elif i in plain:
            made.code, made.kind, made.known, made.key = CONSTANT, type(plain[i]), plain[i], told_apart(plain[i])
        else:
            made.code = NUMBER if leaf.shape is None else ARRAY
        return made
    if isinstance(node, Several) and not plain:
        made.code, made.kind, made.size = NUMBERS, kind_of(node.make), node.size
        for _ in range(node.size):
            next(leaves), next(rows)
        return made
    if isinstance(node, Several):
        made.parts = tuple([reader(LONE, leaves, rows, plain, named) for _ in range(node.size)])
    else:
        made.parts = tuple([reader(part, leaves, rows, plain, named) for part in node.nodes])
    if isinstance(node, Mapping):
        made.code, made.kind, made.known = DICT, type(node.given), tuple(node.given)
    elif isinstance(node, Structure):
        made.code, made.kind, made.known = STRUCTURE, node.recipe.kind, told_apart(node.recipe)
        made.fields = fields_of(node.recipe)
    else:
        made.kind = kind_of(node.make)
        only = all([(<Reader> part).code == NUMBER for part in made.parts])
        made.code = NUMBERS if only else PARTS
        if only:
            made.size, made.parts = len(made.parts), ()
    return made


cdef tuple fields_of(recipe):
    """The `fields` of a Reader."""
    if not isinstance(recipe, Fields) or not {str, bytes, bool, type(None)}.issuperset([type(c) for _, c in recipe.constants]):
        return None
    constants = dict(recipe.constants)
    declared = recipe.kind.__dataclass_fields__
    return declared, tuple([(name, constants.get(name, MISSED)) for name in declared if name in constants or name in recipe.names])


cdef Reader reader_of(like, bint named):
    """The reader of an argument: see `Arguments.like`."""
    cdef Reader made
    if isinstance(like, Constant):
        made = Reader.__new__(Reader)
        made.code, made.kind, made.known, made.key = CONSTANT, type(like.thing), like.thing, like.key
        return made
    tree, rows, plain = like
    return reader(tree.node, iter(enumerate(tree.leaves)), iter(rows), plain, named)


cdef int check_after_code_of_others(list tables) except -1:
    """Tables are looked at again after whatever may have resized one under its view: a class's own way to be read."""
    if tables:
        check_in_place(tables)
    return 0


cdef bint is_table(object array, tuple shape) except -1:
    """Whether a thing is an array of float64 with rows of this shape, which may be read where it stands."""
    return type(array) is ARRAYS and read_array(NULL, array, shape, True) >= 0


# ------------------------------------------------------------------------------------------------ calls


cdef void read_parameters(list captured, double* out) noexcept:
    """The data of Values, of which a network has thousands; by itself, so that calls without any do not pay for it."""
    cdef Py_ssize_t i
    for i in range(len(captured)):
        out[i] = (<Value> captured[i])._data


@cython.final
cdef class Entry:
    """Answers calls with arguments of the same kinds.

    runner      of the plan that they are answered by
    like        what each argument is like: see `Arguments.like`
    sums, each  the Trees of what is summed over the rows, or None, and of what is given for each row, or None
    captured    Values from outside, whose data is read in each call
    mean        whether results are means over the rows, not sums, where the plan adds up rows
    """

    cdef Runner runner
    cdef list readers
    cdef list names
    cdef object each
    cdef list captured
    cdef bint mean
    cdef bint pointwise
    cdef Py_ssize_t arguments
    cdef Part out
    cdef object kept
    cdef object empty

    def __init__(self, Runner runner, list like, sums, each, list captured, bint mean):
        import numpy as np

        global NUMPY_NUMBERS, ARRAYS
        if ARRAYS is None:
            ARRAYS = np.ndarray
            look_at_arrays(np)
            NUMPY_NUMBERS = frozenset([np.dtype(code).type for code in "?bBhHiIlLqQefdg"])
        self.runner, self.each, self.captured, self.mean = runner, each, captured, mean
        self.readers = [reader_of(kind, name is not None) for name, kind in like]
        self.names = [name for name, _ in like if name is not None]
        self.arguments = len(like) - len(self.names)
        self.pointwise = not any([True in kind[1] for _, kind in like if not isinstance(kind, Constant)])
        tree = each if sums is None else sums
        self.out = Part(tree.node, iter(tree.leaves), 0)
        self.kept = None
        self.empty = np.empty

    cdef object answer(self, tuple args, dict kwargs):
        """The result; MISSED for arguments of other kinds, and for numbers that take another branch of the function."""
        cdef Runner runner = self.runner
        cdef Memory memory
        cdef list tables
        if len(args) != self.arguments or len(kwargs) != len(self.names) or (self.captured and is_part_of_a_graph()):
            return MISSED
        tables = None if self.pointwise else []
        memory = runner.take()
        try:
            if not self.read(args, kwargs, memory, tables) or not runner.compute_shared(memory.run):
                return MISSED
            return self.at_point(memory) if self.pointwise else self.over_rows(tables, memory)
        finally:
            runner.give_back(memory)

    cdef object computed(self, tuple args, dict kwargs):
        """The outputs of the runner at a point, a list; MISSED for arguments of other kinds."""
        cdef Runner runner = self.runner
        cdef Memory memory
        cdef Py_ssize_t k
        if len(args) != self.arguments or len(kwargs) != len(self.names) or (self.captured and is_part_of_a_graph()):
            return MISSED
        memory = runner.take()
        try:
            if not self.read(args, kwargs, memory, None):
                return MISSED
            runner.compute_shared(memory.run)
            return [memory.run[~runner.output_places[k]] for k in range(runner.outputs)]
        finally:
            runner.give_back(memory)

    cdef object at_point(self, Memory memory):
        cdef Runner runner = self.runner
        cdef Py_ssize_t k
        cdef double* outputs = memory.run + runner.results_at
        for k in range(runner.outputs):
            outputs[k] = memory.run[~runner.output_places[k]]
        return built(self.out, outputs, self.empty)

    cdef object over_rows(self, list tables, Memory memory):
        cdef Runner runner = self.runner
        cdef Batch batch
        cdef Py_ssize_t rows = len(tables[0])
        for table in tables:
            if len(table) != rows:
                return MISSED
        if not rows:
            return MISSED
        if runner.calls_python:
            tables = [table.view() for table in tables]  # with a shape that no rule can change
        holds = bytearray(b"\1") * rows if runner.guarded else None
        results = self.array_for(rows) if runner.outputs else None
        sums = Memory(2 * runner.summed, False) if runner.summed else None
        batch = Batch(runner, memory, Columns(tables, rows), rows, results, holds, sums)
        batch.run(0)
        if holds is not None and 0 in holds:
            return MISSED
        if not runner.summed:
            return self.each.of_rows(results)
        if not batch.reduced(self.mean):
            return MISSED
        found = built(self.out, (<Memory> sums).run, self.empty)
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

    cdef bint read(self, tuple args, dict kwargs, Memory memory, list tables) except -1:
        """Reads the arguments that rows share, and gathers tables of rows; False for arguments of other kinds."""
        cdef Py_ssize_t place = 0
        cdef Py_ssize_t i
        cdef Reader known
        for i in range(self.arguments):
            known = self.readers[i]
            place = known.read(args[i], memory.run, place, tables)
            if place < 0:
                return False
        i = self.arguments
        for name in self.names:
            if name not in kwargs:
                return False
            known = self.readers[i]
            place = known.read(kwargs[name], memory.run, place, tables)
            if place < 0:
                return False
            i += 1
        if self.captured:
            read_parameters(self.captured, memory.run + place)
        return True


cdef Py_ssize_t read_array(double* out, object array, tuple shape, bint rows) except -2:
    """Reads an array of this shape and gives how many numbers it has; of one with rows of this shape, gives how many rows.

    -1 for an array of another shape, and for one of other numbers than float64, float32, whole numbers and booleans; for rows of
    anything but float64.
    """
    cdef Py_buffer view
    cdef Py_ssize_t found = -1
    cdef Py_ssize_t i
    cdef int first = 1 if rows else 0
    if type(array) is not ARRAYS:
        return -1
    try:
        PyObject_GetBuffer(array, &view, PyBUF_STRIDES | PyBUF_FORMAT)
        if not rows and not PyBuffer_IsContiguous(&view, b"C"[0]):
            PyBuffer_Release(&view)
            array = array.copy()
            PyObject_GetBuffer(array, &view, PyBUF_STRIDES | PyBUF_FORMAT)
    except ValueError:  # of numbers that buffers know nothing of: dates, for one
        return -1
    cdef bint fits = view.ndim == len(shape) + first and view.format[0] != 0 and view.format[1] == 0
    if rows and view.format[0] != b"d"[0]:
        fits = False
    if fits:
        for i in range(first, view.ndim):
            if view.shape[i] != shape[i - first]:
                fits = False
    if fits and rows:
        found = view.shape[0]
    elif fits and convert(out, view.buf, view.len // view.itemsize, view.format[0]):
        found = view.len // view.itemsize
    PyBuffer_Release(&view)
    return found


@cython.final
cdef class Crossing:
    """Answers calls at a point of a function with many ways through its branches: it asks a Crossroads which of them this is.

    ways        the recordings, of which the Crossroads tells some apart
    like        what each argument is like
    entries     those of the recordings that were met, by the id of each
    last        the entry that answered the call before
    again       whether the same one answered twice
    """

    cdef object ways
    cdef object crossroads
    cdef list like
    cdef Entry questions
    cdef dict entries
    cdef Entry last
    cdef bint again

    def __init__(self, ways, list like):
        self.ways, self.crossroads, self.like, self.entries = ways, ways.crossroads, like, {}
        first = self.crossroads.recordings[0]
        self.questions = Entry(self.crossroads.runner, like, None, first.out, first.captured, False)

    cdef object answer(self, tuple args, dict kwargs):
        cdef Entry entry
        numbers = self.questions.computed(args, kwargs)
        if numbers is MISSED:
            return MISSED
        for recorded in self.crossroads.possible(numbers):
            entry = self.entries.get(id(recorded))
            if entry is None:
                entry = Entry(recorded.runner, self.like, None, recorded.out, recorded.captured, False)
                self.entries[id(recorded)] = entry
            result = entry.answer(args, kwargs)
            if result is not MISSED:
                self.again = entry is self.last
                self.last = entry
                return result
        return MISSED


cdef class Caller:
    """A function that answers by its entries, where one fits, and else by `called`.

    crossings   for functions of many ways: they know of all, where the entries are of those used last

    watched     what the entries hold for: as long as `watched.changed()` is false; None where that cannot change
    by_order    whether the function may read in which order arguments were given by name, as one with `**others`
    """

    cdef list entries
    cdef list crossings
    cdef public Watched watched
    cdef public bint by_order

    def __init__(self):
        self.forget()

    def __call__(self, *args, **kwargs):
        cdef Entry known
        cdef Crossing crossing
        if self.watched is None or not self.watched.changed():
            for entry in self.entries:
                known = entry
                if self.by_order and [*kwargs] != known.names:
                    continue
                result = known.answer(args, kwargs)
                if result is not MISSED:
                    return result
            for one in self.crossings:
                crossing = one
                if self.by_order and [*kwargs] != crossing.questions.names:
                    continue
                result = crossing.answer(args, kwargs)
                if result is not MISSED:
                    if crossing.again:  # as it may be for long
                        self.entries = [crossing.last, *self.entries[: ENTRIES - 1]]
                    return result
        return self.called(args, kwargs)

    def remember(self, runner, like, sums, each, captured, mean):
        """Has calls with arguments like these answered by an Entry from now on, if they are not already."""
        for entry in self.entries:
            if (<Entry> entry).runner is runner:
                return
        if "numpy" in modules and not hasattr(modules["numpy"], "empty"):
            return  # another thread is importing it
        self.entries = [*self.entries, Entry(runner, like, sums, each, captured, mean)][-ENTRIES:]

    def remember_crossing(self, ways, like):
        """Has calls with arguments like these answered by what the Crossroads of these ways tells, if they are not already."""
        for crossing in self.crossings:
            if (<Crossing> crossing).crossroads is ways.crossroads:
                return
        others = [crossing for crossing in self.crossings if (<Crossing> crossing).ways is not ways]
        self.crossings = [*others, Crossing(ways, like)][-ENTRIES:]

    def forget(self):
        """Forgets all entries."""
        self.entries, self.crossings = [], []
