"""tree(v): a graph as an indented tree, for the terminal."""

from __future__ import annotations

from collections import deque
from typing import Any

from ..engine.value import Value, operands_of, plain, row_of
from .drawing import graph_of, stored_gradients
from .explorable import Explorable

MOST_LINES = 200


def tree(what: Any, *args: Any, digits: int = 4, max_lines: int = MOST_LINES) -> str:
    """The graph that computed something as an indented tree: under each Value stands what it was computed from.

    what        what `draw` takes: a Value, a list of Values, a function with its arguments in `args`, an Explorable
    digits      how many significant digits numbers have
    max_lines   how many lines the tree has at most. A larger graph is cut, where it is deepest first, and says so

    A Value that is used several times has what is below it at its first place; at the others it is called by its name, with
    an arrow up. Gradients stand there once `backward()` has computed them. TypeError for what has no graph, ValueError for
    digits or max_lines that make no sense.

    >>> x, y = Value(2.0, label="x"), Value(3.0, label="y")
    >>> print(tree(x * y + x.sin()))
    result = 6.909  (+)
    ├── v1 = 6  (×)
    │   ├── x = 2
    │   └── y = 3
    └── v2 = 0.9093  (sin)
        └── x ↑
    """
    for name, x, least, most in (("digits", digits, 1, 17), ("max_lines", max_lines, 1, 10**9)):
        if isinstance(x, bool) or not isinstance(x, int) or not least <= x <= most:
            raise ValueError(f"{name} is a whole number of at least {least}, and this is {x!r}")
    graph = graph_of(what, args, "tree")
    return "\n".join(_Tree(graph, digits, max_lines, isinstance(what, Explorable) or callable(what)).lines())


class _Tree:
    def __init__(self, graph: Explorable, digits: int, most: int, recorded: bool) -> None:
        self.graph, self.digits = graph, digits
        self.number = {id(v): i for i, v in enumerate(graph.nodes)}
        self.grads = graph.frames.adjoints if recorded else stored_gradients(graph.nodes)
        self.roots = [self.number[id(v)] for v in graph.outputs]
        self.opened: set[int] = set()
        self.cut = 0
        self._open(most)

    def operands(self, i: int) -> list[Any]:
        return [self.number[id(o)] if isinstance(o, Value) else float(o) for o in operands_of(self.graph.nodes[i])]

    def _open(self, most: int) -> None:
        """Opens Values from the top down, as long as there are lines for what is below them."""
        left = most - len(self.roots)
        waiting = deque(self.roots)
        while waiting:
            i = waiting.popleft()
            below = self.operands(i)
            if i in self.opened or not below:
                continue
            if len(below) > left:
                self.cut += 1
                continue
            self.opened.add(i)
            left -= len(below)
            waiting += [k for k in below if isinstance(k, int)]

    def lines(self) -> list[str]:
        found = []
        written: set[int] = set()
        waiting: list[tuple[Any, str, str]] = [(i, "", "") for i in reversed(self.roots)]
        while waiting:
            i, before, below = waiting.pop()
            if isinstance(i, float):
                found.append(f"{before}{i:.{self.digits}g}")
                continue
            again = i in written
            written.add(i)
            found.append(before + self._told(i, again))
            if again or i not in self.opened:
                continue
            operands = self.operands(i)
            for k in reversed(range(len(operands))):
                last = k == len(operands) - 1
                waiting.append((operands[k], below + ("└── " if last else "├── "), below + ("    " if last else "│   ")))
        if self.cut:
            found.append(f"({len(self.graph.nodes):,} values, cut: max_lines= shows more)")
        return found

    def _told(self, i: int, again: bool) -> str:
        v = self.graph.nodes[i]
        name = self.graph.called(i)
        if again:
            return f"{name} ↑"
        grad = "" if self.grads[i] is None else f"  grad {self.grads[i]:.{self.digits}g}"
        made = f"  ({row_of(v).symbol})" if v.op else ""
        return f"{name} = {plain(v):.{self.digits}g}{made}{grad}" + (" …" if v.op and i not in self.opened else "")
