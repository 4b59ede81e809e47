"""Trainings that cannot be compiled go on eagerly, with the reason told; and the parts that find it out."""

import functools
import itertools
import math
import random
import re
import threading

import numpy as np
import pytest
from compiled_trainings import LABELS, ROWS, TARGETS, Line, network, trained

import autograd
import nn
from autograd import Value
from nn.training.replacing import NotCompilableError, replaced
from nn.watching import watch

# ------------------------------------------------------------------------------------------------ eagerly, with the reason


class Counting(nn.Module):
    def __init__(self):
        self.w, self.seen = Value(0.5), []

    def __call__(self, x):
        self.seen.append(x[0])
        return self.w * x[0]


class Averaging(Counting):
    def __call__(self, x):
        self.calls = getattr(self, "calls", 0) + 1
        return self.w * x[0]


class Noisy(nn.Module):
    def __init__(self, draw):
        self.w, self.draw = Value(0.5), draw

    def __call__(self, x):
        return self.w * (x[0] + (0.1 * self.draw() if self.training else 0.0))


class Generating(Counting):
    def __init__(self):
        super().__init__()
        self.generator = np.random.default_rng(0)

    def __call__(self, x):
        return self.w * (x[0] + 0.1 * float(self.generator.normal()))


HIDDEN = np.random.default_rng(5)


class Elsewhere(nn.Module):
    def __init__(self):
        self.w = Value(0.5)
        w = self.w
        self.function = lambda x: w * x[0]

    def __call__(self, x):
        return self.function(x)


class SignDescent(nn.Optimizer):
    def update(self, i, data, grad):
        return math.copysign(self.lr, grad)


class HalfSGD(nn.SGD):
    def update(self, i, data, grad):
        return 0.5 * math.fabs(1.0) * super().update(i, data, grad) if isinstance(i, int) else 1 / 0


@functools.wraps(nn.rowwise(lambda p, t: (p - t) ** 2))
def wrapping(predictions, targets):
    return nn.mse_loss(predictions, targets) * 2.0


REASONS = [
    (network, {"loss": lambda p, t: nn.mse_loss(p, t)}, "how the loss of a batch comes of its rows is not known: .*nn.rowwise"),
    (network, {"loss": wrapping}, "how the loss of a batch comes of its rows is not known"),
    (lambda: nn.MLP(2, [4, 1], "tanh", dropout=0.3, rng=0), {}, "the model draws random numbers, as dropout does"),
    (lambda: Noisy(random.random), {}, "the model draws random numbers"),
    (lambda: Noisy(np.random.standard_normal), {}, "the model draws random numbers"),
    (lambda: Noisy(HIDDEN.normal), {}, "draws random numbers"),
    (lambda: Noisy(itertools.count().__next__), {}, "gives other numbers than the model itself"),
    (Generating, {}, "the model draws random numbers"),
    (Counting, {}, "calling the model changes it"),
    (Averaging, {}, "calling the model changes it"),
    (Elsewhere, {}, "the model takes w from elsewhere than its attributes"),
    (network, {"optimizer": functools.partial(SignDescent, lr=0.01)}, "SignDescent steps one parameter at a time"),
    (network, {"optimizer": HalfSGD}, "HalfSGD steps one parameter at a time"),
    (network, {"optimizer": lambda parameters: nn.SGD([*parameters, Value(1.0)])}, "parameters that the model has not"),
    (lambda: nn.Sequential(network(), lambda z: z * math.exp(-abs(z.data))), {}, "64 ways through the branches"),
    (lambda: nn.Sequential(lambda x: [math.sin(x[0]), x[1]], network()), {}, "TypeError: float.Value.*would cut the graph"),
]


