"""The memory of a large result is used again, but never while anyone can see it."""

from types import ModuleType
from typing import Any

import numpy as np

ROWS = 400_000


def compiled(ag: ModuleType) -> Any:
    fast = ag.compile(lambda x: (x * 2.0, x + 1.0, -x), in_axes=0)
    fast(np.zeros(2))
    return fast


def test_a_result_that_is_held_stays_as_it_is(ag: ModuleType) -> None:
    fast = compiled(ag)
    first = fast(np.full(ROWS, 3.0))
    second = fast(np.full(ROWS, 5.0))
    third = fast(np.full(ROWS, 7.0))
    for (double, more, less), x in zip((first, second, third), (3.0, 5.0, 7.0), strict=True):
        assert (double == 2.0 * x).all() and (more == x + 1.0).all() and (less == -x).all()


def test_so_does_a_part_of_one(ag: ModuleType) -> None:
    fast = compiled(ag)
    for part in (lambda result: result[1], lambda result: result[1][::2], lambda result: memoryview(result[1])):
        held = part(fast(np.full(ROWS, 3.0)))
        fast(np.full(ROWS, 5.0))
        assert (np.asarray(held) == 4.0).all()


def test_what_nobody_holds_is_used_again() -> None:
    import autograd

    fast = compiled(autograd)
    at = {fast(np.full(ROWS, 3.0))[0].ctypes.data for _ in range(5)}
    if autograd.build == "compiled":
        held = fast(np.full(ROWS, 3.0))
        assert len(at) == 1 and held[0].ctypes.data in at
        assert fast(np.full(ROWS, 3.0))[0].ctypes.data not in at


def test_results_of_other_lengths() -> None:
    """Nobody holds the memory of the last one, and it is too small or too large."""
    import autograd

    fast = compiled(autograd)

    def looked_at(rows: int) -> tuple[int, float, float]:
        double, _, less = fast(np.arange(rows, dtype=float))
        return len(double), double[-1], less[0]

    for rows in (ROWS, ROWS + 1, ROWS, 3, ROWS):
        assert looked_at(rows) == (rows, 2.0 * (rows - 1), 0.0)
