"""Pictures of graphs: what they show, strange labels, missing programs, large graphs; through a real `dot`."""

import base64
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import graphviz
import pytest
from builds import ROOT
from drawn import STRANGE, SVG, words

import autograd
import nn
from autograd import explain


def test_it_is_a_digraph_with_data_grad_label_and_operation(ag):
    x = ag.Value(2.0, label="x")
    y = x * -3.0 + x
    y.label = "y"
    y.backward()
    picture = ag.draw(y)
    assert isinstance(picture, graphviz.Digraph)
    assert "rankdir=LR" in picture.source
    assert set(words(picture)) >= {"x", "y", "data 2", "grad -2", "data -4", "grad 1", "×", "+", "-3"}


def test_shared_nodes_are_drawn_once_and_every_edge_is(ag):
    x = ag.Value(2.0)
    y = (x + 1) * x * x
    source = ag.draw(y).source
    assert len(re.findall(r"^\tv\d+ \[", source, re.M)) == 4
    assert len(re.findall(r"^\tv\d+ -> op\d+", source, re.M)) == 5
    assert len(re.findall(r"^\top\d+ -> v\d+", source, re.M)) == 3


def test_edges_carry_the_local_derivatives(ag):
    a, b = ag.Value(5.0), ag.Value(7.0)
    assert {"5", "7"} <= set(words(ag.draw(a * b)))


def test_many_operands_and_constants(ag):
    y = ag.dot([ag.Value(1.0), 2.5], [3.0, ag.Value(4.0)])
    source = ag.draw(y).source
    assert len(re.findall(r"^\tc\d+_\d+ ->", source, re.M)) == 2
    assert len(re.findall(r"^\tv\d+ -> op", source, re.M)) == 2


def test_a_leaf_alone(ag):
    assert {"data 1.5", "no grad yet"} <= set(words(ag.draw(ag.Value(1.5))))


def test_a_gradient_that_is_not_computed_is_not_0(ag):
    """It is 0 where something that is computed from it has another; what backward() has not come by has none."""
    x, dead = ag.Value(2.0, label="x"), ag.Value(-1.0, label="dead")
    y = x * 3.0 + dead.relu()
    assert words(ag.draw(y)).count("no grad yet") == 5 and not any("grad 0" in word for word in words(ag.draw(y)))
    assert "backward() has not been called" in ag.draw(y).chart.caption
    y.backward()
    rows = {box.title: box.rows for box in ag.draw(y * 2.0).chart.boxes if box.title}
    assert rows["dead"] == [[("data -1", ""), ("grad 0", "quiet")]] and rows["y"][0][1] == ("no grad yet", "quiet")
    assert "backward()" not in ag.draw(y).chart.caption
    assert ag.draw(lambda a: a * a, 3.0).chart.boxes[0].rows[0][1][0] == "grad 6"  # of a function they are computed


def test_strange_labels_are_shown_as_typed(ag):
    v = ag.Value(1.0, label=STRANGE)
    drawn = words(ag.draw(v))
    assert STRANGE.replace("\n", "\\n").replace("\x00", "\\x00") in drawn
    assert max(len(word) for word in words(ag.draw(ag.Value(1.0, label="x" * 10_000)))) < 100
    assert "<script" not in ag.draw(v).pipe(format="svg", encoding="utf-8")


def test_a_value_shows_itself_in_a_notebook(ag):
    """As SVG; and as PNG, which notebooks show that nobody has trusted."""
    bundle = (ag.Value(2.0) * 3)._repr_mimebundle_()
    assert bundle["text/plain"] == "Value(data=6.0, grad=0.0)"
    assert "<svg" in bundle["image/svg+xml"]
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")


def test_large_graphs_fold_and_say_so(ag):
    y = ag.Value(1.0)
    for _ in range(100_000):
        y = y + 1.0
    chart = ag.draw(y).chart
    assert len(chart.boxes) < 60 and "100,001 values, folded into" in chart.caption
    folded = [box for box in chart.boxes if box.kind == "folded"]
    counted = [int(re.search(r"([\d,]+) operation", box.rows[0][0][0])[1].replace(",", "")) for box in folded]
    assert sum(counted) + sum(box.kind == "operation" for box in chart.boxes) == 100_000
    assert "folded" in ag.draw(y, fold=False).chart.caption  # not even then: no program would ever lay it out
    small = (ag.Value(1.0, label="x") + 1) + 1
    assert not ag.draw(small).chart.caption.startswith("3 values")


def test_not_a_value(ag):
    with pytest.raises(TypeError, match=r"this is 3\.0"):
        ag.draw(3.0)


def test_without_dot_there_is_a_clear_message_and_the_text(ag, monkeypatch, tmp_path):
    picture = ag.draw(ag.Value(1.0, label="x"))
    monkeypatch.setattr(ag.pictures.dot, "find_dot", lambda letters="": None)
    assert "digraph" in picture.source
    for attempt in (lambda: picture.pipe(format="svg"), lambda: picture.render(tmp_path / "p", format="svg")):
        with pytest.raises(graphviz.ExecutableNotFound, match="pip install graphviz-pure"):
            attempt()
    assert "pip install graphviz-pure" in ag.Value(1.0)._repr_mimebundle_()["text/plain"]


