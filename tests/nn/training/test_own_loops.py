"""nn.descend: the loop by hand over a compiled step, in one call and to the same bits."""

import functools
import signal
import threading

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, compile, relu, value_and_grad
from nn.training.descending import Walk
from nn.training.tables import order_of_epoch

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(50, 3)), RNG.normal(size=50)
START = RNG.normal(size=13) * 0.5


def loss(p, x, y):
    """Of a network of three hidden units."""
    hidden = [relu(p[4 * j] * x[0] + p[4 * j + 1] * x[1] + p[4 * j + 2] * x[2] + p[4 * j + 3]) for j in range(3)]
    return (hidden[0] * p[12] - hidden[1] + hidden[2] - y) ** 2


def branching(p, x, y):
    return loss(p, x, y) if x[0] > -1.0 else abs(p[0] * x[0] - y)


def step_of(f=loss, reduce="mean"):
    return compile(value_and_grad(f), in_axes=(None, 0, 0), reduce=reduce)


def by_hand(step, optimizer, epochs, size, shuffle, seed):
    """The same as a loop of Python's, on lists and Values."""
    weights, losses, stepper = START.copy(), [], optimizer([Value(w) for w in START.tolist()])
    for epoch in range(epochs):
        order = list(order_of_epoch(seed, epoch, len(X))) if shuffle else range(len(X))
        for start in range(0, len(X), size):
            batch = list(order[start : start + size])
            found, gradient = step(weights, X[batch], Y[batch])
            losses.append(found)
            for p, slope in zip(stepper.parameters, gradient.tolist(), strict=True):
                p.grad = slope
            stepper.step()
            weights = np.array([p.data for p in stepper.parameters])
    return weights, losses, stepper


@pytest.mark.parametrize("reduce", ["mean", "sum"])
@pytest.mark.parametrize("optimizer", [functools.partial(nn.SGD, lr=0.001, momentum=0.9), nn.Adam])
@pytest.mark.parametrize(("size", "shuffle"), [(None, False), (16, False), (7, True), (1, True)])
def test_it_is_the_loop_by_hand_to_the_bit(reduce, optimizer, size, shuffle):
    step = step_of(reduce=reduce)
    weights = START.copy()
    stepper = optimizer([Value(w) for w in START.tolist()])
    losses = nn.descend(step, weights, X, Y, optimizer=stepper, epochs=3, batch_size=size, shuffle=shuffle, seed=5)
    expected, theirs, other = by_hand(step, optimizer, 3, size or len(X), shuffle, 5)
    assert weights.tolist() == expected.tolist() == [p.data for p in stepper.parameters]
    assert losses.tolist() == theirs
    assert stepper.state_dict() == other.state_dict()


@pytest.mark.parametrize("f", [loss, branching])
def test_most_steps_are_made_in_few_calls_and_branches_are_followed(monkeypatch, f):
    calls = []
    real = Walk.steps
    monkeypatch.setattr(Walk, "steps", lambda self, *args: calls.append(real(self, *args)) or calls[-1])
    step = step_of(f)
    weights = START.copy()
    losses = nn.descend(step, weights, X, Y, optimizer=nn.Adam, epochs=20, batch_size=5)
    expected, theirs, _ = by_hand(step, nn.Adam, 20, 5, False, 0)
    assert (weights.tolist(), losses.tolist()) == (expected.tolist(), theirs)
    if autograd.build == "compiled":
        assert ([*map(len, calls)] == [200]) == (f is loss)


def test_an_optimiser_goes_on_where_it_left():
    step = step_of()
    once, twice = START.copy(), START.copy()
    nn.descend(step, once, X, Y, optimizer=nn.Adam, epochs=6)
    stepper = nn.Adam([Value(w) for w in START.tolist()])
    for _ in range(2):
        nn.descend(step, twice, X, Y, optimizer=stepper, epochs=3)
    assert once.tolist() == twice.tolist() and stepper.steps == 6


def test_an_optimiser_of_your_own_is_taken():
    class Slow(nn.Optimizer):
        buffers = ()

        def update(self, i, data, grad):
            return self.lr * grad

    step = step_of()
    weights, same = START.copy(), START.copy()
    nn.descend(step, weights, X, Y, optimizer=functools.partial(Slow, lr=0.01), epochs=3)
    nn.descend(step, same, X, Y, optimizer=functools.partial(nn.SGD, lr=0.01), epochs=3)
    assert weights == pytest.approx(same, rel=1e-13)


def test_what_diverges_leaves_the_weights_of_the_step_before():
    weights = START.copy()
    with pytest.raises(nn.DivergedError, match=r"became (inf|nan|-inf) in step \d+, with a learning rate of 1e\+30") as caught:
        nn.descend(step_of(), weights, X, Y, optimizer=functools.partial(nn.SGD, lr=1e30), epochs=50)
    assert np.isfinite(weights).all() and weights.tolist() != START.tolist()
    assert len(caught.value.history["loss"]) >= 1


def test_ctrl_c_leaves_a_whole_step():
    weights, stepper = START.copy(), nn.Adam([Value(w) for w in START.tolist()])
    step = step_of()
    nn.descend(step, START.copy(), X, Y, optimizer=nn.Adam)  # records it
    timer = threading.Timer(0.1, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        nn.descend(step, weights, X, Y, optimizer=stepper, epochs=10**7)
    timer.join()
    same = START.copy()
    nn.descend(step, same, X, Y, optimizer=nn.Adam, epochs=stepper.steps)
    assert weights.tolist() == same.tolist() == [p.data for p in stepper.parameters]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"step": value_and_grad(loss)}, TypeError, "compile it"),
        ({"step": compile(value_and_grad(loss), in_axes=(None, 0, 0))}, ValueError, "reduce='mean' or 'sum'"),
        ({"step": compile(value_and_grad(loss), in_axes=0, reduce="mean")}, ValueError, "a step has in_axes="),
        ({"step": compile(lambda p, x, y: (p[0] * y, p[1]), in_axes=(None, 0, 0), reduce="mean")}, ValueError, "by 13 weights"),
        ({"weights": START.tolist()}, ValueError, "array of float64"),
        ({"weights": START.astype(np.float32)}, ValueError, "array of float64"),
        ({"tables": (X, Y[:3])}, ValueError, r"as many rows as each other.*\[50, 3\]"),
        ({"tables": (X,)}, ValueError, "for 1 tables"),
        ({"optimizer": nn.Adam([Value(1.0)])}, ValueError, "step 13 weights"),
        ({"epochs": 0}, ValueError, "epochs"),
    ],
)
def test_what_makes_no_sense_is_refused(change, error, words):
    how = {"step": step_of(), "weights": START.copy(), "tables": (X, Y), "optimizer": nn.Adam} | change
    with pytest.raises(error, match=words):
        nn.descend(how.pop("step"), how.pop("weights"), *how.pop("tables"), **how)
