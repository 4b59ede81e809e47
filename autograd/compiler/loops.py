"""Loops in programs: one instruction that runs a program of its own, its body, as often as it says.

A Loop gives many numbers, one after the other in a block: first the state after the last step; then what each step gave beside
its state, the ys, step by step; and, where a derivative is taken, what that goes back by: numbers of the state before each
step, and what the step computed on its way. The instruction "part" takes one number out of a block. Other loops read blocks
too: they are among their operands, as handles.

What a step computes is written down once, in `each_step`: the same walk runs it on numbers, on columns, and writes it out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ..cached import cached_property
from .deciding import deciding
from .expansion import Builder
from .instructions import Guard, Instruction, Listing, distinct
from .ops import CONSTANT, PART, Op

LARGEST = 2**31
"""The numbers of a block have places below it."""


class Source(NamedTuple):
    """A column of numbers, one for each step, in the block of another loop.

    handle      which of the handles that loop is
    kept        whether it is one of what is kept, or else of the ys
    column      its number there
    """

    handle: int
    kept: bool
    column: int


@dataclass(frozen=True)
class Layout:
    """What the operands of a loop are, in this order, and the inputs and outputs of its body.

    handles     how many loops it reads from
    states      how many numbers a step takes over from the step before
    consts      how many are the same in each step
    xs          how many each step has of its own: first all of step 0, then all of step 1, ...
    sources     columns read from the blocks of handles
    steps       how many steps there are
    ys          how many numbers a step gives beside its state
    counter     what step 0 is told its number is, if steps are told: the last input of the body
    backwards   whether the last step is made first
    idle        the number of an input of the body, a state or source: where it is 0, the step changes nothing and its ys are 0
    label       what it is called

    The body takes states, consts, sources, xs and the counter, and gives states and ys.
    """

    handles: int
    states: int
    consts: int
    xs: int
    sources: tuple[Source, ...]
    steps: int
    ys: int
    counter: float | None = None
    backwards: bool = False
    idle: int | None = None
    label: str = ""

    @property
    def order(self) -> range:
        """The numbers of the steps, in the order in which they are made."""
        return range(self.steps - 1, -1, -1) if self.backwards else range(self.steps)

    @property
    def changing(self) -> list[int]:
        """The inputs of the body that are of the state, or from handles."""
        return [*range(self.states), *range(self.states + self.consts, self.states + self.consts + len(self.sources))]

    @property
    def operands(self) -> int:
        return self.handles + self.states + self.consts + self.steps * self.xs

    @property
    def inputs(self) -> int:
        return self.states + self.consts + len(self.sources) + self.xs + (self.counter is not None)


class Loop(Op):
    """The op of a loop. No two are equal.

    kept    how many numbers are kept of each step: what the body gives after its ys
    """

    layout: Layout
    body: Listing
    kept: int
    graph: Any
    """What its derivative is made from; see `loop_recording.py`. None for a loop that is not being recorded."""

    def __new__(cls, layout: Layout, body: Listing, graph: Any = None) -> Loop:
        times = f"{layout.steps:,} time{'s' * (layout.steps != 1)}"
        new: Any = super().__new__(cls, f"loop {times}{': ' if layout.label else ''}{layout.label}", "loop")
        new.layout, new.body, new.graph, new.kept = layout, body, graph, 0
        made: Loop = new
        return made

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other

    def __reduce__(self) -> Any:
        return _rebuilt, (self.layout, self.body, self.kept)

    def with_body(self, body: Listing) -> Loop:
        """The same loop with another body, of the same inputs and outputs."""
        return _rebuilt(self.layout, body, self.kept)

    @property
    def size(self) -> int:
        """How many numbers its block has."""
        at = self.layout
        return at.states + at.steps * (at.ys + self.kept)

    def unfit(self, handles: Sequence[Op]) -> str:
        """What does not fit: its body, or what it reads from the blocks of its handles, which are such ops. "" if all does."""
        at, body = self.layout, self.body
        made = at.states + at.ys + self.kept
        if body.inputs != at.inputs or len(body.outputs) != made:
            return f"the body of {self} has {body.inputs} inputs and {len(body.outputs)} outputs, not {at.inputs} and {made}"
        if at.steps < 1 or at.states < 1 or self.kept < 0 or self.size >= LARGEST:
            return f"{self} has {at.states} numbers in its state, keeps {self.kept}, and has a block of {self.size:,}"
        if at.idle is not None and at.idle not in at.changing:
            return f"input {at.idle} of {self}, by which it is idle, is neither of its state nor from a handle"
        for source in at.sources:
            of = handles[source.handle] if source.handle < len(handles) else None
            columns = (of.kept if source.kept else of.layout.ys) if isinstance(of, Loop) and of.layout.steps == at.steps else 0
            if not source.column < columns:
                return f"{self} reads from what no loop of its handles has"
        return ""

    def part_named(self, k: int) -> str:
        """What number k of its block is, in words."""
        at = self.layout
        if k < at.states:
            return "the last state" if at.states == 1 else f"number {k} of the last state"
        t, j = divmod(k - at.states, max(at.ys, 1))
        return f"what step {t} gave" if at.ys == 1 else f"number {j} of what step {t} gave"

    def named_inputs(self) -> list[str]:
        """What the inputs of its body are, in words."""
        at = self.layout
        names = [("state", at.states), ("const", at.consts), ("kept", len(at.sources)), ("x", at.xs)]
        found = [name if n == 1 else f"{name}[{i}]" for name, n in names for i in range(n)]
        return found + ["step's number"] * (at.counter is not None)

    def named_outputs(self) -> list[str]:
        """What the outputs of its body are, in words."""
        at = self.layout
        states = ["next state"] if at.states == 1 else [f"next state[{i}]" for i in range(at.states)]
        ys = ["y"] if at.ys == 1 else [f"y[{i}]" for i in range(at.ys)]
        return [*states, *ys, *["kept"] * self.kept]

    def described_body(self) -> Listing:
        """Its body, with labels that say what its inputs are."""
        named = [i._replace(label=name) for i, name in zip(self.body.instructions, self.named_inputs(), strict=False)]
        return replace(self.body, instructions=[*named, *self.body.instructions[self.body.inputs :]])

    def column(self, source: Source) -> tuple[int, int]:
        """Where in its block a column begins, and how far on the number of the next step stands."""
        at = self.layout
        return (at.states + at.steps * at.ys if source.kept else at.states) + source.column, self.kept if source.kept else at.ys

    def columns(self, handles: Sequence[Any]) -> list[tuple[int, int]]:
        """The same for what it reads, from the blocks of these loops."""
        return [handles[source.handle].column(source) for source in self.layout.sources]

    @property
    def guarded(self) -> bool:
        """Whether there are guards in its body, or in that of a loop within."""
        inside = [instruction.op for instruction in self.body.instructions]
        return bool(self.body.guards) or any(op.guarded for op in inside if isinstance(op, Loop))

    @property
    def arity(self) -> int:
        return self.layout.operands

    @cached_property
    def jumps(self) -> bool:
        return bool(self.body.guards) or any(instruction.op.jumps for instruction in self.body.instructions)

    def exact_ends(self, outputs: Collection[int], first: int = 0) -> set[int]:
        """The registers of its body that must be exact, with all behind them, where these outputs must be, and where its own
        questions and choices are to come out right: of the states those, too, of which a later step asks something.

        first       which output of the body is the first number of the next state
        """
        at, body = self.layout, self.body
        ends = {body.outputs[k] for k in outputs}
        if at.idle is not None:
            ends.add(at.idle)
        while ends or self.jumps:
            found = deciding(body, ends)
            states = {body.outputs[first + j] for j in range(at.states) if j in found}
            if states <= ends:
                break
            ends |= states
        return ends

    def deciding_operands(
        self, outputs: Collection[int], operands: Sequence[int], instructions: Sequence[Instruction]
    ) -> Iterator[tuple[int, Collection[int]]]:
        """The operands that must be exact where these outputs of its body must be, each with what of it: see `deciding`."""
        at, ends = self.layout, self.exact_ends(outputs)
        if not (ends or self.jumps):
            return
        first, column = at.handles + at.states + at.consts, at.states + at.consts
        for k in deciding(self.body, ends):
            j = k - column - len(at.sources)  # the number of an x
            if k < column:
                yield operands[at.handles + k], ()
            elif j < 0:
                source = at.sources[k - column]
                of: Any = instructions[operands[source.handle]].op
                yield operands[source.handle], [of.layout.states + (of.layout.ys if source.kept else 0) + source.column]
            elif j < at.xs:
                yield from [(x, ()) for x in operands[first + j :: at.xs]]

    def outputs_at(self, number: int) -> list[int]:
        """Which outputs of its body give this number of its block."""
        at = self.layout
        kept = at.states + at.steps * at.ys
        if number >= kept:
            return [at.states + at.ys + (number - kept) % self.kept]
        return [number if number < at.states else at.states + (number - at.states) % at.ys]

    def flops(self, count: int) -> int:
        return self.layout.steps * sum(op.flops(len(operands)) for op, operands, *_ in self.body.instructions)

    @cached_property
    def rule(self) -> Callable[[list[Any]], Any]:
        return lambda operands: self.run(operands, self.body.outcome)

    def run(self, operands: Sequence[Any], body: Callable[[list[Any]], tuple[list[Any], Any]]) -> Block:
        """Its block, of operands that are numbers or columns; `body` gives the outputs of a step, and whether guards hold."""
        block = Block(self)

        def step(inputs: list[Any]) -> list[Any]:
            outputs, holds = body(inputs)
            block.holds = block.holds & holds
            return outputs

        each_step(self, operands, step, block)
        return block

    def written_out(self, build: Builder, operands: Sequence[Any], guards: list[Guard]) -> Block:
        """The registers of its block, where all its steps are written out; of a handle, the operand is such a Block.

        guards      gets those of the body, for each step
        """
        block = Block(self)
        each_step(self, operands, lambda inputs: _copied(build, self.body, inputs, guards), block, counted=build.constant)
        return block


def _rebuilt(layout: Layout, body: Listing, kept: int) -> Loop:
    loop = Loop(layout, body)
    loop.kept = kept
    return loop


class Block(list[Any]):
    """The numbers of a loop's block, or columns, or registers; and whether the guards in its body held."""

    def __init__(self, loop: Loop, numbers: Sequence[Any] = ()) -> None:
        super().__init__(numbers or [0.0] * loop.size)
        self.loop = loop
        self.holds: Any = True


