"""A program of a function, straight from its recording: without what a compiled function does with it."""

from collections.abc import Callable
from typing import Any

from autograd.compiler.arguments import Arguments
from autograd.compiler.program import Program
from autograd.compiler.recorded import Recorded


def program_of(f: Callable[..., Any], *args: Any) -> Program:
    """What f(*args) computes."""
    return Recorded(f, Arguments([(None, arg, None) for arg in args])).program
