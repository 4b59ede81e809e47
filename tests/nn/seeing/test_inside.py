"""Error signals held to formulas, finite differences and a published example; statistics to NumPy; gradients that vanish."""

import asyncio
import math
import random
import threading
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from published_network import INPUTS, TARGETS, two_two_two

import nn
from autograd import Value, fsum, no_grad, sigmoid
from nn.watching import watch, watcher_here

SMOOTH = ("tanh", "sigmoid", "softplus", "gelu", "linear", "arctan")


def logistic(z):
    return 1.0 / (1.0 + math.exp(-z))


# ------------------------------------------------------------------------------------------------ deltas


def test_the_step_by_step_2_2_2_deltas_are_those_of_the_formulas():
    model, _ = two_two_two()
    hidden, output = nn.deltas(model, INPUTS, TARGETS)
    h = [logistic(0.15 * 0.05 + 0.20 * 0.10 + 0.35), logistic(0.25 * 0.05 + 0.30 * 0.10 + 0.35)]
    nets = [0.40 * h[0] + 0.45 * h[1] + 0.60, 0.50 * h[0] + 0.55 * h[1] + 0.60]
    o = [logistic(net) for net in nets]
    d = [(out - target) * out * (1.0 - out) for out, target in zip(o, TARGETS, strict=True)]
    d_h = [(0.40 * d[0] + 0.50 * d[1]) * h[0] * (1.0 - h[0]), (0.45 * d[0] + 0.55 * d[1]) * h[1] * (1.0 - h[1])]
    assert (hidden.name, output.name) == ("layers.0", "layers.1")
    assert hidden.inputs == INPUTS
    assert hidden.z == pytest.approx([0.3775, 0.3925], rel=1e-14)
    assert hidden.activations == output.inputs == pytest.approx(h, rel=1e-14)
    assert output.z == pytest.approx(nets, rel=1e-14)
    assert output.activations == pytest.approx(o, rel=1e-14)
    assert output.deltas == pytest.approx(d, rel=1e-13)
    assert hidden.deltas == pytest.approx(d_h, rel=1e-13)
    assert output.deltas == pytest.approx([0.138498562, -0.038098237], abs=5e-10), "as published"
    assert output.z[0] == pytest.approx(1.105905967, abs=5e-10), "as published"


def test_deltas_print_as_tables():
    model, _ = two_two_two()
    found = nn.deltas(model, INPUTS, TARGETS)
    assert str(found[1]) == (
        "layers.1, inputs 0.59327, 0.596884\n"
        "neuron        z  activation       delta\n"
        "0       1.10591    0.751365    0.138499\n"
        "1       1.22492    0.772928  -0.0380982"
    )
    assert str(found) == f"{found[0]}\n\n{found[1]}"
    wide = nn.deltas(nn.Layer(20, 1, "linear", rng=0), [0.5] * 20, [1.0])
    assert str(wide).splitlines()[0] == "the model, inputs " + "0.5, " * 8 + "... (20 of them)"


@given(
    st.integers(0, 10**6),
    st.lists(st.tuples(st.integers(1, 3), st.sampled_from(SMOOTH)), min_size=1, max_size=3),
    st.booleans(),
)
def test_a_delta_is_what_the_loss_does_when_z_is_pushed(seed, layers, entropy):
    """Pushing a bias pushes z. And the gradient of a weight is its neuron's delta times its input."""
    rng = random.Random(seed)
    model = nn.MLP(2, [w for w, _ in layers], activation=[a for _, a in layers], rng=rng)
    x, y = [rng.gauss(0, 1) for _ in range(2)], [rng.random() for _ in range(layers[-1][0])]

    def loss(prediction, target):
        outputs = prediction if isinstance(prediction, list) else [prediction]
        compare = nn.binary_cross_entropy_with_logits if entropy else nn.mse_loss
        return compare(outputs, target, reduction="sum")

    records = nn.deltas(model, x, y, loss)
    assert [record.name for record in records] == [f"layers.{i}" for i in range(len(layers))]
    loss(model(x), y).backward()
    for layer, record in zip(model.layers, records, strict=True):
        for neuron, delta in zip(layer.neurons, record.deltas, strict=True):
            h, at = 1e-5, neuron.bias.data
            around = []
            for bias in (at + h, at - h):
                neuron.bias.data = bias
                around.append(loss(model(x), y).data)
            neuron.bias.data = at
            assert delta == pytest.approx((around[0] - around[1]) / (2 * h), rel=1e-5, abs=1e-8)
            assert neuron.bias.grad == pytest.approx(delta, rel=1e-12, abs=1e-300)
            expected = [delta * i for i in record.inputs]
            assert [w.grad for w in neuron.weights] == pytest.approx(expected, rel=1e-12, abs=1e-300)


