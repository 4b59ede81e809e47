"""draw(what): a graph as a still picture, for a page, a slide, a notebook, a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..engine.value import Value, operands_of
from .explorable import Explorable, explore, no_graph_of
from .stills import MOST_NODES, SHOWN, Options, still

if TYPE_CHECKING:
    from ..pictures.rendering import Picture


def draw(
    what: Any,
    *args: Any,
    show: str | Sequence[str] = SHOWN,
    highlight: Any = (),
    depth: int | None = None,
    fold: bool | str | Sequence[str] | None = None,
    direction: str | None = None,
    theme: str = "light",
    digits: int = 4,
    color: str | None = None,
    max_nodes: int = MOST_NODES,
) -> Picture:
    """The graph that computed something, as a graphviz.Digraph.

    what        a Value; a list or tuple of Values; a function, which is called with `args` and recorded; or an Explorable
    show        which numbers stand there: any of "data", "grad", and "local", the local derivatives beside the edges
    highlight   what stands out: a Value or a name; a pair of them, for every path between the two; or a list of these
    depth       how many levels of groups are open: 0 for the outermost boxes alone
    fold        True folds all that can be folded, False nothing; or the names of groups to fold
    direction   which way the graph runs: "right", "left", "down" or "up". If not given, to the right, or down where that would
                be too wide for a page
    theme       "light" or "dark"
    digits      how many significant digits numbers have
    color       "grad" or "data": boxes are coloured by the sign and the size of it
    max_nodes   with how many boxes a graph is drawn as it is; a larger one folds into groups: modules of networks, functions,
                what repeats itself, leaves that go the same way

    Each Value is a box with its name, data and gradient; parameters of networks are called as their modules know them. The
    operation that made a Value stands before it, the local derivative recorded there on the edge into it. Leaves are green and
    round, the result is yellow in a thicker frame, constant operands grey. A box in a double frame is folded: it says how
    many operations and leaves are in it, and the range of their numbers. Long graphs go on in a second row. Below the picture
    stands what was folded.

    Gradients are those that `backward()` left; "no grad yet" stands where neither a Value's gradient nor that of anything
    computed from it is other than 0. Of a function or an Explorable they are the derivatives of its first result.

    The result shows itself in a notebook; `.save("graph.svg")` writes it, as what the name ends in: .svg, .png, .pdf, .dot,
    .mmd (Mermaid), .txt or .html (the page of `explore`). Where there is no program to lay it out, showing or saving raises
    graphviz.ExecutableNotFound, which says how to get one.
    TypeError for what has no graph, ValueError for an option that makes no sense and for names that are not there.

    >>> x = Value(2.0, label="x")
    >>> draw(x * 3 + 1)
    <computation graph of 2 operations, a graphviz.Digraph>
    >>> draw(lambda a, b: a * b, 2.0, 3.0, show="data")
    <computation graph of 1 operation, a graphviz.Digraph>
    """
    options = Options(show, highlight, depth, fold, direction, theme, digits, color, max_nodes)
    graph = graph_of(what, args, "draw")
    grads = graph.frames.adjoints if isinstance(what, Explorable) or callable(what) else stored_gradients(graph.nodes)
    return still(graph, grads, options, graph.html)


def graph_of(what: Any, args: Sequence[Any], asked: str) -> Explorable:
    """The graph of a Value, of several, of a function with its arguments, or of an Explorable. TypeError for anything else."""
    if isinstance(what, Explorable) and not args:
        return what
    values = isinstance(what, Value) or (isinstance(what, (list, tuple)) and what and all(isinstance(v, Value) for v in what))
    if values and not args:
        return explore(what)
    if callable(what) and not isinstance(what, type) and (args or not hasattr(what, "parameters")):
        return explore(what, *args)
    if values or isinstance(what, Explorable):
        raise TypeError(f"{asked}() takes arguments after a function alone, and was given {args!r} after {what!r}")
    raise no_graph_of(what, asked)


def stored_gradients(nodes: Sequence[Value]) -> list[float | None]:
    """The gradients that passes left on nodes, each after its operands; None where none has come by.

    A pass leaves 1 on the Value that it starts from. So a 0 was computed if something that is computed from it has another.

    >>> x, y = Value(2.0), Value(3.0)
    >>> stored_gradients([x, y, x * y])
    [None, None, None]
    """
    number = {id(v): i for i, v in enumerate(nodes)}
    passed = [v.grad != 0.0 for v in nodes]
    for i in reversed(range(len(nodes))):
        if passed[i]:
            for operand in operands_of(nodes[i]):
                if isinstance(operand, Value):
                    passed[number[id(operand)]] = True
    return [v.grad if known else None for v, known in zip(nodes, passed, strict=True)]
