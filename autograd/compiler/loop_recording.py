"""How loops are recorded, and their derivatives.

The step is recorded once, at the numbers of the first step, in a trace of its own. What it uses from outside are the consts of
the loop. Where it branches on numbers, and not in the same way in all steps, every step is recorded instead.

In the graph a loop is one node over all its operands, with a node for each number that is read of its block. The derivative is
a loop again, which goes through the steps the other way: its state are the adjoints of the state, and of the consts, so far;
what it needs of each step it reads from the block of the loop itself. So there are derivatives of any order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..derivatives.custom import BUILT_IN
from ..derivatives.trees import flatten
from ..engine.copying import ancestors
from ..engine.functions import apply_many
from ..engine.gradients import adjoints_in_values
from ..engine.modes import enable_grad, is_anomaly_enabled, tracing
from ..engine.value import Value, operands_of, plain, row_of
from .from_graph import from_outside, listing_of
from .instructions import Listing
from .loops import Layout, Loop, Source
from .ops import LOOP, PART, Op
from .passes import optimised
from .running import run_loop


class Step(NamedTuple):
    """The graph of a step, in the trace that it was recorded in."""

    trace: Any
    inputs: list[Value]
    outputs: list[Value]

    def body(self, guards: Sequence[Any] = ()) -> Listing:
        return optimised(listing_of(self.outputs, self.inputs, guards, loops=self.trace.loops))


class Made(NamedTuple):
    """A loop in a trace, and the block that it gave there."""

    loop: Loop
    block: Any


def recorded(
    trace: Any,
    step: Callable[[Any, Any], Any],
    state: Any,
    entries: list[Any] | None,
    count: int,
    *,
    counter: float | None = None,
    backwards: bool = False,
    idle: int | None = None,
) -> tuple[Any, list[Any]] | None:
    """(the last state, the ys of all steps), as nodes of a loop; None where the steps are to be recorded one by one.

    idle    -1 where the last number of the state tells whether there is anything left to do: see `Layout`
    """
    if count < 2 or is_anomaly_enabled():
        return None
    try:
        numbers, state_tree = flatten(state, "the state")
        taken = [flatten(x) for x in entries or ()]
    except TypeError:
        return None  # recorded one by one, it says what is wrong where it is used
    first = None if entries is None else taken[-1 if backwards else 0]
    if not numbers or any(tree.form != first[1].form for _, tree in taken if first):
        return None
    inner = type(trace)()
    with tracing(inner), enable_grad():
        states = [Value(plain(x)) for x in numbers]
        xs = [] if first is None else [Value(plain(x)) for x in first[0]]
        told = [] if counter is None else [Value(counter)]
        x = told[0] if told else None if first is None else first[1].of(xs)
        try:
            following, y = step(state_tree.of(states), x)
            found, tree = flatten(following)
            outputs, y_tree = ([], None) if y is None else flatten(y)
        except Exception:  # whatever it is: the step itself, recorded one by one, raises it again, or does without
            return None
        ends = [v if isinstance(v, Value) else Value(v) for v in (*found, *outputs)]
    compared = [v for guard in inner.guards for v in (guard.left, guard.right) if isinstance(v, Value)]
    if tree.form != state_tree.form or any(row_of(v).code >= BUILT_IN and not _is_ours(v) for v in inner.made):
        return None
    consts = from_outside([*ends, *compared], inner.made)
    graph = Step(inner, [*states, *consts, *xs, *told], ends)
    layout = Layout(
        handles=0,
        states=len(states),
        consts=len(consts),
        xs=len(xs),
        sources=(),
        steps=count,
        ys=len(outputs),
        counter=counter,
        backwards=backwards,
        idle=None if idle is None else len(states) + idle,
        label=getattr(step, "__name__", "").strip("<>"),
    )
    loop = Loop(layout, graph.body(inner.guards), graph)
    operands = [*numbers, *consts, *(x for found, _ in taken for x in found)]
    node = _node(trace, loop, operands)
    if node is None:
        return None
    inner.guards.clear()
    last = state_tree.of([part(trace, node, i) for i in range(layout.states)])
    ys: list[Any] = [None] * count
    if y_tree is not None:
        for t in range(count):
            at = layout.states + t * layout.ys
            ys[t] = y_tree.of([part(trace, node, k) for k in range(at, at + layout.ys)])
    return last, ys


def _is_ours(v: Value) -> bool:
    """Whether a node is one that traces make, and not of a primitive of one's own, whose rules may branch as they like."""
    return Op.of(row_of(v)).kind != "primitive"


