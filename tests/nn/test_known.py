"""What is known of a model holds as long as the model has the very same parts, and nobody sees it but by the clock."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

import nn
from autograd import Value, compile, detect_anomaly, no_grad, softmax
from autograd.compiler.from_graph import data_of
from nn import module
from nn.known import known_of
from nn.module import parameters_without
from nn.training.outputs import MANY, made_of_outputs, same
from nn.watching import watch

ROWS = np.random.default_rng(0).normal(size=(MANY, 3))


def by_model(model, rows, then=same):
    with no_grad():
        found = [then(model(row)) for row in rows.tolist()]
    return np.array([[v.data for v in row] if isinstance(row, list) else row.data for row in found])


def known_model(*made, **how):
    """A model that is known, by many rows and by few."""
    model = nn.MLP(3, *(made or ([4, 2],)), rng=0, **how)
    for _ in range(2):
        made_of_outputs(model, ROWS)
        for _ in range(12):
            made_of_outputs(model, ROWS[:10])
    assert known_of(model) is not None
    return model


def another_value(model):
    model.layers[0].neurons[1].weights[2] = Value(5.0)


def as_large_a_value(model):
    model.layers[0].neurons[1].weights[2] = Value(model.layers[0].neurons[1].weights[2].data)


def another_bias(model):
    model.layers[1].neurons[0].bias = Value(-3.0)


def no_bias(model):
    model.layers[1].neurons[0].bias = None


def another_layer(model):
    model.layers[1] = nn.Layer(4, 5, "tanh", rng=3)


def one_layer_more(model):
    model.layers.append(nn.Layer(2, 2, "linear", rng=4))


def a_neuron_fewer(model):
    del model.layers[1].neurons[0]


def other_layers(model):
    model.layers = [nn.Layer(3, 2, "linear", rng=5)]


def another_activation(model):
    model.layers[0].neurons[2]._activate = lambda z: z * z


def a_subclass(model):
    class Doubled(nn.Neuron):
        def weighted_sum(self, x):
            return super().weighted_sum(x) * 2.0

    model.layers[0].neurons[0].__class__ = Doubled


def other_attributes(model):
    model.layers[0].neurons[0].__dict__ = dict(nn.Neuron(3, "tanh", rng=9).__dict__)


def a_parameter_more(model):
    model.shift = Value(1.0)


CHANGES = [
    another_value,
    as_large_a_value,
    another_bias,
    no_bias,
    another_layer,
    one_layer_more,
    a_neuron_fewer,
    other_layers,
    another_activation,
    a_subclass,
    other_attributes,
    a_parameter_more,
]


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("count", [MANY, 3])
def test_a_change_is_noticed(change, count):
    model = known_model()
    parameters_without(model, "bias")
    change(model)
    assert known_of(model) is None
    assert np.allclose(made_of_outputs(model, ROWS[:count]), by_model(model, ROWS[:count]), rtol=1e-12)
    named = [p for _, p in model.named_parameters()]
    assert [*map(id, model.parameters())] == [*map(id, named)]
    weights = [p for name, p in model.named_parameters() if not name.endswith("bias")]
    assert [*map(id, parameters_without(model, "bias"))] == [*map(id, weights)]


@pytest.mark.parametrize("count", [MANY, 3])
def test_other_numbers_are_no_change(count):
    model = known_model()
    for p in model.parameters():
        p.data = p.data * 3.0 - 1.0
    assert known_of(model) is not None
    assert np.allclose(made_of_outputs(model, ROWS[:count]), by_model(model, ROWS[:count]), rtol=1e-12)


@pytest.mark.parametrize("count", [MANY, 3])
def test_a_method_of_the_class_is_noticed(monkeypatch, count):
    model, before = known_model(), nn.Layer.__call__
    monkeypatch.setattr(nn.Layer, "__call__", lambda self, x: [v + 1.0 for v in before(self, x)])
    assert known_of(model) is None
    assert np.allclose(made_of_outputs(model, ROWS[:count]), by_model(model, ROWS[:count]), rtol=1e-12)


def test_a_known_model_is_not_walked_through(monkeypatch):
    model = known_model()
    parameters, neurons = model.parameters(), [n for layer in model.layers for n in layer.neurons]
    parameters_without(model, "bias")
    monkeypatch.setattr(module, "walk", None)
    monkeypatch.setattr(module, "_parts", None)
    found = model.train().parameters()
    assert [*map(id, found)] == [*map(id, parameters)]
    assert model.training and model.layers[1].neurons[0].training
    found.clear()  # a list of the caller's own
    parameters_without(model, "bias").clear()
    assert [*map(id, parameters_without(model, "bias"))] == [id(p) for n in neurons for p in n.weights]
    assert len(model.parameters()) == len(parameters)
    made_of_outputs(model, ROWS)
    made_of_outputs(model, ROWS[:3])
    assert not model.training and not model.layers[1].neurons[0].training


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "gelu"])
def test_few_rows_have_the_bits_of_the_model(activation):
    model = nn.MLP(3, [6, 4], activation, rng=1)
    expected = by_model(model, ROWS[:20], softmax)
    for _ in range(8):  # row by row at first, and then by a program
        assert np.array_equal(made_of_outputs(model, ROWS[:20], softmax), expected)


def test_few_rows_that_do_not_fit_are_refused_as_before():
    model = known_model()
    for _ in range(2):
        with pytest.raises(ValueError, match="takes 3 inputs, and was given 2"):
            made_of_outputs(model, ROWS[:3, :2])
    assert np.allclose(made_of_outputs(model, ROWS[:3]), by_model(model, ROWS[:3]), rtol=1e-12)
    assert len(made_of_outputs(model, ROWS[:0])) == 0


def test_a_known_model_is_freed():
    model = known_model()
    inside = weakref.ref(model.layers[0].neurons[0])
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None and inside() is None


def held_by_a_part(hold):
    model = nn.MLP(3, [2], rng=0)
    if hold == "itself":
        model.layers[0].above = model
    else:
        model.layers[0].neurons[0]._activate = lambda z: z * float(len(model.layers))
    return model


@pytest.mark.parametrize("hold", ["itself", "closure"])
def test_a_model_that_its_parts_may_hold_is_not_known(hold):
    model = held_by_a_part(hold)
    for _ in range(2):
        assert np.allclose(made_of_outputs(model, ROWS), by_model(model, ROWS), rtol=1e-12)
    assert known_of(model) is None
    if hold == "itself":  # a program that was recorded of a function keeps that, and whatever it holds
        gone = weakref.ref(model)
        del model
        gc.collect()
        assert gone() is None


def test_watching_and_anomalies_see_every_call():
    model = known_model()
    for rows in (ROWS[:3], ROWS):
        with watch() as calls:
            made_of_outputs(model, rows)
        assert len(calls) == 2 * len(rows)
        with detect_anomaly():
            assert np.allclose(made_of_outputs(model, rows), by_model(model, rows), rtol=1e-12)


def test_copies_and_pickles_are_models_of_their_own():
    model = known_model()
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert known_of(other) is None
        other.layers[0].neurons[0].weights[0].data = 7.0
        assert np.allclose(made_of_outputs(other, ROWS), by_model(other, ROWS), rtol=1e-12)
    assert np.allclose(made_of_outputs(model, ROWS), by_model(model, ROWS), rtol=1e-12)


def test_dropout_drops_nothing_in_predictions_of_a_known_model():
    model = known_model([4, 2], dropout=0.5)
    for count in (MANY, 3):
        model.train()
        expected = by_model(copy.deepcopy(model).eval(), ROWS[:count])
        assert np.allclose(made_of_outputs(model, ROWS[:count]), expected, rtol=1e-12)


def test_numbers_read_while_recording_are_read_anew():
    x = Value(2.0)
    fast = compile(lambda t: t * data_of([x])[0])
    assert fast(3.0) == 6.0
    x.data = 5.0
    assert fast(3.0) == 15.0


def test_epochs_one_by_one_do_not_walk_through_the_network_each_time(monkeypatch):
    pytest.importorskip("sklearn")
    rows, labels = ROWS[:40], (ROWS[:40, 0] > 0.0).astype(int)
    one, other = (nn.MLPClassifier((4,), random_state=0) for _ in range(2))
    for k in range(6):
        one.partial_fit(rows, labels, classes=[0, 1])
        other.partial_fit(rows, labels, classes=[0, 1])
        assert k == 0 or known_of(one.model_) is not None
        other.model_.layers[0] = copy.deepcopy(other.model_.layers[0])  # which is noticed each time
        assert known_of(other.model_) is None
        other.model_.layers[0] = one_like(other.model_.layers[0])
    assert np.isfinite(one.predict_proba(rows)).all() and np.isfinite(other.predict_proba(rows)).all()


def one_like(layer):
    made = nn.Layer(**layer.config(), rng=0)
    made.load_state_dict(layer.state_dict())
    return made


def test_states_of_many_numbers_are_checked_as_before():
    optimizer = nn.Adam(nn.MLP(3, [2], rng=0).parameters())
    state = optimizer.state_dict()
    name = next(name for name, kept in state.items() if isinstance(kept, list) and len(kept) == 8)
    for wrong, message in [(["x"] * 8, "a text"), ([1.0] * 7, "8 numbers here and 7"), ([1.0] * 7 + [None], "")]:
        given = state | {name: wrong}
        if message:
            with pytest.raises(ValueError, match=message):
                optimizer.load_state_dict(given)
    given = state | {name: [1] * 8}
    optimizer.load_state_dict(given)
    assert optimizer.state_dict()[name] == [1.0] * 8 and {*map(type, optimizer.state_dict()[name])} == {float}
    given[name] = numbers = [0.5] * 8
    optimizer.load_state_dict(given)
    numbers[0] = 3.0
    assert optimizer.state_dict()[name] == [0.5] * 8
