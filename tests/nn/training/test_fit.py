"""fit: against loops written out by hand, bit for bit; history, metrics, callbacks, Ctrl-C, and the errors that help."""

import csv
import functools
import json
import math
import pickle
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from processes import environment, run

import autograd
import nn
from autograd import Value

ROWS, LABELS = nn.data.moons(10, noise=0.1, seed=1)
TARGETS = [row[0] * row[1] for row in ROWS]
quietly = functools.partial(nn.fit, progress=False)


def weights(model):
    return [p.data for p in model.parameters()]


def network(rng=0, **how):
    return nn.MLP(2, [4, 1], "tanh", rng=rng, **how)


class Line(nn.Module):
    """w x + b, which keeps the rows it was trained on."""

    def __init__(self, w=0.5, b=0.0):
        self.w, self.b = Value(w), Value(b)
        self.seen = []

    def __call__(self, x):
        if self.training:
            self.seen.append(x[0])
        return self.w * x[0] + self.b


# ------------------------------------------------------------------------------------------------ the loop


def loop_by_hand(model, optimizer, loss, batches, *, penalty=None, clip_norm=None):
    """One epoch as a beginner writes it. Gives the losses."""
    losses = []
    for batch in batches:
        total = loss([model(ROWS[i]) for i in batch], [TARGETS[i] for i in batch])
        if penalty:
            total = total + penalty(model)
        for p in model.parameters():
            p.grad = 0.0
        total.backward()
        if clip_norm:
            nn.clip_grad_norm_(model.parameters(), clip_norm)
        optimizer.step()
        losses.append(total.data)
    return losses


@pytest.mark.parametrize(
    ("batch_size", "batches"),
    [
        (None, [list(range(10))]),
        (1000, [list(range(10))]),
        (4, [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]),
        (np.int64(5), [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]),
        (1, [[i] for i in range(10)]),
    ],
    ids=["full batch", "more than there are", "mini-batches, the last short", "halves", "stochastic"],
)
@pytest.mark.parametrize("clip_norm", [None, 0.05])
@pytest.mark.parametrize("penalty", [None, lambda model: nn.l2_penalty(model, 0.1)], ids=["plain", "penalty"])
@pytest.mark.parametrize("compile", [False, True], ids=["eager", "compiled"])
def test_it_is_the_loop_written_by_hand_and_eagerly_bit_for_bit(batch_size, batches, clip_norm, penalty, compile):
    as_by_hand = (lambda numbers: pytest.approx(numbers, rel=1e-11)) if compile else (lambda numbers: numbers)
    model, same = network(), network()
    history = quietly(
        model,
        ROWS,
        TARGETS,
        optimizer=functools.partial(nn.SGD, lr=0.1, momentum=0.9),
        batch_size=batch_size,
        shuffle=False,
        epochs=3,
        penalty=penalty,
        clip_norm=clip_norm,
        compile=compile,
    )
    optimizer = nn.SGD(same.parameters(), lr=0.1, momentum=0.9)
    for epoch in range(3):
        losses = loop_by_hand(same, optimizer, nn.mse_loss, batches, penalty=penalty, clip_norm=clip_norm)
        mean = sum(x * len(batch) for x, batch in zip(losses, batches, strict=True)) / 10
        assert history["loss"][epoch] == (as_by_hand(losses[0]) if len(batches) == 1 else pytest.approx(mean, rel=1e-11))
    assert weights(model) == as_by_hand(weights(same))
    assert history["lr"] == [0.1] * 3
    assert history.stopped == "all 3 epochs done"


def orders(seed, epochs=3, batch_size=4, shuffle=True):
    model = Line()
    quietly(
        model,
        [[float(i)] for i in range(10)],
        [0.0] * 10,
        optimizer=nn.SGD([model.w], lr=0.0),
        seed=seed,
        epochs=epochs,
        batch_size=batch_size,
        shuffle=shuffle,
    )
    return [model.seen[i : i + 10] for i in range(0, 10 * epochs, 10)]


