"""Checkpoints: a run broken off and resumed equals the uninterrupted one bit for bit, or is refused with the reason."""

import functools
import json
import random
import signal
import subprocess
import sys

import pytest
from processes import environment, run

import autograd
import nn
from autograd import Value
from nn.state import Stateful
from nn.storage import read, write

ROWS, LABELS = nn.data.moons(12, noise=0.1, seed=1)
quietly = functools.partial(nn.fit, progress=False)


def weights(model):
    return [p.data for p in model.parameters()]


class BrokenError(Exception):
    pass


def break_at(epoch):
    def callback(training):
        if training.epoch == epoch:
            raise BrokenError

    return callback


OPTIMIZERS = {
    "SGD": functools.partial(nn.SGD, lr=0.1),
    "SGD momentum": functools.partial(nn.SGD, lr=0.1, momentum=0.9, weight_decay=0.01),
    "SGD Nesterov": functools.partial(nn.SGD, lr=0.1, momentum=0.9, nesterov=True),
    "Adagrad": functools.partial(nn.Adagrad, lr=0.1, lr_decay=0.1),
    "RMSprop": functools.partial(nn.RMSprop, lr=0.01, momentum=0.5, centered=True),
    "Adam": functools.partial(nn.Adam, lr=0.01),
    "AdamW": functools.partial(nn.AdamW, lr=0.01, betas=(0.8, 0.99)),
}
SCHEDULES = {
    "no schedule": lambda optimizer: None,
    "StepLR": lambda optimizer: nn.StepLR(optimizer, 2, 0.5),
    "ExponentialLR": lambda optimizer: nn.ExponentialLR(optimizer, 0.9),
    "CosineAnnealingLR": lambda optimizer: nn.CosineAnnealingLR(optimizer, 8),
    "LinearLR": lambda optimizer: nn.LinearLR(optimizer, total_iters=4),
    "ReduceLROnPlateau": lambda optimizer: nn.ReduceLROnPlateau(optimizer, 0.5, patience=0, cooldown=1),
}


def training(path, *, optimizer="Adam", schedule="no schedule", callbacks=(), epochs=8, resume=None, seed=5, dropout=0.4):
    """A training of all that has a state, as a script would set it up again after a break."""
    model = nn.Sequential(nn.MLP(2, [5, 4, 2], "tanh", dropout=dropout, rng=0), nn.Dropout(dropout / 4, rng=7))
    stepper = OPTIMIZERS[optimizer](model.parameters())
    history = quietly(
        model,
        ROWS,
        LABELS,
        loss=nn.cross_entropy,
        optimizer=stepper,
        schedule=SCHEDULES[schedule](stepper),
        batch_size=5,
        epochs=epochs,
        seed=seed,
        validation=0.25,
        metrics=["accuracy"],
        penalty=lambda m: nn.l2_penalty(m, 1e-3),
        callbacks=[nn.Checkpoint(path), nn.EarlyStopping(patience=100), *callbacks],
        resume=resume,
    )
    return history, weights(model), stepper.state_dict()


@pytest.mark.parametrize("dropout", [0.4, 0.0], ids=["eager, since it drops out", "compiled"])
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_resumed_run_equals_the_uninterrupted_one_bit_for_bit(optimizer, schedule, dropout, tmp_path):
    settings = {"optimizer": optimizer, "schedule": schedule, "dropout": dropout}
    whole = training(tmp_path / "whole", **settings)
    assert bool(whole[0].eager) == bool(dropout)
    with pytest.raises(BrokenError):
        training(tmp_path / "broken", callbacks=[break_at(4)], **settings)
    resumed = training(tmp_path / "broken", resume=tmp_path / "broken", **settings)
    assert resumed == whole
    assert resumed[0].stopped == whole[0].stopped == "all 8 epochs done"
    assert (tmp_path / "broken").read_bytes() == (tmp_path / "whole").read_bytes()


