"""The part of a plan that no row takes part in: neighbouring registers, wide instructions, long sums."""

import itertools
import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any
from unittest import mock

import pytest
from finite_field import KINDS, check, recorded
from hypothesis import given, settings
from random_formulas import Formula, added, formulas
from recordings import program_of

import autograd
from autograd import Value
from autograd.compiler.plan import Plan
from autograd.engine.primitives import BY_NAME
from autograd.runtime.python_rules import PythonRule

Written = tuple[str, int, int, list[int]]
"""An instruction: its kind, the first place it writes and how many, and the places it reads."""


def written(plan: Plan) -> list[Written]:
    """The instructions for what rows share."""
    found: list[Written] = []
    for step in plan.before:
        if isinstance(step, PythonRule):
            found.append(("PYTHON", step.out, 1, step.operands))
            continue
        begin, end = step
        while begin < end:
            size = plan.code[begin]
            found.append(taken_apart(KINDS[plan.code[begin + 1]], *plan.code[begin + 2 : begin + size]))
            begin += size
    return found


def taken_apart(kind: str, *about: int) -> Written:
    if kind in ("SUM", "PRODUCTS"):
        return kind, about[0], 1, list(about[3:])
    if kind == "FOUR_PRODUCTS":
        return kind, -1, 0, []
    if kind == "WIDE_PRODUCTS":
        width, out, _, count, *operands = about
        assert len(operands) == 2 * count
        return kind, out, width, [k + j for i, k in enumerate(operands) for j in (range(width) if i % 2 == 0 else [0])]
    if kind == "GUARD":
        return kind, -1, 0, list(about[2:])
    if kind == "OVER_LIST":
        return kind, about[0], about[3] if about[2] == about[3] else 1, list(about[4:])
    width, out, *operands = about
    if kind == "GATHER":
        return kind, out, width, operands
    if kind in ("CALL", "RULE_1", "RULE_2", "SLOPE_1", "SLOPE_X", "SLOPE_Y"):
        operands = operands[1:]
    if kind.endswith("_S") or kind.startswith("S_"):
        return kind, out, width, [operands[1], *range(operands[0], operands[0] + width)]
    return kind, out, width, [k + j for k in operands for j in range(width)]


def plan_of(f: Callable[..., Any], count: int) -> Plan:
    """Of a function of a list, at one point; checked to be what the program computes."""
    xs = [0.3 + 0.01 * i for i in range(count)]
    return check(program_of(f, xs), [False] * count, False)


def kinds(plan: Plan) -> Counter[str]:
    return Counter(kind for kind, *_ in written(plan))


@settings(max_examples=200)
@given(formula=formulas())
def test_every_place_is_written_once_and_before_it_is_read(formula: Formula) -> None:
    program = recorded(formula)
    plan = Plan(program, [False] * program.inputs)
    there = {*range(program.inputs), *(k for k, _ in plan.constants)}
    for kind, out, width, read in written(plan):
        assert there.issuperset(read), f"{kind} reads what is not there yet"
        places = set(range(out, out + width))
        assert not places & there, f"{kind} writes over what is there"
        assert max(places, default=0) < plan.shared
        there |= places
    assert {~k for k in plan.output_places} <= there


def test_a_thousand_terms_are_a_few_instructions() -> None:
    assert kinds(plan_of(lambda xs: sum(x * x for x in xs), 1000)) == {"PRODUCTS": 1}
    assert kinds(plan_of(lambda xs: sum((x - 1) ** 2 * 3 for x in xs), 1000)) == {"SUB_S": 1, "MUL": 1, "PRODUCTS": 1}
    assert kinds(plan_of(lambda xs: sum((x - 1).exp() for x in xs), 1000)) == {"SUB_S": 1, "RULE_1": 1, "SUM": 1}
    assert kinds(plan_of(lambda xs: sum(x.sin() for x in xs[1:]) * xs[0], 1000))["SUM"] == 1
    rosenbrock = plan_of(
        autograd.value_and_grad(lambda x: sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in itertools.pairwise(x))), 1000
    )
    assert len(written(rosenbrock)) < 20, kinds(rosenbrock)


def test_a_layer_of_neurons_is_a_few_instructions() -> None:
    """A dot for each neuron, and one instruction for all that is done with them."""

    def layer(xs: list[Any]) -> list[Any]:
        return [(autograd.dot(xs[k : k + 10], xs[-10:]) + xs[k]).tanh() for k in range(0, 100, 10)]

    assert kinds(plan_of(layer, 110)) == {"PRODUCTS": 10, "FOUR_PRODUCTS": 2, "ADD": 1, "GATHER": 1, "RULE_1": 1}


