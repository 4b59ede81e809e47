"""A graph as a still picture: which box says what, in which colour, and which arrow leads where."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from ..cached import cached_property
from ..engine.value import Value, operands_and_slopes, plain, row_of
from ..files import shortened
from ..pictures.charts import Arrow, Box, Cell, Chart, Frame, name_shown
from ..pictures.colours import theme_named
from ..pictures.drawing import DIRECTIONS, drawn
from ..pictures.wrapping import fitted, wrapped
from .folding import Folding, folding, named, shown_name
from .groups import Grouping

if TYPE_CHECKING:
    from ..pictures.rendering import Picture

SHOWN = ("data", "grad", "local")

MOST_NODES = 32
"""How many boxes a picture has before groups fold, where nobody says otherwise."""

MOST_NUMBERS = 4
"""How many constant operands of one operation have boxes of their own."""

NO_GRAD = "no grad yet"


class Graph(Protocol):
    """What is read of a graph: see `explorable.Explorable`."""

    nodes: list[Value]
    outputs: list[Value]

    @property
    def names(self) -> list[str]: ...
    @property
    def groups(self) -> Grouping: ...
    def called(self, i: int) -> str: ...


class Options(NamedTuple):
    """How a graph is drawn: see `draw`."""

    show: Sequence[str] = SHOWN
    highlight: Any = ()
    depth: int | None = None
    fold: bool | Sequence[str] | None = None
    direction: str | None = None
    theme: str = "light"
    digits: int = 4
    color: str | None = None
    max_nodes: int = MOST_NODES

    def checked(self) -> Options:
        """These options with single names as tuples. ValueError for one that makes no sense."""
        show = (self.show,) if isinstance(self.show, str) else tuple(self.show)
        for name in show:
            if name not in SHOWN:
                raise ValueError(f'show has any of "data", "grad" and "local", and not {name!r}')
        if self.color not in (None, "data", "grad"):
            raise ValueError(f'color is "grad" or "data", what boxes are coloured by, and this is {self.color!r}')
        if self.direction is not None and self.direction not in DIRECTIONS:
            raise ValueError(f'direction is "right", "left", "down" or "up", and this is {self.direction!r}')
        theme_named(self.theme)
        for name, least, most in (("digits", 1, 17), ("max_nodes", 1, None), ("depth", 0, None)):
            x = getattr(self, name)
            if name == "depth" and x is None:
                continue
            if isinstance(x, bool) or not isinstance(x, int) or x < least or (most and x > most):
                range_ = f"from {least} to {most}" if most else f"of at least {least}"
                raise ValueError(f"{name} is a whole number {range_}, and this is {x!r}")
        fold = (self.fold,) if isinstance(self.fold, str) else self.fold
        if fold is not None and not isinstance(fold, bool):
            fold = tuple(fold)
        return self._replace(show=show, fold=fold)


def still(graph: Graph, grads: Sequence[float | None], options: Options, page: Callable[[], str]) -> Picture:
    """The picture of a graph. `grads` are the nodes' gradients, None where none is computed; `page` gives its live page."""
    options = options.checked()
    written = _Still(graph, grads, options)
    operations = sum([bool(v.op) for v in graph.nodes])
    what = f"<computation graph of {operations:,} operation{'s' * (operations != 1)}, a graphviz.Digraph>"
    picture = drawn(written.chart(), theme_named(options.theme), "computation graph", what)
    picture.page = page
    return picture


class Marked:
    """What is highlighted: nodes, and edges on paths, as (operand, node)."""

    def __init__(self, graph: Graph, highlight: Any) -> None:
        self._graph = graph
        self._number = {id(v): i for i, v in enumerate(graph.nodes)}
        self.nodes: set[int] = set()
        self.edges: set[tuple[int, int]] = set()
        self.asked: set[int] = set()
        for thing in [highlight] if isinstance(highlight, (Value, str)) or _is_pair(highlight) else highlight:
            ends = [self._found(end) for end in (thing if _is_pair(thing) else [thing])]
            self.asked.update(ends)
            self.nodes.update(ends)
            if len(ends) == 2:
                self._path(*ends)

    def _found(self, thing: Any) -> int:
        if isinstance(thing, Value):
            if id(thing) not in self._number:
                raise ValueError(f"{thing!r} is not part of this graph, and cannot be highlighted in it")
            return self._number[id(thing)]
        names = [self._graph.called(i) for i in range(len(self._graph.nodes))] if isinstance(thing, str) else []
        for known in (self._graph.names, names):
            if isinstance(thing, str) and thing in known:
                return known.index(thing)
        there = [name for name in self._graph.names if name][:12]
        raise ValueError(
            f"highlight has Values, names, and pairs of them, of this graph, and not {shortened(thing)}: "
            f"names are {', '.join(there)}"
        )

    def _path(self, start: int, end: int) -> None:
        """Marks every path between two nodes, whichever of them comes first."""
        start, end = min(start, end), max(start, end)
        operands = [[self._number[id(o)] for o, _ in operands_and_slopes(v) if isinstance(o, Value)] for v in self._graph.nodes]
        reached = {start}
        for i in range(start + 1, end + 1):
            if not reached.isdisjoint(operands[i]):
                reached.add(i)
        leading = {end} & reached
        for i in range(end, start, -1):
            if i in leading:
                on = [p for p in operands[i] if p in reached]
                leading.update(on)
                self.edges.update([(p, i) for p in on])
        self.nodes |= leading


