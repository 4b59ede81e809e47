"""The two builds of the engine, side by side in one process: `autograd` as imported, and its plain Python files."""

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import autograd

ROOT = Path(__file__).parents[2]


def load_pure() -> ModuleType:
    """The same files, imported uncompiled under the name `autograd_pure`."""
    if "autograd_pure" in sys.modules:
        return sys.modules["autograd_pure"]
    folder = Path(autograd.__file__).parent
    spec = importlib.util.spec_from_file_location(
        "autograd_pure", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["autograd_pure"] = module
    before = os.environ.get("SCALAR_AUTOGRAD_PURE")
    os.environ["SCALAR_AUTOGRAD_PURE"] = "1"
    try:
        spec.loader.exec_module(module)
    finally:
        if before is None:
            del os.environ["SCALAR_AUTOGRAD_PURE"]
        else:
            os.environ["SCALAR_AUTOGRAD_PURE"] = before
    return module


BUILDS: dict[str, ModuleType] = {}
if autograd.build == "compiled":
    BUILDS["compiled"] = autograd
BUILDS["pure"] = load_pure()


class Counted:
    """A function that counts its calls."""

    def __init__(self, f):
        self.f = f
        self.calls = 0

    def __call__(self, *args):
        self.calls += 1
        return self.f(*args)
