"""An AnomalyError that nobody catches in a notebook shows the page of its graph."""

from __future__ import annotations

import sys
from typing import Any

from ..engine.anomaly import AnomalyError


def rendered(error: AnomalyError) -> Any:
    """The traceback, as IPython shows it; in a notebook, which can show pages, the page comes before it.

    IPython asks an error that it is about to show for this method, by the name it has below; and again, in the same cell, for
    its history.
    """
    from .explorable import explore  # here, as `import autograd` is to stay quick

    ipython = sys.modules["IPython"]
    shell: Any = ipython.get_ipython()
    cell = shell.execution_count
    if error.value is not None and hasattr(shell, "kernel") and cell != vars(error).get("_shown_in"):
        setattr(error, "_shown_in", cell)  # noqa: B010 (of no error but this one, and of no use to others)
        ipython.display.display(explore(error))
    return shell.InteractiveTB.structured_traceback(type(error), error, error.__traceback__)


setattr(AnomalyError, "_render_traceback_", rendered)  # noqa: B010 (a checker is to see no method that only IPython calls)
