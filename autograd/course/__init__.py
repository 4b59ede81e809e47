"""Exercises of the course in `notebooks/`: `ask` for one, `check` an answer, and be told what a wrong answer is.

There is no key of answers: the numbers of a question are drawn, and the engine computes what is right, and what comes out of
the usual slips.

>>> from autograd.course import ask, check
>>> question = ask("slopes.product")
>>> check("slopes.product", question.a.data * question.b.data)  # doctest: +ELLIPSIS
Not yet. ... is the value of a × b, not how much it moves with a.
>>> check("slopes.product", question.b.data)
Right.

`exercise`, `Draw`, `Question` and `Mistake` are what exercises are written with: see `autograd/course/exercises`.
"""

from .asking import Asked, Verdict, ask, check
from .exercise import Draw, Exercise, Mistake, Question, exercise
from .mistakes import gradient_of, mistakes_of_gradient, mistakes_of_value

__all__ = [
    "Asked",
    "Draw",
    "Exercise",
    "Mistake",
    "Question",
    "Verdict",
    "ask",
    "check",
    "exercise",
    "gradient_of",
    "mistakes_of_gradient",
    "mistakes_of_value",
]
