"""A computation graph as a picture: every Value a box with its label, data and gradient, the operation that made it before it.

Graphviz does the layout, through the `graphviz` package, which is imported when the first picture is drawn.
"""

from __future__ import annotations

import html
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..engine.backward import topological_order
from ..engine.value import Value, operands_and_slopes, row_of
from ..engine.value_type import attach
from ..texts import printable
from .colours import CONSTANT, INK, INTERIOR, LEAF, QUIET, ROOT
from .naming import names_of

if TYPE_CHECKING:
    import graphviz

MOST_NODES = 400

SVG = "svg"
"""The format of a picture where none is asked for: every `dot` makes it, and not every one makes graphviz's own choice, PDF."""

OPERATION = dict(shape="ellipse", style="filled", fillcolor="white", color=QUIET, width="0.35", height="0.35", margin="0.04")
NUMBER = dict(
    shape="box",
    style="filled,rounded",
    fillcolor=CONSTANT,
    color=CONSTANT,
    fontcolor=QUIET,
    width="0.2",
    height="0.25",
    margin="0.06,0.03",
)
"""How the operations and the constant operands of a graph look."""

NO_DOT = (
    "there is no Graphviz `dot` program on this machine to lay the picture out. Install one with `pip install graphviz-pure` "
    "(no root needed) or as your system's graphviz package. The picture's text in the DOT language is there all the same: "
    "draw(v).source"
)


def find_dot() -> str | None:
    """The layout program: `dot`, or graphviz-pure's beside this Python. None when there is neither."""
    import shutil  # here, as `import autograd` is to stay quick
    import sysconfig

    places = (None, sysconfig.get_path("scripts"), str(Path(sys.executable).parent))
    found = (shutil.which(name, path=place) for name in ("dot", "graphviz-pure") for place in places)
    return next((program for program in found if program), None)


@contextmanager
def _dot_found() -> Iterator[None]:
    """For the time of one call, the graphviz package runs the layout program there is: it only looks for one called `dot`.

    ValueError for a format that this program does not make.
    """
    from graphviz import CalledProcessError, ExecutableNotFound
    from graphviz.backend import dot_command

    program = find_dot()
    if program is None:
        error = ExecutableNotFound(["dot"])
        error.args = (NO_DOT,)
        raise error
    before = dot_command.DOT_BINARY
    dot_command.DOT_BINARY = Path(program)
    try:
        yield
    except CalledProcessError as problem:
        said = problem.stderr.decode() if isinstance(problem.stderr, bytes) else str(problem.stderr)
        if "not recognized" not in said:
            raise
        raise ValueError(
            f'{program} does not make pictures of this kind: {said.strip()}. Take format="svg", or for PDF install your '
            "system's graphviz package"
        ) from problem
    finally:
        dot_command.DOT_BINARY = before


def picture(name: str, what: str = "") -> graphviz.Digraph:
    """An empty graphviz.Digraph, to be filled by the functions that draw.

    It is laid out by graphviz-pure where there is no other `dot`; where there is neither, the error says what to install.
    Graphviz's warnings about fonts are not shown. `what` is the repr() of the picture.

    >>> picture("a triangle", "<three edges>")
    <three edges>
    """
    import graphviz

    def outfile(path: Path, asked: str | None) -> Path:
        suffix = path.suffix[1:].lower()
        named = suffix in graphviz.FORMATS - {"dot", "gv"} and asked in (None, suffix)
        return path if named else path.with_name(f"{path.name}.{asked or SVG}")

    class Picture(graphviz.Digraph):  # type: ignore[misc]  # (graphviz has no types)
        def __repr__(self) -> str:
            return what or f"<{name}, a graphviz.Digraph>"

        def pipe(self, *args: Any, quiet: bool = True, **kwargs: Any) -> Any:
            with _dot_found():
                return super().pipe(*args, quiet=quiet, **kwargs)

        def render(self, filename: Any = None, directory: Any = None, *, quiet: bool = True, **options: Any) -> Any:
            """As graphviz's; but the format is that of the file's name, if it has one, and the text goes to a .gv beside it."""
            if filename is not None and not {"outfile", "renderer", "formatter"} & options.keys():
                options["outfile"] = outfile(Path(directory or "", filename), options.get("format"))
                filename = directory = None
            with _dot_found():
                return super().render(filename=filename, directory=directory, quiet=quiet, **options)

        def _repr_image_svg_xml(self) -> str:
            return shown(self)

    return Picture(name, format=SVG)


def shown(picture: graphviz.Digraph) -> str:
    """A picture as SVG for a page: no wider than what it stands in."""
    svg: str = picture.pipe(format="svg", encoding="utf-8")
    return svg.replace("<svg ", '<svg style="max-width: 100%; height: auto" ', 1)


def left_to_right(name: str, what: str) -> graphviz.Digraph:
    """An empty picture of a graph of boxes, in the style they share."""
    graph = picture(name, what)
    graph.attr("graph", rankdir="LR", nodesep="0.25", ranksep="0.35", bgcolor="transparent")
    graph.attr("node", fontname="Arial", fontsize="11", fontcolor=INK, shape="plain")
    graph.attr("edge", fontname="Arial", fontsize="9", fontcolor=QUIET, color=QUIET, arrowsize="0.6")
    return graph