def test_every_epoch_has_every_row_once_in_an_order_of_its_own():
    epochs = orders(seed=0)
    assert all(sorted(order) == list(range(10)) for order in epochs)
    assert len(set(map(tuple, epochs))) == 3
    assert orders(seed=0, shuffle=False) == [list(range(10))] * 3


def test_the_seed_fixes_the_order():
    assert orders(seed=7) == orders(seed=7) == orders(seed=np.int64(7)) == orders(seed=7, batch_size=None)
    assert orders(seed=7) != orders(seed=8)
    assert orders(seed=-1) != orders(seed=1)
    assert orders(seed=7, epochs=5)[:3] == orders(seed=7)


def test_shuffled_batches_are_the_loop_by_hand_in_that_order():
    numbers = [i for i, row in enumerate(ROWS)]
    model = network()
    order = []

    def noting(predictions, targets):
        order.append([TARGETS.index(t) for t in targets])
        return nn.mse_loss(predictions, targets)

    quietly(model, ROWS, TARGETS, loss=noting, optimizer=nn.Adam, batch_size=4, epochs=4, seed=3)
    same = network()
    loop_by_hand(same, nn.Adam(same.parameters()), nn.mse_loss, order)
    assert list(map(len, order)) == [4, 4, 2] * 4
    assert sorted(order[0] + order[1] + order[2]) == numbers
    assert weights(model) == weights(same)


def test_the_run_does_not_depend_on_hashes():
    code = """
    import nn
    rows, labels = nn.data.moons(20, seed=0)
    model = nn.MLP(2, [4, 1], "tanh", dropout=0.3, rng=0)
    history = nn.fit(model, rows, labels, epochs=2, batch_size=4, validation=0.25, metrics=["mae"], progress=False)
    print(dict(history), [p.data for p in model.parameters()])
    """
    first, second = (run(autograd, code, variables={"PYTHONHASHSEED": seed}) for seed in ("1", "2"))
    assert first == second


def test_a_parameter_used_twice_is_stepped_once():
    """y = w (w x): by hand, the slope of (w² x - t)² is 4 w x (w² x - t)."""

    class Twice(nn.Module):
        def __init__(self):
            self.first = nn.Neuron(1, "linear", bias=False, init=nn.init.constant(0.5))
            self.second = self.first

        def __call__(self, x):
            return self.second([self.first(x)])

    model = Twice()
    quietly(model, [[2.0]], [1.0], optimizer=functools.partial(nn.SGD, lr=0.25), epochs=1)
    assert model.first.weights[0].data == pytest.approx(0.5 - 0.25 * (4 * 0.5 * 2.0 * (0.25 * 2.0 - 1.0)), rel=1e-14)


def test_only_what_the_optimizer_has_moves():
    model = Line()
    quietly(model, [[1.0], [2.0]], [3.0, 5.0], optimizer=nn.SGD([model.w], lr=0.1), epochs=20)
    assert model.b.data == 0.0
    assert model.w.data != 0.5


# ------------------------------------------------------------------------------------------------ losses and targets

SIGNS = [2 * label - 1 for label in LABELS]


