"""Random functions with branches, compiled: recorded at one point and run at others, where branches may go elsewhere.

The functions are those of random_programs, over the whole table of primitives, with forks at some of their nodes.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import random_programs
from hypothesis import given, settings
from hypothesis import strategies as st
from random_programs import programs
from rows import NAMES, bits, row_of

import autograd


@dataclass(frozen=True)
class Fork:
    """A branch or a choice that a random function comes by at a node."""

    kind: str
    edge: float

    def through(self, ag: ModuleType, v: Any) -> Any:
        match self.kind:
            case "if":
                return v * 1.5 if v > self.edge else v - 0.25
            case "loop":
                steps = 0
                while v > self.edge and steps < 9:
                    v, steps = v - 0.4, steps + 1
                return v * steps
            case "where":
                return ag.where(v > self.edge, v * v, v * 0.5)
            case "max":
                return max(v, v * 0.5, v * v - self.edge)
            case "floor":
                return v + (v * 3).floor() * 0.1
            case "clip":
                return ag.clip(v, self.edge - 0.2, self.edge)
            case "bool":
                return v * 2 if v <= self.edge and not v * 2 > self.edge else -v
        return v * v.detach()


KINDS = ["if", "loop", "where", "max", "floor", "clip", "bool", "detach"]


@st.composite
def with_forks(draw: st.DrawFn, names: Sequence[str]) -> tuple[random_programs.Program, dict[int, Fork]]:
    made = draw(programs(names=names, least=2))
    values = made.run(autograd, made.inputs)
    forks: dict[int, Fork] = {}
    for _ in range(draw(st.integers(1, 4))):
        node = draw(st.integers(len(made.inputs), len(values) - 1))
        forks[node] = Fork(draw(st.sampled_from(KINDS)), values[node] + draw(st.sampled_from([0.0, -0.1, 0.1, 0.5])))
    return made, forks


def function(ag: ModuleType, made: random_programs.Program, forks: dict[int, Fork]) -> Callable[[list[Any]], Any]:
    return lambda xs: made.run(ag, xs, lambda i, v: forks[i].through(ag, v) if i in forks else v)[-1]


def near(got: float, want: float, size: float) -> bool:
    return got == want or (got != got and want != want) or abs(got - want) <= 1e-12 * (abs(got) + abs(want) + size)


SMOOTH = [name for name in NAMES if not row_of(autograd, name).flat]


@settings(max_examples=300)
@given(made=with_forks(NAMES), shifts=st.lists(st.sampled_from([0.0, 0.05, -0.3, 1.0, -2.0, 40.0]), min_size=3, max_size=3))
def test_compiled_is_eager_on_random_functions_with_branches(
    ag: ModuleType, made: tuple[random_programs.Program, dict[int, Fork]], shifts: list[float]
) -> None:
    """Recorded at one point, and run at others, where branches may go elsewhere: values to the last bit, and gradients."""
    f = function(ag, *made)
    slow = ag.value_and_grad(f)
    fast = ag.compile(slow)
    for shift in (0.0, *shifts):
        xs = [x + shift * (-1) ** i for i, x in enumerate(made[0].inputs)]
        (value, slopes), (true, true_slopes) = fast(xs), slow(xs)
        assert bits(value) == bits(true), f"{value!r}, not {true!r}"
        size = max([abs(s) for s in true_slopes if math.isfinite(s)], default=0.0)
        assert all(near(s, t, size) for s, t in zip(slopes, true_slopes, strict=True)), f"{slopes}, not {true_slopes}"
    for p in fast.programs:
        ag.compiler.instructions.verify(p)
        assert len(ag.compiler.passes.optimised(p)) <= len(p)


@settings(max_examples=60)
@given(made=with_forks(SMOOTH), shifts=st.lists(st.sampled_from([0.05, -0.3, 1.0]), min_size=2, max_size=2))
def test_compiled_hessians_of_random_functions_with_branches(
    ag: ModuleType, made: tuple[random_programs.Program, dict[int, Fork]], shifts: list[float]
) -> None:
    slow = ag.hessian(function(ag, *made))
    fast = ag.compile(slow)
    for shift in (0.0, *shifts):
        xs = [x + shift * (-1) ** i for i, x in enumerate(made[0].inputs)]
        got, want = [x for line in fast(xs) for x in line], [x for line in slow(xs) for x in line]
        size = max([abs(x) for x in want if math.isfinite(x)], default=0.0)
        assert all(near(x, y, 100.0 * (1.0 + size)) for x, y in zip(got, want, strict=True)), f"{got}, not {want}"


def test_the_functions_do_branch() -> None:
    """Of their runs at three points, many go ways that those before did not."""
    ways: list[int] = []

    @given(made=with_forks(NAMES))
    def look(made: tuple[random_programs.Program, dict[int, Fork]]) -> None:
        fast = autograd.compile(function(autograd, *made))
        for shift in (0.0, 0.5, -1.0):
            fast([x + shift for x in made[0].inputs])
        ways.append(len(fast.programs))

    look()
    assert sum(count > 1 for count in ways) >= 25 and max(ways) == 3  # what chooses by max is no branch
