"""How loops are recorded, and their derivatives.

The step is recorded once, at the numbers of the first step, in a trace of its own. What it uses from outside are the consts of
the loop. Where it branches on numbers, and not in the same way in all steps, every step is recorded instead.

In the graph a loop is one node over all its operands, with a node for each number that is read of its block. The derivative is
a loop again, which goes through the steps the other way: its state are the adjoints of the state, and of the consts, so far;
what it needs of each step it reads from the block of the loop itself. So there are derivatives of any order.
"""

from __future__ import annotations

import functools
import itertools
import math
import operator
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..derivatives.custom import BUILT_IN
from ..derivatives.trees import flatten
from ..engine.copying import ancestors
from ..engine.functions import apply_many
from ..engine.gradients import adjoints_in_values
from ..engine.modes import enable_grad, is_anomaly_enabled, tracing
from ..engine.value import Value, operands_of, plain, row_of
from ..runtime.kernel_table import WITH_SLOPE
from .from_graph import from_outside, listing_of
from .instructions import Listing
from .loops import Block, Layout, Loop, Source
from .ops import ADD, LOOP, MUL, NEG, PART, SELECTS, SQUARE, SUB, Op
from .passes import optimised
from .running import run_loop


class NumbersNeededError(BaseException):
    """What is being recorded asks for a number that a loop gives: it is to be recorded again, and its loops run."""


@dataclass
class Step:
    """The graph of a step, in the trace that it was recorded in.

    inputs, outputs     its ends. There may be nodes above an input; they are no part of the step
    guards              those of its body
    size                how many Values the trace had made when it was recorded
    given               nodes of another step that the body is given, and does not compute anew: its last sources
    kept                nodes that the body gives after its outputs, for others to be given
    masks               which of its xs are 1 or 0, as an adjoint is there or not
    """

    trace: Any
    inputs: list[Value]
    outputs: list[Value]
    guards: Sequence[Any] = ()
    given: Sequence[Value] = ()

    def __post_init__(self) -> None:
        self.size = len(self.trace.made)
        self.kept: list[Value] = []
        self.masks: list[int] = []

    def body(self, layout: Layout) -> Listing:
        """What its steps compute, ready to run."""
        last = len(self.inputs) - layout.xs - (layout.counter is not None)  # of the sources
        inputs = [*self.inputs[:last], *self.given, *self.inputs[last:]]
        return optimised(listing_of([*self.outputs, *self.kept], inputs, self.guards, loops=self.trace.loops))

    def keep(self, outputs: Sequence[Value], more: Sequence[Value]) -> list[Value]:
        """The nodes of this step that a body which computes `outputs`, with `more` inputs, is given. From now on they are kept.

        A product or a sum of what is there anyway is none of them: that costs less to compute again than to keep. A slope that
        comes with its function, of one exponential, is made where that is.
        """
        ends = {*map(id, self.inputs), *map(id, more)}
        mine = self.trace.made[: self.size]
        known = {*map(id, self.inputs), *map(id, mine)}
        mine += [v for v in self.trace.made[self.size :] if _comes_along(v) and all(id(x) in known for x in operands_of(v))]
        there = ends | {*map(id, self.kept)} | {id(v) for v in _needed(outputs, ends, mine) if not _is_cheap(v)}
        again = ends.copy()
        for v in mine:
            below = [x for x in operands_of(v) if isinstance(x, Value) and row_of(x).code]
            if _is_cheap(v) and all(id(x) in there or id(x) in again for x in below):
                again.add(id(v))
        found = _needed(outputs, ends, [v for v in mine if id(v) not in again])
        self._keep(found)
        return found

    def keep_states(self, outputs: Sequence[Value], states: Sequence[Value]) -> list[int]:
        """The numbers of the states, its inputs, that `outputs` depend on. From now on they are kept."""
        ends = {*map(id, self.inputs)}
        above = {id(x) for v in ancestors(outputs, lambda v: id(v) in ends) for x in operands_of(v)} | {*map(id, outputs)}
        found = [i for i, v in enumerate(states) if id(v) in above]
        self._keep([states[i] for i in found])
        return found

    def _keep(self, nodes: Sequence[Value]) -> None:
        kept = {*map(id, self.kept)}
        self.kept += [v for v in nodes if id(v) not in kept]