def check_size(what: str, nodes: int, edges: int, max_nodes: int, instead: str) -> None:
    """ValueError for a picture that no one could read, and what to draw instead."""
    if max(nodes, edges) > max_nodes:
        raise ValueError(
            f"this {what} has {nodes:,} nodes and {edges:,} edges, and a picture of more than {max_nodes:,} cannot be read: "
            f"{instead}max_nodes={max(nodes, edges)}) insists"
        )


def label_text(text: str) -> str:
    """Text as a label shows it: its characters escaped that mean markup, and those that XML cannot hold.

    >>> label_text("a<b")
    'a&lt;b'
    """
    return html.escape(printable(text)).replace("\\", "\\\\") or " "


def _number(x: float) -> str:
    return f"{x:.4g}"


def cell(text: str, color: str = INK) -> str:
    """A cell of a box, with a blank on both sides: a viewer without Arial shows a wider font in the same box."""
    return f'<TD><FONT COLOR="{color}">&#160;{text}&#160;</FONT></TD>'


def box(label: str, cells: Sequence[str], fill: str) -> str:
    """The label that Graphviz draws as a box: a row of cells, after the bold `label` of the node if it has one."""
    first = f"<TD>&#160;<B>{label_text(label)}</B>&#160;</TD>" if label else ""
    return (
        f'<<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="4" COLOR="{QUIET}" BGCOLOR="{fill}">'
        f"<TR>{first}{''.join(cells)}</TR></TABLE>>"
    )


def _instead(thing: Any) -> str:
    """What to draw in the place of something that is no Value."""
    if hasattr(thing, "parameters"):
        return "draw what it gives for a row, or the network itself by nn.draw_network(model)"
    if isinstance(thing, (list, tuple, dict, set)) or hasattr(thing, "tolist"):
        return "give one Value of these; each has a graph of its own"
    return "a number has none"


def draw(v: Value, *, max_nodes: int = MOST_NODES) -> graphviz.Digraph:
    """The graph that computed `v`, left to right, as a graphviz.Digraph.

    Each Value is a box with its label, if it has one, data and gradient; parameters of networks are called as their modules
    know them. The operation that made a Value stands before it; the number on an edge into an operation is the local
    derivative recorded there. Leaves are green, `v` is yellow, constant operands grey.

    The result shows itself in a notebook; `.render("file.svg")` writes it, and the text of it, `.source`, to `file.gv`. Drawing
    needs a `dot` program: without one, showing or rendering raises graphviz.ExecutableNotFound, which says how to get it;
    ValueError for a format that this program does not make.
    ValueError for a graph of more than `max_nodes` nodes or operands (400), which no one could read; TypeError for anything
    but a Value.

    >>> print(draw(Value(2.0, label="x") * 3).source.splitlines()[0])
    digraph "computation graph" {
    """
    if not isinstance(v, Value):
        raise TypeError(f"draw() draws the graph of a Value, and this is {v!r}: {_instead(v)}")
    nodes = topological_order(v)
    operands = sum(len(operands_and_slopes(node)) for node in nodes)
    check_size("graph", len(nodes), operands, max_nodes, "draw a part of it (an earlier Value), or a smaller example; draw(v, ")
    operations = sum(bool(node.op) for node in nodes)
    graph = left_to_right("computation graph", f"<computation graph of {operations} operations, a graphviz.Digraph>")
    place = {id(node): i for i, node in enumerate(nodes)}
    for i, (node, name) in enumerate(zip(nodes, names_of(nodes), strict=True)):
        fill = ROOT if node is v and node.op else INTERIOR if node.op else LEAF
        cells = [cell(f"data {_number(node.data)}"), cell(f"grad {_number(node.grad)}", QUIET)]
        graph.node(f"v{i}", label=box(name, cells, fill))
        if not node.op:
            continue
        graph.node(f"op{i}", label=label_text(row_of(node).symbol), **OPERATION)
        graph.edge(f"op{i}", f"v{i}", arrowhead="none")
        for k, (operand, slope) in enumerate(operands_and_slopes(node)):
            if isinstance(operand, Value) and slope is not None:
                graph.edge(f"v{place[id(operand)]}", f"op{i}", label=_number(slope))
            elif not isinstance(operand, Value):
                graph.node(f"c{i}_{k}", label=_number(operand), **NUMBER)
                graph.edge(f"c{i}_{k}", f"op{i}", style="dashed")
    return graph


def mimebundle(text: str, drawn: Callable[[], graphviz.Digraph]) -> dict[str, str]:
    """What a notebook shows of a thing: its graph if that is small and there is a `dot`, else its text and why no graph."""
    if find_dot() is None:
        return {"text/plain": f"{text}\n(no picture: {NO_DOT})"}
    try:
        picture = drawn()
    except ValueError as too_large:
        return {"text/plain": f"{text}\n(no picture: {too_large})"}
    return {"text/plain": text, "image/svg+xml": shown(picture)}


def _mimebundle(self: Value, include: Any = None, exclude: Any = None) -> dict[str, str]:
    return mimebundle(repr(self), lambda: draw(self))


attach("_repr_mimebundle_", _mimebundle)
