# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""Runs loops of programs: the plan of a step, as often as there are steps, without Python in between.

compiler/loops.py says what a loop is, and what stands in its block; compiler/loop_parts.py, what of a step is computed for many
steps at once.
"""

cimport cython
from autograd.runtime._lanes cimport Flags
from autograd.runtime.executor cimport Memory, Runner, Step, block_size
from autograd.runtime.reading cimport load
from cpython.bytearray cimport PyByteArray_AS_STRING
from cpython.exc cimport PyErr_CheckSignals
from libc.limits cimport INT_MAX
from libc.string cimport memcpy

import itertools
from array import array

cdef int UNREAD = INT_MAX  # the place of an input that no instruction reads

# Ctrl-C is looked for after so many steps.
cdef Py_ssize_t BETWEEN_SIGNALS = 1024


cdef class Looping(Step):
    """A loop between the instructions of a plan.

    layout          what the operands are
    kept            how many numbers are kept of each step: outputs of the body after its ys
    out             the place of the block
    places          of each operand: that of a register with rows, or ~k for the place k of one that all rows share
    columns         where in the blocks of handles the sources begin, and how far on the next number stands
    """

    cdef bint backwards, counts
    cdef Py_ssize_t out, steps, states, consts, sources, xs, ys, idle, first_const, first_x, kept
    cdef double counter
    cdef int[::1] places  # of the operands
    cdef int[::1] blocks  # of the blocks that sources read from
    cdef long long[::1] firsts
    cdef long long[::1] strides

    def __init__(self, layout, kept, out, places, columns):
        self.out, self.kept = out, kept
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

    cdef double* source(self, Py_ssize_t i, Py_ssize_t t, double* shared, double* rows, Py_ssize_t lanes) noexcept nogil:
        """The number of source i for step t."""
        cdef int place = self.blocks[i]
        cdef Py_ssize_t further = self.firsts[i] + t * self.strides[i]
        return shared + ~place + further if place < 0 else rows + (place + further) * lanes

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
        self.run(memory.run, memory.run, 1, 1, memory.run, holds)
        block = array("d", bytes(8 * size))
        cdef double[::1] view = block
        memcpy(&view[0], memory.run + self.out, size * 8)
        return block, bool(holds[0])


@cython.final
cdef class LoopStep(Looping):
    """A loop that goes step by step, for all rows of a block at once where it has rows.

    runner          of the body; with rows where the loop has rows
    in_rows         whether the loop has rows
    first, added    what it sums over the rows: see `LoopCall`
    places          an `InPlace`, where its steps run among the registers around; else None
    """

    cdef Runner runner
    cdef bint in_rows, changes, within, reads_shared
    cdef Py_ssize_t base
    cdef object laid  # its code, where its steps run among the registers around
    cdef int[::1] moving
    cdef int[::1] copies
    cdef int[::1] added  # for each sum of the body: the sum that it is added to, and its number
    cdef int[::1] inputs  # of the body: the place with rows, or ~k for the place k of one that rows share
    cdef int[::1] results  # of the body's outputs, likewise

    def __init__(self, layout, kept, out, places, columns, runner, in_rows, first, added, within):
        Looping.__init__(self, layout, kept, out, places, columns)
        self.runner, self.in_rows = runner, in_rows
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
        to = [first + i for i, terms in enumerate(added) for _ in range(terms)]
        pairs = [(k, at) for k, (_, sums) in zip(to, plan.summed, strict=True) for at, _ in sums]
        self.added = array("i", [*itertools.chain(*pairs), 0])
        changing = [*plan.per_row[: layout.states], *plan.per_row[layout.states + layout.consts :]]
        self.changes = in_rows and not all(changing)  # whether what rows share changes from step to step
        self.reads_shared = any(place < 0 for place in self.blocks[: self.sources])
        self.within = within is not None
        if self.within:
            self.laid, self.base, self.room = within.code, within.base, within.room
            self.moving, self.copies = array("i", [*within.moving, 0]), array("i", [*within.copies, 0])

    cdef int run(
        self, double* shared, double* rows, Py_ssize_t lanes, Py_ssize_t count, double* sums, Flags holds
    ) except -1:
        cdef Memory memory = self.runner.take()
        cdef Memory of_rows = memory
        cdef Memory added = memory
        cdef Py_ssize_t i
        cdef double* block = shared + self.out
        cdef Py_ssize_t width = 1
        cdef int[::1] own
        cdef int* code = NULL
        if self.in_rows:
            added = Memory(self.runner.sums)
            block = rows + self.out * lanes
            width = lanes
        if self.within:
            own = self.laid[:]  # each run moves the places in a code of its own
            code = &own[0]
        elif self.in_rows:
            of_rows = Memory((self.runner.registers + self.runner.room) * lanes)
        try:
            self.through(
                code, memory.run, rows + self.base * lanes if self.within else of_rows.run, added.run, block, width, count, shared,
                rows, lanes, holds,
            )
        finally:
            self.runner.give_back(memory)
        for i in range(0, len(self.added) - 1, 2):
            sums[self.added[i]] += added.run[self.added[i + 1]]
        return 0

    cdef int through(
        self, int* code, double* mine, double* mine_rows, double* added, double* block, Py_ssize_t width, Py_ssize_t count,
        double* shared, double* rows, Py_ssize_t lanes, Flags holds
    ) except -1:
        """All steps. `mine` and `mine_rows` are the memory of the body, `width` the numbers of a register there, and `added` its
        sums over rows. `code` is its own code, where it runs among the registers around."""
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
            if self.idle >= 0 and self.is_idle(t, block, width, count, shared, rows, lanes):
                for i in range(self.ys * width):
                    ys[i] = 0.0
                for i in range(self.kept * width):
                    kept[i] = 0.0
                continue
            self.give(t, mine, mine_rows, block, width, shared, rows, lanes)
            if self.within:
                for i in range(0, len(self.moving) - 1, 3):
                    code[self.moving[i]] = <int> (self.moving[i + 1] + t * self.moving[i + 2])
                self.step(code, mine, rows, added, width, count, holds, not begun)
                self.copy(t, mine, rows, lanes)
                begun = True
                continue
            self.step(code, mine, mine_rows, added, width, count, holds, not begun)
            begun = True
            for i in range(k):
                self.fetch(block + i * width, width, self.results[i], mine, mine_rows)
            for i in range(self.ys):
                self.fetch(ys + i * width, width, self.results[k + i], mine, mine_rows)
            for i in range(self.kept):
                self.fetch(kept + i * width, width, self.results[k + self.ys + i], mine, mine_rows)
        return 0

    cdef void give(
        self, Py_ssize_t t, double* mine, double* mine_rows, double* block, Py_ssize_t width, double* shared, double* rows,
        Py_ssize_t lanes
    ) noexcept nogil:
        """The inputs of step t, but for consts that rows share, and for what the step reads where it stands."""
        cdef Py_ssize_t i, n
        cdef int place, to
        cdef double* source
        for i in range(0 if self.within else self.states):
            to = self.inputs[i]
            if to < 0:
                mine[~to] = block[i]
            elif to != UNREAD:
                memcpy(mine_rows + to * width, block + i * width, width * 8)
        n = self.states
        for i in range(self.consts if self.in_rows and not self.within else 0):
            to = self.inputs[n + i]
            if 0 <= to != UNREAD:
                self.bring(mine_rows + to * width, width, self.places[self.first_const + i], shared, rows, lanes)
        n += self.consts
        for i in range(0 if self.within and not self.reads_shared else self.sources):
            to = self.inputs[n + i]
            if to == UNREAD or (to >= 0 and self.within):
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
        self, int* code, double* mine, double* mine_rows, double* added, Py_ssize_t width, Py_ssize_t count, Flags holds, bint first
    ) except -1:
        """One step, whose inputs are there."""
        cdef Runner runner = self.runner
        cdef unsigned char[1] hold
        cdef Py_ssize_t i, begin, end
        if code is NULL:
            code = runner.code
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
            runner.execute_code(code, runner.setup_begin, runner.setup_end, mine, mine_rows, width, 0, mine_rows, holds)
        if self.within:
            begin, end = runner.body[0]
            runner.execute_code(code, begin, end, mine, mine_rows, width, count, added, holds)
        else:
            runner.run_steps(runner.body, mine, mine_rows, width, count, added, holds)
        return 0

    cdef void copy(self, Py_ssize_t t, double* mine, double* rows, Py_ssize_t lanes) noexcept nogil:
        """What step t gave and did not write where it is to stand: see `InPlace`."""
        cdef Py_ssize_t i, j
        cdef double* to
        for i in range(0, self.copies.shape[0] - 1, 5):
            to = rows + (self.copies[i] + t * self.copies[i + 1]) * lanes
            if self.copies[i + 4]:
                for j in range(lanes):
                    to[j] = mine[self.copies[i + 2]]
            else:
                memcpy(to, rows + (self.copies[i + 2] + t * self.copies[i + 3]) * lanes, lanes * 8)

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


# ------------------------------------------------------------------------------------------------ many steps at once


@cython.final
cdef class ManySteps:
    """A part of a step that is run for many steps at once, as over rows.

    runner      of it
    part        what it reads: a `Part`
    out         the first of the columns that it gives
    given       how many it gives: its first outputs
    """

    cdef readonly Runner runner
    cdef Py_ssize_t reads, out, given, known
    cdef int[::1] consts, columns, places, outputs

    def __init__(self, runner, part, out, given):
        plan = runner.plan
        self.runner, self.out, self.given = runner, out, given
        self.known, self.reads = len(part.consts), len(plan.input_places)
        self.consts = array("i", [*part.consts, 0])
        self.columns = array("i", [*[part.columns[k] for k in plan.input_columns], 0])
        self.places = array("i", [*plan.input_places, 0])
        self.outputs = array("i", [*plan.output_places, 0])

    cdef int run(self, double* mine, double* rows, double* columns, Py_ssize_t lanes, Py_ssize_t n, Flags holds) except -1:
        """For n steps. `mine` and `rows` are its memory; `columns` has place for `lanes` steps in each."""
        cdef Py_ssize_t i, k
        cdef int place
        cdef double* out
        for k in range(self.reads):
            memcpy(rows + self.places[k] * lanes, columns + self.columns[k] * lanes, lanes * 8)
        self.runner.run_steps(self.runner.body, mine, rows, lanes, n, rows, holds)
        for k in range(self.given):
            place, out = self.outputs[k], columns + (self.out + k) * lanes
            if place >= 0:
                memcpy(out, rows + place * lanes, lanes * 8)
            else:
                for i in range(lanes):
                    out[i] = mine[~place]
        return 0


@cython.final
cdef class LoopInParts(Looping):
    """A loop at a point, of whose step some is computed for many steps at once.

    parts                   which: the `Parts` of its body
    before, each, after     runners of them
    """

    cdef ManySteps before, after
    cdef Runner each
    cdef Memory memory  # of columns, which a run leaves for the next; None while there is one
    cdef Py_ssize_t lanes, columns, read, carried, known, given, common, results, first_result, added
    cdef bint crossing  # whether a step gives a state where another is taken from: then all are read before any is written
    cdef int[::1] changing  # what the first columns are, of the inputs that change
    cdef int[::1] carries  # the numbers of the states of `each`
    cdef int[::1] consts, reads, places_given  # of `each`: consts and columns that it reads, and the places of what it gives
    cdef int[::1] sums  # for each: the number of the state, and where its terms begin
    cdef int[::1] terms, outputs

    def __init__(self, layout, kept, out, places, columns, parts, before, each, after):
        Looping.__init__(self, layout, kept, out, places, columns)
        self.each, self.memory = each, None
        self.read, self.carried = len(parts.changing), len(parts.states)
        self.known, self.given = len(parts.each.consts), len(parts.each.columns)
        self.common = parts.each.listing.inputs - self.carried - self.known - self.given
        made = len(parts.before.listing.outputs) - self.common
        self.results = len(parts.each.listing.outputs) - self.carried
        self.first_result = self.read + made
        self.before = ManySteps(before, parts.before, self.read, made)
        self.after = ManySteps(after, parts.after, self.first_result + self.results, len(parts.after.listing.outputs))
        self.columns = self.after.out + self.after.given
        registers = self.columns + self.before.runner.registers + self.after.runner.registers
        self.lanes = block_size(registers, self.steps)
        self.changing = array("i", [*parts.changing, 0])
        self.carries = array("i", [*parts.states, 0])
        self.consts = array("i", [*parts.each.consts, 0])
        self.reads = array("i", [*parts.each.columns, 0])
        self.places_given = array("i", [*[~place for place in each.plan.output_places], 0])
        self.crossing = any(place < self.carried and place != k for k, place in enumerate(self.places_given[: self.carried]))
        self.added, sums, terms = len(parts.sums), [], []
        for state, found in parts.sums:
            sums += [state, len(terms)]
            terms += found
        self.sums = array("i", [*sums, 0, len(terms)])
        self.terms = array("i", [*terms, 0])
        self.outputs = array("i", [*parts.outputs, 0])

    cdef int run(
        self, double* shared, double* rows, Py_ssize_t lanes, Py_ssize_t count, double* sums, Flags holds
    ) except -1:
        cdef Memory memory = self.memory
        cdef bytearray answers = bytearray(b"\1") * self.lanes if self.after.runner.guarded else None
        cdef Flags asked = holds if answers is None else <Flags> PyByteArray_AS_STRING(answers)
        cdef Memory before = self.before.runner.take()
        cdef Memory each = self.each.take()
        cdef Memory after = self.after.runner.take()
        self.memory = None
        if memory is None:
            memory = Memory((self.columns + self.before.runner.registers + self.after.runner.registers) * self.lanes)
        try:
            self.through(memory.run, before.run, each.run, after.run, shared, holds, asked)
            if answers is not None and 0 in answers:
                holds[0] = 0
        finally:
            self.memory = memory
            self.before.runner.give_back(before)
            self.each.give_back(each)
            self.after.runner.give_back(after)
        return 0

    cdef int through(
        self, double* columns, double* early, double* mine, double* late, double* shared, Flags holds, Flags asked
    ) except -1:
        """All steps, `lanes` of them at a time. `early`, `mine` and `late` are the memory of the three parts; `asked` gets 0 for
        each of the steps at a time of which a guard fails."""
        cdef Py_ssize_t lanes = self.lanes
        cdef double* early_rows = columns + self.columns * lanes
        cdef double* late_rows = early_rows + self.before.runner.registers * lanes
        cdef double* block = shared + self.out
        cdef Py_ssize_t i, n
        cdef Py_ssize_t made = 0
        for i in range(self.states):
            block[i] = shared[~self.places[self.first_const - self.states + i]]
        self.begin(self.before, early, early_rows, shared, holds)
        self.begin(self.after, late, late_rows, shared, holds)
        for i in range(self.carried):
            mine[i] = block[self.carries[i]]
        for i in range(self.known):
            mine[self.carried + i] = shared[~self.places[self.first_const + self.consts[i]]]
        for i in range(self.common):
            mine[self.carried + self.known + self.given + i] = early[~self.before.outputs[self.before.given + i]]
        while made < self.steps:
            PyErr_CheckSignals()
            n = min(lanes, self.steps - made)
            self.gather(columns, made, n, shared)
            self.before.run(early, early_rows, columns, lanes, n, holds)
            if self.carried:
                self.step_by_step(mine, columns, n, block, holds)
            self.after.run(late, late_rows, columns, lanes, n, asked)
            self.add_up(columns, n, block)
            self.write(columns, made, n, block)
            made += n
        for i in range(self.carried):
            block[self.carries[i]] = mine[i]
        return 0

    cdef int begin(self, ManySteps part, double* mine, double* rows, double* shared, Flags holds) except -1:
        """What a part computes once for all steps."""
        cdef Runner runner = part.runner
        cdef Py_ssize_t i
        for i in range(part.known):
            mine[i] = shared[~self.places[self.first_const + part.consts[i]]]
        if not runner.compute_shared(mine):
            holds[0] = 0
        runner.execute(runner.setup_begin, runner.setup_end, mine, rows, self.lanes, 0, rows, holds)
        return 0

    cdef void gather(self, double* columns, Py_ssize_t made, Py_ssize_t n, double* shared) noexcept nogil:
        """The columns that are given, for n steps from number `made` on, as they are made."""
        cdef Py_ssize_t t = self.steps - 1 - made if self.backwards else made
        cdef Py_ssize_t further = -1 if self.backwards else 1
        cdef Py_ssize_t i, k, which, stride
        cdef double* out
        cdef double* source
        for k in range(self.read):
            which, out = self.changing[k], columns + k * self.lanes
            if which < self.sources:
                source, stride = self.source(which, t, shared, shared, 1), further * self.strides[which]
                for i in range(n):
                    out[i] = source[i * stride]
            elif which < self.sources + self.xs:
                which += self.first_x - self.sources
                for i in range(n):
                    out[i] = shared[~self.places[which + (t + i * further) * self.xs]]
            else:
                for i in range(n):
                    out[i] = self.counter + (t + i * further)

    cdef int step_by_step(self, double* mine, double* columns, Py_ssize_t n, double* block, Flags holds) except -1:
        """What hangs on the step before, for n steps. The block has place for the next state."""
        cdef Runner each = self.each
        cdef Py_ssize_t i, k
        cdef Py_ssize_t lanes = self.lanes
        cdef double* given = mine + self.carried + self.known
        for i in range(n):
            for k in range(self.given):
                given[k] = columns[self.reads[k] * lanes + i]
            if each.alone:
                each.execute(each.begin, each.end, mine, mine, 1, 1, mine, holds)
            else:
                each.run_steps(each.steps, mine, mine, 1, 1, mine, holds)
            for k in range(self.results):
                columns[(self.first_result + k) * lanes + i] = mine[self.places_given[self.carried + k]]
            if self.crossing:
                for k in range(self.carried):
                    block[self.carries[k]] = mine[self.places_given[k]]
                for k in range(self.carried):
                    mine[k] = block[self.carries[k]]
            else:
                for k in range(self.carried):
                    mine[k] = mine[self.places_given[k]]
        return 0

    cdef void add_up(self, double* columns, Py_ssize_t n, double* block) noexcept nogil:
        """Adds to each sum its terms, step after step; to four sums of one term each at a time, which need not wait for each
        other."""
        cdef Py_ssize_t i, j
        cdef Py_ssize_t k = 0
        cdef double total, second, third, fourth
        cdef double *x, *y, *z, *w
        while k < self.added:
            total = block[self.sums[2 * k]]
            j = self.sums[2 * k + 1]
            if k + 4 <= self.added and self.sums[2 * k + 9] == j + 4:
                second, third, fourth = block[self.sums[2 * k + 2]], block[self.sums[2 * k + 4]], block[self.sums[2 * k + 6]]
                x, y = columns + self.terms[j] * self.lanes, columns + self.terms[j + 1] * self.lanes
                z, w = columns + self.terms[j + 2] * self.lanes, columns + self.terms[j + 3] * self.lanes
                for i in range(n):
                    total += x[i]
                    second += y[i]
                    third += z[i]
                    fourth += w[i]
                block[self.sums[2 * k + 2]], block[self.sums[2 * k + 4]], block[self.sums[2 * k + 6]] = second, third, fourth
                block[self.sums[2 * k]] = total
                k += 4
                continue
            for i in range(n):
                for j in range(self.sums[2 * k + 1], self.sums[2 * k + 3]):
                    total += columns[self.terms[j] * self.lanes + i]
            block[self.sums[2 * k]] = total
            k += 1

    cdef void write(self, double* columns, Py_ssize_t made, Py_ssize_t n, double* block) noexcept nogil:
        """The ys, and what is kept, of n steps."""
        cdef Py_ssize_t t = self.steps - 1 - made if self.backwards else made
        cdef Py_ssize_t further = -1 if self.backwards else 1
        cdef Py_ssize_t i, k, stride
        cdef double* out
        cdef double* found
        for k in range(self.ys + self.kept):
            found = columns + self.outputs[k] * self.lanes
            stride = self.ys if k < self.ys else self.kept
            out = block + self.states + t * stride + (k if k < self.ys else self.steps * self.ys + k - self.ys)
            for i in range(n):
                out[i * further * stride] = found[i]
