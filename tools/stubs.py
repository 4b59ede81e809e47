"""Writes the .pyi files of the compiled modules: their sources carry C types, and their functions are made from the table.

python tools/stubs.py           writes them
python tools/stubs.py --check   exit code 1 when one is not what would be written
"""

import sys
from pathlib import Path

from autograd.engine.functions import OPERATORS
from autograd.engine.primitives import PRIMITIVES

FOLDER = Path(__file__).parent.parent / "autograd"
HEADER = '"""Types for checkers and editors; written by tools/stubs.py."""\n\n'

PRIMITIVES_STUB = """from collections.abc import Callable
from typing import Any

class Primitive:
    name: str
    code: int
    arity: int | None
    symbol: str
    domain: tuple[Any, ...]
    kinks: tuple[float, ...]
    defaults: tuple[float, ...]
    inline: bool
    flat: bool
    doc: str
    advice: str
    forward: Callable[..., float] | None
    slopes: Any
    def __init__(
        self,
        name: str,
        arity: int | None,
        domain: tuple[Any, ...],
        doc: str,
        *,
        symbol: str = "",
        kinks: tuple[float, ...] = (),
        defaults: tuple[float, ...] = (),
        inline: bool = False,
        flat: bool = False,
    ) -> None: ...

PRIMITIVES: list[Primitive]
BY_NAME: dict[str, Primitive]
FLAT_PARTS: dict[str, Callable[..., float]]

def slope_of(row: Primitive, i: int) -> Callable[..., float]: ...
"""

VALUE_STUB = """from collections.abc import Callable, Sequence
from contextlib import ContextDecorator
from types import TracebackType
from typing import Any, Literal, Self, SupportsFloat, final

from .primitives import Primitive

Number = SupportsFloat | int

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

class recording_origins(Block): ...  # noqa: N801 (as no_grad)

class tracing(recording_origins):  # noqa: N801
    def __init__(self, trace: Any) -> None: ...

def trace_here() -> Any: ...

class unwatched(Block): ...  # noqa: N801

def is_grad_enabled() -> bool: ...
def is_anomaly_enabled() -> bool: ...
def examine_with(
    function: Callable[[Value, str, list[tuple[Value | float, float | None]], tuple[str, int] | None], None],
) -> None: ...

@final
class Value:
    def __init__(self, data: Number, label: str = "") -> None: ...
    @property
    def data(self) -> float: ...
    @data.setter
    def data(self, value: Number) -> None: ...
    @property
    def grad(self) -> float: ...
    @grad.setter
    def grad(self, value: Number) -> None: ...
    @property
    def label(self) -> str: ...
    @label.setter
    def label(self, text: str) -> None: ...
    @property
    def origin(self) -> tuple[str, int] | None: ...
    @property
    def op(self) -> str: ...
    @property
    def parents(self) -> tuple[Value, ...]: ...
    @property
    def local_derivatives(self) -> tuple[float, ...]: ...
    def detach(self) -> Value: ...
    def conjugate(self) -> Value: ...
    @staticmethod
    def _flat(name: str, x: Value | float, y: Value | float | None = None) -> Value: ...
    def backward(self) -> None: ...
    def clip(self, a_min: Value | Number | None = None, a_max: Value | Number | None = None) -> Value: ...
    def __neg__(self) -> Value: ...
    def __pos__(self) -> Value: ...
    def __abs__(self) -> Value: ...
    def __round__(self, digits: int | None = None) -> Value: ...
    def __floor__(self) -> Value: ...
    def __ceil__(self) -> Value: ...
    def __trunc__(self) -> Value: ...
    def __bool__(self) -> bool: ...
    def __hash__(self) -> int: ...
"""

FUNCTIONS_STUB = """from collections.abc import Iterable
from typing import Any, overload

from .primitives import Primitive
from .value import Number, Value

FUNCTIONS: dict[str, Any]
OPERATORS: frozenset[str]

def apply_many(row: Primitive, operands: Iterable[Value | Number]) -> Any: ...
"""

# A list of Values gives a Value, a list of numbers a float; of a mixed one no type can tell.
LIST_FUNCTIONS = """@overload
def dot(xs: Iterable[Value], ys: Iterable[Value] | Iterable[Number] | Iterable[Value | Number]) -> Value: ...
@overload
def dot(xs: Iterable[Number], ys: Iterable[Value]) -> Value: ...
@overload
def dot(xs: Iterable[Number], ys: Iterable[Number]) -> float: ...
@overload
def dot(xs: Iterable[Value | Number], ys: Iterable[Value | Number]) -> Any: ...
"""

