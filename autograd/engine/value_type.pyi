"""Types for checkers and editors, of a module whose source has the types of C."""

from collections.abc import Callable
from typing import Any

def attach(name: str, function: Callable[..., Any]) -> None: ...
