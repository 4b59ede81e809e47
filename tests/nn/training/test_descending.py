"""Many steps in one call: to the bit those that are made one by one, and left undone where a step needs more."""

import functools
import signal
import threading

import pytest
from compiled_trainings import CLASSES, LABELS, ROWS, SIGNS, TARGETS, check_equal, network, trained

import autograd
import nn
from nn.training.compiled import CompiledSteps
from nn.training.descending import FAILURES, Descending

pytestmark = pytest.mark.skipif(autograd.build != "compiled", reason="without the compiled build steps are made one by one")

WEIGHTED = [[t, 0.25 * (1 + 7 * i % 5)] for i, t in enumerate(TARGETS)]
SQUARES = nn.rowwise(lambda p, t: (p - t[0]) ** 2, weight=lambda target: target[1])


def told(monkeypatch, *, one_by_one, **how):
    """What there is to tell of a training, and how many steps its calls made, each time."""
    made = []

    def steps(self, batches, asked, real=Descending.steps):
        found = ([], []) if one_by_one else real(self, batches, asked)
        made.append(len(found[0]))
        return found

    with monkeypatch.context() as patched:
        patched.setattr(Descending, "steps", steps)
        model, optimizer, history = trained(True, **how)
    assert history.eager == ""
    numbers = [(p.data, p.grad) for p in model.parameters()]
    return (numbers, dict(history), optimizer.state_dict(), history.stopped), made


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"batch_size": None, "epochs": 50, "optimizer": functools.partial(nn.SGD, lr=0.1, momentum=0.9, nesterov=True)},
        {"batch_size": 1, "optimizer": functools.partial(nn.RMSprop, centered=True, momentum=0.5)},
        {"shuffle": False, "optimizer": functools.partial(nn.Adagrad, lr=0.1, lr_decay=0.1)},
        {"batch_size": None, "epochs": 7, "validation": 0.3, "optimizer": nn.AdamW},
        {"metrics": ["mae", "r2"], "validation": 0.3},
        {"make": lambda: network(3), "y": CLASSES, "loss": nn.cross_entropy, "metrics": ["accuracy"], "batch_size": 4},
        {"make": lambda: network(2), "y": [[t, -t] for t in TARGETS], "metrics": {"first": lambda _, outputs: outputs[0][1]}},
        {"y": LABELS, "loss": nn.binary_cross_entropy_with_logits, "clip_norm": 0.05},
        {"y": SIGNS, "loss": nn.hinge_loss, "make": lambda: network(hidden="relu")},
        {"loss": functools.partial(nn.mse_loss, reduction="sum"), "optimizer": functools.partial(nn.SGD, lr=0.01)},
        {"penalty": lambda model: nn.l2_penalty(model, 0.1), "clip_norm": 0.5},
        {"penalty": nn.PerExample(lambda model: nn.l1_penalty(model, 0.5)), "batch_size": 4},
        {"y": WEIGHTED, "loss": SQUARES, "penalty": nn.PerExample(lambda m: nn.l2_penalty(m, 0.5), lambda t: t[:, 1].sum())},
        {"y": WEIGHTED, "loss": SQUARES, "shuffle": False, "epochs": 5},
        {"schedule": lambda optimizer: nn.CosineAnnealingLR(optimizer, 4), "epochs": 6},
        {"X": [[[a], [b]] for a, b in ROWS], "make": lambda: nn.Sequential(lambda x: [x[0][0], x[1][0]], network())},
    ],
)
def test_the_steps_of_a_call_have_the_bits_of_steps_made_one_by_one(monkeypatch, how):
    many, made = told(monkeypatch, one_by_one=False, **how)
    one, _ = told(monkeypatch, one_by_one=True, **how)
    assert many == one
    steps = many[2]["steps"]
    assert sum(made) == steps  # none was left over
    assert len(made) < steps or how.get("batch_size", 5) is None


def test_epochs_that_nobody_looks_at_are_one_call(monkeypatch):
    _, made = told(monkeypatch, one_by_one=False, epochs=40)
    assert made == [200]
    _, made = told(monkeypatch, one_by_one=False, epochs=40, callbacks=[lambda training: None])
    assert made == [5] * 40
    monkeypatch.setattr("nn.training.epochs.MOST_ROWS", 23 * 16)
    _, made = told(monkeypatch, one_by_one=False, epochs=40)
    assert made == [80, 80, 40]


def test_settings_of_the_optimiser_may_change_between_epochs(monkeypatch):
    def change(training):
        training.optimizer.betas = (0.5, 0.5 + training.epoch / 10.0)
        training.optimizer.lr /= 2.0

    many, made = told(monkeypatch, one_by_one=False, callbacks=[change])
    assert many == told(monkeypatch, one_by_one=True, callbacks=[change])[0]
    assert made == [5] * 4