def test_no_gradient_is_touched_and_nothing_is_watched_afterwards():
    model = nn.MLP(2, [3, 1], rng=0)
    x = [Value(1.0), Value(2.0)]
    for i, p in enumerate([*model.parameters(), *x]):
        p.grad = 100.0 + i
    nn.deltas(model, x, 1.0)
    assert [p.grad for p in [*model.parameters(), *x]] == [100.0 + i for i in range(15)]
    assert watcher_here() is None
    with pytest.raises(ValueError, match="takes 2 inputs"):
        nn.deltas(model, [1.0], 1.0)
    assert watcher_here() is None


class Recurrent(nn.Module):
    """One layer, used at every step of a sequence of numbers."""

    def __init__(self):
        self.cell = nn.Layer(2, 1, "tanh", rng=3)
        self.read = nn.Neuron(1, "linear", rng=4)

    def __call__(self, sequence):
        state = [0.0]
        for x in sequence:
            state = self.cell([x, *state])
        return self.read(state)


def test_a_layer_called_several_times_has_a_record_for_each_call():
    model = Recurrent()
    sequence, target = [0.5, -1.0, 2.0], 0.25
    records = nn.deltas(model, sequence, target)
    assert [record.name for record in records] == ["cell", "cell", "cell", "read"]
    assert [record.inputs[0] for record in records[:3]] == sequence
    assert [record.inputs[1] for record in records[1:3]] == [record.activations[0] for record in records[:2]]
    (w_in, w_state), bias = (w.data for w in model.cell.neurons[0].weights), model.cell.neurons[0].bias.data
    s, z = [0.0], []
    for x in sequence:
        z.append(w_in * x + w_state * s[-1] + bias)
        s.append(math.tanh(z[-1]))
    error = model.read.weights[0].data * s[-1] - target
    expected, upstream = [], error * model.read.weights[0].data
    for state in reversed(s[1:]):  # backpropagation through time
        expected.insert(0, upstream * (1.0 - state * state))
        upstream = expected[0] * w_state
    assert [record.z[0] for record in records[:3]] == pytest.approx(z, rel=1e-14)
    assert [record.deltas[0] for record in records] == pytest.approx([*expected, error], rel=1e-13)


def test_neurons_of_a_custom_module_are_reported_by_themselves():
    class Direct(nn.Module):
        def __init__(self):
            self.hidden = nn.Neuron(2, "relu", bias=False, rng=0)
            self.output = nn.Neuron(3, "linear", bias=False, rng=1)

        def __call__(self, x):
            return self.output([*x, self.hidden(x)])

    model = Direct()
    for w, number in zip(model.parameters(), [1.0, 2.0, 0.5, -0.5, 3.0], strict=True):
        w.data = number
    hidden, output = nn.deltas(model, [1.0, 1.0], 5.0)
    assert (hidden.name, hidden.z, hidden.activations, hidden.deltas) == ("hidden", [3.0], [3.0], [12.0])
    assert (output.name, output.inputs, output.z, output.deltas) == ("output", [1.0, 1.0, 3.0], [9.0], [4.0])
    hidden, _ = nn.deltas(model, [-1.0, -1.0], 5.0)
    assert (hidden.z, hidden.activations, hidden.deltas) == ([-3.0], [0.0], [0.0]), "a silent relu passes nothing back"


def test_a_neuron_called_alone_just_before_its_layer_stays_apart():
    class Odd(nn.Module):
        def __init__(self):
            self.layer = nn.Layer(1, 2, "linear", rng=0)

        def __call__(self, x):
            first, second = self.layer.neurons
            return fsum([second(x), first(x), *self.layer(x), first(x)])

    names = [record.name for record in nn.deltas(Odd(), [1.0], 0.0)]
    assert names == ["layer.neurons.1", "layer.neurons.0", "layer", "layer.neurons.0"]


