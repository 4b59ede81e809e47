"""What the site adds to its pages: the index of the course's terms, and what is said of blocks that cannot run in a page."""

import importlib
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from builds import ROOT

from autograd.pictures.pages import framed

pytest.importorskip("sphinx")


def extension(name: str, folder: str = "_ext") -> ModuleType:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(ROOT / "docs" / folder), *sys.path])
        return importlib.import_module(name)


def test_a_term_leads_to_the_notebook_that_explains_it() -> None:
    found = extension("terms").where_explained(ROOT / "notebooks")
    wanted = {
        "01_slopes": ["slope", "gradient", "nudge"],
        "03_chain_rule": ["chain rule", "topological order"],
        "04_one_weight": ["learning rate", "momentum", "local minimum"],
        "05_neurons": ["xor", "zero_grad", "bias", "neuron", "layer", "hidden layer"],
        "08_training": ["overfitting", "early stopping", "validation"],
        "09_what_goes_wrong": ["nan", "vanishing gradient"],
        "10_through_time": ["encoder", "recurrent"],
        "13_small_gpt": ["attention", "embedding"],
    }
    for notebook, terms in wanted.items():
        assert {term: found.get(term) for term in terms} == dict.fromkeys(terms, notebook)
    assert not found.keys() & {"value", "softmax", "hessian", "your aim", "end", "drag a weight"}, (
        "names have pages of their own"
    )


def test_a_block_that_a_page_cannot_run_says_why() -> None:
    page = extension("blocks").ToRead({"dask": "Dask", "torch": "PyTorch"})
    assert page.why("x = 1\nprint(x)") == ""
    assert page.why(">>> import torch, dask.array as da\n>>> a = da.ones(3)\n") == "a page has no Dask and no PyTorch"
    assert page.why(">>> b = a + x\n>>> b\narray(3)\n") == "it goes on from one above that does not run here"
    assert page.why("a = 2") == "" and page.why("a + x") == "", "made anew"
    assert page.why("b") and page.why("no (Python") == ""
    assert page.why("try:\n    import dask\nexcept ImportError:\n    pass") == "", "it knows what to do without"
    assert page.why("picture.save(1)", "a page draws no PDF") == "a page draws no PDF"


def test_a_page_in_its_frame_is_no_words() -> None:
    """Its scripts would be searched, and what stands in for it shown among what was found."""
    frame = extension("frames").FRAME
    kept = frame.fullmatch("\n" + framed('<p>page</p> > "', "c3RpbGw="))
    assert kept and "plays" not in kept[1] and "c3RpbGw=" not in kept[1] and "&lt;p&gt;page&lt;/p&gt;" in kept[1]
    assert frame.fullmatch("<p>text</p>") is None


def test_files_of_weights_are_those_of_safetensors(tmp_path: Path) -> None:
    ours, theirs = extension("page_safetensors", "_static"), pytest.importorskip("safetensors.numpy")
    arrays: dict[str, Any] = {
        "w": np.arange(6.0).reshape(2, 3),
        "a": np.array([1, 2]),
        "none": np.zeros((0, 2)),
        "b": np.array([True]),
    }
    for save, load in ((ours.save, theirs.load), (theirs.save, ours.load), (ours.save, ours.load)):
        again = load(save(arrays, {"format": "test"}))
        assert {name: (one.dtype, one.tolist()) for name, one in again.items()} == {
            name: (one.dtype, one.tolist()) for name, one in arrays.items()
        }
    weights = {"w": arrays["w"]}
    assert ours.save(weights, {"a": "b"}) == theirs.save(weights, {"a": "b"})
    whole = ours.save(weights)
    for damaged in (
        b"",
        whole[:-1],
        whole + b"0",
        whole[:12],
        whole.replace(b"F64", b"F99"),
        (2).to_bytes(8, "little") + b"[]",
    ):
        with pytest.raises(ours.SafetensorError):
            ours.load(damaged)


def test_a_page_finds_ours_where_it_has_no_safetensors(monkeypatch: pytest.MonkeyPatch) -> None:
    finder = extension("page_packages", "_static").InTheirPlace()
    for name in ("safetensors", "safetensors.numpy"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    numpy = importlib.import_module("safetensors.numpy")
    assert Path(numpy.__file__).name == "page_safetensors.py"
    assert json.loads(numpy.save({}, {"a": "b"})[8:]) == {"__metadata__": {"a": "b"}}
    assert issubclass(importlib.import_module("safetensors").SafetensorError, ValueError)
    assert finder.find_spec("numpy") is None
