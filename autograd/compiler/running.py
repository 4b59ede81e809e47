"""Which code runs programs: machine code, or where that was not built, NumPy over rows and plain Python at one point."""

from __future__ import annotations

import random
from array import array
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .. import _native
from ..runtime.python_rules import LoopCall
from . import numpy_executor
from .instructions import Listing
from .loop_parts import Part, parted
from .loop_places import in_place
from .loops import Block, Loop
from .plan import Plan

NATIVE = _native.build == "compiled"

if TYPE_CHECKING or NATIVE:
    from ..runtime.descent import Descent as Descent
    from ..runtime.descent import shuffled as shuffled
    from ..runtime.executor import Runner
    from ..runtime.looping import LoopInParts, LoopStep
    from ..runtime.partial_sums import add_segments as add_segments
    from ..runtime.partial_sums import over_part as over_part
    from .fast_calls import Caller as Caller
else:
    Descent = None
    from .numpy_executor import add_segments, over_part  # noqa: F401

    def shuffled(generator: random.Random, n: int) -> array[int]:
        """The numbers from 0 to n - 1 as `generator.shuffle` orders them, an array."""
        order = [*range(n)]
        generator.shuffle(order)
        return array("q", order)

    class Caller:
        """A function that remembers nothing of its calls, so that `called` answers them all."""

        watched: Any = None
        by_order: bool = False

        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            return self.called(args, kwargs)

        def remember(self, *entry: Any) -> None:
            """Does nothing: calls are remembered for the native executor only."""

        def remember_crossing(self, *crossing: Any) -> None:
            """Does nothing, as `remember`."""

        def forget(self) -> None:
            """Does nothing, since nothing is remembered."""


def runner_of(program: Listing, per_row: Sequence[bool], summed: int = 0, threads: int | None = None) -> Any:
    """A program made ready to run.

    per_row     for each input whether each row has its own number
    summed      how many of the outputs, the first, are summed over the rows
    threads     how many threads it runs on at most; None for as many as `set_num_threads` says
    """
    if NATIVE:
        return _native_runner(Plan(program, per_row, summed), threads or 0)
    return numpy_executor.Runner(program, per_row, summed)


def run_loop(loop: Loop, operands: Sequence[Any]) -> Block:
    """The block of a loop at a point; of loops that it reads from, the operand is their block."""
    if not NATIVE:
        found: Block = loop.rule(list(operands))
        return found
    pieces, places, at = [], [], 0
    for operand in operands:
        pieces.append([operand] if isinstance(operand, float) else operand)
        places.append(~at)
        at += len(pieces[-1])
    columns = loop.columns([operand.loop for operand in operands[: loop.layout.handles]])
    numbers, holds = _native_loop(LoopCall(loop, at, places, columns, False, ()), 0).alone(pieces, loop.size)
    block = Block(loop, numbers)
    block.holds = holds
    return block


def _native_runner(plan: Plan, threads: int = 0) -> Any:
    for steps in (plan.before, plan.body):
        steps[:] = [_native_loop(step, plan.rows) if isinstance(step, LoopCall) else step for step in steps]
    return Runner(plan, threads)


def _native_loop(call: LoopCall, around: int) -> Any:
    """A loop with its body made ready, for operands that have rows or not, where so many registers with rows are around."""
    loop, at = call.loop, call.loop.layout
    about = at, loop.kept, call.out, call.operands, call.columns
    parts = None if call.in_rows else parted(loop)
    if parts is not None:
        many = [_of_many_steps(part) for part in (parts.before, parts.after)]
        each = _native_runner(Plan(parts.each.listing, [False] * parts.each.listing.inputs))
        return LoopInParts(*about, parts, many[0], each, many[1])
    rows = [place >= 0 for place in call.operands]
    first = at.handles + at.states
    of_xs = rows[first + at.consts :]
    per_row = [
        *[call.in_rows] * at.states,
        *rows[first : first + at.consts],
        *[rows[source.handle] for source in at.sources],
        *[any(of_xs[j :: at.xs]) for j in range(at.xs)],
        *[False] * (at.counter is not None),
    ]
    summed = sum(call.added)
    exactly = loop.exact_ends(call.exactly, summed) if call.in_rows else ()
    plan = Plan(loop.body, per_row, summed, exactly, plainly=True)
    places = in_place(call, plan, around) if call.in_rows else None
    return LoopStep(*about, _native_runner(plan), call.in_rows, call.first, call.added, places)


def _of_many_steps(part: Part) -> Any:
    """A part of a step made ready for many steps, which are its rows."""
    per_row = [*[False] * len(part.consts), *[True] * len(part.columns)]
    return _native_runner(Plan(part.listing, per_row, exactly=True))