def _node(trace: Any, loop: Loop, operands: Sequence[Any]) -> Value | None:
    """The node of a loop over these operands; None if the guards in its body do not hold in every step."""
    numbers = [_block(trace, x) if _is_loop(x) else plain(x) for x in operands]
    loop.keeps = True  # here, where a derivative may be taken; in the program only if one is
    block, holds = run_loop(loop, numbers)
    loop.keeps = False
    if not holds:
        return None
    trace.loops.append(Made(loop, block))
    node: Value = apply_many(LOOP.row, [*operands, float(len(trace.loops) - 1)])
    return node


def _is_loop(x: Any) -> bool:
    return isinstance(x, Value) and Op.of(row_of(x)) is LOOP


def made_by(trace: Any, node: Value) -> Made:
    made: Made = trace.loops[int(plain(operands_of(node)[-1]))]
    return made


def _block(trace: Any, node: Value) -> Any:
    return made_by(trace, node).block


def part(trace: Any, node: Value, k: int) -> Value:
    """The node of number k of a loop's block."""
    found: Value = apply_many(PART.row, [node, float(k), _block(trace, node)[k]])
    return found


# ------------------------------------------------------------------------------------------------ derivatives


class Column(NamedTuple):
    """Adjoints of a column of a loop's block, one for each step: a column of the ys of another loop, which stands in `node`."""

    node: Value
    y: int
    source: Source


class Adjoints:
    """The adjoint of a loop's node: adjoints of numbers in its block, by their place, and of whole columns."""

    def __init__(self, parts: dict[int, Any], columns: Sequence[Column] = ()) -> None:
        self.parts = parts
        self.columns = list(columns)

    def __add__(self, other: Adjoints) -> Adjoints:
        parts = dict(self.parts)
        for k, adjoint in other.parts.items():
            parts[k] = parts[k] + adjoint if k in parts else adjoint
        return Adjoints(parts, [*self.columns, *other.columns])

    def __mul__(self, share: Share) -> Any:
        return share.of(self)


class Share(NamedTuple):
    """What stands for the slope of a loop in its operand i: times the loop's adjoint it gives what is sent there."""

    backward: Backward
    i: int

    def of(self, adjoints: Adjoints) -> Any:
        if not self.backward.sent:
            self.backward.run(adjoints)
        return self.backward.sent[self.i]


def slopes_of_loop(trace: Any, node: Value, operands: Sequence[Any], wanted: Sequence[int]) -> list[tuple[int, Any]]:
    backward = Backward(trace, node, operands, wanted)
    return [(i, Share(backward, i)) for i in wanted]


