"""Docstrings and pages: every example in them runs and prints what it says, every public name has one, links lead somewhere."""

import codeop
import doctest
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import tomllib
import traceback
from pathlib import Path

import pytest
import yaml
from builds import ROOT

import autograd
import nn
from autograd import course, optimize

EXAMPLES_KNOW = {
    "autograd": autograd,
    **{name: getattr(autograd, name) for name in autograd.__all__},
    **{name: getattr(nn, name) for name in nn.__all__},
}
MODULES = [
    name
    for package in (autograd, nn)
    for name in [package.__name__, *(found.name for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))]
    if not name.endswith(("__main__", "_avx2", "_avx512"))
]


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    """Some examples write files."""
    monkeypatch.chdir(tmp_path)


def message_without_notes(kind, problem, real=traceback.format_exception_only):
    lines = real(kind, problem)
    notes = sum(len(str(note).splitlines()) for note in getattr(problem, "__notes__", []))
    return lines[: len(lines) - notes] if notes else lines


def run_examples(text, name, known=None, first=EXAMPLES_KNOW):
    test = doctest.DocTestParser().get_doctest(text, {**first, **(known or {}), "__name__": "__main__"}, name, name, 0)
    report = []
    with pytest.MonkeyPatch.context() as patch:
        if sys.version_info < (3, 11, 7):  # doctest took the last note of an error for its message
            patch.setattr("traceback.format_exception_only", message_without_notes)
        result = doctest.DocTestRunner(verbose=False).run(test, out=report.append)
    assert result.failed == 0, "".join(report)
    return result.attempted


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_modules(name):
    module = importlib.import_module(name)
    own = [thing for thing in vars(module).values() if getattr(thing, "__module__", None) == name]
    members = [member for thing in own if inspect.isclass(thing) for member in vars(thing).values()]
    own += [member for member in members if getattr(member, "__module__", name) == name]
    for text in [module.__doc__, *(getattr(thing, "__doc__", None) for thing in own)]:
        if isinstance(text, str):
            run_examples(text, name, vars(module))


@pytest.mark.parametrize("name", sorted({*autograd.__all__, "abs", "max", "min"} - {"build"}))
def test_public_names_of_autograd_are_documented(name):
    thing = getattr(autograd, name)
    assert thing.__doc__ and len(thing.__doc__) > 40
    examples = run_examples(thing.__doc__, name)
    if inspect.isroutine(thing) and name not in ("is_grad_enabled",):
        assert examples >= 1, f"{name} has no example"


@pytest.mark.parametrize("module", [nn, nn.data, nn.init, nn.metrics, nn.plots, optimize, course], ids=lambda m: m.__name__)
def test_public_names_of_nn_are_documented(module):
    names = getattr(module, "__all__", None) or [
        name for name, thing in vars(module).items() if getattr(thing, "__module__", "") == module.__name__
    ]
    missing = []
    for name in names:
        thing = getattr(module, name)
        if name.startswith("_") or not (inspect.isclass(thing) or inspect.isfunction(thing)):
            continue
        assert thing.__doc__ and len(thing.__doc__) > 40, name
        home = sys.modules[thing.__module__]
        if run_examples(thing.__doc__, name, vars(home)) < 1:
            missing.append(name)
    assert not missing, "these have no example"


@pytest.mark.parametrize(
    "name", ["data", "grad", "label", "origin", "op", "parents", "local_derivatives", "detach", "conjugate", "backward"]
)
def test_members_of_value_are_documented(name):
    assert getattr(autograd.Value, name).__doc__


PAGES = sorted(
    str(page.relative_to(ROOT).with_suffix("")) for page in (ROOT / "docs").rglob("*.md") if "_build" not in page.parts
)
RECIPES = [page for page in PAGES if page.startswith("docs/howto/") and not page.endswith("/index")]
AT_LEAST = {"README": 10, "docs/guide": 50, "docs/compile": 6, "docs/dask": 15}
AT_LEAST |= {"docs/embedding": 5, "docs/seeing": 3, "docs/film": 5}
"""How many examples these have at least."""


def test_the_readme_can_be_read_in_five_minutes():
    assert len((ROOT / "README.md").read_text().splitlines()) < 200


@pytest.mark.parametrize("page", ["README", *PAGES])
def test_examples_of_pages(page):
    examples = python_examples((ROOT / f"{page}.md").read_text())
    if page in RECIPES:  # copied from the page into an empty folder, it runs
        assert run_examples(examples, page, first={}) >= 3
    else:
        assert run_examples(examples, page) >= AT_LEAST.get(page, 0)


