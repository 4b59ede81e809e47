# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""Runs a plan: at one point, or over any number of rows, block by block, on as many threads as there are processors.

A block's registers stay near the processor. What goes in and out is read and written here, without a Python object for each
number. The same blocks are made and the same sums are added in the same order, however many threads there are.
"""

from __future__ import annotations

import cython

# fmt: off
if cython.compiled:
    from cython.cimports.autograd.runtime._lanes import Execute, Flags, Kernel, at, copy_past_caches, wait_for_copies
    from cython.cimports.cpython.buffer import PyBUF_STRIDES, Py_buffer, PyBuffer_Release, PyObject_GetBuffer
    from cython.cimports.cpython.exc import PyErr_CheckSignals
    from cython.cimports.libc.stdint import uintptr_t
    from cython.cimports.libc.stdlib import calloc, free
    from cython.cimports.libc.string import memcpy
else:
    from ._lanes import at, copy_past_caches, memcpy, wait_for_copies
    from .loops import execute

    def PyErr_CheckSignals():  # noqa: N802 (C's name): the interpreter looks by itself
        pass
# fmt: on

import itertools
import os
import threading
from array import array

from .instruction_sets import KERNELS, chosen, module
from .python_rules import PythonRule

NATIVE = cython.compiled
"""Whether this runs as machine code. As plain Python it would give the same, slower than `columns`."""

# In bytes, what is near a processor: a block has so many rows that its registers fit. In rows, the fewest and most a block has;
# where the fewest would take more memory than is FAR, it has fewer.
NEAR = cython.declare(cython.Py_ssize_t, 24 * 1024)
FAR = cython.declare(cython.Py_ssize_t, 1024 * 1024)
FEWEST = cython.declare(cython.Py_ssize_t, 64)
MOST = cython.declare(cython.Py_ssize_t, 512)
# A batch has so many segments at most, of so many blocks at least: their sums over rows are added one after the other.
SEGMENTS = cython.declare(cython.Py_ssize_t, 64)
BLOCKS_IN_SEGMENT = cython.declare(cython.Py_ssize_t, 4)
# In numbers of the plan's list times rows: what is worth a thread, and how long Ctrl-C may wait. Results of more numbers than
# LARGE go to memory past the caches.
EACH_THREAD = cython.declare(cython.Py_ssize_t, 1 << 24)
BETWEEN_SIGNALS = cython.declare(cython.Py_ssize_t, 1 << 24)
LARGE = cython.declare(cython.Py_ssize_t, 1 << 20)

if cython.compiled:
    EXECUTE = cython.declare(Execute)
    KERNEL_TABLE = cython.declare(cython.pointer(Kernel))
    KERNEL_TABLE = cython.cast(cython.pointer(Kernel), calloc(len(KERNELS) + 1, 8))
else:
    EXECUTE, KERNEL_TABLE = execute, []


def use(instructions: str):
    """Runs plans by the loops for an instruction set from now on, in this process. ImportError if it was not built."""
    global EXECUTE, KERNEL_TABLE
    if cython.compiled:
        address: cython.size_t = module("loops", instructions).address()
        EXECUTE = cython.cast(Execute, cython.cast(cython.p_void, address))
        for op, k in KERNELS.items():
            address = module("elementary", instructions).address_of(op)
            KERNEL_TABLE[cython.cast(cython.Py_ssize_t, k)] = cython.cast(Kernel, cython.cast(cython.p_void, address))
    else:
        KERNEL_TABLE = [module("elementary", instructions).KERNELS[op] for op in KERNELS]


use(chosen())


# ------------------------------------------------------------------------------------------------ memory


@cython.final
@cython.cclass
class Memory:
    """`size` doubles, 0.0 at first, from where a line of the processor's cache begins."""

    def __init__(self, size):
        self.size = size
        if cython.compiled:
            self.block = calloc(self.size * 8 + 64, 1)
            if self.block is cython.NULL:
                raise MemoryError(f"no memory for {size} numbers")
            start: uintptr_t = cython.cast(uintptr_t, self.block)
            self.run = cython.cast(cython.p_double, start + (64 - start % 64))
        else:
            self.run = memoryview(array("d", bytes(8 * size)))

    if cython.compiled:

        def __dealloc__(self):
            free(self.block)