@pytest.mark.parametrize(
    ("loss", "y", "outputs", "last"),
    [
        (nn.mse_loss, LABELS, 1, "linear"),
        (nn.mse_loss, [[label] for label in LABELS], 1, "linear"),
        (nn.l1_loss, np.array(LABELS), 1, "linear"),
        (nn.huber_loss, np.array(LABELS, dtype=np.float32)[:, None], 1, "linear"),
        (functools.partial(nn.huber_loss, delta=0.5), LABELS, 1, "linear"),
        (nn.hinge_loss, SIGNS, 1, "linear"),
        (nn.squared_hinge_loss, np.array(SIGNS)[:, None], 1, "linear"),
        (nn.binary_cross_entropy, LABELS, 1, "sigmoid"),
        (nn.binary_cross_entropy_with_logits, [float(label) for label in LABELS], 1, "linear"),
        (nn.binary_cross_entropy_with_logits, [[label, 1 - label] for label in LABELS], 2, "linear"),
        (nn.cross_entropy, LABELS, 3, "linear"),
        (nn.cross_entropy, np.array(LABELS), 2, "linear"),
        (nn.cross_entropy, [float(label) for label in LABELS], 2, "linear"),
        (nn.cross_entropy, np.array(LABELS)[:, None], 2, "linear"),
        (nn.cross_entropy, nn.data.one_hot(LABELS), 2, "linear"),
        (functools.partial(nn.cross_entropy, weight=[1.0, 2.0]), LABELS, 2, "linear"),
        (lambda p, t: nn.cross_entropy(p, t, label_smoothing=0.1), LABELS, 2, "linear"),
        (lambda p, t: autograd.fsum([(a - b) ** 4 for a, b in zip(p, t, strict=True)]), LABELS, 1, "linear"),
    ],
)
def test_every_loss_falls(loss, y, outputs, last):
    model = nn.MLP(2, [4, outputs], ["tanh", last], rng=0)
    history = quietly(model, ROWS, y, loss=loss, optimizer=functools.partial(nn.Adam, lr=0.05), epochs=60, batch_size=None)
    assert history["loss"][-1] < 0.8 * history["loss"][0]


def test_targets_of_every_shape_train_alike():
    def trained(y, model=None):
        model = model or network()
        quietly(model, ROWS, y, epochs=2)
        return weights(model)

    class Frame:
        def __init__(self, array):
            self.to_numpy = lambda: array

    flat = trained(LABELS)
    column = np.array(LABELS)[:, None]
    for y in (tuple(LABELS), np.array(LABELS), list(np.array(LABELS)), column, list(column), column.tolist(), Frame(column)):
        assert trained(y) == flat
    in_a_list = nn.Sequential(nn.MLP(2, [4, 2], "tanh", rng=0).layers[0], nn.Layer(4, 1, "linear", rng=1))
    same = nn.Sequential(nn.MLP(2, [4, 2], "tanh", rng=0).layers[0], nn.Layer(4, 1, "linear", rng=1))
    assert trained(LABELS, in_a_list) == trained(column, same)


def test_the_encoder_of_1986_is_squeezed_through_three_neurons():
    rows, targets = nn.data.encoder(8)
    model = nn.MLP(8, [3, 8], ["sigmoid", "sigmoid"], rng=0)
    history = quietly(
        model,
        rows,
        targets,
        optimizer=functools.partial(nn.Adam, lr=0.1),
        epochs=300,
        batch_size=None,
        loss=functools.partial(nn.mse_loss, reduction="half_sum"),
        metrics=["accuracy", "mae"],
    )
    assert history["accuracy"][-1] == 1.0
    assert history["mae"][-1] < 0.1


def test_sequences_of_unequal_lengths_for_a_model_that_takes_them():
    class Recurrent(nn.Module):
        def __init__(self):
            self.cell = nn.Neuron(2, "tanh", rng=0)

        def __call__(self, sequence):
            h = 0.0
            for step in sequence:
                h = self.cell([step[0], h])
            return h

    sequences = [[[1.0], [0.5]], [[-1.0]], [[0.5], [0.5], [-0.25]]]
    history = quietly(
        Recurrent(), sequences, [0.5, -0.5, 0.0], epochs=100, batch_size=2, optimizer=functools.partial(nn.Adam, lr=0.05)
    )
    assert history["loss"][-1] < 0.2 * history["loss"][0]


def test_rows_may_be_anything_the_model_takes():
    class Letters(nn.Module):
        def __init__(self):
            self.scores = {letter: Value(0.0) for letter in "ab"}

        def __call__(self, word):
            return autograd.fsum([self.scores[letter] for letter in word])

    model = Letters()
    quietly(
        model, ["ab", "aab", "b"], [3.0, 4.0, 2.0], epochs=300, optimizer=functools.partial(nn.SGD, lr=0.1), batch_size=None
    )
    assert [model.scores[letter].data for letter in "ab"] == pytest.approx([1.0, 2.0], abs=1e-3)


