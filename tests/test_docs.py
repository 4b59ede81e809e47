"""Docstrings and the README: every example in them runs and prints what it says; every public name has a docstring."""

import doctest
import importlib
import inspect
import subprocess
import sys

import pytest
from builds import ROOT

import autograd
import nn

EXAMPLES_KNOW = {
    "autograd": autograd,
    **{name: getattr(autograd, name) for name in autograd.__all__},
    **{name: getattr(nn, name) for name in nn.__all__},
}
MODULES = [
    "autograd", *[f"autograd.{name}" for name in (
        "backward", "check", "custom", "drawing", "forward", "functional", "optimize", "sparse", "trees",
    )],
    "nn", *[f"nn.{name}" for name in (
        "module", "layers", "losses", "optim", "schedules", "init", "penalties", "metrics", "data", "state", "storage", "rows",
        "history", "training", "demo",
    )],
]  # fmt: skip


def run_examples(text, name, **known):
    test = doctest.DocTestParser().get_doctest(text, {**EXAMPLES_KNOW, **known}, name, name, 0)
    report = []
    result = doctest.DocTestRunner(verbose=False).run(test, out=report.append)
    assert result.failed == 0, "".join(report)
    return result.attempted


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_modules(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # some write files
    module = importlib.import_module(name)
    texts = [module.__doc__] + [
        thing.__doc__ for thing in vars(module).values() if getattr(thing, "__module__", None) == name and thing.__doc__
    ]
    for text in texts:
        run_examples(text, name, **vars(module))


@pytest.mark.parametrize("name", sorted({*autograd.__all__, "abs", "max", "min"} - {"build"}))
def test_public_names_of_autograd_are_documented(name):
    thing = getattr(autograd, name)
    assert thing.__doc__ and len(thing.__doc__) > 40
    examples = run_examples(thing.__doc__, name)
    if inspect.isroutine(thing) and name not in ("is_grad_enabled",):
        assert examples >= 1, f"{name} has no example"


@pytest.mark.parametrize(
    "name", ["data", "grad", "label", "op", "parents", "local_derivatives", "detach", "conjugate", "backward"]
)
def test_members_of_value_are_documented(name):
    assert getattr(autograd.Value, name).__doc__


def test_examples_of_the_readme(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run_examples(python_examples((ROOT / "README.md").read_text()), "README.md") >= 5


def python_examples(markdown):
    """The doctest lines of a page, without its prose."""
    blocks = [block.split("```")[0] for block in markdown.split("```python\n")[1:]]
    return "\n".join(block for block in blocks if ">>>" in block)


def test_type_stubs_are_those_of_the_table():
    subprocess.run([sys.executable, ROOT / "tools" / "stubs.py", "--check"], check=True)
