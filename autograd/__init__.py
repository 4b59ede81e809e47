"""A scalar reverse-mode automatic differentiation engine: the graph you can see is the graph that runs.

Record: a `Value` is a number that remembers how it was made. Arithmetic works on Values as on floats; the functions have
NumPy's names (`exp`, `tanh`, `where`, `dot`, `logsumexp`, ...). Inside `no_grad()` nothing is recorded.

>>> from autograd import Value, grad
>>> x, y = Value(2.0, label="x"), Value(3.0, label="y")
>>> z = x * y + x.sin()

Differentiate: `z.backward()` fills in every `.grad`; `gradients(z, [x, y])` gives derivatives that can be differentiated again.
Of ordinary functions there are `grad`, `value_and_grad`, `derivative`, `jacobian`, `hessian`, `hvp`, `jvp` and `vjp`;
`stop_gradient` makes a constant of a number.

>>> z.backward()
>>> round(x.grad, 6), y.grad
(2.583853, 2.0)
>>> grad(lambda x: x**3)(2.0)
12.0

Look: `draw(z)` is a picture of the graph, `tree(z)` one for the terminal; `explain(z, x)` writes out the chain rule, path by
path; `explore(z)`, or `explore(f, 2.0, 3.0)`, is a page on which both passes play, step by step, with every number under your
hand.

Compile: `autograd.compile(f)` records `f` once, as a `Program`, and runs that for many calls, or for many rows at once.

>>> import autograd
>>> autograd.compile(lambda x: x * x, in_axes=0)([1.0, 2.0, 3.0])
array([1., 4., 9.])

Optimise: `autograd.optimize` has SciPy's `minimize`, `least_squares`, `curve_fit`, `root` and `NonlinearConstraint`, with exact
derivatives.

Check: `check_gradients(f, args)` compares derivatives with differences; inside `detect_anomaly()` the first NaN or infinity is
an error that says where it came from. `primitive` makes a function of your own differentiable, and so
do `custom_vjp` and `custom_jvp`, by a rule for its derivatives.

Networks, their losses, optimisers and training are in the package `nn`.
"""

from importlib import import_module as _import_module
from typing import TYPE_CHECKING
from typing import Any as _Any

from . import _native

build: str = _native.load(__name__)
"""Which build of the engine runs: "compiled" or "pure"."""

from .derivatives.check import GradientCheckError, check_gradients  # noqa: E402
from .derivatives.custom import primitive  # noqa: E402
from .derivatives.custom_rules import custom_jvp, custom_vjp  # noqa: E402
from .derivatives.functional import (  # noqa: E402
    derivative,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    linearize,
    stop_gradient,
    value_and_grad,
    value_and_jacobian,
    vjp,
)
from .derivatives.loops import fori_loop, scan, while_loop  # noqa: E402
from .derivatives.structures import register_pytree_node  # noqa: E402
from .engine.anomaly import AnomalyError, detect_anomaly  # noqa: E402
from .engine.backward import topological_order  # noqa: E402
from .engine.copying import _leaf, _node_at, _rebuild  # noqa: E402, F401 (what pickles call)
from .engine.functions import *  # noqa: E402, F403 (one function for each row of the table of primitives)
from .engine.functions import FUNCTIONS as _FUNCTIONS  # noqa: E402
from .engine.gradients import gradients  # noqa: E402
from .engine.modes import enable_grad, is_anomaly_enabled, is_grad_enabled, no_grad  # noqa: E402
from .engine.numpy_functions import array_ufunc as _  # noqa: E402, F401 (it becomes a method of Value)
from .engine.value import Value  # noqa: E402
from .exploring import anomalies as _anomalies  # noqa: E402, F401 (it becomes a method of AnomalyError)
from .exploring import showing as _showing  # noqa: E402, F401 (a Value shows itself in a notebook)
from .runtime.threads import get_num_threads, set_num_threads  # noqa: E402

if TYPE_CHECKING:
    from . import optimize as optimize
    from .compiler.compiled import compile as compile
    from .compiler.compiled import vmap
    from .compiler.program import Program
    from .exploring.drawing import draw
    from .exploring.explorable import Explorable, explore
    from .exploring.tree import tree
    from .pictures.explaining import Explanation, explain

__version__ = "0.1.0"

_HIDING = ("abs", "compile", "max", "min")
"""Public names that `from autograd import *` leaves out: they would hide Python's own."""

__all__ = [
    "AnomalyError",
    "Explanation",
    "Explorable",
    "GradientCheckError",
    "Program",
    "Value",
    "build",
    "check_gradients",
    "custom_jvp",
    "custom_vjp",
    "derivative",
    "detect_anomaly",
    "draw",
    "enable_grad",
    "explain",
    "explore",
    "fori_loop",
    "get_num_threads",
    "grad",
    "gradients",
    "hessian",
    "hvp",
    "is_anomaly_enabled",
    "is_grad_enabled",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linearize",
    "no_grad",
    "primitive",
    "register_pytree_node",
    "scan",
    "set_num_threads",
    "stop_gradient",
    "topological_order",
    "tree",
    "value_and_grad",
    "value_and_jacobian",
    "vjp",
    "vmap",
    "while_loop",
    *(name for name in _FUNCTIONS if name not in _HIDING),
]

_LATER = {
    "Explanation": "pictures.explaining",
    "Explorable": "exploring.explorable",
    "Program": "compiler.program",
    "compile": "compiler.compiled",
    "draw": "exploring.drawing",
    "explain": "pictures.explaining",
    "explore": "exploring.explorable",
    "optimize": "optimize",
    "tree": "exploring.tree",
    "vmap": "compiler.compiled",
}
"""What is imported when it is asked for, and the module it is in, or which it is."""


def __getattr__(name: str) -> _Any:
    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = _import_module(f".{_LATER[name]}", __name__)
    thing = globals()[name] = module if name == _LATER[name] else getattr(module, name)
    return thing


def __dir__() -> list[str]:
    return sorted([*__all__, *_HIDING, "optimize", "__version__"])
