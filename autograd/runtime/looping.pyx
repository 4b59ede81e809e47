# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""Runs loops of programs: the plan of a step, as often as there are steps, without Python in between.

compiler/loops.py says what a loop is, and what stands in its block.
"""

cimport cython
from autograd.runtime._lanes cimport Flags
from autograd.runtime.executor cimport Memory, Runner, Step, load
from cpython.exc cimport PyErr_CheckSignals
from libc.limits cimport INT_MAX
from libc.string cimport memcpy

from array import array

cdef int UNREAD = INT_MAX  # the place of an input that no instruction reads

# Ctrl-C is looked for after so many steps.
cdef Py_ssize_t BETWEEN_SIGNALS = 1024


@cython.final
cdef class LoopStep(Step):
    """A loop between the instructions of a plan.

    layout          what the operands are
    kept            how many numbers are kept of each step: the state before it, and outputs of the body after its ys
    runner          of the body; with rows where the loop has rows
    out             the place of the block
    places          of each operand: that of a register with rows, or ~k for the place k of one that all rows share
    columns         where in the blocks of handles the sources begin, and how far on the next number stands
    in_rows         whether the loop has rows
    """

    cdef Runner runner
    cdef bint in_rows, backwards, counts, changes
    cdef Py_ssize_t out, steps, states, consts, sources, xs, ys, idle, first_const, first_x, kept
    cdef double counter
    cdef int[::1] places  # of the operands
    cdef int[::1] inputs  # of the body: the place with rows, or ~k for the place k of one that rows share
    cdef int[::1] results  # of the body's outputs, likewise
    cdef int[::1] blocks  # of the blocks that sources read from
    cdef long long[::1] firsts
    cdef long long[::1] strides

    def __init__(self, layout, kept, runner, out, places, columns, in_rows):
        self.runner, self.out, self.in_rows, self.kept = runner, out, in_rows, kept
        self.steps, self.states, self.consts, self.xs, self.ys = (
            layout.steps, layout.states, layout.consts, layout.xs, layout.ys
        )
        self.sources, self.backwards = len(layout.sources), layout.backwards
        self.counts = layout.counter is not None
        self.counter = layout.counter or 0.0
        self.idle = -1 if layout.idle is None else layout.idle
        self.first_const = layout.handles + layout.states
        self.first_x = self.first_const + layout.consts
        self.places = array("i", [*places, 0])
        self.blocks = array("i", [*[places[s.handle] for s in layout.sources], 0])
        self.firsts = array("q", [*[first for first, _ in columns], 0])
        self.strides = array("q", [*[stride for _, stride in columns], 0])
        plan = runner.plan
        row_places = dict(zip(plan.input_columns, plan.input_places, strict=True))
        found, rows, shared = [], 0, 0
        for per_row in plan.per_row:
            if per_row:
                found.append(row_places.get(rows, UNREAD))
                rows += 1
            else:
                found.append(~shared)
                shared += 1
        self.inputs = array("i", [*found, 0])
        self.results = array("i", [*plan.output_places, 0])
        changing = [*plan.per_row[: layout.states], *plan.per_row[layout.states + layout.consts :]]
        self.changes = in_rows and not all(changing)  # whether what rows share changes from step to step

    cdef int run(self, double* shared, double* rows, Py_ssize_t lanes, Py_ssize_t count, Flags holds) except -1:
        cdef Memory memory = self.runner.take()
        cdef Memory of_rows = memory
        cdef double* block = shared + self.out
        cdef Py_ssize_t width = 1
        if self.in_rows:
            of_rows = Memory(self.runner.registers * lanes)
            block = rows + self.out * lanes
            width = lanes
        try:
            self.through(memory.run, of_rows.run, block, width, count, shared, rows, lanes, holds)
        finally:
            self.runner.give_back(memory)
        return 0

    cdef int through(
        self, double* mine, double* mine_rows, double* block, Py_ssize_t width, Py_ssize_t count, double* shared, double* rows,
        Py_ssize_t lanes, Flags holds
    ) except -1:
        """All steps. `mine` and `mine_rows` are the memory of the body, `width` the numbers of a register there."""
        cdef Py_ssize_t i, t, made
        cdef Py_ssize_t k = self.states
        cdef double* ys
        cdef double* kept
        cdef bint begun = False
        for i in range(k):
            self.bring(block + i * width, width, self.places[self.first_const - k + i], shared, rows, lanes)
        for i in range(self.consts):
            if self.inputs[k + i] < 0:
                self.bring(mine + ~self.inputs[k + i], 1, self.places[self.first_const + i], shared, rows, lanes)
        for made in range(self.steps):
            if made % BETWEEN_SIGNALS == BETWEEN_SIGNALS - 1:
                PyErr_CheckSignals()
            t = self.steps - 1 - made if self.backwards else made
            ys = block + (k + t * self.ys) * width
            kept = block + (k + self.steps * self.ys + t * self.kept) * width
            if self.kept:
                memcpy(kept, block, k * width * 8)
            if self.idle >= 0 and self.is_idle(t, block, width, count, shared, rows, lanes):
                for i in range(self.ys * width):
                    ys[i] = 0.0
                for i in range(k * width, self.kept * width):
                    kept[i] = 0.0
                continue
            self.give(t, mine, mine_rows, block, width, shared, rows, lanes)
            self.step(mine, mine_rows, width, count, holds, not begun)
            begun = True
            for i in range(k):
                self.fetch(block + i * width, width, self.results[i], mine, mine_rows)
            for i in range(self.ys):
                self.fetch(ys + i * width, width, self.results[k + i], mine, mine_rows)
            for i in range(k, self.kept):
                self.fetch(kept + i * width, width, self.results[self.ys + i], mine, mine_rows)
        return 0

    cdef void give(
        self, Py_ssize_t t, double* mine, double* mine_rows, double* block, Py_ssize_t width, double* shared, double* rows,
        Py_ssize_t lanes
    ) noexcept nogil:
        """The inputs of step t, but for consts that rows share."""
        cdef Py_ssize_t i, n
        cdef int place, to
        cdef double* source
        for i in range(self.states):
            to = self.inputs[i]
            if to < 0:
                mine[~to] = block[i]
            elif to != UNREAD:
                memcpy(mine_rows + to * width, block + i * width, width * 8)
        n = self.states
        for i in range(self.consts):
            to = self.inputs[n + i]
            if 0 <= to != UNREAD:
                self.bring(mine_rows + to * width, width, self.places[self.first_const + i], shared, rows, lanes)
        n += self.consts
        for i in range(self.sources):
            to = self.inputs[n + i]
            if to == UNREAD:
                continue
            source = self.source(i, t, shared, rows, lanes)
            if to < 0:
                mine[~to] = source[0]
            else:
                memcpy(mine_rows + to * width, source, width * 8)
        n += self.sources
        for i in range(self.xs):
            to = self.inputs[n + i]
            place = self.places[self.first_x + t * self.xs + i]
            if to < 0:
                mine[~to] = shared[~place]
            elif to != UNREAD:
                self.bring(mine_rows + to * width, width, place, shared, rows, lanes)
        if self.counts:
            mine[~self.inputs[n + self.xs]] = self.counter + t

    cdef double* source(self, Py_ssize_t i, Py_ssize_t t, double* shared, double* rows, Py_ssize_t lanes) noexcept nogil:
        """The number of source i for step t."""
        cdef int place = self.blocks[i]
        cdef Py_ssize_t further = self.firsts[i] + t * self.strides[i]
        return shared + ~place + further if place < 0 else rows + (place + further) * lanes

    cdef bint is_idle(
        self, Py_ssize_t t, double* block, Py_ssize_t width, Py_ssize_t count, double* shared, double* rows, Py_ssize_t lanes
    ) noexcept nogil:
        """Whether no row has anything left to do in step t."""
        cdef Py_ssize_t i
        cdef double* flags = block + self.idle * width
        if self.idle >= self.states:
            i = self.idle - self.states - self.consts
            flags = self.source(i, t, shared, rows, lanes)
            if self.blocks[i] < 0:
                count = 1
        for i in range(count):
            if flags[i] != 0.0:
                return False
        return True

    cdef int step(
        self, double* mine, double* mine_rows, Py_ssize_t width, Py_ssize_t count, Flags holds, bint first
    ) except -1:
        """One step, whose inputs are there."""
        cdef Runner runner = self.runner
        cdef unsigned char[1] hold
        cdef Py_ssize_t i
        if not self.in_rows:
            if runner.alone:
                runner.execute(runner.begin, runner.end, mine, mine, 1, 1, mine, holds)
            else:
                runner.run_steps(runner.steps, mine, mine, 1, 1, mine, holds)
            return 0
        if first or self.changes:
            hold[0] = 1
            runner.run_steps(runner.steps, mine, mine, 1, 1, mine, hold)
            if not hold[0]:
                for i in range(count):
                    holds[i] = 0
            runner.execute(runner.setup_begin, runner.setup_end, mine, mine_rows, width, 0, mine_rows, holds)
        runner.run_steps(runner.body, mine, mine_rows, width, count, mine_rows, holds)
        return 0

    cdef void bring(
        self, double* to, Py_ssize_t width, int place, double* shared, double* rows, Py_ssize_t lanes
    ) noexcept nogil:
        """An operand."""
        cdef Py_ssize_t i
        if place < 0:
            for i in range(width):
                to[i] = shared[~place]
        else:
            memcpy(to, rows + place * lanes, width * 8)

    cdef void fetch(self, double* to, Py_ssize_t width, int place, double* mine, double* mine_rows) noexcept nogil:
        """What a step gave."""
        cdef Py_ssize_t i
        if place >= 0:
            memcpy(to, mine_rows + place * width, width * 8)
        elif width == 1:
            to[0] = mine[~place]
        else:
            for i in range(width):
                to[i] = mine[~place]

    def alone(self, list pieces, Py_ssize_t size):
        """Runs by itself, at a point: the block, an array, and whether the guards in the body held.

        pieces      the operands, lists of floats and arrays of float64, which `places` count from the first on
        size        how many numbers the block has; it comes after them
        """
        cdef Memory memory = Memory(self.out + size)
        cdef Py_ssize_t at = 0
        cdef unsigned char[1] holds
        holds[0] = 1
        for piece in pieces:
            at += load(memory.run + at, piece, self.out - at)
        self.run(memory.run, memory.run, 1, 1, holds)
        block = array("d", bytes(8 * size))
        cdef double[::1] view = block
        memcpy(&view[0], memory.run + self.out, size * 8)
        return block, bool(holds[0])
