"""`ask` and `check`: a question with its numbers, and what an answer to it is."""

from __future__ import annotations

import difflib
import operator
import re
from dataclasses import dataclass
from typing import Any

from . import exercises as _exercises  # noqa: F401 (it imports every topic)
from .answers import ALL_DIGITS, Where
from .calling import UnreadableError
from .exercise import EXERCISES, Exercise, Mistake, Posed

_asked: dict[str, int] = {}
"""Which variant of an exercise was asked last."""

_wrong: dict[str, int] = {}
"""How many wrong answers were given to it since."""


class Shown:
    """Shows itself as Markdown in a notebook, as text elsewhere."""

    markdown: str

    def __repr__(self) -> str:
        return re.sub(r"`([^`]*)`|\*\*", lambda found: found[1] or "", self.markdown)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/markdown": self.markdown, "text/plain": repr(self)}


class Asked(Shown):
    """A question, which shows itself; the numbers it names are its attributes.

    >>> ask("slopes.product").b
    Value(data=3.5, grad=0.0, label='b')
    """

    def __init__(self, posed: Posed) -> None:
        self.posed = posed
        name, question = posed.exercise.name, posed.question
        words = ", ".join(f'`"{choice}"`' for choice in question.choices)
        choices = f"\n\nOne of: {words}." if words else ""
        self.markdown = (
            f"**Exercise {name}**\n\n{question.text}{choices}\n\n"
            f'Answer: `check("{name}", ...)`. With other numbers: `ask("{name}", {posed.variant + 1})`.'
        )

    def __getattr__(self, name: str) -> Any:
        given = self.__dict__["posed"].given if "posed" in self.__dict__ else {}
        if name not in given:
            raise AttributeError(f"this question has no {name!r}; it has {', '.join(given) or 'no names'}")
        return given[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.posed.given]


@dataclass(frozen=True, repr=False)
class Verdict(Shown):
    """What an answer is: true if it is right; it shows itself in words.

    right       whether it is
    markdown    what is said of it
    mistake     which of the known slips it is, if it is one

    >>> verdict = check("slopes.product", ask("slopes.product").b)
    >>> verdict.right, verdict.mistake
    (True, None)
    """

    right: bool
    markdown: str
    mistake: Mistake | None = None

    def __bool__(self) -> bool:
        return self.right


def ask(name: str, variant: int = 0) -> Asked:
    """The question of an exercise, which shows itself: as Markdown in a notebook, as text in a terminal.

    name        the exercise: "slopes.product"
    variant     each has numbers of its own, which are the same whenever it is asked

    The numbers that the question names are attributes of what comes back. LookupError for an exercise that there is not.

    >>> question = ask("slopes.product", 3)
    >>> question
    Exercise slopes.product
    <BLANKLINE>
    z = a × b with a = -3.9 and b = 1.5. How much does z move with a: what is ∂z/∂a?
    <BLANKLINE>
    Answer: check("slopes.product", ...). With other numbers: ask("slopes.product", 4).
    >>> question.b.data
    1.5
    """
    try:
        variant = operator.index(variant)
    except TypeError:
        raise TypeError(f"a variant is a whole number: ask({name!r}, 3), and not {variant!r}") from None
    posed = _found(name).variant(variant)
    _asked[name], _wrong[name] = variant, 0
    return Asked(posed)


def check(name: str, answer: Any = ..., *more: Any, **named: Any) -> Verdict:
    """What an answer is: right, or which of the usual slips; for a second wrong answer a hint, for a third the way.

    name        the exercise; the question is the variant that was asked last, the first one if none was
    answer      a number, a list or dict of numbers, a word, or a function, as the question says. Numbers may be rounded to
                three digits, but not counts. `...` stands for no answer yet
    more        there is one answer: a comma in the place of a decimal point would make two of it, and is told
    named       so are the parts of an answer that are given by name, and not in a dict

    The result shows itself, and is true if the answer is right. A wrong answer raises nothing; LookupError for an exercise that
    there is not.

    >>> question = ask("slopes.product", 3)
    >>> check("slopes.product", -3.9)
    Not yet. -3.9 is the value of a itself. In a product, the slope is the other factor.
    >>> bool(check("slopes.product", 1.5))
    True
    """
    posed = _found(name).variant(_asked.get(name, 0))
    if more:
        return Verdict(
            False,
            "**Not an answer yet.** These are several, with a comma between them. A number is written with a point, `2.5`; "
            "several numbers are a list, `[1, 2]`.",
        )
    if named:
        parts = ", ".join(f'"{key}": ...' for key in named)
        return Verdict(False, f"**Not an answer yet.** Several numbers with names are a dict: `{{{parts}}}`.")
    if answer is ...:
        return Verdict(False, "No answer yet: write yours in the place of `...`, and run this cell again.")
    try:
        judged = posed.judged(answer)
    except UnreadableError as unreadable:
        return Verdict(False, f"**Not an answer yet.** {unreadable}")
    if judged.right:
        _wrong[name] = 0
        return Verdict(
            True, "**Right.**" if judged.digits == ALL_DIGITS else f"**Right**, to {judged.digits} digits{_exactly(posed)}."
        )
    _wrong[name] = times = _wrong.get(name, 0) + 1
    said = ["**Not yet.**"]
    if judged.mistake is not None:
        said.append(f"{_place(posed, judged.where)}{judged.mistake.diagnosis}")
    elif judged.digits == 2:
        counted = isinstance(posed.truth[judged.where], int)
        near = (
            "Close; but this can be counted, and then it is exact."
            if counted
            else "Close: that is right to 2 digits. Give three."
        )
        said.append(f"{_place(posed, judged.where)}{near}")
    elif judged.where:
        said.append(f"Look again at {posed.named(judged.where)}.")
    question = posed.question
    hint = (judged.mistake.hint if judged.mistake else "") or question.hint
    if len(said) == times == 1 and hint:  # or a learner is left with two words
        said.append("It is none of the usual slips. Another wrong answer brings a hint.")
    if times == 2 and hint:
        said.append(f"\n\n**A hint:** {hint}")
    elif times > 2 and question.way:
        said.append(f"\n\n**The way:** {question.way}")
    return Verdict(False, " ".join(said).replace(" \n", "\n"), judged.mistake)


def _exactly(posed: Posed) -> str:
    """A single number in full."""
    truth = posed.truth.get(())
    return f": it is {truth:.8g}" if isinstance(truth, float) else ""


def _place(posed: Posed, where: Where) -> str:
    """Before a diagnosis: which part of the answer it is about, where there are several."""
    return f"{posed.named(where)}: " if where and not posed.question.at else ""


def _found(name: Any) -> Exercise:
    if not isinstance(name, str):
        raise LookupError(
            f"an exercise is named in quotation marks, as {sorted(EXERCISES)[0]!r}; this is a {type(name).__name__}"
        )
    if name in EXERCISES:
        return EXERCISES[name]
    near = difflib.get_close_matches(name, EXERCISES, n=3, cutoff=0.5)
    topic = [known for known in EXERCISES if known.startswith(f"{name.partition('.')[0]}.")]
    there = near or topic or sorted({known.partition(".")[0] for known in EXERCISES})
    raise LookupError(f"there is no exercise {name!r}; there is {', '.join(there)}")
