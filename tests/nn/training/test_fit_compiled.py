"""fit by compiled programs: the same training as eagerly, to 1e-9 over all of it, or eagerly, with the reason told."""

import collections
import functools
import math
import random
import signal

import numpy as np
import pytest
from compiled_trainings import CLASSES, LABELS, ROWS, SIGNS, SOFT, TARGETS, Line, check_equal, close, network, trained
from hypothesis import given
from hypothesis import strategies as st

import autograd
import nn
from autograd import Value
from nn.losses import by_rows
from nn.storage import read

# ------------------------------------------------------------------------------------------------ as eagerly


@pytest.mark.parametrize(
    ("loss", "y", "outputs", "last"),
    [
        (nn.mse_loss, TARGETS, 1, "linear"),
        (nn.mse_loss, [[t, -t] for t in TARGETS], 2, "linear"),
        (functools.partial(nn.mse_loss, reduction="sum"), [[t, -t] for t in TARGETS], 2, "linear"),
        (functools.partial(nn.mse_loss, reduction="half_sum"), TARGETS, 1, "linear"),
        (functools.partial(functools.partial(nn.mse_loss, reduction="half_sum"), reduction="mean"), TARGETS, 1, "linear"),
        (nn.l1_loss, TARGETS, 1, "linear"),
        (functools.partial(nn.huber_loss, delta=0.3), TARGETS, 1, "linear"),
        (nn.hinge_loss, SIGNS, 1, "linear"),
        (nn.squared_hinge_loss, SIGNS, 1, "linear"),
        (nn.binary_cross_entropy, LABELS, 1, "sigmoid"),
        (nn.binary_cross_entropy, [0.3 if label else 1.0 for label in LABELS], 1, "sigmoid"),
        (nn.binary_cross_entropy_with_logits, LABELS, 1, "linear"),
        (nn.binary_cross_entropy_with_logits, [[label, 0.25] for label in LABELS], 2, "linear"),
        (nn.cross_entropy, CLASSES, 3, "linear"),
        (nn.cross_entropy, nn.data.one_hot(CLASSES), 3, "linear"),
        (nn.cross_entropy, SOFT, 3, "linear"),
        (functools.partial(nn.cross_entropy, weight=[1.0, 0.0, 2.5]), CLASSES, 3, "linear"),
        (functools.partial(nn.cross_entropy, weight=[1.0, 0.0, 2.5]), SOFT, 3, "linear"),
        (functools.partial(nn.cross_entropy, label_smoothing=0.1), CLASSES, 3, "linear"),
        (functools.partial(nn.cross_entropy, label_smoothing=0.1, weight=[1.0, 0.0, 2.5]), CLASSES, 3, "linear"),
        (functools.partial(nn.cross_entropy, label_smoothing=1.0, reduction="sum"), SOFT, 3, "linear"),
        (nn.rowwise(lambda p, t: (p - t) ** 4), TARGETS, 1, "linear"),
        (nn.rowwise(lambda p, t: (p[0] - p[1] * t).exp(), reduction="sum"), TARGETS, 2, "linear"),
    ],
)
def test_every_loss_of_nn_trains_as_eagerly(loss, y, outputs, last):
    check_equal(
        lambda: network(outputs, last), y, loss=loss, validation=(ROWS[:7], y[:7]), optimizer=functools.partial(nn.SGD, lr=0.05)
    )


@pytest.mark.parametrize(
    "optimizer",
    [
        nn.SGD,
        functools.partial(nn.SGD, lr=0.1, momentum=0.9, weight_decay=0.01),
        functools.partial(nn.SGD, lr=0.1, momentum=0.9, nesterov=True),
        functools.partial(nn.Adagrad, lr=0.1, lr_decay=0.1, initial_accumulator_value=0.1),
        functools.partial(nn.RMSprop, lr=0.01, momentum=0.5, centered=True),
        functools.partial(nn.Adam, lr=0.01, weight_decay=0.1),
        functools.partial(nn.AdamW, lr=0.01, betas=(0.8, 0.99)),
    ],
)
def test_every_optimiser_trains_as_eagerly_to_its_state(optimizer):
    check_equal(optimizer=optimizer, epochs=8)


