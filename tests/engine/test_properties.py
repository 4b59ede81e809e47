"""Properties that hold for every program, tried on random ones (hypothesis)."""

import math
from types import ModuleType
from typing import Any

from builds import BUILDS
from hypothesis import given, settings
from hypothesis import strategies as st
from random_programs import Program, programs
from rows import NAMES, PURE, bits, numerical_derivative, row_of

STEP = 1e-3
"""The longest step of a numerical derivative. Nodes keep their distance from kinks and borders by a hundred of it."""


def backward(ag: ModuleType, program: Program) -> tuple[float, list[float]]:
    out, leaves = program.record(ag)
    out.backward()
    return out.data, [leaf.grad for leaf in leaves]


def near(got: float, want: float, scale: float = 0.0) -> bool:
    """Equal up to the rounding of sums in another order, `scale` being the size of their terms."""
    return abs(got - want) <= 1e-11 * (1.0 + abs(got) + abs(want) + scale)


# ------------------------------------------------------------------------------------------------ derivatives


@given(program=programs())
def test_gradient_is_the_numerical_one(ag: ModuleType, program: Program) -> None:
    out, gradient = backward(ag, program)
    for i, slope in enumerate(gradient):

        def along(x: float, i: int = i) -> float:
            return program.value(ag, [*program.inputs[:i], x, *program.inputs[i + 1 :]])

        best, error = numerical_derivative(along, program.inputs[i], STEP)
        assert error <= 1e-6 * (1.0 + abs(best) + abs(out)), "the numerical derivative is too rough to tell"
        tolerance = 1e-6 * max(abs(slope), abs(best)) + 1e-9 * (1.0 + abs(out)) + 10.0 * error
        assert abs(slope - best) <= tolerance, f"input {i}: {slope!r}, numerically {best!r} ± {error!r}"


@given(program=programs())
def test_gradients_gives_what_backward_gives(ag: ModuleType, program: Program) -> None:
    out, leaves = program.record(ag)
    first = ag.gradients(out, leaves)
    assert all(leaf.grad == 0.0 for leaf in leaves), "gradients() touches no .grad"
    out.backward()
    for leaf, slope in zip(leaves, first, strict=True):
        assert near(slope.data, leaf.grad), f"{slope.data!r} by gradients(), {leaf.grad!r} by backward()"


SMOOTH = [name for name in NAMES if not row_of(PURE, name).flat]


@given(program=programs(names=SMOOTH))
def test_second_derivatives_are_symmetric_and_numerical(ag: ModuleType, program: Program) -> None:
    out, leaves = program.record(ag)
    first = ag.gradients(out, leaves)
    hessian = [[second.data for second in ag.gradients(slope, leaves)] for slope in first]
    scale = max(abs(entry) for line in hessian for entry in line)
    for i, line in enumerate(hessian):
        for j, entry in enumerate(line):
            assert abs(entry - hessian[j][i]) <= 1e-9 * (1.0 + scale), f"{entry!r} and {hessian[j][i]!r}"
    direction = [1.0, -0.5, 0.25, 2.0][: len(leaves)]
    along = sum(
        v * entry * w for v, line in zip(direction, hessian, strict=True) for w, entry in zip(direction, line, strict=True)
    )

    def slope_at(t: float) -> float:
        moved = Program(tuple(x + 0.4 * t * v for x, v in zip(program.inputs, direction, strict=True)), program.steps)
        return sum(v * slope for v, slope in zip(direction, backward(ag, moved)[1], strict=True))

    best, error = numerical_derivative(slope_at, 0.0, STEP)
    size = max([abs(best), *(abs(slope.data) for slope in first)])
    assert error <= 1e-6 * (1.0 + size), "the numerical derivative is too rough to tell"
    assert abs(0.4 * along - best) <= 1e-6 * size + 1e-8 + 10.0 * error, f"{0.4 * along!r}, numerically {best!r} ± {error!r}"


# ------------------------------------------------------------------------------------------------ what backward() promises


@given(program=programs(least=3), data=st.data(), a=st.floats(-3.0, 3.0), b=st.floats(-3.0, 3.0))
def test_gradient_is_linear(ag: ModuleType, program: Program, data: st.DataObject, a: float, b: float) -> None:
    """∇(a f + b g) = a ∇f + b ∇g, for two nodes f and g of one graph."""
    leaves = [ag.Value(x) for x in program.inputs]
    nodes = program.run(ag, leaves)
    f, g = (nodes[data.draw(st.integers(len(leaves), len(nodes) - 1))] for _ in range(2))

    def gradient_of(y: Any) -> list[float]:
        for leaf in leaves:
            leaf.grad = 0.0
        y.backward()
        return [leaf.grad for leaf in leaves]

    of_f, of_g = gradient_of(f), gradient_of(g)
    for got, x, y in zip(gradient_of(a * f + g * b), of_f, of_g, strict=True):
        assert near(got, a * x + b * y, abs(a * x) + abs(b * y)), f"{got!r}, not {a!r} * {x!r} + {b!r} * {y!r}"


