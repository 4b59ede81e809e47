"""Optimisers: PyTorch's update rules to 1e-12 over 50 steps (recorded by tools/torch_reference.py), and their errors."""

import functools
import importlib.util
import inspect
import json
import math

import numpy as np
import pytest
from builds import ROOT

import nn
from autograd import Value
from nn.optim import BY_NAME

RECORDED = json.loads((ROOT / "tests" / "data" / "torch_optim.json").read_text())
CASES = [(case["optimizer"], case["settings"], case["path"]) for case in RECORDED["optimizers"]]
EVERY = [nn.SGD, nn.Adagrad, nn.RMSprop, nn.Adam, nn.AdamW]


def gradient_of_the_record():
    spec = importlib.util.spec_from_file_location("torch_reference", ROOT / "tools" / "torch_reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.gradient


@pytest.mark.parametrize(("name", "settings", "path"), CASES, ids=lambda x: x if isinstance(x, str) else "")
def test_fifty_steps_agree_with_pytorch(name, settings, path):
    gradient = gradient_of_the_record()
    parameters = [Value(x) for x in RECORDED["start"]]
    optimizer = getattr(nn, name)(parameters, **settings)
    assert len(path) == 50
    for step, expected in enumerate(path):
        for p, g in zip(parameters, gradient([p.data for p in parameters], step), strict=True):
            p.grad = g
        optimizer.step()
        for p, x in zip(parameters, expected, strict=True):
            assert abs(p.data - x) <= 1e-12 * max(1.0, abs(x)), f"step {step + 1}"


@pytest.mark.parametrize(("name", "settings", "path"), CASES, ids=lambda x: x if isinstance(x, str) else "")
def test_all_parameters_at_once_step_as_one_by_one_to_the_bit(name, settings, path):
    gradient = gradient_of_the_record()
    parameters = [Value(x) for x in RECORDED["start"]]
    one_by_one = getattr(nn, name)(parameters, **settings)
    at_once = getattr(nn, name)(parameters, **settings)
    assert at_once.steps_arrays
    at_once.to_arrays()
    data = np.array(RECORDED["start"])
    for step in range(len(path)):
        slopes = gradient([p.data for p in parameters], step)
        for p, g in zip(parameters, slopes, strict=True):
            p.grad = g
        one_by_one.step()
        given = np.array(slopes)
        data = at_once.step_array(data, given)
        assert data.tolist() == [p.data for p in parameters]
        assert given.tolist() == slopes, "the caller's gradient was changed"
    at_once.to_lists()
    assert at_once.state_dict() == one_by_one.state_dict()
    at_once.to_lists()
    assert at_once.state_dict() == one_by_one.state_dict()


def test_the_square_root_of_a_rounding_error_is_no_number_and_no_error():
    assert math.isnan(nn.optim.root(-1e-300))
    optimizer = nn.RMSprop([Value(1.0)], centered=True)
    optimizer._means = [2.0]
    optimizer.step()
    assert math.isnan(optimizer.parameters[0].data)


def test_only_a_class_that_says_so_steps_arrays():
    class Slower(nn.SGD):
        def update(self, i, data, grad):
            return super().update(i, data, grad) / 2.0

    class Said(Slower):
        buffers = ("_velocity",)

        def update(self, i, data, grad):
            return super().update(i, data, grad)

    class Stepping(nn.SGD):
        def step(self):
            super().step()

    class Named(nn.Adam):
        pass

    assert [kind([Value(1.0)]).steps_arrays for kind in (Slower, Said, Stepping, Named)] == [False, True, False, True]


def test_clipping_the_norm_agrees_with_pytorch():
    record = RECORDED["clip_grad_norm_"]
    parameters = [Value(0.0) for _ in record["gradient"]]
    for p, g in zip(parameters, record["gradient"], strict=True):
        p.grad = g
    assert nn.clip_grad_norm_(parameters, record["max_norm"]) == record["norm"]
    assert [p.grad for p in parameters] == pytest.approx(record["clipped"], rel=1e-15)
    assert nn.clip_grad_norm_(parameters, 100.0) == pytest.approx(record["max_norm"], rel=1e-6)
    assert [p.grad for p in parameters] == pytest.approx(record["clipped"], rel=1e-15)


def test_clipping_values_leaves_nan_to_be_seen():
    parameters = [Value(0.0) for _ in range(4)]
    for p, g in zip(parameters, (-3.0, 0.5, 7.0, math.nan), strict=True):
        p.grad = g
    nn.clip_grad_value_(parameters, 1.0)
    assert [p.grad for p in parameters[:3]] == [-1.0, 0.5, 1.0]
    assert math.isnan(parameters[3].grad)


@pytest.mark.parametrize("optimizer", EVERY)
def test_a_parameter_given_twice_is_stepped_once(optimizer):
    once, twice = Value(1.0), Value(1.0)
    for p, parameters in ((once, [once]), (twice, [twice, twice])):
        stepper = optimizer(parameters, lr=0.1)
        p.grad = 2.0
        stepper.step()
        stepper.zero_grad()
        assert p.grad == 0.0
    assert once.data == twice.data != 1.0


@pytest.mark.parametrize("optimizer", EVERY)
@pytest.mark.parametrize("lr", [math.nan, math.inf, -0.1, "fast", None, True])
def test_a_learning_rate_that_is_none_is_refused(optimizer, lr):
    with pytest.raises(ValueError, match="learning rate lr is a finite number"):
        optimizer([Value(1.0)], lr=lr)


@pytest.mark.parametrize("optimizer", EVERY)
def test_parameters_are_asked_for(optimizer):
    with pytest.raises(ValueError, match="needs parameters"):
        optimizer([])
    with pytest.raises(TypeError, match=r"number 1 is 2\.0"):
        optimizer([Value(1.0), 2.0])
    with pytest.raises(TypeError, match=r"give model\.parameters\(\)"):
        optimizer(nn.MLP(1, [1], rng=0))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda p: nn.Adam(p, betas=(0.9, 1.0)), r"betas\[1\].*less than 1, and this is 1.0"),
        (lambda p: nn.Adam(p, betas=(-0.1, 0.9)), r"betas\[0\]"),
        (lambda p: nn.AdamW(p, betas=0.9), "betas are two numbers"),
        (lambda p: nn.RMSprop(p, alpha=1.5), "alpha"),
        (lambda p: nn.SGD(p, momentum=-1.0), "momentum"),
        (lambda p: nn.SGD(p, nesterov=True), "momentum is 0"),
        (lambda p: nn.Adagrad(p, eps=math.nan), "eps"),
        (lambda p: nn.Adam(p, weight_decay=-1.0), "weight_decay"),
        (lambda p: nn.clip_grad_norm_(p, -1.0), "max_norm"),
        (lambda p: nn.clip_grad_value_(p, "x"), "clip_value"),
    ],
)
def test_numbers_out_of_range_are_named(wrong, words):
    with pytest.raises(ValueError, match=words):
        wrong([Value(1.0)])


