"""Random formulas of the shapes that plans have instructions for: sums and products of any association, of terms that are used
elsewhere too, dots, choices, functions, rules in Python between them; outputs that are inputs, constants and duplicates.
"""

import functools
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from hypothesis import strategies as st
from rows import bits

SPECIAL = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e308, -1e308, 5e-324]
FUNCTIONS = ["exp", "tanh", "sigmoid", "sin", "log1p", "softplus", "sqrt", "expm1"]


@functools.cache
def own(ag: ModuleType) -> Any:
    """A primitive of the user's own: its rule is a function of Python."""
    return ag.primitive("product of mine", lambda x, y: x * y + 0.5, [lambda x, y, out: y, lambda x, y, out: x])


def added(terms: Sequence[Any], how: int) -> Any:
    """Their sum: from the left, from the right, by turns on either side, or halves first."""
    if len(terms) == 1:
        return terms[0]
    if how % 4 == 3:
        half = len(terms) // 2
        return added(terms[:half], how) + added(terms[half:], how)
    if how % 4 == 2:
        return functools.reduce(
            lambda total, i: total + terms[i] if i % 2 else terms[i] + total, range(1, len(terms)), terms[0]
        )
    if how % 4 == 1:
        return functools.reduce(lambda total, term: term + total, reversed(terms))
    return functools.reduce(lambda total, term: total + term, terms)


def products(vs: Sequence[Any]) -> list[Any]:
    """Of neighbours; the first stands alone, and the second is a square."""
    return [vs[0], *[v * v for v in vs[:1]], *[x * y for x, y in itertools.pairwise(vs)]]


Step = Callable[[ModuleType, Sequence[Any], int], Any]

EXACT: dict[str, Step] = {
    "sum": lambda ag, vs, how: added(vs, how),
    "products": lambda ag, vs, how: added(products(vs), how),
    "minus": lambda ag, vs, how: vs[0] - vs[-1],
    "times": lambda ag, vs, how: vs[0] * vs[-1],
    "over": lambda ag, vs, how: vs[0] / vs[-1],
    "scaled": lambda ag, vs, how: vs[0] * (SPECIAL[how % len(SPECIAL)] if how > 9 else 0.5),
    "square": lambda ag, vs, how: vs[0] ** 2,
    "dot": lambda ag, vs, how: ag.dot(vs, vs[::-1]),
    "where": lambda ag, vs, how: ag.where([vs[0] < vs[-1], vs[0] >= vs[-1], vs[0] == vs[-1]][how % 3], vs[0], vs[len(vs) // 2]),
    "max": lambda ag, vs, how: ag.max(vs),
    "min": lambda ag, vs, how: ag.min(vs),
    "prod": lambda ag, vs, how: ag.prod(vs),
    "fsum": lambda ag, vs, how: ag.fsum(vs),
    "clip": lambda ag, vs, how: ag.clip(vs[0], vs[len(vs) // 2], vs[-1]),
    "abs": lambda ag, vs, how: abs(vs[0]),
    "relu": lambda ag, vs, how: -vs[0].relu(),
    "floor": lambda ag, vs, how: vs[0] + (vs[0] * 3).floor() * 0.1,
    "own": lambda ag, vs, how: own(ag)(vs[0], vs[-1]),
    "branch": lambda ag, vs, how: vs[0] * 1.5 if vs[0] > 0.5 else vs[0] - 0.25,
}
"""Steps that rows give to the last bit as one point does."""

STEPS: dict[str, Step] = {
    **EXACT,
    "function": lambda ag, vs, how: getattr(vs[0], FUNCTIONS[how % len(FUNCTIONS)])(),
    "hypot": lambda ag, vs, how: ag.hypot(vs[0], vs[-1]),
    "logsumexp": lambda ag, vs, how: ag.logsumexp(vs),
    "softmax": lambda ag, vs, how: ag.softmax(vs)[how % len(vs)],
    "log_softmax": lambda ag, vs, how: ag.log_softmax(vs)[how % len(vs)],
}


@dataclass(frozen=True)
class Formula:
    """Steps (name, operands, how): operands are numbers of nodes, the inputs first, modulo how many there are then."""

    inputs: int
    steps: tuple[tuple[str, tuple[int, ...], int], ...]
    outputs: tuple[int, ...]
    copies: int

    def run(self, ag: ModuleType, xs: Sequence[Any]) -> list[Any]:
        """Its outputs; with several copies, those of each, on the inputs in another order: a wide graph."""
        return [y for copy in range(self.copies) for y in self.once(ag, [*xs[copy % len(xs) :], *xs[: copy % len(xs)]])]

    def once(self, ag: ModuleType, nodes: list[Any]) -> list[Any]:
        for name, operands, how in self.steps:
            nodes.append(STEPS[name](ag, [nodes[k % len(nodes)] for k in operands], how))
        return [nodes[k % len(nodes)] if k != 1 else 3.0 for k in self.outputs] + nodes[-1:]

    def numbers(self, ag: ModuleType, xs: Sequence[float]) -> list[float]:
        """Its outputs by eager execution."""
        return [getattr(y, "data", y) for y in self.run(ag, [ag.Value(x) for x in xs])]


places = st.integers(0, 40)


sampled = functools.cache(st.sampled_from)  # to make strategies anew takes longer than to draw from them


@functools.cache
def steps_of(names: tuple[str, ...], most: int) -> st.SearchStrategy[tuple[Any, ...]]:
    """Some steps of the names, of at most so many operands each."""
    operands = st.lists(places, min_size=1, max_size=most).map(tuple)
    often = st.sampled_from([name for name in ("sum", "products", "times", "dot", "minus") if name in names])
    step = st.tuples(often | st.sampled_from(names), operands, st.integers(0, 19))
    return st.lists(step, min_size=1, max_size=15).map(tuple)


outputs_of_formulas = st.lists(places, max_size=4).map(tuple)


@st.composite
def formulas(draw: st.DrawFn, names: Sequence[str] = tuple(STEPS), widest: int = 20) -> Formula:
    steps = draw(steps_of(tuple(names), draw(sampled((2, 4, 20)))))
    outputs = draw(outputs_of_formulas)
    return Formula(draw(st.integers(1, 6)), steps, outputs, draw(sampled((1, 1, 1, 3, widest))))


@functools.cache
def points(count: int) -> st.SearchStrategy[list[float]]:
    """Ordinary numbers, or with some at the ends of what floats are."""
    ordinary = st.floats(-2.0, 2.0)
    return st.one_of(*[st.lists(x, min_size=count, max_size=count) for x in (ordinary, ordinary | st.sampled_from(SPECIAL))])


def all_bits(numbers: Any) -> list[str]:
    return [bits(x) for x in np.asarray(numbers, dtype=float).ravel().tolist()]


def table(rng: np.random.Generator, rows: int, columns: int, special: float) -> Any:
    numbers = rng.uniform(-2.0, 2.0, (rows, columns))
    return np.where(rng.random((rows, columns)) < special, rng.choice(SPECIAL, (rows, columns)), numbers)
