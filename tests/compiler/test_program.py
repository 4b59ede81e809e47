"""Program: the graph it comes from, its passes, its verifier and its listing.

A pass must give a program that is well made and computes the same to the last bit, on whatever numbers.
"""

import importlib
import math
import pickle
import re
import subprocess
import sys
from collections import namedtuple
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import random_programs
from builds import BUILDS
from hypothesis import given, settings
from hypothesis import strategies as st
from random_programs import programs
from rows import bits
from written_programs import constant, instruction, made_up, program

import autograd
from autograd.compiler.instructions import Guard, Instruction, last_uses, verify
from autograd.compiler.numpy_executor import Runner
from autograd.compiler.ops import CONSTANT, INPUT, Op
from autograd.compiler.passes import PASSES, cheaper, common_subexpressions, dead_code, fold_constants, optimised, simplify
from autograd.compiler.program import Program

X, Y = Instruction(INPUT, ()), Instruction(INPUT, ())


def ops(p: Program) -> list[str]:
    return [instruction.op for instruction in p.instructions]


# ------------------------------------------------------------------------------------------------ each pass


def test_constants_are_folded() -> None:
    p = program(
        X, constant(2.0), constant(3.0), instruction("mul", (1, 2)), instruction("exp", (3,)), instruction("add", (0, 4))
    )
    folded = fold_constants(p)
    assert ops(folded) == [INPUT, CONSTANT, CONSTANT, CONSTANT, CONSTANT, "add"]
    assert [folded.instructions[k].number for k in (3, 4)] == [6.0, math.exp(6.0)]
    assert ops(dead_code(folded)) == [INPUT, CONSTANT, "add"]


def test_common_subexpressions_are_computed_once() -> None:
    p = program(
        X,
        instruction("exp", (0,)),
        instruction("exp", (0,)),
        instruction("neg", (2,)),
        instruction("neg", (1,)),
        instruction("mul", (3, 4)),
    )
    once = common_subexpressions(p)
    assert once.instructions[5].operands == (3, 3) and once.instructions[3].operands == (1,)
    assert ops(dead_code(once)) == [INPUT, "exp", "neg", "mul"]


def test_constants_that_differ_in_a_sign_are_not_one() -> None:
    p = program(constant(0.0), constant(-0.0), constant(math.nan), constant(math.nan), outputs=range(4))
    assert common_subexpressions(p).outputs == (0, 1, 2, 2)


def test_inputs_are_not_one() -> None:
    assert common_subexpressions(program(X, Y, outputs=(0, 1))).outputs == (0, 1)


@pytest.mark.parametrize(
    ("op", "operands", "same"),
    [
        ("mul", (0, 1), 0),
        ("mul", (1, 0), 0),
        ("div", (0, 1), 0),
        ("sub", (0, 2), 0),
        ("select <", (0, 1, 3, 3), 3),
        ("div", (1, 0), None),
        ("sub", (0, 3), None),
        ("add", (0, 2), None),
        ("mul", (0, 2), None),
        ("sub", (2, 0), None),
        ("select <", (0, 1, 0, 3), None),
        ("pow", (0, 1), None),
    ],
)
def test_what_changes_nothing_is_left_out(op: str, operands: tuple[int, ...], same: int | None) -> None:
    """x * 1, x / 1, x - 0 and a choice between x and x; but not x - (-0.0), x + 0.0 or x * 0.0: a zero or a NaN changes."""
    p = program(X, constant(1.0), constant(0.0), constant(-0.0), instruction(op, operands))
    assert simplify(p).outputs == ((4,) if same is None else (same,))


def test_two_negations_are_none() -> None:
    p = program(X, instruction("neg", (0,)), instruction("neg", (1,)), instruction("neg", (2,)), instruction("neg", (3,)))
    assert simplify(p).outputs == (0,)


MINUS_X, MINUS_Y = 2, 3


