"""What a person who imports autograd meets: the names that completion offers, help(), signatures, and a quick import."""

import inspect
import pydoc
import rlcompleter
import subprocess
import sys
from types import ModuleType

import pytest
from builds import ROOT

import autograd

HEAVY = ("numpy", "scipy", "graphviz", "matplotlib", "inspect", "dataclasses", "decimal", "fractions")


def in_a_fresh_python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_names_in_dir() -> None:
    names = dir(autograd)
    assert {"abs", "build", "compile", "draw", "explain", "Explanation", "max", "min", "optimize", "Program", "tanh"} < {*names}
    assert {*autograd.__all__} < {*names} and names == sorted(names)
    modules = [name for name in names if isinstance(getattr(autograd, name), ModuleType)]
    assert modules == ["optimize"]
    assert [name for name in names if name.startswith("_")] == ["__version__"]


def test_completion() -> None:
    completer = rlcompleter.Completer({"autograd": autograd})
    assert completer.complete("autograd.comp", 0) == "autograd.compile("
    assert completer.complete("autograd.opti", 0) == "autograd.optimize"
    assert completer.complete("autograd.Prog", 0) == "autograd.Program("
    assert completer.complete("autograd.copying", 0) is None
    assert completer.complete("autograd.eng", 0) is None


def test_every_name_can_be_imported() -> None:
    for name in dir(autograd):
        namespace: dict[str, object] = {}
        exec(f"from autograd import {name}", namespace)
        assert namespace[name] is getattr(autograd, name)
    with pytest.raises(ImportError, match="cannot import name 'no_such_name'"):
        exec("from autograd import no_such_name")


def test_a_star_hides_nothing_of_python_s() -> None:
    namespace: dict[str, object] = {}
    exec("from autograd import *", namespace)
    assert {*autograd.__all__} <= {*namespace}
    for name in ("abs", "compile", "max", "min"):
        assert name not in namespace


def test_import_is_lazy() -> None:
    show = f"import autograd, sys; print([name for name in {HEAVY} if name in sys.modules])"
    assert in_a_fresh_python(show) == "[]\n"
    array_libraries = show.replace("; ", "; autograd.compile, autograd.Program, autograd.explain, autograd.optimize; ", 1)
    assert not {"numpy", "scipy", "graphviz", "matplotlib"} & {*eval(in_a_fresh_python(array_libraries))}


def test_help_begins_with_what_one_can_do() -> None:
    text = pydoc.plain(pydoc.render_doc(autograd))
    tour = text.partition("PACKAGE CONTENTS")[0]
    for task in ("Record:", "Differentiate:", "Look:", "Compile:", "Optimise:", "Check:"):
        assert task in tour
    named = {"no_grad", "gradients", "hessian", "draw", "explain", "compile", "minimize", "check_gradients", "detect_anomaly"}
    assert all(name in tour for name in named)


def test_signatures(ag: ModuleType) -> None:
    assert str(inspect.signature(ag.Value)) == "(data, label='')"
    assert str(inspect.signature(ag.tanh)) == "(x)"
    assert str(inspect.signature(ag.clip)) == "(x, a_min=None, a_max=None)"
    assert [*inspect.signature(ag.grad).parameters] == ["f", "argnums", "argnames", "has_aux", "wrt"]
    assert "Value(data, label='')" in pydoc.plain(pydoc.render_doc(ag.Value))
    assert "tanh(x)" in pydoc.plain(pydoc.render_doc(ag.tanh))
    for name in dir(ag):
        thing = getattr(ag, name)
        if inspect.isroutine(thing):
            assert inspect.signature(thing)
