"""The site of the docs: that every public name has a page with an example, and what of docstrings becomes of Markdown.

`make docs` builds it, and fails by itself where a page is wrong or a link leads nowhere.
"""

import importlib
import inspect
import math
import re
import sys

import pytest
from builds import ROOT

from autograd.engine.primitives import BY_NAME

sys.path.insert(0, str(ROOT / "docs" / "_ext"))
gallery = importlib.import_module("gallery")
reference = importlib.import_module("reference")
primitives = importlib.import_module("primitives")
BUILT_IN = {row.name for row in primitives.built_in()}
sys.path.insert(0, str(ROOT / "tools"))
docs = importlib.import_module("docs")


def test_every_public_name_has_a_page():
    """What a module says is public, and what it leaves out of `import *`, since it would hide a name of Python's."""
    with_page = {entry.full for entry in reference.entries()}
    for face in reference.faces():
        for name in {*(getattr(face, "__all__", None) or ()), *(n for n in dir(face) if face.__name__ in ("autograd", "nn"))}:
            thing = getattr(face, name)
            assert inspect.ismodule(thing) or name in reference.NO_PAGE or f"{face.__name__}.{name}" in with_page


@pytest.mark.parametrize("entry", reference.entries(), ids=lambda entry: entry.full)
def test_every_page_has_an_example(entry):
    page = reference.name_page(entry, None, None, [], "")
    assert "\n>>> " in page


@pytest.mark.parametrize("entry", reference.entries(), ids=lambda entry: entry.full)
def test_no_page_describes_the_types_of_python(entry):
    """A plain attribute has the docstring of its type, which says nothing of it."""
    page = reference.name_page(entry, None, None, [], "")
    assert not [kind for kind in (bool, int, float, str, tuple, list, dict) if inspect.getdoc(kind).partition("\n")[0] in page]


def test_what_stands_below_an_attribute_describes_it():
    page = reference.name_page(next(e for e in reference.entries() if e.full == "nn.SGD"), None, None, [], "")
    assert ":attribute} schedules\n\nThe schedules that make `lr`, in the order" in page and "buffers" in page
    assert ":attribute} buffers" not in page


def test_a_docstring_becomes_markdown():
    made = reference.markdown("""What it does.

    x, y        numbers, of which the
                second may be missing
    a_long_name_of_something
                says more

    ValueError for others.

        y = x²

    >>> f(1)
    2

    >>> f(2)
    4
    """)
    assert made == (
        "What it does.\n\n`x`, `y`\n: numbers, of which the\n  second may be missing\n\n"
        "`a_long_name_of_something`\n: says more\n\n\nValueError for others.\n\n```text\ny = x²\n```\n\n"
        "```python\n>>> f(1)\n2\n\n>>> f(2)\n4\n\n```"
    )


def test_names_are_found_in_programs():
    known = {"autograd.grad", "nn.fit", "nn.MLP"}
    code = docs.without_prompts(">>> from autograd import grad as g\n>>> import nn\n>>> nn.fit(\n...   nn.fits)\nnn.MLP")
    assert docs.public_names_in("\n".join(code), known) == {"autograd.grad", "nn.fit"}


def test_a_dead_link_is_seen(tmp_path, monkeypatch):
    monkeypatch.setattr(docs, "HTML", tmp_path)
    (tmp_path / "a.html").write_text('<h1 id="top"></h1><a href="b.html#there">x</a><a href="#top"></a><img src="no.png">')
    (tmp_path / "b.html").write_text('<p id="here"><a href="a.html"></a><a href="https://example.org/x">y</a>')
    assert docs.dead_links() == ["a.html: b.html#there", "a.html: no.png"]
    assert docs.foreign_hosts() == []
    (tmp_path / "b.html").write_text('<script defer src="https://example.org/x.js"></script>')
    assert docs.foreign_hosts() == ["b.html: https://example.org/x.js"]


def test_every_primitive_has_a_place_in_the_table():
    table = primitives.table()
    for row in BY_NAME.values():
        assert table.count(f"![The graph of {row.name}](") == (2 if row.name in BUILT_IN else 0)


@pytest.mark.parametrize("name", ["floor", "remainder", "relu", "sign"])
def test_no_line_is_drawn_where_a_curve_jumps(name):
    row = BY_NAME[name]
    panel = primitives.panels(row)[0]
    drawn = [primitives.unbroken(panel.values), primitives.unbroken(panel.slopes)]
    assert any(math.isnan(y) for y in drawn[name == "relu"])
    assert not any(math.isnan(y) for y in drawn[name != "relu"])


def test_smooth_curves_are_drawn_whole():
    for name in ("exp", "tan", "log", "tanh'", "pow", "softmax"):
        for panel in primitives.panels(BY_NAME[name]):
            assert primitives.unbroken(panel.values) == panel.values and primitives.unbroken(panel.slopes) == panel.slopes, name


CODE = 'print(1)\nopen("01_one.svg", "w").write("<svg/>")'


def test_a_program_of_the_gallery_becomes_a_page(tmp_path, monkeypatch):
    monkeypatch.setattr(gallery, "PROGRAMS", tmp_path)
    program = '# %% [markdown]\n# # A title\n#\n# Two\n# lines.\n\n# %%\nprint(1)\nopen("01_one.svg", "w").write("<svg/>")\n'
    (tmp_path / "01_one.py").write_text(program)
    found = gallery.write(tmp_path / "site", lambda code: {"nn.fit", "autograd.grad"} if code == CODE else set())
    assert found == {"docs/gallery/01_one.md": ("A title", CODE)}
    page = (tmp_path / "site" / "docs" / "gallery" / "01_one.md").read_text()
    assert "Two\nlines.\n\n![A title](01_one/01_one.svg)" in page
    assert f"```python\n{CODE}\n```\n\nIt prints\n\n```text\n1\n```" in page
    assert page.rstrip().endswith("In the reference: `autograd.grad`, `nn.fit`.")
    assert "(gallery/01_one/01_one.svg)](gallery/01_one.md)" in (tmp_path / "site" / "docs" / "gallery.txt").read_text()


def test_every_page_has_its_place_in_the_list():
    """In a toctree of the page that lists its folder, which may name all that are there by a star."""
    pages = {page.relative_to(ROOT).with_suffix("") for page in (ROOT / "docs").rglob("*.md")}
    listed = {ROOT.relative_to(ROOT) / "docs" / "index"}
    for page in pages:
        for tree in re.findall(r"```{toctree}\n(.*?)```", (ROOT / f"{page}.md").read_text(), re.DOTALL):
            for entry in re.findall(r"^(?:.*<)?([\w./*-]+)>?$", tree, re.MULTILINE):
                listed |= {found for found in pages if (ROOT / found).match(str(ROOT / page.parent / entry))}
    assert sorted(pages - listed) == []
