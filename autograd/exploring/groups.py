"""The groups that a large graph folds into: the calls that its nodes were made in, and what repeats itself inside them."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

from .recording import Call

MOST_INSIDE = 40
"""How many nodes and groups a group shows at once, about: more are folded by repetition, or cut into stretches."""

FEWEST = 4
"""How many operations a call must have made to be a group."""


class Group(NamedTuple):
    """A group: what it is called, the group it lies in, and how many times it repeats the same, if it does."""

    name: str
    parent: int
    times: int


class Grouping:
    """Groups numbered so that each comes after its parent, 0 for the whole; and the group of each node."""

    def __init__(self, groups: list[Group], of: list[int]) -> None:
        self.groups = groups
        self.of = of


class _Unit:
    """What stands inside a group: a node, or a group with units of its own. Equal `kind`s repeat one another."""

    def __init__(self, kind: int, name: str = "", units: list[_Unit] | None = None, node: int = -1, times: int = 1) -> None:
        self.kind, self.name, self.node, self.times = kind, name, node, times
        self.is_call = False
        self.units = [] if units is None else units


def grouped(
    made: Sequence[bool],
    parents: Sequence[Sequence[int]],
    keys: Sequence[Hashable],
    calls_of: Sequence[int],
    calls: Sequence[Call],
) -> Grouping:
    """The groups of a graph.

    made        for each node whether an operation made it; leaves go where what uses them is
    parents     for each node the numbers of its operands
    keys        for each node what tells its place in the source from others
    calls_of    for each node the call it was made in
    """
    kinds: dict[Hashable, int] = {}
    names = call_names(calls)
    inside: list[list[_Unit]] = [[] for _ in calls]
    units = [_Unit(kinds.setdefault(names[c], len(kinds)), names[c], inside[c]) for c in range(len(calls))]
    begun = {0}
    for unit in units:
        unit.is_call = True
    for i, is_made in enumerate(made):
        if not is_made:
            continue
        c = calls_of[i]
        while c not in begun:  # a call stands in its parent where its first node was made
            begun.add(c)
            inside[calls[c].parent].append(units[c])
            c = calls[c].parent
        inside[calls_of[i]].append(_Unit(kinds.setdefault(keys[i], len(kinds)), node=i))
    root = units[0]
    sizes = _sizes(root)
    _fold(root, sizes)
    return _numbered(root, made, parents)


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


def outermost(calls: Sequence[Call]) -> list[Any]:
    """The modules that were called from outside of any other."""
    within = [False] * len(calls)
    found = []
    for c, call in enumerate(calls):
        within[c] = call.parent >= 0 and (within[call.parent] or calls[call.parent].module is not None)
        if call.module is not None and not within[c]:
            found.append(call.module)
    return found


def _sizes(root: _Unit) -> dict[int, int]:
    """How many nodes there are in each group, by id."""
    order, waiting = [], [root]
    while waiting:
        unit = waiting.pop()
        order.append(unit)
        waiting += unit.units
    sizes: dict[int, int] = {}
    for unit in reversed(order):
        sizes[id(unit)] = 1 if unit.node >= 0 else sum(sizes[id(inner)] for inner in unit.units)
    return sizes


def _fold(root: _Unit, sizes: dict[int, int]) -> None:
    """Dissolves groups that are too small, and folds what repeats where a group shows too much at once."""
    waiting = [root]
    while waiting:
        unit = waiting.pop()
        flat = _dissolved(unit, sizes, FEWEST)
        if len(flat) > MOST_INSIDE:
            flat = _dissolved(unit, sizes, 2)
        unit.units = _shortened(flat, sizes) if len(flat) > MOST_INSIDE else flat
        waiting += [inner for inner in unit.units if inner.node < 0]


def _dissolved(group: _Unit, sizes: dict[int, int], fewest: int) -> list[_Unit]:
    """What stands in a group, calls that made fewer than so many nodes replaced by what they made; a lone call, too."""
    flat: list[_Unit] = []
    waiting = group.units[::-1]
    while waiting:
        unit = waiting.pop()
        if unit.is_call and (sizes[id(unit)] < fewest or len(group.units) == 1):
            waiting += unit.units[::-1]
        else:
            flat.append(unit)
    return flat


def _shortened(units: list[_Unit], sizes: dict[int, int]) -> list[_Unit]:
    """Fewer units: rounds of a loop as groups, equal rounds as one, and what is left cut into stretches."""
    rounds = _rounds(units)
    if len(rounds) > 2 and len(rounds) < len(units):
        units = [_group(round, f"round {k + 1}", sizes) if len(round) > 1 else round[0] for k, round in enumerate(rounds)]
    runs: list[list[_Unit]] = []
    for unit in units:
        if runs and unit.node < 0 and runs[-1][0].kind == unit.kind:
            runs[-1].append(unit)
        else:
            runs.append([unit])
    if any(len(run) > 2 for run in runs):
        units = []
        for run in runs:
            if len(run) < 3:
                units += run
                continue
            inside = _stretches(run, sizes) if len(run) > MOST_INSIDE else run
            units += inside if len(runs) == 1 else [_group(inside, run[0].name, sizes, times=len(run))]
    return _stretches(units, sizes) if len(units) > MOST_INSIDE else units


def _rounds(units: list[_Unit]) -> list[list[_Unit]]:
    """Cuts where a place in the source comes again that this round has met. Several nodes of one place on end are one."""
    rounds: list[list[_Unit]] = []
    met: set[int] = set()
    last = -1
    for unit in units:
        if not rounds or (unit.kind in met and unit.kind != last):
            rounds.append([])
            met = set()
        rounds[-1].append(unit)
        met.add(unit.kind)
        last = unit.kind
    return rounds


def _stretches(units: list[_Unit], sizes: dict[int, int]) -> list[_Unit]:
    """Cuts a long row of units into stretches, and these again, until few are left."""
    while len(units) > MOST_INSIDE:
        length = min(MOST_INSIDE, math.isqrt(len(units)) + 1)
        cut = [units[k : k + length] for k in range(0, len(units), length)]
        units = [
            _group(part, _stretch_name(part, k * length), sizes) if len(part) > 1 else part[0] for k, part in enumerate(cut)
        ]
    return units


def _stretch_name(part: list[_Unit], first: int) -> str:
    names = [unit.name.rsplit(" ", 3)[0] for unit in part]  # without the numbers of rounds and stretches
    return f"{names[0] if len({*names}) == 1 and names[0] else 'part'} {first + 1} to {first + len(part)}"


def _group(units: list[_Unit], name: str, sizes: dict[int, int], times: int = 1) -> _Unit:
    group = _Unit(units[0].kind, name, units, times=times)
    sizes[id(group)] = sum(sizes[id(unit)] for unit in units)
    return group


def _numbered(root: _Unit, made: Sequence[bool], parents: Sequence[Sequence[int]]) -> Grouping:
    groups = [Group("", -1, 1)]
    of = [-1] * len(made)
    waiting = [(root, 0)]
    while waiting:
        unit, number = waiting.pop()
        for inner in unit.units:
            if inner.node >= 0:
                of[inner.node] = number
            else:
                groups.append(Group(inner.name, number, inner.times))
                waiting.append((inner, len(groups) - 1))
    depth = [0] * len(groups)
    for g in range(1, len(groups)):
        depth[g] = depth[groups[g].parent] + 1
    for i in reversed(range(len(made))):  # a leaf lies in the innermost group that all its uses are in
        for p in parents[i]:
            if not made[p]:
                of[p] = of[i] if of[p] < 0 else _meeting(of[p], of[i], groups, depth)
    return Grouping(groups, [max(g, 0) for g in of])


def _meeting(a: int, b: int, groups: Sequence[Group], depth: Sequence[int]) -> int:
    while a != b:
        if depth[a] >= depth[b]:
            a = groups[a].parent
        else:
            b = groups[b].parent
    return a