@pytest.mark.parametrize(("make", "how", "words"), REASONS, ids=[words[:50] for _, _, words in REASONS])
def test_what_cannot_be_compiled_is_trained_eagerly_and_the_reason_told(make, how, words):
    def run(compile):
        random.seed(3)
        np.random.seed(3)
        HIDDEN.bit_generator.state = np.random.default_rng(5).bit_generator.state
        return trained(compile, make, **{"validation": 0.2, "batch_size": 9} | how)

    (model, stepper, history), (same, stepped, expected) = run(True), run(False)
    assert re.search(words, history.eager), history.eager
    if words.startswith(("64 ways", "draws", "gives")):  # found out when the training was under way
        assert dict(history).keys() == expected.keys()
        return
    assert history == expected
    assert [p.data for p in model.parameters()] == [p.data for p in same.parameters()]
    assert stepper.state_dict() == stepped.state_dict()
    assert getattr(model, "seen", []) == getattr(same, "seen", [])


def test_rows_and_targets_that_are_no_tables():
    class Letters(nn.Module):
        def __init__(self):
            self.scores = {letter: Value(0.0) for letter in "12"}

        def __call__(self, word):
            return autograd.fsum([self.scores[letter] for letter in word])

    class Mean(nn.Module):
        def __init__(self):
            self.w = Value(0.5)

        def __call__(self, sequence):
            return self.w * sum(x for (x,) in sequence)

    for make, rows, words in [
        (Letters, ["12", "112", "2"], "the rows are no table of numbers: <U3 is no type of numbers"),
        (Mean, [[[1.0]], [[2.0], [3.0]], [[0.5]]], "shape"),
    ]:
        _, _, history = trained(True, make, [3.0, 4.0, 2.0], X=rows, validation=(rows, [3.0, 4.0, 2.0]))
        assert words in history.eager
        assert history == trained(False, make, [3.0, 4.0, 2.0], X=rows, validation=(rows, [3.0, 4.0, 2.0]))[2]


def test_who_wants_to_see_every_operation_sees_it():
    with watch() as calls:
        _, _, history = trained(True, epochs=1)
    assert history.eager == "watch() is to see every call of the model"
    assert len(calls) == 2 * (23 + 2)  # two layers, and a row twice to know the shape of the output by
    with autograd.detect_anomaly(), pytest.raises(autograd.AnomalyError, match="log gave nan"):
        trained(True, lambda: Line(w=-1.0, function=lambda z: z.log()), [1.0], X=[[1.0]])
    with autograd.detect_anomaly():
        assert trained(True)[2].eager == "detect_anomaly() is to see every operation"


def test_weights_of_classes_that_make_no_mean_are_the_same_error():
    loss = functools.partial(nn.cross_entropy, weight=[0.0, 1.0])
    for compile in (True, False):
        with pytest.raises(ValueError, match="all have the weight 0, and that has no mean"):
            trained(compile, lambda: network(2), [0] * 6 + [1] * 17, loss=loss, batch_size=6, shuffle=False)
        with pytest.raises(TypeError, match=r"mse_loss\(\) got an unexpected keyword argument 'weight'"):
            trained(compile, loss=functools.partial(nn.mse_loss, weight=[1.0]))
        with pytest.raises(ValueError, match="there are 2 classes and 3 weights"):
            trained(compile, lambda: network(2), LABELS, loss=functools.partial(nn.cross_entropy, weight=[1.0] * 3))
        with pytest.raises(ValueError, match="this is no probability"):
            trained(compile, lambda: network(1, "linear"), LABELS, loss=nn.binary_cross_entropy)


def test_the_reason_stands_above_the_bar(capsys):
    def fitted(**how):
        nn.fit(network(), ROWS, TARGETS, epochs=1, **how)
        return capsys.readouterr()

    out, err = fitted(loss=lambda p, t: nn.mse_loss(p, t))
    assert out == ""
    assert "training eagerly, not compiled: how the loss of a batch comes of its rows is not known" in err
    assert "eagerly" not in fitted().err + fitted(compile=False).err


# ------------------------------------------------------------------------------------------------ the parts