def test_one_row_and_one_class():
    assert quietly(network(), [[1.0, 2.0]], [0.5], epochs=50)["loss"][-1] < 1e-2
    assert quietly(nn.MLP(2, [3], rng=0), ROWS, [2] * 10, loss=nn.cross_entropy, epochs=50)["loss"][-1] < 0.6
    assert quietly(nn.Layer(2, 1, "linear", rng=0), ROWS, [0] * 10, loss=nn.cross_entropy, epochs=1)["loss"] == [0.0]


# ------------------------------------------------------------------------------------------------ metrics


def test_metrics_are_those_of_the_outputs():
    model = network()
    by_hand = {"largest": lambda targets, outputs: max(outputs)}
    history = quietly(model, ROWS, TARGETS, validation=(ROWS[:3], TARGETS[:3]), metrics=["r2", "mae"], epochs=2)
    outputs = [model(row).data for row in ROWS[:3]]
    assert history["val_mae"][-1] == pytest.approx(nn.metrics.mean_absolute_error(TARGETS[:3], outputs), rel=1e-12)
    assert history["val_r2"][-1] == pytest.approx(nn.metrics.r2_score(TARGETS[:3], outputs), rel=1e-12)
    assert history["val_loss"][-1] == pytest.approx(nn.mse_loss([model(row) for row in ROWS[:3]], TARGETS[:3]).data, rel=1e-12)
    assert list(history) == ["loss", "r2", "mae", "val_loss", "val_r2", "val_mae", "lr"]
    model = network()
    before = [model(row).data for row in ROWS]
    history = quietly(model, ROWS, TARGETS, metrics=by_hand, batch_size=None, epochs=1)
    assert history["largest"] == [pytest.approx(max(before), rel=1e-14)]  # of the outputs that the step was made of


def test_metrics_of_several_outputs_are_scikit_learns():
    from sklearn.metrics import mean_absolute_error, r2_score

    y = [[a, b * b] for a, b in ROWS]
    model = nn.MLP(2, [2], rng=0)
    history = quietly(model, ROWS, y, validation=(ROWS, y), metrics=["r2", "mae"], epochs=3)
    outputs = [[v.data for v in model(row)] for row in ROWS]
    assert history["val_r2"][-1] == pytest.approx(r2_score(y, outputs), rel=1e-12)
    assert history["val_mae"][-1] == pytest.approx(mean_absolute_error(y, outputs), rel=1e-12)


def largest(scores):
    return scores.index(max(scores))


def shares_of_largest(scores):
    return [float(k == largest(scores)) for k in range(len(scores))]


@pytest.mark.parametrize(
    ("loss", "y", "last", "decide"),
    [
        (nn.cross_entropy, LABELS, nn.Layer(4, 2, "linear", rng=1), largest),
        (nn.cross_entropy, nn.data.one_hot(LABELS), nn.Layer(4, 2, "linear", rng=1), shares_of_largest),
        (nn.mse_loss, nn.data.one_hot(LABELS), nn.Layer(4, 2, "linear", rng=1), shares_of_largest),
        (nn.hinge_loss, SIGNS, nn.Neuron(4, "linear", rng=1), lambda o: 1 if o > 0 else -1),
        (nn.binary_cross_entropy, LABELS, nn.Neuron(4, "sigmoid", rng=1), lambda o: int(o > 0.5)),
        (nn.binary_cross_entropy_with_logits, LABELS, nn.Neuron(4, "linear", rng=1), lambda o: int(o > 0.0)),
        (nn.binary_cross_entropy_with_logits, LABELS, nn.Layer(4, 1, "linear", rng=1), lambda o: int(o[0] > 0.0)),
        (
            nn.binary_cross_entropy_with_logits,
            [[a, 1 - a] for a in LABELS],
            nn.Layer(4, 2, "linear", rng=1),
            lambda o: [int(v > 0.0) for v in o],
        ),
    ],
)
def test_accuracy_under_every_loss_that_decides(loss, y, last, decide):
    model = nn.Sequential(nn.Layer(2, 4, "tanh", rng=3), last)
    history = quietly(model, ROWS, y, loss=loss, metrics=["accuracy"], validation=(ROWS, y), epochs=2)
    outputs = [model(row) for row in ROWS]
    outputs = [[v.data for v in o] if isinstance(o, list) else o.data for o in outputs]
    right = sum(decide(o) == t for o, t in zip(outputs, y, strict=True))
    assert 0 < right < 10, "the case shows nothing"
    assert history["val_accuracy"][-1] == right / 10