def test_sums_of_neighbours_times_the_same_are_wide_instructions() -> None:
    """A matrix of inputs, turned, times a vector; and with a term that is no product, which is multiplied by one number."""

    def columns(xs: list[Any]) -> list[Any]:
        return [autograd.dot(xs[k:100:10], xs[100:]) for k in range(10)]

    assert kinds(plan_of(columns, 110)) == {"WIDE_PRODUCTS": 1}
    assert kinds(plan_of(lambda xs: columns(xs)[:3], 110)) == {"PRODUCTS": 3}

    def with_terms(xs: list[Any]) -> list[Any]:
        return [sum([xs[j] * xs[100 + i] for i, j in enumerate(range(k, 90, 10))], xs[90 + k]) for k in range(10)]

    assert kinds(plan_of(with_terms, 110)) == {"WIDE_PRODUCTS": 1}
    scattered = plan_of(lambda xs: [autograd.dot(xs[k:100:10], xs[k + 100 :: -10][:10]) for k in range(10)], 110)
    assert kinds(scattered) == {"PRODUCTS": 10, "FOUR_PRODUCTS": 2}
    for width in range(4, 21):
        xs = [1.0 / (k + 3) for k in range(12 * width + 12)]
        fast = autograd.compile(lambda xs, w=width: [autograd.dot(xs[k : 12 * w : w], xs[12 * w :]) for k in range(w)])
        assert fast(xs) == [autograd.dot(xs[k : 12 * width : width], xs[12 * width :]) for k in range(width)]


