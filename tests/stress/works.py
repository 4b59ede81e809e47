"""Pieces of work whose results are known to the last bit: what threads, forks, interrupts and failing memory are tried on.

Each is made once and then goes any number of times, always with the same result: whatever disturbed it the time before has left
nothing behind.
"""

import copy
import hashlib
import itertools
import os
import pickle
import random
import tempfile
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import autograd
import nn
from autograd import Value


class Work(NamedTuple):
    """`make(size)` gives what `go` is called with. What is `shared` may go in several threads at once."""

    make: Callable[[int], Any]
    go: Callable[[Any], Any]
    shared: bool = False


def check_surroundings() -> None:
    """Nothing that holds beyond a piece of work has been left as it was inside it."""
    assert autograd.is_grad_enabled(), "recording is still off"
    assert not autograd.is_anomaly_enabled(), "detect_anomaly() still holds"
    node = Value(2.0) * 3.0
    assert node.parents, "operations record nothing"
    assert type(node > 1.0) is bool, "a trace still listens"


# ------------------------------------------------------------------------------------------------ graphs


def grown(leaves: list[Value], size: int) -> Value:
    """A graph of about so many nodes, of all kinds."""
    rng = random.Random(size)
    kinds = [
        lambda a, b, c: (a * 0.5 - b).tanh(),
        lambda a, b, c: autograd.dot([a, b, c], [0.25, c, 0.5]).tanh(),
        lambda a, b, c: autograd.softmax([a, b, 1.0], 1) + a.sin(),
        lambda a, b, c: autograd.where(a > b, a, c) / (b * b + 1.0),
    ]
    nodes = list(leaves)
    for i in range(size // 3):
        nodes.append(kinds[i % 4](*rng.choices(nodes[-30:], k=3)))
    return autograd.logsumexp(nodes[-20:]) + autograd.fsum(nodes)


def made_graph(size: int) -> tuple[list[Value], Value]:
    leaves = [Value(0.1 * i - 0.35) for i in range(8)]
    return leaves, grown(leaves, size)


def build(size: int) -> Any:
    """A graph, built and let go again."""
    leaves, y = made_graph(size)
    y.backward()
    return y.data, [v.grad for v in leaves]


def backward(made: Any) -> Any:
    leaves, y = made
    for leaf in leaves:
        leaf.grad = 0.0
    y.backward()
    return [leaf.grad for leaf in leaves]


def second_order(made: Any) -> Any:
    """Second derivatives on a graph that stands, and none of its gradients changed."""
    leaves, y = made
    first = autograd.gradients(y, leaves)
    second = autograd.gradients(first[0], leaves)
    return [v.data for v in (*first, *second)]


def copied(made: Any) -> Any:
    """Copies of a graph: as deep as it is, and through a pickle."""
    found = []
    for leaves, y in (copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        y.backward()
        found.append([leaf.grad for leaf in leaves])
    return found


def transforms(size: int) -> Any:
    def f(v: Any) -> Value:
        with autograd.no_grad():
            level = v[0] * 2.0
        assert not level.parents
        return autograd.fsum([(a - b) ** 2 * a.exp() for a, b in itertools.pairwise(v)]) * level.data

    x = [0.1 * i - 0.3 for i in range(size)]
    return autograd.hessian(f)(x), autograd.jvp(autograd.grad(f), (x,), (x,))[1]


def blocks(size: int) -> Any:
    """Blocks within blocks, left by errors too."""
    found = []
    x = Value(2.0)
    for _ in range(size):
        with autograd.no_grad():
            found.append(bool((x * x).parents))
            with autograd.enable_grad():
                found.append(bool((x * x).parents))
            found.append(bool((x * x).parents))
        try:
            with autograd.detect_anomaly():
                (x - 2.0).log() * 2.0
        except autograd.AnomalyError:
            found.append(autograd.is_anomaly_enabled())
        found.append(autograd.is_grad_enabled())
    return found


# ------------------------------------------------------------------------------------------------ programs


def formula(w: Any, x: Any) -> Value:
    """Takes one of two ways by its numbers."""
    h = [(a * x[0] + b * x[1]).tanh() for a, b in itertools.pairwise(w)]
    y = autograd.fsum(h) * x[0]
    return y * y if y > 0.25 else y.exp() - h[0]


def numbers(n: int) -> list[float]:
    return [0.4 * ((i * 7919) % 101) / 101 - 0.2 for i in range(n)]


def recorded(size: int) -> Any:
    """A function that is compiled anew, and recorded once for each of its two ways."""
    fast = autograd.compile(autograd.value_and_grad(formula))
    return [fast(numbers(size), x) for x in ([0.1, 0.2], [30.0, 20.0])]


def made_call(size: int) -> Any:
    return autograd.compile(autograd.value_and_grad(formula)), numbers(size), [[0.1, 0.2], [30.0, 20.0], [0.2, -0.5]]


def call(made: Any) -> Any:
    fast, w, points = made
    return [fast(w, x) for x in points]


def made_rows(size: int) -> Any:
    rows = np.array(numbers(2 * size)).reshape(size, 2) * 40.0
    summed = autograd.compile(autograd.value_and_grad(formula), in_axes=(None, 0), reduce="mean")
    return summed, autograd.compile(formula, in_axes=(None, 0)), numbers(12), rows


def over_rows(made: Any) -> Any:
    summed, each, w, rows = made
    return summed(w, rows), hashlib.sha256(each(w, rows).tobytes()).hexdigest()


# ------------------------------------------------------------------------------------------------ networks and files

ROWS, LABELS = nn.data.moons(40, noise=0.1, seed=1)


def fit(epochs: int, compiled: bool) -> Any:
    """A training from its beginning; Ctrl-C ends it in order, and is passed on here."""
    model = nn.MLP(2, [6, 1], "tanh", rng=0)
    history = nn.fit(model, ROWS, LABELS, loss=nn.mse_loss, batch_size=20, epochs=epochs, progress=False, compile=compiled)
    if history.interrupted:
        raise KeyboardInterrupt
    return dict(history), [p.data for p in model.parameters()]


def made_files(size: int) -> Any:
    folder = tempfile.mkdtemp()
    models = [nn.MLP(2, [width, 1], "tanh", rng=width) for width in (size, size + 1)]
    program = autograd.compile(formula)
    program(numbers(size), [0.1, 0.2])
    return folder, models, program.programs[0]


def files(made: Any) -> Any:
    """Files written over and over, and read; nothing else is in their folder in the end."""
    folder, models, program = made
    path, other = os.path.join(folder, "model"), os.path.join(folder, "program")
    found = []
    for model in models:
        nn.save(model, path)
        program.save(other)
        found.append([p.data for p in nn.load(path).parameters()])
        found.append(str(autograd.Program.load(other)))
    assert sorted(os.listdir(folder)) == ["model", "program"], os.listdir(folder)
    return found


WORKS = {
    "build": Work(lambda size: size, build, shared=True),
    "backward": Work(made_graph, backward),
    "second order": Work(made_graph, second_order, shared=True),
    "copies": Work(made_graph, copied, shared=True),
    "transforms": Work(lambda size: 4 + size // 300, transforms, shared=True),
    "blocks": Work(lambda size: 1 + size // 30, blocks, shared=True),
    "record": Work(lambda size: 4 + size // 40, recorded, shared=True),
    "call": Work(lambda size: made_call(4 + size // 40), call, shared=True),
    "rows": Work(made_rows, over_rows, shared=True),
    "rows in threads": Work(
        lambda size: made_rows(size if size < 1000 or autograd.build == "pure" else 150_000), over_rows, shared=True
    ),
    "fit eagerly": Work(lambda size: 1 + size // 3000, lambda epochs: fit(epochs, False), shared=True),
    "fit compiled": Work(lambda size: 2 + size // 300, lambda epochs: fit(epochs, True), shared=True),
    "files": Work(lambda size: made_files(3 + size // 100), files),
}