@pytest.mark.parametrize(
    ("op", "operands", "expected"),
    [
        ("pow", (0, 5), ("mul", (0, 0))),
        ("pow", (0, 4), None),
        ("square", (0,), ("mul", (0, 0))),
        ("square", (MINUS_X,), ("mul", (0, 0))),
        ("add", (0, MINUS_Y), ("sub", (0, 1))),
        ("add", (MINUS_X, 1), ("sub", (1, 0))),
        ("add", (MINUS_X, MINUS_Y), ("sub", (MINUS_X, 1))),
        ("sub", (0, MINUS_Y), ("add", (0, 1))),
        ("sub", (MINUS_X, 1), None),
        ("mul", (MINUS_X, MINUS_Y), ("mul", (0, 1))),
        ("div", (MINUS_X, MINUS_Y), ("div", (0, 1))),
        ("mul", (MINUS_X, 1), None),
        ("mul", (0, 4), ("neg", (0,))),
        ("mul", (4, 0), ("neg", (0,))),
        ("div", (0, 4), None),
        ("mul", (0, 5), None),
        ("sub", (MINUS_X, MINUS_Y), ("sub", (1, 0))),
    ],
)
def test_the_cheaper_op_is_taken(op: str, operands: tuple[int, ...], expected: tuple[str, tuple[int, ...]] | None) -> None:
    p = program(
        X,
        Y,
        instruction("neg", (0,)),
        instruction("neg", (1,)),
        constant(-1.0),
        constant(2.0),
        instruction(op, operands, label="z", origin=("file", 3)),
    )
    verify(cheaper(p))
    assert cheaper(p).instructions[:-1] == p.instructions[:-1]
    assert cheaper(p).instructions[-1] == instruction(*(expected or (op, operands)), label="z", origin=("file", 3))


def test_a_program_that_has_nothing_to_gain_is_given_back() -> None:
    p = program(X, Y, instruction("exp", (0,)), instruction("mul", (1, 2)))
    for transform in (*PASSES, optimised):
        assert transform(p) is p


def test_dead_code_is_left_out_and_inputs_stay() -> None:
    p = program(X, Y, instruction("exp", (0,)), instruction("sin", (1,)), instruction("neg", (3,)), constant(3.0), outputs=(4,))
    assert ops(dead_code(p)) == [INPUT, INPUT, "sin", "neg"] and dead_code(p).outputs == (3,)


def test_what_guards_need_is_not_dead() -> None:
    guards = [Guard("<", 1, 2, True), Guard("==", 2, 2, True)]
    p = program(X, instruction("exp", (0,)), constant(3.0), outputs=(0,), guards=guards)
    assert dead_code(p).guards == (Guard("<", 1, 2, True),) and ops(dead_code(p)) == [INPUT, "exp", CONSTANT]


def test_guards_follow_their_registers() -> None:
    p = program(
        X,
        instruction("exp", (0,)),
        instruction("exp", (0,)),
        outputs=(2,),
        guards=[Guard("<", 0, 1, True), Guard("<", 0, 2, True)],
    )
    assert optimised(p).guards == (Guard("<", 0, 1, True),)


# ------------------------------------------------------------------------------------------------ the verifier


