"""Plans: what they look like for small programs, and that they compute what the program does, over a finite field.

Modulo a large prime sums and products are exact, whatever their order, and any other operation may be a number of its own for
each operands: a plan that reads a register too late, or another one, gives another number.
"""

import itertools
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from formulas import Formula, formulas
from hypothesis import given, settings
from hypothesis import strategies as st
from test_properties import few

import autograd
from autograd import Value
from autograd.compiler.compiled import Recorded
from autograd.compiler.expansion import expand
from autograd.compiler.plan import WAITING, Plan
from autograd.compiler.program import CONSTANT, INPUT, Program, op_named
from autograd.compiler.selection import RELATIONS, Operation, operation
from autograd.derivatives.trees import flatten
from autograd.runtime import _lanes
from autograd.runtime._lanes import FROM_FIRST, FROM_ZERO
from autograd.runtime.python_rules import PythonRule

KINDS = {number: name for name, number in vars(_lanes).items() if name.isupper() and not name.startswith("FROM_")}
PRIME = 2**61 - 1


# ------------------------------------------------------------------------------------------------ plans over a finite field


def opaque(*things: Any) -> int:
    return hash(things) % PRIME


ZERO = opaque("what a dot starts from")
"""No 0, for 0.0 + x is another number than x where x is -0.0."""


def over(x: int, y: int) -> int:
    """By Fermat's little theorem; 0 where y is 0."""
    return x * pow(y, PRIME - 2, PRIME) % PRIME


ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "ADD": lambda x, y: (x + y) % PRIME, "SUB": lambda x, y: (x - y) % PRIME, "MUL": lambda x, y: x * y % PRIME, "DIV": over,
}  # fmt: skip
SHARED = {f"{name}_S": f for name, f in ARITHMETIC.items()} | {
    f"S_{name}": lambda x, y, f=ARITHMETIC[name]: f(y, x) for name in ("SUB", "DIV")
}