def test_a_nan_gradient_can_be_an_error_before_anything_moves():
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    optimizer = nn.SGD([a, b], lr=0.1, nan_is_error=True)
    a.grad, b.grad = 1.0, math.nan
    with pytest.raises(ValueError, match=r"parameter 1 .*label='b'.* is NaN"):
        optimizer.step()
    assert (a.data, b.data) == (1.0, 2.0)


def test_a_subclass_says_how_it_steps():
    class SignDescent(nn.Optimizer):
        def update(self, i, data, grad):
            return self.lr * math.copysign(1.0, grad)

    p = Value(1.0)
    p.grad = -3.0
    SignDescent([p], lr=0.5).step()
    assert p.data == 1.5
    with pytest.raises(TypeError, match=r"define update"):
        nn.Optimizer([p], lr=0.5).step()


@pytest.mark.parametrize("optimizer", EVERY)
def test_what_was_computed_is_no_parameter(optimizer):
    p = Value(2.0)
    with pytest.raises(ValueError, match=r"parameters are leaves, and number 1 .* was computed, by 'mul'"):
        optimizer([p, p * 3.0], lr=0.1)
    optimizer([p, (p * 3.0).detach()], lr=0.1)


def test_rates_may_be_numbers_of_numpys():
    assert nn.SGD([Value(1.0)], lr=np.float32(0.5)).lr == 0.5
    assert nn.SGD([Value(1.0)], lr=np.int64(2)).lr == 2.0
    with pytest.raises(ValueError, match="learning rate"):
        nn.SGD([Value(1.0)], lr=np.float32("nan"))


