"""Still pictures of graphs: what they fold, wrap, highlight and colour; trees for the terminal."""

import re

import pytest

import nn
from autograd import Value, draw, explore, tree
from autograd.pictures.colours import LIGHT


@pytest.fixture(scope="module")
def network():
    """README's network of 2-16-16-1, its output and its inputs, after backward()."""
    model = nn.MLP(2, [16, 16, 1], rng=1)
    x = [Value(0.5, label="x0"), Value(-1.0, label="x1")]
    y = model(x)
    y.backward()
    return model, x, y


def boxes(picture, kind=None):
    return {box.title: box for box in picture.chart.boxes if kind in (None, box.kind)}


def told(box):
    return [text for row in box.rows for text, _ in row]


def layer(xs):
    total = 0.0
    for k, x in enumerate(xs):
        total = total + x.sin() * (k + 1.0)
    return total


@pytest.mark.parametrize(
    ("inputs", "told_of"), [(8, {"xs": "8 leaves", "layer": "24 operations"}), (9, {"layer": "27 operations, 9 leaves"})]
)
def test_inputs_stand_beside_what_is_folded_while_they_are_few(inputs, told_of):
    picture = draw(lambda *xs: layer(xs).exp(), *[float(k) for k in range(inputs)], fold=True)
    assert {title: told(box)[0] for title, box in boxes(picture, "folded").items()} == told_of


def test_a_network_folds_into_its_layers(network):
    model, x, y = network
    picture = draw(y)
    assert {"layers.0", "layers.1", "layers.2.neurons.0.weights"} == set(boxes(picture, "folded"))
    assert {"x0", "x1", "layers.2.neurons.0.bias"} == set(boxes(picture, "leaf"))
    assert picture.chart.caption.startswith("437 values, folded into 8 boxes.")
    first = model.layers[0]
    grads = [p.grad for p in first.parameters()]
    counts, data, grad = told(boxes(picture)["layers.0"])
    assert counts == "48 operations, 48 leaves"
    low, high = (float(number) for number in re.findall(r"-?[\d.]+(?:e-?\d+)?", data))
    outputs = [v.data for v in first(x)]
    assert low <= min(p.data for p in first.parameters()) + 1e-3 and high >= max(outputs) - 1e-3
    assert low < 0.0 and high < 2.0 * max(outputs)
    low, high = (float(number) for number in re.findall(r"-?[\d.]+(?:e-?\d+)?", grad))
    assert low <= min(grads) + 1e-3 and high >= max(grads) - 1e-3
    arrows = {(arrow.tail, arrow.head) for arrow in picture.chart.arrows}
    name = {box.title: box.id for box in picture.chart.boxes}
    assert {(name["x0"], name["layers.0"]), (name["layers.0"], name["layers.1"])} <= arrows


def test_depth_opens_levels_and_fold_shuts_groups(network):
    _, _, y = network
    one = draw(y, depth=1)
    assert {f"neurons.{k}" for k in range(16)} <= set(boxes(one, "folded"))
    assert {frame.name for frame in one.chart.frames} == {"", "layers.0", "layers.1"}
    shut = draw(y, depth=1, fold="layers.1")
    assert "layers.1" in boxes(shut, "folded") and "layers.0" not in boxes(shut, "folded")
    everything = draw(y, fold=False)
    assert not boxes(everything, "folded") and sum(box.kind == "operation" for box in everything.chart.boxes) == 98
    assert set(boxes(draw(y, fold=True), "folded")) >= {"layers.0", "layers.1"}
    assert not {"layers.0", "neurons.3"} & set(boxes(draw(y, max_nodes=2000)))


def test_leaves_that_go_the_same_way_are_one_box():
    neuron = nn.Neuron(32, "tanh", rng=0)
    picture = draw(neuron([float(k) for k in range(32)]))
    assert told(boxes(picture, "folded")["weights"])[0] == "32 leaves"
    (numbers,) = [box for box in picture.chart.boxes if box.kind == "number"]
    assert told(numbers) == ["32 numbers, 0 … 31"]
    assert len(boxes(draw(neuron([0.0] * 32), fold=False), "leaf")) == 33


def test_a_loss_over_a_batch_is_a_box_for_each_row():
    model = nn.MLP(2, [4, 4, 1], rng=1)
    rows = [[0.1 * k, 1.0 - k] for k in range(5)]
    loss = sum((model(row) - 1.0) ** 2 for row in rows) / 5
    picture = draw(loss)
    networks = [box for box in picture.chart.boxes if box.title == "network"]
    assert len(networks) == 5 and all(told(box)[0] == "26 operations" for box in networks)
    assert picture.chart.direction == "down" and "rankdir=TB" in picture.source
    assert draw(loss, direction="right").chart.direction == "right"
    recorded = draw(lambda xs: sum((model(x) - 1.0) ** 2 for x in xs), rows)
    assert sum(box.title == "MLP" for box in recorded.chart.boxes) == 5


