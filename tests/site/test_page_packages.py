"""Packages that a page brings when they are imported, without a page: docs/_static/page_packages.py, docs/_ext/blocks.py."""

import hashlib
import importlib
import io
import json
import site
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from builds import ROOT

sys.path[:0] = [str(ROOT / "docs" / "_static"), str(ROOT / "docs" / "_ext")]
building = importlib.import_module("blocks")
packages = importlib.import_module("page_packages")


def archive(files: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, text in files.items():
            made.writestr(name, text)
    return file.getvalue()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(site, "getsitepackages", lambda: [str(tmp_path)])
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    monkeypatch.setattr(packages, "LIBRARIES", str(tmp_path / "lib"))
    return tmp_path


def test_an_import_brings_what_it_needs_once(folder: Path) -> None:
    contents = {
        "low.whl": archive({"low_part/__init__.py": "x = 1\n"}),
        "shared.zip": archive({"libfast.so": "code"}),
        "high.whl": archive({"high_part/__init__.py": "from low_part import x\ny = x + 1\n"}),
    }
    read, linked = list[str](), list[str]()
    needed = {"low_part": ["low.whl"], "high_part": ["low.whl", "shared.zip", "high.whl"]}
    finder = packages.Bringer(needed, lambda name: read.append(name) or contents[name], linked.append)
    sys.meta_path.insert(0, finder)
    assert importlib.import_module("low_part").x == 1
    assert read == ["low.whl"]
    assert importlib.import_module("high_part").y == 2
    assert read == ["low.whl", "shared.zip", "high.whl"]
    assert linked == [str(folder / "lib" / "libfast.so")] and Path(linked[0]).read_text() == "code"
    importlib.reload(importlib.import_module("low_part"))
    assert len(read) == 3


def test_other_imports_are_left_to_the_finders_of_python(folder: Path) -> None:
    """Also those that the finder itself makes."""
    finder = packages.Bringer({"numpy": ["numpy.whl"]}, lambda _: pytest.fail("nothing is to be read"), print)
    sys.meta_path.insert(0, finder)
    assert finder.find_spec("numpy_of_another_name") is None
    with pytest.raises(ModuleNotFoundError, match="no_such_part"):
        importlib.import_module("no_such_part")


def test_what_cannot_be_read_is_asked_for_again(folder: Path) -> None:
    answers: list[Any] = [ImportError("late.whl lies not beside the page"), archive({"late_part.py": "z = 3\n"})]

    def read(name: str) -> bytes:
        answer = answers.pop(0)
        if isinstance(answer, ImportError):
            raise answer
        return bytes(answer)

    sys.meta_path.insert(0, packages.Bringer({"late_part": ["late.whl"]}, read, print))
    with pytest.raises(ImportError, match=r"late\.whl lies not beside"):
        importlib.import_module("late_part")
    assert importlib.import_module("late_part").z == 3


def locked(**contents: bytes) -> dict[str, Any]:
    """As a lock file has them: a package for each, and SciPy needs NumPy."""
    needs = {"scipy": ["numpy"]}
    return {
        name: {"file_name": f"{name}.whl", "sha256": hashlib.sha256(content).hexdigest(), "depends": needs.get(name, [])}
        for name, content in contents.items()
    }


def carrier(path: Path, **contents: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as made:
        for name, content in contents.items():
            made.writestr(f"carrier/assets/{name}.whl", content)
    return path


def test_builds_are_taken_that_are_what_was_released(tmp_path: Path) -> None:
    known = locked(numpy=b"arrays", scipy=b"science", dask=b"tasks")
    found = building.carried_builds(known, [carrier(tmp_path / "a.whl", numpy=b"arrays", dask=b"tasks", other=b"?")])
    assert found == {"numpy.whl": b"arrays"}
    assert building.archives(known, found) == {"numpy": ["numpy.whl"]}
    both = building.carried_builds(known, [carrier(tmp_path / "b.whl", scipy=b"science"), tmp_path / "a.whl"])
    assert building.archives(known, both) == {"numpy": ["numpy.whl"], "scipy": ["numpy.whl", "scipy.whl"]}
    assert building.archives(known, {"scipy.whl": b""}) == {}


def test_a_build_that_was_changed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"numpy\.whl in a\.whl is not what Pyodide released"):
        building.carried_builds(locked(numpy=b"arrays"), [carrier(tmp_path / "a.whl", numpy=b"others")])


@pytest.fixture
def blocks(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.delitem(sys.modules, "page_plots", raising=False)
    found = importlib.import_module("run_blocks")
    found.forget()
    return found


def put_out(blocks: ModuleType, source: str) -> Any:
    return json.loads(blocks.run(source, ""))["shown"]


def test_figures_of_matplotlib_are_shown_once(blocks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    plt = importlib.import_module("matplotlib.pyplot")
    monkeypatch.setitem(matplotlib.rcParams, "svg.fonttype", "path")  # so that it is put back
    plt.close("all")  # what another test has left open
    before = matplotlib.get_backend()
    plt.switch_backend(f"module://{blocks.BACKEND}")
    try:
        draw = "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\ntitle = axes.set_title('two numbers')\n"
        (shown,) = put_out(blocks, draw)
        assert shown["kind"] == "image/svg+xml" and shown["text"].startswith("<svg") and ">two numbers</text>" in shown["text"]
        assert put_out(blocks, "1\n") == [{"kind": "text", "text": "1\n"}]
        again = put_out(blocks, ">>> figure\n<Figure size 640x480 with 1 Axes>\n")
        assert [part["kind"] for part in again] == ["text", "image/svg+xml"]
    finally:
        plt.switch_backend(before)