CHEAP = frozenset([ADD, SUB, MUL, NEG, SQUARE])


COMING_ALONG = frozenset(f"slope {op} 0" for op in WITH_SLOPE)


def _comes_along(v: Value) -> bool:
    return Op.of(row_of(v)) in COMING_ALONG


def _is_cheap(v: Value) -> bool:
    return Op.of(row_of(v)) in CHEAP


def _needed(outputs: Sequence[Value], ends: Collection[int], given: Sequence[Value]) -> list[Value]:
    """Those `given` that `outputs` are computed from, but for what is behind others of them or behind `ends`."""
    there, seen = {*map(id, given)}, {*ends}
    waiting, found = list(outputs), []
    while waiting:
        v = waiting.pop()
        if id(v) in seen or not row_of(v).code:
            continue
        seen.add(id(v))
        if id(v) in there and not is_loop(v):
            found.append(v)
        else:
            waiting += [x for x in operands_of(v) if isinstance(x, Value)]
    return found


@dataclass
class Made:
    """A loop in a trace.

    operands    of its node
    run         the block that it gave; None as long as nobody asked
    """

    loop: Loop
    operands: Sequence[Any]
    run: Block | None = None

    def block(self, trace: Any) -> Block:
        """Its block at the point of the recording."""
        if self.run is None or len(self.run) != self.loop.size:  # by now more is kept
            numbers = [made_by(trace, x).block(trace) if is_loop(x) else plain(x) for x in self.operands]
            self.run = run_loop(self.loop, numbers)
        return self.run


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
    inner = type(trace)(trace.runs_loops, trace.plain_answers)
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
    trace.doubts += inner.doubts
    compared = [v for guard in inner.guards for v in (guard.left, guard.right) if isinstance(v, Value)]
    if inner.asked_plain:  # its text or its hash: a number of each step has others
        return None
    if tree.form != state_tree.form or any(row_of(v).code >= BUILT_IN and not _is_ours(v) for v in inner.made):
        return None
    consts = from_outside([*ends, *compared], inner.made)
    graph = Step(inner, [*states, *consts, *xs, *told], ends, list(inner.guards))
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
    loop = Loop(layout, graph.body(layout), graph)
    node = _node(trace, loop, [*numbers, *consts, *(x for found, _ in taken for x in found)])
    if (loop.guarded or idle is not None) and not made_by(trace, node).block(trace).holds:
        return None
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


def _node(trace: Any, loop: Loop, operands: Sequence[Any]) -> Value:
    """The node of a loop over these operands."""
    made = Made(loop, operands)
    if trace.runs_loops:
        made.block(trace)
    trace.loops.append(made)
    node: Value = apply_many(LOOP.row, [*operands, float(len(trace.loops) - 1)])
    return node


def is_loop(x: Any) -> bool:
    return isinstance(x, Value) and Op.of(row_of(x)) is LOOP


def made_by(trace: Any, node: Value) -> Made:
    made: Made = trace.loops[int(plain(operands_of(node)[-1]))]
    return made


def part(trace: Any, node: Value, k: int) -> Value:
    """The node of number k of a loop's block. If the loop has not run, it is NaN for now."""
    made = made_by(trace, node)
    number = math.nan if made.run is None else made.block(trace)[k]
    found: Value = apply_many(PART.row, [node, float(k), number])
    return found


# ------------------------------------------------------------------------------------------------ derivatives


FOLDED = frozenset(["maximum", "minimum", *(select.row.name for select in SELECTS.values())])
"""What masks are made of by masks."""

Pattern = bytes
"""For each step, by its number, 1 if an adjoint is there and 0 if none is."""


class Column(NamedTuple):
    """Adjoints of a column of a loop's block, one for each step: a column of the ys of another loop, which stands in `node`."""

    node: Value
    y: int
    source: Source
    present: Pattern


