"""Schedules that compose, plateaus of any sign, optimisers at the edges of their numbers; PyTorch's defaults, by its
documentation."""

import inspect
import itertools
import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value
from autograd.files import shortened


def optimizer(lr: float = 1.0) -> nn.Optimizer:
    return nn.SGD([Value(1.0)], lr=lr)


def rates(opt: nn.Optimizer, steps: int, *schedules: Any) -> list[float]:
    found = [opt.lr]
    for _ in range(steps):
        for schedule in schedules:
            schedule.step()
        found.append(opt.lr)
    return found


# ------------------------------------------------------------------------------------------------ plateaus


def plateau(losses: list[float], **settings: Any) -> list[float]:
    opt = optimizer()
    schedule = nn.ReduceLROnPlateau(opt, **({"factor": 0.5, "patience": 2} | settings))
    found = []
    for loss in losses:
        schedule.step(loss)
        found.append(opt.lr)
    return found


@pytest.mark.parametrize("level", [1.0, 0.0, -1.0, -1e6, -1e-12])
def test_a_loss_that_stays_reduces_the_rate(level: float) -> None:
    assert plateau([level] * 8) == [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25]


def test_losses_that_grow_worse_are_no_improvement() -> None:
    opt = optimizer()
    schedule = nn.ReduceLROnPlateau(opt, factor=0.5, patience=2)
    for k in range(8):
        schedule.step(-1.0 + 1e-5 * k)
    assert schedule.best == -1.0 and opt.lr == 0.25


@pytest.mark.parametrize("level", [100.0, 1.0, -1.0, -100.0])
@pytest.mark.parametrize("threshold", [1e-4, 0.1])
def test_a_fall_counts_above_the_threshold_alone(level: float, threshold: float) -> None:
    """By threshold * |best|, whatever the sign of best."""
    just, not_quite = level - 1.01 * threshold * abs(level), level - 0.99 * threshold * abs(level)
    assert plateau([level, *[just] * 3], threshold=threshold)[-1] == 1.0
    assert plateau([level, *[not_quite] * 3], threshold=threshold)[-1] == 0.5


def test_nan_and_infinite_losses_are_no_improvement() -> None:
    assert plateau([1.0, math.nan, math.nan, math.nan])[-1] == 0.5
    assert plateau([1.0, math.inf, math.inf, math.inf])[-1] == 0.5
    assert plateau([-math.inf] * 4)[-1] == 0.5


def test_modes_and_threshold_modes() -> None:
    assert plateau([0.5, 0.6, 0.7, 0.8, 0.9], mode="max")[-1] == 1.0
    assert plateau([0.9, 0.9, 0.9, 0.9], mode="max")[-1] == 0.5
    assert plateau([-1.0, -0.5, -0.2, -0.1], mode="max")[-1] == 1.0
    assert plateau([1.0, 0.95, 0.95, 0.95], threshold=0.1, threshold_mode="abs")[-1] == 0.5
    assert plateau([1.0, 0.85, 0.85, 0.85], threshold=0.1, threshold_mode="abs")[-1] == 1.0
    assert plateau([100.0, 99.0, 99.0, 99.0], threshold=0.1, threshold_mode="abs")[-1] == 1.0
    assert plateau([100.0, 99.0, 99.0, 99.0], threshold=0.1, threshold_mode="rel")[-1] == 0.5
    for wrong in ({"mode": "least"}, {"threshold_mode": "relative"}):
        with pytest.raises(ValueError, match=r"least|relative"):
            plateau([1.0], **wrong)


# ------------------------------------------------------------------------------------------------ several on one optimiser

