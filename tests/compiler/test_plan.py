"""Plans: what they look like for small programs, and that they compute what the program does, over a finite field."""

import gc
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from finite_field import KINDS, Machine, check, recorded
from hypothesis import given, settings
from hypothesis import strategies as st
from random_formulas import Formula, formulas
from recordings import program_of

import autograd
from autograd import Value
from autograd.compiler.plan import Plan
from autograd.compiler.plan_rows import WAITING
from autograd.runtime.python_rules import PythonRule

# ------------------------------------------------------------------------------------------------ plans over a finite field


rows_or_not = st.lists(st.booleans(), min_size=6, max_size=6)
summed_or_not = st.sampled_from([0.0, 0.5, 1.0])


@settings(max_examples=450)
@given(formula=formulas(), per_row=rows_or_not, summed=summed_or_not)
def test_a_plan_computes_what_the_program_does(formula: Formula, per_row: list[bool], summed: float) -> None:
    check(recorded(formula), per_row[: formula.inputs], summed)


@given(formula=formulas(["sum", "products", "times", "minus", "dot", "square", "function"]), per_row=rows_or_not)
def test_plans_of_gradients(formula: Formula, per_row: list[bool]) -> None:
    xs = [0.3 + 0.1 * i for i in range(formula.inputs)]
    slopes = autograd.grad(lambda *xs: autograd.fsum(formula.run(autograd, xs)), argnums=tuple(range(len(xs))))
    program = program_of(slopes, *xs)
    for summed in (0.0, 0.5, 1.0):
        check(program, per_row[: formula.inputs], summed)


# ------------------------------------------------------------------------------------------------ what plans look like


def plan_of(f: Callable[..., Any], shared: int, rows: int, reduced: bool = False) -> tuple[Plan, list[str]]:
    """The plan of f(w, x), and the kinds of what runs for each row."""
    xs = [1.5 + 0.1 * i for i in range(shared + rows)]
    program = program_of(f, xs[:shared], xs[shared:])
    plan = check(program, [i >= shared for i in range(shared + rows)], reduced)
    machine = Machine(plan)
    for begin, end in [step for step in plan.body if not isinstance(step, PythonRule)]:
        machine.rows = [1] * plan.rows
        machine.shared = [1] * plan.shared
        machine.part(begin, end, machine.rows)
    return plan, machine.kinds


def test_a_dot_with_parameters_is_one_instruction() -> None:
    for count in (1, 2, 7, WAITING, WAITING + 1, 2 * WAITING):
        plan, kinds = plan_of(lambda w, x: autograd.dot(w, x), count, count)
        assert kinds == ["PRODUCTS_S"] and plan.rows == count + 1
        assert plan_of(lambda w, x: autograd.dot(x, w) + w[0] * x[0], count, count)[1] == ["PRODUCTS_S"] * (
            1 + (count > WAITING)
        )
    assert plan_of(lambda w, x: autograd.dot(x, x[::-1]), 1, 8)[1] == ["PRODUCTS"]


def layer(w: Any, x: Any, neurons: int) -> list[Any]:
    """Of a network without biases: each neuron has as many of the weights as there are inputs."""
    return [autograd.dot(w[j * len(x) : (j + 1) * len(x)], x) for j in range(neurons)]


def test_a_layer_is_one_instruction() -> None:
    """From four sums of products of the same registers on; whether more is done with them does not matter."""
    for inputs, neurons in [(1, 4), (3, 4), (2, 5), (5, 9), (3, 13)]:
        plan, kinds = plan_of(lambda w, x, m=neurons: layer(w, x, m), inputs * neurons, inputs)
        assert kinds == ["MATRIX"] and plan.rows == inputs + neurons
        kinds = plan_of(lambda w, x, m=neurons: [y.tanh() for y in layer(w, x, m)], inputs * neurons, inputs)[1]
        assert kinds == ["MATRIX", *["CALL"] * neurons]
    assert plan_of(lambda w, x: layer(w, x, 3), 6, 2)[1] == ["PRODUCTS_S"] * 3
    assert plan_of(lambda w, x: [w[j] * x[0] + x[1] * w[j + 4] for j in range(4)], 8, 2)[1] == ["MATRIX"]
    assert plan_of(lambda w, x: [w[j] * x[j % 2] + x[2] * w[j + 4] for j in range(4)], 8, 3)[1] == ["PRODUCTS_S"] * 4


