"""A chart as a Mermaid flowchart, which GitHub, GitLab and many editors of notes draw from its text."""

from __future__ import annotations

import string

from .charts import Box, Chart, name_shown
from .colours import Theme

PLAIN = frozenset(string.ascii_letters + string.digits + " .,-+=()[]/")
"""What has no meaning to Mermaid inside quotes. All other ASCII is written as the number of its character."""

JOINER = "\u2060"
"""A character that takes no room."""

DIRECTIONS = {"right": "LR", "left": "RL", "down": "TB", "up": "BT"}

ENDS = {"leaf": ("([", "])"), "operation": ("((", "))"), "number": ("[", "]"), "folded": ("[[", "]]"), "guard": ("{", "}")}


def mermaid(chart: Chart, theme: Theme) -> str:
    """The text of a flowchart.

    >>> from .colours import LIGHT
    >>> print(mermaid(Chart([Box("v0", "leaf", "x<1")], []), LIGHT).splitlines()[1])
      v0(["x#60;1"]):::leaf
    """
    lines = [f"flowchart {DIRECTIONS[chart.direction]}"]
    inside: dict[int, list[Box]] = {}
    for box in chart.boxes:
        inside.setdefault(box.frame, []).append(box)
    children: dict[int, list[int]] = {}
    for f, frame in enumerate(chart.frames):
        children.setdefault(frame.parent, []).append(f)
    waiting = [(0, 0, False)]
    while waiting:  # frames lie in one another deeper than Python calls
        f, depth, ends = waiting.pop()
        if ends:
            lines.append(f"{'  ' * depth}end")
            continue
        if f:
            lines.append(f"{'  ' * depth}subgraph f{f}[{quoted(chart.frames[f].name)}]")
        lines += [f"{'  ' * (depth + 1)}{_node(box)}" for box in inside.get(f, ())]
        for child in reversed(children.get(f, ())):
            waiting += [(child, depth + 1, True), (child, depth + 1, False)]
    for k, arrow in enumerate(chart.arrows):
        line = ("-.-" if arrow.dashed else "---") if arrow.headless else ("-.->" if arrow.dashed else "-->")
        text = f"|{quoted(arrow.text)}|" if arrow.text else ""
        lines.append(f"  {arrow.tail} {line}{text} {arrow.head}")
        if arrow.marked:
            lines.append(f"  linkStyle {k} stroke:{theme.accent},stroke-width:3px")
    if chart.caption:
        lines.append(f"  caption[{quoted(chart.caption)}]")
        lines.append("  style caption fill:none,stroke:none")
    lines += [f"  style f{f} fill:none,stroke:{theme.line},color:{theme.quiet}" for f in range(1, len(chart.frames))]
    lines += [f"  style {box.id} fill:{box.fill}" for box in chart.boxes if box.fill]
    for kind, fill in {"leaf": theme.leaf, "made": theme.made, "output": theme.output, "folded": theme.folded}.items():
        lines.append(f"  classDef {kind} fill:{fill},stroke:{theme.line},color:{theme.ink}")
    lines.append(f"  classDef quiet fill:{theme.number},stroke:{theme.line},color:{theme.quiet}")
    lines.append(f"  classDef marked stroke:{theme.accent},stroke-width:3px")
    marked = [box.id for box in chart.boxes if box.marked]
    lines += [f"  class {','.join(marked)} marked"] if marked else []
    return "\n".join(lines) + "\n"


def _node(box: Box) -> str:
    before, after = ENDS.get(box.kind, ("[", "]"))
    kind = box.kind if box.kind in ("leaf", "made", "output", "folded") else "quiet"
    return f'{box.id}{before}"{"<br/>".join([escaped(line) for line in box.lines])}"{after}:::{kind}'


def quoted(text: str) -> str:
    return f'"{escaped(name_shown(text))}"'


def escaped(text: str) -> str:
    """A text that means nothing to Mermaid, nor to HTML.

    >>> escaped('say "hi" & <b>')
    'say #34;hi#34; #38; #60;b#62;'
    """
    text = text.replace("\\n", f"\\{JOINER}n")  # which breaks the line, even as numbers
    return "".join([c if c in PLAIN or 127 < ord(c) != ord(JOINER) else f"#{ord(c)};" for c in text]) or " "