class Backward:
    """The derivative of a loop in its operands number `wanted`: what is `sent` to each, once it has been `run`."""

    def __init__(self, trace: Any, node: Value, operands: Sequence[Any], wanted: Sequence[int]) -> None:
        self.trace = trace
        self.node = node
        self.loop = made_by(trace, node).loop
        self.operands = operands[:-1]  # without the number of the loop
        self.wanted = wanted
        self.sent: dict[int, Any] = {}

    def run(self, adjoints: Adjoints) -> None:
        """Makes the loop that goes back, and takes from it what is sent to each operand."""
        loop, at, graph = self.loop, self.loop.layout, self.loop.graph
        first = at.handles + at.states
        rest = first + at.consts
        wanted = set(self.wanted)
        consts = [i for i in range(at.consts) if first + i in wanted]
        xs = [j for j in range(at.xs) if any(rest + t * at.xs + j in wanted for t in range(at.steps))]
        sources = [i for i, s in enumerate(at.sources) if s.handle in wanted]
        explicit = sorted({(k - at.states) % at.ys for k in adjoints.parts if k >= at.states})

        with tracing(graph.trace), enable_grad():
            states_in, consts_in = graph.inputs[: at.states], graph.inputs[at.states : at.states + at.consts]
            sources_in = graph.inputs[at.states + at.consts : at.states + at.consts + len(at.sources)]
            xs_in = graph.inputs[at.inputs - at.xs - (at.counter is not None) :][: at.xs]
            state_seeds, const_seeds = [Value(1.0) for _ in states_in], [Value(1.0) for _ in consts]
            y_seeds, column_seeds = [Value(1.0) for _ in explicit], [Value(1.0) for _ in adjoints.columns]
            ends = [*graph.outputs[: at.states], *(graph.outputs[at.states + j] for j in explicit)]
            ends += [self._end(column.source) for column in adjoints.columns]
            seeds = [*state_seeds, *y_seeds, *column_seeds]
            total = Value(0.0)
            for seed, end in zip(seeds, ends, strict=True):
                total = total + seed * end
            for seed, i in zip(const_seeds, consts, strict=True):  # met first on the way back: the adjoint so far
                total = total + seed * consts_in[i]
            of = [*states_in, *(consts_in[i] for i in consts), *(sources_in[i] for i in sources), *(xs_in[j] for j in xs)]
            ends_of_step = {*map(id, graph.inputs)}  # a const may have been computed from another: that is not the step's
            order = [v for v in ancestors([total], lambda v: id(v) in ends_of_step) if id(v) not in ends_of_step]
            found = adjoints_in_values(order, total, of)
        handles, places = self._handles(adjoints)
        back_sources = [Source(places[id(self.node)], *loop.layout.kept(i)[1:]) for i in range(at.states)]
        back_sources += [Source(places[id(self.operands[s.handle])], *s[1:]) for s in at.sources]
        back_sources += [
            Source(places[id(c.node)], *made_by(self.trace, c.node).loop.layout.y(c.y)[1:]) for c in adjoints.columns
        ]
        told = graph.inputs[at.inputs - (at.counter is not None) :]
        inputs = [*state_seeds, *const_seeds, *consts_in, *states_in, *sources_in, *column_seeds]
        inputs += [*xs_in, *y_seeds, *told]
        step = Step(graph.trace, inputs, found)
        states = at.states + len(consts)
        idle = at.idle
        if idle is not None:  # the same number, wherever it stands now
            idle = states + at.consts + idle if idle < at.states else states + idle
        layout = Layout(
            handles=len(handles),
            states=states,
            consts=at.consts,
            xs=at.xs + len(explicit),
            sources=tuple(back_sources),
            steps=at.steps,
            ys=len(sources) + len(xs),
            counter=at.counter,
            backwards=not at.backwards,
            idle=idle,
            label=f"derivative of {at.label}",
        )
        loop.keeps = True
        operands = [*handles, *(adjoints.parts.get(i, 0.0) for i in range(at.states)), *[0.0] * len(consts)]
        operands += self.operands[first:rest]
        for t in range(at.steps):
            operands += self.operands[rest + t * at.xs : rest + (t + 1) * at.xs]
            operands += [adjoints.parts.get(at.states + t * at.ys + j, 0.0) for j in explicit]
        node = _node(self.trace, Loop(layout, step.body(), step), operands)
        assert node is not None
        self._send(node, layout, consts, sources, xs)

    def _end(self, source: Source) -> Value:
        """What the adjoints of a column are the adjoints of, in a step: a y, or a number of the state before it."""
        at, graph = self.loop.layout, self.loop.graph
        kept = at.kept(0).first
        end: Value = graph.outputs[source.first] if source.first < kept else graph.inputs[source.first - kept]
        return end

    def _handles(self, adjoints: Adjoints) -> tuple[list[Value], dict[int, int]]:
        """The loops that the way back reads from, and where among them each stands."""
        found = [self.node, *self.operands[: self.loop.layout.handles], *(column.node for column in adjoints.columns)]
        handles = list({id(v): v for v in found}.values())
        return handles, {id(v): i for i, v in enumerate(handles)}

    def _send(self, node: Value, layout: Layout, consts: list[int], sources: list[int], xs: list[int]) -> None:
        at = self.loop.layout
        first = at.handles + at.states
        rest = first + at.consts
        for i in self.wanted:
            if i < at.handles:
                read = [(y, at.sources[k]) for y, k in enumerate(sources)]
                columns = [Column(node, y, source) for y, source in read if source.handle == i]
                self.sent[i] = Adjoints({}, columns)
            elif i < first:
                self.sent[i] = part(self.trace, node, i - at.handles)
            elif i < rest:
                self.sent[i] = part(self.trace, node, at.states + consts.index(i - first))
            else:
                t, j = divmod(i - rest, at.xs)
                self.sent[i] = part(self.trace, node, layout.states + t * layout.ys + len(sources) + xs.index(j))