@pytest.mark.parametrize("page", ["README", "docs/tour"])
def test_what_a_newcomer_meets_first_can_be_typed_line_by_line(page):
    """An indented block ends only with an empty line, where it is typed: doctest does not mind."""
    lines = re.findall(r"^(?:>>>|\.\.\.)(?: (.*))?$", (ROOT / f"{page}.md").read_text(), re.MULTILINE)
    waiting = []
    for line in lines:
        waiting.append(line)
        if codeop.compile_command("\n".join(waiting), symbol="single") is not None:
            waiting = []
    assert len(lines) > 10 and waiting == []


def test_every_recipe_is_in_the_list_of_them_and_is_short():
    listed = (ROOT / "docs/howto/index.md").read_text()
    for recipe in RECIPES:
        text = (ROOT / f"{recipe}.md").read_text()
        title = text.splitlines()[0].removeprefix("# ")
        assert f"- [{title}]({Path(recipe).name}.md)\n" in listed
        assert "**Look at**" in text and len(text.splitlines()) < 90
    assert len(RECIPES) >= 20 and listed.count("\n- [") == len(RECIPES)


@pytest.mark.parametrize(
    "page",
    [
        "README",
        "ARCHITECTURE",
        "CONTRIBUTING",
        "SECURITY",
        "CODE_OF_CONDUCT",
        "benchmarks/README",
        "autograd/engine/README",
        *PAGES,
    ],
)
def test_links_lead_to_files(page):
    file = ROOT / f"{page}.md"
    for link in links_of(file):
        assert link.exists(), f"{page}.md: there is no {link}"
    named = re.findall(r"(?:autograd|nn|tests|tools)/[\w/.]+\.(?:pyx\.tp|pyx|pxd|py|md)\b", file.read_text())
    for name in named:
        assert (ROOT / name).exists(), f"{page}.md: there is no {name}"


def test_what_hosts_and_libraries_read_is_well_formed():
    """The citation says what LICENSE and pyproject.toml say; issue forms have what a form needs."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert (citation["title"], citation["license"]) == (project["name"], project["license"])
    assert citation["abstract"].split(" engine")[0] == project["description"].split(" engine")[0]
    assert citation["authors"][0]["name"] in (ROOT / "LICENSE").read_text()
    forms = [file for file in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if file.stem != "config"]
    assert len(forms) >= 3
    for form in forms:
        asked = yaml.safe_load(form.read_text())
        assert asked["name"] and asked["description"] and all(part["attributes"]["label"] for part in asked["body"])
        assert any(part.get("validations", {}).get("required") for part in asked["body"])


def test_what_is_promised_of_security_is_tested():
    """Every paragraph and line of the promises names a test that there is."""
    promises = (ROOT / "SECURITY.md").read_text().split("## What is promised")[1].split("\n## ")[0]
    parts = re.split(r"\n\n|\n- ", promises)[2:]
    for part in parts:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", part)
        assert named or part.startswith("**A file is loaded"), part
        for file, test in named:
            assert f"def {test}(" in (ROOT / file).read_text(), f"{file} has no {test}"
    assert len(parts) > 8


def test_the_architecture_names_every_file_of_the_packages():
    endings = (".py", ".pyx", ".tp")
    files = {file for package in ("autograd", "nn") for file in (ROOT / package).rglob("*") if file.suffix in endings}
    assert {file for file in files if file.name != "__init__.py"} <= links_of(ROOT / "ARCHITECTURE.md")


def test_every_make_target_is_described():
    makefile = (ROOT / "Makefile").read_text()
    targets = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[1].split()
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []
    described = (ROOT / "CONTRIBUTING.md").read_text() + (ROOT / "README.md").read_text()
    assert [target for target in targets if not re.search(rf"\bmake {target}\b", described)] == []


def links_of(page):
    """The files that a page leads to."""
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    return {(page.parent / target).resolve() for target in targets}


def python_examples(markdown):
    """The doctest lines of a page, without its prose."""
    blocks = [block.split("```")[0] for block in markdown.split("```python\n")[1:]]
    return "\n".join(block for block in blocks if ">>>" in block)


def test_type_stubs_are_those_of_the_table():
    subprocess.run([sys.executable, ROOT / "tools" / "stubs.py", "--check"], check=True)