def test_a_bias_after_another_term_is_not_added_before_it() -> None:
    def f(w: Any, x: Any) -> Any:
        return [autograd.dot([w[j], w[j + 4]], x) + x[0] + w[j + 8] for j in range(4)]

    w, rows = [0.1 * (j + 1) for j in range(12)], [[0.3, 0.7], [1.1, -0.2]]
    columns = autograd.compile(f, in_axes=(None, 0))(w, rows)
    for i, x in enumerate(rows):
        assert [column[i] for column in columns] == [y.data for y in f([autograd.Value(v) for v in w], x)]


def test_layers_after_each_other_give_registers_on() -> None:
    def network(w: Any, x: Any) -> Any:
        for _ in range(6):
            x = [y.tanh() for y in layer(w, x, 5)]
        return x

    plan, kinds = plan_of(network, 25, 5)
    assert kinds.count("MATRIX") == 6 and plan.rows <= 5 + 5 + 6


@pytest.mark.parametrize("name", ["tanh", "sigmoid"])
def test_a_function_and_its_slope_are_one_instruction(name: str) -> None:
    """Also where the operand is a sum that waits to be made; and the slope alone is one as before."""
    f = getattr(autograd, name)
    assert plan_of(lambda w, x: autograd.value_and_grad(f)(x[0]), 1, 1)[1] == ["CALL"]
    assert plan_of(lambda w, x: autograd.value_and_grad(f)(x[0] + x[1] + x[2]), 1, 3)[1] == ["ADD", "SUM", "CALL"]
    assert plan_of(lambda w, x: autograd.grad(f)(x[0]), 1, 1)[1] == ["CALL"]
    twice = plan_of(lambda w, x: [autograd.value_and_grad(f)(x[0] + x[1]), f(x[0])], 1, 2)[1]
    assert twice == ["ADD", "CALL", "CALL"]


