"""The table of primitives, of the rows of the engine: each with its graph, and with the curves of its value and its slopes."""

import io
import itertools
import math
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import matplotlib
from matplotlib.figure import Figure
from reference import in_a_cell, newest_source, put

import autograd
from autograd import Value
from autograd.derivatives.custom import BUILT_IN
from autograd.engine.primitives import BY_NAME, PRIMITIVES
from autograd.pictures.colours import THEMES

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "helpers"))
import rows as tested

FOLDER = "docs/reference/pictures"
ACROSS_STEPS = (-2.5, 2.5)
WIDER = {"remainder": (ACROSS_STEPS, (0.5, 2.5)), "fmod": (ACROSS_STEPS, (0.5, 2.5))}
"""Where primitives that jump are drawn: those that are piecewise constant, and others. (Tests stay within one piece.)"""

INTRODUCTION = """# Primitives

Every primitive is one row of a table in the engine, from which all functions, their derivatives, the programs that `compile`
makes, and this page come. A rule is smooth within its domain, but at its kinks. Where the derivative of a slope would lose
digits, the slope is a primitive itself: those have no function, and stand at the end.
"""

POINTS = 201
INK, VALUE, SLOPE = "#010101", "#020202", "#030303"
"""The colours that a plot is made in, and for which those of each theme are put in."""


ONE_PLOT = Lock()
"""matplotlib's settings are the same in all threads, so one plot is drawn at a time; graphs are laid out by another program."""


class Panel(NamedTuple):
    """One operand that moves while the others stay."""

    title: str
    xs: list[float]
    values: list[float]
    slopes: list[float]


def built_in() -> list[Any]:
    """The rows, without the leaf, which is none, and without what was added to the table since."""
    return [row for row in PRIMITIVES[:BUILT_IN] if row.name]


def apply(name: str, operands: Sequence[Any]) -> Any:
    """A primitive of Values or numbers; one that only slopes are made of is asked for by its node."""
    if BY_NAME[name].hidden:
        return Value._node(None, name, *operands)
    return tested.call(autograd, name, operands)


def names_of_operands(row: Any) -> list[str]:
    if row.arity is None:
        return [f"x{k}" for k in range(max(tested.operand_counts(row.name)[:2]))]
    return ["x", *row.defaults, "y"][: row.arity] if row.name != "arctan2" else ["y", "x"]


def interval(row: Any, i: int) -> tuple[float, float]:
    if row.flat:
        return ACROSS_STEPS
    low, high = WIDER.get(row.name, row.domain)[i] if row.arity is not None else row.domain
    return low, high


def usual(row: Any) -> list[float]:
    """A point for the graph, and for what stays while one operand moves: elements of lists all differ."""
    names = names_of_operands(row)
    shares = [0.75 - 0.35 * i / len(names) for i in range(len(names))]
    place = [round((1 - share) * low + share * high, 2) for i, share in enumerate(shares) for low, high in [interval(row, i)]]
    return [row.defaults.get(name, x) for name, x in zip(names, place, strict=True)]


def panels(row: Any) -> list[Panel]:
    names, place = names_of_operands(row), usual(row)
    found = []
    for i in range(1 if row.arity is None else row.arity):
        low, high = interval(row, i)
        xs = [low + (high - low) * k / (POINTS - 1) for k in range(POINTS)]
        values, slopes = zip(*(value_and_slope(row.name, [*place[:i], x, *place[i + 1 :]], i) for x in xs), strict=True)
        rest = ", ".join(f"{name} = {x:g}" for k, (name, x) in enumerate(zip(names, place, strict=True)) if k != i)
        found.append(Panel(names[i] + (f"  ({rest})" if rest else ""), xs, list(values), list(slopes)))
    return found


def value_and_slope(name: str, operands: Sequence[float], i: int) -> tuple[float, float]:
    leaves = [Value(x) for x in operands]
    out = apply(name, leaves)
    out.backward()
    return out.data, leaves[i].grad


def unbroken(ys: Sequence[float]) -> list[float]:
    """The same numbers with gaps where they jump, so that no line is drawn there."""
    steps = [abs(b - a) for a, b in itertools.pairwise(ys)]
    around = [0.0, 0.0, *steps, 0.0, 0.0]  # those two further: a point in the middle of a jump has a large step on either side
    least = 0.05 * (max(ys) - min(ys))
    jumps = [step > least and step > 5 * max(around[k], around[k + 4]) for k, step in enumerate(steps)]
    return [math.nan if jump else y for jump, y in zip([*jumps, False], ys, strict=True)]


