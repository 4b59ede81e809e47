"""Types for checkers and editors, of a module whose source has the types of C."""

from collections.abc import Callable
from types import CodeType, TracebackType
from typing import Any, Literal, Self, TypeVar, overload

from .protocols import Notes, Trace

Function = TypeVar("Function", bound=Callable[..., Any])

OWN: tuple[str, ...]

class Block:
    def change(self, modes: Any) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]: ...
    def __call__(self, function: Function) -> Function: ...

class Switch(Block):
    @overload
    def __new__(cls) -> Self: ...
    @overload
    def __new__(cls, function: Function) -> Function: ...  # type: ignore[misc]

class no_grad(Switch): ...  # noqa: N801 (the field's name)
class enable_grad(Switch): ...  # noqa: N801 (the field's name)

class Call(enable_grad):
    around: Call | None

class recording_origins(Block): ...  # noqa: N801 (as no_grad)

class tracing(recording_origins):  # noqa: N801
    def __init__(self, trace: Trace | None) -> None: ...

class noting(recording_origins):  # noqa: N801
    def __init__(self, notes: Notes) -> None: ...

def notes_here() -> Notes | None: ...
def trace_here() -> Trace | None: ...
def is_part_of_a_graph() -> bool: ...

class unwatched(Block): ...  # noqa: N801

def calling_line() -> tuple[str, int, CodeType, int] | None: ...
def is_grad_enabled() -> bool: ...
def is_anomaly_enabled() -> bool: ...