@pytest.mark.parametrize("inputs", [16, 20, 31])
@pytest.mark.parametrize("neurons", [11, 16, 29])
def test_the_gradient_of_a_large_layer_turns_what_is_multiplied_with_many(inputs: int, neurons: int) -> None:
    """Turned by eights: the last of them several times over, if there are fewer."""

    def loss(w: Any, x: Any) -> Any:
        return autograd.fsum([y.tanh() for y in layer(w, x, neurons)])

    gradient = autograd.grad(loss)
    plan, kinds = plan_of(gradient, inputs * neurons, inputs, reduced=True)
    assert kinds == ["MATRIX", *["CALL"] * neurons, "PANEL", "PANEL_SUMS"]
    by_eights = [inputs * (-(-neurons // 8) * 8), neurons * (-(-inputs // 8) * 8)]
    assert plan.sums - 1 in by_eights
    assert plan_of(gradient, inputs * neurons, inputs, reduced=False)[1].count("MUL") == inputs * neurons


def test_the_gradient_of_a_small_layer_is_made_one_by_one() -> None:
    gradient = autograd.grad(lambda w, x: autograd.fsum([y.tanh() for y in layer(w, x, 4)]))
    plan, kinds = plan_of(gradient, 28, 7, reduced=True)
    assert kinds == ["MATRIX", *["CALL"] * 4, *["ROW_PRODUCTS"] * 4] and plan.sums == 28 + 1


@given(sizes=st.lists(st.integers(1, 18), min_size=2, max_size=4), own=st.booleans(), summed=summed_or_not)
def test_plans_of_networks(sizes: list[int], own: bool, summed: float) -> None:
    """Layers of any width one after the other, and their gradients; with weights of each row, nothing is shared."""
    shared = sum(n * m for n, m in itertools.pairwise(sizes))

    def network(w: Any, x: Any) -> Any:
        start = 0
        for n, m in itertools.pairwise(sizes):
            x = [y.tanh() for y in layer(w[start : start + n * m], x, m)]
            start += n * m
        return autograd.fsum(x)

    xs = [0.3 + 0.01 * i for i in range(shared + sizes[0])]
    for f in (network, autograd.value_and_grad(network)):
        program = program_of(f, xs[:shared], xs[shared:])
        check(program, [own or i >= shared for i in range(len(xs))], summed)


def test_a_neuron_begins_its_sum_with_the_bias() -> None:
    kinds = plan_of(lambda w, x: autograd.fsum([autograd.dot(w[:3], x) + w[3]]).relu(), 4, 3)[1]
    assert kinds[:2] == ["PRODUCTS_S", "ADD_S"]
    assert plan_of(lambda w, x: w[0] + x[0] * w[1] + x[1] * w[2], 3, 2)[1] == ["PRODUCTS_S", "ADD_S", "PRODUCTS_S"]


def test_sums_wait_for_so_many_terms() -> None:
    for times in (1, 2, 3):
        kinds = plan_of(lambda w, x: sum((v * v for v in x[1:]), x[0]), 0, times * WAITING)[1]
        assert kinds == ["SUM", *["PRODUCTS"] * times]
    kinds = plan_of(lambda w, x: sum((v * v for v in x[1:]), x[0]), 0, WAITING + 1)[1]
    assert kinds == ["SUM", "PRODUCTS", "PRODUCTS"]
    assert plan_of(lambda w, x: x[0] + x[1], 0, 2)[1] == ["ADD"]
    assert plan_of(lambda w, x: x[0] + x[1] + x[2], 0, 3)[1] == ["ADD", "SUM"]


def test_a_term_that_is_read_elsewhere_is_made_by_itself() -> None:
    plan, kinds = plan_of(lambda w, x: [x[0] * w[0] + x[1], x[0] * w[0]], 1, 2)
    assert kinds == ["MUL_S", "ADD"] and len({place for _, place in plan.outputs}) == 2


def test_the_gradient_of_parameters_is_sums_of_products_over_rows() -> None:
    """The products themselves are never made, and those with a common factor are one instruction."""

    def loss(w: Any, x: Any) -> Any:
        return (autograd.dot(w, x[:-1]) - x[-1]) ** 2

    kinds = plan_of(autograd.grad(loss), 5, 6, reduced=True)[1]
    assert kinds == ["PRODUCTS_S", "SUB", "MUL_S", "ROW_PRODUCTS"] or kinds == ["PRODUCTS_S", "SUB", "ROW_PRODUCTS"]
    plan, kinds = plan_of(autograd.value_and_grad(loss), 5, 6, reduced=True)
    assert kinds.count("ROW_PRODUCTS") == 2 and len(plan.summed) == 6
    assert plan_of(lambda w, x: x[0] * x[1] + w[0] + 3.0, 1, 2, reduced=True)[1] == ["ROW_PRODUCTS"]


def test_a_shared_factor_is_taken_once_and_a_shared_term_for_each_row() -> None:
    plan, kinds = plan_of(lambda w, x: [w[0] * x[0] + w[1], w[1], x[0]], 2, 1, reduced=True)
    assert kinds == ["ROW_SUMS"]
    assert [(len(fixed), len(sums)) for fixed, sums in plan.summed] == [(1, 1), (1, 0), (0, 1)]


def test_a_plan_for_many_parameters_leaves_the_garbage_collector_little_to_do() -> None:
    """A tuple, a list or more for each of them would have it walk whatever else the process has, too."""
    size = 32

    def loss(w: Any, x: Any) -> Any:
        first = [autograd.relu(autograd.dot(w[size * i : size * (i + 1)], x)) for i in range(size)]
        return autograd.logsumexp([autograd.dot(w[size * i : size * (i + 1)], first) for i in range(size, 2 * size)])

    program = program_of(autograd.value_and_grad(loss), [0.01 * (k % 7) for k in range(2 * size**2)], [1.0] * size)
    per_row = [k >= 2 * size**2 for k in range(program.inputs)]
    gc.collect()
    before, thresholds = gc.get_stats()[0]["collections"], gc.get_threshold()
    gc.set_threshold(100, *thresholds[1:])
    try:
        Plan(program, per_row, len(program.outputs))
    finally:
        gc.set_threshold(*thresholds)
    assert 100 * (gc.get_stats()[0]["collections"] - before) < 3 * size**2 * 2


def test_registers_are_given_on() -> None:
    def f(w: Any, x: Any) -> Any:
        y = x[0]
        for _ in range(100):
            y = (y * w[0]).tanh()
        return y

    plan, kinds = plan_of(f, 1, 1)
    assert len(kinds) == 200 and plan.rows <= 3
    assert plan_of(lambda w, x: [x[0] + k for k in range(1, 20)], 0, 1)[0].rows == 20  # outputs keep theirs


def test_what_no_row_takes_part_in_is_computed_once() -> None:
    plan, kinds = plan_of(lambda w, x: (w[0].exp() + w[1]) * x[0], 2, 1)
    assert kinds == ["MUL_S"] and Machine(plan).run([5, 6], [7]) is not None
    plan, kinds = plan_of(lambda w, x: [w[0].exp(), 3.0, w[1]], 2, 1)
    assert kinds == [] and [rows for rows, _ in plan.outputs] == [False] * 3


def test_rows_without_numbers_have_a_plan() -> None:
    assert plan_of(lambda w, x: [w[0], 2.0], 1, 0)[1] == []
    program = program_of(lambda x: Value(2.0), [])
    plan = Plan(program, [])
    assert len(plan.body) == 1 and plan.rows == 0


def test_every_kind_of_instruction_has_a_number_of_its_own() -> None:
    assert sorted(KINDS) == list(range(len(KINDS)))
