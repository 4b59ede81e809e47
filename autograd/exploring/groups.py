"""The groups that a large graph folds into: the calls that its nodes were made in, and what repeats itself inside them."""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple

from .recording import Call

MOST_INSIDE = 40
"""How many nodes and groups a group shows at once, about: more are folded by repetition, or cut into stretches."""

FEWEST = 4
"""How many operations a call must have made to be a group."""


REPEATED = 10
"""How many equal rounds or calls on end are shown as one."""


class Group(NamedTuple):
    """A group: what it is called, the group it lies in, and how many times it repeats the same, if it does."""

    name: str
    parent: int
    times: int


class Grouping:
    """Groups numbered so that each comes after its parent, 0 for the whole; and the group of each node."""

    def __init__(self, groups: list[Group], of: array[int]) -> None:
        self.groups = groups
        self.of = of


class _Group:
    """A group on its way: what stands in it, numbers of nodes and groups, and how many nodes that are. Equal `kind`s repeat."""

    __slots__ = ("is_call", "kind", "name", "size", "times", "units")

    def __init__(self, kind: int, name: str, units: list[_Unit], size: int, times: int = 1, is_call: bool = False) -> None:
        self.kind, self.name, self.units, self.size, self.times, self.is_call = kind, name, units, size, times, is_call


_Unit = int | _Group


def grouped(
    made: Sequence[int],
    counts: Sequence[int],
    operands: Sequence[int],
    kinds: Sequence[int],
    calls_of: Sequence[int],
    calls: Sequence[Call],
) -> Grouping:
    """The groups of a graph.

    made        for each node 0 if it is a leaf; leaves go where what uses them is
    counts, operands    how many operands each node has, and those of all: how many nodes before it; of constants 0 and less
    kinds       for each node a number from 0, equal where the same place in the source made it by the same operation
    calls_of    for each node the call it was made in
    """
    names = call_names(calls)
    of_names: dict[str, int] = {}
    root, *_ = units = [_Group(~of_names.setdefault(name, len(of_names)), name, [], 0, is_call=True) for name in names]
    begun = {0}
    for i, is_made in enumerate(made):
        if not is_made:
            continue
        c = calls_of[i]
        units[c].units.append(i)
        units[c].size += 1
        while c not in begun:  # a call stands in its parent where its first node was made
            begun.add(c)
            units[calls[c].parent].units.append(units[c])
            c = calls[c].parent
    for c in range(len(calls) - 1, 0, -1):
        units[calls[c].parent].size += units[c].size
    _Folding(kinds).fold(root)
    return _numbered(root, made, counts, operands)


def call_names(calls: Sequence[Call]) -> list[str]:
    """What each call is called: a function by its name, a module by its place in the outermost module around it."""
    names = []
    paths: dict[int, dict[int, str]] = {}
    outermost: list[Any] = []
    for call in calls:
        outer = outermost[call.parent] if call.parent >= 0 else None
        outermost.append(outer if outer is not None else call.module)
        if call.module is None:
            names.append(call.name)
            continue
        root = outermost[-1]
        if id(root) not in paths:
            found = root.named_modules() if hasattr(root, "named_modules") else []
            paths[id(root)] = {id(module): path for path, module in found}
        names.append(paths[id(root)].get(id(call.module), "") or type(call.module).__name__)
    return names