def each_step(
    loop: Loop,
    operands: Sequence[Any],
    step: Callable[[list[Any]], list[Any]],
    block: list[Any],
    counted: Callable[[float], Any] = float,
) -> None:
    """Calls `step` with the inputs of each step, and writes what it gives into the block."""
    at = loop.layout
    first = at.handles + at.states
    handles, consts = operands[: at.handles], operands[first : first + at.consts]
    state, rest = list(operands[at.handles : first]), first + at.consts
    columns = [handles[source.handle].loop.column(source) for source in at.sources]
    for t in at.order:
        inputs = [
            *state,
            *consts,
            *(handles[s.handle][first + t * n] for s, (first, n) in zip(at.sources, columns, strict=True)),
        ]
        inputs += operands[rest + t * at.xs : rest + (t + 1) * at.xs]
        outputs = step([*inputs, *([] if at.counter is None else [counted(at.counter + t)])])
        ys = at.states + t * at.ys
        block[ys : ys + at.ys] = outputs[at.states : at.states + at.ys]
        if loop.kept:
            kept = at.states + at.steps * at.ys + t * loop.kept
            block[kept : kept + loop.kept] = outputs[at.states + at.ys :]
        state = outputs[: at.states]
    block[: at.states] = state


# ------------------------------------------------------------------------------------------------ written out


