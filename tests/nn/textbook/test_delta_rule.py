"""The delta rule: the same as backward() and SGD on the half sum of squares, what it learns, and what one layer cannot."""

import random

import numpy as np
import pytest

import nn
from autograd import Value, dot, no_grad

OR = ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 1.0])


def data(module):
    return [p.data for p in module.parameters()]


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("activation", sorted(nn.ACTIVATIONS))
def test_it_is_a_step_of_gradient_descent_on_the_half_sum_of_squares(activation, bias):
    rng = random.Random(7)
    ours, theirs = (nn.Layer(3, 2, activation, bias=bias, rng=5) for _ in range(2))
    optimizer = nn.SGD(theirs.parameters(), lr=0.3)
    for _ in range(20):
        x, target = [rng.uniform(0.0, 0.5) for _ in range(3)], [rng.uniform(0.0, 0.5) for _ in range(2)]
        optimizer.zero_grad()
        nn.mse_loss(theirs(x), target, reduction="half_sum").backward()
        deltas = nn.delta_rule(ours, x, target, lr=0.3)
        if bias:
            assert deltas == pytest.approx([-neuron.bias.grad for neuron in theirs.neurons], rel=1e-15, abs=1e-15)
        optimizer.step()
        assert data(ours) == pytest.approx(data(theirs), rel=1e-15, abs=1e-15)
    assert data(ours) != data(nn.Layer(3, 2, activation, bias=bias, rng=5))


def test_by_hand():
    neuron = nn.Neuron(2, "sigmoid", init="zeros")
    (delta,) = nn.delta_rule(neuron, [1.0, -2.0], 1.0, lr=0.8)  # y = 1/2: delta = (1 - 1/2) * 1/2 * (1 - 1/2)
    assert type(delta) is float
    assert delta == 0.125
    assert data(neuron) == pytest.approx([0.1, -0.2, 0.1], rel=1e-15)
    assert all(p.grad == 0.0 for p in neuron.parameters())


def test_a_sigmoid_neuron_learns_or():
    for seed in range(3):
        neuron = nn.Neuron(2, "sigmoid", rng=seed)
        for _ in range(500):
            for row, target in zip(*OR, strict=True):
                nn.delta_rule(neuron, row, target, lr=1.0)
        assert all(abs(neuron(row).data - t) < 0.2 for row, t in zip(*OR, strict=True))


def test_a_linear_layer_learns_a_linear_map():
    """Widrow and Hoff's: the weights become those of the map."""
    rng = random.Random(1)
    matrix, offsets = [[1.0, -2.0, 0.5], [0.25, 0.0, 3.0]], [0.5, -1.0]
    layer = nn.Layer(3, 2, "linear", rng=2)
    for _ in range(2000):
        x = [rng.uniform(-1.0, 1.0) for _ in range(3)]
        target = [dot(row, x) + offset for row, offset in zip(matrix, offsets, strict=True)]
        nn.delta_rule(layer, x, target, lr=0.2)
    for neuron, row, offset in zip(layer.neurons, matrix, offsets, strict=True):
        assert [*(w.data for w in neuron.weights), neuron.bias.data] == pytest.approx([*row, offset], abs=1e-12)


def test_one_layer_cannot_learn_xor():
    """Its best answers are one half to every row: XOR takes a hidden layer, and backpropagation."""
    rows, labels = nn.data.xor()
    for seed in range(3):
        neuron = nn.Neuron(2, "sigmoid", rng=seed)
        for step in range(2000):
            for row, label in zip(rows, labels, strict=True):
                nn.delta_rule(neuron, row, label, lr=0.5 * (1.0 - step / 2000))
        answers = [neuron(row).data for row in rows]
        assert sum((y > 0.5) == (label == 1) for y, label in zip(answers, labels, strict=True)) < 4
        assert answers == pytest.approx([0.5] * 4, abs=0.02)


def test_arrays_and_values_are_examples():
    expected = nn.Layer(2, 2, "tanh", rng=0)
    nn.delta_rule(expected, [0.5, -1.0], [1.0, 0.0], lr=0.1)
    for x, target in ((np.array([0.5, -1.0]), np.array([1.0, 0.0])), ([Value(0.5), -1], (Value(1.0), 0))):
        layer = nn.Layer(2, 2, "tanh", rng=0)
        assert [type(delta) for delta in nn.delta_rule(layer, x, target, lr=0.1)] == [float, float]
        assert data(layer) == data(expected)
        assert all(p.op == "" for p in layer.parameters())


def inside_no_grad():
    with no_grad():
        nn.delta_rule(LAYER, [1.0, 2.0], [1.0, 2.0], lr=0.1)


LAYER, NEURON = nn.Layer(2, 2, rng=0), nn.Neuron(2, rng=0)


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda: nn.delta_rule(nn.MLP(2, [2, 1]), [1.0, 2.0], [1.0], lr=0.1), TypeError, "one Layer or Neuron.*MLP.*backward"),
        (lambda: nn.delta_rule(LAYER, [1.0], [1.0, 2.0], lr=0.1), ValueError, "takes 2 inputs, and was given 1"),
        (lambda: nn.delta_rule(LAYER, [1.0, 2.0], [1.0], lr=0.1), ValueError, "2 neurons, and was given 1 targets"),
        (lambda: nn.delta_rule(LAYER, [1.0, 2.0], 1.0, lr=0.1), TypeError, "one number for each of its 2 neurons, not 1.0"),
        (lambda: nn.delta_rule(NEURON, [1.0, 2.0], [1.0, 2.0], lr=0.1), TypeError, "one number, and this is a list"),
        (lambda: nn.delta_rule(LAYER, [1.0, 2.0], [1.0, "2"], lr=0.1), TypeError, "'2'"),
        (lambda: nn.delta_rule(LAYER, [1.0, 2.0], [1.0, 2.0], lr=-0.1), ValueError, "lr is a finite number.*-0.1"),
        (inside_no_grad, RuntimeError, "call delta_rule outside"),
    ],
)
def test_errors_say_what_to_do_and_change_nothing(wrong, error, words):
    before = data(LAYER) + data(NEURON)
    with pytest.raises(error, match=words):
        wrong()
    assert data(LAYER) + data(NEURON) == before
