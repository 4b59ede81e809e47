# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""Runs a plan: at one point, or over any number of rows, block by block, and large batches on several threads.

A block's registers stay near the processor. What goes in and out is read and written here, without a Python object for each
number. The same blocks are made and the same sums are added in the same order, however many threads there are.

A plan is data: `executor.pyi` lists what is read of one, and compiler/plan.py says what it means.
"""

cimport cython
from autograd.runtime._lanes cimport Code, Execute, Flags, Kernel, copy_past_caches, wait_for_copies
from autograd.runtime.reading cimport beside_each_other, load, read_beside, read_column
from autograd.runtime.totals cimport add_up, add_up_plainly, runs_of, sums_of_rows
from cpython.buffer cimport PyBUF_STRIDES, Py_buffer, PyBuffer_Release, PyObject_GetBuffer
from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport uintptr_t
from libc.stdlib cimport calloc, free, malloc
from libc.string cimport memcpy, memset

import itertools
import threading
from array import array

from .instruction_sets import chosen, module
from .kernel_table import KERNELS, WITH_SLOPE
from .python_rules import PythonRule, column
from .tables import check_in_place
from .threads import get_num_threads

# A block has as many rows as keep its registers in NEAR bytes, which is near a processor; but FEWEST to MOST rows, and fewer
# where FEWEST rows would take more than FAR bytes. These are bounds before a batch is parted evenly: see block_size().
cdef Py_ssize_t NEAR = 24 * 1024
cdef Py_ssize_t FAR = 2 * 1024 * 1024
cdef Py_ssize_t FEWEST = 64
cdef Py_ssize_t MOST = 512
# A batch has at most SEGMENTS segments, each of at least BLOCKS_IN_SEGMENT blocks: the sums over their rows are added one after
# the other.
cdef Py_ssize_t SEGMENTS = 64
cdef Py_ssize_t BLOCKS_IN_SEGMENT = 4
# Work is measured as the length of the plan's list times the rows. EACH_THREAD of it is worth a thread, and Ctrl-C is looked
# for after each BETWEEN_SIGNALS. Results of more numbers than LARGE go to memory past the caches.
cdef Py_ssize_t EACH_THREAD = 1 << 24
cdef Py_ssize_t BETWEEN_SIGNALS = 1 << 24
cdef Py_ssize_t LARGE = 1 << 20

# So many columns that stand one beside the other are read together, row by row. Of tables with more rows than FAR_APART the
# rows that are read next are asked for meanwhile.
cdef Py_ssize_t TOGETHER = 4
cdef Py_ssize_t FAR_APART = 2048

cdef Execute EXECUTE
cdef Kernel* KERNEL_TABLE = <Kernel*> calloc(len(KERNELS) + len(WITH_SLOPE), sizeof(Kernel))


def use(str instructions):
    """Runs plans by the loops for an instruction set from now on, in this process. ImportError if it was not built."""
    global EXECUTE
    cdef size_t address = module("loops", instructions).address()
    EXECUTE = <Execute> <void*> address
    for op, k in (KERNELS | {f"{op} with slope": k for op, k in WITH_SLOPE.items()}).items():
        address = module("kernels", instructions).ADDRESSES[op]
        KERNEL_TABLE[<Py_ssize_t> k] = <Kernel> <void*> address


use(chosen())


# ------------------------------------------------------------------------------------------------ memory


@cython.final
cdef class Memory:
    """`size` doubles, 0.0 at first or whatever was there, from where a line of the processor's cache begins."""

    def __init__(self, size, bint cleared=True):
        self.size = size
        self.block = calloc(self.size * 8 + 64, 1) if cleared else malloc(self.size * 8 + 64)
        if self.block is NULL:
            raise MemoryError(f"no memory for {size} numbers")
        cdef uintptr_t start = <uintptr_t> self.block
        self.run = <double*> (start + (64 - start % 64))

    def __dealloc__(self):
        free(self.block)