class _Folding:
    def __init__(self, kinds: Sequence[int]) -> None:
        self.kinds = kinds

    def kind_of(self, unit: _Unit) -> int:
        return self.kinds[unit] if isinstance(unit, int) else unit.kind

    def fold(self, root: _Group) -> None:
        """Dissolves groups that are too small, and folds what repeats where a group shows too much at once."""
        waiting = [root]
        while waiting:
            group = waiting.pop()
            flat = _dissolved(group, FEWEST)
            if len(flat) > MOST_INSIDE:
                flat = _dissolved(group, 2)
            group.units = self.shortened(flat)
            waiting += [inner for inner in group.units if not isinstance(inner, int)]

    def shortened(self, units: list[_Unit]) -> list[_Unit]:
        """Fewer units, if they are many or repeat: equal rounds of a loop, or calls, as one; the rest of many in stretches."""
        if len(units) < REPEATED:
            return units
        too_many = len(units) > MOST_INSIDE
        fewest = 3 if too_many else REPEATED
        before, rounds, after = self.rounds(units)
        if fewest <= len(rounds) < len(units):
            if _size(units) < FEWEST * len(rounds):  # rounds of a few operations are no groups, but many of them together are
                return self.stretches([*before, *self.together(rounds), *after]) if too_many else units
            groups = [self.group(round, f"round {k + 1}") if len(round) > 1 else round[0] for k, round in enumerate(rounds)]
            units = [*before, *groups, *after]
        runs: list[list[_Unit]] = []
        for unit in units:
            if runs and not isinstance(unit, int) and self.kind_of(runs[-1][0]) == unit.kind:
                runs[-1].append(unit)
            else:
                runs.append([unit])
        if len(runs) == 1:
            return self.stretches(units)
        units = []
        for run in runs:
            first = run[0]
            if len(run) < fewest or isinstance(first, int):
                units += run
            else:
                units.append(self.group(self.stretches(run), re.sub(r"^round \d+$", "round", first.name), times=len(run)))
        return self.stretches(units)

    def rounds(self, units: list[_Unit]) -> tuple[list[_Unit], list[list[_Unit]], list[_Unit]]:
        """Cuts where a place in the source comes again that this round has met. Several nodes of one place on end are one.

        Gives what stands before the first round, the rounds, and what stands behind the last: told by the rounds beside them.
        """
        rounds: list[list[_Unit]] = []
        met: set[int] = set()
        last = None
        for unit in units:
            kind = self.kind_of(unit)
            if not rounds or (kind in met and kind != last):
                rounds.append([])
                met = set()
            rounds[-1].append(unit)
            met.add(kind)
            last = kind
        before, after = 0, len(units)
        if len(rounds) > 2:
            first, second, *_, last_but_one, end = [
                [*map(self.kind_of, round)] for round in (rounds[0], rounds[1], *rounds[-2:])
            ]
            if len(first) > len(second) and first[-len(second) :] == second:
                before = len(first) - len(second)
            if len(end) > len(last_but_one) and end[: len(last_but_one)] == last_but_one:
                after -= len(end) - len(last_but_one)
            rounds[0] = rounds[0][before:]
            rounds[-1] = rounds[-1][: len(rounds[-1]) - (len(units) - after)]
        return units[:before], rounds, units[after:]

    def together(self, rounds: list[list[_Unit]]) -> list[_Unit]:
        """So many rounds side by side that each group has some twenty units."""
        many = max(1, MOST_INSIDE * len(rounds) // (2 * sum(map(len, rounds))))
        parts = [rounds[k : k + many] for k in range(0, len(rounds), many)]
        return [
            self.group([unit for round in part for unit in round], f"rounds {k * many + 1} to {k * many + len(part)}")
            for k, part in enumerate(parts)
        ]

    def stretches(self, units: list[_Unit]) -> list[_Unit]:
        """Cuts a long row of units into stretches, and these again, until few are left."""
        while len(units) > MOST_INSIDE:
            length = min(MOST_INSIDE, math.isqrt(len(units)) + 1)
            cut = [units[k : k + length] for k in range(0, len(units), length)]
            units = [
                self.group(part, _stretch_name(part, k * length)) if len(part) > 1 else part[0] for k, part in enumerate(cut)
            ]
        return units

    def group(self, units: list[_Unit], name: str, times: int = 1) -> _Group:
        return _Group(self.kind_of(units[0]), name, units, _size(units), times)


def _size(units: list[_Unit]) -> int:
    return sum([1 if isinstance(unit, int) else unit.size for unit in units])


def _dissolved(group: _Group, fewest: int) -> list[_Unit]:
    """What stands in a group, calls that made fewer than so many nodes replaced by what they made; a lone call, too."""
    units = group.units
    while len(units) == 1 and not isinstance(units[0], int) and units[0].is_call:
        units = units[0].units
    flat: list[_Unit] = []
    waiting = units[::-1]
    while waiting:
        unit = waiting.pop()
        if not isinstance(unit, int) and unit.is_call and unit.size < fewest:
            waiting += unit.units[::-1]
        else:
            flat.append(unit)
    return flat


def _stretch_name(part: list[_Unit], first: int) -> str:
    """ "neuron 1 to 20" for twenty neurons; of stretches, from where the first begins to where the last ends."""
    names = ["" if isinstance(unit, int) else unit.name for unit in part]
    ends = [re.fullmatch(r"(.*?)s? (\d+)(?: to (\d+))?", name) for name in (names[0], names[-1])]
    if ends[0] and ends[1] and ends[0][1] == ends[1][1]:
        return f"{ends[0][1]}{'s' * (ends[0][1] == 'round')} {ends[0][2]} to {ends[1][3] or ends[1][2]}"
    return f"{names[0] if len({*names}) == 1 and names[0] else 'part'} {first + 1} to {first + len(part)}"


def _numbered(root: _Group, made: Sequence[int], counts: Sequence[int], operands: Sequence[int]) -> Grouping:
    groups = [Group("", -1, 1)]
    of = [-1] * len(made)
    waiting = [(root, 0)]
    while waiting:
        group, number = waiting.pop()
        for inner in group.units:
            if isinstance(inner, int):
                of[inner] = number
            else:
                groups.append(Group(inner.name, number, inner.times))
                waiting.append((inner, len(groups) - 1))
    depth = [0] * len(groups)
    for g in range(1, len(groups)):
        depth[g] = depth[groups[g].parent] + 1
    end = len(operands)
    for i in range(len(made) - 1, -1, -1):  # a leaf lies in the innermost group that all its uses are in
        first, here = end - counts[i], of[i]
        for back in operands[first:end]:
            if back > 0 and not made[i - back]:
                there = of[i - back]
                if there and there != here:
                    of[i - back] = here if there < 0 else _meeting(there, here, groups, depth)
        end = first
    return Grouping(groups, array("i", [max(g, 0) for g in of]))


def _meeting(a: int, b: int, groups: Sequence[Group], depth: Sequence[int]) -> int:
    while a != b:
        if depth[a] >= depth[b]:
            a = groups[a].parent
        else:
            b = groups[b].parent
    return a