def test_long_chains_go_on_below():
    y = Value(1.0, label="x")
    for k in range(30):
        y = y.sin() if k % 2 else y * 1.5
    chart = draw(y).chart
    assert len(chart.strips) > 3 and sum(box.kind == "operation" for box in chart.boxes) == 30
    named = {box.title for box in chart.boxes}
    for stub in [box for box in chart.boxes if box.kind == "continued"]:
        assert stub.title in named and [box.rows for box in chart.boxes if box.title == stub.title].count(stub.rows) == 2
    strip_of = {i: k for k, strip in enumerate(chart.strips) for i in strip}
    assert len(strip_of) == len(chart.boxes) and all(strip_of[a.tail] == strip_of[a.head] for a in chart.arrows)
    svg = draw(y).pipe("svg", encoding="utf-8")
    assert float(re.search(r'width="(\d+)pt"', svg)[1]) < 1400
    tops = [
        float(re.search(rf'<title>{strip[0]}</title>.*?points="[^,]+,(-?[\d.]+)', svg, re.S)[1]) for strip in chart.strips[1:]
    ]
    assert tops == sorted(tops)  # the strips stand in order
    for _ in range(100):
        y = (y * 1.1).cos()
    chart = draw(y).chart
    assert len(chart.boxes) < 30 and max(len(strip) for strip in chart.strips) < 8


def test_highlight_marks_values_names_and_every_path_between_two():
    x, y = Value(2.0, label="x"), Value(3.0, label="y")
    a = x * y
    b = a + x
    b.label = "b"
    z = b * y
    one = boxes(draw(z, highlight="x"))
    assert one["x"].marked and not one["y"].marked and not one["b"].marked
    marked = draw(z, highlight=[(x, "b")])
    ends = {box.id: box.title or box.rows[0][0][0] for box in marked.chart.boxes}
    found = {(ends[arrow.tail], ends[arrow.head]) for arrow in marked.chart.arrows if arrow.marked}
    assert found == {("x", "×"), ("x", "+"), ("data 6", "+"), ("×", "data 6"), ("+", "b")}
    assert found == {(ends[arrow.tail], ends[arrow.head]) for arrow in draw(z, highlight=("b", x)).chart.arrows if arrow.marked}
    assert LIGHT.accent in marked.source and LIGHT.accent not in draw(z).source
    for wrong in ("w", Value(1.0), 3):
        with pytest.raises(ValueError, match="highlight"):
            draw(z, highlight=[wrong])


def test_highlighted_values_are_seen_whatever_folds(network):
    model, _, y = network
    weight = model.layers[1].neurons[3].weights[2]
    marked = [box for box in draw(y, highlight=weight).chart.boxes if box.marked]
    assert [box.title for box in marked] == ["weights.2"]
    assert [box.title for box in draw(y, highlight=weight, fold=True).chart.boxes if box.marked] == ["layers.1"]


def test_colours_tell_sign_and_size():
    x, y, w = Value(2.0, label="x"), Value(-3.0, label="y"), Value(1.0, label="w")
    z = x * 0.5 - w * 4.0 + y * 0.0
    z.backward()
    found = boxes(draw(z, color="grad"))
    assert (
        found["x"].fill == LIGHT.tint(0.5, 4.0) and found["w"].fill == LIGHT.tint(-4.0, 4.0) and found["y"].fill == LIGHT.paper
    )
    assert [found[name].below_zero for name in "xwy"] == [False, True, False]  # a dashed frame: told apart in grey
    assert draw(z, color="grad").source.count("DASHED") == sum(box.below_zero for box in draw(z, color="grad").chart.boxes) > 0
    assert "largest: 4" in draw(z, color="grad").chart.caption
    assert boxes(draw(z, color="data"))["y"].below_zero


