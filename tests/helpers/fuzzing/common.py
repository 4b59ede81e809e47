"""What the oracles share: words, bits, sizes; a graph recorded, and as a function."""

import math
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import Any

from rows import bits

from .graphs import Case, run

EPS = 2.0**-53


def held(good: bool, what: str, *things: Any) -> None:
    assert good, f"{what}: " + ", ".join(map(repr, things))[:600]


def all_bits(numbers: Iterable[Any]) -> list[str]:
    return [bits(float(x)) for x in numbers]


def as_values(nodes: Sequence[Any]) -> list[float]:
    return [float(getattr(node, "data", node)) for node in nodes]


def recorded(case: Case, ag: ModuleType, xs: Sequence[float]) -> tuple[list[Any], list[Any]]:
    """The leaves, and all nodes."""
    leaves = [ag.Value(x) for x in xs]
    return leaves, run(case, ag, leaves)


def function(case: Case, ag: ModuleType) -> Callable[[Any], Any]:
    return lambda xs: run(case, ag, xs)[-1]


def same(got: Sequence[float], want: Sequence[float]) -> bool:
    """To the last bit, but for the sign of a zero."""
    return all_bits(x + 0.0 for x in got) == all_bits(x + 0.0 for x in want)


def ulps(got: float, want: float) -> float:
    if got == want or (got != got and want != want):
        return 0.0
    if not (math.isfinite(got) and math.isfinite(want)):
        return math.inf
    return abs(got - want) / max(math.ulp(want), 5e-324)


def size_of_terms(out: Any, leaves: Sequence[Any], ag: ModuleType) -> float:
    """Of the terms that the derivatives by the leaves are sums of; NaN where one is beyond what floats hold."""
    sizes = {id(out): 1.0}
    for node in reversed(ag.topological_order(out)):
        for parent, slope in zip(node.parents, node.local_derivatives, strict=True):
            sizes[id(parent)] = sizes.get(id(parent), 0.0) + sizes.get(id(node), 0.0) * abs(slope)
    return sum(sizes.get(id(leaf), 0.0) for leaf in leaves)


def size_of_roundings(out: Any, ag: ModuleType) -> float:
    """The numbers of all nodes in sum, each as often as the result hangs on it: times 2**-53, what rounding them may do."""
    nodes = ag.topological_order(out)
    sizes, sum_of_sizes = {id(out): 1.0}, 0.0
    for node in reversed(nodes):
        size = sizes.get(id(node), 0.0)
        sum_of_sizes += size * abs(node.data)
        for parent, slope in zip(node.parents, node.local_derivatives, strict=True):
            sizes[id(parent)] = sizes.get(id(parent), 0.0) + size * abs(slope)
    return sum_of_sizes
