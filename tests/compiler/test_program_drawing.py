"""Pictures of programs: what stands in them, guards and outputs, strange labels, large programs; through a real `dot`."""

import html
import math
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import graphviz
import pytest
from drawn import STRANGE, SVG, words
from hypothesis import given, settings
from hypothesis import strategies as st
from written_programs import constant, instruction, made_up, program

import autograd
from autograd.compiler.instructions import Guard, Instruction
from autograd.compiler.ops import INPUT
from autograd.compiler.program import Program
from autograd.compiler.program_drawing import draw
from autograd.texts import short_source_name

X, Y = Instruction(INPUT, (), label="x"), Instruction(INPUT, (), label="y")


def recorded(f: Callable[..., Any], *args: Any) -> Program:
    fast = autograd.compile(f)
    fast(*args)
    (p,) = fast.programs
    return p


def formula(*instructions: Instruction) -> str:
    """What stands in the box of the last instruction, after its register."""
    boxes = {box.id: box for box in draw(program(*instructions)).chart.boxes}
    register, _, written = boxes[f"r{len(instructions) - 1}"].rows[0][0][0].partition(" = ")
    assert register == f"r{len(instructions) - 1}"
    return written


def edges(p: Program) -> list[tuple[str, str, str]]:
    found = re.findall(r"^\t(\w+) -> (\w+)(?: \[style=(\w+)\])?$", p.draw().source, re.M)
    return sorted((a, b, style or "solid") for a, b, style in found)


def loss(p: Any, x: Any) -> Any:
    activation = (p[0] * x + p[1]).tanh()
    activation.label = "activation"
    return activation * 2.5 if p[0] > 0 else abs(activation)


def test_boxes_guards_and_outputs() -> None:
    p = recorded(autograd.value_and_grad(loss), [0.5, 0.25], 1.0)
    picture = p.draw()
    assert isinstance(picture, graphviz.Digraph) and "rankdir=LR" in picture.source
    shown = [text.replace("\xa0", " ").strip() for text in words(picture)]
    assert {"p[0]", "p[1]", "x", "activation", "r3 = p[0] × x"} <= set(shown)
    assert {written.partition(" = ")[2] for written in shown} >= {"p[0] × x", "tanh(r4)", "tanh′(r4)", "activation × 2.5"}
    assert {"output 0", "output 1", "output 2", "0 < p[0]", "True"} <= set(shown)
    assert shown.count("activation") == 1 and "shape=diamond" in picture.source


def test_every_box_has_the_edges_of_its_operands() -> None:
    p = program(X, Y, instruction("mul", (0, 0)), constant(2.0), instruction("sub", (2, 3)), guards=[Guard("<=", 1, 4, False)])
    assert edges(p) == [("r0", "r2", "solid"), ("r1", "g0", "dashed"), ("r2", "r4", "solid"), ("r4", "g0", "dashed")]
    assert "y <= r4" in words(p.draw()) and "False" in words(p.draw())


@pytest.mark.parametrize(
    ("op", "operands", "text"),
    [
        ("add", (0, 1), "x + y"),
        ("sub", (0, 1), "x − y"),
        ("pow", (0, 2), "x ** 2"),
        ("mul", (0, 3), "x × (-1.5)"),
        ("neg", (0,), "-x"),
        ("sigmoid", (0,), "σ(x)"),
        ("maximum", (0, 3), "max(x, -1.5)"),
        ("remainder", (0, 1), "x % y"),
        ("select <", (0, 2, 1, 3), "y if x < 2 else -1.5"),
        ("flat floor", (0,), "floor(x)"),
        ("flat //", (0, 1), "x // y"),
        ("flat quotient", (0, 1), "quotient(x, y)"),
        ("slope sigmoid 0", (0, 1), "σ′(x)"),
        ("slope maximum 1", (0, 1, 1), "∂max/∂x1(x, y)"),
        ("slope remainder 0", (0, 1, 1), "∂remainder/∂x0(x, y)"),
        ("dot", (0, 1, 2, 3), "x × 2 + y × (-1.5)"),
        ("fsum", (0, 1, 2, 3), "x + y + 2 + (-1.5)"),
        ("prod", (0, 1, 2, 3, 0), "x × y × 2 × (-1.5) × …"),
        ("softmax", (0, 1, 2), "softmax(x, y, 2)"),
        ("dot", (0,) * 10, "x × x + x × x + x × x + x × x + …"),
    ],
)
def test_what_is_computed_is_written_as_a_formula(op: str, operands: tuple[int, ...], text: str) -> None:
    assert formula(X, Y, constant(2.0), constant(-1.5), instruction(op, operands)) == text