def test_what_neurons_do_inside_a_layer_does_not_disturb_its_record():
    class Thoughtful(nn.Neuron):
        def __init__(self):
            super().__init__(1, "linear", rng=0)
            self.inner, self.last = nn.Layer(1, 1, "tanh", rng=1), nn.Neuron(1, "tanh", rng=2)

        def __call__(self, x):
            return super().__call__([self.last(self.inner(x))])

    layer = nn.Layer(1, 2, rng=0)
    layer.neurons = [Thoughtful(), Thoughtful()]
    records = nn.deltas(layer, [2.0], [0.0, 0.0])
    inner = ["neurons.0.inner", "neurons.0.last", "neurons.1.inner", "neurons.1.last"]
    assert [record.name for record in records] == ["", *inner]
    assert [len(record.z) for record in records] == [2, 1, 1, 1, 1]
    assert records[0].z[0] == pytest.approx(layer.neurons[0].weights[0].data * records[2].activations[0], rel=1e-14)
    assert records[0].inputs == [2.0]


def test_an_activation_of_several_nodes_still_has_its_weighted_sum(monkeypatch):
    monkeypatch.setitem(nn.ACTIVATIONS, "swish", lambda x: 2.0 * x * sigmoid(x))
    neuron = nn.Neuron(1, "swish", rng=0)
    neuron.weights[0].data, neuron.bias.data = 2.0, 1.0
    (record,) = nn.deltas(neuron, [1.0], 0.0)
    s = logistic(3.0)
    assert record.z == [3.0]
    assert record.deltas[0] == pytest.approx(6.0 * s * (2.0 * s + 6.0 * s * (1.0 - s)), rel=1e-13)


def test_a_neuron_the_loss_does_not_depend_on_has_delta_0():
    model = nn.Sequential(nn.Layer(1, 2, "tanh", rng=0), lambda values: values[0])
    (record,) = nn.deltas(model, [1.0], 0.0)
    assert record.name == "steps.0"
    assert record.deltas[1] == 0.0 != record.deltas[0]


def test_inputs_that_the_model_changes_later_are_those_of_the_call():
    class Reuses(nn.Module):
        def __init__(self):
            self.neuron = nn.Neuron(1, "linear", rng=0)

        def __call__(self, x):
            buffer = [1.0]
            out = self.neuron(buffer)
            buffer[0] = out
            return self.neuron(buffer)

    assert nn.deltas(Reuses(), None, 0.0)[0].inputs == [1.0]


def test_arrays_and_numpy_numbers_are_taken():
    model, _ = two_two_two()
    records = nn.deltas(model, np.array(INPUTS), np.array(TARGETS))
    assert records == nn.deltas(model, INPUTS, TARGETS)
    assert all(type(x) is float for record in records for x in [*record.inputs, *record.z, *record.deltas])


def test_another_thread_is_not_watched():
    model = nn.MLP(1, [1], rng=0)
    with watch() as calls:
        thread = threading.Thread(target=model, args=([1.0],))
        thread.start()
        thread.join()
        assert calls == []
        with watch() as inner:
            model([1.0])
        assert (len(calls), len(inner)) == (0, 1)
        model([1.0])
    assert len(calls) == 1
    assert watcher_here() is None


class Line(nn.Module):
    def __init__(self):
        self.slope = Value(1.0)

    def __call__(self, x):
        return self.slope * x


class Silent(nn.Neuron):
    def __call__(self, x):
        return self.weights[0] * x[0]


def layer_with_a_silent_neuron():
    layer = nn.Layer(1, 2, rng=0)
    layer.neurons[1] = Silent(1, rng=0)
    return layer


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda: nn.deltas(lambda x: x, [1.0], 1.0), TypeError, "looks into a model"),
        (lambda: nn.deltas(nn.Module(), [1.0], 1.0), TypeError, "no __call__"),
        (lambda: nn.deltas(Line(), 1.0, 1.0), ValueError, r"no Layer or Neuron was called.*Line"),
        (lambda: nn.deltas(nn.Neuron(1, rng=0), [1.0], 1.0, lambda p, y: 3.0), TypeError, r"this is 3\.0"),
        (lambda: nn.deltas(layer_with_a_silent_neuron(), [1.0], [1.0, 1.0]), ValueError, "2 neurons, and 1 of them said"),
        (lambda: nn.layer_statistics("model"), TypeError, "looks into a model"),
        (lambda: nn.layer_statistics(nn.Module()), ValueError, "no weights"),
        (lambda: nn.layer_statistics(nn.Neuron(1, rng=0), rows=[]), ValueError, "give at least one"),
        (lambda: nn.LayerStatistics().plot(), ValueError, "nothing to plot yet"),
    ],
)
def test_errors_say_what_to_do(wrong, error, words):
    with pytest.raises(error, match=words):
        wrong()


