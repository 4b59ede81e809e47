"""A model's loss: by its parameters where they stand, and as a function of weights; eagerly, compiled and over rows."""

import numpy as np
import pytest

import autograd
import nn
from autograd import Value, compile, grad, hessian, value_and_grad

X, Y = np.random.default_rng(0).normal(size=(20, 2)), np.random.default_rng(1).normal(size=20)


@pytest.fixture
def model():
    return nn.MLP(2, [3, 1], activation="tanh", rng=0)


def by_backward(model, x, y):
    """The loss and the gradients as backward() has them; none is left behind."""
    model.zero_grad()
    loss = nn.mse_loss(model(list(x)), y)
    loss.backward()
    found = {name: p.grad for name, p in model.named_parameters()}
    model.zero_grad()
    return loss.data, found


def moved(model):
    for i, p in enumerate(model.parameters()):
        p.data = 0.1 * i - 0.5


# ------------------------------------------------------------------------------------------------ wrt


def test_by_the_parameters_eagerly_and_compiled_and_read_anew(model):
    def loss(x, y):
        return nn.mse_loss(model(x), y)

    eager, compiled = value_and_grad(loss, wrt=model), compile(value_and_grad(loss, wrt=model))
    for _ in range(2):
        value, gradient = by_backward(model, X[0], Y[0])
        for f in (eager, compiled):
            found, slopes = f(X[0].tolist(), Y[0])
            assert found == value and slopes == pytest.approx(gradient, rel=1e-12)
            assert all(type(slope) is float for slope in slopes.values())
        assert grad(loss, wrt=model)(X[0].tolist(), Y[0]) == eager(X[0].tolist(), Y[0])[1]
        moved(model)
    assert len(compiled.programs) == 1
    assert not any(p.grad for p in model.parameters())


def test_over_rows(model):
    def loss(x, y):
        return nn.mse_loss(model(x.tolist()), y)

    value, gradient = compile(value_and_grad(loss, wrt=model), in_axes=0, reduce="mean")(X, Y)
    each = [by_backward(model, x, y) for x, y in zip(X, Y, strict=True)]
    assert value == pytest.approx(np.mean([v for v, _ in each]), rel=1e-12)
    for name, slope in gradient.items():
        assert slope == pytest.approx(np.mean([g[name] for _, g in each]), rel=1e-10, abs=1e-15)


def test_values_in_any_structure_and_second_derivatives():
    a, b, c = Value(2.0), Value(3.0), Value(4.0)

    def f(x):
        return a**3 * b * x + c

    assert grad(f, wrt=a)(5.0) == 180.0
    assert grad(f, wrt={"a": a, "rest": [b, c]})(5.0) == {"a": 180.0, "rest": [40.0, 1.0]}
    assert grad(f, wrt=np.array([a, b]))(5.0).tolist() == [180.0, 40.0]
    assert grad(lambda x: grad(f, wrt=a)(x), wrt=[a, b])(5.0) == [180.0, 60.0]
    assert grad(lambda x: grad(f, wrt=a)(x))(5.0) == 36.0
    assert grad(lambda: grad(lambda: a**3, wrt=a)(), wrt=a)() == 12.0  # of nothing but what it is by
    twice = compile(grad(lambda x: grad(f, wrt=a)(x), wrt=[a, b]))
    assert twice(5.0) == [180.0, 60.0]
    a.data = 1.0
    assert twice(5.0) == [90.0, 15.0]
    assert value_and_grad(lambda x: (f(x), {"b": b * 2.0}), wrt=a, has_aux=True)(1.0) == ((7.0, {"b": 6.0}), 9.0)
    with autograd.no_grad():
        assert grad(f, wrt=a)(5.0) == 45.0


def test_what_is_no_wrt():
    f = value_and_grad(lambda x: x, wrt=[1.0])
    with pytest.raises(TypeError, match="wrt has the Values to differentiate by"):
        f(2.0)
    with pytest.raises(TypeError, match="wrt"):
        grad(lambda x: x, wrt="model")(1.0)
    with pytest.raises(ValueError, match="leave argnums and argnames out"):
        grad(lambda x: x, 1, wrt=Value(1.0))
    with pytest.raises(ValueError, match="leave argnums and argnames out"):
        grad(lambda x: x, argnames="x", wrt=Value(1.0))


