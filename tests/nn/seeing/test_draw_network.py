"""Drawings of networks: every neuron and weight where it belongs, wide layers cut, names as they are; by a real `dot`."""

import re
import xml.etree.ElementTree as ElementTree

import graphviz
import pytest
from drawn import SVG, words

import nn
from autograd.pictures.colours import DARK, LIGHT

STRANGE = 'a "b" \\N {} <b> & é 🙂'


def lines(picture):
    """(from, to, width, colour) of every line."""
    found = re.findall(r"n(\d+_\d+) -> n(\d+_\d+) \[(.*)\]", picture.source)
    numbers = [(a, b, re.search(r"penwidth=([\d.]+)", rest), re.search(r'color="(#\w{6})', rest)) for a, b, rest in found]
    return {(a, b): (float(width.group(1)), colour.group(1)) for a, b, width, colour in numbers}


def test_every_neuron_and_every_weight_is_drawn():
    picture = nn.draw_network(nn.MLP(3, [4, 2], rng=0))
    assert isinstance(picture, graphviz.Digraph)
    assert len(lines(picture)) == 3 * 4 + 4 * 2
    assert set(words(picture)) >= {"3 inputs", "4 hidden, relu", "2 outputs"}
    circles = ElementTree.fromstring(picture.pipe(format="svg")).iter(f"{SVG}ellipse")
    assert len(list(circles)) == 3 + 4 + 2


def test_colour_is_the_sign_and_width_the_size():
    model = nn.MLP(3, [1], rng=0)
    for weight, value in zip(model.layers[0].neurons[0].weights, (2.0, -1.0, 0.0), strict=True):
        weight.data = value
    drawn = lines(nn.draw_network(model))
    assert [drawn[f"0_{i}", "1_0"][1] for i in range(2)] == [LIGHT.plus, LIGHT.minus]
    styles = dict(re.findall(r"n0_(\d) -> .*style=(\w+)", nn.draw_network(model).source))
    assert styles == {"0": "solid", "1": "dashed", "2": "solid"}  # told apart in grey
    dark = lines(nn.draw_network(model, theme="dark"))
    assert [dark[f"0_{i}", "1_0"][1] for i in range(2)] == [DARK.plus, DARK.minus]
    widest, half, none = (drawn[f"0_{i}", "1_0"][0] for i in range(3))
    assert widest - none == pytest.approx(2 * (half - none))
    assert any("(widest: 2)" in word for word in words(nn.draw_network(model)))


def test_weights_of_0_are_thin_lines_also_where_there_are_no_others():
    model = nn.MLP(2, [1], rng=0)
    widths = []
    for other in (1.0, 0.0):
        model.layers[0].neurons[0].weights[0].data, model.layers[0].neurons[0].weights[1].data = other, 0.0
        widths.append(lines(nn.draw_network(model))["0_1", "1_0"][0])
    assert widths[0] == widths[1] == lines(nn.draw_network(model))["0_0", "1_0"][0]


def test_columns_stand_from_left_to_right_and_neurons_from_top_to_bottom():
    place = {
        name: (float(x), float(y))
        for name, x, y in re.findall(
            r'(n\d+_\d+) \[.*pos="([-\d.]+),([-\d.]+)!"', nn.draw_network(nn.MLP(2, [3, 1], rng=0)).source
        )
    }
    assert [place[f"n{column}_0"][0] for column in range(3)] == [0.0, 2.2, 4.4]  # inches
    assert place["n1_0"][1] > place["n1_1"][1] > place["n1_2"][1]
    assert place["n1_1"][1] == place["n2_0"][1] == (place["n0_0"][1] + place["n0_1"][1]) / 2 == 0.0


def test_of_wide_layers_the_first_and_last_few_are_drawn():
    picture = nn.draw_network(nn.MLP(64, [32, 10], rng=0))
    shown = words(picture)
    assert {"64 inputs", "… 53 more", "… 21 more", "10 outputs"} <= set(shown)
    assert len(lines(picture)) == 11 * 11 + 11 * 10
    assert {f"n0_{i}" for i in (0, 5, 59, 63)} <= set(re.findall(r"n\d+_\d+", picture.source))
    assert len(lines(nn.draw_network(nn.MLP(64, [32, 10], rng=0), max_neurons=64))) == 64 * 32 + 32 * 10
    assert "… 1 more" not in words(nn.draw_network(nn.MLP(12, [1], rng=0)))
    assert "… 2 more" in words(nn.draw_network(nn.MLP(13, [1], rng=0)))


def test_names_are_shown_as_typed_and_long_ones_cut():
    picture = nn.draw_network(nn.MLP(2, [2], rng=0), [STRANGE, "x" * 50], ["line\nbreak", "_b"])
    shown = words(picture)
    assert {STRANGE, "x" * 21 + "…", "line\\nbreak", "_b"} <= set(shown)
    tips = [
        a.get("{http://www.w3.org/1999/xlink}title") for a in ElementTree.fromstring(picture.pipe(format="svg")).iter(f"{SVG}a")
    ]
    assert any(tip and tip.startswith(f"{STRANGE} → line") for tip in tips)


def test_models_of_all_kinds():
    assert "2 outputs, sigmoid" in words(nn.draw_network(nn.Layer(3, 2, "sigmoid", rng=0)))
    assert {"3 inputs", "1 output, tanh"} <= set(words(nn.draw_network(nn.Neuron(3, "tanh", rng=0))))
    sequential = nn.Sequential(nn.Layer(2, 3, rng=0), nn.Dropout(0.5), nn.Layer(3, 1, "linear", rng=0))
    assert repr(nn.draw_network(sequential)) == "<a network of 2-3-1 neurons, a graphviz.Digraph>"
    assert nn.draw_network(nn.MLP(1, [1], bias=False, init=nn.init.zeros)).pipe(format="svg")


def test_what_cannot_be_drawn():
    class TwoHeads(nn.Module):
        def __init__(self):
            self.left, self.right = nn.Layer(2, 3, rng=0), nn.Layer(2, 1, rng=0)

    model = nn.MLP(2, [1], rng=0)
    with pytest.raises(ValueError, match=r"layer 0 has 3 outputs and layer 1 2 inputs"):
        nn.draw_network(TwoHeads())
    with pytest.raises(TypeError, match="made of Layers or a Neuron"):
        nn.draw_network(nn.Sequential(nn.Dropout(0.5)))
    with pytest.raises(TypeError, match=r"this is 3\.0"):
        nn.draw_network(3.0)
    with pytest.raises(ValueError, match="2 inputs, and was given names for 1"):
        nn.draw_network(model, ["x"])
    with pytest.raises(ValueError, match="1 outputs, and was given names for 2"):
        nn.draw_network(model, None, ["x", "y"])
    with pytest.raises(ValueError, match='"light" or "dark", and this is \'blue\''):
        nn.draw_network(model, theme="blue")
    with pytest.raises(ValueError, match="no picture of boxes and arrows"):
        nn.draw_network(model).save("network.txt")
    for wrong in (2, 5.0, True):
        with pytest.raises(ValueError, match="at least 3"):
            nn.draw_network(model, max_neurons=wrong)


def test_drawing_changes_nothing():
    model = nn.MLP(2, [3, 1], rng=0)
    before = model.state_dict()
    nn.draw_network(model).pipe(format="svg")
    assert model.state_dict() == before
    assert model.training