def test_render_writes_the_file(ag, tmp_path):
    written = ag.draw(ag.Value(1.0) * 2).render(tmp_path / "graph", format="svg", cleanup=True)
    assert ElementTree.parse(written).getroot().tag == f"{SVG}svg"
    assert [file.name for file in tmp_path.iterdir()] == ["graph.svg"]


@pytest.mark.parametrize(
    ("named", "how", "made"),
    [
        ("graph", {}, "graph.svg"),
        ("graph.svg", {}, "graph.svg"),
        ("graph.PNG", {}, "graph.PNG"),
        ("graph", {"format": "png"}, "graph.png"),
        ("graph.pdf", {}, "graph.pdf"),
        ("graph.svg", {"format": "png"}, "graph.svg.png"),
        ("graph.v2", {}, "graph.v2.svg"),
        ("graph.gv", {}, "graph.gv.svg"),
    ],
)
def test_a_file_is_what_its_name_says(ag, tmp_path, named, how, made):
    """A picture in the format asked for, or that of the name, or SVG; and the text of it in a file ending in .gv, if kept."""
    picture = ag.draw(ag.Value(1.0) * 2)
    for directory, name in ((None, tmp_path / "a" / named), (tmp_path / "b", named)):
        written = Path(picture.render(name, directory, **how))
        kept = {file.name for file in written.parent.iterdir()}
        assert written.name == made and len(kept) == 2
        assert {Path(name).suffix for name in kept - {made}} == {".gv"}
        assert written.read_bytes()[:4] == {"svg": b"<?xm", "pdf": b"%PDF"}.get(made[-3:], b"\x89PNG")
        picture.render(name, directory, cleanup=True, **how)
        assert [file.name for file in written.parent.iterdir()] == [made]


def test_pictures_are_svg_unless_asked_otherwise(ag, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    picture = ag.draw(ag.Value(1.0) * 2)
    assert picture.pipe()[:5] == picture.copy().pipe()[:5] == b"<?xml"
    assert picture.render() == "computation graph.gv.svg"
    assert {file.name for file in tmp_path.iterdir()} == {"computation graph.gv", "computation graph.gv.svg"}


def test_a_format_that_dot_does_not_make_says_what_to_do(ag, tmp_path):
    picture = ag.draw(ag.Value(1.0) * 2)
    for attempt in (lambda: picture.pipe(format="tga"), lambda: picture.render(tmp_path / "graph.tga")):
        with pytest.raises(ValueError, match=r'"tga" not recognized.*format="svg".*install your system'):
            attempt()


def test_pictures_are_no_wider_than_what_they_stand_in(ag, tmp_path):
    v = ag.Value(1.0) * 2
    picture = ag.draw(v)
    picture.save(tmp_path / "saved.svg")
    picture.render(tmp_path / "rendered.svg")
    files = [(tmp_path / name).read_text() for name in ("saved.svg", "rendered.svg")]
    for shown in (v._repr_mimebundle_()["image/svg+xml"], picture._repr_mimebundle_()["image/svg+xml"], *files):
        root = ElementTree.fromstring(shown.encode())
        assert root.get("style") == "max-width: 100%; height: auto" and root.get("viewBox")


@pytest.mark.parametrize(("operations", "fits"), [(2, True), (6, False), (20, True)])
def test_what_is_a_little_too_wide_for_a_cell_is_shown_smaller(operations, fits):
    """JupyterLab shows SVG as an <img>, of the width that the picture itself names: it cut off what was wider than the cell."""
    row = autograd.Value(1.0)
    for _ in range(operations):
        row = row * 2
    root = ElementTree.fromstring(row._repr_mimebundle_()["image/svg+xml"].encode())
    width, height = (float(root.get(side).removesuffix("pt")) for side in ("width", "height"))
    _, _, own_width, own_height = map(float, root.get("viewBox").split())
    assert width == pytest.approx(own_width if fits else 800, abs=1)
    assert height == pytest.approx(width * own_height / own_width, abs=1)
    assert fits != (800 < own_width <= 1200)  # of what is much wider no letter could be read: one scrolls


def test_drawing_changes_nothing(ag):
    x = ag.Value(2.0)
    y = x * x
    y.backward()
    ag.draw(y)
    assert (x.grad, y.grad) == (4.0, 1.0)


@pytest.mark.parametrize(("pattern", "home"), [(r'"#[0-9a-fA-F]{6}"', "colours.py"), (r"\.isprintable\(", "texts.py")])
def test_colours_and_escapes_have_one_home_each(pattern, home):
    sources = [file for folder in ("autograd", "nn") for file in (ROOT / folder).rglob("*.py")]
    assert [file.name for file in sources if re.search(pattern, file.read_text())] == [home]


def test_parameters_are_called_as_their_modules_know_them():
    model = nn.MLP(2, [2, 1], rng=0)
    loss = model([1.0, -1.0]) ** 2
    source = autograd.draw(loss).source
    for name, _ in model.named_parameters():  # inside the frame of their layer without its name
        assert f"<B>{name}</B>" in source or f"<B>{name.removeprefix('layers.0.')}</B>" in source
    (first, parameter), *_ = model.named_parameters()
    assert str(explain(loss, parameter)).startswith(f"dy/d{first}")