@cython.cfunc
@cython.exceptval(-1)
def load(out: cython.p_double, piece) -> cython.Py_ssize_t:
    """Reads the numbers of a list, or of an array of float64 in C's order; gives how many there were."""
    count: cython.Py_ssize_t = 0
    if isinstance(piece, (list, tuple)):
        for x in piece:
            out[count] = x
            count += 1
        return count
    if cython.compiled:
        view: Py_buffer
        PyObject_GetBuffer(piece, cython.address(view), PyBUF_STRIDES)
        memcpy(out, view.buf, view.len)
        count = view.len // 8
        PyBuffer_Release(cython.address(view))
    else:
        count = piece.size
        out[:count] = memoryview(piece.ravel())
    return count


@cython.final
@cython.cclass
class Columns:
    """The columns of tables, read in place."""

    def __init__(self, tables: list):
        """tables    arrays of float64 (rows, how many), or (rows,)"""
        if cython.compiled:
            n: cython.Py_ssize_t = 0
            k: cython.Py_ssize_t = 0
            i: cython.Py_ssize_t
            view: cython.pointer(Py_buffer)
            self.views = cython.cast(cython.pointer(Py_buffer), calloc(len(tables) + 1, cython.sizeof(Py_buffer)))
            if self.views is cython.NULL:
                raise MemoryError(f"no memory for {len(tables)} tables")
            for table in tables:
                view = cython.address(self.views[self.held])
                PyObject_GetBuffer(table, view, PyBUF_STRIDES)
                self.held += 1
                n += view.shape[1] if view.ndim > 1 else 1
            self.bases = cython.cast(cython.pointer(cython.p_char), calloc(n + 1, cython.sizeof(cython.p_char)))
            self.strides = cython.cast(cython.pointer(cython.Py_ssize_t), calloc(n + 1, cython.sizeof(cython.Py_ssize_t)))
            if self.bases is cython.NULL or self.strides is cython.NULL:
                raise MemoryError(f"no memory for {n} columns")
            for held in range(self.held):
                view = cython.address(self.views[cython.cast(cython.Py_ssize_t, held)])
                for i in range(view.shape[1] if view.ndim > 1 else 1):
                    self.bases[k] = cython.cast(cython.p_char, view.buf) + (i * view.strides[1] if view.ndim > 1 else 0)
                    self.strides[k] = view.strides[0]
                    k += 1
        else:
            self.columns = [memoryview(column) for table in tables for column in (table.T if table.ndim > 1 else [table])]

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def read(
        self, out: cython.p_double, k: cython.Py_ssize_t, start: cython.Py_ssize_t, n: cython.Py_ssize_t,
        lanes: cython.Py_ssize_t,
    ) -> cython.void:  # fmt: skip
        """n numbers of column k, and the last of them again up to `lanes`: beyond the last row stand copies of it."""
        i: cython.Py_ssize_t
        if cython.compiled:
            stride: cython.Py_ssize_t = self.strides[k]
            base: cython.p_char = self.bases[k] + start * stride
            if stride == 8:
                memcpy(out, base, n * 8)
            else:
                for i in range(n):
                    out[i] = cython.cast(cython.p_double, base + i * stride)[0]
        else:
            out[:n] = self.columns[k][start : start + n]
        for i in range(n, lanes):
            out[i] = out[n - 1]

    if cython.compiled:

        def __dealloc__(self):
            k: cython.Py_ssize_t
            for k in range(self.held):
                PyBuffer_Release(cython.address(self.views[k]))
            free(self.views)
            free(self.bases)
            free(self.strides)


# ------------------------------------------------------------------------------------------------ a plan