@cython.final
cdef class Columns:
    """The columns of tables, read in place: rows from `origin` on, or those whose numbers stand at `index` from there on."""

    def __init__(self, list tables, Py_ssize_t rows):
        """tables    arrays of float64 (rows, ...): each has as many columns as a row has numbers, in C's order"""
        cdef Py_ssize_t n = 0, k = 0, count, held, d
        cdef Py_buffer* view
        self.views = <Py_buffer*> calloc(len(tables) + 1, sizeof(Py_buffer))
        if self.views is NULL:
            raise MemoryError(f"no memory for {len(tables)} tables")
        self.tables, self.rows = tables, rows
        for table in tables:
            view = &self.views[self.held]
            PyObject_GetBuffer(table, view, PyBUF_STRIDES)
            self.held += 1
            if view.itemsize != 8 or view.ndim < 1 or view.shape[0] != rows:
                raise ValueError(f"this is no table of {rows} rows of float64")
            count = 1
            for d in range(1, view.ndim):
                count *= view.shape[d]
            n += count
        self.count = n
        self.columns = <Column*> malloc((n + 1) * sizeof(Column))
        if self.columns is NULL:
            raise MemoryError(f"no memory for {n} columns")
        for held in range(self.held):
            k += self.place_columns(k, &self.views[held])

    cdef Py_ssize_t place_columns(self, Py_ssize_t k, Py_buffer* view) noexcept:
        """Notes where the columns of a table begin, from number k on, and gives how many there are."""
        cdef Py_ssize_t count = 1, i, j, d
        cdef bint together = True  # whether the numbers of a row stand one beside the other
        cdef Column* columns = self.columns + k
        for d in range(view.ndim - 1, 0, -1):
            together = together and view.strides[d] == 8 * count
            count *= view.shape[d]
        if together:
            for i in range(count):
                columns[i].base, columns[i].stride, columns[i].beside = <char*> view.buf + 8 * i, view.strides[0], count - i
            return count
        count = 1
        columns[0].base = <char*> view.buf
        for d in range(1, view.ndim):  # each place so far becomes as many as this axis is long: from the end on, in place
            for i in range(count - 1, -1, -1):
                for j in range(view.shape[d] - 1, -1, -1):
                    columns[i * view.shape[d] + j].base = columns[i].base + j * view.strides[d]
            count *= view.shape[d]
        for i in range(count):
            columns[i].stride, columns[i].beside = view.strides[0], 1
        return count

    cdef Py_ssize_t read(
        self, double* out, Py_ssize_t k, Py_ssize_t most, Py_ssize_t start, Py_ssize_t n, Py_ssize_t lanes
    ) noexcept nogil:
        """Reads n numbers of column k, and of as many beside it as stand beside it in memory, `most` at most; gives how many."""
        cdef Column* column = self.columns + k
        cdef Py_ssize_t stride = column.stride, columns = min(most, column.beside), ahead
        cdef const long long* index = NULL
        cdef const char* base = column.base
        start += self.origin
        if self.index is not NULL:
            index = self.index + start
        else:
            base += start * stride
        ahead = n * stride if self.rows > FAR_APART and index is NULL and start + 2 * n <= self.rows else 0
        if columns < TOGETHER:
            read_column(out, base, stride, index, n, lanes, ahead)
            return 1
        read_beside(out, base, stride, index, n, lanes, columns, ahead)
        return columns

    def __dealloc__(self):
        cdef Py_ssize_t k
        for k in range(self.held):
            PyBuffer_Release(&self.views[k])
        free(self.views)
        free(self.columns)


# ------------------------------------------------------------------------------------------------ a plan


cdef class Step:
    """What stands between the runs of instructions of a plan, and runs by itself.

    room    how many registers with rows it has for itself, behind those of the plan: several may have the same
    """

    cdef int run(
        self, double* shared, double* rows, Py_ssize_t lanes, Py_ssize_t count, double* sums, Flags holds
    ) except -1:
        raise NotImplementedError


