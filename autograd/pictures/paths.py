"""The paths of a graph from x to y: where all of them meet, which are the largest, how many there are.

A part of the graph that paths enter at one node and leave at one other is a knot: seen from outside it is a single edge, whose
slope is the derivative of its exit with respect to its entry. Knots lie in one another and behind one another, so a graph of
2**60 paths may be a row of sixty knots of two paths each. Nothing here recurses, and no list of all paths is ever made.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import NamedTuple

from ..engine.backward import topological_order
from ..engine.value import Value, operands_and_slopes


class LeftOut(NamedTuple):
    """The paths that an explanation does not show: how many they are, and what they contribute together."""

    number: int
    contribution: float


class Between:
    """The part of a graph between x and y: the nodes and edges on the paths from x to y.

    Nodes are numbered in topological order, x first and y last, and edges in the order of the nodes they lead to. There are
    none if y was not computed from x. (Plain lists of numbers: the garbage collector does not walk them.)
    """

    def __init__(self, y: Value, x: Value) -> None:
        self.nodes: list[Value] = []
        self.slopes: list[float] = []  # of every edge
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._collect(y, x)
        self.last = len(self.nodes) - 1
        self._first_leaving, self._leaving = _grouped(self._starts, len(self.nodes))
        self.derivative = self._chain_rule() if self.nodes else 0.0
        self.exits: dict[int, int] = {}  # of each knot, by its entry
        self._slopes_of_knots: dict[int, float] = {}
        self._find_knots()

    def _collect(self, y: Value, x: Value) -> None:
        number: dict[int, int] = {}
        for v in topological_order(y):
            edges_before = len(self._starts)
            here = len(self.nodes)
            for operand, slope in operands_and_slopes(v) if number else ():
                if slope is not None and id(operand) in number:
                    self._starts.append(number[id(operand)])
                    self._ends.append(here)
                    self.slopes.append(slope)
            if v is x or len(self._starts) > edges_before:
                number[id(v)] = here
                self.nodes.append(v)

    def _chain_rule(self) -> float:
        """dy/dx, added up in the order in which backward() does."""
        adjoints = [0.0] * len(self.nodes)
        adjoints[-1] = 1.0
        edge = len(self.slopes)
        for v in reversed(range(len(self.nodes))):
            first = edge
            while first and self._ends[first - 1] == v:
                first -= 1
            for e in range(first, edge):
                adjoints[self._starts[e]] += adjoints[v] * self.slopes[e]
            edge = first
        return adjoints[0]

    # ---- edges: each is a number, and ~v stands for crossing the knot that is entered at v

    def leaving(self, v: int) -> Sequence[int]:
        return self._leaving[self._first_leaving[v] : self._first_leaving[v + 1]]

    def leaving_within(self, entry: int, exit: int) -> Callable[[int], Sequence[int]]:
        """A function that gives the edges from a node. Where a knot begins, crossing it is the only one.

        The knot from `entry` to `exit` itself is opened, though: its edges are what was asked for.
        """
        whole = entry if self.exits.get(entry) == exit else -1

        def leaving(v: int) -> Sequence[int]:
            return (~v,) if v in self.exits and v != whole else self.leaving(v)

        return leaving

    def start(self, edge: int) -> int:
        return self._starts[edge] if edge >= 0 else ~edge

    def end(self, edge: int) -> int:
        return self._ends[edge] if edge >= 0 else self.exits[~edge]

    def slope(self, edge: int) -> float:
        return self.slopes[edge] if edge >= 0 else self._slopes_of_knots[~edge]

    def _on_the_way(self, entry: int, exit: int, leaving: Callable[[int], Sequence[int]]) -> list[int]:
        """The nodes on paths from `entry` to `exit`, without `exit`, in reverse order."""
        seen = {entry} - {exit}
        stack = [entry]
        while stack:
            for edge in leaving(stack.pop()):
                end = self.end(edge)
                if end not in seen and end != exit:
                    seen.add(end)
                    stack.append(end)
        return sorted(seen, reverse=True)

    # ---- knots

    def _find_knots(self) -> None:
        """A knot leads from u to v where v is the first node that all paths from u meet in, and u the last they met in."""
        last = self.last
        met_in = meeting_points(self._ends, self._starts, last + 1)
        backwards = [e for v in range(last, -1, -1) for e in self.leaving(v)]
        meets_in = meeting_points(
            [last - self._starts[e] for e in backwards], [last - self._ends[e] for e in backwards], last + 1
        )
        for v in range(1, last + 1):
            u = met_in[v]
            if last - meets_in[last - u] == v and len(self.leaving(u)) > 1:
                self._slopes_of_knots[u] = self._slope_between(u, v)  # the knots inside end earlier, so theirs are known
                self.exits[u] = v

    def _slope_between(self, entry: int, exit: int) -> float:
        leaving = self.leaving_within(entry, exit)
        adjoints = {exit: 1.0}
        for v in self._on_the_way(entry, exit, leaving):
            adjoints[v] = sum([self.slope(edge) * adjoints[self.end(edge)] for edge in leaving(v)])
        return adjoints[entry]

    # ---- paths

    def largest_paths(self, entry: int, exit: int, most: int, *, knots: bool) -> tuple[list[list[int]], bool]:
        """The paths with the largest |product of slopes|, at most so many, the largest first; and whether these are all.

        With `knots`, a path crosses each as a single edge; without, it leads through them.

        Every path found leaves behind it sets of others: those that follow it up to a node and go on otherwise from there. The
        next path is the largest of all that are in these sets (Lawler 1972).
        """
        leaving = self.leaving_within(entry, exit) if knots else self.leaving
        best = {exit: 0.0}  # the size of the largest path from a node on

        def size_from(edge: int) -> float:
            return along(size(self.slope(edge)), best[self.end(edge)])

        for v in self._on_the_way(entry, exit, leaving):
            best[v] = max(map(size_from, leaving(v)))
        ranked: dict[int, list[int]] = {}  # the edges from a node, that of the largest path first
        paths: list[list[int]] = []
        sizes_along: list[list[float]] = []  # for each path, its size up to each of its nodes
        sets: list[tuple[float, int, int, int]] = [(0.0, -1, 0, 0)]
        complete = True
        while sets and len(paths) < most:
            _, followed, steps, choice = heapq.heappop(sets)
            path = paths[followed][:steps] if paths else []
            sizes = sizes_along[followed][: steps + 1] if paths else [0.0]
            branches: list[tuple[float, int, int, int]] = []
            v = self.end(path[-1]) if path else entry
            while v != exit:
                edges = ranked.get(v)
                if edges is None:
                    edges = ranked[v] = sorted(leaving(v), key=size_from, reverse=True)
                if choice + 1 < len(edges):
                    largest = along(sizes[-1], size_from(edges[choice + 1]))
                    branches.append((-largest, len(paths), len(path), choice + 1))
                path.append(edges[choice])
                sizes.append(along(sizes[-1], size(self.slope(edges[choice]))))
                v, choice = self.end(edges[choice]), 0
            paths.append(path)
            sizes_along.append(sizes)
            kept = heapq.nsmallest(most - len(paths), branches)
            complete = complete and len(kept) == len(branches)
            for branch in kept:
                heapq.heappush(sets, branch)
        return paths, complete and not sets

    def number_of_paths(self, entry: int, exit: int) -> int:
        """How many paths there are, exactly: those inside knots are counted one by one."""
        numbers = {entry: 1}
        for v in range(entry, exit):
            number = numbers.pop(v, 0)
            if number:
                for edge in self.leaving(v):
                    end = self._ends[edge]
                    numbers[end] = numbers.get(end, 0) + number
        return numbers[exit]


def _grouped(groups: Sequence[int], count: int) -> tuple[list[int], list[int]]:
    """Sorts the indices of a list by its items, numbers below `count`: (where the indices of each number begin, indices)."""
    sizes = [0] * (count + 1)
    for group in groups:
        sizes[group + 1] += 1
    begins = list(accumulate(sizes))
    return begins, sorted(range(len(groups)), key=groups.__getitem__)


# ------------------------------------------------------------------------------------------------ the sizes of products


def size(slope: float) -> float:
    """The logarithm of |slope|. Infinite for NaN, too: one makes all of dy/dx NaN, so its path is among the largest."""
    if slope == 0.0:
        return -math.inf
    return math.log(abs(slope)) if math.isfinite(slope) else math.inf


def along(a: float, b: float) -> float:
    """The size of a product of factors with the sizes a and b. Zero times infinity is NaN, whose size is infinite."""
    both = a + b
    return both if both == both else math.inf


# ------------------------------------------------------------------------------------------------ where paths meet


def meeting_points(ends: Sequence[int], starts: Sequence[int], count: int) -> list[int]:
    """For each node the last one before it that every path from node 0 to it passes: its immediate dominator.

    `ends` and `starts` are those of the edges, in the order of the nodes they lead to. The dominators form a tree, and that of
    a node is the nearest common ancestor of all nodes with an edge to it. Each node has a second pointer, far up the tree, so
    that finding it takes logarithmic time (Myers 1983).
    """
    parent, far, depth = [0] * count, [0] * count, [0] * count
    edge = 0
    for v in range(1, count):
        meeting = starts[edge]
        edge += 1
        while edge < len(ends) and ends[edge] == v:
            other = starts[edge]
            edge += 1
            while meeting != other:
                if depth[meeting] < depth[other]:
                    meeting, other = other, meeting
                if depth[meeting] == depth[other]:
                    up = far if far[meeting] != far[other] else parent
                    meeting, other = up[meeting], up[other]
                else:
                    meeting = far[meeting] if depth[far[meeting]] >= depth[other] else parent[meeting]
        parent[v], depth[v] = meeting, depth[meeting] + 1
        above = far[meeting]
        far[v] = far[above] if depth[meeting] - depth[above] == depth[above] - depth[far[above]] else meeting
    return parent
