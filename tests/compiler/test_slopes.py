"""Slopes written out as arithmetic: each against its rule, to the last bit."""

import itertools
import math
import random

import pytest
from rows import NAMES, bits, row_of
from written_programs import constant, instruction

import autograd
from autograd import Program, Value
from autograd.compiler import reverse_pass
from autograd.compiler.instructions import Instruction
from autograd.compiler.ops import INPUT

EDGES = [0.0, -0.0, 1.0, -1.0, 2.0, 0.5, -2.5, 3.0, 700.0, -700.0, 1e-8, 1e-310, 1e308, -1e308]
EDGES += [math.inf, -math.inf, math.nan]


def slope_program(name: str, count: int, i: int, *constants: float) -> Program:
    """The slope of a primitive in operand i; of so many inputs, and then constants."""
    instructions = [Instruction(INPUT, ())] * count + [constant(x) for x in constants]
    instructions.append(instruction(name, tuple(range(len(instructions)))))
    instructions.append(instruction(f"slope {name} {i}", tuple(range(len(instructions)))))
    return Program(instructions, count, (len(instructions) - 1,))


def is_written_out(program: Program) -> bool:
    return not any(op.startswith("slope") for op in program.counts)


@pytest.mark.parametrize("name", [name for name in NAMES if not row_of(autograd, name).flat])
def test_a_slope_written_out_is_the_rule(name: str) -> None:
    count = row_of(autograd, name).arity or {"where": 1, "dot": 4}.get(name, 3)
    rng = random.Random(name)
    points = [[rng.uniform(-3.0, 3.0) for _ in range(count)] for _ in range(40)]
    points += [[*xs] for xs in itertools.product(EDGES, repeat=count)] if count < 3 else []
    points += [rng.choices(EDGES, k=count) for _ in range(200)] if count >= 3 else []
    for i in range(count):
        program = slope_program(name, count, i, *([1.0] if "softmax" in name else []))
        expanded = program.expanded()
        assert is_written_out(expanded)
        for xs in points:
            assert bits(expanded.run(xs)[0]) == bits(program.run(xs)[0]), (i, xs)


@pytest.mark.parametrize("exponent", [0.0, 2.0, 3.0, 0.5, -1.0])
def test_a_constant_exponent_is_known_to_be_one(exponent: float) -> None:
    program = slope_program("pow", 1, 0, exponent)
    expanded = program.expanded()
    for x in EDGES:
        assert bits(expanded.run([x])[0]) == bits(program.run([x])[0]), x


def test_guards_outputs_labels_and_lines_stay() -> None:
    def f(x: Value, y: Value) -> Value:
        return (x * y).tanh() if x < y else x

    compiled = autograd.compile(autograd.grad(f))
    compiled(1.0, 2.0)
    (program,) = compiled.programs
    expanded = program.expanded()
    assert program.counts["slope tanh 0"] == 1 and is_written_out(expanded)
    assert [each.label for each in expanded.instructions[:2]] == ["x", "y"]
    line = (__file__, f.__code__.co_firstlineno + 1)
    assert [(g.relation, g.outcome, g.origin) for g in expanded.guards] == [("<", True, line)]
    assert {each.origin for each in expanded.instructions if each.operands} == {line}
    for point in ([0.5, 0.75], [-3.0, 4.0], [5.0, 1.0]):
        assert expanded.outcome(point) == program.outcome(point)


def test_slopes_of_primitives_of_ones_own_stay_slopes() -> None:
    cube = autograd.primitive("cube written out", lambda x: x**3, lambda x, out: 3 * x * abs(x) if x > 1 else 3 * x**2)
    compiled = autograd.compile(autograd.grad(lambda x: cube(x) * x.sinh()))
    assert compiled(2.0) == compiled.programs[0].expanded().run([2.0])[0]
    assert "slope cube written out 0" in compiled.programs[0].expanded().counts


def test_what_was_learnt_of_one_slope_of_a_primitive_is_not_taken_for_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """copysign's slope in y is a number; that in x has branches, and is recorded as one node for both signs."""
    monkeypatch.setattr(reverse_pass, "_known", {})
    for argnum in (1, 0):
        slope = autograd.compile(autograd.grad(autograd.copysign, argnums=argnum))
        assert [slope(x, y) for x in (2.0, -2.0) for y in (3.0, -3.0)] == [[1.0, -1.0, -1.0, 1.0], [0.0] * 4][argnum]
        assert len(slope.programs) == 1