@pytest.mark.parametrize("turn", range(1, 6))
def test_neighbours_by_the_other_factor_are_no_neighbours(turn: int) -> None:
    """Up to the turn the first factors go up by one from sum to sum; from there on the second ones do, or both by turns."""

    def stairs(xs: list[Any]) -> list[Any]:
        return [autograd.dot(xs[min(k, turn) :][:12], xs[30 + max(k - turn, 0) :][:12]) for k in range(10)]

    def zigzag(xs: list[Any]) -> list[Any]:
        return [autograd.dot(xs[(k + turn) // 2 :][:12], xs[30 + (k + 1) // 2 :][:12]) for k in range(10)]

    def back(xs: list[Any]) -> list[Any]:
        """From the first sum the third is as far by the second factor as it would be by the first."""
        return [autograd.dot(xs[k % 2 * k :][:12], xs[30 + (1 - k % 2) * k :][:12]) for k in range(10)]

    xs = [(-1.1) ** k / (k + 1) for k in range(60)]
    for f in (stairs, zigzag, back):
        assert autograd.compile(f)(xs) == f(xs)


def test_four_sums_of_products_of_different_lengths_run_side_by_side() -> None:
    def f(xs: list[Any]) -> list[Any]:
        return [autograd.dot(xs[:n], xs[-n:]) for n in range(7, 19)]

    assert kinds(plan_of(f, 40)) == {"PRODUCTS": 12, "FOUR_PRODUCTS": 3}
    xs = [(-1.3) ** k / (k + 1) for k in range(40)]
    assert autograd.compile(f)(xs) == f(xs)


def test_operands_that_are_no_neighbours_are_gathered() -> None:
    order = list(range(50))
    random.Random(0).shuffle(order)
    plan = plan_of(lambda xs: [xs[i].hypot(xs[k + 50]) for k, i in enumerate(order)], 100)
    assert kinds(plan) == {"RULE_2": 1, "GATHER": 1}
    scattered = plan_of(lambda xs: [xs[7 * k % 50] / xs[3 * k % 50] for k in range(1, 50)], 50)
    assert kinds(scattered) == {"DIV": 1, "GATHER": 1}
    assert kinds(plan_of(lambda xs: [xs[3].hypot(x) for x in xs[10:]], 50)) == {"RULE_2": 1, "GATHER": 1}


def test_a_common_operand_is_one_number() -> None:
    assert kinds(plan_of(lambda xs: [x * xs[0] for x in xs[1:]], 50)) == {"MUL_S": 1}
    assert kinds(plan_of(lambda xs: [x - 2.5 for x in xs], 50)) == {"SUB_S": 1}
    assert kinds(plan_of(lambda xs: [2.5 - x for x in xs], 50)) == {"S_SUB": 1}
    assert kinds(plan_of(lambda xs: [2.5 / x for x in xs], 50)) == {"S_DIV": 1}
    assert kinds(plan_of(lambda xs: [x / xs[0] for x in xs[1:]], 50)) == {"DIV_S": 1}


@pytest.mark.parametrize("how", range(4))
def test_long_sums_keep_their_order(how: int) -> None:
    """Of numbers that add to something else in every other order."""
    xs = [1e16 * (-1) ** k + k for k in range(30)]
    fast = autograd.compile(lambda xs: added([x * 1.5 for x in xs], how))
    assert fast(xs) == added([x * 1.5 for x in xs], how)
    plan = plan_of(lambda xs: added(xs, how), 30)
    assert kinds(plan)["SUM"] == (how < 3)


def test_a_sum_of_products_keeps_its_order_and_other_terms_among_them() -> None:
    """A product that is read elsewhere, too, is such a term; and zeros keep their signs, though 0.0 plus one has none."""

    def f(xs: Sequence[Any]) -> list[Any]:
        read_twice = xs[4] * xs[5]
        products = [xs[k] * xs[(7 * k + 1) % 40] for k in range(20)]
        return [sum([*products[1:], xs[3], read_twice, products[0]], autograd.exp(xs[30])), read_twice]

    plan = plan_of(f, 40)
    assert kinds(plan) == {"RULE_1": 1, "MUL": 1, "PRODUCTS": 1}
    fast = autograd.compile(f)
    for seed in range(5):
        draw = random.Random(seed)
        xs = [draw.uniform(-1.0, 1.0) * 10.0 ** draw.randint(-8, 8) for _ in range(40)]
        assert fast(xs) == [y.data for y in f([Value(x) for x in xs])]  # of floats, Python 3.12 adds in another way
    zeros = autograd.compile(lambda xs: sum([x * y for x, y in itertools.pairwise(xs[1:])], xs[0] * xs[1]))
    for signed in (0.0, -0.0):
        xs = [Value(x) for x in (signed, *[1.0, signed] * 5)]
        eager = sum([x * y for x, y in itertools.pairwise(xs[1:])], xs[0] * xs[1]).data
        assert str(zeros([x.data for x in xs])) == str(eager)


def test_few_products_among_many_terms_are_made_beside_each_other() -> None:
    assert kinds(plan_of(lambda xs: sum([xs[0] * xs[1], xs[2] * xs[3], *xs[4:]]), 20)) == {"MUL": 2, "SUM": 1}


def test_a_part_of_a_sum_that_is_read_elsewhere_is_a_sum_of_its_own() -> None:
    def f(xs: Sequence[Any]) -> list[Any]:
        first = sum(xs[1:10], xs[0])
        return [sum(xs[10:], first), first * 2, first]

    assert kinds(plan_of(f, 20)) == {"SUM": 2, "MUL": 1}
    twice = autograd.compile(lambda xs: sum(xs[1:], xs[0]) + sum(xs[1:], xs[0]))
    assert twice([0.1] * 10) == 2 * math.fsum([0.1] * 10) - 2.220446049250313e-16


@mock.patch.dict(BY_NAME)
def test_rules_in_python_stand_between() -> None:
    spread = autograd.primitive("spread", lambda xs: max(xs) - min(xs), lambda xs, out: [0.0] * len(xs), over_list=True)
    plan = plan_of(lambda xs: [spread([x * 2 for x in xs]) + x for x in xs], 10)
    assert [kind for kind, *_ in written(plan)] == ["MUL_S", "PYTHON", "ADD_S"]


def test_products_and_bounds_are_arithmetic_at_a_point_too() -> None:
    f = autograd.value_and_grad(lambda xs: autograd.prod([autograd.clip(x, -1.0, xs[-1]) for x in xs]))
    plan = plan_of(lambda xs: autograd.prod(xs), 10)
    assert [kind for kind, *_ in written(plan)] == ["MUL"] * 10
    for xs in ([0.3, -2.0, 1.7], [0.0, 0.5, 2.0], [1.0, math.nan, 3.0], [0.0, 0.125, 0.25]):
        assert repr(autograd.compile(f)(xs)) == repr(f(xs))


def test_guards_are_looked_at_when_all_is_there() -> None:
    plan = plan_of(lambda xs: xs[0] if xs[0] * 2 < xs[1].exp() else xs[1], 2)
    assert [kind for kind, *_ in written(plan)][-1] == "GUARD" and not plan.guarded
