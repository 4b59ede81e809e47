"""Modules: what registers by being an attribute, modes, apply, the tree, Sequential, Dropout, and the XOR network of 1986."""

import copy
import math
import sys
import threading

import numpy as np
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


def test_dropout_takes_each_number_by_itself_whatever_they_are_in():
    flat = nn.Dropout(0.5, rng=3)([1.0] * 6)
    assert set(flat) == {0.0, 2.0}
    assert nn.Dropout(0.5, rng=3)(np.ones(6)) == flat
    assert nn.Dropout(0.5, rng=3)([[1.0] * 3, [1.0] * 3]) == [flat[:3], flat[3:]]
    assert nn.Dropout(0.5, rng=3)(1.0) == flat[0]


def test_dropout_between_the_layers_of_an_mlp():
    model, plain = (nn.MLP(3, [8, 7, 2], "tanh", dropout=p, rng=0) for p in (0.4, 0.0))
    assert [p.data for p in model.parameters()] == [p.data for p in plain.parameters()]
    assert repr(model) == "MLP(3, [8, 7, 2], activation='tanh', dropout=0.4)"
    assert plain.dropout is None
    row = [1.0, -2.0, 0.5]
    first, second, last = plain.layers
    drop = copy.deepcopy(model.dropout)
    by_hand = [[v.data for v in last(drop(second(drop(first(row)))))] for _ in range(3)]
    assert [[v.data for v in model(row)] for _ in range(3)] == by_hand
    assert by_hand[0] != by_hand[1] != by_hand[2]
    assert [v.data for v in model.eval()(row)] == [v.data for v in plain(row)]
    for p in (1.0, -0.5, True, "x"):
        with pytest.raises(ValueError, match="probability to drop"):
            nn.MLP(2, [2, 1], dropout=p)


# ------------------------------------------------------------------------------------------------ states


class Odd(nn.Module):
    """Parameters in all the places a user may put them."""

    def __init__(self):
        self.lone = Value(1.0)
        self.vector = [Value(2.0), Value(3.0)]
        self.matrix = ([Value(4.0), Value(5.0)], [Value(6.0), Value(7.0)])
        self.ragged = [[Value(8.0)], [Value(9.0), Value(10.0)]]
        self.mixed = [Value(11.0), None, "text", Value(12.0) * 2, 3.0]
        self.by_name = {"a": Value(13.0), 2: [Value(14.0)]}
        self.data = [[1.0, 2.0], [3.0]]
        self.result = self.lone * 2
        self.empty = []


def test_the_state_is_numbers_by_dotted_names():
    state = Odd().state_dict()
    assert state == {
        "lone": 1.0,
        "vector": [2.0, 3.0],
        "matrix": [[4.0, 5.0], [6.0, 7.0]],
        "ragged.0": [8.0],
        "ragged.1": [9.0, 10.0],
        "mixed.0": 11.0,
        "by_name.a": 13.0,
        "by_name.2": [14.0],
    }
    assert nn.Neuron(2, init=nn.init.constant(0.5)).state_dict() == {"weight": [0.5, 0.5], "bias": 0.0}
    assert nn.Layer(2, 2, bias=False, init=nn.init.constant(0.5)).state_dict() == {"weight": [[0.5, 0.5], [0.5, 0.5]]}
    assert nn.Module().state_dict() == {}


def as_lists_of_numbers(array):
    """Lists of NumPy's numbers, as `list()` makes of an array."""
    return [as_lists_of_numbers(part) for part in array] if isinstance(array, list) else np.longdouble(array)


@pytest.mark.parametrize("number", [np.float32(0.5), np.int64(2), np.float16(1.5), np.longdouble(3.0)])
def test_a_weight_may_be_a_number_of_numpy(number):
    neuron = nn.Neuron(2, rng=0)
    neuron.load_state_dict({"weight": [1.0, number], "bias": number})
    assert [p.data for p in neuron.parameters()] == [1.0, float(number), float(number)]
    with pytest.raises(ValueError, match=r"weight\[1\] is nan"):
        neuron.load_state_dict({"weight": [1.0, np.float32("nan")], "bias": number})