def test_deltas_inside_no_grad_are_refused():
    with no_grad(), pytest.raises(RuntimeError, match="call it outside"):
        nn.deltas(nn.Neuron(1, rng=0), [1.0], 1.0)


# ------------------------------------------------------------------------------------------------ statistics


@given(st.integers(0, 10**6))
def test_statistics_are_numpys(seed):
    rng = random.Random(seed)
    model = nn.MLP(3, [4, 2], rng=rng)
    for p in model.parameters():
        p.grad = rng.gauss(0.0, 10.0 ** rng.randint(-3, 3))
    for i, (layer, found) in enumerate(zip(model.layers, nn.layer_statistics(model), strict=True)):
        weights = [w for neuron in layer.neurons for w in neuron.weights]
        w, g = np.array([p.data for p in weights]), np.array([p.grad for p in weights])
        assert (found.name, found.weights, found.dead, found.saturated) == (f"layers.{i}", w.size, None, None)
        assert found.weight_mean == pytest.approx(w.mean(), rel=1e-12, abs=1e-16)
        assert found.weight_std == pytest.approx(w.std(), rel=1e-12)
        assert found.weight_norm == pytest.approx(np.linalg.norm(w), rel=1e-12)
        assert found.weight_max == abs(w).max()
        assert found.grad_norm == pytest.approx(np.linalg.norm(g), rel=1e-12)
        assert found.grad_mean == pytest.approx(abs(g).mean(), rel=1e-12)
        assert found.grad_max == abs(g).max()
        assert found.ratio == pytest.approx(np.linalg.norm(g) / np.linalg.norm(w), rel=1e-12)


def test_statistics_of_numbers_that_blew_up():
    neuron = nn.Neuron(3, rng=0)
    for w, data, grad in zip(neuron.weights, [1e308, 1e308, -1e308], [1.0, math.nan, 2.0], strict=True):
        w.data, w.grad = data, grad
    (found,) = nn.layer_statistics(neuron)
    assert found.weight_mean == pytest.approx(1e308 / 3.0, rel=1e-15)
    assert found.weight_norm == pytest.approx(math.sqrt(3.0) * 1e308, rel=1e-15)
    assert all(map(math.isnan, (found.grad_mean, found.grad_max, found.grad_norm, found.ratio)))
    neuron.weights[0].data = math.inf
    neuron.weights[1].grad = -math.inf
    (found,) = nn.layer_statistics(neuron)
    assert (found.weight_mean, found.weight_max, found.grad_norm) == (math.inf,) * 3
    for w in neuron.weights:
        w.data = 0.0
        w.grad = 1.0
    assert nn.layer_statistics(neuron)[0].ratio == math.inf
    neuron.zero_grad()
    assert math.isnan(nn.layer_statistics(neuron)[0].ratio)


def test_weights_belong_to_their_layer_or_to_the_module_that_has_them():
    class Mixed(nn.Module):
        def __init__(self):
            self.scale = Value(3.0)
            self.layer = nn.Layer(2, 2, rng=0)
            self.again = [self.layer, nn.Neuron(4, rng=0)]
            self.inner = Line()

    found = nn.layer_statistics(Mixed())
    assert [(s.name, s.weights) for s in found] == [("", 1), ("layer", 4), ("again.1", 4), ("inner", 1)]
    assert str(found).splitlines()[1].split()[:4] == ["the", "model", "1", "3"]


def trained_one_step(model, x, y):
    model.zero_grad()
    nn.mse_loss(model(x), y).backward()
    return [s.grad_norm for s in nn.layer_statistics(model)]


def test_gradients_vanish_in_ten_layers_of_sigmoids_and_not_in_relus():
    x = [1.0, -0.5, 0.25, 2.0]
    norms = trained_one_step(nn.MLP(4, [6] * 9 + [1], activation=["sigmoid"] * 10, rng=0), x, 1.0)
    assert norms[0] < 1e-4 * norms[-1]
    assert sum(after > before for before, after in pairwise(norms)) >= 8
    norms = trained_one_step(nn.MLP(4, [6] * 9 + [1], "relu", rng=1), x, 1.0)
    assert norms[0] > 1e-2 * norms[-1]