def test_rowwise_is_the_mean_or_the_sum_over_rows():
    cubed = lambda p, t: abs(p - t) ** 3  # noqa: E731
    assert nn.rowwise(cubed)([Value(1.0), Value(3.0)], [0.0, 1.0]).data == 4.5
    assert nn.rowwise(cubed, reduction="sum")([Value(1.0), Value(3.0)], [0.0, 1.0]).data == 9.0
    with pytest.raises(ValueError, match="1 predictions and 2 targets"):
        nn.rowwise(cubed)([Value(1.0)], [0.0, 1.0])
    with pytest.raises(ValueError, match="empty batch"):
        nn.rowwise(cubed)([], [])
    with pytest.raises(ValueError, match='"mean" or "sum", and this is \'none\''):
        nn.rowwise(cubed, reduction="none")
    with pytest.raises(TypeError, match=r"rowwise\(\) takes a function"):
        nn.rowwise(0.5)


def test_an_error_in_a_recording_leaves_the_model_as_it_was():
    model = nn.Sequential(nn.Neuron(1, rng=0), nn.Dropout(0.5, rng=1))
    model.seen = [1]
    parameters, state = model.parameters(), model.steps[1]._rng.getstate()
    with pytest.raises(ZeroDivisionError), replaced(model, {id(parameters[0]): Value(9.0)}):
        assert model.parameters()[0].data == 9.0
        model.seen.append(2)
        model.new = 3
        model.steps[1]._rng.random()
        1 / 0  # noqa: B018
    assert all(p is q for p, q in zip(model.parameters(), parameters, strict=True))
    assert (model.seen, hasattr(model, "new"), model.steps[1]._rng.getstate()) == ([1], False, state)
    with pytest.raises(NotCompilableError, match="changes it"), replaced(model, {}):
        model.new = 3
    assert not hasattr(model, "new")


def test_inside_no_grad_a_training_is_the_same():
    """It is in numbers, compiled or eager, and its own affair what it records."""
    for compile in (True, False):
        outside, inside = network(), network()
        outside_history = nn.fit(outside, ROWS, LABELS, epochs=3, compile=compile, progress=False)
        with autograd.no_grad():
            inside_history = nn.fit(inside, ROWS, LABELS, epochs=3, compile=compile, progress=False)
            assert not autograd.is_grad_enabled()
        assert inside_history["loss"] == outside_history["loss"]
        assert [p.data for p in inside.parameters()] == [p.data for p in outside.parameters()]


@pytest.mark.parametrize("compiled", [True, False])
def test_a_loss_of_one_row_is_told_how_to_be_one_of_a_batch(compiled):
    rows, targets = nn.data.xor()
    for loss in (lambda p, t: (p - t) ** 2, lambda p, t: p.sigmoid() * t):
        with pytest.raises((TypeError, AttributeError)) as caught:
            nn.fit(nn.MLP(2, [1], rng=0), rows, targets, loss=loss, epochs=1, progress=False, compile=compiled)
        assert "nn.rowwise(function) makes such a loss" in caught.value.__notes__[-1]


def disturbed(times):
    """A model; while it is recorded so many times at first, another thread draws a random number."""
    draws = iter([threading.Thread(target=random.random) for _ in range(times)])

    class Disturbed(nn.Module):
        def __init__(self):
            self.inner = nn.MLP(2, [3, 1], "tanh", rng=0)

        def __call__(self, row):
            for thread in itertools.islice(draws, 1):
                thread.start()
                thread.join()
            return self.inner(row)

    return Disturbed()


@pytest.mark.parametrize(("times", "eager"), [(1, False), (3, False), (5, False), (50, True)])
def test_random_numbers_of_another_thread_are_not_the_models(times, eager):
    """One of Dask's drew some now and then: so the training went on eagerly, and the weights had other last bits."""
    rows, targets = [[0.0, 1.0], [1.0, 0.5]], [1.0, 0.0]
    done = threading.Event()
    waiting = threading.Thread(target=done.wait)
    waiting.start()
    try:
        model = disturbed(times)
        history = nn.fit(model, rows, targets, epochs=2, progress=False)
    finally:
        done.set()
        waiting.join()
    assert ("draws random numbers" in history.eager) == eager
    alone = disturbed(0)
    nn.fit(alone, rows, targets, epochs=2, progress=False)
    assert eager or [p.data for p in model.parameters()] == [p.data for p in alone.parameters()]
