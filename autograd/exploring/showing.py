"""A Value shows itself in a notebook as its graph. What draws it is imported when that happens."""

from __future__ import annotations

from typing import Any

from ..engine.value import Value
from ..engine.value_type import attach
from ..pictures.drawing import notebook_bundle


def _mimebundle(self: Value, include: Any = None, exclude: Any = None) -> dict[str, str]:
    from .drawing import draw  # here, as `import autograd` is to stay quick

    return notebook_bundle(repr(self), lambda: draw(self))


attach("_repr_mimebundle_", _mimebundle)
