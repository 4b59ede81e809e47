"""Slopes written out as the arithmetic that their rules do: for executors that know primitives and selects alone.

A rule is recorded once for each kind of its operands, on Values, every way through its branches; what was recorded is then
copied to wherever that slope is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..derivatives.custom import BUILT_IN
from ..engine.modes import enable_grad, tracing
from ..engine.primitives import Primitive
from ..engine.value import Value, row_of
from .comparisons import every_way
from .expansion import Builder
from .from_graph import listing_of
from .instructions import Listing
from .loops import Loop
from .ops import CONSTANT, CUMULANT, Op
from .passes import key_of_constant
from .reverse_pass import OVER_LISTS, ReversePass, recorded_slope
from .trace import Trace


def slopes_written_out(listing: Listing) -> Listing:
    """The listing without slopes, but those of primitives of one's own."""
    build = Builder()
    to: list[int] = []
    recorded: dict[Any, Listing] = {}
    for instruction in listing.instructions:
        op = instruction.op
        operands = tuple([to[k] for k in instruction.operands])
        if isinstance(op, Loop):
            op = op.with_body(slopes_written_out(op.body))
            instruction = instruction._replace(op=op)
        if op.kind != "slope" or op.primitive.code >= BUILT_IN:
            to.append(build.keep(instruction._replace(operands=operands)))
            continue
        constants = [build.constant_in(k) for k in operands]
        key = op, *[None if x is None else key_of_constant(x) for x in constants]
        if key not in recorded:
            recorded[key] = _recorded(op, constants)
        build.origin = instruction.origin
        to.append(_copied(build, recorded[key], operands))
    outputs = tuple([to[k] for k in listing.outputs])
    guards = tuple([g._replace(left=to[g.left], right=to[g.right]) for g in listing.guards])
    return replace(listing, instructions=build.instructions, outputs=outputs, guards=guards)


def _recorded(op: Op, constants: Sequence[float | None]) -> Listing:
    """What the rule of a slope computes, of the operands that are no constants.

    It is recorded at 0.5, which makes no difference: all ways are recorded.
    """
    trace = Trace()
    with tracing(trace), enable_grad():
        inputs = [Value(0.5) if x is None else x for x in constants]
        slope = written_out(trace, op.primitive, op.operand, inputs)
    assert not trace.guards, op
    return listing_of([slope], [x for x in inputs if isinstance(x, Value)])


def written_out(trace: Trace, row: Primitive, i: int, operands: Sequence[Any]) -> Any:
    """The derivative of a primitive in operand i, of its operands and then its output: whichever way its rule goes."""
    (slope,) = every_way(trace, lambda: [recorded_slope(row, i, operands)])
    return slope


class WrittenOut(ReversePass):
    """A pass of gradients() that records no slope as such: each is there as what its rule computes, and can be looked into."""

    trace: Trace

    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)
        self.known = {}  # every slope is asked for

    def slopes(self, v: Value, operands: Sequence[Any], wanted: list[int]) -> list[tuple[int, Any]]:
        row = row_of(v)
        op = Op.of(row)
        if op in OVER_LISTS:
            return [(i, _bare(slope)) for i, slope in super().slopes(v, operands, wanted)]
        if op.kind != "primitive" or row.code >= BUILT_IN:
            return super().slopes(v, operands, wanted)
        return [(i, written_out(self.trace, row, i, [*operands, v])) for i in wanted]


def _bare(slope: Any) -> Any:
    """A slope without what a trace adds to it, of which it is a derivative."""
    return slope.parents[0] if isinstance(slope, Value) and Op.of(row_of(slope)) is CUMULANT else slope


def _copied(build: Builder, recorded: Listing, operands: Sequence[int]) -> int:
    """The register of what was recorded, of these operands."""
    to = [k for k in operands if build.constant_in(k) is None]
    for op, within, number, *_ in recorded.instructions[recorded.inputs :]:
        to.append(build.constant(number) if op is CONSTANT else build(op, *[to[k] for k in within]))
    return to[recorded.outputs[0]]
