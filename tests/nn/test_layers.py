"""Layers, and what a first network needs around them: names and order of parameters, seeds, losses, SGD, errors that help."""

import math

import numpy as np
import pytest

import autograd
import nn
from autograd import Value


def test_parameters_come_by_layer_neuron_weights_then_bias():
    model = nn.MLP(2, [3, 1], rng=0)
    names = [name for name, _ in model.named_parameters()]
    assert names[:4] == [
        "layers.0.neurons.0.weights.0",
        "layers.0.neurons.0.weights.1",
        "layers.0.neurons.0.bias",
        "layers.0.neurons.1.weights.0",
    ]
    assert names[-4:] == [f"layers.1.neurons.0.weights.{i}" for i in range(3)] + ["layers.1.neurons.0.bias"]
    assert [id(p) for p in model.parameters()] == [id(p) for _, p in model.named_parameters()]
    assert len(model.parameters()) == 3 * 3 + 4


def test_a_shared_parameter_counts_once_and_results_are_none():
    class Tied(nn.Module):
        def __init__(self):
            self.first = nn.Neuron(2, rng=0)
            self.again = {"same": self.first, "more": [Value(1.0), "text"]}
            self.result = Value(1.0) * 2

    assert [name for name, _ in Tied().named_parameters()] == [
        "first.weights.0",
        "first.weights.1",
        "first.bias",
        "again.more.0",
    ]


def test_calling_gives_a_value_or_a_list():
    assert isinstance(nn.MLP(3, [4, 1], rng=0)([1, 2.0, Value(3.0)]), Value)
    out = nn.MLP(3, [4, 2], rng=0)([1, 2.0, Value(3.0)])
    assert isinstance(out, list)
    assert len(out) == 2
    assert len(nn.Layer(3, 1, rng=0)([1.0, 2.0, 3.0])) == 1


def test_a_neuron_is_one_dot_a_sum_and_an_activation():
    neuron = nn.Neuron(5, activation="tanh", rng=0)
    out = neuron([1.0] * 5)
    assert [v.op for v in autograd.topological_order(out) if v.op] == ["dot", "add", "tanh"]
    assert out.data == pytest.approx(math.tanh(sum(w.data for w in neuron.weights)), rel=1e-15)


def test_the_forward_pass_is_the_formula():
    model = nn.MLP(2, [3, 2], activation="relu", rng=3)
    for p in model.parameters():
        p.data += 0.1
    x = [0.5, -1.5]
    hidden = [
        max(0.0, sum(w.data * v for w, v in zip(n.weights, x, strict=True)) + n.bias.data) for n in model.layers[0].neurons
    ]
    expected = [sum(w.data * h for w, h in zip(n.weights, hidden, strict=True)) + n.bias.data for n in model.layers[1].neurons]
    assert [v.data for v in model(x)] == pytest.approx(expected, rel=1e-14)


def test_seeds_decide_the_weights():
    def weights(**how):
        return [p.data for p in nn.MLP(4, [5, 2], **how).parameters()]

    assert weights(rng=1) == weights(rng=1) != weights(rng=2)
    nn.manual_seed(7)
    first = weights()
    assert weights() != first
    nn.manual_seed(7)
    assert weights() == first


@pytest.mark.parametrize(("activation", "variance"), [("relu", 2 / 50), ("tanh", 2 / (50 + 40)), ("sigmoid", 2 / (50 + 40))])
def test_initial_weights_suit_the_activation(activation, variance):
    layer = nn.Layer(50, 40, activation, rng=0)
    weights = [w.data for n in layer.neurons for w in n.weights]
    assert sum(w * w for w in weights) / len(weights) == pytest.approx(variance, rel=0.1)
    assert all(n.bias.data == 0.0 for n in layer.neurons)


