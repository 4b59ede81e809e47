"""Pictures as files of every kind, and as colours: what each must hold, whatever labels say."""

import re
import shutil
import subprocess
import warnings
import xml.etree.ElementTree as ElementTree
import zlib
from pathlib import Path

import matplotlib.image
import pytest
from drawn import STRANGE, SVG

import autograd
import nn
from autograd import Value, draw
from autograd.pictures import dot
from autograd.pictures.colours import THEMES
from autograd.pictures.drawing import FONT
from autograd.pictures.pages import framed
from autograd.pictures.pdf import pdf_of
from autograd.pictures.plain_text import plain_text, width

HOSTILE = [
    STRANGE,
    "%%{init: {'theme': 'dark'}}%%",
    "`code` _a_ **b**",
    "\u202eright to left שלום",
    "日本 🙂",
    "x" * 10_000,
    "\\n\\l",
    "1. a",
]
ENDINGS = ("svg", "png", "pdf", "dot", "mmd", "txt", "html")


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The files of a picture whose labels are strange, by their endings."""
    total = sum([Value(float(k), label=label) for k, label in enumerate(HOSTILE)])
    total.label = "total"
    folder = tmp_path_factory.mktemp("hostile")
    files = {ending: folder / f"graph.{ending}" for ending in ENDINGS}
    picture = draw(total * 2.0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "in a .png, ")  # where the machine has no `dot`
        for file in files.values():
            assert picture.save(file) == str(file)
    return files


def test_a_file_is_what_its_name_ends_in(hostile):
    begins = {ending: file.read_bytes()[:8] for ending, file in hostile.items()}
    assert begins["svg"].startswith(b"<?xml") and begins["png"].startswith(b"\x89PNG") and begins["pdf"] == b"%PDF-1.7"
    assert begins["dot"] == b"digraph " and begins["mmd"] == b"flowchar" and begins["html"].lower() == b"<!doctyp"
    assert hostile["txt"].read_text().count("┌") >= len(HOSTILE)


def test_strange_labels_are_text_in_svg_and_html(hostile):
    root = ElementTree.parse(hostile["svg"]).getroot()
    words = {(element.text or "").strip() for element in root.iter(f"{SVG}text")}
    assert {"`code` _a_ **b**", "日本 🙂", "\\n\\l", HOSTILE[1], "\\u202eright to left שלום"} <= words
    assert not [*root.iter(f"{SVG}script")] and "<script>alert" not in hostile["html"].read_text()


def test_strange_labels_are_text_in_mermaid(hostile):
    """Whatever Mermaid, Markdown or HTML would read is written as a number; and every line is one of the grammar's."""
    text = hostile["mmd"].read_text()
    shown = re.findall(r'v\d+(?:\(\[|\[)"(.*?)"(?:\]\)|\]):::', text)
    assert len(shown) >= len(HOSTILE)
    for label in shown:
        assert not set(label.replace("<br/>", "")) & set('"<>`%*_&{}|\\~$')
        assert re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label)
    decoded = [re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label) for label in shown]
    assert "#92;n" not in text and any("\\\u2060n" in label for label in decoded)  # \n would break the line
    for label in HOSTILE[1:3]:
        assert any(one.startswith(label) for one in decoded)
    statement = r'(flowchart LR|v\d+.*:::\w+|op\d+\(\(".*"\)\):::quiet|c\S+\[".*"\]:::quiet|\S+ (-->|---|-\.->)(\|".*"\|)? \S+'
    statement += r'|classDef .*|caption\[".*"\]|style .*)'
    assert all(re.fullmatch(statement, line.strip()) for line in text.splitlines())


def test_strange_labels_are_text_in_plain_characters(hostile):
    lines = hostile["txt"].read_text().splitlines()
    assert any("日本 🙂" in line for line in lines) and any(HOSTILE[1] in line for line in lines)
    assert all(line.isprintable() for line in lines) and max(map(len, lines)) < 300


def pdf_text(contents):
    """The texts of a PDF, and its drawing instructions. (Its table of objects has to be right.)"""
    places = [int(place) for place in re.findall(rb"^(\d{10}) 00000 n ", contents, re.M)]
    assert [contents[place:].split(b" ", 1)[0] for place in places] == [b"%d" % n for n in range(1, len(places) + 1)]
    assert contents[int(re.search(rb"startxref\n(\d+)", contents)[1]) :].startswith(b"xref\n")
    found = re.search(rb"/Length (\d+) .*?stream\n", contents, re.S)
    stream = zlib.decompress(contents[found.end() : found.end() + int(found[1])]).decode("latin-1")
    unescaped = (re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), text) for text in re.findall(r"\((.*?)\) Tj", stream))
    return [text.strip("\xa0 ") for text in unescaped], stream


