"""Trainings by compiled programs beside the same eagerly."""

import pytest

import nn
from autograd import Value

ROWS, LABELS = nn.data.moons(23, noise=0.1, seed=1)
TARGETS = [row[0] * row[1] for row in ROWS]
SIGNS = [2 * label - 1 for label in LABELS]
CLASSES = [i % 3 for i in range(23)]
SOFT = [[0.2, 0.7, 0.1] if c else [0.5, 0.25, 0.25] for c in CLASSES]


def close(numbers):
    return pytest.approx(numbers, rel=1e-9, abs=1e-9)


def network(outputs=1, last="linear", hidden="tanh", rng=0):
    return nn.MLP(2, [4, outputs], [hidden, last], rng=rng)


def trained(compile, make=network, y=TARGETS, X=ROWS, *, optimizer=nn.Adam, schedule=None, **how):  # noqa: N803
    """A model after a training, and all that tells of it."""
    model = make()
    stepper = optimizer(model.parameters())
    history = nn.fit(
        model,
        X,
        y,
        optimizer=stepper,
        schedule=schedule and schedule(stepper),
        compile=compile,
        progress=False,
        **{"epochs": 4, "batch_size": 5} | how,
    )
    return model, stepper, history


def check_equal(make=network, y=TARGETS, **how):
    """A compiled training against the same eagerly. Gives the compiled one."""
    model, stepper, history = trained(True, make, y, **how)
    same, stepped, expected = trained(False, make, y, **how)
    assert (history.eager, expected.eager) == ("", "compile=False")
    assert list(history) == list(expected)
    for name, column in expected.items():
        assert history[name] == close(column), name
    assert [p.data for p in model.parameters()] == close([p.data for p in same.parameters()])
    assert [p.grad for p in model.parameters()] == close([p.grad for p in same.parameters()])
    state, theirs = stepper.state_dict(), stepped.state_dict()
    assert list(map(type, state.values())) == list(map(type, theirs.values()))
    assert {name: close(value) if isinstance(value, list) else value for name, value in theirs.items()} == state
    assert [p.data for p in model.parameters()] != [p.data for p in make().parameters()], "nothing was trained"
    return model, history


class Line(nn.Module):
    def __init__(self, w=0.5, b=0.0, function=lambda z: z):
        self.w, self.b = Value(w), Value(b)
        self.function = function

    def __call__(self, x):
        return self.function(self.w * x[0]) + self.b