@pytest.mark.parametrize("make", [Odd, lambda: Direct(0), lambda: nn.MLP(2, [3, 2], rng=0), lambda: nn.Layer(2, 3, rng=0)])
@pytest.mark.parametrize(
    "kind",
    [
        lambda state: state,
        lambda state: {name: np.array(array) for name, array in state.items()},
        lambda state: {name: as_lists_of_numbers(array) for name, array in state.items()},
    ],
)
def test_a_state_goes_into_another_module_of_that_shape(make, kind):
    model, other = make(), make()
    for i, p in enumerate(other.parameters()):
        p.data = i + 0.25
    other.load_state_dict(kind(model.state_dict()))
    assert [p.data for p in other.parameters()] == [p.data for p in model.parameters()]
    assert len(model.parameters()) == sum(np.size(array) for array in model.state_dict().values())


def test_states_are_copies():
    model = nn.Layer(2, 1, rng=0)
    state = model.state_dict()
    state["weight"][0][0] = 99.0
    assert model.neurons[0].weights[0].data != 99.0


def test_an_integer_that_is_no_float_is_rounded_as_float_does():
    model = nn.Module()
    model.weights = [Value(1.0), Value(2.0)]
    model.load_state_dict({"weights": [2**53 + 1, 3]})
    assert [p.data for p in model.parameters()] == [2.0**53, 3.0]


def test_parameters_in_two_places():
    model = nn.Module()
    model.first = [Value(1.0), Value(2.0)]
    model.second = model.first
    assert model.state_dict() == {"first": [1.0, 2.0], "second": [1.0, 2.0]}
    model.load_state_dict({"first": [3.0, 4.0], "second": [3.0, 4.0]})
    assert [p.data for p in model.parameters()] == [3.0, 4.0]
    with pytest.raises(ValueError, match=r"second\[1\] and first\[1\] are one parameter here and two numbers there"):
        model.load_state_dict({"first": [5.0, 6.0], "second": [5.0, 7.0]})
    assert [p.data for p in model.parameters()] == [3.0, 4.0]


def test_modules_and_containers_that_hold_themselves():
    model = Direct(0)
    model.itself, model.cache, model.stack = model, {}, []
    model.cache["cache"] = model.cache
    model.stack.append(model.stack)
    model.hidden.owner = [model]
    assert model.state_dict() == Direct(0).state_dict()
    assert len(model.parameters()) == 7


def test_two_parameters_of_one_name():
    model = nn.Module()
    setattr(model, "a.b", Value(1.0))
    model.a = {"b": Value(2.0)}
    with pytest.raises(ValueError, match=r"two parameters are called 'a\.b': rename one"):
        model.state_dict()


def test_a_state_that_does_not_fit_lists_everything_and_changes_nothing():
    model = nn.MLP(2, [2, 1], rng=0)
    before = model.state_dict()
    wrong = {
        "layers.0.weight": [[1.0, math.nan], [math.inf, 10**400]],
        "layers.0.bias": [[1.0, 2.0]],
        "layers.1.weight": [[1.0, 2.0], [1.0]],
        "layers.2.bias": 0.0,
    }
    with pytest.raises(ValueError) as caught:
        model.load_state_dict(wrong)
    assert str(caught.value) == (
        "these weights do not fit the model: layers.1.bias is missing; layers.2.bias is not known here; "
        "layers.0.weight[0][1] is nan; layers.0.weight[1][0] is inf; "
        "layers.0.weight[1][1] is 100000000000000000...0000000000000000000; "
        "layers.0.bias has the shape (2,) here and (1, 2) there; "
        "layers.1.weight has the shape (1, 2) here and of rows of unequal lengths there"
    )
    assert model.state_dict() == before


@pytest.mark.parametrize("number", ["1.0", None, True, 1j, Value(1.0)])
def test_what_is_no_number_is_no_weight(number):
    with pytest.raises(ValueError, match=r"weight\[1\] is "):
        nn.Neuron(2, rng=0).load_state_dict({"weight": [1.0, number], "bias": 0.0})


