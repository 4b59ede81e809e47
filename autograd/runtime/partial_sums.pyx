# cython: boundscheck=False, wraparound=False, initializedcheck=False
"""Sums over rows that are not all here: each part of the rows gives sums of its own, and these are put together elsewhere.

A sum over rows is made of sums over segments, runs of whole blocks, and which rows they have hangs on the plan and on how many
rows there are in all. So parts that begin and end with a block, wherever that is, give the bits that one run over all rows does.
"""

from autograd.runtime.executor cimport Batch, Columns, Memory, Runner

from .tables import check_in_place


def over_part(Runner runner, list pieces, list tables, rows, results, holds, first, total, partial, carried=None):
    """Runs over the rows from number `first` on, of `total` rows in all, on this thread.

    `first` is where a block begins, and these rows end where one does, or are the last of all: see `Runner.grouping`.

    pieces, tables, rows, results, holds
                as for `Runner.over_rows`, of the rows here
    partial     an array (segments, sums), which gets the sums over the rows of each segment that is met here
    carried     an array (sums,): of the first segment, the sums over its rows before these. None where it begins here
    """
    cdef Memory memory = runner.take()
    cdef Batch batch
    cdef double[:, ::1] found = partial
    cdef double[::1] before
    cdef Py_ssize_t segment, k
    try:
        runner.read(memory.run, pieces)
        runner.compute_shared(memory.run)
        check_in_place(tables)
        batch = Batch(runner, memory, Columns(tables, rows), rows, results, holds, None, first, total)
        if found.shape[0] != batch.segments or found.shape[1] != runner.sums:
            raise ValueError(f"these rows are of {batch.segments} segments with {runner.sums} sums each")
        if carried is not None:
            before = carried
            if before.shape[0] != runner.sums:
                raise ValueError(f"a plan with {runner.sums} sums goes on with as many, and not with {before.shape[0]}")
            batch.carried = &before[0]
        batch.run(1)
        for segment in range(batch.segments):
            for k in range(runner.sums):
                found[segment, k] = batch.partial.run[segment * runner.sums + k]
    finally:
        runner.give_back(memory)


def add_segments(Runner runner, list pieces, partial, sums):
    """Puts the sums over the rows of all segments together, as `Runner.over_rows` does.

    pieces      the inputs that all rows share
    partial     an array (segments, sums) with those of each segment, in their order; it is used up
    sums        an array (2, summed), as for `over_rows`
    """
    cdef Memory memory = runner.take()
    cdef double[:, ::1] found = partial
    cdef double[:, ::1] added = sums
    try:
        runner.read(memory.run, pieces)
        runner.compute_shared(memory.run)
        runner.conclude(&found[0, 0], found.shape[0], memory.run, &added[0, 0])
    finally:
        runner.give_back(memory)
