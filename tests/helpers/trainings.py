"""Small trainings, and what to train."""

import functools

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


class Diary:
    def __init__(self):
        self.lines = []

    def start(self, training):
        self.lines.append(f"start at {training.epoch}")

    def __call__(self, training):
        self.lines.append(f"{training.epoch} of {training.epochs}, {training.history.epochs} noted")

    def finish(self, training):
        self.lines.append(f"finish at {training.epoch}")