def test_pdf_has_the_picture_as_lines_and_text(hostile):
    texts, stream = pdf_text(hostile["pdf"].read_bytes())
    assert {"total", "`code` _a_ **b**", HOSTILE[1], "data 1"} <= set(texts)
    assert any("\\u65e5\\u672c" in text for text in texts)  # what PDF's own fonts do not have, as Python escapes it
    assert len(re.findall(r" (?:B|S|f)$", stream, re.M)) > 20
    x = Value(2.0, label="x")
    assert "x" in pdf_text(draw(x).pipe("pdf"))[0]


def test_pdf_has_colours_strokes_and_symbols():
    layout = """{"bb": "0,0,40,20", "bgcolor": "#102030", "objects": [{"_draw_": [
        {"op": "c", "color": "#ff000080"}, {"op": "C", "color": "#00ff00"}, {"op": "S", "style": "setlinewidth(2.5)"},
        {"op": "E", "rect": [20, 10, 5, 4]}, {"op": "S", "style": "dashed"}, {"op": "L", "points": [[0, 0], [1, 2]]}],
        "_ldraw_": [{"op": "F", "size": 11.0}, {"op": "t", "fontchar": 1},
        {"op": "T", "pt": [20, 5], "align": "c", "width": 10, "text": "a∂(b)"}]}]}"""
    _, stream = pdf_text(pdf_of(layout.encode()))
    assert "0.063 0.125 0.188 rg" in stream and "/A128 gs 1.000 0.000 0.000 RG" in stream and "2.50 w" in stream
    assert "[5 2] 0 d" in stream and "0.00 0.00 m 1.00 2.00 l S" in stream and " c B" in stream
    assert r"BT 15.00 5.00 Td /F1 11 Tf (a) Tj /F2 11 Tf (\266) Tj /F1 11 Tf (\050b\051) Tj ET" in stream


def test_png_has_the_dots_that_are_asked_for(tmp_path):
    picture = draw(Value(2.0, label="x") * 3)
    widths = []
    for dpi in (48, 192):
        picture.save(tmp_path / "graph.png", dpi=dpi)
        widths.append(matplotlib.image.imread(tmp_path / "graph.png").shape[1])
    assert widths[1] == pytest.approx(4 * widths[0], abs=6)


def test_letters_that_a_png_has_not_are_told_of_once_or_drawn_by_the_dot_of_the_machine(tmp_path, monkeypatch):
    picture, which = draw(Value(2.0, label="温度") * 3), shutil.which
    monkeypatch.setattr(shutil, "which", lambda name, path=None: which(name, path=path) if name == dot.PURE else None)
    with pytest.warns(UserWarning, match="in a .png, 度温 are empty boxes") as told:
        picture.save(tmp_path / "graph.png")
        picture.render(tmp_path / "other.png")
    assert [Path(warning.filename) for warning in told] == [Path(__file__)] * 2
    picture.save(tmp_path / "graph.svg")
    assert "温度" in (tmp_path / "graph.svg").read_text()
    assert picture._repr_mimebundle_().keys() >= {"image/png"}
    monkeypatch.setattr(shutil, "which", lambda name, path=None: str(tmp_path / name))
    assert dot.find_dot("温度") == str(tmp_path / "dot") and dot.find_dot("x") == str(tmp_path / dot.PURE)
    assert dot.without_letters("温度") == ""


def test_the_letters_of_a_png_are_known(tmp_path):
    """Each is drawn alone: those that the program has no letter for are one and the same box."""
    known, unknown = "aéΩЖשṽ′₉€ℓ½↕∂∆∏∑−√∞∫≈≠≤■▲▼●♥♯", "ع中あ한∇∈⊗✓😀"

    program = dot.find_dot()
    assert Path(program).stem == dot.PURE

    def drawn(letter):
        text = f'digraph {{ node [shape=plain fontname="{FONT}"]; a [label="{letter}" fixedsize=true width=1 height=1] }}'
        return subprocess.run([program, "-Tpng"], input=text.encode(), capture_output=True, check=True).stdout

    pictures = {letter: drawn(letter) for letter in known + unknown}
    assert len({pictures[letter] for letter in known}) == len(known)
    assert {pictures[letter] for letter in unknown} == {pictures["中"]} and pictures["中"] not in map(pictures.get, known)
    assert not dot.WITHOUT_LETTERS.search(known) and dot.WITHOUT_LETTERS.findall(unknown) == [*unknown]


