"""Primitives over lists written as arithmetic: each against its rule, at ties, infinities, NaN and with one element."""

import itertools
import math
import random
from collections.abc import Sequence

import pytest
from edge_cases import ulps
from rows import bits, row_of
from written_programs import instruction

import autograd
from autograd.compiler.expansion import EXACT, RULES, SLOPES, expand
from autograd.compiler.instructions import Instruction, verify
from autograd.compiler.ops import CONSTANT, INPUT, Op
from autograd.compiler.program import Program

EXPANSIONS = {**RULES, **{f"slope {name}": how for name, how in SLOPES.items()}}

INF, NAN = math.inf, math.nan
EDGES = [0.0, -0.0, 1.0, 1.0, -2.5, 700.0, 1e308, -1e308, 5e-324, INF, -INF, NAN]
WITH_INDEX = ("softmax", "log_softmax")
WITH_CONSTANT = {
    "div": [1.0, 2.0, -2.0, 0.25, 2.0**-990, -(2.0**-900), 2.0**990],
    "pow": [3.0, 4.0, -1.0, 0.5, 1.5],
    "slope pow": [3.0, 4.0, 0.5, 1.5],
}
"""The divisors and exponents that there is another way for."""

CASES: list[list[float]] = [[x] for x in EDGES]
CASES += [list(xs) for xs in itertools.product(EDGES, repeat=2)]
CASES += [[random.Random(k).choice(EDGES) for _ in range(3 + k % 4)] for k in range(300)]
CASES += [[random.Random(k).uniform(-30.0, 30.0) for _ in range(1 + k % 6)] for k in range(300)]


def cases(name: str) -> list[list[float]]:
    if name in WITH_CONSTANT:
        return [[x] for x in {bits(x): x for xs in CASES for y in xs for x in (y, -y)}.values()]
    if name != "clip":
        return CASES
    return [list(xs) for xs in itertools.product(EDGES, repeat=3)]


def program(op: str, count: int, constants: Sequence[float] = ()) -> Program:
    """One instruction, of so many inputs and then constants; but the output that a slope is of comes last."""
    instructions = [Instruction(INPUT, ()) for _ in range(count)]
    instructions += [Instruction(CONSTANT, (), number) for number in constants]
    operands = list(range(len(instructions)))
    if op.startswith("slope "):
        operands.append(operands.pop(count - 1))
    return Program([*instructions, instruction(op, tuple(operands))], count, (len(operands),))


def expanded(p: Program) -> Program:
    return Program.of(expand(p, [True] * p.inputs)[0])


def outputs(p: Program, inputs: list[float]) -> list[float]:
    """Those of a program, with exponentials in it or not."""
    registers = p.registers_at(inputs)
    return [registers[k] for k in p.outputs]


def evaluate(op: str, numbers: list[float]) -> float:
    return Op.named(op).evaluate(numbers)


def ops(name: str, xs: Sequence[float]) -> list[tuple[str, list[float], list[float]]]:
    """What is asked of a primitive at a point: the ops, the inputs of each, and its constants."""
    if name == "slope pow":
        return [(f"{name} 0", [*xs, evaluate("pow", [*xs, y])], [y]) for y in WITH_CONSTANT[name]]
    if name in WITH_CONSTANT:
        return [(name, list(xs), [y]) for y in WITH_CONSTANT[name]]
    if name in WITH_INDEX:
        return [(name, list(xs), [float(i)]) for i in range(len(xs))]
    if name.startswith("slope "):
        out = evaluate(name.removeprefix("slope "), list(xs))
        return [(f"{name} {i}", [*xs, out], []) for i in range(len(xs))]
    return [(name, list(xs), [])]