def curves(row: Any) -> str:
    """The plot, as an SVG in colours that stand for those of a theme."""
    shown = panels(row)
    settings = {
        "svg.fonttype": "none", "svg.hashsalt": row.name, "font.size": 9, "text.color": INK, "axes.edgecolor": INK,
        "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK,
    }  # fmt: skip
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=(3.2 * len(shown), 2.3), layout="constrained")
        for axes, panel in zip(figure.subplots(1, len(shown), squeeze=False)[0], shown, strict=True):
            axes.plot(panel.xs, unbroken(panel.values), color=VALUE, linewidth=2, label="value")
            axes.plot(panel.xs, unbroken(panel.slopes), color=SLOPE, linewidth=1.5, linestyle="--", label="slope")
            axes.set_xlabel(panel.title)
            axes.spines[["top", "right"]].set_visible(False)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper right", ncols=2, frameon=False)
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return drawn.getvalue()


def graph(row: Any, theme: str) -> str:
    leaves = [Value(x, label=name) for name, x in zip(names_of_operands(row), usual(row), strict=True)]
    out = apply(row.name, leaves)
    out.backward()
    return str(autograd.draw(out, theme=theme).pipe("svg", encoding="utf-8"))


def file_name(row: Any) -> str:
    return row.name.replace("'", "_by_") if "'" in row.name else row.name


def draw(folder: Path) -> dict[str, str]:
    """Draws all pictures below a folder, writes the table there, and gives what each page of a function shows of them."""
    with ThreadPoolExecutor(2) as two:
        list(two.map(lambda row: draw_row(row, folder / FOLDER), built_in()))
    put(folder / "docs/reference/primitives.md", table())
    return {
        f"autograd.{row.name}": f"## Its graph, its curve and its slope\n\n{pictures(row, '../pictures')}\n\n"
        "All others stand in [the table of primitives](../primitives.md).\n"
        for row in built_in()
        if not row.hidden and row.name not in tested.OPERATORS
    }


def draw_row(row: Any, folder: Path) -> None:
    """The pictures of a row; those made after the newest source are taken as they are."""
    files = {(kind, theme): folder / f"{file_name(row)}.{kind}.{theme}.svg" for kind in ("curves", "graph") for theme in THEMES}
    if all(file.exists() and file.stat().st_mtime > newest_source() for file in files.values()):
        return
    with ONE_PLOT:
        plot = curves(row)
    for theme, colours in THEMES.items():
        coloured = plot
        for stand_in, colour in ((INK, colours.ink), (VALUE, colours.plus), (SLOPE, colours.minus)):
            coloured = coloured.replace(stand_in, colour)
        put(files["curves", theme], coloured)
        put(files["graph", theme], graph(row, theme))
    for file in files.values():
        file.touch()


def pictures(row: Any, folder: str) -> str:
    return "\n".join(f"{both_themes(row, kind, folder)}\n" for kind in ("graph", "curves"))


def both_themes(row: Any, kind: str, folder: str) -> str:
    what = {"graph": "The graph of", "curves": "The value and the slope of"}[kind]
    return "".join(
        f"![{what} {row.name}]({folder}/{file_name(row)}.{kind}.{theme}.svg){{.only-{theme} .{kind}}}" for theme in THEMES
    )


def table() -> str:
    lines = [INTRODUCTION]
    for title, hidden in (("Functions", False), ("Slopes that are primitives", True)):
        lines += [f"## {title}", "", "| primitive | computes | its graph, its value and its slope |", "| --- | --- | --- |"]
        lines += [f"| {' | '.join(cells(row))} |" for row in built_in() if row.hidden is hidden]
        lines += [""]
    return "\n".join(lines)


def cells(row: Any) -> list[str]:
    name = f"`{row.name}`"
    if not row.hidden and row.name not in tested.OPERATORS:
        name = f"[{name}](autograd/{row.name}.md)"
    kinks = f"; kinks at {', '.join(f'{kink:g}' for kink in row.kinks)}" if row.kinks else ""
    return [name, in_a_cell(row.doc) + kinks, both_themes(row, "graph", "pictures") + both_themes(row, "curves", "pictures")]