def test_what_cannot_be_saved_says_why_and_writes_nothing(tmp_path):
    picture = draw(Value(2.0))
    network = nn.draw_network(nn.MLP(2, [1], rng=0))
    for saved, message in {
        lambda: picture.save(tmp_path / "graph.jpeg2"): r"ends in none of \.svg, \.png",
        lambda: picture.save(tmp_path / "graph"): "ends in none of",
        lambda: picture.save(tmp_path / "graph.svg", dpi=100): r"dpi is for \.png",
        lambda: picture.save(tmp_path / "graph.png", dpi=1e9): "from 10 to 1200",
        lambda: picture.save(tmp_path / "graph.png", dpi=float("nan")): "from 10 to 1200",
        lambda: network.save(tmp_path / "network.mmd"): r"cannot be a \.mmd",
        lambda: network.save(tmp_path / "network.html"): "no live page",
    }.items():
        with pytest.raises(ValueError, match=message):
            saved()
    assert not [*tmp_path.iterdir()]
    assert Path(network.save(tmp_path / "network.pdf")).read_bytes().startswith(b"%PDF")


def test_view_opens_the_picture_in_the_browser(tmp_path, monkeypatch):
    """Without a format, and as PDF: neither needs what the layout program does not make."""
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    draw(Value(2.0)).view(tmp_path / "graph")
    draw(Value(2.0)).render(tmp_path / "second.pdf", view=True, cleanup=True)
    assert opened == [(tmp_path / name).as_uri() for name in ("graph.svg", "second.pdf")]
    assert {file.name for file in tmp_path.iterdir()} == {"graph.svg", "graph.gv", "second.pdf"}


def test_a_fake_dot_on_the_path_comes_second(tmp_path, monkeypatch):
    """Pictures are the same on every machine: a `dot` of the machine is asked where graphviz-pure is not there."""
    for name in ("dot", "graphviz-pure"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path / "nowhere"))
    monkeypatch.setattr("sys.executable", str(tmp_path / "nowhere" / "python"))
    assert autograd.pictures.dot.find_dot() == str(tmp_path / "graphviz-pure")
    (tmp_path / "graphviz-pure").unlink()
    assert autograd.pictures.dot.find_dot() == str(tmp_path / "dot")


def test_a_page_in_a_frame_has_a_picture_beside_it_where_one_is_given():
    picture = '<img alt="the loss" style="max-width:100%" src="data:image/png;base64,iVBO">'
    assert picture in framed("<p>", "iVBO", alt="the loss") and "<img" not in framed("<p>", alt="the loss")


@pytest.mark.parametrize("schemes", [{"data"}, {"https"}], ids=["pictures stay", "pictures go"])
def test_hosts_that_take_frames_away_leave_the_picture_and_the_words(schemes):
    """Hosts of repositories clean what notebooks put out, some by a parser to which what is inside a frame is text."""
    nh3 = pytest.importorskip("nh3")
    left = nh3.clean(framed('<script>"page"</script>', "iVBO", alt="the loss"), url_schemes=schemes)
    source = ' src="data:image/png;base64,iVBO"' if "data" in schemes else ""
    words = "This is a graph to step through. It plays where scripts run: in a notebook, once you trust it."
    assert left == f'<div><div><img alt="the loss"{source}><p>{words}</p></div></div>'


# ------------------------------------------------------------------------------------------------ plain characters


def test_plain_characters_lead_each_arrow_to_its_end():
    a, b = Value(2.0, label="a"), Value(5.0, label="b")
    c = a * b
    c.label = "c"
    assert (
        plain_text(draw(c + a, show=["data", "local"]).chart)
        == """\
┌────────┐
│ a      │─┐
│ data 2 │ ├────────────────────────────┐     ┌───┐      ┌─────────┐
└────────┘ │     ┌───┐      ┌─────────┐ └─1──▶│ + │──────│ y       │
           └─5──▶│ × │──────│ c       │───1──▶│   │      │ data 12 │
┌────────┐ ┌─2──▶│   │      │ data 10 │       └───┘      └─────────┘
│ b      │─┘     └───┘      └─────────┘
│ data 5 │
└────────┘
"""
    )


