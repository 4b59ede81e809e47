"""A scalar reverse-mode automatic differentiation engine: the graph you can see is the graph that runs.

>>> from autograd import Value
>>> x, y = Value(2.0), Value(3.0)
>>> z = x * y + x.sin()
>>> z.backward()
>>> round(x.grad, 6), y.grad
(2.583853, 2.0)
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING
from typing import Any as _Any

from . import _native

build: str = _native.load(__name__)
"""Which build of the engine runs: "compiled" or "pure"."""

from .derivatives.check import GradientCheckError, check_gradients  # noqa: E402
from .derivatives.custom import primitive  # noqa: E402
from .derivatives.functional import derivative, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp  # noqa: E402
from .engine import copying as _copying  # noqa: E402, F401 (teaches Value to be copied and pickled)
from .engine.anomaly import AnomalyError, detect_anomaly  # noqa: E402
from .engine.backward import gradients, topological_order  # noqa: E402
from .engine.functions import *  # noqa: E402, F403 (one function for each row of the table of primitives)
from .engine.functions import FUNCTIONS as _FUNCTIONS  # noqa: E402
from .engine.value import Value, enable_grad, is_grad_enabled, no_grad  # noqa: E402
from .pictures.drawing import draw  # noqa: E402

__version__ = "0.1.0"

__all__ = [
    "AnomalyError", "Explanation", "GradientCheckError", "Value", "build", "check_gradients", "derivative",
    "detect_anomaly", "draw", "enable_grad", "explain", "grad", "gradients", "hessian", "hvp", "is_grad_enabled",
    "jacobian", "jvp", "no_grad", "primitive", "topological_order", "value_and_grad", "vjp",
    *(name for name in _FUNCTIONS if name not in ("abs", "max", "min")),
]  # fmt: skip

if TYPE_CHECKING:
    from .compiler.compiled import compile as compile
    from .pictures.explaining import Explanation, explain

_LATER = {"compile": "compiler.compiled", "explain": "pictures.explaining", "Explanation": "pictures.explaining"}
"""Imported when they are asked for. (compile is not in __all__: `from autograd import *` would hide Python's own.)"""


def __getattr__(name: str) -> _Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    thing = globals()[name] = getattr(_import_module(f".{_LATER[name]}", __name__), name)
    return thing