class Adjoints:
    """The adjoint of a loop's node: adjoints of numbers in its block, by their place, and of whole columns."""

    def __init__(self, parts: dict[int, Any], columns: Sequence[Column] = ()) -> None:
        self.parts = parts
        self.columns = list(columns)
        self.is_total = False

    def __add__(self, other: Adjoints) -> Adjoints:
        """Their sum. A sum is added to in place: only who adds has it, and a loop may have many parts."""
        total = self if self.is_total else Adjoints(dict(self.parts), self.columns)
        total.is_total = True
        for k, adjoint in other.parts.items():
            total.parts[k] = total.parts[k] + adjoint if k in total.parts else adjoint
        total.columns += other.columns
        return total

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
        read = at.sources[: len(at.sources) - len(graph.given)]
        sources = [i for i, s in enumerate(read) if s.handle in wanted]
        explicit = sorted({(k - at.states) % at.ys for k in adjoints.parts if k >= at.states})

        with tracing(graph.trace), enable_grad():
            states_in, consts_in = graph.inputs[: at.states], graph.inputs[at.states : at.states + at.consts]
            sources_in = graph.inputs[at.states + at.consts : at.states + at.consts + len(read)]
            xs_in = graph.inputs[at.states + at.consts + len(read) :][: at.xs]
            told = graph.inputs[at.states + at.consts + len(read) + at.xs :]
            state_seeds, const_seeds = [Value(1.0) for _ in states_in], [Value(1.0) for _ in consts]
            y_seeds, column_seeds = [Value(1.0) for _ in explicit], [Value(1.0) for _ in adjoints.columns]
            ends = [*graph.outputs[: at.states], *(graph.outputs[at.states + j] for j in explicit)]
            ends += [self._end(column.source) for column in adjoints.columns]
            seeds = [*state_seeds, *y_seeds, *column_seeds]
            ends_of_step = {*map(id, graph.inputs)}  # a const may have been computed from another: that is not the step's
            of = [*states_in, *(consts_in[i] for i in consts), *(sources_in[i] for i in sources), *(xs_in[j] for j in xs)]
            told_apart: dict[Any, list[int]] = {}  # by the numbers of masks, of which there are few

            def reached(t: int) -> list[int]:
                masked = tuple([self.operands[rest + t * at.xs + j] for j in graph.masks])
                if masked not in told_apart:
                    by_id = {id(xs_in[j]): number for j, number in zip(graph.masks, masked, strict=True)}
                    told_apart[masked] = _reached(ends, of, ends_of_step, by_id)
                return told_apart[masked]

            given, found_at = _presence(at, adjoints, explicit, reached, bool(graph.masks), len(ends), len(of))
            masks = {pattern: Value(1.0) for pattern in given if 1 in pattern and 0 in pattern}
            total = Value(0.0)
            for seed, end, pattern in zip(seeds, ends, given, strict=True):
                if 1 in pattern:
                    total = total + seed * (_where(masks[pattern], end) if pattern in masks else end)
            for seed, i in zip(const_seeds, consts, strict=True):  # met first on the way back: the adjoint so far
                total = total + seed * consts_in[i]
            order = [v for v in ancestors([total], lambda v: id(v) in ends_of_step) if id(v) not in ends_of_step]
            found = adjoints_in_values(order, total, of)
        handles, places = self._handles(adjoints)
        here = places[id(self.node)]
        behind = graph.keep_states([*found, *states_in[at.idle : at.states][:1]] if at.idle is not None else found, states_in)
        inputs = [*state_seeds, *const_seeds, *consts_in, *(states_in[i] for i in behind), *sources_in, *column_seeds]
        inputs += [*xs_in, *y_seeds, *masks.values(), *told]
        step = Step(graph.trace, inputs, found)
        step.masks = [*graph.masks, *range(at.xs + len(explicit), at.xs + len(explicit) + len(masks))]
        step.given = graph.keep(found, inputs)
        numbered = {id(v): i for i, v in enumerate(graph.kept)}
        back_sources = [Source(here, True, numbered[id(states_in[i])]) for i in behind]
        back_sources += [s._replace(handle=places[id(self.operands[s.handle])]) for s in read]
        back_sources += [Source(places[id(column.node)], False, column.y) for column in adjoints.columns]
        back_sources += [Source(here, True, numbered[id(v)]) for v in step.given]
        loop.kept, loop.body = len(graph.kept), graph.body(at)
        states = at.states + len(consts)
        idle = at.idle
        if idle is not None:  # the same number, wherever it stands now
            place = behind.index(idle) if idle < at.states else idle - at.states - at.consts + len(behind)
            idle = states + at.consts + place
        layout = Layout(
            handles=len(handles),
            states=states,
            consts=at.consts,
            xs=at.xs + len(explicit) + len(masks),
            sources=tuple(back_sources),
            steps=at.steps,
            ys=len(sources) + len(xs),
            counter=at.counter,
            backwards=not at.backwards,
            idle=idle,
            label=f"derivative of {at.label}",
        )
        operands = [*handles, *(adjoints.parts.get(i, 0.0) for i in range(at.states)), *[0.0] * len(consts)]
        operands += self.operands[first:rest]
        if explicit or masks:
            for t in range(at.steps):
                operands += self.operands[rest + t * at.xs : rest + (t + 1) * at.xs]
                operands += [adjoints.parts.get(at.states + t * at.ys + j, 0.0) for j in explicit]
                operands += [float(pattern[t]) for pattern in masks]
        else:
            operands += self.operands[rest:]
        node = _node(self.trace, Loop(layout, step.body(layout), step), operands)
        self._send(node, layout, consts, sources, xs, found_at)

    def _end(self, source: Source) -> Value:
        """What the adjoints of a column are the adjoints of, in a step: a y, or a number of the state before it."""
        at, graph = self.loop.layout, self.loop.graph
        end: Value = graph.kept[source.column] if source.kept else graph.outputs[at.states + source.column]
        return end

    def _handles(self, adjoints: Adjoints) -> tuple[list[Value], dict[int, int]]:
        """The loops that the way back reads from, and where among them each stands."""
        found = [self.node, *self.operands[: self.loop.layout.handles], *(column.node for column in adjoints.columns)]
        handles = list({id(v): v for v in found}.values())
        return handles, {id(v): i for i, v in enumerate(handles)}

    def _send(
        self, node: Value, layout: Layout, consts: list[int], sources: list[int], xs: list[int], found_at: list[Pattern]
    ) -> None:
        """Takes from the loop that goes back what is sent to each operand: None where no adjoint goes."""
        at = self.loop.layout
        of_consts, of_sources, of_xs = (at.states + sum(map(len, some)) for some in ((), (consts,), (consts, sources)))
        first = at.handles + at.states
        rest = first + at.consts
        for i in self.wanted:
            if i < at.handles:
                read = [(y, at.sources[k], found_at[of_sources + y]) for y, k in enumerate(sources)]
                columns = [Column(node, *column) for column in read if column[1].handle == i and 1 in column[2]]
                self.sent[i] = Adjoints({}, columns) if columns else None
            elif i < first:
                there = found_at[i - at.handles][at.order[0]]
                self.sent[i] = part(self.trace, node, i - at.handles) if there else None
            elif i < rest:
                k = consts.index(i - first)
                self.sent[i] = part(self.trace, node, at.states + k) if 1 in found_at[of_consts + k] else None
            else:
                t, j = divmod(i - rest, at.xs)
                k, there = xs.index(j), found_at[of_xs + xs.index(j)][t]
                self.sent[i] = part(self.trace, node, layout.states + t * layout.ys + len(sources) + k) if there else None