NOT_WELL_MADE: dict[str, tuple[Program, str]] = {
    "an operand that comes later": (program(X, instruction("exp", (1,))), "r1 uses a register that comes later"),
    "a register below 0": (program(X, instruction("exp", (-1,))), "r1 uses"),
    "an input after others": (program(constant(1.0), X), "the inputs come first"),
    "inputs miscounted": (Program([X, Y], 1, (0,)), "the inputs come first"),
    "more inputs than instructions": (Program([X], 3, (0,)), "there are not 3 inputs"),
    "a sum of nothing": (program(X, instruction("fsum", ())), "r1: fsum takes at least 1 operand, not 0"),
    "a product of nothing": (program(X, instruction("prod", ())), "r1: prod takes at least 1 operand, not 0"),
    "a dot of nothing": (program(X, instruction("dot", ())), "r1: dot takes two lists of the same length, not 0"),
    "half a dot": (program(X, instruction("dot", (0, 0, 0))), "r1: dot takes two lists of the same length, not 3"),
    "a maximum of nothing": (program(X, instruction("max", ())), "r1: max takes at least 1 operand, not 0"),
    "a softmax of what no constant says": (program(X, instruction("softmax", (0, 0, 0))), "operand of softmax is a constant"),
    "a slope of one": (program(X, instruction("slope log_softmax 1", (0, 0, 0, 0))), "operand of log_softmax is a"),
    "a place beyond": (program(constant(2.0), instruction("softmax", (0, 0, 0))), "says which of the others"),
    "digits that are none": (program(constant(0.5), instruction("flat round", (0, 0))), "says to how many digits"),
    "a constant of something": (program(X, Instruction(CONSTANT, (0,), 1.0)), "takes no operands"),
    "too few operands": (program(X, instruction("add", (0,))), "r1: add takes 2 operands"),
    "too few for a choice": (program(X, instruction("select <", (0, 0, 0))), "r1: select < takes 4 operands"),
    "too few for a slope": (program(X, instruction("slope maximum 0", (0, 0))), "r1: slope maximum 0 takes 3 operands"),
    "no such output": (Program([X], 1, (1,)), "there is no r1"),
    "no such register in a guard": (program(X, guards=[Guard("<", 0, 5, True)]), "there is no r5"),
    "an unknown comparison": (program(X, guards=[Guard("<>", 0, 0, True)]), "unknown way"),
}


@pytest.mark.parametrize("name", NOT_WELL_MADE)
def test_verifier_finds_what_is_not_well_made(name: str) -> None:
    p, message = NOT_WELL_MADE[name]
    with pytest.raises(AssertionError, match=message):
        verify(p)
    with pytest.raises(ValueError, match=message):
        p.over_rows([[1.0, 2.0]] * p.inputs)


