"""explain(y, x): the chain rule that gave dy/dx, written out path by path.

`paths.py` finds the paths; `writing.py` writes them, as text and as mathematics.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..cached import cached_property
from ..engine.value import Value
from . import writing
from .paths import Between, LeftOut


def explain(y: Value, x: Value, *, paths: int = 10) -> Explanation:
    """The chain rule that gave dy/dx, written out: the paths from x to y, the local derivatives along each, and the sum.

    paths       how many paths to show: those with the largest contributions. The others are counted, and their sum is given

    A part of the graph where paths divide and meet again, a knot, is written as one step of the paths across it, and then by
    itself: so 2**60 paths fit on a page. Nodes go by their labels, others are called n1, n2 and so on. The derivatives are
    those recorded when the nodes were made, and no gradient is changed.
    TypeError if y or x is not a Value; ValueError if paths is not a positive whole number.

    >>> a, b = Value(2.0, label="a"), Value(1.0, label="b")
    >>> e = (a + b) * (b + 1)
    >>> e.label = "e"
    >>> explain(e, b)
    de/db: 2 paths lead from b to e
    <BLANKLINE>
      a = 2
      b = 1
      n1 = a + b = 3      ∂n1/∂b = 1
      n2 = b + 1 = 2      ∂n2/∂b = 1
      e = n1 × n2 = 6     ∂e/∂n1 = 2, ∂e/∂n2 = 3
    <BLANKLINE>
      b → n2 → e     ∂n2/∂b · ∂e/∂n2 = 1 · 3 = 3
      b → n1 → e     ∂n1/∂b · ∂e/∂n1 = 1 · 2 = 2
    <BLANKLINE>
    de/db = 3 + 2 = 5
    """
    for name, v in (("y", y), ("x", x)):
        if not isinstance(v, Value):
            raise TypeError(f"explain(y, x) explains dy/dx for two Values, and {name} is {v!r}: give the Value, not its number")
    if isinstance(paths, bool) or not isinstance(paths, int) or paths < 1:
        raise ValueError(f"paths is how many paths to show, a whole number of at least 1, and this is {paths!r}")
    graph = Between(y, x)
    return Explanation(y, x, graph, 0, graph.last, paths)


class Path:
    """A path from x to y, or a route: a path that crosses knots, each in one step that stands for all the paths through it.

    contribution        the term it adds to dy/dx: the product of its local derivatives
    edges               its steps, by the numbers that `paths.py` gives them
    """

    def __init__(self, graph: Between, edges: Sequence[int], entry: int, most: int) -> None:
        self._graph, self._entry, self._most = graph, entry, most
        self.edges = edges
        self.contribution = math.prod(reversed(self.local_derivatives), start=1.0)  # from y on, as backward() multiplies

    @property
    def nodes(self) -> tuple[Value, ...]:
        """The nodes on the path, x first and y last."""
        return tuple([self._graph.nodes[place] for place in [self._entry, *map(self._graph.end, self.edges)]])

    @property
    def local_derivatives(self) -> tuple[float, ...]:
        """The derivative of each node after x with respect to the node before it on the path."""
        return tuple(map(self._graph.slope, self.edges))

    @property
    def knots(self) -> tuple[Explanation | None, ...]:
        """For each step the explanation of its derivative, if it crosses a knot; else None."""
        return tuple([self.knot(edge) if edge < 0 else None for edge in self.edges])

    def knot(self, edge: int) -> Explanation:
        entry, exit = ~edge, self._graph.end(edge)
        return Explanation(self._graph.nodes[exit], self._graph.nodes[entry], self._graph, entry, exit, self._most)

    @property
    def number(self) -> int:
        """How many paths this one stands for: 1 if it crosses no knot."""
        return math.prod([self._graph.number_of_paths(~edge, self._graph.end(edge)) for edge in self.edges if edge < 0])

    def rank(self) -> tuple[bool, float, Sequence[int]]:
        """The key to sort paths by: NaN first, then the largest contribution; equal ones in the order of the graph."""
        size = abs(self.contribution)
        return size == size, -size, self.edges


class Explanation:
    """The chain rule that gave dy/dx. Printed it is text; in a notebook it shows itself as mathematics.

    y, x            the two Values
    derivative      dy/dx, from the local derivatives recorded when the nodes were made: what backward() finds

    >>> x = Value(3.0, label="x")
    >>> explanation = explain(x * x, x)
    >>> explanation.derivative, [path.contribution for path in explanation.paths], explanation.left_out
    (6.0, [3.0, 3.0], LeftOut(number=0, contribution=0.0))
    """

    def __init__(self, y: Value, x: Value, graph: Between, entry: int, exit: int, most: int) -> None:
        self.y, self.x, self.graph = y, x, graph
        self._entry, self._exit, self._most = entry, exit, most
        self.derivative = graph.derivative if exit - entry == graph.last else graph.slope(~entry)

    @cached_property
    def number_of_paths(self) -> int:
        """How many paths lead from x to y."""
        return self.graph.number_of_paths(self._entry, self._exit) if self.graph.nodes else 0

    @property
    def paths(self) -> tuple[Path, ...]:
        """The paths from x to y that contribute most, the largest first; none if y was not computed from x."""
        return self._paths[0]

    @property
    def left_out(self) -> LeftOut:
        """The paths that `paths` leaves out: (number, contribution)."""
        return self._paths[1]

    @property
    def routes(self) -> tuple[Path, ...]:
        """The paths as they are written, which cross each knot in one step: those that contribute most, the largest first."""
        return self._routes[0]

    @property
    def routes_left_out(self) -> LeftOut:
        """The paths that `routes` leaves out: (number, contribution)."""
        return self._routes[1]

    @cached_property
    def _paths(self) -> tuple[tuple[Path, ...], LeftOut]:
        return self._largest(knots=False)

    @cached_property
    def _routes(self) -> tuple[tuple[Path, ...], LeftOut]:
        return self._largest(knots=True)

    def _largest(self, *, knots: bool) -> tuple[tuple[Path, ...], LeftOut]:
        if not self.graph.nodes:
            return (), LeftOut(0, 0.0)
        found, complete = self.graph.largest_paths(self._entry, self._exit, self._most, knots=knots)
        paths = sorted([Path(self.graph, edges, self._entry, self._most) for edges in found], key=Path.rank)
        if complete:
            return tuple(paths), LeftOut(0, 0.0)
        rest = self.derivative - sum([path.contribution for path in paths])
        return tuple(paths), LeftOut(self.number_of_paths - sum([path.number for path in paths]), rest)

    def __str__(self) -> str:
        return writing.text(self)

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return writing.markdown(self)
