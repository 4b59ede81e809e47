"""Types for checkers and editors, of a module whose source has the types of C."""

from collections.abc import Callable

from .table import BY_NAME as BY_NAME
from .table import PRIMITIVES as PRIMITIVES
from .table import Primitive as Primitive
from .table import slope_of as slope_of

FLAT_PARTS: dict[str, Callable[..., float]]