def test_gradients_explode_in_ten_linear_layers_whose_weights_start_too_large():
    x = [1.0, -0.5, 0.25, 2.0]
    sane = trained_one_step(nn.MLP(4, [6] * 9 + [1], "linear", rng=0), x, 1.0)
    large = nn.MLP(4, [6] * 9 + [1], "linear", init=nn.init.normal(0.0, 3.0), rng=0)
    assert min(trained_one_step(large, x, 1.0)) > 1e10 * max(sane)
    assert min(s.ratio for s in nn.layer_statistics(large)) > 1e10
    signals = [math.hypot(*record.deltas) for record in nn.deltas(large, x, 1.0)]
    assert all(before > after for before, after in pairwise(signals))
    assert signals[0] > 1e5 * signals[-1]


def test_gradients_explode_in_ten_layers_of_tanh_whose_weights_start_too_large():
    model = nn.MLP(4, [6] * 9 + [1], "tanh", init=nn.init.normal(0.0, 3.0), rng=0)
    for w in (w for neuron in model.layers[0].neurons for w in neuron.weights):
        w.data *= 1e-8  # the other layers make up for that, and so the sums stay where tanh is steep
    norms = trained_one_step(model, [1.0, -0.5, 0.25, 2.0], 1.0)
    assert norms[0] > 1e4 * norms[-1]


def test_dead_relus_are_counted_exactly():
    model = nn.MLP(2, [5, 4, 1], "relu", rng=0)
    rows = [[random.Random(i).uniform(0.5, 1), random.Random(-i).uniform(0.5, 1)] for i in range(20)]
    for layer in model.layers[:2]:
        for neuron in layer.neurons:
            neuron.bias.data = 10.0
    assert [s.dead for s in nn.layer_statistics(model, rows)] == [0, 0, 0]
    for neuron in (model.layers[0].neurons[1], model.layers[0].neurons[3], model.layers[1].neurons[2]):
        neuron.bias.data = -100.0
    model.layers[2].neurons[0].bias.data = -100.0  # linear: it cannot die
    assert [s.dead for s in nn.layer_statistics(model, rows)] == [2, 1, 0]
    model.layers[0].neurons[1].weights[0].data = 200.0  # one row is enough to be alive
    assert [s.dead for s in nn.layer_statistics(model, [*rows[:1], [0.0, 0.0]])] == [1, 1, 0]
    assert [s.dead for s in nn.layer_statistics(model, [[0.0, 0.0]])] == [2, 1, 0]


@pytest.mark.parametrize(
    ("activation", "bias", "dead", "saturated"),
    [
        ("relu", 0.0, 1, 0),
        ("gelu", 0.0, 0, 0),
        ("gelu", -100.0, 1, 0),
        ("softplus", -1000.0, 1, 0),
        ("leaky_relu", -100.0, 0, 0),
        ("tanh", 0.0, 0, 0),
        ("linear", 0.0, 0, 0),
        ("sigmoid", 4.59, 0, 0),
        ("sigmoid", 4.60, 0, 1),
        ("sigmoid", -4.60, 0, 1),
        ("tanh", 2.64, 0, 0),
        ("tanh", 2.65, 0, 1),
        ("tanh", -2.65, 0, 1),
        ("relu", 100.0, 0, 0),
        ("sigmoid", -1000.0, 0, 1),
    ],
)
def test_which_units_count_as_dead_or_saturated(activation, bias, dead, saturated):
    neuron = nn.Neuron(1, activation, rng=0)
    neuron.bias.data = bias
    (found,) = nn.layer_statistics(neuron, rows=[[0.0], [0.0]])
    assert (found.dead, found.saturated) == (dead, saturated)
    neuron.weights[0].data = 1.0
    (found,) = nn.layer_statistics(neuron, rows=[[0.0], [0.5 - bias]])
    assert (found.dead, found.saturated) == (0, 0), "every row counts"


def test_units_are_counted_in_eval_mode_without_a_trace():
    dropout = nn.Dropout(0.5, rng=0)
    frozen = nn.Sequential(nn.Dropout(0.5, rng=0)).eval()
    model = nn.Sequential(nn.Layer(1, 50, "relu", init=nn.init.constant(1.0)), dropout, frozen, nn.Layer(50, 1, rng=0))
    before = dropout._rng.getstate()
    for p in model.parameters():
        p.grad = 7.0
    seen = []
    model.steps.append(lambda values: seen.append((model.training, values[0].parents)) or values)
    found = nn.layer_statistics(model, rows=[[1.0]])
    assert [s.dead for s in found] in ([0, 0], [0, 1])
    assert seen == [(False, ())]
    assert dropout._rng.getstate() == before
    assert all(p.grad == 7.0 for p in model.parameters())
    assert (model.training, dropout.training, frozen.training, frozen.steps[0].training) == (True, True, False, False)
    with pytest.raises(ValueError, match="takes 1 inputs"):
        nn.layer_statistics(model, rows=[[1.0, 2.0]])
    assert (model.training, frozen.training) == (True, False)
    assert watcher_here() is None


