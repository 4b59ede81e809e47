"""Outputs summed over rows: choices add to the elements that they choose, and what has the same form shares its sums."""

import numpy as np
import pytest
from finite_field import Machine, check
from recordings import program_of
from written_programs import instruction

import autograd
from autograd import compile, dot, fsum, take, tanh, value_and_grad, where
from autograd.compiler.instructions import Instruction
from autograd.compiler.ops import INPUT
from autograd.compiler.program import Program


def plan_of(f, shared, rows):
    """The plan of f(w, x), whose outputs are summed, checked to be what the program computes; and its instructions for rows."""
    xs = [1.5 + 0.1 * i for i in range(shared)] + [1.0] * rows
    plan = check(program_of(f, xs[:shared], xs[shared:]), [i >= shared for i in range(shared + rows)], 1.0)
    machine = Machine(plan)
    machine.rows, machine.shared = [1] * plan.rows, [1] * plan.shared
    for begin, end in plan.body:
        machine.part(begin, end, machine.rows)
    return plan, machine.kinds


def test_slopes_of_a_choice_are_one_instruction():
    plan, kinds = plan_of(autograd.grad(lambda w, x: fsum([tanh(take(w[k::3], x[0])) for k in range(3)])), 12, 2)
    assert kinds.count("ROW_CHOICES") == 1
    assert "EQUAL" not in kinds and "ROW_SUMS" not in kinds
    assert plan.sums == 12 + 1 and len(plan.more) == 0


def test_a_list_that_is_chosen_from_twice_has_its_sums_once():
    plan, kinds = plan_of(autograd.grad(lambda w, x: tanh(take(w, x[0])) * tanh(take(w, x[1]))), 9, 2)
    assert kinds.count("ROW_CHOICES") == 2
    assert plan.sums == 9 + 1 and len(plan.more) == 0


@pytest.mark.parametrize(("size", "kind", "instructions"), [(16, "PANEL_SUMS", 2), (8, "ROW_PRODUCTS", 16)])
def test_a_matrix_used_at_several_places_has_its_sums_once(size, kind, instructions):
    def loss(w, x):
        matrix = [w[size * i : size * (i + 1)] for i in range(size)]
        first = [tanh(dot(row, x)) for row in matrix]
        return fsum([tanh(dot(row, first)) for row in matrix])

    plan, kinds = plan_of(autograd.grad(loss), size * size, size)
    assert kinds.count(kind) == instructions
    assert plan.sums == size * size + 1 and len(plan.more) == 0


def test_sums_that_another_output_reads_too_are_no_ones_to_share():
    def f(w, x):
        slopes = autograd.grad(lambda w: tanh(take(w, x[0])) * tanh(take(w, x[1])))(w)
        return [*slopes, slopes[2] + slopes[3], x[0] * x[1] + x[1] * x[0]]

    plan_of(f, 5, 2)


def test_a_product_in_two_outputs_shares_its_sum_with_no_other():
    """Made twice, with its factors in either order: x0 x1 and x1 x0 are outputs, and so are x2 x3 and x3 x2."""
    products = [instruction("mul", pair) for pair in [(0, 1), (1, 0), (2, 3), (3, 2)]]
    program = Program([*[Instruction(INPUT, ())] * 4, *products], 4, (4, 5, 6, 7))
    plan = check(program, [True] * 4, 1.0)
    assert plan.sums == 2 + 1


def test_choices_of_elements_far_apart_take_no_sums_between():
    def f(w, x):
        def chosen(k):
            return where(where(x[0] == k, 1.0, 0.0) == 0.0, 0.0, x[1])

        return [chosen(k) for k in (3.0, 4.0, 6.0, 70000.0)]

    plan, kinds = plan_of(f, 1, 2)
    assert kinds.count("ROW_CHOICES") == 2
    assert plan.sums == 4 + 1 + 1  # the fifth element stands between two


@pytest.mark.parametrize("rows", [1, 7, 40, 3000])
def test_choices_over_rows_are_those_of_eager_execution(rows):
    rng = np.random.default_rng(rows)
    table, index = rng.normal(size=(6, 3)), rng.integers(0, 6, (rows, 2)).astype(float)
    index[0, 0] = -0.0

    def loss(table, index):
        first, second = ([take(column, i) for column in zip(*table, strict=True)] for i in index)
        return dot([tanh(v) for v in first], second) + first[0]

    value, slopes = compile(value_and_grad(loss), in_axes=(None, 0), reduce="sum")(table, index)
    expected = [value_and_grad(loss)(table.tolist(), row) for row in index.tolist()]
    assert value == pytest.approx(sum(v for v, _ in expected), rel=1e-13)
    np.testing.assert_allclose(slopes, np.sum([g for _, g in expected], axis=0), rtol=1e-12, atol=1e-13)


def test_what_comes_to_an_element_that_is_not_chosen_is_not_looked_at():
    """NaN and infinity, too: 0.0 comes to the others, and not 0 times what comes."""

    def loss(w, i, x):
        return take(w, i) * x

    step = compile(value_and_grad(loss), in_axes=(None, 0, 0), reduce="sum")
    _, slopes = step([1.0, 2.0, 3.0], [0.0, 2.0, 2.0], [np.inf, 5.0, np.nan])
    np.testing.assert_array_equal(slopes, [np.inf, 0.0, np.nan])
