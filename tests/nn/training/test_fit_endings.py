"""How trainings end: early stopping, divergence, Ctrl-C; and what they leave: the bar and the history."""

import csv
import functools
import json
import math
import pickle
import signal
import subprocess
import sys
import threading

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from processes import environment
from trainings import LABELS, ROWS, TARGETS, Diary, Line, network, quietly, weights

import autograd
import nn

# ------------------------------------------------------------------------------------------------ early stopping


def stopped_by(column, *, epochs=None, **how):
    """fit with a figure that goes as `column` says; gives the history, the weights after each epoch and at the end."""
    figures, after = iter(column), []
    model = Line()
    stopper = nn.EarlyStopping("figure", **how)
    history = quietly(
        model,
        [[1.0]],
        [0.0],
        epochs=epochs or len(column),
        optimizer=functools.partial(nn.SGD, lr=0.1),
        metrics={"figure": lambda targets, outputs: next(figures)},
        callbacks=[lambda training: after.append(weights(model)), stopper],
    )
    return history, after, weights(model)


@pytest.mark.parametrize(
    ("column", "how", "epochs", "best"),
    [
        ([3, 2, 1, 2, 2, 2, 2], {"mode": "min", "patience": 2}, 5, 3),
        ([3, 2, 1, 2, 0, 2, 2], {"mode": "min", "patience": 2}, 7, 5),
        ([3, 2, 1, 2, 0, 2, 2], {"mode": "max", "patience": 2}, 3, 1),
        ([1, 2, 3, 3, 3, 3, 4], {"mode": "max", "patience": 3}, 6, 3),
        ([3, 2.9, 2.8, 2.7, 2.6], {"mode": "min", "patience": 3, "min_delta": 0.25}, 5, 4),
        ([3, 2.9, 2.8, 2.7, 2.6], {"mode": "min", "patience": 2, "min_delta": 0.25}, 3, 1),
        ([1, 1, 1, 1, 1], {"mode": "min", "patience": 1}, 2, 1),
        ([5, 4, 3, 2, 1], {"mode": "min", "patience": 1}, 5, 5),
        ([math.nan, 2, math.nan, 1, 3], {"mode": "min", "patience": 3}, 5, 4),
        ([math.inf, 2, 1, 3, 3], {"mode": "min", "patience": 2}, 5, 3),
    ],
)
def test_early_stopping(column, how, epochs, best):
    history, after, final = stopped_by(column, **how)
    assert history.epochs == epochs
    assert final == after[best - 1]
    assert stopped_by(column, restore_best=False, **how)[2] == after[-1]
    if epochs < len(column):
        assert history.stopped == f"figure has not improved on {column[best - 1]} since epoch {best}"


@given(
    column=st.lists(st.floats(-5, 5) | st.sampled_from([math.nan, math.inf, -math.inf]), min_size=1, max_size=8),
    patience=st.integers(1, 4),
    min_delta=st.sampled_from([0.0, 0.5]),
    mode=st.sampled_from(["min", "max"]),
)
@example(column=[math.nan] * 4, patience=2, min_delta=0.0, mode="min")
def test_early_stopping_by_its_definition(column, patience, min_delta, mode):
    worst = math.inf if mode == "min" else -math.inf
    best, best_epoch, end = worst, 0, len(column)
    for epoch, figure in enumerate(column, start=1):
        if (best - figure if mode == "min" else figure - best) > min_delta:
            best, best_epoch = figure, epoch
        elif epoch - best_epoch >= patience:
            end = epoch
            break
    history, after, final = stopped_by(column, patience=patience, min_delta=min_delta, mode=mode)
    assert history.epochs == end
    assert final == (after[best_epoch - 1] if best_epoch else after[-1])


def test_early_stopping_by_the_validation():
    model = network()
    history = quietly(
        model,
        ROWS[:6],
        [9.0, -9.0] * 3,
        validation=(ROWS[6:], TARGETS[6:]),
        epochs=200,
        optimizer=functools.partial(nn.Adam, lr=0.05),
        callbacks=[nn.EarlyStopping(patience=5)],
    )
    best = history["val_loss"].index(min(history["val_loss"]))
    assert history.epochs == best + 1 + 5
    assert nn.mse_loss([model(row) for row in ROWS[6:]], TARGETS[6:]).data == pytest.approx(min(history["val_loss"]), rel=1e-12)


def test_early_stopping_starts_anew_in_every_fit():
    stopper = nn.EarlyStopping("loss", patience=3)
    first = network(rng=0)
    quietly(first, ROWS, TARGETS, epochs=30, callbacks=[stopper])
    second, same = network(rng=1), network(rng=1)
    again = quietly(second, ROWS, TARGETS, epochs=5, optimizer=nn.SGD, callbacks=[stopper])
    alone = quietly(same, ROWS, TARGETS, epochs=5, optimizer=nn.SGD, callbacks=[nn.EarlyStopping("loss", patience=3)])
    assert again == alone
    assert weights(second) == weights(same)