def test_a_layer_that_no_row_reached_has_no_count():
    class Half(nn.Module):
        def __init__(self):
            self.used, self.unused, self.own = nn.Layer(1, 2, rng=0), nn.Layer(1, 2, rng=0), Value(1.0)

        def __call__(self, x):
            return self.used(x)

    found = {s.name: (s.dead, s.saturated) for s in nn.layer_statistics(Half(), rows=[[-1.0]])}
    assert (found["unused"], found[""]) == ((None, None), (None, None))
    assert found["used"][0] is not None


# ------------------------------------------------------------------------------------------------ the callback


def test_the_callback_keeps_every_epoch_and_plots_them(tmp_path):
    model = nn.MLP(2, [4, 4, 1], activation=["sigmoid", "sigmoid", "linear"], rng=0)
    rows, targets = nn.data.xor()
    watching = nn.LayerStatistics(rows)
    optimizer = nn.SGD(model.parameters(), lr=0.5)
    norms = []
    for epoch in (1, 2, 3):
        optimizer.zero_grad()
        nn.mse_loss([model(row) for row in rows], targets).backward()
        optimizer.step()
        norms.append([math.hypot(*[w.grad for n in layer.neurons for w in n.weights]) for layer in model.layers])
        watching(SimpleNamespace(model=model, epoch=epoch))
    assert [epoch for epoch, _ in watching.records] == [1, 2, 3]
    assert [[s.grad_norm for s in statistics] for _, statistics in watching.records] == norms
    assert all(s.dead == 0 for _, statistics in watching.records for s in statistics)
    assert repr(watching) == "<LayerStatistics of 3 epochs>"

    figure = watching.plot(tmp_path / "norms.png")
    assert (tmp_path / "norms.png").read_bytes().startswith(b"\x89PNG")
    gradients, weights = figure.axes
    assert gradients.get_yscale() == "log"
    assert weights.get_yscale() == "linear"
    for i, line in enumerate(gradients.get_lines()):
        assert (list(line.get_xdata()), list(line.get_ydata())) == ([1, 2, 3], [epoch[i] for epoch in norms])
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["layers.0", "layers.1", "layers.2"]
    assert weights.get_lines()[2].get_ydata()[-1] == watching.records[-1][1][2].weight_norm


@pytest.mark.parametrize("grad", [0.0, math.nan, math.inf, 1.0])
def test_gradients_of_any_kind_are_plotted(grad, tmp_path):
    neuron = nn.Neuron(1, rng=0)
    watching = nn.LayerStatistics()
    for epoch, data in ((1, 1.0), (2, math.inf), (3, math.nan)):
        neuron.weights[0].grad, neuron.weights[0].data = grad, data
        watching(SimpleNamespace(model=neuron, epoch=epoch))
        if epoch != 2:  # of numbers alone, and of what is none beside them
            watching.plot(tmp_path / "norms.png")
    assert watching.plot().axes[0].get_yscale() == ("log" if grad == 1.0 else "linear")


def test_a_task_watches_itself_alone_and_those_made_inside():
    model = nn.MLP(1, [1], rng=0)

    async def watching(entered, left):
        with watch() as calls:
            entered.set()
            await left.wait()
            model([1.0])
            await asyncio.gather(made_inside())
        return len(calls)

    async def made_inside():
        model([2.0])

    async def other(entered, left):
        await entered.wait()
        model([3.0])
        left.set()
        return watcher_here()

    async def main():
        events = asyncio.Event(), asyncio.Event()
        return await asyncio.gather(watching(*events), other(*events))

    assert asyncio.run(main()) == [2, None]


def test_a_generator_that_watches_is_closed_by_another_thread():
    model = nn.MLP(1, [1], rng=0)

    def watching():
        with watch() as calls:
            yield calls

    made = watching()
    calls = next(made)
    with watch() as mine:
        thread = threading.Thread(target=made.close)
        thread.start()
        thread.join()
        model([1.0])
    assert (len(calls), len(mine), watcher_here()) == (0, 1, None)