def unrolled(listing: Listing) -> Listing:
    """The same without loops: each step written out."""
    if not any(isinstance(instruction.op, Loop) for instruction in listing.instructions):
        return listing
    build = Builder()
    inputs = [build.keep(instruction) for instruction in listing.instructions[: listing.inputs]]
    guards: list[Guard] = []
    outputs = _copied(build, listing, inputs, guards)
    return replace(listing, instructions=build.instructions, outputs=tuple(outputs), guards=distinct(guards))


def _copied(build: Builder, listing: Listing, inputs: Sequence[int], guards: list[Guard]) -> list[int]:
    """The registers of the outputs of a listing that is written down once more, with these registers for its inputs."""
    to: list[Any] = list(inputs)
    for instruction in listing.instructions[listing.inputs :]:
        op, operands = instruction.op, [to[k] for k in instruction.operands]
        if isinstance(op, Loop):
            to.append(op.written_out(build, operands, guards))
        elif op is PART:
            number = build.constant_in(operands[1])
            assert number is not None
            to.append(operands[0][int(number)])
        elif op is CONSTANT:
            to.append(build.constant(instruction.number))
        else:
            build.origin = instruction.origin
            to.append(build(op, *operands))
    guards += [g._replace(left=to[g.left], right=to[g.right]) for g in listing.guards]
    return [to[k] for k in listing.outputs]
