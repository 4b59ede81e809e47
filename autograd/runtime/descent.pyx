# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""Steps down a gradient, batch after batch, without Python in between: the work of many epochs in one call.

A step runs three programs: the loss and the gradient of a batch, summed over its rows; the penalty and its gradient; and the
update by the optimiser, whose rows are the parameters. A step that these programs cannot make, since a branch goes another way
or a number is not finite, is not made: the caller makes it in another way, or says what is wrong, and may come back.

And the order of the rows: `shuffled` is the shuffle of Python's `random`, number for number, at a twentieth of its time.
"""

cimport cython
from autograd.runtime.executor cimport Batch, Columns, Memory, Runner
from autograd.runtime.reading cimport load
from autograd.runtime.totals cimport all_finite, divide
from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport uint32_t
from libc.string cimport memchr, memcpy, memset

from array import array

cdef Py_ssize_t MOST_WORDS = 1 << 16  # that are drawn at once


@cython.final
cdef class Descent:
    """The steps of one training.

    gradient    a Runner with the loss of a row and its derivative by each parameter, summed over the rows, and what else is
                given for each row; and the list of numbers that it takes after the parameters, which rows share
    penalty     a Runner with what is added to the loss, at a point, and its derivatives; and the list of numbers that it takes
                after the parameters. None for no penalty
    update      a Runner whose rows are the parameters: of each, its derivative, and what is kept for it, it gives the parameter
                and what is kept after a step. What they share are the learning rate and the number of the step
    tables      the columns of `gradient`: arrays of float64 (rows, columns)
    states      an array (2, 1 + kept, parameters) of float64: twice the parameters, and what is kept for each. A step goes from
                one to the other, at first from states[0]
    slopes      an array (2, parameters) of float64, for the gradients of steps
    mean        whether `gradient` is of means over the rows, and not of sums

    made        how many steps `run` has made in its last call
    at          states[at] is after the last step, and slopes[at] its gradient
    """

    cdef Runner gradient
    cdef Runner penalty
    cdef Memory of_gradient
    cdef Memory of_penalty
    cdef Memory of_update
    cdef list tables
    cdef list batches  # of the gradient, one for each number of rows
    cdef list updates  # from states[0], and from states[1]
    cdef object keeps_slopes
    cdef double[:, :, ::1] states
    cdef double[:, ::1] slopes
    cdef Py_ssize_t parameters
    cdef bint mean
    cdef readonly Py_ssize_t made
    cdef readonly Py_ssize_t at

    def __init__(self, gradient, penalty, Runner update, list tables, states, slopes, mean=False):
        cdef Py_ssize_t k
        self.keeps_slopes, self.states, self.slopes = slopes, states, slopes
        self.parameters = self.states.shape[2]
        self.tables, self.batches, self.updates, self.mean = tables, [], [], mean
        self.gradient, known = gradient
        self.of_gradient = memory_with(self.gradient, self.parameters, known)
        if penalty is not None:
            self.penalty, known = penalty
            self.of_penalty = memory_with(self.penalty, self.parameters, known)
        self.of_update = memory_with(update, 2, [])
        sizes = (self.gradient.summed, update.outputs, self.penalty.outputs if penalty is not None else 1 + self.parameters)
        if sizes != (1 + self.parameters, self.states.shape[1], 1 + self.parameters) or update.guarded:
            raise ValueError(f"these programs are no steps of {self.parameters} parameters")
        for k in range(2):
            columns = Columns([states[k, 0], slopes[1 - k], *states[k, 1:]], self.parameters)
            self.updates.append(Batch(update, self.of_update, columns, self.parameters, states[1 - k], None, None))

    def run(
        self, order, const long long[::1] begins, const long long[::1] ends, const double[::1] divisors,
        const double[::1] shares, const double[::1] rates, Py_ssize_t before, double[::1] losses, outputs, clip, list asked
    ):
        """Makes a step for each of `losses`; fewer where one cannot be made, or Ctrl-C was noted in `asked`.

        order           the numbers of the rows in the order in which they are taken, an array of int64; None for as they stand
        begins, ends    of each step: the places in that order from which and to which it takes the rows
        divisors        of each step: what the sums over the rows, or the means, are divided by
        shares          of each step: how much of the penalty is added
        rates, before   of each step the learning rate; and how many steps there were before
        losses          gets the loss of each step
        outputs         an array (places in the order, outputs) of float64 that gets what is given for each row; None for nobody
        clip            a function of the gradient, an array, that gives what it is multiplied by; None for nothing
        asked           a list that Ctrl-C puts something into
        """
        cdef const long long[::1] places
        cdef const long long* index = NULL
        cdef double[:, ::1] table
        cdef double* out = NULL
        cdef double* state
        cdef Py_ssize_t s
        self.made = 0
        if order is not None:
            places = order
            index = &places[0]
        if outputs is not None:
            table = outputs
        for s in range(losses.shape[0]):
            if outputs is not None:
                out = &table[begins[s], 0]
            state = &self.states[self.at, 0, 0]
            self.of_update.run[0], self.of_update.run[1] = rates[s], before + s + 1
            batch = self.batch_of(ends[s] - begins[s])
            if not self.slopes_at(state, batch, index, begins[s], divisors[s], shares[s], &losses[s]):
                break
            if not self.step(clip):
                break
            if out is not NULL:
                self.give(batch, out)
            self.made += 1
            PyErr_CheckSignals()
            if asked:
                break

    cdef Batch batch_of(self, Py_ssize_t rows):
        """A run of the gradient's program over so many rows, made ready."""
        cdef Batch batch
        for known in self.batches:
            batch = known
            if batch.rows == rows:
                return batch
        columns = Columns(self.tables, len(self.tables[0]))
        results, sums = Memory(self.gradient.outputs * rows), Memory(2 * self.gradient.summed)
        holds = bytearray(rows) if self.gradient.guarded else None
        batch = Batch(self.gradient, self.of_gradient, columns, rows, results, holds, sums)
        self.batches.append(batch)
        return batch

    cdef bint slopes_at(
        self, const double* state, Batch batch, const long long* index, Py_ssize_t begin, double divisor, double share,
        double* loss
    ) except -1:
        """The loss of a batch and its gradient, where the parameters are `state`. False where they are not to be had so."""
        cdef Runner runner = self.gradient
        cdef Py_ssize_t n = self.parameters
        cdef Py_ssize_t i
        cdef double* slopes = &self.slopes[1 - self.at, 0]
        memcpy(self.of_gradient.run, state, n * 8)
        if not runner.compute_shared(self.of_gradient.run):
            return False
        batch.columns.index, batch.columns.origin = index, begin
        if runner.guarded:
            memset(batch.holds, 1, batch.rows)
        batch.run(0)
        if runner.guarded and memchr(batch.holds, 0, batch.rows) is not NULL:
            return False
        if not batch.reduced(self.mean):
            return False
        loss[0] = batch.added[0] / divisor
        memcpy(slopes, batch.added + 1, n * 8)
        divide(slopes, n, divisor)
        if self.penalty is not None:
            memcpy(self.of_penalty.run, state, n * 8)
            if not self.penalty.compute_shared(self.of_penalty.run):
                return False
            loss[0] += share * self.of_penalty.run[~self.penalty.output_places[0]]
            for i in range(n):
                slopes[i] += share * self.of_penalty.run[~self.penalty.output_places[1 + i]]
        elif divisor >= 1.0:
            return True  # the sums are finite
        return all_finite(loss, 1) and all_finite(slopes, n)

    cdef bint step(self, clip) except -1:
        """Goes from one of the states to the other. False, and stays, where that has a parameter that is not finite."""
        cdef Py_ssize_t i
        cdef double factor
        cdef Batch update = self.updates[self.at]
        if clip is not None:
            factor = clip(self.keeps_slopes[1 - self.at])
            for i in range(self.parameters):
                self.slopes[1 - self.at, i] *= factor
        if not update.runner.compute_shared(self.of_update.run):
            return False
        update.run(0)
        if not all_finite(&self.states[1 - self.at, 0, 0], self.parameters):
            return False
        self.at = 1 - self.at
        return True

    cdef void give(self, Batch batch, double* out) noexcept:
        """The numbers of each row of a batch, one row after the other."""
        cdef Py_ssize_t i, k
        for i in range(batch.rows):
            for k in range(self.gradient.outputs):
                out[i * self.gradient.outputs + k] = batch.results[k * batch.rows + i]


