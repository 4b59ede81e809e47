"""The picture of a large program: one box for each line of source that instructions were recorded from."""

from __future__ import annotations

import linecache
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePath
from typing import NamedTuple

from ..pictures.charts import Arrow, Box, Cell, Chart
from ..texts import short_source_name, source_name, visible
from .instructions import Listing
from .ops import CONSTANT, INPUT

MOST_OPERATIONS = 4
"""Of more kinds of operation in a box than this, it counts the commonest one by one."""

MOST_INPUTS = 12
"""Inputs of more names than this stand in one box."""

LONGEST_LINE = 52


class Place(NamedTuple):
    """What stands in one box: inputs of one name, or instructions of some lines of a file."""

    name: str
    lines: range | None = None

    @property
    def title(self) -> str:
        if not self.lines:
            return self.name
        last = "" if len(self.lines) == 1 else f"-{self.lines[-1]}"
        return f"{PurePath(source_name(self.name)).name}:{self.lines[0]}{last}"


def chart_by_line(program: Listing, most: int) -> Chart:
    """Boxes for lines, or where there are more of these than `most`, for as many neighbouring lines as it takes."""
    found = _places(program, most)
    members: dict[Place, list[int]] = {}
    for i, place in enumerate(found):
        if place:
            members.setdefault(place, []).append(i)
    ids = {place: f"l{k}" for k, place in enumerate(members)}
    outputs = Counter(found[register] for register in program.outputs)
    guards = Counter(found[k] for guard in program.guards for k in {guard.left, guard.right})
    boxes = []
    for place, registers in members.items():
        rows = [[cell] for cell in _contents(program, place, registers)]
        rows += [[(_counted(guards[place], "guard"), "")]] * bool(guards[place])
        rows += [[(_counted(outputs[place], "output"), "bold")]] * bool(outputs[place])
        kind = "output" if outputs[place] else "folded" if place.lines else "leaf"
        boxes.append(Box(ids[place], kind, place.title, rows, short_source_name(place.name) if place.lines else ""))
    joined = {
        (ids[tail], ids[head])
        for i, head in enumerate(found)
        for k in program.instructions[i].operands
        if head and (tail := found[k]) and tail != head
    }
    caption = f"{len(program):,} instructions, folded by the lines that they were recorded from"
    return Chart(boxes, [Arrow(tail, head) for tail, head in sorted(joined)], direction="down", caption=caption)


def _places(program: Listing, most: int) -> list[Place | None]:
    """For each register the place it is shown in; None for constants, which are shown nowhere."""
    called = {_name_of(instruction.label) for instruction in program.instructions if instruction.op is INPUT}
    width = 1
    while True:
        found = [*_at_width(program, width, one_by_one=len(called) <= min(MOST_INPUTS, most // 2))]
        if len({*found}) <= most or width > 1_000_000:
            return found
        width *= 2


def _name_of(label: str) -> str:
    """Of W1[0, 2] or net.weight, what comes before: the name of an argument."""
    return re.split(r"[\[.]", label)[0] or "inputs"


def _at_width(program: Listing, width: int, one_by_one: bool) -> Iterator[Place | None]:
    for op, _, _, label, origin in program.instructions:
        if op is CONSTANT:
            yield None
        elif op is INPUT:
            yield Place(_name_of(label) if one_by_one else "inputs")
        elif origin is None:
            yield Place("no line of source")
        else:
            file, line = origin
            first = (line - 1) // width * width + 1
            yield Place(file, range(first, first + width))


def _contents(program: Listing, place: Place, registers: list[int]) -> Iterator[Cell]:
    if place.lines and len(place.lines) == 1 and (line := linecache.getline(place.name, place.lines[0]).strip()):
        yield visible(line, LONGEST_LINE), "quiet"
    kinds = Counter(str(program.instructions[i].op) for i in registers).most_common()
    if not place.lines and kinds[0][0] == INPUT:
        yield _counted(len(registers), "input"), ""
        return
    yield _counted(len(registers), "instruction"), ""
    shown = [f"{count:,} {kind}" for kind, count in kinds[:MOST_OPERATIONS]]
    rest = sum(count for _, count in kinds[MOST_OPERATIONS:])
    yield ", ".join([*shown, *[f"{rest:,} others"] * bool(rest)]), "quiet"


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'s' * (count != 1)}"
