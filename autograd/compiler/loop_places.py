"""Where the registers of a loop's step stand among those of the plan around it, so that over rows it reads and writes there.

A step reads the state, and what other loops kept, where these stand, and writes what it keeps where that is to stand: nothing
but the next state is copied. So some of the places in its code change from step to step. Its other registers stand behind those
of the plan around.
"""

from __future__ import annotations

from array import array
from typing import NamedTuple

from ..runtime.python_rules import LoopCall
from .plan import Plan

Place = tuple[int, int]
"""Where a register stands in step 0, and how many places further on in the next."""


class InPlace(NamedTuple):
    """The code of a step that runs among the registers around it.

    code        that of its plan, with places around
    moving      three numbers for each place that changes: where it stands in the code, what it is in step 0, how far on the
                next is
    copies      five numbers for each register that a step copies when it has run: the place that it is copied to in step 0, how
                far on the next is, the same for the place that it is copied from; then 1 if that is one that rows share, else 0
    room        how many registers it has for itself, behind those around
    base        the first of them
    """

    code: array[int]
    moving: array[int]
    copies: array[int]
    room: int
    base: int


def in_place(call: LoopCall, body: Plan, base: int) -> InPlace | None:
    """Of the plan of a loop's step, where `base` registers are around; None for a step that is run among registers of its own:
    one with rules of Python or loops in it, or whose next state is in part its state before, at another number."""
    loop, at = call.loop, call.loop.layout
    varying = [i for i, per_row in enumerate(body.per_row) if per_row]
    inputs = {varying[c]: place for c, place in zip(body.input_columns, body.input_places, strict=True)}
    states = {inputs[i]: i for i in range(at.states) if i in inputs}
    results = list(body.output_places)
    if len(body.body) > 1 or any(states.get(place, i) != i for i, place in enumerate(results[: at.states])):
        return None
    first_const, first_source = at.handles + at.states, at.states + at.consts
    home: dict[int, Place] = {place: (call.out + i, 0) for place, i in states.items()}
    for i, place in inputs.items():
        if at.states <= i < first_source:
            home[place] = (call.operands[first_const + i - at.states], 0)
        elif first_source <= i < first_source + len(at.sources):
            source = i - first_source
            begin, further = call.columns[source]
            home[place] = (call.operands[at.sources[source].handle] + begin, further)
    kept_at = call.out + at.states + at.steps * at.ys
    columns: list[Place] = [(call.out + at.states + j, at.ys) for j in range(at.ys)]
    columns += [(kept_at + j, loop.kept) for j in range(loop.kept)]
    own = {*inputs.values(), *body.in_blocks}
    copies: list[tuple[Place, int]] = []
    for to, place in zip(columns, results[at.states :], strict=True):
        if place < 0 or place in own or place in home:
            copies.append((to, place))
        else:
            home[place] = to
    copies += [((call.out + i, 0), place) for i, place in enumerate(results[: at.states]) if place not in states]
    code, moving = array("i", body.code), array("i")
    for where in body.row_places:
        begin, further = home.get(code[where], (base + code[where], 0))
        code[where] = begin
        if further:
            moving.extend([where, begin, further])
    laid = array("i")
    for to, place in copies:
        laid.extend([*to, ~place, 0, 1] if place < 0 else [*to, *home.get(place, (base + place, 0)), 0])
    return InPlace(code, moving, laid, body.rows, base)