@pytest.mark.parametrize(
    ("init", "mean", "variance"),
    [
        ("xavier_uniform", 0.0, 2 / 90),
        ("xavier_normal", 0.0, 2 / 90),
        ("kaiming_uniform", 0.0, 2 / 50),
        ("kaiming_normal", 0.0, 2 / 50),
        ("zeros", 0.0, 0.0),
        (nn.init.uniform(-0.3, 0.3), 0.0, 0.03),
        (nn.init.normal(0.5, 0.1), 0.5, 0.01),
        (nn.init.uniform(), 0.5, 1 / 12),
        (nn.init.normal(), 0.0, 1.0),
        (nn.init.constant(0.25), 0.25, 0.0),
    ],
)
def test_initialisers(init, mean, variance):
    weights = [w.data for n in nn.Layer(50, 40, "relu", init=init, rng=0).neurons for w in n.weights]
    found = sum(weights) / len(weights)
    assert found == pytest.approx(mean, abs=0.02)
    assert sum((w - found) ** 2 for w in weights) / len(weights) == pytest.approx(variance, rel=0.1)


def test_activations_layer_by_layer_and_no_bias():
    model = nn.MLP(2, [3, 1], activation=["tanh", "sigmoid"], bias=False, rng=0)
    assert len(model.parameters()) == 9
    assert [v.op for v in autograd.topological_order(model([1.0, 2.0])) if v.op] == ["dot", "tanh"] * 3 + ["dot", "sigmoid"]


@pytest.mark.parametrize("name", sorted(nn.ACTIVATIONS))
def test_every_activation_trains(name):
    neuron = nn.Neuron(2, activation=name, rng=0)
    out = neuron([0.5, 0.25])
    out.backward()
    assert all(math.isfinite(p.grad) for p in neuron.parameters())


def test_zero_grad():
    model = nn.MLP(2, [2, 1], activation="tanh", rng=0)
    model([1.0, 2.0]).backward()
    assert any(p.grad for p in model.parameters())
    model.zero_grad()
    assert not any(p.grad for p in model.parameters())


def test_losses():
    assert nn.mse_loss([Value(1.0), Value(3.0)], [0.0, 1.0]).data == 2.5
    assert nn.mse_loss(Value(1.0), 3.0).data == 4.0
    assert nn.hinge_loss([Value(2.0), Value(-1.0)], [1, 1]).data == 1.0
    logits = [Value(0.0), Value(3.0), Value(-2.0), Value(1.0)]
    loss = nn.cross_entropy(logits, 3)
    loss.backward()
    assert loss.data == 2.1755153626167147
    expected = [0.041772570515350445, 0.8390245074625319, 0.005653302662216329, -0.8864503806400986]
    assert [x.grad for x in logits] == pytest.approx(expected, rel=1e-14)
    batch = nn.cross_entropy([[Value(0.0), Value(0.0)], [Value(1.0), Value(1.0)]], [0, 1])
    assert batch.data == pytest.approx(math.log(2.0), rel=1e-15)
    assert nn.binary_cross_entropy_with_logits([Value(0.0), Value(0.0)], [0.0, 1.0]).data == pytest.approx(math.log(2.0))


def test_sgd_steps_against_the_gradient():
    p = Value(1.0)
    optimizer = nn.SGD([p, p], lr=0.1, momentum=0.5)
    for expected in (0.8, 0.8 - 0.1 * (0.5 * 2.0 + 1.6)):
        optimizer.zero_grad()
        (p * p).backward()
        optimizer.step()
        assert p.data == pytest.approx(expected, rel=1e-15)
    optimizer.zero_grad()
    assert p.grad == 0.0