@cython.final
@cython.cclass
class Runner:
    """A plan with memory for what all rows share, its constants in place."""

    def __init__(self, plan):
        self.plan = plan
        self.steps = plan.before
        self.begin, self.end = plan.before[0]
        self.alone = len(plan.before) == 1
        self.setup_begin, self.setup_end = plan.setup
        self.body = plan.body
        self.guarded = plan.guarded
        self.reduced = plan.reduced
        self.length = len(plan.code)
        self.registers = plan.rows
        self.sums = plan.sums
        self.inputs = len(plan.input_places)
        self.outputs = len(plan.outputs)
        if cython.compiled:
            self.keeps_code, self.keeps_columns, self.keeps_places = plan.code, plan.input_columns, plan.input_places
            self.keeps_outputs = plan.output_places
            self.code = cython.address(self.keeps_code[0])
            self.input_columns = cython.address(self.keeps_columns[0])
            self.input_places = cython.address(self.keeps_places[0])
            self.output_places = cython.address(self.keeps_outputs[0])
        else:
            self.code = memoryview(plan.code)
            self.input_columns, self.input_places = plan.input_columns, plan.input_places
            self.output_places = plan.output_places
        if plan.reduced:
            if cython.compiled:
                self.keeps_fixed, self.keeps_summed, self.keeps_factors = plan.fixed, plan.summed, plan.factors
                self.fixed = cython.address(self.keeps_fixed[0])
                self.summed = cython.address(self.keeps_summed[0])
                self.factors = cython.address(self.keeps_factors[0])
            else:
                self.fixed, self.summed, self.factors = plan.fixed, plan.summed, plan.factors
        self.results_at = plan.shared
        self.rows_kept = None
        self.lanes_kept = 0
        self.busy = False
        self.template = self.memory()

    @cython.cfunc
    def memory(self) -> Memory:
        memory: Memory = Memory(self.plan.shared + self.outputs)  # with place for the outputs, one after the other
        k: cython.Py_ssize_t
        for k, number in self.plan.constants:
            memory.run[k] = number
        return memory

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def execute(
        self, begin: cython.Py_ssize_t, end: cython.Py_ssize_t, shared: cython.p_double, rows: cython.p_double,
        lanes: cython.Py_ssize_t, count: cython.Py_ssize_t, sums: cython.p_double, holds: Flags,
    ) -> cython.void:  # fmt: skip
        EXECUTE(self.code, begin, end, shared, rows, lanes, count, sums, holds, KERNEL_TABLE)

    @cython.cfunc
    @cython.exceptval(-1)
    def compute_shared(self, shared: cython.p_double) -> cython.int:
        """Computes what all rows share; gives whether the guards on it hold."""
        if cython.compiled:
            holds: cython.uchar[1]
        else:
            holds = bytearray(1)
        holds[0] = 1
        self.execute(self.begin, self.end, shared, shared, 1, 1, shared, holds)
        if self.alone:
            return holds[0]
        k: cython.Py_ssize_t
        for k in range(1, len(self.steps)):
            step = self.steps[k]
            if isinstance(step, PythonRule):
                apply_rule(step, shared, 1, 1)
            else:
                self.execute(step[0], step[1], shared, shared, 1, 1, shared, holds)
        return holds[0]

    @cython.cfunc
    def take(self) -> Memory:
        """The memory kept here, or other memory while a run is under way in it."""
        if self.busy:
            return self.memory()
        self.busy = True
        return self.template

    @cython.cfunc
    def give_back(self, memory: Memory):
        if memory is self.template:
            self.busy = False

    def at_point(self, pieces: list):
        """The outputs at a point, a list, and whether the program holds there.

        pieces      the inputs: lists of floats, and arrays of float64
        """
        memory: Memory = self.take()
        try:
            place: cython.Py_ssize_t = 0
            for piece in pieces:
                place += load(at(memory.run, place), piece)
            holds: cython.bint = self.compute_shared(memory.run)
            k: cython.Py_ssize_t
            return [memory.run[~self.output_places[k]] for k in range(self.outputs)], holds
        finally:
            self.give_back(memory)

    def over_rows(self, pieces: list, tables: list, rows, results, holds, threads=0, anyway=False):
        """Runs over rows, and writes what the program gives and which rows it holds for. False if it holds for none.

        pieces      the inputs that all rows share: lists of floats, and arrays of float64
        tables      the others: arrays of float64 (rows, how many)
        results     an array (outputs, rows) of float64; of a reduced plan (2, outputs) of zeros: what is to be taken once for
                    each row, and the sums over the rows of what differs
        holds       an array of uint8, filled with 1; None of a plan that holds wherever what all rows share does
        threads     by default one for a small batch, and for a large one as many as there are processors
        anyway      True to write what it gives even if it holds for none
        """
        memory: Memory = self.take()
        try:
            place: cython.Py_ssize_t = 0
            for piece in pieces:
                place += load(at(memory.run, place), piece)
            possible: cython.bint = self.compute_shared(memory.run)
            if not (possible or anyway):
                return False
            batch: Batch = Batch(self, memory, Columns(tables), rows, results, holds)
            batch.run(threads)
            if self.reduced:
                batch.reduce()
            return bool(possible)
        finally:
            self.give_back(memory)


@cython.cfunc
def apply_rule(step, rows: cython.p_double, lanes: cython.Py_ssize_t, n: cython.Py_ssize_t):
    """A function of Python, row by row."""
    i: cython.Py_ssize_t
    k: cython.Py_ssize_t
    out: cython.Py_ssize_t = step.out * lanes
    places: list = step.operands
    rule = step.rule
    for i in range(n):
        rows[out + i] = rule([rows[k * lanes + i] for k in places])
    for i in range(n, lanes):
        rows[out + i] = rows[out + n - 1]


