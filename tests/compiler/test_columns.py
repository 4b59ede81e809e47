"""Instructions as columns: a sequence like the list of them."""

import copy
import gc
import pickle
import random

import pytest

from autograd import Value, compile, value_and_grad
from autograd.compiler.columns import Columns, columns_of
from autograd.compiler.instructions import Instruction
from autograd.compiler.ops import CONSTANT, INPUT, Op
from autograd.compiler.passes import optimised
from autograd.compiler.program import Program
from autograd.compiler.running import NATIVE

WRITTEN = [
    Instruction(INPUT, (), label="x"),
    Instruction(CONSTANT, (), -0.0),
    Instruction(Op.named("add"), (0, 1), origin=("model.py", 3)),
    Instruction(Op.named("max"), (0, 1, 2, 0), label="top", origin=("model.py", 3)),
    Instruction(Op.named("slope tanh 0"), (3, 2), origin=("model.py", 4)),
]


def test_columns_are_the_sequence_they_were_made_of() -> None:
    found = columns_of(WRITTEN)
    assert [*found] == WRITTEN and found == WRITTEN and len(found) == 5
    assert [found[k] for k in range(-5, 5)] == WRITTEN * 2
    assert found[1:-1] == WRITTEN[1:-1] and found[::-2] == WRITTEN[::-2]
    assert str(found[1].number) == "-0.0" and found[2].op is Op.named("add")
    assert found != WRITTEN[:-1] and found != [*WRITTEN[:-1], WRITTEN[0]] and found != 5
    for i in (5, -6):
        with pytest.raises(IndexError):
            found[i]


def test_columns_are_copied_and_pickled() -> None:
    found = columns_of(WRITTEN)
    for again in (pickle.loads(pickle.dumps(found)), copy.deepcopy(found)):
        assert isinstance(again, Columns) and again == found
        assert all(new.op is old.op for new, old in zip(again, found, strict=True))


def test_a_recorded_program_has_columns_and_one_written_as_a_list_goes_through_the_same_passes() -> None:
    x, y = Value(0.5, label="x"), Value(2.0, label="y")
    program = Program.from_graph([(x * y - y * x) / (x**2 + 1.0) + x * 1.0, -y.detach() * -1.0], [x, y])
    by_hand = Program([*program.instructions], program.inputs, program.outputs)
    assert isinstance(program.instructions, Columns) and isinstance(by_hand.instructions, list)
    assert by_hand == program
    assert str(Program.of(optimised(by_hand))) == str(Program.of(optimised(program)))


def test_a_recording_of_many_operations_makes_no_objects_for_each() -> None:
    """A tuple and its operands for each of 60,000 instructions were 20 MB, for Python's garbage collector to walk."""
    if not NATIVE:
        pytest.skip("without C, Values themselves are objects that it walks")

    def f(x: Value) -> Value:
        for _ in range(10_000):
            x = x * 1.0001 + 0.1 * x
        return x

    compile(value_and_grad(lambda x: x * x))(1.0)  # which imports what is needed
    fast = compile(value_and_grad(f))
    before = len(gc.get_objects())
    fast(1.0)
    assert len(fast.programs[0]) > 30_000
    assert len(gc.get_objects()) - before < 1_000


def test_equal_instructions_are_found_whatever_their_number() -> None:
    """As many as make the table of those met so far wrap around, and operands that are alike."""
    draw = random.Random(1)
    pairs = [(draw.randrange(30), draw.randrange(30)) for _ in range(2_000)]
    xs = [Value(float(i)) for i in range(30)]
    program = Program.of(optimised(Program.from_graph([xs[i] * xs[k] for i, k in pairs], xs)))
    assert len(program) == 30 + len(set(pairs))
