"""What a step of a loop computes, in parts: what hangs on the step before it, and what does not.

At a point a loop goes from step to step, one number at a time; but only what the next step needs of this one must. All else can
be computed for many steps at once, as over rows: some of it before, of the xs and of what other loops kept, and some after, of
the states that were found. A sum that a loop only adds to, as the adjoint of a const, is added up after its terms are known, in
the order of the steps. So each number has the bits that it has step by step.

Over rows the steps are made one by one, for many rows at once. There such a sum, if it is only wanted summed over the rows, is
none of the states: in each step its terms are summed over the rows, as any gradient of parameters is.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

from .instructions import Guard, Instruction, Listing
from .loops import Loop
from .ops import ADD, CONSTANT, INPUT
from .passes import dead_code

FEWEST = 8
"""A loop of fewer steps is run step by step."""


class Part(NamedTuple):
    """Some of what a step computes.

    listing     its inputs are those consts that it reads, and then columns, which have a number for each step
    consts      the numbers of these consts
    columns     the numbers of these columns
    """

    listing: Listing
    consts: list[int]
    columns: list[int]


class Parts(NamedTuple):
    """The parts of a step. Their columns are numbered together, in this order: what changes from step to step, among the inputs
    of the body; what `before` gives; what `each` gives beside its states; and what `after` gives.

    changing    the inputs of the body that are the first columns: counted from the first source, then xs, then the counter
    before      for many steps at once. It also gives what each step has in common, last: numbers, and no columns
    each        for step after step: of its inputs the first are the states, and the last those numbers
    after       for many steps at once. It asks the questions of all guards
    states      the numbers of the states that `each` takes and gives, first of all that it gives
    sums        the others: the number of each, and the columns that are added to it in each step
    outputs     the columns of the ys, and of what is kept
    """

    changing: list[int]
    before: Part
    each: Part
    after: Part
    states: list[int]
    sums: list[tuple[int, list[int]]]
    outputs: list[int]


def parted(loop: Loop) -> Parts | None:
    """The parts of a loop's step; None where it is to be run step by step, for that there is nothing beside the states, or that
    a step may be left out, or has loops in it."""
    at, body = loop.layout, loop.body
    looping = any(instruction.op.kind in ("loop", "part") for instruction in body.instructions)
    if at.steps < FEWEST or at.idle is not None or looping:
        return None
    found = _Parting(loop)
    return found.parts() if found.worth_it else None


def sums_of(loop: Loop) -> dict[int, list[int]]:
    """The states that are only added to, and that nothing else reads: for each the registers that are added in a step."""
    body = loop.body
    readers: list[list[int]] = [[] for _ in body.instructions]
    for i, instruction in enumerate(body.instructions):
        for k in instruction.operands:
            readers[k].append(i)
    for k in (*body.outputs, *(k for g in body.guards for k in (g.left, g.right))):
        readers[k].append(-1)
    sums = {}
    for j in range(loop.layout.states):
        k, terms = j, []
        while len(readers[k]) == 1 and readers[k] != [-1] and body.instructions[readers[k][0]].op is ADD:
            (i,) = readers[k]
            x, y = body.instructions[i].operands
            terms.append(y if x == k else x)
            k = i
        if terms and readers[k] == [-1] and body.outputs[j] == k:
            sums[j] = terms
    return sums


def without_sums(loop: Loop, sums: Sequence[int]) -> tuple[Loop, list[int]]:
    """The loop without these of its `sums_of`, whose body gives their terms first; and how many terms each of them has."""
    at, terms = loop.layout, sums_of(loop)
    states = [j for j in range(at.states) if j not in sums]
    outputs = [*itertools.chain(*(terms[j] for j in sums)), *(loop.body.outputs[j] for j in states)]
    body = dead_code(replace(loop.body, outputs=(*outputs, *loop.body.outputs[at.states :])))
    idle = None if at.idle is None else at.idle - sum(j < at.idle for j in sums)
    left = Loop(replace(at, states=len(states), idle=idle), _without_inputs(body, sums))
    left.kept = loop.kept
    return left, [len(terms[j]) for j in sums]


def _without_inputs(listing: Listing, gone: Collection[int]) -> Listing:
    """The same without these inputs, which nothing reads."""
    place: dict[int, int] = {}
    instructions: list[Instruction] = []
    for k, instruction in enumerate(listing.instructions):
        if k not in gone:
            place[k] = len(instructions)
            instructions.append(instruction._replace(operands=tuple([place[x] for x in instruction.operands])))
    guards = tuple([g._replace(left=place[g.left], right=place[g.right]) for g in listing.guards])
    return Listing(instructions, listing.inputs - len(gone), tuple([place[k] for k in listing.outputs]), guards)


class _Parting:
    """A step on its way into parts. Numbers of instructions stand for their registers.

    sums        of each state that is only added to: the registers of the terms
    states      the numbers of all others
    asked       the registers that guards compare
    fixed       whether a register is the same in each step
    on_state    whether it hangs on a state
    feeds       the registers that these states of the next step hang on
    """

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.body = body = loop.body
        self.found = body.instructions
        at = loop.layout
        self.sums = sums_of(loop)
        self.states = [j for j in range(at.states) if j not in self.sums]
        self.asked = [k for g in body.guards for k in (g.left, g.right)]
        n = len(self.found)
        self.fixed, self.on_state = [False] * n, [False] * n
        for i, (op, operands, *_) in enumerate(self.found):
            if i < body.inputs:
                self.fixed[i] = at.states <= i < at.states + at.consts
                self.on_state[i] = i < at.states
            else:
                self.fixed[i] = op is CONSTANT or all([self.fixed[k] for k in operands])
                self.on_state[i] = any([self.on_state[k] for k in operands])
        self.feeds = self._behind([body.outputs[j] for j in self.states])
        self.worth_it = bool(self.sums) or any(
            not self.fixed[i] and not (self.on_state[i] and i in self.feeds) for i in range(body.inputs, n)
        )

    def _behind(self, registers: Iterable[int], ends: Collection[int] = ()) -> set[int]:
        """These registers and all that they hang on, but for what is behind `ends`."""
        found, waiting = set(), [*registers]
        while waiting:
            k = waiting.pop()
            if k not in found:
                found.add(k)
                waiting += [] if k in ends else self.found[k].operands
        return found

    def parts(self) -> Parts:
        at, body, feeds = self.loop.layout, self.body, self.feeds
        inner, given = range(body.inputs, len(self.found)), range(at.states + at.consts, body.inputs)
        of_states = [body.outputs[j] for j in self.states]
        outputs = body.outputs[at.states :]
        wanted = {*outputs, *itertools.chain(*self.sums.values())}
        each = {k for k in inner if self.on_state[k] and k in feeds} | {*self.states}
        early = {k for k in inner if k in feeds and not self.on_state[k] and not self.fixed[k]}
        fixed = {k for k in inner if self.fixed[k] and self.found[k].op is not CONSTANT}
        after = sorted(wanted.difference(each, early, given))
        read_late = self._behind([*after, *self.asked], {*each, *early}) | wanted
        results = sorted(each & read_late)
        read = self._behind([*of_states, *results], early | fixed)
        made, common = sorted(early & (read | read_late)), sorted(fixed & read)
        changing = sorted((self._behind([*made, *common]) | read | read_late).intersection(given))
        column = {k: i for i, k in enumerate([*changing, *made, *results, *after])}
        return Parts(
            [k - given.start for k in changing],
            self._part(column, changing, [*made, *common]),
            self._part(column, [*changing, *made], [*of_states, *results], self.states, common),
            self._part(column, [*changing, *made, *results], after, guards=body.guards),
            self.states,
            [(j, [column[k] for k in terms]) for j, terms in self.sums.items()],
            [column[k] for k in outputs],
        )

    def _part(
        self,
        column: dict[int, int],
        columns: Sequence[int],
        outputs: Sequence[int],
        states: Sequence[int] = (),
        common: Sequence[int] = (),
        guards: Sequence[Guard] = (),
    ) -> Part:
        """The part that computes these outputs from what is given, and from those of the consts and `columns` that it reads."""
        at = self.loop.layout
        ends = {*states, *columns, *common}
        read = self._behind([*outputs, *(k for g in guards for k in (g.left, g.right))], ends)
        consts = [k for k in range(at.states, at.states + at.consts) if k in read]
        columns = [k for k in columns if k in read]
        inputs = [*states, *consts, *columns, *common]
        place = {k: i for i, k in enumerate(inputs)}
        instructions = [Instruction(INPUT, ())] * len(inputs)
        for k in sorted(read.difference(inputs)):
            place[k] = len(instructions)
            instruction = self.found[k]
            instructions.append(instruction._replace(operands=tuple([place[x] for x in instruction.operands])))
        asked = tuple([g._replace(left=place[g.left], right=place[g.right]) for g in guards])
        listing = Listing(instructions, len(inputs), tuple([place[k] for k in outputs]), asked)
        return Part(listing, [k - at.states for k in consts], [column[k] for k in columns])