@pytest.mark.parametrize("checkpoint_first", [True, False])
@pytest.mark.parametrize("broken_at", [1, 2, 3, 4, 5])
def test_early_stopping_remembers_across_a_break(broken_at, checkpoint_first, tmp_path):
    """The figure is best in epoch 3 (of the training rows, scripted), and the run ends in epoch 6."""
    script = [5.0, 4.0, 1.0, 2.0, 3.0, 4.0, 0.0]

    def stopped(path, *, broken=None, resume=None):
        model, done = nn.MLP(2, [3, 1], "tanh", rng=0), []
        figures = iter(script if resume is None else script[broken_at:])

        def end(training):
            done.append(training.epoch)
            if training.epoch == broken:
                training.save(tmp_path / "last words")
                raise BrokenError

        callbacks = [nn.Checkpoint(path), nn.EarlyStopping("figure", mode="min", patience=3)]
        history = quietly(
            model,
            ROWS,
            LABELS,
            epochs=7,
            metrics={"figure": lambda t, o: next(figures)},
            resume=resume,
            callbacks=[*(callbacks if checkpoint_first else callbacks[::-1]), end],
        )
        return history, weights(model), history.stopped

    whole = stopped(tmp_path / "whole")
    assert whole[2] == "figure has not improved on 1 since epoch 3"
    with pytest.raises(BrokenError):
        stopped(tmp_path / "broken", broken=broken_at)
    assert stopped(tmp_path / "again", resume=tmp_path / "last words") == whole
    assert stopped(tmp_path / "whole", resume=tmp_path / "whole") == whole  # it had stopped: the best weights, no more steps


def test_the_checkpoint_has_what_callbacks_after_it_in_the_list_know(tmp_path):
    order = []

    class Counter(Stateful):
        def __init__(self):
            self.calls = 0

        def __call__(self, training):
            self.calls += 1
            order.append("counter")

    class Telling(nn.Checkpoint):
        def __call__(self, training):
            order.append("checkpoint")
            super().__call__(training)

    quietly(nn.MLP(2, [1], rng=0), ROWS, LABELS, epochs=2, callbacks=[Telling(tmp_path / "run"), Counter()])
    assert order == ["counter", "checkpoint"] * 2
    counter = Counter()
    quietly(
        nn.MLP(2, [1], rng=0),
        ROWS,
        LABELS,
        epochs=3,
        callbacks=[counter, nn.Checkpoint(tmp_path / "other")],
        resume=tmp_path / "run",
    )
    assert counter.calls == 3


def test_every_so_many_epochs(tmp_path):
    times = []

    class Noting(nn.Checkpoint):
        def __call__(self, training):
            before = self.path.exists() and self.path.read_bytes()
            super().__call__(training)
            if self.path.read_bytes() != before if self.path.exists() else before:
                times.append(training.epoch)

    quietly(nn.MLP(2, [1], rng=0), ROWS, LABELS, epochs=7, callbacks=[Noting(tmp_path / "run", every=3)])
    assert times == [3, 6]
    for every in (0, 1.5, True):
        with pytest.raises(ValueError, match="the number of epochs between two checkpoints"):
            nn.Checkpoint("run", every=every)


def test_whatever_modules_draw_from_is_remembered(tmp_path):
    class Noisy(nn.Module):
        def __init__(self):
            self.neuron, self.noise = nn.Neuron(2, "linear", rng=0), random.Random(3)

        def __call__(self, x):
            return self.neuron(x) + (self.noise.gauss(0.0, 0.1) if self.training else 0.0)

    def run(epochs, resume=None):
        model = Noisy()
        callbacks = [nn.Checkpoint(tmp_path / "run")]
        return quietly(model, ROWS[:11], LABELS[:11], epochs=epochs, callbacks=callbacks, resume=resume), weights(model)

    whole = run(4)
    run(1)  # an odd number of gaussians: the generator holds one back
    assert run(4, resume=tmp_path / "run") == whole


def test_the_bar_goes_on_where_it_was(tmp_path, capsys):
    def run(epochs, resume=None):
        callbacks = [nn.Checkpoint(tmp_path / "run")]
        nn.fit(nn.MLP(2, [1], rng=0), ROWS, LABELS, batch_size=4, epochs=epochs, callbacks=callbacks, resume=resume)
        return capsys.readouterr().err

    assert "6/6" in run(2)
    assert "12/12" in run(4, resume=tmp_path / "run")


def test_a_finished_run_resumes_to_its_end_and_goes_on_with_more_epochs(tmp_path):
    done = training(tmp_path / "run")
    assert training(tmp_path / "run", resume=tmp_path / "run") == done
    longer = training(tmp_path / "longer", epochs=11)
    assert training(tmp_path / "run", resume=tmp_path / "run", epochs=11) == longer


