"""Charts for Graphviz: boxes of cells, operations as ellipses, frames around what belongs together.

The `graphviz` package is imported when the first picture is drawn.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import TYPE_CHECKING

from ..texts import printable
from .charts import LONGEST_TIP, Arrow, Box, Cell, Chart, name_shown
from .colours import LIGHT, Theme

if TYPE_CHECKING:
    from .rendering import Picture

TEXT_SIZE, SMALL = "12", "11"
"""Points: of what stands in boxes, and of all else."""

FONT = "Arial"

DENSE = 3.0
"""With more arrows than this for each box, they are straight lines behind the boxes: curves would be a thicket."""

DIRECTIONS = {"right": "LR", "left": "RL", "down": "TB", "up": "BT"}


def picture(name: str, what: str = "", theme: Theme = LIGHT) -> Picture:
    """An empty graphviz.Digraph on the paper of a theme, to be filled by the functions that draw.

    It is laid out by graphviz-pure, or by the `dot` of the machine; where there is neither, the error says what to install.
    `what` is the repr() of the picture.

    >>> picture("a triangle", "<three edges>")
    <three edges>
    """
    from .rendering import SVG, Picture

    graph = Picture(name, format=SVG)
    graph.what, graph.theme = what, theme
    graph.attr("graph", bgcolor=theme.paper, fontname=FONT, fontsize=SMALL, fontcolor=theme.quiet, pad="0.15")
    graph.attr("node", fontname=FONT, fontsize=TEXT_SIZE, fontcolor=theme.ink)
    graph.attr("edge", fontname=FONT, fontsize=SMALL, fontcolor=theme.quiet, color=theme.line)
    return graph


def notebook_bundle(text: str, make: Callable[[], Picture]) -> dict[str, str]:
    """What a notebook shows of a thing: its picture and its text; where there can be no picture, its text, and why."""
    try:
        return make().bundle(text)
    except ModuleNotFoundError as missing:
        if missing.name != "graphviz":
            raise
        why = "it needs the package graphviz: pip install graphviz"
    except ValueError as too_large:
        why = str(too_large)
    return {"text/plain": f"{text}\n(no picture: {why})"}


def label_text(text: str) -> str:
    """Text as a label shows it: its characters escaped that mean markup, and those that XML cannot hold.

    >>> label_text("a<b")
    'a&lt;b'
    """
    return html.escape(printable(text)).replace("\\", "\\\\") or " "


# ------------------------------------------------------------------------------------------------ charts


def drawn(chart: Chart, theme: Theme, name: str, what: str) -> Picture:
    """The picture of a chart. `what` is its repr().

    >>> from .charts import Box
    >>> drawn(Chart([Box("a", "leaf", "x")], []), LIGHT, "a box", "<a box>").source.splitlines()[0]
    'digraph "a box" {'
    """
    graph = picture(name, what, theme)
    graph.chart = chart
    dense = len(chart.arrows) / (len(chart.boxes) + 1)
    graph.attr("graph", rankdir=DIRECTIONS[chart.direction], nodesep="0.2", ranksep=f"{max(0.3, 0.6 * dense - 0.6):.2f}")
    if dense > DENSE:
        graph.attr("graph", splines="line", outputorder="edgesfirst")
    graph.attr("node", shape="plain")
    graph.attr("edge", arrowsize="0.6")
    if chart.caption:
        graph.attr("graph", label=f"{label_text(chart.caption)}\\l", labelloc="b", labeljust="l")
    _frames(graph, chart, theme)
    for arrow in chart.arrows:
        graph.edge(arrow.tail, arrow.head, **_arrow(arrow, theme))
    return graph


def _frames(graph: Picture, chart: Chart, theme: Theme) -> None:
    """The boxes, inside the frames that they lie in."""
    by_id = {one.id: one for one in chart.boxes}
    inside: dict[int, list[Box]] = {}
    children: dict[int, list[int]] = {}
    for one in chart.boxes:
        inside.setdefault(one.frame, []).append(one)
    for f, frame in enumerate(chart.frames):
        children.setdefault(frame.parent, []).append(f)
    for k, strip in enumerate(chart.strips[::-1] or [[one.id for one in inside.get(0, ())]]):  # Graphviz begins below
        if chart.strips:
            graph.body.append(f"subgraph cluster_strip{k} {{\n")
            graph.attr(None, peripheries="0", margin="4", label="")
        for i in strip:
            graph.node(i, **_node(by_id[i], theme))
        if chart.strips:
            graph.body.append("}\n")
    waiting = [(f, False) for f in reversed(children.get(0, ()))]
    while waiting:  # frames lie in one another deeper than Python calls
        f, ends = waiting.pop()
        if ends:
            graph.body.append("}\n")
            continue
        graph.body.append(f"subgraph cluster_{f} {{\n")
        title = label_text(name_shown(chart.frames[f].name))
        graph.attr(None, label=title, style="rounded", color=theme.line, fontcolor=theme.quiet, margin="10", labelloc="t")
        for one in inside.get(f, ()):
            graph.node(one.id, **_node(one, theme))
        waiting.append((f, True))
        waiting += [(child, False) for child in reversed(children.get(f, ()))]


def _arrow(arrow: Arrow, theme: Theme) -> dict[str, str]:
    found = {"label": f" {label_text(arrow.text)} "} if arrow.text else {}
    found |= {"style": "dashed"} if arrow.dashed else {}
    found |= {"arrowhead": "none", "weight": "4"} if arrow.headless else {}
    return found | ({"color": theme.accent, "penwidth": "2.5", "fontcolor": theme.accent} if arrow.marked else {})


def _node(one: Box, theme: Theme) -> dict[str, str]:
    tip = {"tooltip": label_text(one.tip[:LONGEST_TIP])} if one.tip else {}
    text = "\\n".join([label_text(line) for line in one.lines])
    edge = theme.accent if one.marked else theme.line
    wide = {"penwidth": "2.5"} if one.marked else {}
    if one.kind == "operation":
        look = {"shape": "ellipse", "fillcolor": theme.paper, "width": "0.35", "height": "0.35", "margin": "0.04"}
        return {"label": text, "style": "filled", "color": edge} | look | wide | tip
    if one.kind in ("number", "continued"):
        style = "filled,rounded" if one.kind == "number" else "filled,rounded,dashed"
        look = {"shape": "box", "fillcolor": theme.number, "width": "0.2", "height": "0.25", "margin": "0.06,0.03"}
        pen = theme.number if one.kind == "number" else theme.line
        return {"label": text, "style": style, "color": pen, "fontcolor": theme.quiet, "fontsize": SMALL} | look | tip
    if one.kind == "guard":
        look = {"shape": "diamond", "style": "filled", "fillcolor": theme.paper, "color": theme.minus, "margin": "0.02"}
        return {"label": text, "fontsize": SMALL} | look | tip
    return {"label": _table(one, theme)} | tip


FILLS = {"leaf": "leaf", "made": "made", "output": "output", "folded": "folded"}


def _table(one: Box, theme: Theme) -> str:
    fill = one.fill or getattr(theme, FILLS[one.kind])
    wide = 3 if one.marked else 2 if one.kind == "output" else 1
    styles = [*["ROUNDED"] * (one.kind == "leaf"), *["DASHED"] * one.below_zero]
    columns = max([1, *[len(row) for row in one.rows]])
    lines = []
    if one.title:
        lines.append(f'<TR><TD COLSPAN="{columns}">{_cell((name_shown(one.title), "bold"), one, theme)}</TD></TR>')
    for row in one.rows:
        span = f' COLSPAN="{columns}"' if len(row) == 1 and columns > 1 else ""
        lines.append(f"<TR>{'<VR/>'.join([f'<TD{span}>{_cell(found, one, theme)}</TD>' for found in row])}</TR>")
    style = f' STYLE="{",".join(styles)}"' if styles else ""
    pen = theme.accent if one.marked else theme.line
    look = f'BORDER="{wide}" CELLSPACING="0" CELLPADDING="3" COLOR="{pen}" BGCOLOR="{fill}"{style}'
    table = f'<TABLE CELLBORDER="0" {look}>{"<HR/>".join(lines[:2])}{"".join(lines[2:])}</TABLE>'
    if one.kind == "folded":  # a frame around the frame: there is more inside
        look = f'BORDER="1" CELLSPACING="2" CELLPADDING="0" COLOR="{pen}"'
        table = f'<TABLE CELLBORDER="0" {look}><TR><TD>{table}</TD></TR></TABLE>'
    return f"<{table}>"


def _cell(found: Cell, one: Box, theme: Theme) -> str:
    """A text with a blank on both sides: a viewer without Arial shows a wider font in the same box."""
    text, tone = found
    colour = theme.quiet if tone == "quiet" and not one.fill else theme.ink
    shown = f"<B>{label_text(text)}</B>" if tone == "bold" else label_text(text)
    return f'<FONT COLOR="{colour}">&#160;{shown}&#160;</FONT>'
