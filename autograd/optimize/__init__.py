"""SciPy's optimisers with exact derivatives: its own functions, given what they would otherwise get from differences.

The names, arguments and results are SciPy's. The function is ordinary Python, as for `grad`; it gets arrays of Values. One
recording of it at a point serves the value and every derivative that is asked for there, and after some evaluations it is
compiled.
"""

from .fitting import CurveFit, curve_fit
from .scipys import NonlinearConstraint, least_squares, minimize
from .solving import root

__all__ = ["CurveFit", "NonlinearConstraint", "curve_fit", "least_squares", "minimize", "root"]