# ------------------------------------------------------------------------------------------------ validation


def test_a_share_of_the_rows_is_held_out_by_seed():
    def held_out(seed, share=0.3):
        model = Line()
        history = quietly(
            model, [[float(i)] for i in range(10)], [1.0] * 10, validation=share, seed=seed, epochs=2, optimizer=nn.SGD
        )
        trained, others = set(model.seen), set(range(10)) - set(model.seen)
        assert sorted(model.seen) == sorted([*trained, *trained])
        losses = [(model([float(i)]).data - 1.0) ** 2 for i in others]
        assert history["val_loss"][-1] == pytest.approx(sum(losses) / len(losses), rel=1e-14)
        return others

    assert held_out(1) == held_out(1) == held_out(1, np.float32(0.3))
    assert len(held_out(1)) == 3
    assert held_out(1) != held_out(2)


def test_validation_trains_nothing_and_drops_nothing():
    def trained(**how):
        model = network(dropout=0.5)
        return quietly(model, ROWS, TARGETS, epochs=3, **how), weights(model)

    (history, with_it), (_, without) = trained(validation=(ROWS[:2], TARGETS[:2]), metrics=["mae"]), trained()
    assert with_it == without
    model = network(dropout=0.5).eval()
    model.load_state_dict(network_of(with_it).state_dict())
    assert history["val_loss"][-1] == nn.mse_loss([model(row) for row in ROWS[:2]], TARGETS[:2]).data


def network_of(numbers):
    model = network()
    for p, number in zip(model.parameters(), numbers, strict=True):
        p.data = number
    return model


# ------------------------------------------------------------------------------------------------ modes and callbacks


def test_modes():
    model = network(dropout=0.5)
    modes = []

    def loss(predictions, targets):
        modes.append(model.training)
        return nn.mse_loss(predictions, targets)

    quietly(
        model, ROWS, TARGETS, loss=loss, epochs=1, validation=0.2, callbacks=[lambda training: modes.append(model.training)]
    )
    assert modes == [True, False, False]  # a step, the validation, the callback
    assert not model.training


def test_refused_data_leave_the_mode_and_an_error_in_a_step_leaves_evaluation():
    model = network(dropout=0.5)
    with pytest.raises(ValueError, match="3 targets"):
        quietly(model, ROWS, [1.0, 2.0, 3.0])
    assert model.training
    with pytest.raises(ZeroDivisionError):
        quietly(model, ROWS, TARGETS, loss=lambda p, t: 1 / 0)
    assert not model.training


class Diary:
    def __init__(self):
        self.lines = []

    def start(self, training):
        self.lines.append(f"start at {training.epoch}")

    def __call__(self, training):
        self.lines.append(f"{training.epoch} of {training.epochs}, {training.history.epochs} noted")

    def finish(self, training):
        self.lines.append(f"finish at {training.epoch}")


def test_callbacks_are_told_of_the_start_every_epoch_and_the_finish():
    diary, model = Diary(), network()
    history = quietly(
        model,
        ROWS,
        TARGETS,
        epochs=5,
        callbacks=[diary, lambda training: training.stop("it is enough") if training.epoch == 2 else None],
    )
    assert diary.lines == ["start at 0", "1 of 5, 1 noted", "2 of 5, 2 noted", "finish at 2"]
    assert (history.stopped, history.epochs) == ("it is enough", 2)
    assert quietly(network(), ROWS, TARGETS, callbacks=[nn.Training.stop]).epochs == 1


