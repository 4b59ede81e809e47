"""What a package says of itself: once, and the same everywhere. What is built is tried by tools/release_check.sh."""

import re
import tomllib

import pytest
import yaml
from builds import ROOT
from pythons import VERSIONS

import autograd

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def test_the_version_is_written_in_one_place():
    assert "version" not in PROJECT["project"] and PROJECT["project"]["dynamic"] == ["version"]
    assert PROJECT["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "autograd.__version__"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", autograd.__version__)
    written = [
        file for file in ROOT.glob("*.*") if file.is_file() and f'"{autograd.__version__}"' in file.read_text(errors="ignore")
    ]
    assert not written


def test_every_place_names_the_same_pythons():
    assert PROJECT["project"]["requires-python"] == f">={VERSIONS[0]}"
    assert PROJECT["tool"]["ruff"]["target-version"] == "py" + VERSIONS[0].replace(".", "")
    wheels = PROJECT["tool"]["cibuildwheel"]["build"].split()
    assert wheels == [f"cp{version.replace('.', '')}-*" for version in VERSIONS]
    test = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())
    assert test["jobs"]["test"]["strategy"]["matrix"]["python"] == VERSIONS


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_workflows_are_well_formed(file):
    """Every step runs something or uses a pinned action, every command and file is there, and no job goes on without end."""
    text = file.read_text()
    assert "Written without having been run" in text.splitlines()[0]
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {"contents": "read"}
    targets = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(), flags=re.M))
    for name, job in workflow["jobs"].items():
        assert job["timeout-minutes"] <= 90, name
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step), step
            assert "uses" not in step or re.fullmatch(r"[\w./-]+@v[\d.]+", step["uses"]), step
            assert set(re.findall(r"\bmake ([\w-]+)", step.get("run", ""))) <= targets, step
            assert all((ROOT / path).exists() for path in re.findall(r"tools/[\w.]+", step.get("run", ""))), step
    assert {path.name for path in WORKFLOWS} == {"test.yml", "wheels.yml"}


def test_every_file_of_the_packages_is_packed():
    """Folders by their names in pyproject.toml, and in them Python's files and what package-data names."""
    named, data = PROJECT["tool"]["setuptools"]["packages"], PROJECT["tool"]["setuptools"]["package-data"]
    packed = set()
    for package in named:
        folder = ROOT.joinpath(*package.split("."))
        for pattern in ["*.py", *data["*"], *data.get(package, [])]:
            packed |= set(folder.glob(pattern))
    built = {".so", ".pyd", ".pyc", ".sha256"}
    there = {
        file for top in ("autograd", "nn") for file in (ROOT / top).rglob("*") if file.is_file() and file.suffix not in built
    }
    assert there <= packed
