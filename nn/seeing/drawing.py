"""A network as a picture: neurons are circles, weights are lines whose colour and width show their sign and size."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from autograd.pictures.colours import Theme, theme_named
from autograd.pictures.drawing import label_text, picture
from autograd.texts import visible

from ..layers import Layer, Neuron
from ..module import Module

if TYPE_CHECKING:
    from autograd.pictures.rendering import Picture

BETWEEN_NEURONS, NAME_WIDTH, LINE = 0.42, 2.0, 0.22  # inches
LONGEST_NAME = 22

CIRCLE = {"shape": "circle", "fixedsize": "true", "width": "0.26", "label": "", "style": "filled"}
TEXT = {"shape": "plain", "fixedsize": "false"}
NAME = {"shape": "plaintext", "style": "", "width": str(NAME_WIDTH), "height": "0.25", "margin": "0"}


def draw_network(
    model: Module,
    inputs: Sequence[str] | None = None,
    outputs: Sequence[str] | None = None,
    *,
    max_neurons: int = 12,
    theme: str = "light",
) -> Picture:
    """The layers of a network from left to right, as a graphviz.Digraph.

    Blue lines are positive weights, orange and dashed ones negative; the wider and stronger, the larger, on one scale for the
    network. In a browser, a neuron under the pointer shows its bias, and a line its weight.

    inputs, outputs names to write beside the first and the last circles
    max_neurons     of a wider layer only the first and last few are drawn, and how many more there are
    theme           "light" or "dark"

    As with `autograd.draw`, the result shows itself in a notebook, and `.save("network.svg")` writes it, or .png, .pdf, .dot.
    TypeError for a model without a Layer or a Neuron; ValueError for layers that do not follow one another, for too few or too
    many names, for a max_neurons below 3 and a theme there is not.

    >>> from nn import MLP
    >>> draw_network(MLP(2, [3, 1], rng=0), inputs=["height", "weight"], outputs=["age"])
    <a network of 2-3-1 neurons, a graphviz.Digraph>
    """
    if isinstance(max_neurons, bool) or not isinstance(max_neurons, int) or max_neurons < 3:
        raise ValueError(f"max_neurons is a whole number of at least 3, and this is {max_neurons!r}")
    layers = chain_of_layers(model)
    widths = [len(layers[0][0].weights), *map(len, layers)]
    names = {0: _names(inputs, widths[0], "inputs"), len(layers): _names(outputs, widths[-1], "outputs")}
    colours = theme_named(theme)
    graph = picture("network", f"<a network of {'-'.join(map(str, widths))} neurons, a graphviz.Digraph>", colours)
    graph.attr("graph", layout="neato", splines="line", outputorder="edgesfirst", pad="0.2")
    graph.attr("node", color=colours.line, **CIRCLE)
    graph.attr("edge", arrowhead="none")
    shown = [_shown(width, max_neurons) for width in widths]
    top = max(map(len, shown)) / 2 * BETWEEN_NEURONS
    step = max(2.2, 1.2 * top)
    for column in range(len(widths)):
        _text(graph, f"title{column}", _title(column, layers, widths[column]), column * step, top + LINE, colours.ink)
        _draw_column(graph, layers, names, column, shown[column], column * step, colours)
    largest = _draw_weights(graph, layers, names, shown, colours)
    legend = f"blue: positive, orange and dashed: negative; the wider, the larger (widest: {largest:.3g})"
    _text(graph, "legend", legend, len(layers) / 2 * step, -top - LINE, colours.quiet)
    return graph


def chain_of_layers(model: Module) -> list[list[Neuron]]:
    """The neurons of each layer, from the inputs on. TypeError if there are none; ValueError if two do not fit together."""
    modules = [module for _, module in model.named_modules()] if isinstance(model, Module) else []
    layers = [module.neurons for module in modules if isinstance(module, Layer)]
    layers = layers or [[module] for module in modules if isinstance(module, Neuron)]
    if not layers:
        raise TypeError(f"draw_network draws models made of Layers or a Neuron, and this is {model!r}")
    for i, (before, after) in enumerate(pairwise(layers)):
        if len(before) != len(after[0].weights):
            raise ValueError(
                f"layer {i} has {len(before)} outputs and layer {i + 1} {len(after[0].weights)} inputs: they do not follow one "
                "another; draw each by itself"
            )
    return layers


def _names(given: Sequence[str] | None, count: int, what: str) -> list[str]:
    if given is None:
        return [""] * count
    if len(given) != count:
        raise ValueError(f"the network has {count} {what}, and was given names for {len(given)}: give one for each")
    return [str(name) for name in given]


def _shown(width: int, most: int) -> list[int | None]:
    """The numbers of the neurons to draw, from the top. A None stands where others are left out."""
    if width <= most:
        return list(range(width))
    first = most // 2
    return [*range(first), None, *range(width - (most - 1 - first), width)]


def _title(column: int, layers: list[list[Neuron]], width: int) -> str:
    if column == 0:
        return f"{width} input{'s' * (width > 1)}"
    what = f"{width} output{'s' * (width > 1)}" if column == len(layers) else f"{width} hidden"
    activation = layers[column - 1][0].activation
    return what if activation == "linear" else f"{what}, {activation}"


def _draw_column(
    graph: Picture,
    layers: list[list[Neuron]],
    names: dict[int, list[str]],
    column: int,
    places: list[int | None],
    x: float,
    theme: Theme,
) -> None:
    width = len(layers[column - 1]) if column else len(layers[0][0].weights)
    fill = theme.leaf if column == 0 else theme.output if column == len(layers) else theme.made
    for slot, i in enumerate(places):
        y = ((len(places) - 1) / 2 - slot) * BETWEEN_NEURONS
        if i is None:
            _text(graph, f"more{column}", f"… {width - len(places) + 1} more", x, y, theme.quiet, theme.paper)
            continue
        graph.node(f"n{column}_{i}", pos=f"{x},{y}!", fillcolor=fill, tooltip=_tooltip(layers, names, column, i))
        if column in names:
            _beside(graph, names[column][i], column, i, x, y)


def _text(graph: Picture, name: str, text: str, x: float, y: float, color: str, fill: str = "") -> None:
    label = label_text(text)
    graph.node(
        name,
        label=label,
        pos=f"{x},{y}!",
        **TEXT,
        style="filled" if fill else "",
        fillcolor=fill,
        fontcolor=color,
        tooltip=label,
    )


def _beside(graph: Picture, name: str, column: int, i: int, x: float, y: float) -> None:
    """A name to the left of an input, flush right, or to the right of an output, flush left."""
    if not name:
        return
    side, flush = (-1, "\\r") if column == 0 else (1, "\\l")
    place = f"{x + side * (0.2 + NAME_WIDTH / 2)},{y}!"
    label = label_text(visible(name, LONGEST_NAME)) + flush
    graph.node(f"name{column}_{i}", label=label, pos=place, **NAME, tooltip=label_text(name))


def _called(names: dict[int, list[str]], column: int, i: int) -> str:
    return (names[column][i] if column in names else "") or f"{'input' if column == 0 else f'layer {column} neuron'} {i}"


def _tooltip(layers: list[list[Neuron]], names: dict[int, list[str]], column: int, i: int) -> str:
    """The text that a browser shows when the pointer is on a circle."""
    text = _called(names, column, i)
    bias = layers[column - 1][i].bias if column else None
    return label_text(text if bias is None else f"{text}: bias {bias.data:.4g}")


def _draw_weights(
    graph: Picture, layers: list[list[Neuron]], names: dict[int, list[str]], shown: list[list[int | None]], theme: Theme
) -> float:
    """Draws the lines, the strongest last and so on top. Gives the largest |weight|."""
    drawn = [[i for i in places if i is not None] for places in shown]
    lines = [
        (layers[column][j].weights[i].data, column, i, j)
        for column in range(len(layers))
        for j in drawn[column + 1]
        for i in drawn[column]
    ]
    largest = max(abs(weight) for weight, *_ in lines)
    for weight, column, i, j in sorted(lines, key=lambda line: abs(line[0])):
        strength = abs(weight) / largest if largest else 0.0
        color = (theme.plus if weight >= 0.0 else theme.minus) + f"{round(90 + 165 * strength):02x}"
        text = f"{_called(names, column, i)} → {_called(names, column + 1, j)}: {weight:.4g}"
        style = "solid" if weight >= 0.0 else "dashed"  # told apart in grey, too
        width = f"{0.3 + 3.2 * strength:.2f}"
        graph.edge(f"n{column}_{i}", f"n{column + 1}_{j}", penwidth=width, color=color, style=style, tooltip=label_text(text))
    return largest
