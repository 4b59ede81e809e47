"""How many threads large batches run on."""

from __future__ import annotations

import os

_limit: int | None = None


def checked(threads: int | None, name: str = "threads") -> int | None:
    """The number itself. ValueError for what is no number of threads; None is as many as there are processors."""
    if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int) or threads < 1):
        raise ValueError(f"{name} is a whole number of at least 1, or None for one for each processor, and this is {threads!r}")
    return threads


def set_num_threads(threads: int | None) -> None:
    """On how many threads compiled functions run from now on, at most: in this process, in all of its threads.

    threads     a whole number of at least 1; None, as at first, for one for each processor that this process may use

    Small batches, and functions with primitives of your own in Python, run on one in any case. Results have the same bits
    however many there are. A function compiled with `threads=` keeps its own number.

    ValueError for anything else.

    >>> set_num_threads(2)
    >>> get_num_threads()
    2
    >>> set_num_threads(None)
    """
    global _limit
    _limit = checked(threads)


def get_num_threads() -> int:
    """On how many threads compiled functions run, at most: what `set_num_threads` was given, or how many processors there are.

    >>> get_num_threads() >= 1
    True
    """
    return _limit or processors()


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