@pytest.mark.parametrize(
    "schedule",
    [
        lambda optimizer: nn.StepLR(optimizer, 2, 0.5),
        lambda optimizer: nn.CosineAnnealingLR(optimizer, 4),
        lambda optimizer: nn.ReduceLROnPlateau(optimizer, 0.5, patience=0),
    ],
)
def test_schedules(schedule):
    _, history = check_equal(schedule=schedule, optimizer=functools.partial(nn.SGD, lr=0.4), epochs=6, validation=0.3)
    assert len(set(history["lr"])) > 1, "the case shows nothing"


@pytest.mark.parametrize(
    "penalty",
    [
        lambda model: nn.l2_penalty(model, 0.1),
        lambda model: nn.elastic_net_penalty(model, 0.01, 0.1, biases=True),
        nn.PerExample(lambda model: nn.l2_penalty(model, 0.5)),
        lambda model: 0.25,
    ],
)
@pytest.mark.parametrize("clip_norm", [None, 0.05])
def test_penalties_and_clipping(penalty, clip_norm):
    check_equal(penalty=penalty, clip_norm=clip_norm, optimizer=functools.partial(nn.SGD, lr=0.1))


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("divided", [True, False])
def test_rows_that_do_not_count_alike(reduction, divided):
    """The weights of rows, in their targets; also what a penalty is divided by. A weight of 2 is a row twice."""
    weights = [0.25 * (1 + 7 * i % 5) for i in range(23)]
    loss = nn.rowwise(lambda p, t: (p - t[0]) ** 2, reduction=reduction, weight=lambda target: target[1])
    penalty = nn.PerExample(lambda model: nn.l2_penalty(model, 0.5), lambda targets: sum(t[1] for t in targets))
    how = {"penalty": penalty} if divided else {}
    targets = [[t, w] for t, w in zip(TARGETS, weights, strict=True)]
    check_equal(network, targets, loss=loss, batch_size=4, epochs=3, validation=0.3, **how)
    whole = {"shuffle": False, "batch_size": None, "optimizer": functools.partial(nn.SGD, lr=0.01), **how}
    twice, *_ = trained(True, network, [[t, 2.0] for t in TARGETS], loss=loss, **whole)
    rows, *_ = trained(True, network, [[t, 1.0] for t in TARGETS * 2], X=ROWS * 2, loss=loss, **whole)
    assert [p.data for p in twice.parameters()] == close([p.data for p in rows.parameters()])


def test_rows_that_count_for_nothing_have_no_mean():
    loss = nn.rowwise(lambda p, t: (p - t[0]) ** 2, weight=lambda target: target[1])
    for compile in (True, False):
        with pytest.raises(ValueError, match="the sum 0, and that has no mean"):
            trained(compile, network, [[t, 0.0] for t in TARGETS], loss=loss)


@pytest.mark.parametrize("batch_size", [None, 1, 4, 1000])
@pytest.mark.parametrize("shuffle", [True, False])
def test_batches_of_every_size(batch_size, shuffle):
    check_equal(batch_size=batch_size, shuffle=shuffle, epochs=2, seed=9)


@pytest.mark.parametrize("y", [CLASSES, nn.data.one_hot(CLASSES)])
def test_metrics_are_those_of_the_outputs_as_they_fell(y):
    seen = {True: [], False: []}
    for compile in seen:
        metrics = {"kept": lambda targets, outputs: seen[compile].append((targets, outputs)) or 0.0}  # noqa: B023
        trained(compile, lambda: network(3), y, loss=nn.cross_entropy, metrics=metrics, validation=0.3)
    assert len(seen[True]) == 8
    for (targets, outputs), (theirs, expected) in zip(seen[True], seen[False], strict=True):
        assert targets == theirs
        assert outputs == [close(row) for row in expected]
        assert {type(x) for row in outputs for x in row} == {float}
    _, history = check_equal(lambda: network(3), y, loss=nn.cross_entropy, metrics=["accuracy"], validation=0.3, epochs=20)
    assert history["accuracy"][-1] > 0.3


@pytest.mark.parametrize("compile", [True, False])
def test_a_metric_of_the_rows_held_out_alone_is_not_asked_of_others(compile):
    sizes = []

    def outputs_there(targets, outputs):
        sizes.append((len(targets), len(outputs)))
        return 1.0

    outputs_there.held_out_alone = True
    metrics = {"there": outputs_there, "one": lambda *_: 1.0}
    _, _, history = trained(compile, network, TARGETS, metrics=metrics, validation=(ROWS[:7], TARGETS[:7]), epochs=3)
    assert sizes == [(7, 7)] * 3
    assert list(history) == ["loss", "one", "val_loss", "val_there", "val_one", "lr"]
    _, _, history = trained(compile, network, TARGETS, metrics={"there": outputs_there}, epochs=3)
    assert list(history) == ["loss", "lr"] and len(sizes) == 3