# ------------------------------------------------------------------------------------------------ where adjoints are
# In the graph of all steps an adjoint is there or it is not: none goes back from a state that nobody uses. In a loop it is a
# number in every step. If it were 0 where none is, it would be NaN after an infinite slope.


def _where(mask: Value, end: Value) -> Value:
    """`end`, to which adjoints go back in the steps alone whose mask is not 0."""
    found: Value = apply_many(SELECTS["=="].row, [mask, 0.0, 0.0, end])
    return found


def _reached(ends: Sequence[Value], of: Sequence[Value], ends_of_step: Collection[int], masks: dict[int, float]) -> list[int]:
    """Of which of the nodes each of the `ends` is computed, as the bits of a number, where masks are these numbers, by id."""
    bits = {id(x): 1 << k for k, x in enumerate(of)}
    known: dict[int, Any] = dict(masks)
    for v in ancestors(ends, lambda v: id(v) in ends_of_step):
        operands = operands_of(v)
        numbers: list[Any] = [known.get(id(x)) if isinstance(x, Value) else x for x in operands]
        op = Op.of(row_of(v))
        if id(v) in ends_of_step:
            continue
        if masks and op.kind == "select" and None not in numbers[:2]:
            operands = operands[2:3] if op.rule([*numbers[:2], 1.0, 0.0]) else operands[3:4]
        if masks and None not in numbers and op.kind in ("select", "primitive") and row_of(v).name in FOLDED:
            known[id(v)] = op.rule(numbers)
        bits[id(v)] = 0
        for x in operands:
            bits[id(v)] |= bits.get(id(x), 0)
    return [bits.get(id(end), 0) for end in ends]


