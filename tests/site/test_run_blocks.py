"""What runs blocks inside pages, here without a page: docs/_static/run_blocks.py."""

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from builds import ROOT

import autograd
from autograd.pictures import dot
from autograd.pictures.rendering import Picture

sys.path.insert(0, str(ROOT / "docs" / "_static"))


COMPILED = "autograd.compiler.compiled"
"""A module with a name that Python has, too."""


@pytest.fixture
def blocks() -> ModuleType:
    found = importlib.import_module("run_blocks")
    found.forget()
    return found


def run(blocks: ModuleType, source: str, module: str = "") -> tuple[bool, list[tuple[str, str]]]:
    answer: Any = json.loads(blocks.run(source, module))
    return answer["agrees"], [(part["kind"], part["text"]) for part in answer["shown"]]


def test_examples_print_what_they_say(blocks: ModuleType) -> None:
    assert run(blocks, ">>> x = 2\n>>> x + 1\n3\n>>> print(x)\n2\n") == (True, [("text", "3\n"), ("text", "2\n")])
    assert run(blocks, ">>> x + 1\n4\n") == (False, [("text", "3\n")])  # and x is known in the next block


def test_options_and_errors_are_those_of_doctest(blocks: ModuleType) -> None:
    wants = "Traceback (most recent call last):\n  ...\nZeroDivisionError: "
    agrees, shown = run(blocks, f">>> 'abc'  # doctest: +ELLIPSIS\n'a...'\n>>> 1 / 0\n{wants}division by zero\n")
    assert agrees and shown[1][1].endswith("\n    ...\nZeroDivisionError: division by zero\n")
    agrees, shown = run(blocks, f">>> 1 / 0\n{wants}another\n")
    assert not agrees


def test_what_sphinx_leaves_out_of_a_page_is_not_missed(blocks: ModuleType) -> None:
    """The mark of an option, and that of an empty line."""
    assert run(blocks, ">>> print('one and two')\none ... two\n")[0]
    assert run(blocks, ">>> print('one\\n\\ntwo')\none\n\ntwo\n")[0]
    assert not run(blocks, ">>> print('one\\n\\ntwo')\none and\n\ntwo\n")[0]


def test_an_error_ends_a_block_and_keeps_what_it_printed(blocks: ModuleType) -> None:
    source = ">>> for x in (1, 0):\n...     print(1 / x)\n>>> 5\n5\n"
    assert run(blocks, source) == (False, [("text", "1.0\n"), ("error", "ZeroDivisionError: division by zero")])
    assert run(blocks, "print(7)\n1 / 0\n") == (False, [("text", "7\n"), ("error", "ZeroDivisionError: division by zero")])
    assert run(blocks, "if")[1][0][1].startswith("  File")


def test_a_program_shows_what_its_last_line_gives(blocks: ModuleType) -> None:
    assert run(blocks, "y = 2\nprint(y)\ny + 1\n") == (True, [("text", "2\n3\n")])
    assert run(blocks, "y = None\ny\n") == (True, [])
    assert run(blocks, "def f():\n    return 1\n") == (True, [])


def test_an_import_that_fails_leaves_the_others(blocks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    agrees, shown = run(blocks, "import matplotlib.pyplot as plt\nimport math\nmath.floor(2.5)\n")
    assert not agrees and shown[0] == ("text", "2\n") and shown[1][1].startswith("This needs matplotlib")
    assert run(blocks, "math.floor(3.5)\n") == (True, [("text", "3\n")])
    agrees, shown = run(blocks, ">>> import matplotlib\n>>> from math import ceil\n>>> ceil(2.5)\n3\n")
    assert not agrees and shown[0][1].startswith("This needs matplotlib") and shown[1:] == [("text", "3\n")]


def test_names_are_those_that_the_page_knows(blocks: ModuleType) -> None:
    assert run(blocks, ">>> Value(2.0).data, MLP(1, [1], rng=0), max(1, 2)\n(2.0, MLP(1, [1], activation='relu'), 2)\n")[0]
    assert blocks.NAMESPACE["Value"] is autograd.Value and "max" not in blocks.NAMESPACE
    assert run(blocks, ">>> f = compile(lambda x: x * x)\n>>> type(f).__module__\n'autograd.compiler.compiled'\n", COMPILED)[0]
    blocks.forget()
    assert run(blocks, ">>> suited_to('relu') is kaiming_uniform\nTrue\n", "nn.init")[0]
    blocks.forget()
    assert run(blocks, ">>> suited_to\n")[1] == [("error", "NameError: name 'suited_to' is not defined")]


@pytest.mark.parametrize(
    "source", ["import numpy as np\n", "import autograd\nautograd.compile(lambda x: x, in_axes=0)([1.0])\n"]
)
def test_what_a_page_has_not_got_is_said(blocks: ModuleType, source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    agrees, shown = run(blocks, source)
    assert not agrees and shown[-1][1].startswith("This needs NumPy, which the Python of this page has not got")


def test_pictures_and_pages_are_shown_below_the_text(blocks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    for thing, name in ((Picture, "pipe"), (Picture, "bundle"), (dot, "find_dot")):
        monkeypatch.setattr(thing, name, getattr(thing, name))  # so that it is put back
    asked: list[str] = []

    def render(source: str, **options: str) -> str:
        asked.append(source)
        return f"<svg {options}></svg>"

    blocks.draw_by(SimpleNamespace(renderString=render))
    agrees, shown = run(blocks, ">>> Value(2.0) * 3\nValue(data=6.0, grad=0.0)\n>>> 1\n1\n")
    assert agrees and [kind for kind, _ in shown] == ["text", "image/svg+xml", "text"]
    assert shown[1][1].startswith("<svg style=") and asked[0].startswith("digraph")
    agrees, shown = run(blocks, "explore(lambda x: x * x, 2.0)")
    assert agrees and [kind for kind, _ in shown] == ["text", "text/html"] and "<iframe" in shown[1][1]


def test_pictures_that_a_block_writes_are_shown(blocks: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program of the gallery writes its picture, and says no more; whoever changes a number in it wants to see that."""
    monkeypatch.chdir(tmp_path)
    write = "with open('a.svg', 'w') as file:\n    n = file.write('<?xml version=\"1.0\"?><svg>1</svg>')\n"
    assert run(blocks, write) == (True, [("image/svg+xml", "<svg>1</svg>")])
    assert run(blocks, "2\n") == (True, [("text", "2\n")])
    (kind, text), *others = run(blocks, "with open('b.png', 'wb') as file:\n    n = file.write(b'123')\n")[1]
    assert kind == "text/html" and text == '<img alt="b.png" src="data:image/png;base64,MTIz">' and others == []


def test_pages_show_the_source_of_a_block(blocks: ModuleType) -> None:
    define = ">>> def f(a, b):\n...     c = a + b\n...     return c * a\n"
    show = ">>> print(explore(f, 2.0, 1.0).text())  # doctest: +ELLIPSIS\na = 2, b = 1\nc = a + b = 2 + 1 = 3\n...\n"
    assert run(blocks, define + show)[0]
    shown = run(blocks, "def g(a):\n    d = a * a\n    return d + 1\n\nprint(explore(g, 3.0).text())\n")[1]
    assert shown[0][1].startswith("a = 3\nd = a × a")


def test_names_inside_functions_are_provided_too(blocks: ModuleType) -> None:
    assert run(blocks, ">>> def f():\n...     return [Value(x) for x in (1.0,)]\n>>> f()\n[Value(data=1.0, grad=0.0)]\n")[0]