def test_one_output_or_a_table_of_them():
    check_equal(metrics=["r2", "mae"], validation=0.3)
    check_equal(
        lambda: nn.Sequential(network(2), lambda values: [values, values]),
        [[[t, 1.0]] * 2 for t in TARGETS],
        metrics={"first": lambda targets, outputs: outputs[0][1][0]},
    )


def test_handwritten_digits():
    rows, digits = nn.data.load_digits()
    _, history = check_equal(
        lambda: nn.MLP(64, [16, 10], "relu", rng=0),
        digits[:500],
        X=rows[:500],
        loss=nn.cross_entropy,
        batch_size=32,
        epochs=6,
        optimizer=functools.partial(nn.SGD, lr=0.1, momentum=0.9),
        validation=0.2,
        metrics=["accuracy"],
    )
    assert history["val_accuracy"][-1] > 0.85


def test_sequences_of_one_length_through_time():
    class Reader(nn.Module):
        def __init__(self):
            self.cell, self.out = nn.LSTMCell(1, 3, rng=0), nn.Neuron(3, "linear", rng=1)

        def __call__(self, sequence):
            outputs, _ = nn.unroll(self.cell, sequence)
            return self.out(outputs[-1])

    generator = random.Random(0)
    sequences = [[[generator.gauss(0, 1)] for _ in range(4)] for _ in range(12)]
    check_equal(Reader, [sum(x for (x,) in sequence) for sequence in sequences], X=sequences)


def test_nearly_certain_classes_keep_their_digits():
    """The loss of the right class may be 1e-60: no difference of large numbers has it."""
    make = lambda: nn.Sequential(network(3), lambda logits: [30.0 * k + z for k, z in enumerate(logits)])  # noqa: E731
    how = {"loss": nn.cross_entropy, "optimizer": functools.partial(nn.SGD, lr=1e-3), "epochs": 1}
    column, expected = (trained(compile, make, [2] * 23, **how)[2]["loss"] for compile in (True, False))
    assert 0.0 < expected[0] < 1e-10
    assert column == pytest.approx(expected, rel=1e-12, abs=0.0)


@given(
    st.lists(st.tuples(st.lists(st.floats(-30, 30), min_size=3, max_size=3), st.integers(0, 2)), min_size=1, max_size=5),
    st.sampled_from([None, [1.0, 0.5, 2.0]]),
    st.sampled_from([0.0, 0.2]),
    st.sampled_from(["mean", "sum"]),
)
def test_a_cross_entropy_comes_of_its_rows(examples, weight, label_smoothing, reduction):
    loss = functools.partial(nn.cross_entropy, weight=weight, label_smoothing=label_smoothing, reduction=reduction)
    logits, targets = [list(row) for row, _ in examples], [target for _, target in examples]
    rule = by_rows(loss)
    counts = np.broadcast_to(rule.counts(logits[0], np.array(targets)), len(targets)).sum() if rule.counts else 1.0
    total = sum(rule.row(x, t) for x, t in zip(logits, targets, strict=True))
    assert total / counts == pytest.approx(loss(logits, targets), rel=1e-12)
    # as in a recording, the class a Value:
    assert [autograd.compile(rule.row, in_axes=(0, 0))(logits, targets)] == [
        pytest.approx([rule.row(x, t) for x, t in zip(logits, targets, strict=True)], rel=1e-12, abs=1e-12)
    ]


INF = math.inf