def test_only_names_that_are_clear_stand_in_formulas() -> None:
    """Not one that two registers have, nor one of several words."""
    a, w = Instruction(INPUT, (), label="a"), Instruction(INPUT, (), label="W[0, 1]")
    assert formula(a, a, instruction("add", (0, 1))) == "r0 + r1"
    assert formula(w, X, instruction("add", (0, 1))) == "W[0, 1] + x"
    assert formula(X, Instruction(INPUT, (), label="captured 0"), instruction("add", (0, 1))) == "x + r1"


def test_constants_have_boxes_only_as_outputs() -> None:
    p = program(X, constant(2.0), constant(math.inf), instruction("mul", (0, 1)), outputs=(3, 2))
    shown = [text.replace("\xa0", " ").strip() for text in words(p.draw())]
    assert "r2 = inf" in shown and "output 1" in shown and not any(word.startswith("r1 =") for word in shown)


def test_an_output_that_many_are() -> None:
    shown = [text.replace("\xa0", " ").strip() for text in words(program(X, outputs=(0,) * 9).draw())]
    assert "output 0, 1, 2, 3, 4, 5, …" in shown


def test_the_line_of_code_is_under_the_pointer() -> None:
    p = recorded(loss, [0.5, 0.25], 1.0)
    svg = p.draw().pipe(format="svg", encoding="utf-8")
    line = f"{short_source_name(__file__)}:{loss.__code__.co_firstlineno + 1}"
    assert line in html.unescape(svg)  # "-" in a folder's name is "&#45;" there


def test_strange_labels_and_files_are_shown_as_typed() -> None:
    p = program(X._replace(label=STRANGE), instruction("exp", (0,), 0.0, STRANGE, (STRANGE, 3)))
    svg = p.draw().pipe(format="svg", encoding="utf-8")
    ElementTree.fromstring(svg)
    assert "<script" not in svg
    assert words(p.draw()).count(STRANGE.replace("\n", "\\n").replace("\x00", "\\x00")) == 2


@settings(max_examples=25)
@given(p=made_up())
def test_every_program_can_be_drawn(p: Program) -> None:
    """All that is computed is there, with an edge from each register that it is computed from."""
    computed = {i for i, instruction in enumerate(p.instructions) if instruction.op != "constant"}
    drawn = {(a, b) for a, b, _ in edges(p)}
    assert drawn == {
        *((f"r{k}", f"r{i}") for i in computed for k in p.instructions[i].operands if k in computed),
        *((f"r{k}", f"g{n}") for n, g in enumerate(p.guards) for k in (g.left, g.right) if k in computed),
    }
    assert {f"r{i}" for i in computed} <= set(re.findall(r"^\t(r\d+) \[", p.draw().source, re.M))
    p.draw().pipe(format="svg")


def squares(xs: Any, ys: Any) -> Any:
    total = 0.0
    for x, y in zip(xs, ys, strict=True):
        gap = x - y
        if gap > 0:
            total = total + gap * gap
    return total


