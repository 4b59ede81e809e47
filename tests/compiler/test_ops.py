"""Ops: one object for each, what its name says, and what it takes and gives."""

import copy
import math
import pickle

import pytest
from rows import NAMES, bits, row_of

import autograd
from autograd.compiler.ops import CONSTANT, FLATS, INPUT, SELECTS, Op
from autograd.engine.primitives import PRIMITIVES

SLOPES = [f"slope {name} {i}" for name in NAMES for i in range(row_of(autograd, name).arity or 2)]
WHOLE = {"softmax": 3, "log_softmax": 3}
"""Which of four operands is a whole number."""
EVERY = [INPUT, CONSTANT, *SELECTS.values(), *FLATS.values(), *map(Op.named, NAMES), *map(Op.named, SLOPES)]


@pytest.mark.parametrize("op", EVERY)
def test_there_is_one_object_for_each_op(op: Op) -> None:
    assert Op.named(str(op)) is op
    assert pickle.loads(pickle.dumps(op)) is op and copy.deepcopy(op) is op
    assert type(str(op)) is str and repr(op) == repr(str(op))


def test_a_name_says_what_an_op_is() -> None:
    slope = Op.named("slope maximum 1")
    assert (slope.kind, slope.primitive, slope.operand, slope.arity) == ("slope", row_of(autograd, "maximum"), 1, 3)
    assert slope is Op.slope(Op.named("maximum"), 1) and Op.named("tanh") is Op.of(row_of(autograd, "tanh"))
    assert (Op.named("select <=").relation, Op.named("flat //").step) == ("<=", "//")
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'kind'"):
        Op("tanh")  # type: ignore[call-arg]


@pytest.mark.parametrize("op", [op for op in EVERY if not op.misfit(4) or op.arity])
def test_the_sign_of_a_nan_is_seen_by_none(op: Op) -> None:
    """The processor chooses it for a NaN that was computed: another in each build, and in what the passes leave."""
    count = op.arity or 4
    for place in range(count):
        plus, minus = ([*[1.0] * place, nan, *[1.0] * (count - place - 1)] for nan in (math.nan, -math.nan))
        if WHOLE.get(op.removeprefix("slope ").partition(" ")[0]) != place + op.startswith("slope "):
            assert bits(op.evaluate(minus)) == bits(op.evaluate(plus))


def test_names_add_no_rows_to_the_table() -> None:
    """Only a trace, which makes nodes, has rows for slopes, choices and steps."""
    before = len(PRIMITIVES)
    op = Op.named("slope prod 12345")
    assert op.misfit(12346) == "slope prod 12345 takes the operands of prod, more than 12345, and what it gave"
    assert not op.misfit(12347) and len(PRIMITIVES) == before
    assert op.row.name == op and len(PRIMITIVES) == before + 1
    assert Op.of(op.row) is op and op.row is PRIMITIVES[before]


def test_a_primitive_that_is_defined_again_is_another_op() -> None:
    first = autograd.primitive("halved_anew", lambda x: x / 2, lambda x, out: 0.5)
    fast = autograd.compile(lambda x: first(x))
    assert fast(3.0) == 1.5
    second = autograd.primitive("halved_anew", lambda x: x / 4, lambda x, out: 0.25)
    again = autograd.compile(lambda x: second(x))
    assert (fast(3.0), again(3.0)) == (1.5, 0.75)
    (old,), (new,) = fast.programs, again.programs
    assert (old.instructions[-1].op, new.instructions[-1].op) == ("halved_anew", "halved_anew#2")
    assert Op.named("halved_anew").evaluate([3.0]) == 1.5 and Op.named("halved_anew#2").evaluate([3.0]) == 0.75


@pytest.mark.parametrize(
    ("name", "operands", "flops"),
    [
        ("input", 0, 0),
        ("constant", 0, 0),
        ("add", 2, 1),
        ("exp", 1, 1),
        ("fsum", 5, 4),
        ("max", 1, 1),
        ("select <", 4, 1),
        ("flat floor", 1, 1),
        ("slope tanh 0", 2, 1),
        ("slope prod 0", 5, 1),
    ],
)
def test_flops(name: str, operands: int, flops: int) -> None:
    assert Op.named(name).flops(operands) == flops


def test_what_jumps() -> None:
    jumping = ["select <", "flat floor", "slope relu 0", "slope max 0", "slope softmax 0", "remainder", "fmod"]
    smooth = ["input", "constant", "relu", "max", "floor", "slope tanh 0", "slope dot 0", "slope prod 0", "slope logsumexp 0"]
    assert all(Op.named(name).jumps for name in jumping) and not any(Op.named(name).jumps for name in smooth)
    own = autograd.primitive("steep", lambda x: x, lambda x, out: 1.0)
    own(autograd.Value(1.0))
    assert Op.named("slope steep 0").jumps, "what the rule of a primitive of your own does is not known"


@pytest.mark.parametrize("name", ["joint cumulant", "custom rule"])
def test_what_is_in_traces_alone_takes_what_it_gives(name: str) -> None:
    """Somebody's file may have it: with no operand there would be nothing to give."""
    op = Op.named(name)
    assert op.misfit(1) == "" and op.misfit(0) == f"{name} takes 1 operand, not 0"
    assert op.evaluate([3.0]) == 3.0


def test_rules_with_a_choice_of_operands_or_a_domain() -> None:
    assert math.isnan(Op.named("slope log 0").evaluate([-1.0, math.nan]))
    assert Op.named("flat round").evaluate([1.25, 1.0]) == 1.2 and Op.named("flat round").evaluate([2.5]) == 2.0