def _presence(
    at: Layout,
    adjoints: Adjoints,
    explicit: Sequence[int],
    reached: Callable[[int], list[int]],
    masked: bool,
    ends: int,
    count: int,
) -> tuple[list[Pattern], list[Pattern]]:
    """In which steps there are adjoints: of the `ends` (states, `explicit` ys, columns), and of the `count` nodes they reach.

    reached     by the number of a step, which nodes each end reaches there: see `_reached`
    masked      whether it may differ from step to step

    A loop that may be idle stops anywhere: what is there in one of its steps may be there in each.
    """
    states = sum(1 << i for i in range(at.states) if i in adjoints.parts)
    of_y = {j: 1 << (at.states + k) for k, j in enumerate(explicit)}
    by_step, always = [0] * at.steps, 0
    for k in adjoints.parts:
        if k >= at.states:
            t, j = divmod(k - at.states, at.ys)
            by_step[t] |= of_y[j]
    for bit, (_, _, _, present) in enumerate(adjoints.columns, start=at.states + len(explicit)):
        if 0 not in present:
            always |= 1 << bit
        elif 1 in present:
            by_step = [bits | there << bit for bits, there in zip(by_step, present, strict=True)]

    def nodes_of(t: int, bits: int) -> int:
        found = 0
        for k, nodes in enumerate(reached(t)):
            found |= nodes if bits >> k & 1 else 0
        return found

    all_states = (1 << at.states) - 1
    if at.idle is not None:
        states = functools.reduce(operator.or_, by_step, states | always)
        while nodes_of(0, states) & all_states & ~states:
            states |= nodes_of(0, states) & all_states
        return _patterns([(states, at.steps)], ends), _patterns([(states | nodes_of(0, states), at.steps)], count)
    given: list[tuple[int, int]] = []  # (bits, in how many steps), on the way back
    found: list[tuple[int, int]] = []
    further = 1 if at.backwards else -1
    t = at.order[-1]
    for own, run in itertools.groupby(by_step[::further]):
        left = len([*run])
        while left:
            here = own | always | states
            nodes = nodes_of(t, here)
            n = left if nodes & all_states == states and not masked else 1  # the next ones are like this one
            given.append((here, n))
            found.append((nodes, n))
            states, left, t = nodes & all_states, left - n, t + n * further
    return _patterns(given[::further], ends), _patterns(found[::further], count)


def _patterns(runs: Sequence[tuple[int, int]], count: int) -> list[Pattern]:
    """For each of `count` bits, in which steps it is set: `runs` are (bits, in how many steps), one after the other."""
    return [b"".join([bytes([bits >> k & 1]) * n for bits, n in runs]) for k in range(count)]