def test_which_way_is_better():
    ways = {"loss": "min", "val_loss": "min", "val_mae": "min", "accuracy": "max", "val_accuracy": "max", "val_r2": "max"}
    assert {monitor: nn.EarlyStopping(monitor).mode for monitor in ways} == ways
    with pytest.raises(ValueError, match="the way in which val_f1 gets better"):
        nn.EarlyStopping("val_f1")


# ------------------------------------------------------------------------------------------------ divergence


def test_a_loss_that_explodes_leaves_the_weights_of_the_step_before():
    model = network()
    before = []

    def loss(predictions, targets):
        before.append(weights(model))
        return nn.mse_loss(predictions, targets)

    with pytest.raises(nn.DivergedError, match=r"the loss became inf in epoch \d+, with a learning rate of 1e\+30") as caught:
        quietly(model, ROWS, TARGETS, loss=loss, optimizer=functools.partial(nn.SGD, lr=1e30), epochs=50, batch_size=5)
    assert weights(model) == before[-1]
    assert all(map(math.isfinite, weights(model)))
    history = caught.value.history
    assert history.epochs == (len(before) - 1) // 2
    assert "the loss became inf" in history.stopped
    assert not model.training


def test_an_infinite_gradient_is_not_stepped_along():
    class Root(Line):
        def __call__(self, x):
            return (self.w * x[0]).sqrt() + self.b

    model = Root(w=0.0)
    optimizer = nn.SGD(model.parameters(), lr=0.1, momentum=0.9)
    with pytest.raises(nn.DivergedError, match="the gradient of w became -inf in epoch 1"):
        quietly(model, [[1.0]], [1.0], optimizer=optimizer)
    assert weights(model) == [0.0, 0.0]
    assert optimizer.steps == 0


def test_a_weight_that_overflows_in_the_last_step():
    model = Line(w=-1e308)
    with pytest.raises(nn.DivergedError, match=r"w became -inf in epoch 1"):
        quietly(model, [[0.0]], [0.0], optimizer=functools.partial(nn.SGD, lr=1e308), penalty=lambda m: m.w, epochs=1)
    assert weights(model) == [-1e308, 0.0]


def test_a_nan_is_not_trained_on():
    model = network()
    before = weights(model)
    with pytest.raises(nn.DivergedError, match="the loss became nan in epoch 1"):
        quietly(model, ROWS, TARGETS, loss=lambda p, t: nn.mse_loss(p, t) * math.nan)
    assert weights(model) == before


def test_diverged_errors_can_be_pickled():
    error = pickle.loads(pickle.dumps(nn.DivergedError("the loss became nan", nn.History(loss=[1.0]))))
    assert (str(error), error.history) == ("the loss became nan", {"loss": [1.0]})


# ------------------------------------------------------------------------------------------------ Ctrl-C


def interrupting(step, times=1):
    """A loss that presses Ctrl-C in one step, and how many steps there were."""
    steps = []

    def loss(predictions, targets):
        steps.append(1)
        if len(steps) == step:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)
        return nn.mse_loss(predictions, targets)

    return loss, steps


def test_ctrl_c_ends_after_the_step_it_is_in():
    loss, steps = interrupting(step=7)
    model, same, diary = network(), network(), Diary()
    history = quietly(model, ROWS, TARGETS, loss=loss, batch_size=4, epochs=100, callbacks=[diary])
    assert len(steps) == 7  # two epochs of three steps, and one
    assert history.stopped == "interrupted after 2 of 100 epochs"
    assert history.epochs == 2
    assert diary.lines[-1] == "finish at 2"
    assert not model.training
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert quietly(same, ROWS, TARGETS, batch_size=4, epochs=2, compile=False) == history
    assert weights(same) != weights(model)  # the seventh step was made


def test_ctrl_c_in_the_last_step_of_an_epoch_leaves_the_epoch_whole():
    loss, _ = interrupting(step=3)
    model, same = network(), network()
    history = quietly(model, ROWS, TARGETS, loss=loss, batch_size=None, epochs=100)
    assert history.stopped == "interrupted after 3 of 100 epochs"
    assert quietly(same, ROWS, TARGETS, batch_size=None, epochs=3, compile=False) == history
    assert weights(same) == weights(model)
    loss, _ = interrupting(step=3)
    assert quietly(network(), ROWS, TARGETS, loss=loss, batch_size=None, epochs=3).stopped == "all 3 epochs done"


def test_ctrl_c_restores_the_best_weights():
    model, best = network(), []
    loss, _ = interrupting(step=8)

    def note(training):
        if training.epoch == 1:
            best.extend(weights(model))

    stopper = nn.EarlyStopping("figure", mode="max", patience=100)
    figures = {"figure": lambda targets, outputs: -len(best)}
    quietly(model, ROWS, TARGETS, loss=loss, batch_size=4, epochs=9, metrics=figures, callbacks=[note, stopper])
    assert weights(model) == best