def test_every_optimiser_has_a_name_for_the_command_line_and_steps_arrays():
    kinds = {kind for kind in vars(nn.optim).values() if isinstance(kind, type) and kind.__module__ == "nn.optim"}
    optimisers = {kind for kind in kinds if issubclass(kind, nn.Optimizer)} - {nn.Optimizer}
    assert {make.func for make in BY_NAME.values()} == optimisers
    assert {kind.__name__ for kind in optimisers} < {*nn.__all__}
    for make in BY_NAME.values():
        assert make([Value(1.0)]).steps_arrays
        assert make([Value(1.0)]).lr == make.keywords["lr"]


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("settings", [{}, {"weight_decay": 0.1}, {"momentum": 0.5}, {"eps": 0.0}])
def test_a_compiled_update_has_the_bits_of_the_update_itself(name, settings):
    make = functools.partial(BY_NAME[name], **settings)
    if not settings.keys() <= inspect.signature(make.func).parameters.keys():
        pytest.skip("it has no such setting")
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=20)
    by_one, by_array = make([Value(x) for x in numbers.tolist()]), make([Value(x) for x in numbers.tolist()])
    by_array.to_arrays()
    assert (by_array.compiled_update() is None) == ("eps" in settings)  # which branches
    for k in range(12):
        by_one.lr = by_array.lr = 0.1 / (k + 1)  # a schedule's
        grad = rng.normal(size=20) * 10.0 ** rng.integers(-9, 3, 20)
        grad[:2] = 0.0
        for p, g in zip(by_one.parameters, grad.tolist(), strict=True):
            p.grad = g
        by_one.step()
        numbers = by_array.step_array(numbers, grad)
        assert [p.data for p in by_one.parameters] == numbers.tolist()
    by_array.to_lists()
    assert by_array.state_dict() == by_one.state_dict()


def test_compiled_updates_of_ever_new_settings_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nn.optim.MOST_UPDATES", 3)
    monkeypatch.setattr("nn.optim._updates", kept := {})
    for k in range(9):
        optimizer = nn.SGD([Value(1.0)], momentum=k / 10)
        assert optimizer.compiled_update() is optimizer.compiled_update()
        assert 0 < len(kept) <= 4


@pytest.mark.parametrize("bad", [math.nan, -math.inf, -1.0, math.inf, 10**400])
@pytest.mark.parametrize("make", [nn.Adam, nn.AdamW, nn.RMSprop, nn.Adagrad, lambda p: nn.SGD(p, momentum=0.9)])
def test_a_state_that_no_steps_come_to_is_refused(make, bad):
    """And not a DivergedError after the first epoch, which would advise a smaller learning rate. Sums may be infinite."""
    optimizer = make([Value(1.0), Value(2.0)])
    state = optimizer.state_dict()
    for name in optimizer.buffers:
        changed = {**state, name: [0.0, bad]}
        of_squares = name in ("_squares", "_sums")
        if (bad == -1.0 and not of_squares) or (bad == math.inf and of_squares):
            optimizer.load_state_dict(changed)
            optimizer.load_state_dict(state)
            continue
        with pytest.raises(ValueError, match=name):
            optimizer.load_state_dict(changed)
        assert optimizer.state_dict() == state