@cython.final
cdef class Runner:
    """A plan with memory for what all rows share, its constants in place.

    threads     how many threads its large batches have at most; 0 for as many as `set_num_threads` says
    """

    def __init__(self, plan, Py_ssize_t threads=0):
        self.threads = threads
        self.plan = plan
        self.steps = plan.before
        self.begin, self.end = plan.before[0]
        self.alone = len(plan.before) == 1
        self.setup_begin, self.setup_end = plan.setup
        self.body = plan.body
        self.guarded = plan.guarded
        self.length = len(plan.code)
        self.registers = plan.rows
        self.room = max([step.room for step in plan.body if isinstance(step, Step)], default=0)
        self.sums = plan.sums
        self.inputs = len(plan.input_places)
        self.columns = sum(plan.per_row)
        self.shared_inputs = len(plan.per_row) - self.columns
        self.calls_python = len(plan.before) > 1 or len(plan.body) > 1
        self.outputs = len(plan.outputs)
        self.summed = len(plan.summed)
        self.keeps_code, self.keeps_columns, self.keeps_places = plan.code, plan.input_columns, plan.input_places
        self.keeps_outputs = plan.output_places
        self.code = &self.keeps_code[0]
        self.input_columns = &self.keeps_columns[0]
        self.input_places = &self.keeps_places[0]
        self.keeps_beside = beside_each_other(array("i", [0]) * (self.inputs + 1), plan.input_columns, plan.input_places)
        self.inputs_beside = &self.keeps_beside[0]
        self.output_places = &self.keeps_outputs[0]
        if self.summed:
            self.keeps_runs = runs_of(array("i"), plan.fixed, plan.varying, plan.factors)
            self.more = plan.more
            self.plain = not plan.more and {k for k, number in plan.constants if number == 1.0}.issuperset(plan.factors)
        self.results_at = plan.shared
        self.rows_kept = None
        self.lanes_kept = 0
        self.busy = False
        self.template = self.memory()

    cdef Memory memory(self):
        cdef Memory memory = Memory(self.plan.shared + self.outputs)  # with place for the outputs, one after the other
        cdef Py_ssize_t k
        for k, number in self.plan.constants:
            memory.run[k] = number
        return memory

    cdef void execute(
        self, Py_ssize_t begin, Py_ssize_t end, double* shared, double* rows, Py_ssize_t lanes, Py_ssize_t count, double* sums,
        Flags holds
    ) noexcept nogil:
        EXECUTE(self.code, begin, end, shared, rows, lanes, count, sums, holds, KERNEL_TABLE)

    cdef void execute_code(
        self, Code code, Py_ssize_t begin, Py_ssize_t end, double* shared, double* rows, Py_ssize_t lanes, Py_ssize_t count,
        double* sums, Flags holds
    ) noexcept nogil:
        """The same, of this code in the place of the plan's."""
        EXECUTE(code, begin, end, shared, rows, lanes, count, sums, holds, KERNEL_TABLE)

    cdef int compute_shared(self, double* shared) except? -1:
        """Computes what all rows share; gives whether the guards on it hold."""
        cdef unsigned char[1] holds
        cdef Py_ssize_t k
        holds[0] = 1
        self.execute(self.begin, self.end, shared, shared, 1, 1, shared, holds)
        if self.alone:
            return holds[0]
        self.run_steps(self.steps[1:], shared, shared, 1, 1, shared, holds)
        return holds[0]

    cdef int run_steps(
        self, list steps, double* shared, double* rows, Py_ssize_t lanes, Py_ssize_t count, double* sums, Flags holds
    ) except -1:
        """Runs of instructions, rules of Python and loops."""
        for step in steps:
            if isinstance(step, PythonRule):
                apply_rule(step, rows, lanes, count)
            elif isinstance(step, Step):
                (<Step> step).run(shared, rows, lanes, count, sums, holds)
            else:
                self.execute(step[0], step[1], shared, rows, lanes, count, sums, holds)
        return 0

    cdef Memory take(self):
        """The memory kept here, or other memory while a run is under way in it."""
        if self.busy:
            return self.memory()
        self.busy = True
        return self.template

    cdef object give_back(self, Memory memory):
        if memory is self.template:
            self.busy = False

    cdef int read(self, double* shared, list pieces) except -1:
        """Reads the inputs that all rows share."""
        cdef Py_ssize_t place = 0
        cdef Py_ssize_t count
        for piece in pieces:
            count = load(shared + place, piece, self.shared_inputs - place)
            if count < 0:
                raise TypeError(f"a program takes {self.shared_inputs} floats that rows share, and not these: {piece!r}")
            place += count
        if place != self.shared_inputs:
            raise TypeError(f"a program takes {self.shared_inputs} floats that rows share, and was given {place}")
        return 0

    def at_point(self, list pieces):
        """The outputs at a point, a list, and whether the program holds there.

        pieces      the inputs: lists of floats, and arrays of float64
        """
        cdef Memory memory = self.take()
        cdef Py_ssize_t k
        cdef bint holds
        try:
            self.read(memory.run, pieces)
            holds = self.compute_shared(memory.run)
            return [memory.run[~self.output_places[k]] for k in range(self.outputs)], holds
        finally:
            self.give_back(memory)

    def over_rows(self, list pieces, list tables, rows, results, holds, threads=0, anyway=False, sums=None):
        """Runs over rows, and writes what the program gives and which rows it holds for. False if it holds for none.

        pieces      the inputs that all rows share: lists of floats, and arrays of float64
        tables      the others: arrays of float64 (rows, how many)
        results     an array (outputs, rows) of float64, for the outputs that are not summed; None if all are
        holds       an array of uint8, filled with 1: it gets 0 for each row that a guard fails for. None if no guard differs
                    from row to row
        threads     by default one for a small batch, and for a large one as many as `threads` or `set_num_threads` say
        anyway      True to write what it gives even if it holds for none
        sums        an array (2, summed) of zeros, or a Memory of that size: for each summed output, first the terms that all
                    rows share (to be taken once for each row), then the sum of those that differ. None if nothing is summed
        """
        cdef Memory memory = self.take()
        cdef bint possible
        cdef Batch batch
        try:
            self.read(memory.run, pieces)
            possible = self.compute_shared(memory.run)
            if not (possible or anyway):
                return False
            check_in_place(tables)
            batch = Batch(self, memory, Columns(tables, rows), rows, results, holds, sums)
            batch.run(threads)
            if self.summed:
                batch.reduce()
            return bool(possible)
        finally:
            self.give_back(memory)

    def grouping(self, Py_ssize_t rows):
        """How rows are added where there are so many: how many rows a block has, and how many blocks a segment."""
        cdef Py_ssize_t lanes = block_size(self.registers, rows)
        return lanes, blocks_in_segment((rows + lanes - 1) // lanes)

    cdef void conclude(self, double* partial, Py_ssize_t segments, double* shared, double* added) noexcept:
        """Puts the sums over the rows together, and what they are multiplied by and added to."""
        cdef Py_ssize_t k
        self.add_segments(partial, segments)
        add_up(added, added + self.summed, shared, partial, self.keeps_runs)
        for k in range(0, len(self.more), 4):
            self.add_more(&self.more[k], partial, shared, added)

    cdef void add_segments(self, double* partial, Py_ssize_t segments) noexcept:
        """Adds the sums over the rows of each segment, in their order, to those of the first, in place."""
        cdef Py_ssize_t k, segment
        for segment in range(1, segments):
            for k in range(self.sums):
                partial[k] += partial[segment * self.sums + k]

    cdef void add_more(self, Code term, double* totals, double* shared, double* added) noexcept:
        """Adds one of the four numbers each in the plan's `more`: output, shared place or -1, sum, place of the factor."""
        if term[1] >= 0:
            added[term[0]] += shared[term[1]]
        else:
            added[self.summed + term[0]] += totals[term[2]] * shared[term[3]]


cdef object apply_rule(step, double* rows, Py_ssize_t lanes, Py_ssize_t n):
    """A function of Python, row by row, or its kernel on all rows."""
    cdef Py_ssize_t i, k
    cdef Py_ssize_t out = step.out * lanes
    cdef list places = step.operands
    cdef const double[::1] found
    rule, kernel = step.rule, step.kernel
    if kernel is not None:
        found = column(kernel, [<double[:n]> (rows + <Py_ssize_t> k * lanes) for k in places])
        memcpy(rows + out, &found[0], n * 8)
    else:
        for i in range(n):
            rows[out + i] = rule([rows[k * lanes + i] for k in places])
    for i in range(n, lanes):
        rows[out + i] = rows[out + n - 1]


cdef Py_ssize_t default_threads(Runner runner, Py_ssize_t rows):
    """One for a small batch; else as many as the runner may have, if the plan is all instructions."""
    cdef Py_ssize_t worth = runner.length * rows // EACH_THREAD
    if worth < 2 or len(runner.body) > 1:
        return 1
    return min(worth, runner.threads or get_num_threads())


cdef Py_ssize_t block_size(Py_ssize_t registers, Py_ssize_t rows):
    """How many rows the blocks of a batch have: the batch parted evenly, in multiples of 8, which the loops take at once."""
    cdef Py_ssize_t lanes = max(FEWEST, min(MOST, NEAR // (8 * max(1, registers))))
    if registers * lanes * 8 > FAR:
        lanes = max(8, FAR // (8 * registers))
    cdef Py_ssize_t blocks = (rows + lanes - 1) // lanes
    return ((rows + blocks - 1) // blocks + 7) // 8 * 8


cdef Py_ssize_t blocks_in_segment(Py_ssize_t blocks):
    """How many of the blocks of a batch a segment has."""
    return max(BLOCKS_IN_SEGMENT, (blocks + SEGMENTS - 1) // SEGMENTS)


# ------------------------------------------------------------------------------------------------ rows


@cython.final
cdef class Batch:
    """One run of a plan over rows: over all, or over those from number `first` on, of `total`."""

    def __init__(
        self, Runner runner, Memory shared, Columns columns, Py_ssize_t rows, results, holds, sums, Py_ssize_t first=0,
        Py_ssize_t total=0
    ):
        cdef double[:, ::1] view
        cdef unsigned char[::1] flags
        if columns.count != runner.columns:
            raise ValueError(f"a program takes {runner.columns} columns, and was given {columns.count}")
        self.runner, self.shared, self.columns = runner, shared, columns
        self.rows, self.first = rows, first
        total = total or rows
        self.lanes = block_size(runner.registers, total)
        self.in_segment = blocks_in_segment((total + self.lanes - 1) // self.lanes)
        if first % self.lanes or not (first + rows == total or (rows % self.lanes == 0 and first + rows < total)):
            raise ValueError(f"rows {first} to {first + rows} of {total} are no whole blocks of {self.lanes}")
        self.begin = first // self.lanes
        self.blocks = (first + rows + self.lanes - 1) // self.lanes
        self.before = self.begin // self.in_segment
        self.segments = (self.blocks + self.in_segment - 1) // self.in_segment - self.before
        self.large = runner.outputs * rows > LARGE
        self.between_signals = max(1, BETWEEN_SIGNALS // (runner.length * self.lanes))
        self.partial = Memory(self.segments * runner.sums, False)
        self.registers = None
        self.keeps_results, self.keeps_holds, self.keeps_sums = results, holds, sums
        self.results = self.added = self.carried = NULL
        if isinstance(results, Memory):
            self.results = (<Memory> results).run
        elif runner.outputs:
            view = results
            self.results = &view[0, 0]
        if isinstance(sums, Memory):
            self.added = (<Memory> sums).run
        elif sums is not None:
            view = sums
            self.added = &view[0, 0]
        self.holds = NULL
        if holds is not None:
            flags = holds
            self.holds = &flags[0]

    cpdef object run(self, Py_ssize_t threads):
        """All segments, on so many threads, by default (0) as are worth it. Ctrl-C ends it within a fraction of a second."""
        self.counter = itertools.count()
        self.problems = []
        self.stopped = False
        if threads == 0:
            threads = default_threads(self.runner, self.rows)
        if threads == 1 or self.segments == 1:
            self.work(True)
            return
        helpers = [threading.Thread(target=self.help) for _ in range(min(threads, self.segments) - 1)]
        try:
            for helper in helpers:
                helper.start()
            self.work(False)
            for helper in helpers:
                helper.join()
        except BaseException:
            self.stopped = True
            for helper in helpers:
                if helper.ident is not None:  # it was started
                    helper.join()
            raise
        if self.problems:
            raise self.problems[0]

    cdef Memory memory_for_rows(self, bint alone):
        """The registers with rows of one thread, set up: for the only thread those of its last run, which the runner has kept
        where it is the only run, too."""
        cdef Runner runner = self.runner
        cdef Memory rows
        cdef bint only = alone and self.shared is runner.template
        if alone and self.registers is not None:
            rows = self.registers
        elif only and runner.lanes_kept == self.lanes:
            rows = runner.rows_kept
        else:
            rows = Memory((runner.registers + runner.room) * self.lanes)
        if alone:
            self.registers = rows
        if only:
            runner.rows_kept, runner.lanes_kept = rows, self.lanes
        runner.execute(runner.setup_begin, runner.setup_end, self.shared.run, rows.run, self.lanes, 0, rows.run, self.holds)
        return rows

    cdef object work(self, bint alone):
        """One thread: takes segments until there are none left."""
        cdef Memory rows = self.memory_for_rows(alone)
        cdef Py_ssize_t segment
        while not self.stopped:
            segment = next(self.counter)
            if segment >= self.segments:
                break
            self.run_segment(segment, rows.run, self.partial.run + segment * self.runner.sums)
        wait_for_copies()

    def help(self):
        """The work of a thread beside the caller's, which keeps its exception for the caller to raise."""
        try:
            self.work(False)
        except BaseException as problem:
            self.stopped = True
            self.problems.append(problem)

    cdef object run_segment(self, Py_ssize_t segment, double* rows, double* sums):
        """The blocks of a segment, and the sums over their rows."""
        cdef Py_ssize_t until, begin, end
        cdef Py_ssize_t block = (self.before + segment) * self.in_segment
        cdef Py_ssize_t last = min(block + self.in_segment, self.blocks)
        cdef bint alone = len(self.runner.body) == 1
        block = max(block, self.begin)
        if segment or self.carried is NULL:
            memset(sums, 0, self.runner.sums * 8)
        else:
            memcpy(sums, self.carried, self.runner.sums * 8)
        begin, end = self.runner.body[0]
        while block < last and not self.stopped:
            PyErr_CheckSignals()
            until = min(block + self.between_signals, last)
            if alone:
                with nogil:
                    while block < until and not self.stopped:
                        self.read(block, rows)
                        self.run_block(block, begin, end, rows, sums)
                        self.write(block, rows)
                        block += 1
            else:
                check_in_place(self.columns.tables)
                self.read(block, rows)
                self.runner.run_steps(
                    self.runner.body, self.shared.run, rows, self.lanes, self.count(block), sums, self.flags(block)
                )
                self.write(block, rows)
                block += 1

    cdef Py_ssize_t count(self, Py_ssize_t block) noexcept nogil:
        """How many rows this block has: the last one may have fewer."""
        cdef Py_ssize_t left = self.rows - self.start(block)
        return left if left < self.lanes else self.lanes

    cdef Py_ssize_t start(self, Py_ssize_t block) noexcept nogil:
        """Where the rows of a block begin, among those here."""
        return block * self.lanes - self.first

    cdef void read(self, Py_ssize_t block, double* rows) noexcept nogil:
        cdef Py_ssize_t k = 0, n = self.count(block), start = self.start(block), lanes = self.lanes, inputs = self.runner.inputs
        cdef Code columns = self.runner.input_columns, places = self.runner.input_places, most = self.runner.inputs_beside
        while k < inputs:
            k += self.columns.read(rows + places[k] * lanes, columns[k], most[k], start, n, lanes)

    cdef void run_block(self, Py_ssize_t block, Py_ssize_t begin, Py_ssize_t end, double* rows, double* sums) noexcept nogil:
        self.runner.execute(begin, end, self.shared.run, rows, self.lanes, self.count(block), sums, self.flags(block))

    cdef Flags flags(self, Py_ssize_t block) noexcept nogil:
        """Those of a block's rows, if a guard can clear any."""
        return self.holds + self.start(block) if self.runner.guarded else self.holds

    cdef void write(self, Py_ssize_t block, double* rows) noexcept nogil:
        cdef Py_ssize_t k, i, place
        cdef double* out
        cdef Py_ssize_t n = self.count(block)
        for k in range(self.runner.outputs):
            place = self.runner.output_places[k]
            out = self.results + k * self.rows + self.start(block)
            if place < 0:
                for i in range(n):
                    out[i] = self.shared.run[~place]
            elif self.large:
                copy_past_caches(out, rows + place * self.lanes, n)
            else:
                memcpy(out, rows + place * self.lanes, n * 8)

    cpdef object reduce(self):
        """Puts the sums over the rows together, in the order of the segments."""
        self.runner.conclude(self.partial.run, self.segments, self.shared.run, self.added)

    cdef bint reduced(self, bint mean) noexcept:
        """Makes the sums over the rows, or means, at the beginning of `added`. False if one is not finite: see `sums_of_rows`."""
        cdef Runner runner = self.runner
        if runner.plain:
            runner.add_segments(self.partial.run, self.segments)
            return add_up_plainly(self.added, self.shared.run, self.partial.run, runner.keeps_runs, self.rows, mean)
        self.reduce()
        return sums_of_rows(self.added, self.added + runner.summed, runner.summed, self.rows, mean)
