"""Published worked examples of training: the step-by-step 2-2-2 network, the regularised 3-5-3 one, and the moons run.

The figures are those of tests/data/textbook.md, which says where the published ones are wrong.
"""

import math

import pytest
from published_network import INPUTS, TARGETS, two_two_two

import nn
from autograd import fsum


def half_square(model):
    return nn.mse_loss(model(INPUTS), TARGETS, reduction="half_sum")


def test_step_by_step_2_2_2_forward_and_backward():
    model, weights = two_two_two()
    assert [h.data for h in model.layers[0](INPUTS)] == pytest.approx([0.593269992, 0.596884378], abs=5e-10)
    assert [o.data for o in model(INPUTS)] == pytest.approx([0.751365070, 0.772928465], abs=5e-10)
    loss = half_square(model)
    assert loss.data == pytest.approx(0.298371109, abs=5e-10)
    loss.backward()
    expected = [
        0.000438567734,
        0.000877135469,
        0.000497712735,
        0.000995425471,
        0.082167040564,
        0.082667627848,
        -0.022602540477,
        -0.022740242216,
    ]
    assert [w.grad for w in weights] == pytest.approx(expected, abs=6e-13)


def test_step_by_step_2_2_2_updates():
    model, weights = two_two_two()
    optimizer = nn.SGD(weights, lr=0.5)
    for sweep in range(10_000):
        optimizer.zero_grad()
        half_square(model).backward()
        optimizer.step()
        if sweep == 0:
            expected = [0.149780716, 0.199561432, 0.249751144, 0.299502287, 0.358916480, 0.408666186, 0.511301270, 0.561370121]
            assert [w.data for w in weights] == pytest.approx(expected, abs=5e-10)
            assert half_square(model).data == pytest.approx(0.29102777369359933, rel=1e-13)
        if sweep == 9_998:
            assert half_square(model).data == pytest.approx(0.0000351085, abs=5e-11)
    assert half_square(model).data == pytest.approx(3.510187782978859e-05, rel=1e-9)
    assert [o.data for o in model(INPUTS)] == pytest.approx([0.0159136204, 0.9840642735], abs=5e-11)


def test_step_by_step_2_2_2_with_biases():
    model, _ = two_two_two()
    optimizer = nn.SGD(model.parameters(), lr=0.5)
    half_square(model).backward()
    optimizer.step()
    assert half_square(model).data == pytest.approx(0.28047144679, abs=5e-12)


def by_columns(rows, columns):
    """sin(1..n) / 10, filled column by column."""
    return [[math.sin(1 + row + rows * column) / 10 for column in range(columns)] for row in range(rows)]


def three_five_three():
    model = nn.MLP(3, [5, 3], activation=["sigmoid", "linear"], rng=0)
    for layer, theta in zip(model.layers, (by_columns(5, 4), by_columns(3, 6)), strict=True):
        for neuron, (bias, *weights) in zip(layer.neurons, theta, strict=True):
            neuron.bias.data = bias
            for weight, number in zip(neuron.weights, weights, strict=True):
                weight.data = number
    return model


def cost(model, strength):
    rows, labels = by_columns(5, 3), nn.data.one_hot([1, 2, 0, 1, 2])
    losses = [
        fsum(nn.binary_cross_entropy_with_logits(model(row), target, reduction="none"))
        for row, target in zip(rows, labels, strict=True)
    ]
    return fsum(losses) / len(rows) + nn.l2_penalty(model, strength, examples=len(rows))


GRADIENT = [
    -9.2782524e-3,
    8.8991196e-3,
    -8.3601076e-3,
    7.6281355e-3,
    -6.7479837e-3,
    -3.0497891e-6,
    1.4286944e-5,
    -2.5938310e-5,
    3.6988323e-5,
    -4.6875977e-5,
    -1.7506008e-4,
    2.3314636e-4,
    -2.8746873e-4,
    3.3532035e-4,
    -3.7621559e-4,
    -9.6266062e-5,
    1.1798267e-4,
    -1.3714971e-4,
    1.5324708e-4,
    -1.6656029e-4,
    0.31454497,
    0.11105659,
    0.097400697,
    0.16409082,
    0.057573649,
    0.050457585,
    0.16456793,
    0.057786738,
    0.050753017,
    0.15833933,
    0.05592353,
    0.049162084,
    0.15112753,
    0.053696701,
    0.047145625,
    0.14956833,
    0.053154205,
    0.046559719,
]


@pytest.mark.parametrize(
    ("strength", "expected"), [(0.0, 2.100950569902465), (1.0, 2.116086984943096), (3.0, 2.146359815024358)]
)
def test_the_matrix_example_costs(strength, expected):
    assert cost(three_five_three(), strength).data == pytest.approx(expected, rel=1e-14)


def test_the_matrix_example_gradient():
    model = three_five_three()
    cost(model, 0.0).backward()
    found = []
    for layer in model.layers:
        thetas = [[neuron.bias, *neuron.weights] for neuron in layer.neurons]
        found += [parameter.grad for column in zip(*thetas, strict=True) for parameter in column]
    assert len(found) == 38
    assert found == pytest.approx(GRADIENT, rel=6e-8)


def test_the_moons_run():
    rows, labels = nn.data.moons(100, noise=0.1, seed=1)
    sides = [2 * label - 1 for label in labels]
    model = nn.MLP(2, [16, 16, 1], rng=1)
    optimizer = nn.SGD(model.parameters(), lr=1.0)
    for step in range(100):
        optimizer.lr = 1.0 - 0.9 * step / 100
        loss = nn.hinge_loss([model(row) for row in rows], sides) + nn.l2_penalty(model, 1e-4, biases=True)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert sum((model(row) > 0) == (side > 0) for row, side in zip(rows, sides, strict=True)) == 100