def test_schedules_step_after_every_epoch():
    model = network()
    optimizer = nn.SGD(model.parameters(), lr=1e-3)
    history = quietly(model, ROWS, TARGETS, optimizer=optimizer, schedule=nn.ExponentialLR(optimizer, 0.5), epochs=4)
    assert history["lr"] == [1e-3, 5e-4, 2.5e-4, 1.25e-4]
    assert optimizer.lr == 6.25e-5


@pytest.mark.parametrize(("validation", "column"), [(None, "loss"), ((ROWS[:3], [9.0, -9.0, 9.0]), "val_loss")])
def test_reduce_lr_on_plateau_goes_by_the_validation_if_there_is_one(validation, column):
    model = network()
    optimizer = nn.SGD(model.parameters(), lr=0.3)
    history = quietly(
        model,
        ROWS,
        TARGETS,
        optimizer=optimizer,
        epochs=15,
        validation=validation,
        batch_size=3,
        schedule=nn.ReduceLROnPlateau(optimizer, factor=0.5, patience=1),
    )
    rate, best, bad, rates = 0.3, math.inf, 0, []
    for figure in history[column]:
        rates.append(rate)
        bad = 0 if figure < best * (1 - 1e-4) else bad + 1
        best = min(best, figure) if bad == 0 else best
        if bad > 1:
            rate, bad = rate / 2, 0
    assert history["lr"] == rates
    assert rates[-1] < 0.3, "the case shows nothing"


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


# ------------------------------------------------------------------------------------------------ errors

OTHER = nn.SGD(network().parameters())


@pytest.mark.parametrize(
    ("how", "error", "words"),
    [
        ({"epochs": 0}, ValueError, "epochs is a whole number of at least 1, and this is 0"),
        ({"epochs": 2.0}, ValueError, r"and this is 2\.0"),
        ({"epochs": True}, ValueError, "and this is True"),
        ({"batch_size": 0}, ValueError, r"batch_size \(None for all rows\) is a whole number of at least 1, and this is 0"),
        ({"batch_size": "all"}, ValueError, "and this is 'all'"),
        ({"seed": "x"}, TypeError, "seed is a whole number, and this is 'x'"),
        ({"seed": None}, TypeError, "seed is a whole number"),
        ({"loss": "mse"}, TypeError, "a function such as nn.mse_loss, and this is 'mse'"),
        ({"loss": lambda p, t: 0.5}, TypeError, r"the loss is a Value, and this is 0\.5"),
        ({"loss": functools.partial(nn.mse_loss, reduction="none"), "penalty": lambda m: 0.0}, TypeError, "a mean or sum over"),
        ({"penalty": 1e-3}, TypeError, r"as lambda m: nn.l2_penalty\(m, 1e-4\), and this is 0\.001"),
        ({"clip_norm": -1.0}, ValueError, r"clip_norm is a finite number of at least 0, and this is -1\.0"),
        ({"clip_norm": math.nan}, ValueError, "clip_norm"),
        ({"optimizer": "adam"}, TypeError, r"a function such as nn.Adam, not 'adam'"),
        ({"optimizer": lambda parameters: None}, TypeError, "it made None"),
        ({"optimizer": OTHER}, ValueError, "none of this model's parameters"),
        ({"schedule": nn.StepLR(OTHER, 1)}, ValueError, "of another optimizer: give optimizer=schedule.optimizer"),
        ({"schedule": "cosine"}, TypeError, r"one such as nn\.StepLR\(optimizer, 10\), and this is 'cosine'"),
        ({"metrics": "accuracy"}, TypeError, r"a list of names, as \['accuracy'\]"),
        ({"metrics": ["f1"]}, ValueError, "no metric 'f1': choose from accuracy, r2, mae, or give a dict"),
        ({"metrics": ["accuracy"]}, ValueError, "under mse_loss is not known: give a metric that takes"),
        ({"metrics": {"loss": max}}, ValueError, "a column 'loss' of its own"),
        ({"metrics": {"val_x": max}}, ValueError, "a column 'val_x' of its own"),
        ({"callbacks": nn.EarlyStopping("loss")}, TypeError, "callbacks is a list"),
        ({"callbacks": [nn.EarlyStopping]}, TypeError, "and this is <class 'nn.training.callbacks.EarlyStopping'>"),
        ({"callbacks": [3]}, TypeError, "and this is 3"),
        ({"callbacks": [nn.EarlyStopping()]}, ValueError, "no column 'val_loss', only loss, lr"),
        ({"validation": 0.0}, ValueError, r"a pair \(X, y\), or a share of the rows such as 0.2, and this is 0\.0"),
        ({"validation": True}, ValueError, "and this is True"),
        ({"validation": math.nan}, ValueError, "and this is nan"),
        ({"validation": "x"}, ValueError, "and this is 'x'"),
        ({"validation": (ROWS, TARGETS, ROWS)}, ValueError, r"a pair \(X, y\)"),
        ({"validation": 0.01}, ValueError, r"validation=0\.01 of 10 rows leaves one side empty"),
        ({"validation": (ROWS, [1.0])}, ValueError, "10 rows and 1 targets in validation y"),
        ({"validation": ([], [])}, ValueError, "validation X has no rows"),
        ({"validation": ([[1.0]], [1.0])}, ValueError, "takes 2 inputs, and was given 1"),
        ({"resume": "missing.checkpoint"}, FileNotFoundError, "missing.checkpoint"),
    ],
)
def test_arguments_that_make_no_sense(how, error, words):
    model = network()
    before = weights(model)
    with pytest.raises(error, match=words):
        quietly(model, ROWS, TARGETS, **{"epochs": 1, **how})
    if "callbacks" not in how:
        assert weights(model) == before


