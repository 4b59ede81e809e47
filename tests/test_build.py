"""Which build runs: the switch, the guard against stale extensions, and a machine with neither Cython nor a compiler."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from builds import BUILDS, ROOT

import autograd

PACKAGE = Path(autograd.__file__).parent
BUILT = "compiled" if any(PACKAGE.glob("engine/value.*.so")) or any(PACKAGE.glob("engine/value.*.pyd")) else "pure"


def run(code, folder=ROOT, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), **environment},
        capture_output=True,
        text=True,
        check=True,
    )


def copy_of_the_package(folder, *, extensions=True):
    ignored = shutil.ignore_patterns("__pycache__", *([] if extensions else ["*.so", "*.pyd", "_native.*.sha256"]))
    shutil.copytree(PACKAGE, folder / "autograd", ignore=ignored)
    return folder


SHOW = "import autograd; print(autograd.build, autograd.engine.value.__file__.rpartition('.')[2])"


def test_the_switch_selects_the_plain_files():
    assert run(SHOW, SCALAR_AUTOGRAD_PURE="1").stdout.split() == ["pure", "py"]
    assert run(SHOW, SCALAR_AUTOGRAD_PURE="0").stdout.split()[0] == BUILT


def test_without_extensions_the_plain_files_run_without_a_word(tmp_path):
    done = run(SHOW, copy_of_the_package(tmp_path, extensions=False), SCALAR_AUTOGRAD_PURE="")
    assert done.stdout.split() == ["pure", "py"]
    assert done.stderr == ""


def test_the_plain_files_need_no_cython(tmp_path):
    (tmp_path / "cython.py").write_text("raise ModuleNotFoundError('there is no Cython here')")
    code = f"{SHOW}; v = autograd.Value(2.0); (v * v).backward(); print(v.grad)"
    done = run(code, copy_of_the_package(tmp_path, extensions=False), SCALAR_AUTOGRAD_PURE="")
    assert done.stdout.split() == ["pure", "py", "4.0"]


EDITED = ["engine/value.py", "engine/primitives.py", "engine/_libm.pxd", "runtime/executor.pyx", "runtime/loops.pyx.tp"]
EDITED += ["runtime/kernel_table.py", "runtime/native_sources.py"]


@pytest.mark.parametrize("name", EDITED)
def test_an_edited_source_is_not_shadowed_by_its_extension(tmp_path, name):
    folder = copy_of_the_package(tmp_path)
    assert run(SHOW, folder, SCALAR_AUTOGRAD_PURE="").stdout.split()[0] == BUILT
    file = folder / "autograd" / name
    file.write_text(file.read_text() + "\n# edited\n")
    done = run(SHOW, folder, SCALAR_AUTOGRAD_PURE="")
    assert done.stdout.split() == ["pure", "py"]
    assert ("changed since its extensions were compiled" in done.stderr) == (BUILT == "compiled")
    assert ("make build" in done.stderr) == (BUILT == "compiled")


def test_importing_loads_nothing_heavy():
    heavy = ["numpy", "scipy", "graphviz", "matplotlib", "sklearn", "tqdm"]
    assert run(f"import sys, autograd, nn; print([m for m in {heavy} if m in sys.modules])").stdout.strip() == "[]"


def test_both_builds_say_what_they_are():
    for name, module in BUILDS.items():
        assert module.build == name


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_make_builds_again_where_a_source_is_newer_and_not_where_bytecode_is(tmp_path):
    shutil.copy(ROOT / "Makefile", tmp_path)
    sources = ["setup.py", "pyproject.toml", "autograd/__init__.py", "autograd/engine/value.py", "autograd/engine/value.pxd"]
    built, bytecode = [".venv/.venv", ".venv/.build"], ["autograd/__pycache__/__init__.cpython-311.pyc"]
    for age, name in enumerate([*sources, *built, *bytecode]):
        place = tmp_path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
        os.utime(place, (1e9 + age, 1e9 + age))

    def is_built():
        return subprocess.run(["make", "-q", ".venv/.build"], cwd=tmp_path, capture_output=True).returncode == 0

    assert is_built()
    os.utime(tmp_path / "autograd/engine/value.pxd", (2e9, 2e9))
    assert not is_built()
