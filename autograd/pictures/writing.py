"""How an explanation reads: as text, and as the LaTeX that notebooks show."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, NamedTuple, Protocol

from ..engine.backward import topological_order
from ..engine.value import Value, operands_and_slopes, row_of
from ..texts import printable
from .naming import names_of
from .paths import Between, LeftOut

MOST_STEPS = 12
"""How many steps of a path are written; of a longer one the first and the last."""

MOST_FACTORS = 4
"""How many factors a product may have to be written in symbols, too."""

MOST_KNOTS = 10
"""How many knots are written out."""

MOST_OPERANDS = 4
"""How many operands of a list are written, or products of a dot."""

WIDEST = 60
"""How many characters of text find room in the first of two columns."""

# ------------------------------------------------------------------------------------------------ what is written


class Route(Protocol):
    """What is read of a path: see `explaining.Path`."""

    edges: Sequence[int]
    contribution: float

    @property
    def nodes(self) -> tuple[Value, ...]: ...

    def knot(self, edge: int) -> Derivation: ...


class Derivation(Protocol):
    """What is read of an explanation, of the whole as of each knot: see `explaining.Explanation`."""

    y: Value
    x: Value
    graph: Between
    derivative: float

    @property
    def number_of_paths(self) -> int: ...

    @property
    def routes(self) -> tuple[Route, ...]: ...

    @property
    def routes_left_out(self) -> LeftOut: ...


class Name(NamedTuple):
    """What a node is called: its label, or "n" and a number. Where several have one label, they are numbered too."""

    text: str
    number: str = ""


class Steps(NamedTuple):
    """The edges of a path: those at its beginning and end, which are written, and those left out in between."""

    first: Sequence[int]
    left_out: Sequence[int]
    last: Sequence[int]


def steps(path: Route) -> Steps:
    edges = path.edges
    if len(edges) <= MOST_STEPS:
        return Steps(edges, [], [])
    half = MOST_STEPS // 2
    return Steps(edges[:half], edges[half:-half], edges[-half:])


class Page:
    """The contents of a written explanation: its parts (itself and the knots on its paths), their nodes, and their names."""

    def __init__(self, whole: Derivation) -> None:
        self.whole, self.graph = whole, whole.graph
        self.parts: list[Derivation] = []
        edges: set[int] = set()
        waiting = [whole]
        while waiting and len(self.parts) <= MOST_KNOTS:
            part = waiting.pop(0)
            self.parts.append(part)
            for path in part.routes:
                first, _, last = steps(path)
                waiting += [path.knot(edge) for edge in dict.fromkeys([*first, *last]) if edge < 0 and edge not in edges]
                edges.update(first, last)
        self.knots_left_out = len(waiting)
        places = {place for edge in edges for place in (self.graph.start(edge), self.graph.end(edge))}
        self.nodes = [self.graph.nodes[place] for place in sorted(places)] or list(dict.fromkeys([whole.x, whole.y]))
        self.edges_into: dict[Value, list[int]] = {v: [] for v in self.nodes}
        for edge in sorted(edges):
            if edge >= 0:
                self.edges_into[self.graph.nodes[self.graph.end(edge)]].append(edge)
        self.labels = self._labels()
        self.beside = self._labelled_operands_beside()
        self.names = self._names([*self.beside, *self.nodes])

    def is_defined(self, v: Value) -> bool:
        """Whether the formula of a node is written: leaves have none, and x is where the explanation begins."""
        return bool(v.op) and v is not self.whole.x

    def operands(self, v: Value) -> list[tuple[Value | float, ...] | None]:
        """The operands of a node that are written, in groups: pairs for a dot, single ones for the others.

        Of more than a few groups, those on the paths are written, and a None stands where others are left out.
        """
        operands = [operand for operand, _ in operands_and_slopes(v)]
        half = len(operands) // 2
        groups: list[tuple[Value | float, ...]]
        groups = list(zip(operands[:half], operands[half:], strict=True)) if v.op == "dot" else [(o,) for o in operands]
        if len(groups) <= MOST_OPERANDS:
            return list(groups)
        on_paths = [i for i, group in enumerate(groups) if any(isinstance(o, Value) and o in self.edges_into for o in group)]
        kept = (on_paths or range(len(groups)))[:MOST_OPERANDS]
        written: list[tuple[Value | float, ...] | None] = []
        for before, i in zip([-1, *kept], [*kept, len(groups)], strict=True):
            written += [None] * (i > before + 1) + ([groups[i]] if i < len(groups) else [])
        return written

    def _written_operands(self) -> list[Value]:
        written = [o for v in self.nodes if self.is_defined(v) for group in self.operands(v) for o in group or ()]
        return list(dict.fromkeys(o for o in written if isinstance(o, Value)))

    def _labels(self) -> dict[Value, str]:
        """The name of each node that is written, without blanks around it, and with escapes for what cannot be printed."""
        written = list(dict.fromkeys([*self.nodes, *self._written_operands()]))
        return dict(zip(written, [printable(name.strip()) for name in names_of(written)], strict=True))

    def _labelled_operands_beside(self) -> list[Value]:
        """The written operands that have a label and lie on no path: they are defined as well."""
        return [o for o in self._written_operands() if o not in self.edges_into and self.labels[o]]

    def _names(self, nodes: Sequence[Value]) -> dict[Value, Name]:
        wanted = {v: self.labels[v] or {self.whole.y: "y", self.whole.x: "x"}.get(v, "") for v in nodes}
        times = Counter(wanted.values())
        taken = set(wanted.values())
        last_index: Counter[str] = Counter()
        names: dict[Value, Name] = {}
        for v, text in wanted.items():
            if text and times[text] == 1:
                names[v] = Name(text)
                continue
            text = text or "n"
            last_index[text] += 1
            while f"{text}{last_index[text]}" in taken:
                last_index[text] += 1
            names[v] = Name(text, str(last_index[text]))
        return names


def total(part: Derivation, number: Callable[[float], str], source_of_the_rest: str = "") -> str:
    """The contributions of the routes and their sum, as 3 + 2 - 1 = 4. Paths on no written route add the last term."""
    terms = [path.contribution for path in part.routes]
    if part.routes_left_out.number:
        terms.append(part.routes_left_out.contribution)
    signs = ["" if i == 0 else " - " if term < 0.0 else " + " for i, term in enumerate(terms)]
    written = "".join(sign + number(abs(term) if sign else term) for sign, term in zip(signs, terms, strict=True))
    if part.routes_left_out.number:
        written += source_of_the_rest
    return f"{written} = {number(part.derivative)}" if len(terms) > 1 else number(part.derivative)


def count(number: int) -> str:
    if number < 10**24:
        return f"{number:,}"
    exponent = math.log10(number)
    return f"about {10 ** (exponent % 1):.2f}e{int(exponent)}"


def many(number: int, what: str) -> str:
    return f"{count(number)} {what}" + ("" if number == 1 else "s")


# ------------------------------------------------------------------------------------------------ the two scripts


class Text:
    """Plain text."""

    times, arrow, through_knot, ellipsis = " · ", " → ", " ⇒ ", "…"

    def number(self, x: float) -> str:
        return f"{x + 0.0:.6g}"

    def name(self, name: Name) -> str:
        return name.text + name.number

    def derivative(self, y: str, x: str, d: str = "d") -> str:
        return "/".join(d + (name if re.fullmatch(r"[\w'.\[\]]+", name) else f"({name})") for name in (y, x))

    def infix(self, symbol: str, operands: Iterable[str]) -> str:
        return f" {symbol} ".join(operands)

    def call(self, symbol: str, operands: Iterable[str]) -> str:
        return f"{symbol}({', '.join(operands)})"

    def skipped(self, steps: int, product: float | None = None) -> str:
        return f"({count(steps)} steps)" if product is None else f"({self.number(product)} in {count(steps)} steps)"


class Latex(Text):
    """The mathematics of LaTeX, as far as both MathJax and KaTeX know it."""

    times, arrow, through_knot, ellipsis = r" \cdot ", r" \to ", r" \Rightarrow ", r"\dots"
    symbols: ClassVar = {"×": r"\times", "÷": r"\div", "−": "-", "%": r"\bmod", "σ": r"\sigma"}
    symbols |= {"Σ": r"\textstyle\sum", "Π": r"\textstyle\prod"}
    characters = str.maketrans({"<": r"\lt ", ">": r"\gt ", "|": r"\vert ", "\\": r"\backslash ", "`": "'", " ": r"\ "})
    characters |= str.maketrans({"^": r"{\wedge}", "~": r"{\sim}", "*": r"{\ast}"} | {c: f"\\{c}" for c in "{}$&#%_"})

    def number(self, x: float) -> str:
        mantissa, e, exponent = super().number(x).partition("e")
        if not math.isfinite(x):
            return mantissa.replace("inf", r"\infty").replace("nan", r"\mathrm{NaN}")
        return mantissa + (rf" \times 10^{{{int(exponent)}}}" if e else "")

    def name(self, name: Name) -> str:
        text = name.text.translate(self.characters)
        return (text if len(text) == 1 else rf"\mathrm{{{text}}}") + (f"_{{{name.number}}}" if name.number else "")

    def derivative(self, y: str, x: str, d: str = "d") -> str:
        d = r"\partial " if d == "∂" else r"\mathrm{d}"
        return rf"\frac{{{d}{y}}}{{{d}{x}}}"

    def infix(self, symbol: str, operands: Iterable[str]) -> str:
        if symbol == "**":
            return "^".join(f"{{{operand}}}" for operand in operands)
        return super().infix(self.symbols.get(symbol) or symbol.translate(self.characters), operands)

    def call(self, symbol: str, operands: Iterable[str]) -> str:
        known = self.symbols.get(symbol) or rf"\operatorname{{{symbol.translate(self.characters)}}}"
        return rf"{known}\left({', '.join(operands)}\right)"

    def skipped(self, steps: int, product: float | None = None) -> str:
        over = r"\dots" if product is None else self.number(product)
        return rf"\underbrace{{{over}}}_{{\text{{{count(steps)} steps}}}}"


def formula(script: Text, row: Any, written: Callable[[bool], list[str]]) -> str:
    """A primitive and its operands: a + b, tanh(x). `written` gives the operands, for an infix or for a call."""
    if row.name in ("dot", "fsum", "prod"):
        return script.infix("×" if row.name == "prod" else "+", written(True))
    if row.name == "neg":
        return f"-{written(True)[0]}"
    if row.name.startswith("select "):
        left, right, *either = written(False)
        return script.call("choose", [script.infix(row.name.removeprefix("select "), [left, right]), *either])
    if row.arity == 2 and not row.symbol.isidentifier():
        return script.infix(row.symbol, written(True))
    return script.call(row.symbol, written(False))


class Writer:
    """The pieces of an explanation in one of the scripts."""

    def __init__(self, page: Page, script: Text) -> None:
        self.page, self.script, self.graph = page, script, page.graph

    def name(self, v: Value) -> str:
        return self.script.name(self.page.names[v])

    def derivative(self, y: Value, x: Value, d: str = "d") -> str:
        return self.script.derivative(self.name(y), self.name(x), d)

    def operand(self, x: Value | float, infix: bool) -> str:
        if isinstance(x, Value) and x in self.page.names:
            name = self.name(x)
            return f"({name})" if infix and not re.fullmatch(r"[\w'.\[\]]+", self.page.names[x].text) else name
        number = x.data if isinstance(x, Value) else x
        return f"({self.script.number(number)})" if infix and number < 0.0 else self.script.number(number)

    def expression(self, v: Value) -> str:
        """The formula that a node was computed by."""
        row, groups = row_of(v), self.page.operands(v)

        def written(infix: bool) -> list[str]:
            texts = [[self.operand(o, infix) for o in group] if group else [self.script.ellipsis] for group in groups]
            return [self.script.infix("×", text) for text in texts]

        return formula(self.script, row, written)

    def definition(self, v: Value) -> list[str]:
        """The name of a node, its formula if it is not taken as given, and its number."""
        return [self.name(v), *([self.expression(v)] if self.page.is_defined(v) else []), self.script.number(v.data)]

    def local_derivatives(self, v: Value) -> list[tuple[str, str]]:
        """Each local derivative of a node in symbols, and its number. Several edges from one operand share an entry."""
        slopes: dict[Value, list[str]] = {}
        for edge in self.page.edges_into.get(v, []):
            slopes.setdefault(self.graph.nodes[self.graph.start(edge)], []).append(self.script.number(self.graph.slope(edge)))
        return [(self.derivative(v, x, "∂"), " and ".join(found)) for x, found in slopes.items()]

    def route(self, path: Route) -> str:
        """x → n1 → y"""
        first, left_out, last = steps(path)
        written = self.name(self.graph.nodes[self.graph.start(path.edges[0])])
        for edges in (first, last):
            for edge in edges:
                arrow = self.script.through_knot if edge < 0 else self.script.arrow
                written += arrow + self.name(self.graph.nodes[self.graph.end(edge)])
            if left_out and edges is first:
                written += self.script.arrow + self.script.skipped(len(left_out))
                written += self.script.arrow + self.name(self.graph.nodes[self.graph.start(last[0])])
        return written

    def factors(self, path: Route) -> str:
        """∂n1/∂x · ∂y/∂n1, a chain rule in symbols; "" for a path that is too long for it."""
        if len(path.edges) > MOST_FACTORS:
            return ""
        return self.script.times.join(
            self.derivative(after, before, "∂" if edge >= 0 else "d")
            for edge, before, after in zip(path.edges, path.nodes[:-1], path.nodes[1:], strict=True)
        )

    def product(self, path: Route) -> str:
        """3 · 2"""
        first, left_out, last = ([self.graph.slope(edge) for edge in edges] for edges in steps(path))
        written = [self.script.number(slope) for slope in first]
        if left_out:
            written.append(self.script.skipped(len(left_out), math.prod(reversed(left_out))))
        written += [self.script.number(slope) for slope in last]
        return self.script.times.join(f"({text})" if i and text.startswith("-") else text for i, text in enumerate(written))


# ------------------------------------------------------------------------------------------------ the two layouts

KNOT = "A double arrow crosses a knot, where paths divide and meet again. Each knot by itself:"


def opening(explanation: Derivation, y: str, x: str) -> str:
    """The first line: how many paths there are, or why there is none."""
    if explanation.y is explanation.x:
        return "both are the same Value"
    if not explanation.routes:
        turned = any(node is explanation.y for node in topological_order(explanation.x))
        return f"{y} was not computed from {x}" + f", but {x} from {y}: the other way round, explain({x}, {y})" * turned
    number = explanation.number_of_paths
    return f"{many(number, 'path')} {'leads' if number == 1 else 'lead'} from {x} to {y}"


def more_knots(page: Page) -> str:
    return f"{many(page.knots_left_out, 'more knot')} on these paths: .routes[i].knots of the explanation has each."


def text(explanation: Derivation) -> str:
    page = Page(explanation)
    write = Writer(page, Text())
    y, x = write.name(explanation.y), write.name(explanation.x)
    whole = write.derivative(explanation.y, explanation.x)
    if explanation.y is explanation.x or not explanation.routes:
        return f"{whole} = {write.script.number(explanation.derivative)}: {opening(explanation, y, x)}"
    definitions = [" = ".join(write.definition(v)) for v in page.beside + page.nodes]
    slopes = [", ".join(" = ".join(pair) for pair in write.local_derivatives(v)) for v in page.beside + page.nodes]
    lines = [f"{whole}: {opening(explanation, y, x)}", "", *columns(definitions, slopes)]
    for part in page.parts:
        if part is not explanation:
            lines += ["", KNOT] if part is page.parts[1] else []
        products = [[write.factors(path), write.product(path), write.script.number(path.contribution)] for path in part.routes]
        ends = [" = ".join(text for text in dict.fromkeys(product) if text) for product in products]
        lines += ["", *columns([write.route(path) for path in part.routes], ends)]
        rest = f" (from {many(part.routes_left_out.number, 'more path')})"
        lines += ["", f"{write.derivative(part.y, part.x)} = {total(part, write.script.number, rest)}"]
    if page.knots_left_out:
        lines += ["", more_knots(page)]
    return "\n".join(lines)


def columns(left: Sequence[str], right: Sequence[str]) -> list[str]:
    """Two columns of texts. Where the left text is too long for its column, the right one stands on the next line."""
    width = max([len(text) for text in left if len(text) <= WIDEST], default=WIDEST)
    lines = []
    for a, b in zip(left, right, strict=True):
        lines += [f"  {a:<{width}}     {b}"] if len(a) <= WIDEST or not b else [f"  {a}", f"  {'':<{width}}     {b}"]
    return [line.rstrip() for line in lines]


def markdown(explanation: Derivation) -> str:
    page = Page(explanation)
    write, plain = Writer(page, Latex()), Writer(page, Text())
    y, x = f"${write.name(explanation.y)}$", f"${write.name(explanation.x)}$"
    whole = write.derivative(explanation.y, explanation.x)
    if explanation.y is explanation.x or not explanation.routes:
        return f"$\\displaystyle {whole} = {write.script.number(explanation.derivative)}$: {opening(explanation, y, x)}."
    rows = []
    wide = {v for v in page.nodes if len(" = ".join(plain.definition(v))) > WIDEST}
    for v in page.beside + page.nodes:
        name, *rest = write.definition(v)
        slopes = r",\quad ".join(" = ".join(pair) for pair in write.local_derivatives(v))
        gap = r" \\[4pt] &\qquad " if v in wide else r" \qquad " if wide else " && "  # a column would be far to the right
        rows.append(f"{name} &= {' = '.join(rest)}" + (gap + slopes if slopes else ""))
    paragraphs = [f"{opening(explanation, y, x)}:", aligned(rows)]
    for part in page.parts:
        if len(page.parts) > 1 and part is page.parts[1]:
            paragraphs.append(KNOT)
        number, contribution = part.routes_left_out
        more = rf"\underbrace{{{write.script.number(contribution)}}}_{{\text{{{many(number, 'more path')}}}}}"
        terms = [rf"\underbrace{{{write.product(path)}}}_{{{write.route(path)}}}" for path in part.routes]
        terms += [more] if number else []
        sums = [("&= " if i == 0 else r"&\quad + ") + term for i, term in enumerate(terms)]
        symbols = [write.factors(path) for path in part.routes]
        if all(symbols) and not number and sum(len(path.edges) for path in part.routes) <= 2 * MOST_FACTORS:
            sums.insert(0, f"&= {' + '.join(symbols)}")
        last = f"&= {total(part, write.script.number)}"
        sums[0] = f"{write.derivative(part.y, part.x)} {sums[0]}"
        paragraphs.append(aligned([*sums, last]))
    if page.knots_left_out:
        paragraphs.append(more_knots(page))
    return "\n\n".join(paragraphs)


def aligned(rows: Sequence[str]) -> str:
    return "$$\\begin{aligned}\n" + " \\\\[4pt]\n".join(rows) + "\n\\end{aligned}$$"
