"""fit: against loops written out by hand, bit for bit; metrics, validation, callbacks, and the errors that help."""

import functools
import math

import numpy as np
import pytest
from processes import run
from trainings import LABELS, ROWS, TARGETS, Diary, Line, network, quietly, weights

import autograd
import nn
from autograd import Value

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


def test_metrics_of_one_row_of_several_outputs():
    model = nn.Layer(2, 2, "linear", init="zeros", rng=0)
    history = quietly(model, [[1.0, 2.0]], [[1.0, -3.0]], metrics=["mae"], epochs=1, validation=([[0.0, 0.0]], [[2.0, 4.0]]))
    assert history["mae"] == [2.0]


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
