"""A compiled function that calls a model of nn's own notices other parts in it."""

from collections.abc import Callable
from typing import Any

import pytest

import autograd
import nn

X = [0.3, -0.7]


def neuron(seed: int, nin: int = 2) -> nn.Neuron:
    return nn.Neuron(nin, "tanh", rng=seed)


def perceptron() -> nn.MLP:
    return nn.MLP(2, [3, 1], "tanh", rng=0)


def in_sequence() -> nn.Sequential:
    return nn.Sequential(nn.Layer(2, 2, "tanh", rng=0), nn.Sequential(neuron(1), autograd.sin), autograd.exp)


CHANGES: dict[str, tuple[Callable[[], Any], Callable[[Any], Any]]] = {
    "other layers": (perceptron, lambda m: setattr(m, "layers", nn.MLP(2, [2, 1], rng=5).layers)),
    "another head": (perceptron, lambda m: m.layers.__setitem__(-1, nn.Layer(3, 1, "linear", rng=7))),
    "a layer more": (perceptron, lambda m: m.layers.append(nn.Layer(1, 1, "tanh", rng=3))),
    "a layer less": (perceptron, lambda m: m.layers.pop()),
    "another neuron": (perceptron, lambda m: m.layers[0].neurons.__setitem__(1, neuron(4))),
    "two neurons exchanged": (perceptron, lambda m: m.layers[0].neurons.reverse()),
    "another step": (in_sequence, lambda m: m.steps.__setitem__(2, autograd.tanh)),
    "a step inside": (in_sequence, lambda m: m.steps[1].steps.__setitem__(0, neuron(9))),
    "steps less": (in_sequence, lambda m: setattr(m, "steps", m.steps[:2])),
}


def first(y: Any) -> Any:
    return first(y[0]) if isinstance(y, list) else y


@pytest.mark.parametrize("name", CHANGES)
def test_other_parts(name: str) -> None:
    make, change = CHANGES[name]
    model = make()

    class Around(nn.Module):
        def __init__(self) -> None:
            self.inner = model

        def __call__(self, x: Any) -> Any:
            return first(self.inner(x))

    around = Around()
    ways = [lambda x: first(model(x)), around, around.__call__, autograd.grad(lambda x: nn.mse_loss([first(model(x))], [1.0]))]
    fast = [autograd.compile(f) for f in ways]
    for then in (lambda m: None, change):
        then(model)
        right = [first(f([autograd.Value(x) for x in X])).data for f in ways[:-1]]
        assert [f(X) for f in fast[:-1]] == right
        assert fast[-1](X) == pytest.approx(ways[-1](X), rel=1e-14)


def test_the_cells_of_recurrent_networks() -> None:
    plain, lstm = nn.RNNCell(1, 2, rng=0), nn.LSTMCell(1, 2, rng=0)
    other = nn.LSTMCell(1, 2, rng=1)
    f = autograd.compile(lambda x: plain([x], [0.1, 0.2])[0])
    g = autograd.compile(lambda x: lstm([x], ([0.1, 0.2], [0.3, 0.4]))[1][0])
    f(0.5), g(0.5)
    plain.layer, lstm.candidate = nn.RNNCell(1, 2, rng=1).layer, other.candidate
    assert f(0.5) == plain([0.5], [0.1, 0.2])[0].data
    assert g(0.5) == lstm([0.5], ([0.1, 0.2], [0.3, 0.4]))[1][0].data


def test_dropout_that_is_switched_on() -> None:
    for model in (nn.Sequential(nn.Dropout(0.5), first), nn.MLP(2, [3, 1], dropout=0.5, rng=0)):
        model.eval()
        fast = autograd.compile(model)
        assert first(fast(X)) == getattr(model(X), "data", model(X))
        model.train()
        with pytest.raises(TypeError, match="draws random numbers"):
            fast(X)
        model.eval()
        fast(X)


def test_training_goes_on_with_the_programs_it_has() -> None:
    """Other numbers in the parameters are no other parts."""
    model = perceptron()
    step = autograd.compile(lambda x: model(x))
    for k in range(3):
        model.parameters()[0].data = 0.5 * k
        assert step(X) == model(X).data
    assert len(step.programs) == 1