MODEL = nn.MLP(2, [3, 1], rng=0)


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda: MODEL([1.0]), ValueError, "takes 2 inputs, and was given 1"),
        (lambda: nn.Neuron(2)([1.0, 2.0, 3.0]), ValueError, "takes 2 inputs, and was given 3"),
        (lambda: nn.MLP(2, [3, 1], activation="rleu"), ValueError, "no activation named 'rleu'.*relu"),
        (lambda: nn.MLP(2, [3, 1], activation=["relu"]), ValueError, "2 layers and 1 activations"),
        (lambda: nn.MLP(2, [1], init="he"), ValueError, "no initialiser named 'he'.*kaiming_normal"),
        (lambda: nn.MLP(2, 3), TypeError, r"give \[3\]"),
        (lambda: nn.MLP(2, []), ValueError, "at least one layer"),
        (lambda: nn.MLP(0, [1]), ValueError, "at least 1, and this is 0"),
        (lambda: nn.Layer(2, 1.5), ValueError, "1.5"),
        (lambda: nn.Neuron(2, rng="x"), TypeError, "a seed"),
        (lambda: nn.cross_entropy([1.0, 2.0], 2), ValueError, "0 to 1 here, and this is 2"),
        (lambda: nn.cross_entropy([1.0, 2.0], -1), ValueError, "this is -1"),
        (lambda: nn.cross_entropy([1.0, 2.0], 0.5), ValueError, "this is 0.5"),
        (lambda: nn.cross_entropy([[1.0, 2.0]], [0, 1]), ValueError, "1 predictions and 2 targets"),
        (lambda: nn.mse_loss([], []), ValueError, "empty batch"),
        (lambda: nn.mse_loss([1.0], []), ValueError, "1 predictions and 0 targets"),
        (lambda: nn.SGD([]), ValueError, "needs parameters"),
        (lambda: nn.SGD([Value(1.0)], lr=math.nan), ValueError, "nan"),
        (lambda: nn.SGD([Value(1.0)], lr=math.inf), ValueError, "inf"),
        (lambda: nn.SGD([Value(1.0)], lr=-1), ValueError, "-1"),
        (lambda: nn.SGD([Value(1.0)], lr="fast"), ValueError, "fast"),
        (lambda: nn.SGD([Value(1.0)], momentum=-0.5), ValueError, "momentum"),
    ],
)
def test_errors_say_what_to_do(wrong, error, words):
    with pytest.raises(error, match=words):
        wrong()


def test_penalties_leave_biases_out_unless_asked():
    model = nn.MLP(2, [2, 1], init=nn.init.constant(2.0), rng=0)
    for layer in model.layers:
        for neuron in layer.neurons:
            neuron.bias.data = 10.0
    assert nn.l2_penalty(model, 0.5).data == 0.5 * 6 * 4.0
    assert nn.l2_penalty(model, 0.5, biases=True).data == 0.5 * (6 * 4.0 + 300.0)
    assert nn.l2_penalty(model, 0.5, examples=5).data == pytest.approx(0.5 / 10 * 24.0)
    assert nn.l1_penalty(model, 0.5).data == 6.0
    assert nn.elastic_net_penalty(model, 0.5, 0.25).data == 6.0 + 6.0
    with pytest.raises(ValueError, match="nothing to penalise"):
        nn.l2_penalty(nn.Module(), 1.0)


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda: nn.l2_penalty(nn.Neuron(2), 1.0, examples=0), ValueError, "examples, the m of the textbooks, .* this is 0"),
        (lambda: nn.MLP(2, [2, 1], activation=math.tanh), TypeError, "a name, or a list of one for each layer"),
        (lambda: nn.Layer(2, 1, activation=["tanh"]), ValueError, r"no activation named \['tanh'\]"),
        (lambda: nn.Layer(2, 1)(0.5), TypeError, r"this layer takes a list of 2 inputs, and was given 0\.5"),
        (lambda: nn.Neuron(2)(Value(0.5)), TypeError, "this neuron takes a list of 2 inputs"),
    ],
)
def test_what_makes_no_sense_is_named(wrong, error, words):
    with pytest.raises(error, match=words):
        wrong()


def test_a_seed_may_be_an_integer_of_numpys():
    assert nn.Neuron(2, rng=np.int64(3)).weights == nn.Neuron(2, rng=3).weights