# ------------------------------------------------------------------------------------------------ functional_call


def test_a_loss_of_the_weights(model):
    def loss(weights, x, y):
        return nn.mse_loss(nn.functional_call(model, weights, x), y)

    before = model.state_dict()
    other = nn.MLP(2, [3, 1], activation="tanh", rng=5)
    weights = other.state_dict()
    arrays = {name: np.array(array) for name, array in weights.items()}
    value, gradient = by_backward(other, X[0], Y[0])
    by_name = dict(zip(gradient, [p.data for p in other.parameters()], strict=True))
    for given in (weights, arrays):
        for f in (value_and_grad(loss), compile(value_and_grad(loss))):
            found, slopes = f(given, X[0].tolist(), Y[0])
            assert found == value
            flat = [s for array in slopes.values() for s in np.ravel(array)]
            assert sorted(flat) == pytest.approx(sorted(gradient.values()), rel=1e-12)
            assert type(slopes["layers.0.weight"]) is type(given["layers.0.weight"])
    assert grad(loss)(by_name, X[0].tolist(), Y[0]) == pytest.approx(gradient, rel=1e-12)
    assert model.state_dict() == before
    mean = compile(value_and_grad(lambda w, x, y: loss(w, x.tolist(), y)), in_axes=(None, 0, 0), reduce="mean")(weights, X, Y)
    assert mean[0] == pytest.approx(np.mean([by_backward(other, x, y)[0] for x, y in zip(X, Y, strict=True)]), rel=1e-12)


def test_second_derivatives_and_parameters_that_are_not_named():
    model = nn.Neuron(2, "tanh", rng=0)

    def output(weights):
        return nn.functional_call(model, weights, [0.5, -1.0])

    weights = {"weight": [0.3, 0.7]}
    model.bias.data = 0.25
    expected = hessian(lambda w: autograd.tanh(0.5 * w[0] - w[1] + 0.25))([0.3, 0.7])
    for f in (hessian(output), compile(hessian(output))):
        found = [[s.data if isinstance(s, Value) else s for s in row["weight"]] for row in f(weights)["weight"]]
        np.testing.assert_allclose(found, expected, rtol=1e-12)
    steep = 1.0 - output(weights).data ** 2
    assert [v.data for v in grad(output)(weights)["weight"]] == pytest.approx([0.5 * steep, -steep])  # it moves with the bias
    bias = compile(output)
    before = bias(weights)
    model.bias.data = 0.0
    assert bias(weights) != before  # the model's own are read anew


def test_what_a_model_changes_stays_changed_and_its_parameters_come_back():
    class Counting(nn.Module):
        def __init__(self):
            self.w, self.pair, self.calls, self.last = [Value(1.0)], (Value(2.0), 3.0), 0, None

        def __call__(self, x, *, shift=0.0):
            self.calls += 1
            self.last = x
            return self.w[0] * x + self.pair[0] + shift

    model = Counting()
    w, pair = model.w[0], model.pair
    assert nn.functional_call(model, {"w.0": 10.0, "pair.0": 20.0}, 1.0, {"shift": 0.5}).data == 30.5
    assert (model.calls, model.last) == (1, 1.0) and model.w[0] is w and model.pair is pair
    with pytest.raises(TypeError):
        nn.functional_call(model, {"w.0": 10.0}, "x")
    assert model.w[0] is w and model.calls == 2


def test_tied_weights_change_in_all_places():
    class Tied(nn.Module):
        def __init__(self):
            self.a = Value(2.0)
            self.b = self.a

        def __call__(self, x):
            return self.a * self.b * x

    assert grad(lambda w: nn.functional_call(Tied(), {"a": w}, 1.0))(3.0) == 6.0


def test_weights_that_do_not_fit(model):
    for weights, error, match in (
        ({"layers.7.weight": 1.0}, ValueError, "no parameter named 'layers.7.weight': it has 'layers.0.weight'"),
        ({"layers.0.weight": [[1.0, 2.0]]}, ValueError, r"shape \(3, 2\) in the model, and \(1, 2\)"),
        ({"layers.0.bias": [1.0, 2.0, "3"]}, TypeError, "3"),
        ([1.0], TypeError, "a dict of names and numbers"),
    ):
        with pytest.raises(error, match=match):
            nn.functional_call(model, weights, [0.0, 0.0])