def test_the_verifier_works_without_assertions() -> None:
    """As under `python -O`, where what loads from a file must still be right."""
    code = """
from autograd.compiler.instructions import Instruction, Listing, verify
from autograd.compiler.ops import INPUT, Op
assert False, "assertions are left out"
try: verify(Listing([Instruction(INPUT, ()), Instruction(Op.named("exp"), (1,))], 1, (1,)))
except AssertionError as problem: print(problem)
"""
    done = subprocess.run([sys.executable, "-O", "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.startswith("r1 uses")


@pytest.mark.parametrize(
    "op", ["nonsense", "slope nonsense 0", "slope tanh 7", "select >", "flat nonsense", "slope", "tanh#9", ""]
)
def test_unknown_ops_are_an_error(op: str) -> None:
    with pytest.raises(ValueError, match=r"there is no (op|primitive) named|^slope tanh 7 takes the operands of tanh"):
        Op.named(op)


# ------------------------------------------------------------------------------------------------ random programs


INPUTS = [0.0, -0.0, 1.0, -2.5, 1e-310, 1e300, math.inf, math.nan]


def outcome(p: Program, numbers: Sequence[float]) -> tuple[list[str], bool]:
    outputs, holds = p.outcome(numbers)
    return [bits(x) for x in outputs], holds


@settings(max_examples=400)
@given(p=made_up(), data=st.data())
def test_every_pass_alone_keeps_what_a_program_computes(p: Program, data: st.DataObject) -> None:
    points = [[data.draw(st.sampled_from(INPUTS)) for _ in range(p.inputs)] for _ in range(3)]
    verify(p)
    for transform in (*PASSES, optimised):
        after = transform(p)
        verify(after)
        assert after.inputs == p.inputs and len(after.instructions) <= len(p.instructions)
        for numbers in points:
            (got, holds), (want, held) = outcome(after, numbers), outcome(p, numbers)
            assert got == want, transform.__name__
            assert holds == held or transform in (dead_code, optimised)  # which take a guard on constants at its word


@settings(max_examples=200)
@given(p=made_up())
def test_passes_find_nothing_more_the_second_time(p: Program) -> None:
    for transform in PASSES:
        once = transform(p)
        assert str(transform(once)) == str(once), transform.__name__


@settings(max_examples=300)
@given(p=made_up(), data=st.data())
def test_columns_are_the_rows_one_by_one(p: Program, data: st.DataObject) -> None:
    """In NumPy columns, and where some inputs are shared: every row as by the plain executor, guards too."""
    rows = 4
    inputs: list[Any] = []
    for _ in range(p.inputs):
        column = [data.draw(st.sampled_from(INPUTS)) for _ in range(rows)]
        inputs.append(np.array(column) if data.draw(st.booleans()) else column[0])
    runner = Runner(p, [isinstance(x, np.ndarray) for x in inputs])
    shared, tables = [x for x in inputs if not isinstance(x, np.ndarray)], [x for x in inputs if isinstance(x, np.ndarray)]
    outputs, holds = np.empty((len(p.outputs), rows)), np.ones(rows, dtype=np.uint8)
    assert runner.over_rows([shared], tables, rows, outputs, holds, anyway=True) == holds.any()
    for i in range(rows):
        want, held = p.outcome([float(x[i]) if isinstance(x, np.ndarray) else x for x in inputs])
        got = outputs[:, i].tolist()
        assert holds[i] == held
        assert all(g == w or (g != g and w != w) or abs(g - w) <= 4 * math.ulp(w) for g, w in zip(got, want, strict=True))


@given(made=programs())
def test_a_recorded_graph_is_the_program_it_becomes(made: random_programs.Program) -> None:
    """Values and derivatives of random functions over the whole table, before the passes and after each."""
    leaves = [autograd.Value(x) for x in made.inputs]
    nodes = made.run(autograd, leaves)
    ends = [*nodes[len(leaves) :], *autograd.gradients(nodes[-1], leaves)]
    p = Program.from_graph(ends, leaves)
    verify(p)
    want = [bits(v.data) for v in ends]
    for transform in (lambda p: p, *PASSES):
        p = transform(p)
        verify(p)
        assert outcome(p, made.inputs)[0] == want


@given(made=programs())
def test_the_plain_python_files_make_the_same_programs(made: random_programs.Program) -> None:
    found: list[list[str]] = []
    for ag in BUILDS.values():
        leaves = [ag.Value(x) for x in made.inputs]
        nodes = made.run(ag, leaves)
        p = ag.Program.from_graph([nodes[-1], *ag.gradients(nodes[-1], leaves)], leaves)
        found.append([str(p)])
        for transform in ag.compiler.passes.PASSES:
            p = transform(p)
            found[-1].append(str(p))
    assert all(several == found[0] for several in found)


# ------------------------------------------------------------------------------------------------ what is from outside


def test_what_is_from_outside_is_found_in_the_order_of_its_use(ag: Any) -> None:
    from_outside = importlib.import_module(f"{ag.__name__}.compiler.from_graph").from_outside
    w, b, unused, behind = (ag.Value(x) for x in (2.0, 3.0, 4.0, 5.0))
    far = behind * 2.0
    made = [x := ag.Value(1.0), y := w * x, ag.fsum([unused, x]), z := ag.fsum([y, b, far, w])]
    assert [id(v) for v in from_outside([z], made)] == [id(v) for v in (w, b, far)]
    assert [id(v) for v in from_outside([b, y], made)] == [id(v) for v in (b, w)]
    assert from_outside([x], made) == [] == from_outside([], [])


# ------------------------------------------------------------------------------------------------ reading, counting, keeping


def loss(p: Any, x: Any) -> Any:
    activation = (p[0] * x + p[1]).tanh()
    activation.label = "activation"
    return activation * 2 if activation > 0 else abs(activation)


def test_the_listing_can_be_followed() -> None:
    fast = autograd.compile(autograd.value_and_grad(loss))
    fast([0.5, 0.25], 1.0)
    listing = str(fast.programs[0])
    line = loss.__code__.co_firstlineno
    lines = listing.splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["r0", "=", "input", "p[0]"],
        ["r1", "=", "input", "p[1]"],
        ["r2", "=", "input", "x"],
    ]
    assert lines[3].split() == ["r3", "=", "mul", "r0", "r2", f"{__file__}:{line + 1}"]
    assert lines[5].split() == ["r5", "=", "tanh", "r4", "activation,", f"{__file__}:{line + 1}"]
    assert any(line.startswith("guard: r") and "< r5 was True" in line for line in lines)
    assert sum("output" in line for line in lines) == 3
    computed = [instruction for instruction in fast.programs[0].instructions if instruction.operands]
    assert {instruction.origin for instruction in computed} == {(__file__, line + 1), (__file__, line + 3)}  # derivatives too
    assert [line.split(" = ")[0] for line in lines if not line.startswith("guard")] == [f"r{i}" for i in range(len(lines) - 1)]


def test_what_comes_after_a_derivative_has_its_own_line() -> None:
    def f(x: Any) -> Any:
        slope = autograd.grad(lambda x: x.sin() * x)(x)
        return slope.exp()

    fast = autograd.compile(f)
    fast(0.5)
    line = f.__code__.co_firstlineno
    found = {instruction.op: instruction.origin for instruction in fast.programs[0].instructions}
    assert found["exp"] == (__file__, line + 2) and found["cos"] == found["add"] == (__file__, line + 1)


def test_slopes_are_arithmetic_where_a_rule_has_no_branch_on_the_way_to_them() -> None:
    """Also after a rule that has one: of relu, and of a power, by whose constant exponent it goes."""
    fast = autograd.compile(autograd.grad(lambda x: ((x**2).sin() ** 2.5).relu() * x))
    fast(0.5)
    assert sorted(op for op in ops(fast.programs[0]) if op.startswith("slope ")) == ["slope pow 0", "slope relu 0"]


def test_programs_are_counted() -> None:
    x, y = autograd.Value(2.0), autograd.Value(3.0)
    p = Program.from_graph([autograd.fsum([x, y, 1.0]) * x.tanh()], [x, y])
    assert len(p) == 6 and p.flops == 2 + 1 + 1
    assert p.run([2.0, 3.0]) == [6.0 * math.tanh(2.0)]
    with pytest.raises(ValueError, match="takes 2 numbers, and was given 1"):
        p.run([1.0])


def test_pickles_run_in_another_process() -> None:
    fast = autograd.compile(
        autograd.hessian(lambda x: loss([x, 0.1], 2.0) + autograd.softmax([x, 1.0])[0] + (x * 3).floor() * x)
    )
    want = fast(0.7)
    p = fast.programs[0]
    assert pickle.loads(pickle.dumps(p)) == p
    code = "import pickle, sys; print(repr(pickle.load(sys.stdin.buffer).run([0.7])))"
    done = subprocess.run([sys.executable, "-c", code], input=pickle.dumps(p), capture_output=True, check=True)
    assert eval(done.stdout) == [want]


def test_a_graph_may_end_in_leaves_and_repeated_outputs() -> None:
    x = autograd.Value(2.0, label="x")
    w = autograd.Value(5.0, label="w")
    p = Program.from_graph([x, w, x * w, x], [x])
    verify(p)
    assert p.run([3.0]) == [3.0, 5.0, 15.0, 3.0] and p.instructions[1].label == "w"
    assert Program.from_graph([], []).run([]) == []
    zeros = Program.from_graph([x * 0.0, x * -0.0], [x])
    assert [bits(y) for y in zeros.run([3.0])] == [bits(0.0), bits(-0.0)]


def test_a_program_of_a_hundred_thousand_instructions() -> None:
    """No recursion, and nothing that grows with the square."""

    def f(x: Any) -> Any:
        for _ in range(33_333):
            x = (x * 0.999 + 0.001).sin()
        return x

    fast = autograd.compile(f)
    fast(0.5)
    assert len(fast.programs[0]) > 99_000
    with_numbers = 0.25
    for _ in range(33_333):
        with_numbers = math.sin(with_numbers * 0.999 + 0.001)
    assert fast(0.25) == with_numbers
    assert replace(fast.programs[0], outputs=()).flops == fast.programs[0].flops


def test_counts_and_summary() -> None:
    v = [autograd.Value(float(i)) for i in range(3)]
    p = Program.from_graph([v[0] * v[1] + v[1] * v[2] + 1.0, v[2].exp()], v)
    assert list(p.counts.items()) == [("input", 3), ("mul", 2), ("add", 2), ("constant", 1), ("exp", 1)]
    assert sum(p.counts.values()) == len(p)
    assert p.summary == "9 instructions, 5 flops" and repr(p) == f"<Program: {p.summary}>"
    assert Program([X], 1, (0,), (Guard("<", 0, 0, False),)).summary == "1 instruction, 0 flops, 1 guard"


def test_the_summary_of_a_large_program_has_its_thousands_apart() -> None:
    p = program(X, *(instruction("sin", (i,)) for i in range(1000)))
    assert p.summary == "1,001 instructions, 1,000 flops"


# ------------------------------------------------------------------------------------------------ last uses


@given(uses=st.lists(st.lists(st.integers(0, 9), max_size=4), max_size=25), kept=st.lists(st.integers(0, 9), max_size=3))
def test_last_uses_are_those_that_nothing_uses_later(uses: list[list[int]], kept: list[int]) -> None:
    for at, ending in enumerate(last_uses(uses, kept)):
        later = {k for registers in uses[at + 1 :] for k in registers} | set(kept)
        assert sorted(ending) == sorted(set(uses[at]) - later)


def test_the_result_of_a_program_is_the_functions_with_registers_for_numbers() -> None:
    Pair = namedtuple("Pair", ["left", "right"])  # a class that no pickle finds

    def f(x: Any, rows: Any) -> Any:
        return {"sum": x + rows[0], "pair": Pair(x * 2.0, [x]), "rows": rows * x, "none": 3.0}

    compiled = autograd.compile(f)
    want = compiled(2.0, np.array([1.0, 5.0]))
    (recorded,) = compiled.programs
    for p in (recorded, recorded.expanded()):
        numbers, result = p.registers_at([2.0, 1.0, 5.0]), p.result
        assert list(result) == ["sum", "pair", "rows", "none"] and type(result["pair"]) is Pair
        assert numbers[result["sum"]] == want["sum"] and numbers[result["none"]] == 3.0
        assert (numbers[result["pair"].left], [numbers[k] for k in result["pair"].right]) == want["pair"]
        assert result["rows"].dtype == int and [numbers[k] for k in result["rows"]] == want["rows"].tolist()
    again = pickle.loads(pickle.dumps(recorded))
    assert again == recorded and again.result == list(recorded.outputs)


def test_an_output_without_anything_around_it_is_its_register() -> None:
    compiled = autograd.compile(lambda x: x * x)
    compiled(3.0)
    assert compiled.programs[0].result == 1
    assert [(op, op.kind) for op in compiled.programs[0].operations] == [("input", "input"), ("mul", "primitive")]


def test_a_guard_has_the_line_of_the_first_branch_of_its_kind() -> None:
    def f(x: Any) -> Any:
        y = x * 2.0 if x < 1.0 else x
        return y if x < 1.0 else x * (2.0 if y < 9.0 else 3.0)

    compiled = autograd.compile(f)
    line = f.__code__.co_firstlineno
    for x in (0.5, 1.5):
        compiled(x)
    below, above = [[(g.relation, g.outcome, g.origin) for g in p.guards] for p in compiled.programs]
    assert below == [("<", True, (__file__, line + 1))]
    assert above == [("<", False, (__file__, line + 1)), ("<", True, (__file__, line + 2))]
    assert re.search(rf"^guard: r0 < r\d was False +{re.escape(__file__)}:{line + 1}$", str(compiled.programs[1]), re.MULTILINE)


def test_programs_have_a_hash(tmp_path: Any) -> None:
    """As equal things have to, of whatever sort their instructions are kept."""
    fast = autograd.compile(lambda x: x * 2.0 + 1.0)
    fast(1.0)
    (program,) = fast.programs
    program.save(tmp_path / "program.jsonl")
    loaded = Program.load(tmp_path / "program.jsonl")
    assert hash(program) == hash(fast.programs[0]) and len({program, fast.programs[0]}) == 1
    assert len({loaded, Program.load(tmp_path / "program.jsonl")}) == 1