cdef Memory memory_with(Runner runner, Py_ssize_t first, list known):
    """Memory for what all rows share, with these numbers in it after the first ones, which are written before each run."""
    cdef Memory memory = runner.memory()
    if runner.shared_inputs != first + len(known) or load(memory.run + first, known, len(known)) < 0:
        raise ValueError(f"a program takes {runner.shared_inputs} numbers that rows share, and not {first} and {known!r}")
    return memory


def shuffled(generator, Py_ssize_t n):
    """The numbers from 0 to n - 1 as `generator.shuffle` would order them, an array of int64, for n up to 2**32.

    generator   a random.Random; it has drawn more numbers afterwards than shuffle() draws
    """
    order = array("q", [0]) * n
    cdef long long[::1] places = order
    cdef const unsigned char[::1] words
    cdef Py_ssize_t drawn = 0  # of `words`, which are 4 bytes each
    cdef Py_ssize_t at = 0
    cdef Py_ssize_t i, j, bits
    cdef uint32_t word
    for i in range(n):
        places[i] = i
    for i in range(n - 1, 0, -1):
        bits = 0
        while i + 1 >> bits:
            bits += 1
        while True:  # as Random.shuffle draws: numbers of so many bits, until one is small enough
            if at == drawn:
                drawn, at = min(MOST_WORDS, 16 + 3 * i // 2), 0
                words = generator.getrandbits(32 * drawn).to_bytes(4 * drawn, "little")
            word = (
                <uint32_t> words[4 * at]
                | <uint32_t> words[4 * at + 1] << 8
                | <uint32_t> words[4 * at + 2] << 16
                | <uint32_t> words[4 * at + 3] << 24
            )
            at += 1
            j = word >> (32 - bits)
            if j <= i:
                break
        places[i], places[j] = places[j], places[i]
    return order