def test_a_run_may_be_broken_after_every_epoch(tmp_path):
    settings = {"optimizer": "RMSprop", "schedule": "ReduceLROnPlateau"}
    whole = training(tmp_path / "whole", **settings)
    resume = None
    for epoch in range(2, 9):
        with pytest.raises(BrokenError):
            training(tmp_path / "run", callbacks=[break_at(epoch)], resume=resume, **settings)
        resume = tmp_path / "run"
    assert training(tmp_path / "run", resume=resume, **settings) == whole


def test_ctrl_c_and_resume(tmp_path):
    def run(steps=None, resume=None):
        model, count = nn.MLP(2, [3, 1], "tanh", dropout=0.5, rng=0), []

        def loss(predictions, targets):
            count.append(1)
            if len(count) == steps:
                signal.raise_signal(signal.SIGINT)
            return nn.mse_loss(predictions, targets)

        history = quietly(
            model, ROWS, LABELS, loss=loss, batch_size=5, epochs=6, callbacks=[nn.Checkpoint(tmp_path / "run")], resume=resume
        )
        return history, weights(model)

    whole = run()
    interrupted, _ = run(steps=11)
    assert interrupted.stopped == "interrupted after 3 of 6 epochs"
    assert interrupted == {name: column[:3] for name, column in whole[0].items()}
    assert run(resume=tmp_path / "run") == whole


