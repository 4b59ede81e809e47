"""Which build of the loops runs: the widest that the processor has. All give the same bits."""

from __future__ import annotations

import importlib
import os
from types import ModuleType

from .._native import INSTRUCTION_SETS

WIDEST_FIRST = tuple(reversed(INSTRUCTION_SETS))


def available() -> list[str]:
    """The instruction sets that both this processor and this build have, the widest first. The last is "baseline"."""
    supports = module("loops", "baseline").supports
    return [name for name in WIDEST_FIRST if supports(name) and _module("loops", name) is not None] + ["baseline"]


def chosen() -> str:
    """The widest; or what SCALAR_AUTOGRAD_INSTRUCTIONS says, to compare them. ValueError if the compiled build has not that."""
    wanted = os.environ.get("SCALAR_AUTOGRAD_INSTRUCTIONS", "")
    there = available()
    if wanted and wanted not in there:
        raise ValueError(f"SCALAR_AUTOGRAD_INSTRUCTIONS={wanted!r}, and here there is {', '.join(there)}")
    return wanted or there[0]


def module(name: str, instructions: str) -> ModuleType:
    """A module's build for an instruction set."""
    found = _module(name, instructions)
    if found is None:
        raise ImportError(f"autograd.runtime.{name} was not built for {instructions}")
    return found


def _module(name: str, instructions: str) -> ModuleType | None:
    full = f"{__package__}.{name}" + ("" if instructions == "baseline" else f"_{instructions}")
    try:
        return importlib.import_module(full)
    except ModuleNotFoundError as problem:
        if problem.name != full:
            raise
        return None
