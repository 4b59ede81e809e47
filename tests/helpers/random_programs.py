"""Random programs over the whole table of primitives, for properties that hold for every program (hypothesis).

A program is a random graph, up to some thirty nodes deep. Nodes are shared, operands are Values or constants on any side, and
every operand is shifted and scaled into the domain of the primitive that takes it, so that the numerical derivative of the
whole can be trusted.
"""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from hypothesis import strategies as st
from rows import NAMES, PURE, call, interval, near_kink, operand_counts

CLEARANCE = 0.1

Operand = int | float
"""What a node is made of: an earlier node, by its number, or a constant."""


@dataclass(frozen=True)
class Program:
    inputs: tuple[float, ...]
    steps: tuple[tuple[str, tuple[Operand, ...]], ...]

    def run(self, ag: ModuleType, inputs: Sequence[Any], replace: Callable[[int, Any], Any] | None = None) -> list[Any]:
        """Every node, the inputs first; `replace(number, node)` may put another in a node's place."""
        nodes = list(inputs)
        for name, operands in self.steps:
            node = call(ag, name, [nodes[operand] if isinstance(operand, int) else operand for operand in operands])
            nodes.append(node if replace is None else replace(len(nodes), node))
        return nodes

    def record(self, ag: ModuleType) -> tuple[Any, list[Any]]:
        """The output, the last node, as a Value; and the leaves."""
        leaves = [ag.Value(x) for x in self.inputs]
        return self.run(ag, leaves)[-1], leaves

    def value(self, ag: ModuleType, inputs: Sequence[float]) -> float:
        """The output from numbers alone: nothing is recorded."""
        return float(self.run(ag, inputs)[-1])


class Author:
    """Writes a program step by step, and knows every node's value and a bound on how fast it moves with the inputs."""

    def __init__(self, inputs: Sequence[float]) -> None:
        self.inputs = tuple(inputs)
        self.values = list(inputs)
        self.speeds = [1.0] * len(inputs)
        self.steps: list[tuple[str, tuple[Operand, ...]]] = []

    def add(self, name: str, operands: Sequence[Operand]) -> int:
        leaves = [PURE.Value(self.values[operand] if isinstance(operand, int) else operand) for operand in operands]
        out = call(PURE, name, leaves)
        out.backward()
        moving = [(leaf, operand) for leaf, operand in zip(leaves, operands, strict=True) if isinstance(operand, int)]
        self.speeds.append(sum(abs(leaf.grad) * self.speeds[operand] for leaf, operand in moving))
        self.values.append(out.data)
        self.steps.append((name, tuple(operands)))
        return len(self.values) - 1

    def moved_to(self, node: int, target: float) -> int:
        """A node that follows the given one, no faster than the inputs move, and is at `target` now."""
        if self.speeds[node] > 1.0:
            node = self.add("mul", (node, 1.0 / self.speeds[node]))
        return self.add("add", (target - self.values[node], node))

    def tie_up(self) -> None:
        """Sums every node that nothing was made of, so that all of them matter to the output."""
        used = {operand for _, operands in self.steps for operand in operands if isinstance(operand, int)}
        ends = [node for node in range(len(self.values)) if node not in used]
        if len(ends) > 1:
            self.add("fsum", [self.moved_to(node, 0.25) for node in ends])


floats, integers = functools.cache(st.floats), functools.cache(st.integers)  # to make strategies anew takes most of the time


@functools.cache
def steps_back(most: int) -> st.SearchStrategy[int]:
    return st.just(1) | st.integers(1, 3) | st.integers(1, most)


@functools.cache
def counts_of(name: str) -> st.SearchStrategy[int]:
    return st.sampled_from(operand_counts(name))


inputs_of_programs = st.lists(floats(-2.0, 2.0), min_size=1, max_size=4)


@st.composite
def programs(draw: st.DrawFn, names: Sequence[str] = NAMES, least: int = 1) -> Program:
    author, one_of_names = Author(draw(inputs_of_programs)), st.sampled_from(names)
    for _ in range(draw(integers(least, 30))):
        name = draw(one_of_names)
        count = draw(counts_of(name))
        constants = draw(integers(0, 2**count - 2)) if count > 1 else 0  # a bit for each operand; never all of them
        operands: list[Operand] = []
        at: list[float] = []
        for i in range(count):
            low, high = interval(name, i)
            inner = (low + 0.1 * (high - low), high - 0.1 * (high - low))
            target = draw(floats(*inner))
            while near_kink(name, target, at, CLEARANCE):
                target = inner[0] + (target - inner[0] + 0.37 * (high - low)) % (inner[1] - inner[0])
            if constants >> i & 1:
                operands.append(target)
                at.append(target)
                continue
            back = draw(steps_back(len(author.values)))
            node = max(0, len(author.values) - back)
            value = author.values[node]
            fits = inner[0] <= value <= inner[1] and not near_kink(name, value, at, CLEARANCE)
            if not fits or author.speeds[node] > 2.0:
                node = author.moved_to(node, target)
            operands.append(node)
            at.append(author.values[node])
        author.add(name, operands)
    author.tie_up()
    return Program(author.inputs, tuple(author.steps))
