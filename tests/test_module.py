"""Modules: what registers by being an attribute, modes, apply, the tree, Sequential, Dropout, and the XOR network of 1986."""

import pytest

import nn
from autograd import Value


class Direct(nn.Module):
    """XOR with one hidden unit and direct links from the inputs to the output (Rumelhart, Hinton and Williams 1986)."""

    def __init__(self, rng):
        self.hidden = nn.Neuron(2, "sigmoid", init=nn.init.uniform(-1.0, 1.0), rng=rng)
        self.output = nn.Neuron(3, "sigmoid", init=nn.init.uniform(-1.0, 1.0), rng=rng)

    def __call__(self, x):
        return self.output([*x, self.hidden(x)])


def test_direct_links_are_a_few_lines_and_solve_xor():
    rows, targets = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]
    solved = 0
    for seed in range(4):
        model = Direct(seed)
        optimizer = nn.SGD(model.parameters(), lr=0.5, momentum=0.9)
        for _ in range(1500):
            optimizer.zero_grad()
            nn.mse_loss([model(row) for row in rows], targets, reduction="half_sum").backward()
            optimizer.step()
        solved += all(abs(model(row).data - t) < 0.2 for row, t in zip(rows, targets, strict=True))
    assert solved >= 3


def test_names_of_modules_and_the_tree():
    model = Direct(0)
    assert [name for name, _ in model.named_modules()] == ["", "hidden", "output"]
    assert repr(model) == (
        "Direct(\n  (hidden): Neuron(2, activation='sigmoid')\n  (output): Neuron(3, activation='sigmoid')\n)  # 7 parameters"
    )
    nested = nn.Sequential(nn.Sequential(nn.Layer(2, 2, rng=0)), len)
    assert "(steps.0): Sequential(\n    (steps.0): Layer(2, 2, activation='relu')\n  )  # 6 parameters" in repr(nested)
    assert repr(nn.Module()) == "Module()"


def test_modes_reach_everything_inside():
    dropout = nn.Dropout(0.5)
    model = nn.Sequential(nn.Sequential(dropout))
    assert model.training
    assert model.eval() is model
    assert not dropout.training
    assert model.train() is model
    assert dropout.training


def test_apply_visits_each_module_once_and_the_whole_last():
    shared = nn.Layer(1, 1, rng=0)
    model = nn.Sequential(shared, shared)
    seen = []
    assert model.apply(seen.append) is model
    assert seen.count(shared) == 1
    assert seen[-1] is model


def test_a_module_that_refers_back_to_itself():
    model = Direct(0)
    model.itself = model
    model.hidden.owner = [model]
    assert len(model.parameters()) == 7


def test_sequential_is_the_modules_in_order():
    first, second = nn.Layer(2, 3, "tanh", rng=0), nn.Layer(3, 1, "linear", rng=1)
    model = nn.Sequential(first, second, lambda values: values[0])
    x = [0.5, -1.0]
    assert model(x).data == second(first(x))[0].data
    assert (len(model), model[1]) == (3, second)
    assert len(model.parameters()) == 13
    with pytest.raises(TypeError, match="number 1 is 3"):
        nn.Sequential(first, 3)


def test_dropout():
    dropout = nn.Dropout(0.25, rng=0)
    values = [Value(1.0) for _ in range(4000)]
    kept = [v.data for v in dropout(values)]
    assert set(kept) == {0.0, 1.0 / 0.75}
    assert sum(kept) / len(kept) == pytest.approx(1.0, abs=0.05)
    assert nn.Dropout(0.25, rng=0)(values)[0].data == kept[0]
    assert dropout.eval()(values) is values
    assert nn.Dropout(0.0)(values) is values
    for p in (1.0, -0.1, "x", True):
        with pytest.raises(ValueError, match="probability to drop"):
            nn.Dropout(p)
