"""A scalar reverse-mode automatic differentiation engine: the graph you can see is the graph that runs."""

from . import _native

build = _native.load(__name__)

from .backward import backward, gradients, topological_order  # noqa: E402
from .functions import FUNCTIONS  # noqa: E402
from .value import Value, is_grad_enabled, no_grad  # noqa: E402
globals().update(FUNCTIONS)