MADE: dict[str, tuple[Callable[[nn.Optimizer], Any], Callable[[int], float]]] = {
    "LinearLR": (lambda o: nn.LinearLR(o, 0.1, total_iters=3), lambda t: 0.1 + 0.3 * min(t, 3)),
    "CosineAnnealingLR": (lambda o: nn.CosineAnnealingLR(o, 10), lambda t: (1.0 + math.cos(math.pi * t / 10)) / 2),
    "StepLR": (lambda o: nn.StepLR(o, 2, 0.5), lambda t: 0.5 ** (t // 2)),
    "ExponentialLR": (lambda o: nn.ExponentialLR(o, 0.9), lambda t: 0.9**t),
}


@pytest.mark.parametrize(("one", "other"), [*itertools.permutations(MADE, 2)])
def test_two_schedules_multiply(one: str, other: str) -> None:
    opt = optimizer()
    first, second = MADE[one][0](opt), MADE[other][0](opt)
    want = [MADE[one][1](t) * MADE[other][1](t) for t in range(8)]
    assert rates(opt, 7, first, second) == pytest.approx(want, rel=1e-12)


def test_a_warm_up_and_a_cosine() -> None:
    opt = optimizer()
    schedules = nn.LinearLR(opt, 0.1, total_iters=3), nn.CosineAnnealingLR(opt, 10)
    assert rates(opt, 3, *schedules) == pytest.approx([0.1, 0.390211, 0.633156, 0.793893], rel=1e-5)


def test_three_at_once() -> None:
    opt = optimizer(2.0)
    schedules = [MADE[name][0](opt) for name in ("LinearLR", "StepLR", "ExponentialLR")]
    want = [2.0 * math.prod(MADE[name][1](t) for name in ("LinearLR", "StepLR", "ExponentialLR")) for t in range(6)]
    assert rates(opt, 5, *schedules) == pytest.approx(want, rel=1e-12)


def test_a_plateau_beside_a_schedule() -> None:
    """What the plateau took off stays off when the other goes on."""
    opt = optimizer()
    step, plateau = nn.StepLR(opt, 3, 0.5), nn.ReduceLROnPlateau(opt, factor=0.1, patience=0)
    plateau.step(1.0)
    plateau.step(1.0)
    assert opt.lr == pytest.approx(0.1)
    found = rates(opt, 3, step)
    assert found[-1] == pytest.approx(0.05)


def test_sequential() -> None:
    """PyTorch's SequentialLR(optimizer, schedulers, milestones): one after the other, each counting its own steps."""
    opt = optimizer()
    schedule = nn.SequentialLR(opt, [nn.LinearLR(opt, 0.1, total_iters=3), nn.ExponentialLR(opt, 0.9)], milestones=[3])
    want = [0.1, 0.4, 0.7, 1.0, 0.9, 0.81, 0.729]
    assert rates(opt, 6, schedule) == pytest.approx(want, rel=1e-12)
    for wrong in ([], [3, 2], [1, 2, 3]):
        other = optimizer()
        with pytest.raises(ValueError, match="milestone"):
            nn.SequentialLR(other, [nn.ExponentialLR(other, 0.9), nn.ExponentialLR(other, 0.8)], milestones=wrong)


def test_chained() -> None:
    opt = optimizer()
    schedule = nn.ChainedScheduler([nn.LinearLR(opt, 0.1, total_iters=3), nn.ExponentialLR(opt, 0.9)])
    want = [MADE["LinearLR"][1](t) * 0.9**t for t in range(6)]
    assert rates(opt, 5, schedule) == pytest.approx(want, rel=1e-12)


def test_fit_takes_a_composed_schedule_and_resumes_it(tmp_path: Any) -> None:
    rows, targets = [[0.1], [0.5], [-1.0], [2.0]], [0.2, 1.0, -2.0, 4.0]

    def made() -> tuple[Any, dict[str, Any]]:
        model = nn.Neuron(1, "linear", rng=0)
        opt = nn.SGD(model.parameters(), lr=0.1)
        schedule = nn.ChainedScheduler([nn.LinearLR(opt, 0.1, total_iters=3), nn.ExponentialLR(opt, 0.9)])
        return model, {"optimizer": opt, "schedule": schedule, "progress": False}

    whole, how = made()
    nn.fit(whole, rows, targets, epochs=6, **how)
    model, how = made()
    nn.fit(model, rows, targets, epochs=3, callbacks=[nn.Checkpoint(tmp_path / "c")], **how)
    model, how = made()
    nn.fit(model, rows, targets, epochs=6, callbacks=[nn.Checkpoint(tmp_path / "c")], resume=tmp_path / "c", **how)
    assert [p.data for p in model.parameters()] == [p.data for p in whole.parameters()]


def test_a_schedule_made_after_the_rate_was_set_by_hand_starts_from_there() -> None:
    """And the one before it, which does not count any more, is not stepped without a word."""
    opt = optimizer()
    first = nn.StepLR(opt, 1, 0.5)
    first.step()
    opt.lr = 8.0
    assert rates(opt, 2, nn.StepLR(opt, 1, 0.5)) == [8.0, 4.0, 2.0]
    with pytest.raises(ValueError, match="by hand"):
        first.step()


def test_a_schedule_that_could_not_be_made_leaves_no_trace() -> None:
    opt = optimizer()
    first = nn.StepLR(opt, 1, 0.5)
    for wrong in (lambda: nn.StepLR(opt, 0), lambda: nn.SequentialLR(opt, [first], [3]), lambda: nn.ExponentialLR(opt, -1.0)):
        with pytest.raises(ValueError, match=r"step_size|milestone|gamma"):
            wrong()
    assert rates(opt, 2, first) == [1.0, 0.5, 0.25]


class Halving(nn.Schedule):
    """As the documentation has it: without start()."""

    def rate(self, t: int) -> float:
        return self.base_lr / 2**t


def test_schedules_of_one_s_own_multiply_too() -> None:
    opt = optimizer()
    assert rates(opt, 2, Halving(opt), nn.ExponentialLR(opt, 0.1)) == pytest.approx([1.0, 0.05, 0.0025], rel=1e-12)
    opt = optimizer()
    halving, step = Halving(opt), nn.StepLR(opt, 1, 0.1)
    step.step()
    assert opt.lr == pytest.approx(0.1, rel=1e-12)
    halving.step()
    assert opt.lr == pytest.approx(0.05, rel=1e-12)


def test_compositions_of_compositions_and_their_states() -> None:
    def made() -> tuple[nn.Optimizer, Any]:
        opt = optimizer()
        parts = [nn.LinearLR(opt, 0.1, total_iters=3), nn.ExponentialLR(opt, 0.9)]
        return opt, nn.ChainedScheduler([nn.SequentialLR(opt, parts, [3]), nn.StepLR(opt, 2, 0.5)])

    opt, schedule = made()
    want = [(0.1 + 0.3 * min(t, 3)) * 0.9 ** max(0, t - 3) * 0.5 ** (t // 2) for t in range(8)]
    assert rates(opt, 7, schedule) == pytest.approx(want, rel=1e-12)
    other, second = made()
    second.load_state_dict(schedule.state_dict())
    assert other.lr == opt.lr and rates(other, 3, second) == rates(opt, 3, schedule)
    state = schedule.state_dict()
    state["schedules"][0]["schedules"][1]["gamma"] = -1.0
    before = second.state_dict()
    with pytest.raises(ValueError, match="gamma"):
        second.load_state_dict(state)
    assert second.state_dict() == before


def test_what_is_no_part_of_a_composition() -> None:
    opt = optimizer()
    with pytest.raises(TypeError, match="needs a loss"):
        nn.ChainedScheduler([nn.StepLR(opt, 2), nn.ReduceLROnPlateau(opt)])
    with pytest.raises(ValueError, match="another optimizer"):
        nn.ChainedScheduler([nn.StepLR(opt, 2), nn.StepLR(optimizer(), 2)])
    with pytest.raises(ValueError, match="one schedule or more"):
        nn.ChainedScheduler([])
    twice = nn.StepLR(opt, 2)
    with pytest.raises(ValueError, match="each given once"):
        nn.ChainedScheduler([twice, twice])
    part = nn.StepLR(opt, 2)
    nn.ChainedScheduler([part])
    with pytest.raises(ValueError, match="part of another"):
        part.step()
    stepped = nn.StepLR(optimizer(), 2)
    stepped.step()
    with pytest.raises(ValueError, match="stepped already"):
        nn.ChainedScheduler([stepped])


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("optimizer_first", [True, False])
def test_states_loaded_in_any_order_give_the_same_rate(name: str, optimizer_first: bool) -> None:
    opt = optimizer(0.3)
    schedule = MADE[name][0](opt)
    rates(opt, 4, schedule)
    states = opt.state_dict(), schedule.state_dict()
    other = optimizer(0.3)
    second = MADE[name][0](other)
    for part, state in [(other, states[0]), (second, states[1])][:: 1 if optimizer_first else -1]:
        part.load_state_dict(state)
    assert other.lr == opt.lr
    assert rates(other, 4, second) == rates(opt, 4, schedule)


def test_a_rate_set_by_hand_is_in_the_states() -> None:
    """Under a schedule it stays until the next step, also over a checkpoint, in whatever order that is loaded."""
    for optimizer_first in (True, False):
        opt, other = optimizer(), optimizer()
        schedule, second = nn.StepLR(opt, 4), nn.StepLR(other, 4)
        schedule.step()
        opt.lr = 0.7
        for part, state in [(other, opt.state_dict()), (second, schedule.state_dict())][:: 1 if optimizer_first else -1]:
            part.load_state_dict(state)
        assert other.lr == 0.7


@pytest.mark.parametrize("name", MADE)
def test_a_schedule_s_state_alone_sets_the_rate(name: str) -> None:
    """As after a checkpoint whose optimiser is made anew: the rate is the schedule's at once."""
    opt = optimizer(0.3)
    schedule = MADE[name][0](opt)
    rates(opt, 4, schedule)
    other = optimizer(0.3)
    second = MADE[name][0](other)
    second.load_state_dict(schedule.state_dict())
    assert other.lr == opt.lr


# ------------------------------------------------------------------------------------------------ optimisers

EDGES: dict[str, Callable[[list[Value]], nn.Optimizer]] = {
    "Adam": lambda ps: nn.Adam(ps, eps=0.0),
    "AdamW": lambda ps: nn.AdamW(ps, eps=0.0, weight_decay=0.0),
    "RMSprop": lambda ps: nn.RMSprop(ps, eps=0.0),
    "RMSprop, centered": lambda ps: nn.RMSprop(ps, eps=0.0, centered=True),
    "Adagrad": lambda ps: nn.Adagrad(ps, eps=0.0),
}


@pytest.mark.parametrize("name", EDGES)
@pytest.mark.parametrize("grads", [[0.0, 0.0], [0.0, 1.0], [1e-300, 0.0], [-0.0, 1e200]], ids=str)
def test_eps_0_and_a_gradient_of_0(name: str, grads: list[float]) -> None:
    """Where nothing was ever seen there is nothing to move by: 0 / 0 is no error, and arrays do as the numbers do."""
    ps = [Value(1.0), Value(2.0)]
    opt, arrays = EDGES[name](ps), EDGES[name]([Value(1.0), Value(2.0)])
    arrays.to_arrays()
    data = np.array([1.0, 2.0])
    for _ in range(3):
        for p, grad in zip(ps, grads, strict=True):
            p.grad = grad
        opt.step()
        with np.errstate(all="ignore"):
            data = arrays.step_array(data, np.array(grads))
        assert [repr(p.data) for p in ps] == [repr(x) for x in data.tolist()]
    for p, grad, start in zip(ps, grads, (1.0, 2.0), strict=True):
        assert math.isnan(p.data) or grad or p.data == start


PYTORCH: dict[str, dict[str, Any]] = {
    "SGD": {"lr": 1e-3, "momentum": 0.0, "weight_decay": 0.0, "nesterov": False},
    "Adam": {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0},
    "AdamW": {"lr": 1e-3, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 1e-2},
    "RMSprop": {"lr": 1e-2, "alpha": 0.99, "eps": 1e-8, "weight_decay": 0.0, "momentum": 0.0, "centered": False},
    "Adagrad": {"lr": 1e-2, "lr_decay": 0.0, "weight_decay": 0.0, "initial_accumulator_value": 0.0, "eps": 1e-10},
    "StepLR": {"gamma": 0.1},
    "LinearLR": {"start_factor": 1.0 / 3.0, "end_factor": 1.0, "total_iters": 5},
    "CosineAnnealingLR": {"eta_min": 0.0},
    "ReduceLROnPlateau": {"factor": 0.1, "patience": 10, "threshold": 1e-4, "cooldown": 0, "min_lr": 0.0},
    "huber_loss": {"delta": 1.0, "reduction": "mean"},
    "cross_entropy": {"label_smoothing": 0.0, "reduction": "mean", "weight": None},
    "Dropout": {"p": 0.5},
}


@pytest.mark.parametrize("reduced", [-0.5, math.nan, math.inf])
def test_what_a_plateau_has_reduced_the_rate_by_is_a_number(reduced: float) -> None:
    schedule = nn.ReduceLROnPlateau(optimizer())
    with pytest.raises(ValueError, match="reduced is a finite number of at least 0, and this is"):
        schedule.load_state_dict(schedule.state_dict() | {"reduced": reduced})
    assert schedule.reduced == 1.0


@pytest.mark.parametrize("name", PYTORCH)
def test_defaults_are_pytorch_s(name: str) -> None:
    parameters = inspect.signature(getattr(nn, name)).parameters
    assert {key: parameters[key].default for key in PYTORCH[name]} == PYTORCH[name]


def test_defaults_in_the_numbers_of_a_step() -> None:
    """One step of each from 1.0 with gradient 0.5, by hand."""
    want = {
        "SGD": 1.0 - 1e-3 * 0.5,
        "Adam": 1.0 - 1e-3 * 0.5 / (0.5 + 1e-8),
        "AdamW": 1.0 - 1e-3 * 1e-2 - 1e-3 * 0.5 / (0.5 + 1e-8),
        "RMSprop": 1.0 - 1e-2 * 0.5 / (math.sqrt(0.01 * 0.25) + 1e-8),
        "Adagrad": 1.0 - 1e-2 * 0.5 / (0.5 + 1e-10),
    }
    for name, after in want.items():
        p = Value(1.0)
        p.grad = 0.5
        getattr(nn, name)([p]).step()
        assert p.data == pytest.approx(after, rel=1e-12), name


def test_clipping_counts_a_parameter_once() -> None:
    p, q = Value(0.0), Value(0.0)
    p.grad, q.grad = 3.0, 4.0
    assert nn.clip_grad_norm_([p, q, p, p, q], 1.0) == 5.0
    assert (p.grad, q.grad) == pytest.approx((0.6, 0.8), rel=1e-5)
    p.grad = 3.0
    nn.clip_grad_value_([p, p], 2.0)
    assert p.grad == 2.0


@pytest.mark.parametrize("compiled", [True, False])
def test_clipping_of_gradients_beyond_the_root_of_the_largest_float(compiled: bool) -> None:
    """A norm is taken without squares that overflow, and without those that vanish."""
    ps = [Value(0.0), Value(0.0)]
    for size in (1e200, 1e-200):
        ps[0].grad, ps[1].grad = 3.0 * size, 4.0 * size
        assert nn.clip_grad_norm_(ps, 1.0) == pytest.approx(5.0 * size, rel=1e-15, abs=0.0)
        assert ps[1].grad == pytest.approx(0.8 if size > 1.0 else 4.0 * size, rel=1e-6, abs=0.0)
    model = nn.Neuron(2, "linear", rng=0)
    for p in model.parameters():
        p.data = 0.0
    nn.fit(
        model,
        [[3e100, 4e100]],
        [-1e100],
        loss=nn.mse_loss,
        optimizer=lambda ps: nn.SGD(ps, lr=1.0),
        epochs=1,
        clip_norm=1.0,
        progress=False,
        compile=compiled,
    )
    assert [p.data for p in model.parameters()] == pytest.approx([-0.6, -0.8, 0.0], rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("compiled", [True, False])
def test_parameters_replaced_under_an_optimiser(compiled: bool) -> None:
    """A weight that is another Value than the optimiser was given is not stepped: as given, it stays."""
    rows, targets = [[1.0, 2.0], [2.0, -1.0], [0.5, 0.5]], [1.0, 0.0, 2.0]
    model = nn.Neuron(2, "linear", rng=0)
    opt = nn.SGD(model.parameters(), lr=0.1)
    old = model.weights[0]
    model.weights[0] = Value(5.0)
    kept, before = old.data, model.weights[1].data
    nn.fit(model, rows, targets, optimizer=opt, epochs=2, batch_size=None, progress=False, compile=compiled)
    assert model.weights[0].data == 5.0 and old.data == kept and model.weights[1].data != before
    for p in model.parameters():
        replace = Value(p.data)
        model.weights = [replace if w is p else w for w in model.weights]
        model.bias = replace if model.bias is p else model.bias
    with pytest.raises(ValueError, match="none of this model's parameters"):
        nn.fit(model, rows, targets, optimizer=opt, epochs=1, progress=False, compile=compiled)


HOSTILE = [
    "x",
    [],
    {},
    [1.0],
    math.nan,
    -1,
    10**400,
    -1.5,
    "1.0",
    [[1.0]],
    ["a"],
    [None],
    [10**400],
    [math.nan],
    True,
    -math.inf,
]


@pytest.mark.parametrize("kind", ["SGD", "Adam", "RMSprop", "Adagrad", "StepLR", "ReduceLROnPlateau"])
def test_hostile_states_are_refused_or_harmless(kind: str) -> None:
    """ValueError, and nothing changed; or the state is taken, and a step gives numbers and no error."""
    wrong = []
    for name, thing in itertools.product(_fresh(kind)[1].state_dict(), HOSTILE):
        opt, part = _fresh(kind)
        before = part.state_dict()
        try:
            part.load_state_dict(before | {name: thing})
        except ValueError:
            assert part.state_dict() == before
            continue
        except Exception as problem:
            wrong.append(f"{name}={shortened(thing)}: load {problem!r}")
            continue
        try:
            for p in opt.parameters:
                p.grad = 0.5
            opt.step()
            if part is not opt:
                part.step(*([1.0] if kind == "ReduceLROnPlateau" else []))
            assert all(isinstance(p.data, float) for p in opt.parameters) and isinstance(opt.lr, float | int)
        except Exception as problem:
            wrong.append(f"{name}={shortened(thing)}: step {problem!r}")
    assert not wrong, "\n".join(wrong)


def _fresh(kind: str) -> tuple[nn.Optimizer, Any]:
    opt = nn.SGD([Value(1.0), Value(2.0)], momentum=0.9)
    if kind.endswith("LR") or kind.endswith("Plateau"):
        return opt, nn.StepLR(opt, 2) if kind == "StepLR" else nn.ReduceLROnPlateau(opt)
    made = opt if kind == "SGD" else getattr(nn, kind)([Value(1.0), Value(2.0)])
    return made, made


def test_a_step_over_arrays_is_that_over_numbers() -> None:
    generator = random.Random(0)
    for name in ("SGD", "Adam", "AdamW", "RMSprop", "Adagrad"):
        ps = [Value(generator.gauss(0.0, 1.0)) for _ in range(5)]
        opt, arrays = getattr(nn, name)(ps), getattr(nn, name)([Value(p.data) for p in ps])
        data = np.array([p.data for p in ps])
        arrays.to_arrays()
        for _ in range(20):
            grads = [generator.gauss(0.0, 10.0 ** generator.randint(-5, 5)) for _ in ps]
            for p, grad in zip(ps, grads, strict=True):
                p.grad = grad
            opt.step()
            data = arrays.step_array(data, np.array(grads))
            assert data.tolist() == [p.data for p in ps], name