def test_a_state_is_a_dict():
    for state in (None, [1.0], "state"):
        with pytest.raises(TypeError, match="a state is a dict of names and numbers"):
            nn.Neuron(2, rng=0).load_state_dict(state)


@pytest.mark.parametrize("number", [49, 50, 51, 100])
def test_a_list_of_mismatches_ends_after_fifty(number):
    with pytest.raises(ValueError) as caught:
        nn.Module().load_state_dict({f"w{i}": 0.0 for i in range(number)})
    *named, last = str(caught.value).partition(": ")[2].split("; ")
    if number > 50:
        assert (len(named), last) == (50, f"and {number - 50} more")
    else:
        assert (len(named), last) == (number - 1, f"w{number - 1} is not known here")


def test_representations_of_networks_changed_by_hand():
    model = nn.MLP(2, [3, 1], rng=0)
    model.layers[0] = Odd()
    assert repr(model).startswith("MLP(\n  (layers.0): Odd()\n  (layers.1): Layer(3, 1, activation='linear')\n)")


def test_only_some_classes_say_how_to_make_another():
    with pytest.raises(TypeError, match="Odd does not say how to make another one: define config"):
        Odd().config()
    assert nn.MLP(**nn.MLP(2, [3, 1], ["tanh", "sin"], rng=0).config()).activation == ["tanh", "sin"]
    layer = nn.Layer(2, 2, rng=0)
    layer.neurons[1] = nn.Neuron(2, "tanh", rng=0)
    with pytest.raises(TypeError, match="neurons of this layer are not alike"):
        layer.config()


def test_parameters_keep_their_places_where_a_list_has_more_than_parameters():
    class Mixed(nn.Module):
        def __init__(self):
            first, second, last = Value(1.0), Value(2.0), Value(3.0)
            self.before = [first, first * second, second]
            self.nested = {"a": (second, "text", [last])}
            self.after = Value(4.0)

    named = [("before.0", 1.0), ("before.2", 2.0), ("nested.a.2.0", 3.0), ("after", 4.0)]
    model = Mixed()
    assert [(name, p.data) for name, p in model.named_parameters()] == named
    assert [p.data for p in model.parameters()] == [1.0, 2.0, 3.0, 4.0]
    model.before.append(model.before[0])
    model.also = model.before
    assert [(name, p.data) for name, p in model.named_parameters()] == named


def test_a_penalty_is_not_on_what_is_first_called_bias():
    class Tied(nn.Module):
        def __init__(self, *names):
            self.weight, tied = Value(1.0), Value(10.0)
            for name in names:
                setattr(self, name, tied)
            self.parts = {"bias": Value(100.0), "nobias": Value(1000.0), "inside": [Value(10000.0)]}

    assert nn.l1_penalty(Tied("bias", "again"), 1.0).data == 11001.0
    assert nn.l1_penalty(Tied("again", "bias"), 1.0).data == 11011.0
    assert nn.l1_penalty(Tied("bias"), 1.0, biases=True).data == 11111.0


def test_names_of_parameters_are_found_beside_threads_that_make_tuples():
    """Nobody else may have a tuple that is being made of what a generator gives: then Python cannot finish it (SystemError)."""
    failed = []
    stop = threading.Event()

    def work():
        while not stop.is_set():
            try:
                tuple(k for k in range(30))
            except SystemError as problem:
                failed.append(problem)

    threads = [threading.Thread(target=work) for _ in range(2)]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for _ in range(30):
            dict(nn.module.parameters_by_name())
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        sys.setswitchinterval(before)
    assert not failed


def test_names_of_the_parameters_of_all_networks_there_are():
    class Twice(nn.MLP):
        pass

    class Both(Twice, nn.Sequential):
        def __init__(self):
            self.scale = Value(3.0)

    models = [Twice(2, [1], rng=0), Both()]
    found = {id(p): name for name, p in nn.module.parameters_by_name()}
    assert all(found[id(p)] == name for model in models for name, p in model.named_parameters())
