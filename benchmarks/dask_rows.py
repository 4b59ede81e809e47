"""A gradient over 5,000,000 x 10 rows of Dask's, beside as many empty tasks and what the chunks take by themselves.

    python benchmarks/dask_rows.py [ROWS]

on a LocalCluster of two processes with a thread each, which hold the rows in chunks of 100,000. What is compared is timed in
turns. The ratios are of the time that processors spent, in the caller, the scheduler and the workers, so that what else the
machine does is not in them: medians of the ratios of the turns.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import dask
import dask.array as da
import numpy as np
from distributed import Client, LocalCluster
from engine import check, heading, line, print_versions, timed

from autograd import compile, dot, tanh, value_and_grad

COLUMNS, CHUNK, WORKERS, REPETITIONS = 10, 100_000, 2, 15


def loss(w: Any, x: Any, y: Any) -> Any:
    return (tanh(dot(w[:10], x) + w[10]) * w[11] - y) ** 2


SLOPES = compile(value_and_grad(loss), in_axes=(None, 0, 0), reduce="mean", threads=1)


def nothing(rows: Any, targets: Any, before: Any = None) -> None:
    """An empty task, of a chunk."""


def by_itself(rows: Any, targets: Any, w: Any) -> float:
    """What a chunk takes where it lies, without Dask, read from memory once as in a gradient: seconds of a processor."""
    start = time.thread_time()
    SLOPES(w, rows, targets)
    return time.thread_time() - start


def spent(client: Client) -> float:
    """Seconds that processors have spent so far, in all processes of the cluster."""
    return time.process_time() + sum(client.run(time.process_time).values())


def measured(client: Client, action: Callable[[], Any]) -> tuple[float, float]:
    """Seconds of processors, and by the clock."""
    before = spent(client)
    seconds = timed(action)[0]
    return spent(client) - before, seconds


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000
    print_versions()
    w = np.random.default_rng(0).normal(size=12)
    with LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address=":0") as cluster, Client(cluster) as client:
        drawn = da.random.default_rng(0)
        rows = drawn.normal(size=(count, COLUMNS), chunks=(CHUNK, COLUMNS))
        (rows,) = dask.persist(rows)
        (targets,) = dask.persist(rows[:, 0] - rows[:, 1])  # so they lie where their rows do
        found = SLOPES(w, rows, targets)
        blocks = [*zip(rows.to_delayed().ravel(), targets.to_delayed(), strict=True)]
        # A chunk has two tasks: one for the segments of rows that begin in it, and, but for the first, one for the segment that
        # began in the chunk before: that one waits for what the chunk before has of it.
        bodies = [dask.delayed(nothing)(*block) for block in blocks]
        empty = [*bodies, *[dask.delayed(nothing)(*block) for block in blocks[1:]]]
        waiting = [*bodies, *map(dask.delayed(nothing), *zip(*blocks[1:], strict=True), bodies)]
        chunks = [dask.delayed(by_itself)(*block, w) for block in blocks]
        actions = (lambda: SLOPES(w, rows, targets), lambda: dask.compute(*empty), lambda: dask.compute(*waiting))
        turns = [([measured(client, action) for action in actions], sum(dask.compute(*chunks))) for _ in range(REPETITIONS)]
        here = SLOPES(w, rows.compute(), targets.compute())
        check(here[0] == found[0] and found[1].tobytes() == here[1].tobytes(), "Dask's rows give the bits of one machine")
    heading(
        f"A gradient over {count:,} x {COLUMNS} rows of Dask's in {len(blocks)} chunks", "ms of CPU", "ms", "ratio", "target"
    )
    for k, what in enumerate(
        ("the gradient", f"{len(empty)} empty tasks", "... which wait for each other as the gradient's do")
    ):
        cpu, clock = (statistics.median(times[k][of] for times, _ in turns) * 1e3 for of in (0, 1))
        line(what, f"{cpu:.0f}", f"{clock:.0f}")
    line("the chunks by themselves", f"{statistics.median(own for _, own in turns) * 1e3:.0f}")
    for k, what in ((1, "empty tasks"), (2, "... that wait")):
        ratio = statistics.median(times[0][0] / (times[k][0] + own) for times, own in turns)
        line(f"the gradient over {what} and chunks", "", f"{ratio:.2f}", "<= 1.1", ratio <= 1.1)


if __name__ == "__main__":
    main()
