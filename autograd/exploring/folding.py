"""What of a graph a still picture shows one by one, and what it folds into boxes: groups, and leaves that go the same way."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from ..cached import cached_property
from ..engine.value import Value, operands_of
from .groups import Grouping
from .modules import module_of, shared_beginning

FEWEST_LEAVES = 6
"""How many leaves with the same uses are folded into one box."""

MOST_STEMS = 3
"""Up to how many names leaves that lead to the same have a box for each name."""

MOST_INPUTS = 8
"""Up to how many leaves with names stand outside of what is folded, parameters of networks not counted."""

MOST_OPEN = 1500
"""How many boxes there are at most, whatever is asked for: more are hours for any program that lays them out."""


class Unit(NamedTuple):
    """A box of the picture: a node; or a group, or a bunch of leaves, with all nodes that are in it."""

    kind: str
    nodes: list[int]
    group: int
    name: str = ""


class Folding:
    """The units of a picture, and which of them each node is in.

    is_open     for each group whether it shows what is in it
    bunches     whether leaves that go the same way are folded, but those in `seen`
    """

    def __init__(
        self,
        nodes: Sequence[Value],
        names: Sequence[str],
        groups: Grouping,
        is_open: Sequence[bool],
        bunches: bool,
        seen: Sequence[int] = (),
    ) -> None:
        self.nodes, self.names = nodes, names
        closed = [0] * len(groups.groups)
        for g in range(1, len(closed)):
            closed[g] = closed[groups.groups[g].parent] or (0 if is_open[g] else g)
        self.units: list[Unit] = []
        self.of = [-1] * len(nodes)
        unit_of: dict[int, int] = {}
        inputs = [i for i, v in enumerate(nodes) if not v.op and names[i] and not module_of(names[i])]
        outside = set(inputs) if len(inputs) <= MOST_INPUTS else set()
        for i in range(len(nodes)):
            g = 0 if i in outside else closed[groups.of[i]]
            if g and g in unit_of:
                self.of[i] = unit_of[g]
                self.units[unit_of[g]].nodes.append(i)
                continue
            self.of[i] = unit_of[g] = len(self.units)
            self.units.append(Unit("group" if g else "node", [i], g or (0 if i in outside else groups.of[i])))
        if bunches:
            self._bunch({*seen})

    def _bunch(self, seen: set[int]) -> None:
        """Folds leaves that lead to the same units: those with one name but for a number, then all."""
        uses: dict[int, set[int]] = {}
        for i, v in enumerate(self.nodes):
            for o in operands_of(v):
                if isinstance(o, Value) and not o.op:
                    uses.setdefault(id(o), set()).add(self.of[i])
        alone = [
            u
            for u, (kind, (first, *_), *_) in enumerate(self.units)
            if kind == "node" and not self.nodes[first].op and first not in seen
        ]
        by_use: dict[tuple[int, ...], list[int]] = {}
        for u in alone:
            users = tuple(sorted(uses.get(id(self.nodes[self.units[u].nodes[0]]), ())))
            if users:
                by_use.setdefault(users, []).append(u)
        gone: set[int] = set()
        for together in by_use.values():
            by_stem: dict[str, list[int]] = {}
            for u in together:
                by_stem.setdefault(stem(self.names[self.units[u].nodes[0]]), []).append(u)
            if len(by_stem) > MOST_STEMS:
                by_stem = {"": together}
            rest = [u for same in by_stem.values() if len(same) < FEWEST_LEAVES for u in same]
            for same in [*[s for s in by_stem.values() if len(s) >= FEWEST_LEAVES], *[rest] * (len(rest) >= FEWEST_LEAVES)]:
                inside = [i for u in same for i in self.units[u].nodes]
                stems = {stem(self.names[i]) for i in inside}
                name = stems.pop() if len(stems) == 1 else _common([self.names[i] for i in inside])
                self.units[same[0]] = Unit("leaves", inside, self.units[same[0]].group, name)
                gone |= {*same[1:]}
                for i in inside:
                    self.of[i] = same[0]
        kept = [u for u in range(len(self.units)) if u not in gone]
        place = {u: k for k, u in enumerate(kept)}
        self.units = [self.units[u] for u in kept]
        self.of = [place[u] for u in self.of]

    @cached_property
    def edges(self) -> set[tuple[int, int]]:
        """(from, to) of all units that one leads to another."""
        number = {id(v): i for i, v in enumerate(self.nodes)}
        found = {
            (self.of[number[id(o)]], self.of[i])
            for i, v in enumerate(self.nodes)
            for o in operands_of(v)
            if isinstance(o, Value)
        }
        return {(a, b) for a, b in found if a != b}


def folding(
    nodes: Sequence[Value],
    names: Sequence[str],
    groups: Grouping,
    *,
    depth: int | None = None,
    fold: bool | Sequence[str] | None = None,
    opened: Sequence[int] = (),
    max_nodes: int,
) -> Folding:
    """How a graph is folded: see `draw`. `opened` are nodes that are to be seen where nobody says how deep to go."""
    depths = [0]
    for group in groups.groups[1:]:
        depths.append(depths[group.parent] + 1)
    closed = set() if fold is None or isinstance(fold, bool) else {g for g in range(1, len(depths)) if named(groups, g, fold)}

    def at(level: int) -> Folding:
        is_open = [d <= level and g not in closed for g, d in enumerate(depths)]
        if depth is None and fold is not True:
            for i in opened:
                g = groups.of[i]
                while g > 0 and g not in closed:
                    is_open[g], g = True, groups.groups[g].parent
        return Folding(nodes, names, groups, is_open, fold is not False, opened)

    made_in = [0] * len(depths)
    for v, g in zip(nodes, groups.of, strict=True):
        made_in[g] += bool(v.op)

    def least(level: int) -> int:
        """How many units there are at least: what no leaf changes, and no count of nodes one by one."""
        return sum([n for n, d in zip(made_in, depths, strict=True) if d <= level]) + depths.count(level + 1)

    deepest = max(depths)
    most = MOST_OPEN if depth is not None or fold is False else max_nodes
    levels = [0] if fold is True else range(min(deepest, deepest if depth is None else depth), -1, -1)
    for level in levels:
        if level and not closed and least(level) > most:
            continue
        found = at(level)
        if len(found.units) <= most and len(found.edges) <= 2 * most:
            break
    return found


def named(groups: Grouping, g: int, names: Sequence[str]) -> bool:
    return groups.groups[g].name in names or shown_name(groups, g) in names


def shown_name(groups: Grouping, g: int) -> str:
    """The name of a group inside of what it lies in: of "layers.0.neurons.3" in "layers.0", "neurons.3"."""
    name, parent, _ = groups.groups[g]
    return name.removeprefix(f"{groups.groups[parent].name}.") if parent > 0 else name


def stem(name: str) -> str:
    """A name without the numbers at its end.

    >>> stem("weights.12"), stem("w[0][3]"), stem("x7")
    ('weights', 'w', 'x')
    """
    return re.sub(r"(\.\d+|\[[\d, ]*\]|\d+)+$", "", name)


def _common(names: Sequence[str]) -> str:
    """What dotted names have in common at their beginning."""
    return ".".join(shared_beginning([name.split(".") for name in names]))