class Machine:
    """Runs a plan on one row, a register at a time. A place that nothing was written to holds None."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.shared: list[Any] = [None] * plan.shared
        self.rows: list[Any] = [None] * plan.rows
        self.sums = [0] * plan.sums
        self.guards: list[tuple[Any, ...]] = []
        self.kinds: list[str] = []
        for k, number in plan.constants:
            self.shared[k] = opaque(CONSTANT, number.hex())

    def run(self, shared: Sequence[int], own: Sequence[int]) -> list[int]:
        self.shared[: len(shared)] = shared
        for step in self.plan.before:
            self.step(step, self.shared)
        self.part(*self.plan.setup, self.rows)
        for column, place in zip(self.plan.input_columns, self.plan.input_places, strict=True):
            self.rows[place] = own[column]
        for step in self.plan.body:
            self.step(step, self.rows)
        if self.plan.reduced:
            return [
                sum([*[self.shared[k] for k in fixed], *[self.sums[k] * (1 if y < 0 else self.shared[y]) for k, y in summed]])
                % PRIME
                for fixed, summed in self.plan.outputs
            ]
        return [(self.rows if with_rows else self.shared)[k] for with_rows, k in self.plan.outputs]

    def step(self, step: Any, rows: list[Any]) -> None:
        if isinstance(step, PythonRule):
            rows[step.out] = opaque(step.rule, *[rows[k] for k in step.operands])
        else:
            begin, end = step
            self.part(begin, end, rows)

    def part(self, begin: int, end: int, rows: list[Any]) -> None:
        while begin < end:
            size = self.plan.code[begin]
            assert size >= 2
            self.instruction(rows, *self.plan.code[begin + 1 : begin + size])
            begin += size
        assert begin == end

    def instruction(self, rows: list[Any], number: int, *about: int) -> None:
        kind = KINDS[number]
        self.kinds.append(kind)
        if kind in ARITHMETIC or kind in SHARED:
            width, out, x, y = about
            for j in range(width):
                second = rows[y + j] if kind in ARITHMETIC else self.shared[y]
                rows[out + j] = (ARITHMETIC | SHARED)[kind](rows[x + j], second)
        elif kind == "FILL":
            rows[about[0]] = self.shared[about[1]]
        elif kind in ("SUM", "PRODUCTS", "PRODUCTS_S"):
            self.add(rows, kind, *about)
        elif kind == "GATHER":
            width, out, *xs = about
            rows[out : out + width] = [rows[k] for k in xs]
            assert len(xs) == width
        elif kind == "ROW_SUMS":
            first, count, *xs = about
            self.sums[first : first + count] = [self.sums[first + j] + rows[k] for j, k in enumerate(xs)]
        elif kind == "ROW_PRODUCTS":
            first, count, y, *xs = about
            self.sums[first : first + count] = [self.sums[first + j] + rows[k] * rows[y] for j, k in enumerate(xs)]
        elif kind == "PANEL":
            out, width, *xs = about
            assert len(xs) == width and width % 8 == 0
            for j, k in enumerate(xs):
                rows[out + j] = rows[k]
        elif kind == "PANEL_SUMS":
            first, panel, width, count, *ys = about
            products = [rows[panel + i] * rows[y] for y in ys for i in range(width)]
            self.sums[first : first + width * count] = [self.sums[first + j] + product for j, product in enumerate(products)]
        elif kind == "MATRIX":
            begins, plus_last, outs, width, *operands = about
            xs, factors = operands[outs : outs + width], operands[outs + width : outs + width + outs * width]
            last = operands[outs + width + outs * width :]
            assert len(factors) == outs * width and len(last) == outs * plus_last
            for j, out in enumerate(operands[:outs]):
                pairs = zip(xs, factors[j * width : (j + 1) * width], strict=True)
                self.add(rows, "PRODUCTS_S", out, begins, width, *[k for pair in pairs for k in pair])
                if plus_last:
                    rows[out] = rows[out] + self.shared[last[j]]
        elif kind == "GUARD":
            self.guards.append((*about[:2], rows[about[2]], rows[about[3]]))
        else:
            width, out, *xs = about
            code = [xs.pop(0)] if kind not in ("LESS", "LESS_EQUAL", "EQUAL", "NOT_EQUAL") else []
            for j in range(width):
                operands = [rows[k + j] for k in xs]
                assert None not in operands
                rows[out + j] = opaque(number, *code, *operands)

    def add(self, rows: list[Any], kind: str, out: int, begins: int, count: int, *about: int) -> None:
        if kind == "SUM":
            terms = [rows[k] for k in about]
        else:
            factors = rows if kind == "PRODUCTS" else self.shared
            terms = [rows[x] * factors[y] for x, y in zip(about[::2], about[1::2], strict=True)]
        assert len(terms) == count and (begins != FROM_FIRST or terms)
        start = ZERO if begins == FROM_ZERO else 0 if begins == FROM_FIRST else rows[out]
        rows[out] = (start + sum(terms)) % PRIME


def computed(program: Program, varies: Sequence[bool], inputs: Sequence[int]) -> tuple[list[int], list[tuple[Any, ...]]]:
    """The same by the program: its outputs, and what its guards compare."""
    found: list[int] = []
    for i, (op, operands, number, *_) in enumerate(program.instructions):
        if op == INPUT:
            found.append(inputs[i])
        elif op == CONSTANT:
            found.append(opaque(CONSTANT, number.hex()))
        else:
            exactly = i in program.decisive or not varies[i]
            found.append(applied(op, operation(op, program.instructions, operands, exactly), found))
    guards = [(RELATIONS[g.relation], int(g.outcome), found[g.left], found[g.right]) for g in program.guards]
    return [found[k] for k in program.outputs], guards


def applied(op: str, how: Operation, found: list[int]) -> int:
    operands = [found[k] for k in how.operands]
    kind = KINDS.get(how.kind, "PYTHON")
    if kind in ARITHMETIC:
        return ARITHMETIC[kind](*operands)
    if kind == "PRODUCTS":
        half = len(operands) // 2
        return (ZERO + sum(x * y for x, y in zip(operands[:half], operands[half:], strict=True))) % PRIME
    if kind == "PYTHON":
        return opaque(op_named(op), *operands)
    if op.startswith("select "):
        return opaque(how.kind, *operands)
    return opaque(how.kind, how.code, *operands, *operands[:1] * (3 - len(operands)))


def check(program: Program, per_row: Sequence[bool], reduced: bool) -> Plan:
    """That a plan computes what its program does."""
    plan = Plan(program, per_row, reduced)
    program = expand(program) if any(per_row) else program
    inputs = [opaque("input", i) for i in range(program.inputs)]
    machine = Machine(plan)
    got = machine.run(*[[x for x, own in zip(inputs, per_row, strict=True) if own is rows] for rows in (False, True)])
    want, guards = computed(program, plan.varies, inputs)
    assert got == want
    assert sorted(machine.guards) == sorted(guards)
    return plan


def recorded(formula: Formula) -> Program:
    xs = [0.3 + 0.1 * i for i in range(formula.inputs)]
    return Recorded(lambda *xs: formula.run(autograd, xs), [flatten(x)[1] for x in xs], xs, {}).program


rows_or_not = st.lists(st.booleans(), min_size=6, max_size=6)


@settings(few, max_examples=300)
@given(formula=formulas(), per_row=rows_or_not)
@pytest.mark.parametrize("reduced", [False, True])
def test_a_plan_computes_what_the_program_does(formula: Formula, per_row: list[bool], reduced: bool) -> None:
    check(recorded(formula), per_row[: formula.inputs], reduced)


@few
@given(formula=formulas(["sum", "products", "times", "minus", "dot", "square", "function"]), per_row=rows_or_not)
def test_plans_of_gradients(formula: Formula, per_row: list[bool]) -> None:
    xs = [0.3 + 0.1 * i for i in range(formula.inputs)]
    slopes = autograd.grad(lambda *xs: autograd.fsum(formula.run(autograd, xs)), argnums=tuple(range(len(xs))))
    program = Recorded(slopes, [flatten(x)[1] for x in xs], xs, {}).program
    for reduced in (False, True):
        check(program, per_row[: formula.inputs], reduced)


# ------------------------------------------------------------------------------------------------ what plans look like


def plan_of(f: Callable[..., Any], shared: int, rows: int, reduced: bool = False) -> tuple[Plan, list[str]]:
    """The plan of f(w, x), and the kinds of what runs for each row."""
    xs = [1.5 + 0.1 * i for i in range(shared + rows)]
    trees = [flatten(xs[:shared])[1], flatten(xs[shared:])[1]]
    program = Recorded(f, trees, xs, {}).program
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


@pytest.mark.parametrize("inputs", [16, 20, 31])
@pytest.mark.parametrize("neurons", [11, 16, 29])
def test_the_gradient_of_a_large_layer_turns_what_is_multiplied_with_many(inputs: int, neurons: int) -> None:
    """Turned by eights: the last of them several times over, if there are fewer."""

    def loss(w: Any, x: Any) -> Any:
        return autograd.fsum([y.tanh() for y in layer(w, x, neurons)])

    gradient = autograd.grad(loss)
    plan, kinds = plan_of(gradient, inputs * neurons, inputs, reduced=True)
    assert kinds == ["MATRIX", *["CALL"] * (2 * neurons), "PANEL", "PANEL_SUMS"]
    by_eights = [inputs * (-(-neurons // 8) * 8), neurons * (-(-inputs // 8) * 8)]
    assert plan.sums - 1 in by_eights
    assert plan_of(gradient, inputs * neurons, inputs, reduced=False)[1].count("MUL") == inputs * neurons


def test_the_gradient_of_a_small_layer_is_made_one_by_one() -> None:
    gradient = autograd.grad(lambda w, x: autograd.fsum([y.tanh() for y in layer(w, x, 4)]))
    plan, kinds = plan_of(gradient, 28, 7, reduced=True)
    assert kinds == ["MATRIX", *["CALL"] * 8, *["ROW_PRODUCTS"] * 4] and plan.sums == 28 + 1


@few
@given(sizes=st.lists(st.integers(1, 18), min_size=2, max_size=4), own=st.booleans())
def test_plans_of_networks(sizes: list[int], own: bool) -> None:
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
        program = Recorded(f, [flatten(xs[:shared])[1], flatten(xs[shared:])[1]], xs, {}).program
        for reduced in (False, True):
            check(program, [own or i >= shared for i in range(len(xs))], reduced)


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
    assert kinds.count("ROW_PRODUCTS") == 2 and len(plan.outputs) == 6
    assert plan_of(lambda w, x: x[0] * x[1] + w[0] + 3.0, 1, 2, reduced=True)[1] == ["ROW_PRODUCTS"]


def test_a_shared_factor_is_taken_once_and_a_shared_term_for_each_row() -> None:
    plan, kinds = plan_of(lambda w, x: [w[0] * x[0] + w[1], w[1], x[0]], 2, 1, reduced=True)
    assert kinds == ["ROW_SUMS"]
    assert [(len(fixed), len(summed)) for fixed, summed in plan.outputs] == [(1, 1), (1, 0), (0, 1)]


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
    program = Recorded(lambda x: Value(2.0), [flatten([])[1]], [], {}).program
    plan = Plan(program, [])
    assert len(plan.body) == 1 and plan.rows == 0


def test_the_numbers_of_instructions_are_the_same_in_both_files() -> None:
    text = Path(_lanes.__file__).with_suffix(".pxd").read_text()
    in_c = {name: int(number) for name, number in re.findall(r"^    ([A-Z][A-Z_0-9]*) = (\d+)$", text, re.MULTILINE)}
    assert in_c == {name: number for name, number in vars(_lanes).items() if name.isupper() and isinstance(number, int)}
    assert len(KINDS) == len([name for name in in_c if not name.startswith("FROM_")]) == 31