def bent(p, t):
    return (p - t) ** 2 if p > 0.0 else abs(p - t)


def test_a_batch_whose_rows_branch_is_left_out_and_then_it_goes_on(monkeypatch):
    """Of rows that branch one way a call makes steps; where some go another way, each step is one by itself."""
    rows = [[x, 1.0] for x in range(1, 9)]
    how = {
        "make": lambda: nn.Sequential(nn.Neuron(2, "linear", init=nn.init.constant(1.0))),
        "X": [*rows, [-3.0, 0.0], *rows],
        "y": [1.0] * 17,
        "loss": nn.rowwise(bent),
        "optimizer": functools.partial(nn.SGD, lr=1e-4),
        "batch_size": 2,
        "shuffle": False,
        "epochs": 1,
    }
    many, made = told(monkeypatch, one_by_one=False, **how)
    assert many == told(monkeypatch, one_by_one=True, **how)[0]
    assert made[:1] == [4]
    assert sum(made) < 9


def test_calls_that_make_no_step_come_to_an_end(monkeypatch):
    how = {
        "make": lambda: nn.Sequential(nn.Neuron(2, "linear", init=nn.init.constant(1.0))),
        "X": [[(-1.0) ** i * (1 + i), 1.0] for i in range(60)],
        "y": [0.0] * 60,
        "loss": nn.rowwise(bent),
        "optimizer": functools.partial(nn.SGD, lr=1e-6),
        "batch_size": 2,
        "shuffle": False,
        "epochs": 2,
    }
    calls = []
    real = Descending._ready
    monkeypatch.setattr(Descending, "_ready", lambda self: calls.append(1) or real(self))
    many, made = told(monkeypatch, one_by_one=False, **how)
    assert sum(made) == 0 and len(calls) == FAILURES
    assert many == told(monkeypatch, one_by_one=True, **how)[0]


class OwnSGD(nn.SGD):
    """No optimiser of nn's own: what it does in a step is not known, and no call makes several."""


def test_batches_of_rows_as_they_stand_one_by_one():
    check_equal(X=ROWS[:12], y=TARGETS[:12], batch_size=4, shuffle=False, optimizer=functools.partial(OwnSGD, lr=0.1))


@pytest.mark.parametrize("callbacks", [[], [lambda training: None]])
def test_a_training_that_diverges_in_a_call_leaves_the_step_before(callbacks):
    def diverged(compile):
        made = []

        def make():
            made.append(network())
            return made[0]

        how = {"optimizer": functools.partial(nn.SGD, lr=5.0, momentum=0.99), "epochs": 400, "callbacks": callbacks}
        with pytest.raises(nn.DivergedError) as caught:
            trained(compile, make, [1e3 * t for t in TARGETS], loss=nn.rowwise(lambda p, t: (p - t) ** 4), **how)
        return caught.value, [(p.data, p.grad) for p in made[0].parameters()]

    (error, numbers), (expected, theirs) = diverged(True), diverged(False)
    assert str(error) == str(expected) and error.history.epochs == expected.history.epochs
    assert numbers == [pytest.approx(pair, rel=1e-9) for pair in theirs]


@pytest.mark.parametrize("batch_size", [None, 5])
def test_ctrl_c_ends_a_call_after_a_whole_step(monkeypatch, batch_size):
    """As many steps as were made come to the same bits when nobody breaks them off."""

    def steps(self, batches, asked, real=Descending.steps):
        calls.append(1)
        if len(calls) == 2:
            timer.start()
        return real(self, batches, asked)

    calls, timer = [], threading.Timer(0.02, signal.raise_signal, [signal.SIGINT])
    monkeypatch.setattr("nn.training.epochs.MOST_ROWS", 23 * 200)
    with monkeypatch.context() as patched:
        patched.setattr(Descending, "steps", steps)
        model, optimizer, history = trained(True, epochs=10**6, batch_size=batch_size)
    timer.join()
    of_epoch = 1 if batch_size is None else 5
    whole, left = divmod(optimizer.steps, of_epoch)
    assert whole >= 200 and history.interrupted
    assert history.epochs == whole and history.stopped == f"interrupted after {whole} of 1000000 epochs"
    made = []

    def no_more(self, start, size, most, asked, real=CompiledSteps.steps):
        made.append(1)
        asked += [True] * (len(made) == whole * of_epoch + left)
        return real(self, start, size, 1, asked)

    monkeypatch.setattr(CompiledSteps, "steps", no_more)
    again, stepper, _ = trained(True, epochs=10**6, batch_size=batch_size, callbacks=[lambda training: None])
    assert stepper.state_dict() == optimizer.state_dict()
    assert [(p.data, p.grad) for p in model.parameters()] == [(p.data, p.grad) for p in again.parameters()]