def test_metrics_of_tables_for_each_row():
    model = nn.Sequential(nn.Layer(2, 2, rng=0), lambda values: [values])
    y = [[row] for row in ROWS]
    assert quietly(model, ROWS, y, epochs=2).epochs == 2
    with pytest.raises(ValueError, match="mae is known for one number or one list of numbers for a row"):
        quietly(model, ROWS, y, metrics=["mae"])


def test_what_is_trained_is_a_module():
    with pytest.raises(TypeError, match="fit trains a Module, and this is <function"):
        quietly(lambda x: x, ROWS, TARGETS)
    with pytest.raises(ValueError, match="needs parameters to step"):
        quietly(nn.Sequential(len), [[1.0]], [1.0])


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"patience": 0}, "patience is a whole number of at least 1, and this is 0"),
        ({"patience": 1.5}, "patience"),
        ({"min_delta": -1.0}, r"min_delta is a finite number of at least 0, and this is -1\.0"),
        ({"min_delta": "x"}, "min_delta"),
        ({"mode": "up"}, 'mode is "min" or "max"'),
    ],
)
def test_early_stopping_with_numbers_out_of_range(how, words):
    with pytest.raises(ValueError, match=words):
        nn.EarlyStopping("loss", **how)


def test_a_patience_in_the_place_of_the_monitor():
    with pytest.raises(TypeError, match="and this is 10: is it the patience"):
        nn.EarlyStopping(10)
    with pytest.raises(TypeError, match="int"):
        nn.Checkpoint(10)


def test_the_place_of_a_wrong_target_is_that_in_y_also_where_rows_are_held_out():
    labels = [0] * 9 + [-1]
    for validation in (None, 0.5):
        with pytest.raises(ValueError, match=r"y\[9\] is -1, and the model tells 2 classes apart: 0 to 1"):
            quietly(nn.MLP(2, [2], rng=0), ROWS, labels, loss=nn.cross_entropy, validation=validation)
