"""What a person who imports nn meets: the names that completion offers, and a quick import."""

import rlcompleter
import subprocess
import sys
from importlib.util import find_spec
from types import ModuleType

from builds import ROOT

import nn

HEAVY = ("numpy", "scipy", "sklearn", "graphviz", "matplotlib", "tqdm", "safetensors")


def test_names_in_dir():
    names = dir(nn)
    assert names == sorted(names)
    assert set(names) == {*nn.__all__, *(nn.ESTIMATORS if find_spec("sklearn") else [])}
    assert len(names) == len(set(names))
    assert {"MLP", "SGD", "AdamW", "cross_entropy", "fit", "load", "draw_network"} < set(names)
    assert [name for name in names if isinstance(getattr(nn, name), ModuleType)] == [
        "data",
        "init",
        "metrics",
        "plots",
        "state",
    ]


def test_completion():
    completer = rlcompleter.Completer({"nn": nn})
    assert completer.complete("nn.manual", 0) == "nn.manual_seed("
    assert completer.complete("nn.Adag", 0) == "nn.Adagrad("
    assert completer.complete("nn.metr", 0) == "nn.metrics"
    for internal in ("nn.watch", "nn.stor", "nn.argum", "nn.activations", "nn.trai", "nn.bri", "nn.math", "nn.Value"):
        assert completer.complete(internal, 0) is None


def test_every_name_can_be_imported():
    for name in dir(nn):
        namespace = {}
        exec(f"from nn import {name}", namespace)
        assert namespace[name] is getattr(nn, name)


def test_import_is_light():
    show = f"import sys, nn; dir(nn); print([name for name in {HEAVY} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", show], cwd=ROOT, capture_output=True, text=True, check=True).stdout == "[]\n"