def _is_pair(thing: Any) -> bool:
    return isinstance(thing, tuple) and len(thing) == 2


class _Still:
    """The boxes and arrows of a picture."""

    def __init__(self, graph: Graph, grads: Sequence[float | None], options: Options) -> None:
        self.graph, self.grads, self.options = graph, grads, options
        self.theme = theme_named(options.theme)
        self.data = [plain(v) for v in graph.nodes]
        self.names = graph.names
        self.number = {id(v): i for i, v in enumerate(graph.nodes)}
        self.marked = Marked(graph, options.highlight)
        names = options.fold if isinstance(options.fold, tuple) else ()
        for name in names:
            if not any(named(graph.groups, g, [name]) for g in range(1, len(graph.groups.groups))):
                there = dict.fromkeys([shown_name(graph.groups, g) for g in range(1, len(graph.groups.groups))])
                raise ValueError(
                    f"fold has names of groups of this graph, and not {shortened(name)}: "
                    + (f"there are {', '.join([*there][:12])}" if there else "it has none")
                )
        self.folding: Folding = folding(
            graph.nodes,
            self.names,
            graph.groups,
            depth=options.depth,
            fold=options.fold,
            opened=sorted(self.marked.asked),
            max_nodes=options.max_nodes,
        )
        self.outputs = {id(v) for v in graph.outputs}
        self.frames = [Frame("", -1)]
        self._frame_numbers = {0: 0}
        self._whole_names = [""]

    def chart(self) -> Chart:
        boxes: list[Box] = []
        arrows: dict[tuple[Any, ...], Arrow] = {}  # by what they lead between: an operand used twice has two, a folded box one
        for u, unit in enumerate(self.folding.units):
            if unit.kind != "node":
                boxes.append(self._folded(u))
                continue
            boxes.append(self._node(unit.nodes[0], f"v{u}"))
            if self.graph.nodes[unit.nodes[0]].op:
                boxes.append(self._operation(unit.nodes[0], f"op{u}", boxes[-1]))
        of = self.folding.of
        for i, v in enumerate(self.graph.nodes):
            unit = self.folding.units[of[i]]
            if unit.kind == "node" and v.op:
                arrows["made", i] = Arrow(f"op{of[i]}", f"v{of[i]}", headless=True, marked=self._comes_on_path(i))
                boxes += self._numbers(i, f"op{of[i]}", arrows)
            for k, (operand, slope) in enumerate(operands_and_slopes(v)):
                if not isinstance(operand, Value) or of[self.number[id(operand)]] == of[i]:
                    continue
                p = self.number[id(operand)]
                marked = (p, i) in self.marked.edges
                key: tuple[Any, ...] = (of[p], of[i])
                if unit.kind != "node":
                    arrow = Arrow(f"v{of[p]}", f"v{of[i]}")
                elif self.folding.units[of[p]].kind == "node":
                    text = "" if slope is None or "local" not in self.options.show else self.text(slope)
                    arrow = Arrow(f"v{of[p]}", f"op{of[i]}", text, dashed=slope is None)
                    key = (of[p], of[i], k)
                else:
                    arrow = Arrow(f"v{of[p]}", f"op{of[i]}")
                arrows[key] = arrow._replace(marked=marked or (key in arrows and arrows[key].marked))
        direction = self.options.direction or "right"
        chart = Chart(boxes, [*arrows.values()], self.frames, self._caption(), direction)
        called = {f"v{u}": name_shown(self.graph.called(unit.nodes[0])) for u, unit in enumerate(self.folding.units)}
        if self.options.direction is None:
            return fitted(chart, called)
        return wrapped(chart, called) if direction in ("right", "left") else chart

    def _comes_on_path(self, i: int) -> bool:
        return any(end == i for _, end in self.marked.edges)

    def text(self, x: float) -> str:
        return f"{x:.{self.options.digits}g}"

    # ---- nodes

    def _node(self, i: int, name: str) -> Box:
        v = self.graph.nodes[i]
        kind = "leaf" if not v.op else "output" if id(v) in self.outputs else "made"
        row: list[Cell] = []
        if "data" in self.options.show:
            row.append((f"data {self.text(self.data[i])}", ""))
        if "grad" in self.options.show:
            grad = self.grads[i]
            row.append((NO_GRAD if grad is None else f"grad {self.text(grad)}", "quiet"))
        coloured = {None: None, "data": self.data[i], "grad": self.grads[i]}[self.options.color]
        fill = "" if self.options.color is None else self.theme.tint(coloured or 0.0, self.largest)
        rows = [row] if row else [] if self.names[i] else [[(" ", "")]]
        frame = self.frame_of(i)
        title = self.names[i].removeprefix(f"{self._whole_names[frame]}.") if frame else self.names[i]
        tip = f"{self.graph.called(i)} = {self.data[i]!r}" + ("" if self.grads[i] is None else f", grad {self.grads[i]!r}")
        below = self.options.color is not None and (coloured or 0.0) < 0.0
        return Box(name, kind, title, rows, tip, frame, fill, below, i in self.marked.nodes)

    def _operation(self, i: int, name: str, result: Box) -> Box:
        row = row_of(self.graph.nodes[i])
        return Box(
            name, "operation", rows=[[(row.symbol, "")]], tip=row.name, frame=result.frame, marked=self._comes_on_path(i)
        )

    def _numbers(self, i: int, end: str, arrows: dict[tuple[Any, ...], Arrow]) -> list[Box]:
        """The constant operands of a node; many of them as one."""
        found = [(k, o) for k, (o, _) in enumerate(operands_and_slopes(self.graph.nodes[i])) if not isinstance(o, Value)]
        texts = [(f"c{end[2:]}_{k}", self.text(o)) for k, o in found]
        if len(found) > MOST_NUMBERS:
            texts = [(f"c{end[2:]}", f"{len(found):,} numbers, {self._range([o for _, o in found])}")]
        arrows.update({("number", name): Arrow(name, end, dashed=True) for name, _ in texts})
        return [Box(name, "number", rows=[[(text, "")]], frame=self.frame_of(i)) for name, text in texts]

    @cached_property
    def largest(self) -> float:
        numbers = self.data if self.options.color == "data" else [g for g in self.grads if g is not None]
        return max([abs(x) for x in numbers if math.isfinite(x)], default=0.0)

    # ---- what is folded

    def _folded(self, u: int) -> Box:
        unit = self.folding.units[u]
        made = [i for i in unit.nodes if self.graph.nodes[i].op]
        leaves = len(unit.nodes) - len(made)
        counts = [f"{len(made):,} operation{'s' * (len(made) != 1)}"] * bool(made)
        counts += [f"{leaves:,} {'leaf' if leaves == 1 else 'leaves'}"] * bool(leaves)
        title = unit.name
        if unit.kind == "group":
            times = self.graph.groups.groups[unit.group].times
            title = shown_name(self.graph.groups, unit.group) + (f" × {times:,}" if times > 1 else "")
        rows: list[list[Cell]] = [[(", ".join(counts), "")]]
        if "data" in self.options.show:
            rows.append([(f"data {self._range([self.data[i] for i in unit.nodes])}", "")])
        if "grad" in self.options.show:
            grads = [g for i in unit.nodes if (g := self.grads[i]) is not None]
            rows.append([(f"grad {self._range(grads)}" if grads else NO_GRAD, "quiet")])
        frame = self.frame_at(self.graph.groups.groups[unit.group].parent if unit.kind == "group" else unit.group)
        marked = not self.marked.nodes.isdisjoint(unit.nodes)
        return Box(f"v{u}", "folded", title, rows, "", frame, marked=marked)

    def _range(self, numbers: Iterable[float]) -> str:
        numbers = list(numbers)
        there = [x for x in numbers if x == x]
        low, high = (self.text(min(there)), self.text(max(there))) if there else ("NaN", "NaN")
        nans = len(numbers) - len(there)
        return (low if low == high else f"{low} … {high}") + (f", {nans:,} NaN" if nans and there else "")

    # ---- frames

    def frame_of(self, i: int) -> int:
        return self.frame_at(self.folding.units[self.folding.of[i]].group)

    def frame_at(self, g: int) -> int:
        """The frame of an open group; it is made when the first box lies in it."""
        chain = []
        while g > 0 and g not in self._frame_numbers:
            chain.append(g)
            g = self.graph.groups.groups[g].parent
        for inner in reversed(chain):
            times = self.graph.groups.groups[inner].times
            name = shown_name(self.graph.groups, inner) + (f" × {times:,}" if times > 1 else "")
            self.frames.append(Frame(name, self._frame_numbers[max(self.graph.groups.groups[inner].parent, 0)]))
            self._whole_names.append(self.graph.groups.groups[inner].name)
            self._frame_numbers[inner] = len(self.frames) - 1
        return self._frame_numbers[chain[0] if chain else max(g, 0)]

    # ---- what is said below

    def _caption(self) -> str:
        said = []
        boxes = len(self.folding.units)
        if any(unit.kind != "node" for unit in self.folding.units):
            said.append(
                f"{len(self.graph.nodes):,} values, folded into {boxes:,} boxes. depth=, fold= and max_nodes= show more."
            )
        if "grad" in self.options.show and all(grad is None for grad in self.grads):
            said.append(f"{NO_GRAD}: backward() has not been called on what is computed here.")
        if self.options.color:
            said.append(
                f"Coloured by {self.options.color}: blue is positive, orange in a dashed frame negative; "
                f"the fuller, the larger (largest: {self.text(self.largest)})."
            )
        return " ".join(said)