KILLED = """
import os, signal, sys
import nn
path, kill = sys.argv[1], sys.argv[2] == "kill"
rows, labels = nn.data.moons(12, noise=0.1, seed=1)
model = nn.MLP(2, [5, 1], "tanh", dropout=0.3, rng=0)
steps = []
def loss(predictions, targets):
    steps.append(1)
    if kill and len(steps) == 17:
        os.kill(os.getpid(), signal.SIGKILL)
    return nn.mse_loss(predictions, targets)
history = nn.fit(
    model, rows, labels, loss=loss, batch_size=5, epochs=8, validation=0.2, progress=False,
    callbacks=[nn.Checkpoint(path), nn.EarlyStopping(patience=100)], resume=path if os.path.exists(path) else None,
)
print(len(steps), history.stopped, dict(history), [p.data for p in model.parameters()])
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL on this system")
def test_a_killed_program_goes_on_where_it_was(tmp_path):
    environ = environment(autograd, PYTHONHASHSEED="3")
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path / "run"), "kill"], env=environ, timeout=60, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert [file.name for file in tmp_path.iterdir()] == ["run"]
    steps, resumed = run(autograd, KILLED, tmp_path / "run", "go on", variables={"PYTHONHASHSEED": "4"}).split(" ", 1)
    all_steps, whole = run(autograd, KILLED, tmp_path / "other", "at once", variables={"PYTHONHASHSEED": "5"}).split(" ", 1)
    assert resumed == whole
    assert int(steps) < int(all_steps)


# ------------------------------------------------------------------------------------------------ refusals


def test_parameters_outside_the_model_would_not_be_in_the_checkpoint(tmp_path):
    model, scale = nn.MLP(2, [1], rng=0), Value(1.0)

    def run(*callbacks):
        return quietly(
            model,
            ROWS,
            LABELS,
            loss=lambda p, t: nn.mse_loss(p, t) * scale.exp() - scale,
            epochs=1,
            callbacks=callbacks,
            optimizer=nn.SGD([*model.parameters(), scale], lr=0.1),
        )

    run()
    assert scale.data != 1.0
    with pytest.raises(ValueError, match="make them attributes of it"):
        run(nn.Checkpoint(tmp_path / "run"))
    model.scale = scale
    run(nn.Checkpoint(tmp_path / "run"))
    assert read(tmp_path / "run", "checkpoint")[0]["scale"] == scale.data


@pytest.fixture
def checkpoint(tmp_path):
    model = nn.MLP(2, [3, 1], "tanh", dropout=0.5, rng=0)
    optimizer = nn.Adam(model.parameters())
    quietly(
        model,
        ROWS,
        LABELS,
        optimizer=optimizer,
        epochs=3,
        schedule=nn.StepLR(optimizer, 1),
        callbacks=[nn.EarlyStopping("loss"), nn.Checkpoint(tmp_path / "run")],
    )
    return tmp_path / "run"


def refused(path, words, *, widths=(3, 1), dropout=0.5, optimizer=nn.Adam, scheduled=True, callbacks=None, **how):
    """Resuming is a StorageError that has the words, and model, optimizer and dropouts are as they were."""
    model = nn.MLP(2, widths, "tanh", dropout=dropout, rng=1)
    stepper = optimizer(model.parameters())
    schedule = nn.StepLR(stepper, 1) if scheduled else None
    callbacks = [nn.EarlyStopping("loss")] if callbacks is None else callbacks
    before = weights(model), stepper.state_dict(), model.dropout and model.dropout._rng.getstate()
    with pytest.raises(nn.StorageError, match=words) as caught:
        quietly(
            model, ROWS, LABELS, optimizer=stepper, schedule=schedule, callbacks=callbacks, resume=path, **{"epochs": 5, **how}
        )
    assert caught.value.path == path
    assert (weights(model), stepper.state_dict(), model.dropout and model.dropout._rng.getstate()) == before
    if scheduled:
        assert schedule.steps == 0


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"widths": (4, 1)}, r"has 17 numbers here and 13 in the state"),
        ({"widths": (1, 3, 1)}, r"layers\.2\.weight is missing; .*layers\.0\.weight has the shape \(1, 2\) here"),
        ({"widths": (2, 2, 1)}, r"has 15 numbers here and 13"),
        ({"dropout": 0.0}, "its model has 1 generators of random numbers, and this one 0: is it the dropout"),
        ({"optimizer": nn.SGD}, "this is not the state of a SGD: .*_means"),
        ({"scheduled": False}, "give the same optimizer, schedule and callbacks: schedule is on one side only"),
        ({"callbacks": []}, "callback 0 is on one side only"),
        ({"callbacks": [nn.EarlyStopping("loss"), nn.EarlyStopping("loss")]}, "callback 1 is on one side only"),
        ({"seed": 1}, "trained with seed=0, and this is seed=1"),
        ({"metrics": ["r2"]}, r"history has the columns \['loss', 'lr'\], and this training adds to \['loss', 'r2', 'lr'\]"),
        ({"validation": 0.25}, "give the same metrics and validation"),
        ({"epochs": 2}, "it has 3 epochs behind it, and this is to have epochs=2: give more"),
    ],
)
def test_a_training_of_another_shape_is_refused(checkpoint, how, words):
    refused(checkpoint, words, **how)


def test_as_many_weights_in_another_shape(tmp_path):
    def run(model, **how):
        quietly(model, ROWS, LABELS, epochs=2, optimizer=nn.SGD, callbacks=[nn.Checkpoint(tmp_path / "run")], **how)

    run(nn.Sequential(nn.Neuron(2, rng=0), lambda v: [v, v], nn.Neuron(2, rng=0)))
    other = nn.Sequential(nn.Layer(2, 2, rng=1), lambda v: v[0])
    before = weights(other)
    with pytest.raises(nn.StorageError, match=r"steps\.2\.weight is not known here; .*\(2, 2\) here and \(2,\) there"):
        run(other, resume=tmp_path / "run")
    assert weights(other) == before


def test_files_that_are_no_checkpoint(tmp_path):
    nn.save(nn.MLP(2, [3, 1], rng=0), tmp_path / "model")
    refused(tmp_path / "model", "its format is 'scalar-autograd model', not 'scalar-autograd checkpoint'")
    (tmp_path / "text").write_text("hello")
    refused(tmp_path / "text", "it ends after 5 bytes")
    (tmp_path / "empty").write_bytes(b"")
    refused(tmp_path / "empty", "it is empty")


def without(mapping, key):
    return {name: value for name, value in mapping.items() if name != key}


TAMPERED = {
    "no training": lambda state: None,
    "a list": lambda state: [state],
    "a part missing": lambda state: without(state, "epoch"),
    "more than it is": lambda state: state | {"more": 1},
    "epochs as text": lambda state: state | {"epoch": "3"},
    "epochs it has not": lambda state: state | {"epoch": 2},
    "epochs that are no whole number": lambda state: state | {"epoch": 3.0},
    "negative epochs": lambda state: state | {"epoch": -1},
    "a history of text": lambda state: state | {"history": {"loss": ["a", "b", "c"], "lr": [1, 2, 3]}},
    "a ragged history": lambda state: state | {"history": {"loss": [1, 2, 3], "lr": [1, 2]}},
    "a column under another name": lambda state: state | {"history": {"los-": [1, 2, 3], "lr": [1, 2, 3]}},
    "a history that is a number": lambda state: state | {"history": 5},
    "a history of numbers": lambda state: state | {"history": {"loss": 1.0}},
    "generators that are a number": lambda state: state | {"generators": 5},
    "a generator that is a text": lambda state: state | {"generators": ["abc"]},
    "a short generator": lambda state: state | {"generators": [[3, [1, 2], None]]},
    "negative generator": lambda state: state | {"generators": [[3, [-1] * 625, None]]},
    "a huge generator": lambda state: state | {"generators": [[3, [2**70] * 625, None]]},
    "a generator of another kind": lambda state: state | {"generators": [[7, [0] * 625, None]]},
    "parts that are a list": lambda state: state | {"parts": [1]},
    "an optimizer that is a list": lambda state: state | {"parts": state["parts"] | {"optimizer": []}},
    "lr as text": lambda state: state | {"parts": state["parts"] | {"optimizer": state["parts"]["optimizer"] | {"lr": "0.1"}}},
    "means as text": lambda state: (
        state | {"parts": state["parts"] | {"optimizer": state["parts"]["optimizer"] | {"_means": ["x"] * 13}}}
    ),
    "fewer best weights": lambda state: (
        state | {"parts": state["parts"] | {"callback 0": state["parts"]["callback 0"] | {"best_weights": [1.0]}}}
    ),
    "an attribute that is a method": lambda state: (
        state | {"parts": state["parts"] | {"optimizer": state["parts"]["optimizer"] | {"step": 1}}}
    ),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_tampered_checkpoints_change_nothing(checkpoint, name):
    arrays, texts = read(checkpoint, "checkpoint")
    write(checkpoint, "checkpoint", arrays, {"training": TAMPERED[name](texts["training"])})
    refused(checkpoint, "this training cannot go on from it")


def test_a_state_that_is_nested_too_deeply_is_refused():
    """Deeper than can be copied, and not too deep to be read as JSON."""
    model = nn.Neuron(1, rng=0)
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    schedule = nn.SequentialLR(optimizer, [nn.StepLR(optimizer, 1), nn.StepLR(optimizer, 2)], [1])
    state = schedule.state_dict()
    state["schedules"][0]["base_lr"] = functools.reduce(lambda inside, _: [inside], range(700), 1.0)
    before = schedule.state_dict()
    with pytest.raises(ValueError, match="nested too deeply"):
        schedule.load_state_dict(state)
    assert schedule.state_dict() == before


def test_nan_weights_in_a_checkpoint_change_nothing(checkpoint):
    arrays, texts = read(checkpoint, "checkpoint")
    arrays["layers.0.bias"][1] = float("nan")
    write(checkpoint, "checkpoint", arrays, texts)
    refused(checkpoint, r"layers\.0\.bias\[1\] is nan")


def test_the_state_of_objects():
    class Thing(Stateful):
        def __init__(self):
            self.pair, self.name, self.numbers, self.nothing, self.other = (1, 2.0), "x", [], None, object()

    thing = Thing()
    state = thing.state_dict()
    assert state == {"pair": (1, 2.0), "name": "x", "numbers": [], "nothing": None}
    thing.load_state_dict(json.loads(json.dumps(state | {"pair": [3, 4.0], "numbers": [1.0], "nothing": 5})))
    assert (thing.pair, thing.numbers, thing.nothing) == ((3, 4.0), [1.0], 5)
    assert thing.state_dict()["numbers"] is not thing.numbers
    for wrong, words in [
        ({"pair": [1]}, "Thing's pair has 2 numbers here and 1 in the state"),
        ({"pair": ["a", "b"]}, "a part of Thing's pair is a number here and a text in the state"),
        ({"name": 3}, "Thing's name is a text here and a number in the state"),
        ({"more": 3}, "not the state of a Thing: more is on one side only"),
    ]:
        with pytest.raises(ValueError, match=words):
            thing.load_state_dict(state | wrong)
    with pytest.raises(ValueError, match=r"not the state of a Thing: \[\]"):
        thing.load_state_dict([])
    assert thing.pair == (3, 4.0)
