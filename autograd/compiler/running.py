"""Which code runs programs: machine code, or where that was not built, NumPy over rows and plain Python at one point."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .. import _native
from . import numpy_executor
from .instructions import Listing
from .plan import Plan

NATIVE = _native.build == "compiled"

if TYPE_CHECKING or NATIVE:
    from ..runtime.executor import Runner
    from .fast_calls import Caller as Caller
else:

    class Caller:
        """A function that remembers nothing of its calls, so that `called` answers them all."""

        watched: Any = None

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            return self.called(args, kwargs)

        def remember(self, *entry: Any) -> None:
            """Does nothing: calls are remembered for the native executor only."""

        def forget(self) -> None:
            """Does nothing, since nothing is remembered."""


def runner_of(program: Listing, per_row: Sequence[bool], summed: int = 0, threads: int | None = None) -> Any:
    """A program made ready to run.

    per_row     for each input whether each row has its own number
    summed      how many of the outputs, the first, are summed over the rows
    threads     how many threads it runs on at most; None for as many as `set_num_threads` says
    """
    if NATIVE:
        return Runner(Plan(program, per_row, summed), threads or 0)
    return numpy_executor.Runner(program, per_row, summed)
