"""A whole training of the moons network, steps of Adam, as one scan in a program: what nn.fit does."""

import itertools
from collections.abc import Sequence
from typing import Any

import pytest

import autograd
import nn
from autograd import compile, dot, fsum, relu, scan, sqrt, value_and_grad
from nn.data import moons

STEPS, RATE = 12, 0.01
SIZES = (2, 5, 1)


def output(w: Sequence[Any], row: Sequence[float]) -> Any:
    values: Sequence[Any] = row
    at = 0
    for before, after in itertools.pairwise(SIZES):
        sums = []
        for _ in range(after):
            sums.append(dot(w[at : at + before], values) + w[at + before])
            at += before + 1
        values = [relu(z) for z in sums] if after > 1 else sums
    return values[0]


def training(rows: Sequence[Sequence[float]], labels: Sequence[float]) -> Any:
    def loss(w: Sequence[Any]) -> Any:
        return fsum([relu(1.0 - output(w, row) * label) for row, label in zip(rows, labels, strict=True)]) / len(labels)

    def train(w: Sequence[Any], rate: Any = RATE) -> Any:
        def adam(state: Any, count: Any) -> Any:
            w, m, v = state
            value, gradient = value_and_grad(loss)(w)
            m = [0.9 * a + 0.1 * g for a, g in zip(m, gradient, strict=True)]
            v = [0.999 * a + 0.001 * g * g for a, g in zip(v, gradient, strict=True)]
            along, across = 1.0 - 0.9**count, 1.0 - 0.999**count
            moved = [p - rate * (a / along) / (sqrt(b / across) + 1e-8) for p, a, b in zip(w, m, v, strict=True)]
            return (moved, m, v), value

        zeros = [0.0] * len(w)
        (w, _, _), losses = scan(adam, (w, zeros, zeros), [float(k) for k in range(1, STEPS + 1)])
        return losses, w

    return train


def test_a_training_by_adam_is_one_scan() -> None:
    x, y = moons(40)
    rows, labels = [[float(a) for a in row] for row in x], [2.0 * t - 1.0 for t in y]
    model = nn.MLP(SIZES[0], [*SIZES[1:]], rng=0)
    start = [p.data for p in model.parameters()]
    train = training(rows, labels)
    compiled = compile(train)
    losses, weights = compiled(start)
    (program,) = compiled.programs
    assert [op for op in program.counts if "scan" in op or "loop" in op]

    optimizer = nn.Adam(model.parameters(), RATE)
    history = nn.fit(model, x, labels, loss=nn.hinge_loss, optimizer=optimizer, epochs=STEPS, batch_size=40, progress=False)
    assert losses == pytest.approx(history["loss"], abs=1e-12)
    assert weights == pytest.approx([p.data for p in model.parameters()], abs=1e-12)

    eagerly = train([autograd.Value(p) for p in start])
    assert losses == pytest.approx([value.data for value in eagerly[0]], abs=1e-12)

    last = lambda rate: train(start, rate)[0][-1]  # noqa: E731
    slope = compile(autograd.grad(last))(RATE)
    assert slope == pytest.approx(autograd.grad(last)(RATE), rel=1e-9)
    nudged = (compile(last)(RATE + 1e-7) - compile(last)(RATE - 1e-7)) / 2e-7
    assert slope == pytest.approx(nudged, rel=1e-5)
