"""What files of source are called: cells of a notebook by their numbers, files of packages from where they are imported."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from IPython.core.compilerop import CachingCompiler

import autograd
import nn
from autograd.texts import short_source_name, source_name


@pytest.fixture
def cell(monkeypatch: pytest.MonkeyPatch) -> str:
    """The file of a cell, as IPython compiles it."""
    compiler = CachingCompiler()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: SimpleNamespace(compile=compiler)))
    return compiler.cache("x = 1", 7)


def test_a_cell_is_called_as_the_notebook_calls_it(cell: str) -> None:
    assert source_name(cell) == short_source_name(cell) == "In[7]"
    assert source_name(__file__) == __file__, "a file that is no cell keeps its name there, too"


def test_programs_and_anomalies_name_the_cell(cell: str) -> None:
    code = compile("def f(x):\n    return x.log() if x < 1 else x", cell, "exec")
    namespace: dict[str, object] = {}
    exec(code, namespace)
    f = namespace["f"]
    fast = autograd.compile(f)
    fast(0.5)
    program = fast.programs[0]
    assert "In[7]:2" in str(program).splitlines()[1] and "In[7]:2" in str(program).splitlines()[-1]
    assert "(In[7]:2)" in program.to_javascript() and cell not in str(program) + program.to_javascript() + program.draw().source
    with autograd.detect_anomaly(), pytest.raises(autograd.AnomalyError, match=r"at In\[7\] line 2"):
        f(autograd.Value(0.0))


def test_without_a_notebook_a_file_is_its_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    assert source_name(__file__) == __file__
    monkeypatch.delitem(sys.modules, "IPython")
    assert source_name(__file__) == __file__


def test_a_short_name_starts_where_the_file_is_imported_from(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert short_source_name(nn.layers.__file__) == "nn/layers.py"
    monkeypatch.setattr(sys, "path", ["", str(tmp_path), str(tmp_path / "inside")])
    assert short_source_name(str(tmp_path / "inside" / "of" / "it.py")) == "of/it.py", (
        "of folders in one another, the inner one"
    )
    assert short_source_name(str(Path("/somewhere/else.py"))) == str(Path("/somewhere/else.py"))