def test_show_digits_and_direction():
    x = Value(1.0 / 3.0, label="x")
    y = x * 2.0
    y.backward()
    texts = [told(box) for box in draw(y, show=["data"], digits=2).chart.boxes]
    assert ["data 0.33"] in texts and not any("grad" in text for row in texts for text in row)
    assert {arrow.text for arrow in draw(y, show="grad").chart.arrows} == {""}
    assert "2" in {arrow.text for arrow in draw(y).chart.arrows}
    assert draw(y, show=()).pipe("svg").startswith(b"<?xml")
    assert "rankdir=BT" in draw(y, direction="up").source


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"show": "grads"}, 'show has any of "data", "grad" and "local", and not \'grads\''),
        ({"direction": "LR"}, 'direction is "right", "left"'),
        ({"theme": "blue"}, 'theme is "light" or "dark"'),
        ({"digits": 0}, "digits is a whole number from 1 to 17, and this is 0"),
        ({"digits": 2.0}, "digits is"),
        ({"depth": -1}, "depth is a whole number of at least 0"),
        ({"depth": True}, "depth is"),
        ({"max_nodes": 0}, "max_nodes is"),
        ({"color": "gradient"}, 'color is "grad" or "data"'),
        ({"fold": ["nothing"]}, "fold has names of groups of this graph, and not 'nothing'"),
    ],
)
def test_options_that_make_no_sense(wrong, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        draw(Value(1.0, label="x") * 2, **wrong)


def test_what_can_be_drawn():
    x, y = Value(2.0, label="x"), Value(3.0, label="y")
    several = draw([x * y, x + y])
    assert sum(box.kind == "output" for box in several.chart.boxes) == 2
    model = nn.MLP(2, [1], rng=0)
    for parameter in model.parameters():
        parameter.grad = 7.0
    picture = draw(model, [1.0, 2.0])
    assert told(boxes(picture)["layers.0.neurons.0.bias"]) == ["data 0", "grad 1"]
    assert all(parameter.grad == 7.0 for parameter in model.parameters())  # derivatives of a function touch nobody's
    explorable = explore(lambda a, b: a * b, 2.0, 3.0)
    assert draw(explorable).source == explorable.draw().source and "grad 3" in explorable.draw().source
    for wrong, message in [
        ((model,), "draw_network"),
        ((x, 1.0), "after a function alone"),
        (([x, 1.0],), "the Values in it"),
        ((3.0,), "a number has no graph"),
        ((explorable, 2.0), "after a function alone"),
    ]:
        with pytest.raises(TypeError, match=message):
            draw(*wrong)


# ------------------------------------------------------------------------------------------------ trees


def test_a_tree_has_each_value_once_with_what_it_came_from():
    x, y = Value(2.0, label="x"), Value(3.0, label="y")
    a = x * y
    z = a * a + 1.0
    assert tree(z) == (
        "result = 37  (+)\n├── v2 = 36  (×)\n│   ├── v1 = 6  (×)\n│   │   ├── x = 2\n│   │   └── y = 3\n│   └── v1 ↑\n└── 1"
    )
    z.backward()
    assert tree(z, digits=2).splitlines()[3] == "│   │   ├── x = 2  grad 36"
    assert tree(lambda a: a.exp(), 0.0).splitlines() == ["y = 1  (exp)  grad 1", "└── a = 0  grad 1"]
    assert tree([x, y]) == "x = 2  grad 36\ny = 3  grad 24"


def test_a_tree_of_any_size_ends():
    y = Value(1.0)
    for _ in range(100_000):
        y = y + 1.0
    lines = tree(y).splitlines()
    assert len(lines) == 200 and lines[-1] == "(100,001 values, cut: max_lines= shows more)"
    assert sum(line.endswith(" …") for line in lines) == 1
    assert len(tree(y, max_lines=7).splitlines()) <= 8
    with pytest.raises(ValueError, match="max_lines is"):
        tree(y, max_lines=0)
    with pytest.raises(TypeError, match=r"tree\(\) takes a Value"):
        tree(3.0)
    assert all(line.isprintable() for line in tree(Value(1.0, label="a\n\x00b") * 2).splitlines())


def test_an_operand_that_is_used_twice_has_two_arrows():
    """So the gradient is the sum over the arrows, as it is said to be."""
    a = Value(3.0, label="a")
    y = a * a
    y.backward()
    assert re.findall(r'-> op1 \[label=" (.+) "', draw(y).source) == ["3", "3"]
    assert re.findall(r'-> op1 \[label=" (.+) "', draw(a + a).source) == ["1", "1"]


def test_a_gradient_is_paler_than_a_number(network):
    said = re.findall(r'COLOR="(#\w+)">&#160;(?:<B>)?(\w+)', draw(network[2]).source)
    assert {colour for colour, word in said if word == "grad"} == {LIGHT.quiet}
    assert {colour for colour, word in said if word == "data"} == {LIGHT.ink}


def test_strips_of_a_wrapped_picture_have_no_frame():
    y, *xs = [Value(0.1 * k, label=f"x{k}") for k in range(1, 14)]
    for x in xs:
        y = (y * x).tanh() + y
    source = draw(y).source
    assert source.count("cluster_strip") == len(re.findall(r"cluster_strip\d+ {\s*.*peripheries=0\n", source)) > 2