REDUCTION = """@overload
def NAME(xs: Iterable[Value]) -> Value: ...
@overload
def NAME(xs: Iterable[Number]) -> float: ...
@overload
def NAME(xs: Iterable[Value | Number]) -> Any: ...
"""

COMPONENTS = """@overload
def NAME(xs: Iterable[Value], index: None = None) -> list[Value]: ...
@overload
def NAME(xs: Iterable[Value], index: int) -> Value: ...
@overload
def NAME(xs: Iterable[Number], index: None = None) -> list[float]: ...
@overload
def NAME(xs: Iterable[Number], index: int) -> float: ...
@overload
def NAME(xs: Iterable[Value | Number], index: int | None = None) -> Any: ...
"""

CHOICES = """@overload
def clip(x: Value, a_min: Value | Number | None = None, a_max: Value | Number | None = None) -> Value: ...
@overload
def clip(x: Number, a_min: Number | None = None, a_max: Number | None = None) -> float: ...
@overload
def clip(x: Value | Number, a_min: Value | Number | None = None, a_max: Value | Number | None = None) -> Any: ...
@overload
def where(condition: Any, x: Value, y: Value | Number) -> Value: ...
@overload
def where(condition: Any, x: Number, y: Value) -> Value: ...
@overload
def where(condition: Any, x: Number, y: Number) -> float: ...
"""

BACKWARD_STUB = """from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from .value import Value

Result = TypeVar("Result")

def backward(self: Value) -> None: ...
def topological_order(root: Value) -> list[Value]: ...
def order_down_to(xs: Sequence[Value], root: Value) -> list[Value]: ...
def gradients(y: Value, xs: Sequence[Value], *, strict: bool = False) -> list[Value]: ...
def adjoints_in_values(order: Sequence[Value], y: Value, xs: Sequence[Value]) -> list[Value]: ...
def weighted_sum(ys: Sequence[Value | float], weights: Sequence[Value | float]) -> Value: ...
def dependent(order: Sequence[Value], xs: Sequence[Value]) -> set[int]: ...
def wanted_slopes(v: Value, operands: Sequence[Any], wanted: list[int]) -> list[tuple[int, Any]]: ...
def next_pass() -> int: ...
def exclusively(work: Callable[..., Result], *operands: Any) -> Result: ...
def not_while_traced() -> None: ...
def pullback(y: Value, xs: Sequence[Value]) -> list[float]: ...
"""

EXECUTOR_STUB = """from array import array
from typing import Any, Protocol

class Plan(Protocol):
    code: array[int]
    before: list[Any]
    setup: tuple[int, int]
    body: list[Any]
    constants: list[Any]
    shared: int
    rows: int
    sums: int
    guarded: bool
    reduced: bool
    outputs: list[Any]
    input_columns: array[int]
    input_places: array[int]
    output_places: array[int]
    fixed: array[int]
    summed: array[int]
    factors: array[int]
    more: array[int]

def use(instructions: str) -> None: ...
def processors() -> int: ...

class Runner:
    plan: Plan
    guarded: bool
    reduced: bool
    sums: int
    inputs: int
    outputs: int
    def __init__(self, plan: Plan) -> None: ...
    def at_point(self, pieces: list[Any]) -> tuple[list[float], bool]: ...
    def over_rows(
        self, pieces: list[Any], tables: list[Any], rows: int, results: Any, holds: Any, threads: int = 0, anyway: bool = False
    ) -> bool: ...
"""

CALLING_STUB = """from typing import Any

from ..derivatives.trees import Tree
from ..engine.value import Value
from ..runtime.executor import Runner

class Caller:
    def __init__(self) -> None: ...
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...
    def called(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any: ...
    def remember(
        self, runner: Runner, kinds: list[tuple[str, Any]] | None, tree: Tree, captured: list[Value], mean: bool
    ) -> None: ...
"""

WIDE_STUB = """from array import array
from collections.abc import Sequence

from ..runtime.python_rules import PythonRule
from .instructions import Guard, Listing

WITH_SHARED: dict[int, int]
SHARED_WITH: dict[int, int]

def shared_part(
    listing: Listing, varies: Sequence[bool], guards: Sequence[Guard]
) -> tuple[list[array[int] | PythonRule], list[int], int, list[tuple[int, float]]]: ...
"""

FLATTENING_STUB = """from collections.abc import Sequence
from typing import Any

from ..engine.value import Value
from .instructions import Listing

def listing_of(
    outputs: Sequence[Value], inputs: Sequence[Value], guards: Sequence[Any] = (), arguments: int | None = None
) -> Listing: ...
def from_outside(ends: Sequence[Value], made: Sequence[Value]) -> list[Value]: ...
"""