@pytest.mark.parametrize(
    ("loss", "predictions", "targets"),
    [
        (nn.binary_cross_entropy, [0.0, 0.0, 1.0, 1.0, 0.3, 0.0], [0.0, 1.0, 1.0, 0.0, 0.5, 0.5]),
        (nn.binary_cross_entropy_with_logits, [INF, INF, -INF, -INF, 800.0, -800.0], [1.0, 0.0, 0.0, 1.0, 0.5, 0.0]),
        (nn.hinge_loss, [1.0, -1.0, 0.5], [1.0, 1.0, -1.0]),
        (functools.partial(nn.huber_loss, delta=0.5), [0.5, -0.5, 0.0, 9.0], [0.0] * 4),
        (nn.cross_entropy, [[-INF, 1.0, 2.0], [0.0, 800.0, -800.0], [5.0, 5.0, 5.0]], [2, 0, 1]),
        (nn.cross_entropy, [[-INF, 1.0, 2.0], [0.0, 800.0, -800.0]], [[0.0, 0.5, 0.5], [0.0, 0.0, 1.0]]),
    ],
)
def test_the_rows_of_a_loss_at_its_edges_are_those_of_graphs(loss, predictions, targets):
    """Values and slopes, infinite ones too."""

    def by_a_graph(prediction, target):
        leaves = [Value(x) for x in np.ravel(prediction)]
        out = loss([leaves if isinstance(prediction, list) else leaves[0]], [target])
        out.backward()
        return [out.data, *(leaf.grad for leaf in leaves)]

    row = autograd.compile(autograd.value_and_grad(lambda p, t: by_rows(loss).row(as_given(p), as_given(t))), in_axes=(0, 0))
    values, slopes = row(predictions, targets)
    found = [[value, *np.ravel(slope)] for value, slope in zip(values, slopes, strict=True)]
    assert found == [pytest.approx(by_a_graph(p, t), rel=1e-12, abs=1e-300) for p, t in zip(predictions, targets, strict=True)]


def as_given(x):
    return x.tolist() if hasattr(x, "tolist") else x


# ------------------------------------------------------------------------------------------------ models of every make

Pair = collections.namedtuple("Pair", "slope intercept")


class Holder(nn.Module):
    """w x + b, with the parameters wherever a module may have them, and one of them twice."""

    def __init__(self, hold):
        self.held = hold(Value(0.5), Value(0.1))
        self.frozen = Value(0.75)

    def __call__(self, x):
        w, b = self.held.values() if isinstance(self.held, dict) else self.held
        return self.frozen * w * x[0] + w * x[1] + b


@pytest.mark.parametrize(
    "hold",
    [lambda w, b: [w, b], lambda w, b: (w, b), lambda w, b: {"w": w, "b": b}, Pair],
    ids=["list", "tuple", "dict", "named"],
)
def test_parameters_are_found_where_they_stand_and_are_there_afterwards(hold):
    model = Holder(hold)
    before = [model.held, *model.parameters()]
    nn.fit(model, ROWS, TARGETS, progress=False)
    assert [model.held, *model.parameters()] == before
    assert all(a is b for a, b in zip([model.held, *model.parameters()], before, strict=True))
    check_equal(lambda: Holder(hold))


def test_what_the_optimiser_does_not_hold_stays():
    def optimizer(parameters):
        return nn.SGD(parameters[:2], lr=0.1)

    make = lambda: Holder(Pair)  # noqa: E731
    (model, _, history), (same, _, _) = (trained(compile, make, optimizer=optimizer) for compile in (True, False))
    assert history.eager == ""
    assert model.frozen.data == 0.75
    assert [p.data for p in model.parameters()] == close([p.data for p in same.parameters()])


def test_tied_layers():
    class Tied(nn.Module):
        def __init__(self):
            self.first = nn.Layer(2, 2, "tanh", rng=0)
            self.second = self.first

        def __call__(self, x):
            return self.second(self.first(x))[0]

    check_equal(Tied)


class Branching(nn.Module):
    """Another slope on each side of 0."""

    def __init__(self):
        self.left, self.right = Value(0.5), Value(-0.5)

    def __call__(self, x):
        return self.left * x[0] if x[0] < 0 else self.right * x[0] + x[1]


def test_branches_on_the_row_and_on_parameters():
    check_equal(Branching)
    check_equal(lambda: nn.Sequential(network(), lambda z: z if z > 0 else 0.1 * z))


def test_the_model_is_recorded_once_and_looked_at_when_somebody_may_have_changed_it():
    def looks_away(training):
        pass

    looks_away.looks_at_model = False
    for callbacks, times in (([], 1), ([looks_away, nn.EarlyStopping("loss")], 1), ([lambda training: None], 10)):
        recorded = []  # of each call whether it is recorded: a loss that kept the Values themselves would be recorded anew

        def loss(p, t, recorded=recorded):
            recorded.append(isinstance(t, Value))
            return (p - t) ** 2

        trained(True, loss=nn.rowwise(loss), epochs=10, batch_size=4, callbacks=callbacks)
        assert recorded.count(True) == 1
        assert recorded.count(False) == times