def test_a_second_ctrl_c_interrupts_at_once():
    loss, _ = interrupting(step=2, times=2)
    with pytest.raises(KeyboardInterrupt):
        quietly(network(), ROWS, TARGETS, loss=loss)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_program_that_handles_ctrl_c_keeps_its_handler():
    pressed = []
    signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    try:
        loss, _ = interrupting(step=2)
        assert quietly(network(), ROWS, TARGETS, loss=loss, epochs=3).stopped == "all 3 epochs done"
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    assert pressed == [signal.SIGINT]


def test_an_error_restores_the_handler():
    with pytest.raises(ZeroDivisionError):
        quietly(network(), ROWS, TARGETS, callbacks=[lambda training: 1 / 0])
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


LONG = """
import nn
rows, labels = nn.data.moons(30, seed=0)
model = nn.MLP(2, [4, 1], "tanh", rng=0)
def tell(training):
    if training.epoch == 2:
        print("training", flush=True)
history = nn.fit(model, rows, labels, epochs=10**6, batch_size=5, callbacks=[tell])
print(history.epochs >= 2, history.epochs == len(history["loss"]), history.stopped.startswith("interrupted after"))
"""


def test_ctrl_c_from_a_terminal_ends_a_program_in_order():
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", LONG],
        env=environment(autograd),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout.readline() == "training\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "True True True\n"), err
    assert "Traceback" not in err


def test_fit_in_another_thread():
    model, same, histories = network(), network(), []
    thread = threading.Thread(target=lambda: histories.append(quietly(model, ROWS, TARGETS, epochs=3, validation=0.2)))
    thread.start()
    thread.join()
    assert histories == [quietly(same, ROWS, TARGETS, epochs=3, validation=0.2)]
    assert weights(model) == weights(same)


# ------------------------------------------------------------------------------------------------ bar and history


def test_the_bar_shows_steps_loss_and_metrics(capsys):
    nn.fit(
        network(),
        ROWS,
        LABELS,
        loss=nn.binary_cross_entropy_with_logits,
        batch_size=4,
        epochs=3,
        metrics=["accuracy"],
        validation=(ROWS, LABELS),
    )
    out, err = capsys.readouterr()
    assert out == ""
    assert "9/9" in err
    for figure in ("training: 100%", "loss=0.", "accuracy=0.", "val_loss=0.", "val_accuracy=0."):
        assert figure in err
    quietly(network(), ROWS, LABELS, epochs=1)
    assert capsys.readouterr() == ("", "")


NOTEBOOK = """
import sys, types
sys.modules["ipykernel.zmqshell"] = types.ModuleType("ipykernel.zmqshell")  # what tqdm knows a notebook by
sys.modules["IPython"] = types.SimpleNamespace(get_ipython=lambda: None)
sys.modules["ipywidgets"] = None
import nn
nn.fit(nn.MLP(2, [1], rng=0), [[1.0, 2.0]], [1.0], epochs=2)
"""


def test_a_notebook_without_widgets_has_a_bar_of_text_and_no_warning():
    done = subprocess.run(
        [sys.executable, "-c", NOTEBOOK], env=environment(autograd), capture_output=True, text=True, timeout=60, check=True
    )
    assert "2/2" in done.stderr
    assert "Warning" not in done.stderr


def test_history_to_files_and_back(tmp_path):
    history = quietly(network(), ROWS, TARGETS, epochs=3, metrics=["mae"])
    history.to_csv(tmp_path / "history.csv")
    history.to_json(tmp_path / "history.json")
    with (tmp_path / "history.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert [int(line["epoch"]) for line in lines] == [1, 2, 3]
    assert {name: [float(line[name]) for line in lines] for name in history} == history
    assert json.loads((tmp_path / "history.json").read_text()) == {"stopped": "all 3 epochs done", "columns": history}
    empty = nn.History()
    empty.to_csv(tmp_path / "history.csv")
    assert (tmp_path / "history.csv").read_text().split() == ["epoch"]
    assert empty.epochs == 0


def test_a_history_has_the_same_columns_in_every_epoch():
    history = nn.History()
    history.add({"loss": 1.0})
    with pytest.raises(ValueError, match="the columns loss, and this epoch has loss, mae"):
        history.add({"loss": 1.0, "mae": 2.0})
    with pytest.raises(ValueError, match="no column 'val_loss', only loss: is the validation or the metric missing"):
        history.last("val_loss")
    for columns in ({"loss": ["1"]}, {"loss": [1.0], "lr": []}, {"loss": "12"}):
        with pytest.raises(ValueError, match="columns of a history"):
            nn.History.of(columns)