@pytest.mark.parametrize("name", EXPANSIONS)
def test_an_expansion_is_the_rule(name: str) -> None:
    """To the last bit, or to a few units in it of what the rule gives; NaN and infinite where that is."""
    for xs in cases(name.removeprefix("slope ")):
        for op, inputs, constants in ops(name, xs):
            made = program(op, len(inputs), constants)
            written_out = expanded(made)
            verify(written_out)
            assert all(i.op != op for i in written_out.instructions)
            (got,), (want,) = outputs(written_out, inputs), outputs(made, inputs)
            if EXPANSIONS[name] in EXACT:
                assert bits(got) == bits(want), f"{op} at {xs}: {got!r}, not {want!r}"
            else:
                near = ulps(got, want) <= 4 or abs(got - want) < 1e-300
                assert near, f"{op} of {constants} at {xs}: {got!r}, not {want!r}"
                assert want or name not in WITH_CONSTANT or bits(got) == bits(want), f"{op} of {constants} at {xs}: {got!r}"


def test_every_expansion_is_of_a_primitive() -> None:
    for name in EXPANSIONS:
        assert row_of(autograd, name.removeprefix("slope ")).arity == (2 if name in WITH_CONSTANT else None)
    assert set(EXPANSIONS.values()) > EXACT and set(EXPANSIONS) > set(WITH_CONSTANT)


@pytest.mark.parametrize(
    ("op", "numbers"),
    [
        ("div", [3.0, 0.0, -0.0, INF, NAN, 0.7, 2.0**1023, 2.0**-1022]),
        ("pow", [2.0, 0.0, 1.0, -0.5, 2.5, 5.0, INF, NAN]),
        ("slope pow 0", [2.0, -1.0, 2.5, NAN]),
        ("slope pow 1", [0.5, 1.5, 3.0, 4.0]),
    ],
)
def test_other_divisors_and_exponents_are_left_to_the_rule(op: str, numbers: list[float]) -> None:
    for number in numbers:
        made = program(op, 2 if op.startswith("slope ") else 1, [number])
        assert [i[:2] for i in expanded(made).instructions] == [i[:2] for i in made.instructions]
    count = 3 if op.startswith("slope ") else 2
    assert expanded(program(op, count)).instructions == program(op, count).instructions


def test_what_slopes_have_in_common_is_there_once() -> None:
    """All slopes of a logsumexp take the exponentials that the value takes."""
    count = 10
    xs = tuple(range(count))
    instructions = [Instruction(INPUT, ()) for _ in xs] + [instruction("logsumexp", xs)]
    instructions += [instruction(f"slope logsumexp {i}", (*xs, count)) for i in xs]
    shared = expanded(Program(instructions, count, tuple(range(count, 2 * count + 1))))
    assert shared.counts["exponentials"] == 1 and shared.counts["log1p"] == 1 and shared.counts["div"] == count
    assert math.isclose(sum(outputs(shared, [0.3 * i for i in xs])[1:]), 1.0, rel_tol=1e-15)


def test_what_decides_a_branch_stays_the_rule() -> None:
    """A guard or a choice on a logsumexp needs its last bit; what only chooses may be written out."""
    fast = autograd.compile(lambda xs: xs[0] if autograd.logsumexp(xs) > autograd.clip(xs[0], 0.0, 5.0) else xs[1])
    fast([1.0, 2.0, 3.0])
    before = fast.programs[0]
    after = expanded(before)
    assert "logsumexp" in after.counts and "clip" in before.counts and "clip" not in after.counts
    assert len(after.guards) == 1 and after.outcome([3.0, 2.0, 1.0]) == before.outcome([3.0, 2.0, 1.0]) == ([3.0], True)


def test_a_list_that_all_rows_share_is_left_to_the_rule() -> None:
    made = program("logsumexp", 3)
    assert expand(made, [False] * made.inputs)[0].instructions == [*made.instructions]


def test_a_program_without_such_primitives_is_as_it_was() -> None:
    before = program("hypot", 2)
    assert expanded(before).instructions == before.instructions


def test_origins_are_kept() -> None:
    made = program("prod", 3)
    made.instructions[-1] = made.instructions[-1]._replace(origin=("model.py", 7))
    assert {i.origin for i in expanded(made).instructions if i.op == "mul"} == {("model.py", 7)}