def test_a_second_training_alike_records_nothing_and_is_the_same():
    """What was recorded is kept by architecture and loss, as for cross-validations and grid searches."""
    recorded = []

    def loss(p, t):
        recorded.append(isinstance(t, Value))
        return (p - t) ** 2

    how = {"loss": nn.rowwise(loss), "penalty": functools.partial(nn.l2_penalty, strength=0.1)}
    once = [p.data for p in trained(True, **how)[0].parameters()]
    for make, times in ((network, 1), (lambda: network(hidden="sin"), 2), (lambda: nn.MLP(2, [5, 1], "tanh", rng=0), 3)):
        model, _, _ = trained(True, make, **how)
        assert recorded.count(True) == times
        assert ([p.data for p in model.parameters()] == once) == (times == 1)


# ------------------------------------------------------------------------------------------------ whoever looks at the model


def test_callbacks_see_weights_gradients_and_state_of_the_epoch():
    def seen(compile):
        found = []

        def look(training):
            parameters = training.model.parameters()
            found.append(
                [[p.data for p in parameters], [p.grad for p in parameters], training.optimizer.state_dict()["_means"]]
            )

        trained(compile, callbacks=[look])
        return found

    for compiled, eager in zip(seen(True), seen(False), strict=True):
        assert compiled == [close(numbers) for numbers in eager]


class Scaled(nn.Module):
    def __init__(self):
        self.inner, self.scale = network(), 1.0

    def __call__(self, x):
        return self.scale * self.inner(x)


def halve(training):
    for p in training.model.parameters():
        p.data *= 0.5


def rescale(training):
    training.model.scale = 1.0 + training.epoch


def replace(training):
    neuron = training.model.inner.layers[0].neurons[0]
    neuron.weights[0] = Value(0.0)


def reset(training):
    training.optimizer.load_state_dict(training.optimizer.state_dict() | {"_means": [0.0] * 17})


@pytest.mark.parametrize("callback", [halve, rescale, replace, reset])
def test_callbacks_may_change_what_is_trained(callback):
    check_equal(Scaled, callbacks=[callback])


def test_a_parameter_of_the_optimiser_may_be_replaced():
    """Compiled steps know those it had at first: they give way to eager ones, and say why."""

    def replace(training):
        if training.epoch == 2:
            training.model.w = training.optimizer.parameters[0] = Value(3.0)

    how = {"optimizer": functools.partial(nn.SGD, lr=0.1), "callbacks": [replace]}
    (model, _, history), (same, _, _) = trained(True, Line, **how), trained(False, Line, **how)
    assert [p.data for p in model.parameters()] == close([p.data for p in same.parameters()])
    assert model.w.data != 3.0 and "the optimizer has other parameters" in history.eager


def test_a_change_that_the_first_row_does_not_show():
    rows = [[0.0, 1.0], *ROWS[1:]]
    check_equal(Scaled, X=rows, callbacks=[replace], shuffle=False)


class Eased(nn.Module):
    """Computes otherwise in training, though not by chance."""

    def __init__(self):
        self.inner = network()

    def __call__(self, x):
        return (0.5 if self.training else 1.0) * self.inner(x)


def test_training_and_evaluation_are_recorded_apart():
    _, history = check_equal(Eased, validation=(ROWS, TARGETS), metrics=["mae"])
    assert history["mae"][-1] != pytest.approx(history["val_mae"][-1], rel=1e-2)


def test_a_penalty_per_example_is_divided_by_the_rows_of_the_batch():
    divided = trained(True, penalty=nn.PerExample(lambda model: nn.l2_penalty(model, 0.5)), batch_size=None)
    by_hand = trained(False, penalty=lambda model: nn.l2_penalty(model, 0.5 / 23), batch_size=None)
    assert divided[2]["loss"] == close(by_hand[2]["loss"])


def test_a_penalty_may_change_between_epochs():
    strengths = {}

    def make():
        strengths["l2"] = 0.0
        return network()

    def raise_it(training):
        strengths["l2"] += 0.1

    check_equal(make, penalty=lambda model: nn.l2_penalty(model, strengths["l2"]), callbacks=[raise_it])


def test_early_stopping_puts_the_best_weights_back():
    _, history = check_equal(
        y=[9.0, -9.0] * 11 + [0.0],
        validation=0.4,
        epochs=60,
        callbacks=[nn.EarlyStopping(patience=3)],
        optimizer=functools.partial(nn.Adam, lr=0.05),
    )
    assert history.stopped.startswith("val_loss has not improved")