@given(program=programs())
def test_backward_twice_doubles_the_leaves_and_nothing_else(ag: ModuleType, program: Program) -> None:
    leaves = [ag.Value(x) for x in program.inputs]
    nodes = program.run(ag, leaves)
    out = nodes[-1]
    inner = [node for node in nodes if node.op]
    out.backward()
    once, inner_once = [leaf.grad for leaf in leaves], [node.grad for node in inner]
    out.backward()
    if out.op:
        assert [bits(leaf.grad) for leaf in leaves] == [bits(slope + slope) for slope in once]
    assert [bits(node.grad) for node in inner] == [bits(slope) for slope in inner_once]
    assert out.grad == (1.0 if out.op else 2.0)


@given(program=programs(least=3), data=st.data())
def test_detach_cuts(ag: ModuleType, program: Program, data: st.DataObject) -> None:
    """What flows through one node is what its detached copy receives; the rest is what is left with the copy in its place."""
    first = len(program.inputs)
    place = data.draw(st.integers(first, first + len(program.steps) - 1))
    cut: list[tuple[Any, Any]] = []

    def detached_there(number: int, node: Any) -> Any:
        if number != place:
            return node
        cut.append((node, node.detach()))
        return cut[0][1]

    _, whole = backward(ag, program)
    leaves = [ag.Value(x) for x in program.inputs]
    out = program.run(ag, leaves, detached_there)[-1]
    out.backward()
    node, copy = cut[0]
    without = [leaf.grad for leaf in leaves]
    assert copy.parents == () and copy.op == "" and copy.data == node.data
    adjoint = copy.grad
    for leaf in leaves:
        leaf.grad = 0.0
    node.backward()
    for leaf, rest, total in zip(leaves, without, whole, strict=True):
        through = adjoint * leaf.grad
        assert near(rest + through, total, abs(rest) + abs(through)), f"{rest!r} + {adjoint!r} * {leaf.grad!r}, not {total!r}"


# ------------------------------------------------------------------------------------------------ to the last bit


def trace(ag: ModuleType, program: Program) -> list[str]:
    """Every value, every adjoint and the gradient by `gradients()`, to the last bit."""
    leaves = [ag.Value(x) for x in program.inputs]
    nodes = program.run(ag, leaves)
    slopes = ag.gradients(nodes[-1], leaves)
    nodes[-1].backward()
    return [*(bits(node.data) for node in nodes), *(bits(node.grad) for node in nodes), *(bits(slope.data) for slope in slopes)]


@given(program=programs())
def test_runs_are_the_same_to_the_last_bit(ag: ModuleType, program: Program) -> None:
    assert trace(ag, program) == trace(ag, program)


THROUGH_HYPOT = {"hypot", "arctan2", "arcsinh"}
"""Rows whose rules take a hypot: Python's is rounded more carefully than the C library's, in the last bit."""


@given(program=programs(names=[name for name in NAMES if name not in THROUGH_HYPOT]))
def test_builds_are_the_same_to_the_last_bit(program: Program) -> None:
    traces = {build: trace(ag, program) for build, ag in BUILDS.items()}
    assert all(found == traces["pure"] for found in traces.values())


# ------------------------------------------------------------------------------------------------ the programs themselves


def test_programs_use_the_table_and_are_deep_and_shared() -> None:
    used: set[str] = set()
    deepest, shared, with_constants = 0, 0, 0

    @settings(max_examples=300)
    @given(program=programs())
    def look(program: Program) -> None:
        nonlocal deepest, shared, with_constants
        depths = [0] * len(program.inputs)
        uses = [0] * (len(program.inputs) + len(program.steps))
        for name, operands in program.steps:
            used.add(name)
            nodes = [operand for operand in operands if isinstance(operand, int)]
            depths.append(1 + max(depths[node] for node in nodes))
            for node in nodes:
                uses[node] += 1
            with_constants += len(nodes) < len(operands)
        deepest = max(deepest, *depths)
        shared += max(uses) > 1
        assert all(math.isfinite(x) for x in program.run(PURE, program.inputs))

    look()
    assert len(used) >= 0.9 * len(NAMES)
    assert deepest >= 12
    assert shared >= 100 and with_constants >= 200