PASSES_STUB = """from collections.abc import Callable

from .instructions import Listing

PASSES: tuple[Callable[[Listing], Listing], ...]

def fold_constants(listing: Listing) -> Listing: ...
def cheaper(listing: Listing) -> Listing: ...
def common_subexpressions(listing: Listing) -> Listing: ...
def simplify(listing: Listing) -> Listing: ...
def dead_code(listing: Listing) -> Listing: ...
def optimised(listing: Listing) -> Listing: ...
"""

FORWARD_STUB = """from collections.abc import Sequence

from .value import Value

def pushforward(order: list[Value], xs: Sequence[Value], seeds: Sequence[float], ys: Sequence[Value]) -> list[float]: ...
"""

VALUE_TAIL = """
def operands_and_slopes(v: Value) -> list[tuple[Value | float, float | None]]: ...
def plain(x: Value | Number) -> float: ...
def rounded(x: float, digits: int | None = None) -> float: ...
def row_of(v: Value) -> Primitive: ...
def restored(
    data: float,
    grad: float,
    row: Primitive,
    operands: Sequence[Value | float],
    slopes: Sequence[float | None],
    label: str,
    origin: tuple[str, int] | None = None,
) -> Value: ...
def attach(name: str, function: Callable[..., Any]) -> None: ...
"""

BINARY_OPERATORS = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")
SECOND = {"leaky_relu": "negative_slope", "elu": "alpha"}


def second_operand(row):
    """The second parameter of a two-operand primitive, as it is declared."""
    if row.defaults:
        return f"{SECOND[row.name]}: Value | Number = {row.defaults[0]!r}"
    return "x2: Value | Number"


def value_stub():
    lines = [HEADER + VALUE_STUB]
    for name in BINARY_OPERATORS:
        for prefix in ("", "r"):
            lines.append(f"    def __{prefix}{name}__(self, other: Value | Number) -> Value: ...\n")
    lines.append("    def __divmod__(self, other: Value | Number) -> tuple[Value, Value]: ...\n")
    lines.append("    def __rdivmod__(self, other: Value | Number) -> tuple[Value, Value]: ...\n")
    for name in ("lt", "le", "gt", "ge"):
        lines.append(f"    def __{name}__(self, other: Value | Number) -> bool: ...\n")
    for row in table_functions():
        rest = "" if row.arity == 1 else f", {second_operand(row)}"
        lines.append(f"    def {row.name}(self{rest}) -> Value: ...\n")
    return "".join(lines) + VALUE_TAIL


def functions_stub():
    lines = [HEADER + FUNCTIONS_STUB]
    for row in table_functions():
        rest = "" if row.arity == 1 else f", {second_operand(row)}"
        numbers = rest.replace("Value | Number", "Number")
        first = "x1" if row.arity == 2 and not row.defaults else "x"
        lines.append(f"@overload\ndef {row.name}({first}: Value{rest}) -> Value: ...\n")
        if first == "x1":
            lines.append(f"@overload\ndef {row.name}(x1: Number, x2: Value) -> Value: ...\n")
        lines.append(f"@overload\ndef {row.name}({first}: Number{numbers}) -> float: ...\n")
    lines.append(LIST_FUNCTIONS)
    lines.extend(REDUCTION.replace("NAME", name) for name in ("fsum", "prod", "max", "min", "logsumexp"))
    lines.extend(COMPONENTS.replace("NAME", name) for name in ("softmax", "log_softmax"))
    return "".join(lines) + CHOICES


def table_functions():
    return [row for row in PRIMITIVES if row.arity in (1, 2) and row.name not in OPERATORS]


def main():
    stubs = {
        "engine/primitives": HEADER + PRIMITIVES_STUB,
        "engine/value": value_stub(),
        "engine/functions": functions_stub(),
        "engine/backward": HEADER + BACKWARD_STUB,
        "engine/forward": HEADER + FORWARD_STUB,
        "runtime/executor": HEADER + EXECUTOR_STUB,
        "compiler/fast_calls": HEADER + CALLING_STUB,
        "compiler/plan_shared": HEADER + WIDE_STUB,
        "compiler/from_graph": HEADER + FLATTENING_STUB,
        "compiler/passes": HEADER + PASSES_STUB,
    }
    stale = []
    for name, text in stubs.items():
        file = FOLDER / f"{name}.pyi"
        if "--check" in sys.argv[1:]:
            if not file.exists() or file.read_text() != text:
                stale.append(file.name)
        else:
            file.write_text(text)
    if stale:
        sys.exit(f"{', '.join(stale)} is not what the table says: run `python tools/stubs.py`")


if __name__ == "__main__":
    main()