class BrokenError(Exception):
    pass


@pytest.mark.parametrize(("first", "then"), [(True, True), (True, False), (False, True)])
def test_a_checkpoint_goes_on_either_way(first, then, tmp_path):
    def stop(training):
        if training.epoch == 2:
            raise BrokenError

    how = {"validation": 0.2, "metrics": ["mae"], "callbacks": [nn.Checkpoint(tmp_path / "file")]}
    whole, stepper, history = trained(then, **how)
    with pytest.raises(BrokenError):
        trained(first, **how | {"callbacks": [nn.Checkpoint(tmp_path / "file"), stop]})
    _, texts = read(tmp_path / "file", "checkpoint")
    assert texts["training"]["epoch"] == 1  # of the epoch that was stopped in there is none
    model, resumed, again = trained(then, **how, resume=tmp_path / "file")
    if first == then:
        assert again == history
        assert [p.data for p in model.parameters()] == [p.data for p in whole.parameters()]
        assert resumed.state_dict() == stepper.state_dict()
    else:
        assert dict(again) == {name: close(column) for name, column in history.items()}
        assert [p.data for p in model.parameters()] == close([p.data for p in whole.parameters()])


# ------------------------------------------------------------------------------------------------ divergence and Ctrl-C


@pytest.mark.parametrize(
    ("make", "X", "how", "words"),
    [
        (network, ROWS, {"optimizer": functools.partial(nn.SGD, lr=1e30)}, "the loss became inf in epoch"),
        (lambda: Line(w=0.0, function=lambda z: z.sqrt()), [[1.0]], {}, "the gradient of w became -inf in epoch 1"),
        (
            lambda: Line(w=-1e308),
            [[0.0]],
            {"optimizer": functools.partial(nn.SGD, lr=1e308), "penalty": lambda m: m.w},
            "w became -inf in epoch 1",
        ),
        (lambda: Line(w=-1.0, function=lambda z: z.log()), [[1.0]], {}, "the loss became nan in epoch 1"),
    ],
)
def test_a_training_that_diverges_says_the_same_and_leaves_the_same(make, X, how, words):  # noqa: N803
    def diverged(compile):
        models = []

        def made():
            models.append(make())
            return models[0]

        with pytest.raises(nn.DivergedError, match=words) as caught:
            trained(compile, made, TARGETS[: len(X)] if len(X) > 1 else [1.0], X=X, epochs=50, **how)
        assert not models[0].training
        return str(caught.value), [p.data for p in models[0].parameters()], caught.value.history

    message, weights, history = diverged(True)
    expected, same, columns = diverged(False)
    assert message == expected
    assert weights == pytest.approx(same, rel=1e-9)
    assert dict(history) == {name: close(column) for name, column in columns.items()}


class Pressing(nn.SGD):
    """Presses Ctrl-C in a step."""

    def __init__(self, parameters, at, times=1):
        super().__init__(parameters, lr=0.1)
        self.at, self.times = at, times

    def step_array(self, data, grad):
        moved = super().step_array(data, grad)
        if self.steps == self.at:
            for _ in range(self.times):
                signal.raise_signal(signal.SIGINT)
        return moved


def test_ctrl_c_ends_after_the_step_it_is_in():
    model, stepper, history = trained(True, optimizer=functools.partial(Pressing, at=7), epochs=100)
    assert (history.stopped, history.epochs) == ("interrupted after 1 of 100 epochs", 1)
    assert (history.eager, stepper.steps, stepper._velocity[0]) == ("", 7, model.parameters()[0].grad)
    same, _, _ = trained(False, optimizer=functools.partial(nn.SGD, lr=0.1), epochs=1)
    assert [p.data for p in model.parameters()] != close([p.data for p in same.parameters()])  # the last two steps were made


def test_a_second_ctrl_c_interrupts_at_once_with_the_model_as_it_was_a_step_before():
    made = []

    def make():
        made.append(network())
        return made[0]

    with pytest.raises(KeyboardInterrupt):
        trained(True, make, optimizer=functools.partial(Pressing, at=6, times=2), epochs=100)
    same, _, _ = trained(False, optimizer=functools.partial(nn.SGD, lr=0.1), epochs=1)
    assert [p.data for p in made[0].parameters()] == close([p.data for p in same.parameters()])
    assert not made[0].training