def test_a_large_program_is_drawn_line_by_line() -> None:
    p = recorded(autograd.value_and_grad(squares), [2.0] * 150, [1.0] * 150)
    chart = p.draw().chart
    line = squares.__code__.co_firstlineno
    boxes = {box.title: box for box in chart.boxes}
    file = Path(__file__).name
    gap, total = f"{file}:{line + 3}", f"{file}:{line + 5}"
    assert boxes.keys() == {"xs", "ys", gap, total}
    assert boxes["xs"].lines == ["xs", "150 inputs"] and boxes["xs"].kind == "leaf"
    assert boxes[gap].lines[1] == "gap = x - y" and "150 guards" in boxes[gap].lines
    assert "151 outputs" in boxes[total].lines and boxes[total].kind == "output"  # of x, gap + gap: made where the square was
    assert chart.caption.startswith(f"{len(p):,} instructions")
    assert chart.direction == "down", "lines of source are wide: side by side, nine of them are wider than any window"
    counted = [int(box.lines[2 if box.tip else 1].split()[0].replace(",", "")) for box in chart.boxes]
    assert sum(counted) == sum(instruction.op != "constant" for instruction in p.instructions)
    ids = {box.id: box.title for box in chart.boxes}
    joined = {(ids[arrow.tail], ids[arrow.head]) for arrow in chart.arrows}
    assert joined >= {("xs", gap), ("ys", gap), (gap, total)} and not any(a == b for a, b in joined)
    assert "gap = x - y" in [text.replace("\xa0", " ").strip() for text in words(p.draw())]


@settings(max_examples=25)
@given(p=made_up(), most=st.integers(2, 6))
def test_every_program_can_be_folded(p: Program, most: int) -> None:
    """With as few boxes as asked for, but for one for each file."""
    chart = p.draw(max_nodes=most).chart
    if max(len(p), sum(len(i.operands) for i in p.instructions) + 2 * len(p.guards)) > most:
        assert len(chart.boxes) <= max(most, 3)
    ids = {box.id for box in chart.boxes}
    assert all(arrow.tail in ids and arrow.head in ids for arrow in chart.arrows)


def test_many_lines_of_source_stand_together() -> None:
    """And programs of any size are drawn, also those whose lines nobody knows."""
    steps = [instruction("add", (i, i), 0.0, "", ("model.py", i + 1)) for i in range(1000)]
    p = Program([X, *steps], 1, (1000,))
    titles = [box.title for box in p.draw(max_nodes=20).chart.boxes]
    assert titles[:3] == ["x", "model.py:1-64", "model.py:65-128"] and len(titles) <= 20
    p = Program([X, *(instruction("add", (i, i)) for i in range(100_000))], 1, (100_000,))
    assert [box.title for box in p.draw().chart.boxes] == ["x", "no line of source"]
    small = program(X, instruction("add", (0, 0)), instruction("add", (0, 1)), guards=[Guard("<", 0, 1, True)])
    assert "r2 = " in small.draw(max_nodes=6).source
    assert "r2 = " not in small.draw(max_nodes=5).source


def test_a_program_shows_itself_in_a_notebook() -> None:
    bundle = program(X, instruction("exp", (0,)))._repr_mimebundle_()
    assert bundle["text/plain"] == "<Program: 2 instructions, 1 flop>"
    assert "<svg" in bundle["image/svg+xml"] and bundle["image/png"]


def test_without_dot_there_is_a_clear_message_and_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autograd.pictures.dot, "find_dot", lambda letters="": None)
    p = program(X, instruction("exp", (0,)))
    assert "digraph" in p.draw().source
    with pytest.raises(graphviz.ExecutableNotFound, match="pip install graphviz-pure"):
        p.draw().pipe(format="svg")
    assert "pip install graphviz-pure" in p._repr_mimebundle_()["text/plain"]


def test_render_writes_the_file(tmp_path: Path) -> None:
    written = program(X, instruction("exp", (0,))).draw().render(tmp_path / "program", format="svg", cleanup=True)
    assert ElementTree.parse(written).getroot().tag == f"{SVG}svg"
    assert [file.name for file in tmp_path.iterdir()] == ["program.svg"]
