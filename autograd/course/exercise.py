"""What an exercise is: a function that draws numbers and asks, from which questions without end are made."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations
from typing import Any, NamedTuple, TypeVar

from ..cached import cached_property
from ..engine.value import Value
from ..pictures.writing import Text
from .answers import ALL_DIGITS, ENOUGH_DIGITS, NEAR, Parts, Where, agreement, apart, parts, word
from .calling import MOST_SECONDS, UnreadableError
from .slips import slip_of_numbers

T = TypeVar("T")

MOST_DRAWS = 500
"""So often numbers are drawn anew for a question whose answers were not told apart by the first."""

DRAWS_FOR_THE_MOST = 40
"""How many draws are looked at for the one in which the most mistakes can be told apart."""

EXERCISES: dict[str, Exercise] = {}
"""Every exercise that was imported, by its name."""


class Draw:
    """The numbers of one variant of a question: the same ones for the same seed.

    What gets a name here is what the learner has: `ask(...)` has it as an attribute of that name, and `solution` may use it.
    Numbers have one decimal and are neither 0 nor 1 nor -1, which would hide slips, and no two have the same size.

    >>> draw = Draw("the first")
    >>> a, n = draw.value("a"), draw.whole("n")
    >>> draw.given == {"a": a, "n": n}
    True
    """

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)
        self.given: dict[str, Any] = {}
        self._sizes: set[float] = {0.0, 1.0}

    def named(self, name: str, thing: T) -> T:
        """The same thing, which the learner has under this name."""
        self.given[name] = thing
        return thing

    def number(self, name: str = "", low: float = -4.0, high: float = 4.0, decimals: int = 1) -> float:
        """A float from `low` to `high`."""
        unit = 10**decimals
        sizes = {abs(i) / unit for i in range(math.ceil(low * unit), math.floor(high * unit) + 1)}
        if sizes <= self._sizes:
            raise ValueError(f"no number from {low:g} to {high:g} with {decimals} decimals is left to draw")
        x = 0.0
        while abs(x) in self._sizes:
            x = self.random.randint(math.ceil(low * unit), math.floor(high * unit)) / unit
        self._sizes.add(abs(x))
        return self.named(name, x) if name else x

    def whole(self, name: str = "", low: int = 2, high: int = 9) -> int:
        """A whole number from `low` to `high`."""
        n = int(self.number("", low, high, decimals=0))
        return self.named(name, n) if name else n

    def value(self, name: str, low: float = -4.0, high: float = 4.0, decimals: int = 1) -> Value:
        """A Value with `name` as its label."""
        return self.named(name, Value(self.number("", low, high, decimals), label=name))

    def numbers(self, name: str, count: int, low: float = -4.0, high: float = 4.0, decimals: int = 1) -> list[float]:
        """A list of floats."""
        return self.named(name, [self.number("", low, high, decimals) for _ in range(count)])

    def choice(self, of: Sequence[T]) -> T:
        return self.random.choice(of)

    def points(self, count: int = 5, arguments: int = 1, low: float = -2.0, high: float = 2.0) -> list[tuple[float, ...]]:
        """Points at which functions are compared."""
        return [tuple(self.random.uniform(low, high) for _ in range(arguments)) for _ in range(count)]


@dataclass(frozen=True)
class Mistake:
    """A wrong answer that comes of a known slip.

    answer      what the slip gives; of a function, a function that has the slip
    diagnosis   what it is: a sentence, or more
    hint        the second time it is given: how to go on; if "", the hint of the question
    at          the key or place it is about, where an answer has several parts; None for the answer as a whole

    >>> Mistake(5.0, "That is the sum of both, and not their product.").answer
    5.0
    """

    answer: Any
    diagnosis: str
    hint: str = ""
    at: Any = None


@dataclass(frozen=True)
class Question:
    """One variant of an exercise.

    text        what is asked, with the numbers in it, and the names that Python has for them
    answer      what is right: a number, a list or dict of numbers, a word, or a function
    mistakes    wrong answers that are known; all of them, and the right one, have to differ
    hint        what is said at the second wrong answer
    way         what is said at the third: how it is done, to the end
    solution    Python that a learner would write: an expression, or lines of which the last is an expression or a function
    choices     the words among which there is a choice, where the answer is a word
    at          where the answer is a function: the arguments for which it is compared
    also        of an answer that is right so far: what else is wrong with it, "" if nothing is

    >>> Question("What is 2 × 3?", 6.0, [Mistake(5.0, "That is 2 + 3.")], solution="2 * 3").answer
    6.0
    """

    text: str
    answer: Any
    mistakes: Sequence[Mistake] = ()
    hint: str = ""
    way: str = ""
    solution: str = ""
    choices: Sequence[str] = ()
    at: Sequence[tuple[Any, ...]] = ()
    also: Callable[[Any], str] | None = None


class Judged(NamedTuple):
    """What becomes of an answer: whether it is right and to how many digits, which mistake it is, and where it is wrong."""

    digits: int
    mistake: Mistake | None = None
    where: Where = ()

    @property
    def right(self) -> bool:
        return self.digits >= ENOUGH_DIGITS


@dataclass(frozen=True)
class Posed:
    """A question with its numbers."""

    exercise: Exercise
    variant: int
    question: Question
    given: dict[str, Any]
    truth: Parts = field(init=False)
    near: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "truth", self._parts(self.question.answer))
        several = self.question.at or isinstance(self.question.answer, (list, tuple))
        sizes = [abs(part) for part in self.truth.values() if not isinstance(part, str)] if several else []
        object.__setattr__(self, "near", NEAR * max(sizes, default=0.0))

    def _wrong(self, given: Parts, truth: Parts) -> list[Where]:
        """Where an answer does not agree with another, of which it has all parts."""
        return [where for where, part in truth.items() if agreement(given[where], part, self.near) < ENOUGH_DIGITS]

    def _parts(self, answer: Any, seconds: float | None = None) -> Parts:
        return parts(answer, self.question.answer, self.question.at, seconds)

    def parts_of(self, mistake: Mistake) -> Parts:
        """The numbers and words of a mistake, by where they stand in the answer."""
        if mistake.at is None:
            return self._parts(mistake.answer)
        inside = parts(mistake.answer, self.question.answer[mistake.at])
        return {(mistake.at, *where): part for where, part in inside.items()}

    def judged(self, answer: Any) -> Judged:
        """UnreadableError for an answer of another kind than is asked for."""
        given = self._parts(answer, MOST_SECONDS)
        if self.question.choices and given[()] not in {word(choice) for choice in self.question.choices}:
            raise UnreadableError(f"It is one of these: {', '.join(self.question.choices)}.")
        for where, part in given.items():
            if not isinstance(part, str) and not math.isfinite(part):
                why = "0 / 0, or of infinity − infinity" if math.isnan(part) else "a division by 0, or of what grew too large"
                raise UnreadableError(f"{self.named(where) or 'This'} is {part}, which is no number: it comes of {why}.")
        wrong = self._wrong(given, self.truth)
        if not wrong and (words := self.question.also(answer) if self.question.also else ""):
            return Judged(0, Mistake(answer, words))
        if not wrong:
            agreements = (agreement(part, self.truth[where], self.near) for where, part in given.items())
            return Judged(min(agreements, default=ALL_DIGITS))
        for mistake in self.question.mistakes:
            slip = self.parts_of(mistake)
            slips = self._wrong(self.truth, slip)
            if slips and not self._wrong(given, slip):
                return Judged(0, mistake, () if mistake.at is None else slips[0])
        shown = (
            slip_of_numbers(given, self.truth, self.near, ordered=not self.question.at)
            or self._slip_with_its_sign_turned(given)
            or self._other_order(answer)
        )
        if shown is not None:
            words, where = shown
            return Judged(0, Mistake(answer, words), where)
        return Judged(agreement(given[wrong[0]], self.truth[wrong[0]]), None, wrong[0])

    def _slip_with_its_sign_turned(self, given: Parts) -> tuple[str, Where] | None:
        """Of two slips at once, as `slip_of_numbers` has it."""
        for mistake in self.question.mistakes:
            slip = self.parts_of(mistake)
            if mistake.at is not None or not any(slip.values()) or any(isinstance(part, (str, int)) for part in slip.values()):
                continue
            if not self._wrong(given, {where: -float(part) for where, part in slip.items()}):
                return f"But for the sign, that is what comes of a usual slip. {mistake.diagnosis}", ()
        return None

    def _other_order(self, answer: Any) -> tuple[str, Where] | None:
        """Of a function whose arguments stand in another order than is asked for, as `slip_of_numbers` has it."""
        points = self.question.at
        orders = [*permutations(range(len(points[0]) if points else 0))][1:]
        for order in orders:
            moved = [tuple(point[i] for i in order) for point in points]
            try:
                for some in (moved[:1], moved):  # one is enough for most orders
                    given = parts(answer, self.question.answer, some, MOST_SECONDS / len(orders))
                    if self._wrong(given, {where: part for where, part in self.truth.items() if where in given}):
                        break
                else:
                    return "That would be right if its arguments came in another order: look again at the order asked for.", ()
            except UnreadableError:
                continue
        return None

    def named(self, where: Where) -> str:
        """Where a part of an answer stands, in words; "" for the answer as a whole."""
        if self.question.at:
            return f"what comes out for {', '.join(Text().number(x) for x in self.question.at[where[0]])}" if where else ""
        return ", ".join(f"entry {key + 1}" if isinstance(key, int) else str(key) for key in where)

    def clash(self) -> str:
        """Which two answers are too near to each other to be told apart; "" if there are none."""
        single = self.truth.get(())
        if isinstance(single, float) and abs(single) < 1e-9:
            return "what is right is 0, and hides its sign"
        for slip in (known := [self.parts_of(mistake) for mistake in self.question.mistakes]):
            if not all(isinstance(part, str) or math.isfinite(part) for part in slip.values()):
                return f"{slip} is not finite"
            right = {where: self.truth[where] for where in slip}
            if not apart(slip, right) or not self._wrong(slip, right):
                return f"{slip} is right"
        for i, slip in enumerate(known):
            if any(slip.keys() == other.keys() and not apart(slip, other) for other in known[:i]):
                return f"{slip} is two mistakes"
        return ""


@dataclass(frozen=True)
class Exercise:
    """A function that asks, under a name: "slopes.product" is in the topic "slopes".

    >>> double = Exercise("sums.double", lambda draw: Question("What is twice a?", 2 * draw.number("a")))
    >>> posed = double.variant(0)
    >>> double.topic, posed.judged(2 * posed.given["a"]).right
    ('sums', True)
    """

    name: str
    make: Callable[[Draw], Question]

    @property
    def topic(self) -> str:
        return self.name.partition(".")[0]

    def _drawn(self, seed: str) -> tuple[Question, dict[str, Any]] | None:
        """A question and what it gives; None if one of its answers cannot be computed, since it divides by 0, say."""
        draw = Draw(f"{self.name} {seed}")
        try:
            return _with_brackets(self.make(draw)), draw.given
        except ArithmeticError:
            return None

    @cached_property
    def most_mistakes(self) -> int:
        """How many mistakes a question has at most: it has fewer where the numbers let one slip give what another gives."""
        drawn = filter(None, map(self._drawn, map(str, range(DRAWS_FOR_THE_MOST))))
        return max((len(question.mistakes) for question, _ in drawn), default=0)

    def variant(self, number: int) -> Posed:
        """The question with the numbers of this variant: the same ones each time.

        RuntimeError if the answers of no numbers that were drawn differ.
        """
        clash = "they cannot be computed"
        for attempt in range(MOST_DRAWS):
            drawn = self._drawn(f"{number} {attempt}")
            if drawn is None or len(drawn[0].mistakes) < self.most_mistakes:
                continue
            posed = Posed(self, number, *drawn)
            clash = posed.clash()
            if not clash:
                return posed
        raise RuntimeError(f"{self.name}: the answers differ for no numbers that were drawn; of the last, {clash}")


def _with_brackets(question: Question) -> Question:
    """With brackets, in its texts, around the negative numbers that stand behind an operator."""

    def written(text: str) -> str:
        return re.sub(r"(?<=[+−×/*] )-\d+\.?\d*(?:e[-+]?\d+)?", r"(\g<0>)", text)

    mistakes = [replace(mistake, diagnosis=written(mistake.diagnosis)) for mistake in question.mistakes]
    return replace(
        question, text=written(question.text), hint=written(question.hint), way=written(question.way), mistakes=mistakes
    )


def exercise(name: str) -> Callable[[Callable[[Draw], Question]], Exercise]:
    """Makes an exercise of the function below it, which draws numbers and returns a `Question`.

    >>> @exercise("example.double")
    ... def double(draw):
    ...     x = draw.number("x")
    ...     return Question(f"What is two times {x:g}?", answer=2 * x, solution="2 * x")
    >>> double.variant(0).question.text
    'What is two times 1.7?'
    >>> del EXERCISES["example.double"]
    """

    def made(make: Callable[[Draw], Question]) -> Exercise:
        if name in EXERCISES:
            raise ValueError(f"there is an exercise {name!r} already")
        EXERCISES[name] = Exercise(name, make)
        return EXERCISES[name]

    return made