@cython.cfunc
def default_threads(runner: Runner, rows: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """One for a small batch; else one for each processor this process may use, if the plan is all instructions."""
    worth: cython.Py_ssize_t = runner.length * rows // EACH_THREAD
    if worth < 2 or len(runner.body) > 1:
        return 1
    return min(worth, processors())


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cython.cfunc
def block_size(registers: cython.Py_ssize_t, rows: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """How many rows a block has: a multiple of 8, so that all blocks of a batch are about as large."""
    lanes: cython.Py_ssize_t = max(FEWEST, min(MOST, NEAR // (8 * max(1, registers))))
    if registers * lanes * 8 > FAR:
        lanes = max(8, FAR // (8 * registers))
    blocks: cython.Py_ssize_t = (rows + lanes - 1) // lanes
    return ((rows + blocks - 1) // blocks + 7) // 8 * 8


# ------------------------------------------------------------------------------------------------ rows


@cython.final
@cython.cclass
class Batch:
    """One run of a plan over rows."""

    def __init__(self, runner: Runner, shared: Memory, columns: Columns, rows: cython.Py_ssize_t, results, holds):
        self.runner, self.shared, self.columns = runner, shared, columns
        self.rows = rows
        self.lanes = block_size(runner.registers, rows)
        self.blocks = (rows + self.lanes - 1) // self.lanes
        self.in_segment = max(BLOCKS_IN_SEGMENT, (self.blocks + SEGMENTS - 1) // SEGMENTS)
        self.segments = (self.blocks + self.in_segment - 1) // self.in_segment
        self.large = not runner.reduced and runner.outputs * rows > LARGE
        self.between_signals = max(1, BETWEEN_SIGNALS // (runner.length * self.lanes))
        self.partial = Memory(self.segments * runner.sums)
        self.counter = itertools.count()
        self.problems = []
        self.stopped = False
        self.keeps_results, self.keeps_holds = results, holds
        if isinstance(results, Memory):
            self.results = cython.cast(Memory, results).run
        elif cython.compiled:
            view: cython.double[:, ::1] = results
            self.results = cython.address(view[0, 0])
        else:
            self.results = memoryview(results.reshape(-1))
        if cython.compiled:
            self.holds = cython.NULL
            if holds is not None:
                flags: cython.uchar[::1] = holds
                self.holds = cython.address(flags[0])
        else:
            self.holds = memoryview(holds) if holds is not None else b""

    @cython.ccall
    def run(self, threads: cython.Py_ssize_t):
        """All segments, on so many threads, by default (0) as are worth it. Ctrl-C ends it within a fraction of a second."""
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

    @cython.cfunc
    def memory_for_rows(self, alone: cython.bint) -> Memory:
        """The registers with rows of one thread, set up: those the runner has kept, for the only thread of the only run."""
        runner: Runner = self.runner
        alone = alone and self.shared is runner.template
        if alone and runner.lanes_kept == self.lanes:
            rows: Memory = runner.rows_kept
        else:
            rows = Memory(runner.registers * self.lanes)
        if alone:
            runner.rows_kept, runner.lanes_kept = rows, self.lanes
        runner.execute(runner.setup_begin, runner.setup_end, self.shared.run, rows.run, self.lanes, 0, rows.run, self.holds)
        return rows

    @cython.cfunc
    def work(self, alone: cython.bint):
        """One thread: takes segments until there are none left."""
        runner: Runner = self.runner
        rows: Memory = self.memory_for_rows(alone)
        sums: Memory = Memory(runner.sums)
        while not self.stopped:
            segment: cython.Py_ssize_t = next(self.counter)
            if segment >= self.segments:
                break
            self.run_segment(segment, rows.run, sums.run)
        wait_for_copies()

    def help(self):
        """The work of a thread beside the caller's, to which problems are told."""
        try:
            self.work(False)
        except BaseException as problem:
            self.stopped = True
            self.problems.append(problem)

    @cython.cfunc
    def run_segment(self, segment: cython.Py_ssize_t, rows: cython.p_double, sums: cython.p_double):
        """The blocks of a segment, and the sums over their rows."""
        k: cython.Py_ssize_t
        for k in range(self.runner.sums):
            sums[k] = 0.0
        block: cython.Py_ssize_t = segment * self.in_segment
        last: cython.Py_ssize_t = min(block + self.in_segment, self.blocks)
        until: cython.Py_ssize_t
        begin: cython.Py_ssize_t
        end: cython.Py_ssize_t
        alone: cython.bint = len(self.runner.body) == 1
        begin, end = self.runner.body[0]
        while block < last and not self.stopped:
            PyErr_CheckSignals()
            until = min(block + self.between_signals, last)
            if alone:
                with cython.nogil:
                    while block < until and not self.stopped:
                        self.read(block, rows)
                        self.run_block(block, begin, end, rows, sums)
                        self.write(block, rows)
                        block += 1
            else:
                self.read(block, rows)
                for step in self.runner.body:
                    if isinstance(step, PythonRule):
                        apply_rule(step, rows, self.lanes, self.count(block))
                    else:
                        begin, end = step
                        self.run_block(block, begin, end, rows, sums)
                self.write(block, rows)
                block += 1
        for k in range(self.runner.sums):
            self.partial.run[segment * self.runner.sums + k] = sums[k]

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def count(self, block: cython.Py_ssize_t) -> cython.Py_ssize_t:
        """How many rows a block has."""
        left: cython.Py_ssize_t = self.rows - block * self.lanes
        return left if left < self.lanes else self.lanes

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def read(self, block: cython.Py_ssize_t, rows: cython.p_double) -> cython.void:
        k: cython.Py_ssize_t
        place: cython.Py_ssize_t
        n: cython.Py_ssize_t = self.count(block)
        for k in range(self.runner.inputs):
            place = self.runner.input_places[k] * self.lanes
            self.columns.read(at(rows, place), self.runner.input_columns[k], block * self.lanes, n, self.lanes)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def run_block(
        self, block: cython.Py_ssize_t, begin: cython.Py_ssize_t, end: cython.Py_ssize_t, rows: cython.p_double,
        sums: cython.p_double,
    ) -> cython.void:  # fmt: skip
        holds: Flags = self.holds
        if self.runner.guarded:
            holds = flags_from(holds, block * self.lanes)
        self.runner.execute(begin, end, self.shared.run, rows, self.lanes, self.count(block), sums, holds)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def write(self, block: cython.Py_ssize_t, rows: cython.p_double) -> cython.void:
        if self.runner.reduced:
            return
        k: cython.Py_ssize_t
        i: cython.Py_ssize_t
        place: cython.Py_ssize_t
        out: cython.p_double
        n: cython.Py_ssize_t = self.count(block)
        for k in range(self.runner.outputs):
            place = self.runner.output_places[k]
            out = at(self.results, k * self.rows + block * self.lanes)
            if place < 0:
                for i in range(n):
                    out[i] = self.shared.run[~place]
            elif self.large:
                copy_past_caches(out, at(rows, place * self.lanes), n)
            else:
                memcpy(out, at(rows, place * self.lanes), n * 8)

    @cython.ccall
    def reduce(self):
        """Puts the sums over the rows together, in the order of the segments."""
        runner: Runner = self.runner
        totals: Memory = self.partial
        k: cython.Py_ssize_t
        segment: cython.Py_ssize_t
        for segment in range(1, self.segments):
            for k in range(runner.sums):
                totals.run[k] += self.partial.run[segment * runner.sums + k]
        add_up(
            self.results, at(self.results, runner.outputs), self.shared.run, totals.run, runner.fixed, runner.summed,
            runner.factors, runner.outputs,
        )  # fmt: skip
        for out, place, at_sum, factor in zip(*[iter(runner.plan.more)] * 4, strict=True):
            self.add_more(out, place, at_sum, factor)

    @cython.cfunc
    def add_more(
        self, out: cython.Py_ssize_t, place: cython.Py_ssize_t, at_sum: cython.Py_ssize_t, factor: cython.Py_ssize_t
    ) -> cython.void:
        if place >= 0:
            self.results[out] += self.shared.run[place]
        else:
            self.results[self.runner.outputs + out] += self.partial.run[at_sum] * self.shared.run[factor]


@cython.cfunc
@cython.exceptval(check=False)
def add_up(
    each: cython.p_double, summed: cython.p_double, shared: cython.p_double, totals: cython.p_double, fixed: Code, sums: Code,
    factors: Code, n: cython.Py_ssize_t,
) -> cython.void:  # fmt: skip
    """For each output what all rows share of it, and a sum over the rows with its factor."""
    k: cython.Py_ssize_t
    for k in range(n):
        each[k] = shared[fixed[k]]
        summed[k] = totals[sums[k]] * shared[factors[k]]


if cython.compiled:

    @cython.cfunc
    @cython.inline
    @cython.nogil
    @cython.exceptval(check=False)
    def flags_from(holds: Flags, start: cython.Py_ssize_t) -> Flags:
        return holds + start

else:
    flags_from = at
