"""Types for checkers and editors, of a module whose source has the types of C."""

from contextlib import ContextDecorator
from types import TracebackType
from typing import Literal, Self

from .protocols import Trace

class Block(ContextDecorator):
    kind: str
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]: ...

class no_grad(Block): ...  # noqa: N801 (the field's name)

class enable_grad(ContextDecorator):  # noqa: N801 (the field's name)
    def __enter__(self) -> enable_grad: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]: ...

class Call(enable_grad):
    around: Call | None
    def __enter__(self) -> Call: ...

class recording_origins(Block): ...  # noqa: N801 (as no_grad)

class tracing(recording_origins):  # noqa: N801
    def __init__(self, trace: Trace) -> None: ...

def trace_here() -> Trace | None: ...

class unwatched(Block): ...  # noqa: N801

def calling_line() -> tuple[str, int] | None: ...
def is_grad_enabled() -> bool: ...
def is_anomaly_enabled() -> bool: ...
