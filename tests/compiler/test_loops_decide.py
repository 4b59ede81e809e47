"""What of a loop must be exact over rows, for a number of it decides something: that, and nothing else."""

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from autograd import compile, scan, sigmoid, tanh, value_and_grad, where
from autograd.compiler.deciding import deciding
from autograd.compiler.loops import Loop

STARTS = np.random.default_rng(0).normal(size=512)


def starts_for(ag: ModuleType) -> Any:
    """Few for the plain build, which takes a hundred times as long, and has no rules for rows that are less exact."""
    return STARTS if ag.build == "compiled" else STARTS[:32]


def loops_of(program: Any) -> list[int]:
    return [i for i, instruction in enumerate(program.instructions) if isinstance(instruction.op, Loop)]


def asked_later(ag: ModuleType, s: Any, limit: Any) -> Any:
    """A step asks of a state what steps before it made of the start."""

    def step(state: Any, _: Any) -> Any:
        return ag.tanh(state), ag.where(state == limit, 1.0, 0.0)

    return ag.scan(step, s, 3)[1][2]


def asked_of_what_was_kept(ag: ModuleType, s: Any, limit: Any) -> Any:
    """The way back asks, of a state that was kept: 1.0 where it is the limit to the last bit."""

    def step(state: Any, _: Any) -> Any:
        return ag.tanh(state), ag.where(state == limit, state, 0.5 * state)

    return ag.scan(step, s, 3)[1][2]


def asked_afterwards(ag: ModuleType, s: Any, limit: Any) -> Any:
    """What the loop gives is asked when it is done."""
    last, ys = ag.scan(lambda state, _: (ag.tanh(state), ag.sigmoid(state)), s, 2)
    return ag.where(last == limit, 1.0, 0.0) + 0.0 * ys[0]


def asked_through_another_loop(ag: ModuleType, s: Any, limit: Any) -> Any:
    """A loop is given what another gave in each step, and asks of that."""
    _, ys = ag.scan(lambda state, _: (ag.tanh(state), ag.tanh(state)), s, 2)
    return ag.scan(lambda total, y: (total + ag.where(y == limit, 1.0, 0.0), None), 0.0, ys)[0]


@pytest.mark.parametrize("f", [asked_later, asked_afterwards, asked_through_another_loop])
def test_what_a_question_hangs_on_is_exact_over_rows_however_many_steps_lie_between(ag: ModuleType, f: Any) -> None:
    starts = starts_for(ag)
    limits = [ag.tanh(ag.tanh(s)) for s in starts.tolist()]
    asked = ag.compile(lambda s, limit: f(ag, s, limit), in_axes=(0, 0))
    assert asked(starts, limits).tolist() == [1.0] * len(starts)


def test_what_the_way_back_asks_is_exact_over_rows(ag: ModuleType) -> None:
    starts = starts_for(ag)
    limits = [ag.tanh(ag.tanh(s)) for s in starts.tolist()]
    slope = ag.grad(lambda s, limit: asked_of_what_was_kept(ag, s, limit))
    found = ag.compile(slope, in_axes=(0, 0))(starts, limits)
    np.testing.assert_allclose(found, [slope(s, limit) for s, limit in zip(starts.tolist(), limits, strict=True)], rtol=1e-12)


def test_a_step_that_asks_nothing_of_what_it_computes_is_exact_nowhere() -> None:
    """The way back is told by masks in which steps there is an adjoint. That asks nothing of what the loop computes."""

    def f(w: Any, xs: Any) -> Any:
        (_, c), _ = scan(lambda s, x: ((sigmoid(w[0] * x + s[0]) * tanh(s[1]), w[1] * s[1] + s[0]), None), (0.0, 0.0), list(xs))
        return c

    fast = compile(value_and_grad(f), in_axes=(None, 0), reduce="mean")
    fast([0.5, 0.3], np.random.default_rng(1).normal(size=(64, 10)))
    (program,) = fast.programs
    forward, back = loops_of(program)
    assert "select ==" in {instruction.op for instruction in program.instructions[back].op.body.instructions}  # by a mask
    assert not deciding(program).get(forward) and not deciding(program).get(back)


def test_of_a_loop_that_is_asked_something_that_alone_is_exact() -> None:
    def f(s: Any) -> Any:
        (_, b), _ = scan(lambda state, _: ((tanh(state[0]), tanh(state[1])), None), (s, 2.0 * s), 5)
        return where(b > 0.1, b, s)

    fast = compile(f, in_axes=0)
    fast(STARTS)
    (program,) = fast.programs
    (loop,) = loops_of(program)
    assert deciding(program)[loop] == {1}


def test_each_number_of_a_block_is_told_from_its_output() -> None:
    """The last state, then the ys of each step, then what is kept of each."""
    fast = compile(
        value_and_grad(lambda w: sum(scan(lambda s, _: ((tanh(s[0] * w), s[1] + s[0]), (s[0], s[1])), (w, w), 3)[1][0]))
    )
    fast(0.5)
    (program,) = fast.programs
    loop: Any = program.instructions[loops_of(program)[0]].op
    states, ys, kept = [0, 1], [2, 3], [*range(4, 4 + loop.kept)]
    assert loop.kept and len(loop.body.outputs) == 4 + loop.kept
    assert [k for number in range(loop.size) for k in loop.outputs_at(number)] == states + 3 * ys + 3 * kept