def test_plain_characters_cross_where_arrows_do():
    a, b = Value(2.0, label="a"), Value(5.0, label="b")
    assert (
        plain_text(draw(a * b - (b + a), show=["data"]).chart)
        == """\
┌────────┐        ┌───┐
│ a      │───┬───▶│ × │─┐    ┌─────────┐
│ data 2 │ ┌─│───▶│   │ └────│ data 10 │─┐
└────────┘ │ │    └───┘      └─────────┘ │    ┌───┐      ┌────────┐
           │ │                           └───▶│ − │──────│ y      │
┌────────┐ │ │    ┌───┐      ┌─────────┐ ┌───▶│   │      │ data 3 │
│ b      │─┤ └───▶│ + │──────│ data 7  │─┘    └───┘      └────────┘
│ data 5 │ └─────▶│   │      └─────────┘
└────────┘        └───┘
"""
    )


def test_plain_characters_have_whole_names():
    """Inside a frame a box is called by the rest of its name; where there are no frames, by all of it."""
    model = nn.MLP(2, [3, 1], rng=0)
    picture = draw(model([1.0, 2.0]))
    assert "neurons.1.bias" in {box.title for box in picture.chart.boxes}
    names = {name for name, _ in model.named_parameters()}
    assert names <= {*re.findall(r"│ (\S+)", picture.contents("txt").decode())}


def test_wide_characters_keep_plain_boxes_straight():
    lines = plain_text(draw(Value(1.0, label="日本")).chart).splitlines()
    assert [len(line) - len(lines[0]) for line in lines[:4]] == [0, -2, 0, 0] and width(lines[1]) == len(lines[0])


# ------------------------------------------------------------------------------------------------ colours


def luminance(colour):
    channels = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(a, b):
    low, high = sorted([luminance(a), luminance(b)])
    return (high + 0.05) / (low + 0.05)


def pictures(theme):
    x, y = Value(2.0, label="x"), Value(-3.0, label="y")
    z = x * y + x.tanh()
    z.backward()
    model = nn.MLP(2, [12, 12, 1], rng=0)
    fast = autograd.compile(lambda a: a * a if a > 0 else a)
    fast(1.0)
    yield draw(z, theme=theme, highlight=[("x", z)])
    yield draw(z, theme=theme, color="grad")
    yield draw(model([x, y]), theme=theme)
    yield nn.draw_network(model, theme=theme)
    yield fast.programs[0].draw(theme=theme)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read_in_every_picture(theme):
    """Each text against each ground there is in its picture: 4.5 : 1; 11 points; and the picture brings its own paper."""
    for picture in pictures(theme):
        root = ElementTree.fromstring(picture.pipe("svg"))
        shapes = [e for tag in ("polygon", "path", "ellipse") for e in root.iter(f"{SVG}{tag}")]
        assert root.find(f"./{SVG}g/{SVG}polygon").get("fill") == THEMES[theme].paper
        colours = THEMES[theme]
        lines = {colours.line, colours.plus, colours.minus, colours.accent}  # of edges, and of their heads
        grounds = {e.get("fill") for e in shapes if (e.get("fill") or "none") != "none"} - lines
        for text in root.iter(f"{SVG}text"):
            assert float(text.get("font-size")) >= 11.0
            for ground in grounds:
                ink = text.get("fill") or "#000000"
                elsewhere = ink in (colours.accent, colours.quiet) and ground not in (
                    colours.paper,
                    *colours[4:9] * (ink == colours.quiet),
                )
                assert elsewhere or contrast(ink, ground) >= 4.5, (ink, ground, text.text)


@pytest.mark.parametrize("colours", THEMES.values(), ids=THEMES)
def test_colours_keep_their_contrasts(colours):
    fills = [colours.paper, *colours[4:9]]
    for fill in fills:
        assert min(contrast(colours.ink, fill), contrast(colours.quiet, fill)) >= 4.5
    assert contrast(colours.accent, colours.paper) >= 4.5
    assert min(contrast(line, colours.paper) for line in (colours.line, colours.plus, colours.minus)) >= 3.0
    tints = [colours.tint(x, 2.0) for x in (-2.0, -0.5, 0.0, 0.5, 2.0, float("nan"))]
    assert len({*tints}) == 5 and tints[2] == tints[5] == colours.paper
    assert min(contrast(colours.ink, tint) for tint in tints) >= 4.5
    assert contrast(tints[4], tints[2]) > contrast(tints[3], tints[2]) > 1.05


def test_a_real_dot_lays_out_what_graphviz_pure_does():
    """The text is what any Graphviz reads: graphviz-pure itself says so of its canonical form."""
    program = autograd.pictures.dot.find_dot()
    source = draw(Value(2.0, label='a "b" <c>') * 3).source
    assert subprocess.run([program, "-Tcanon"], input=source.encode(), capture_output=True, check=True).stdout.startswith(
        b"digraph"
    )
