"""A Module that is written as for PyTorch, with a `forward`, is what one with a `__call__` is."""

import pytest

import autograd
import nn

ROWS, LABELS = nn.data.moons(20, seed=0)


class Called(nn.Module):
    def __init__(self):
        self.first, self.last = nn.Layer(2, 4, "tanh", rng=0), nn.Neuron(4, "linear", rng=1)
        self.scale = 1.0

    def __call__(self, x):
        return self.last(self.first(x)) * self.scale


class Forward(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Layer(2, 4, "tanh", rng=0), nn.Neuron(4, "linear", rng=1)
        self.scale = 1.0

    def forward(self, x):
        return self.last(self.first(x)) * self.scale


class Doubled(Forward):
    def forward(self, x):
        return 2.0 * super().forward(x)


class Both(Forward):
    def __call__(self, x):
        return self.forward(x) + 1.0


def test_forward_is_what_is_called():
    wanted = Called()(ROWS[0]).data
    assert [kind()(ROWS[0]).data for kind in (Forward, Doubled, Both)] == [wanted, 2.0 * wanted, wanted + 1.0]
    assert callable(Forward()) and not callable(nn.Module())


def test_a_call_of_its_own_goes_before_a_forward():
    class Mine(nn.Neuron):
        def forward(self, x):
            raise AssertionError

    assert Mine(2, rng=0)([1.0, 2.0]).data == nn.Neuron(2, rng=0)([1.0, 2.0]).data


@pytest.mark.parametrize("compiled", [True, False])
def test_it_is_trained(compiled):
    histories = [
        nn.fit(kind(), ROWS, LABELS, loss=nn.binary_cross_entropy_with_logits, epochs=2, progress=False, compile=compiled)
        for kind in (Called, Forward)
    ]
    assert histories[0] == histories[1] and histories[1].eager == ("" if compiled else "compile=False")


def test_what_its_forward_goes_by_is_looked_at():
    model = Forward()
    fast = autograd.compile(model)
    before = fast(ROWS[0])
    model.scale = 3.0
    assert fast(ROWS[0]) == 3.0 * before == model(ROWS[0]).data


def test_it_is_seen_as_a_module():
    one, other = (autograd.draw(kind(), ROWS[0], depth=1).source for kind in (Called, Forward))
    assert one.replace("Called", "Forward") == other
    assert repr(nn.layer_statistics(Forward(), ROWS)) == repr(nn.layer_statistics(Called(), ROWS))
