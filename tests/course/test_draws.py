"""What numbers are drawn: such that no slip gives what is right, or what another slip gives, in any of many variants."""

import math
import re
from typing import Any

import pytest

from autograd.course import Question, ask, check
from autograd.course.answers import apart
from autograd.course.exercise import EXERCISES, Exercise

exercises = pytest.mark.parametrize("name", sorted(EXERCISES))


@exercises
def test_two_hundred_variants_have_all_their_mistakes(name: str) -> None:
    """A slip that gave what is right, or what another gives, was left out without a word: whoever made it was told another."""
    one = EXERCISES[name]
    drawn = [one.variant(number) for number in range(200)]
    assert {len(posed.question.mistakes) for posed in drawn} == {one.most_mistakes}
    for posed in drawn[:50]:
        assert not posed.clash()


@exercises
def test_what_the_way_says_is_right(name: str) -> None:
    """Of a single number or a list of some: as it stands there, rounded, it is taken."""
    for variant in range(100):
        posed = ask(name, variant).posed
        right = posed.question.answer
        numbers = [
            float(x.replace("−", "-"))
            for x in re.findall(r"(?<![\w.])[-−]?\d+\.?\d*(?:e[-+]?\d+)?(?![\w²³])", posed.question.way)
        ]
        if isinstance(right, float):
            assert any(posed.judged(x).right for x in numbers), posed.question.way
        elif isinstance(right, list) and not isinstance(right[0], list):
            written = [numbers[i : i + len(right)] for i in range(len(numbers))]
            if name not in ("beyond.gradient", "classes.signal"):  # where work stands between the numbers
                assert any(len(one) == len(right) and posed.judged(one).right for one in written), posed.question.way


def test_the_error_signal_of_the_probabilities_that_are_shown_is_right() -> None:
    for variant in range(200):
        question = ask("gpt.error_signal", variant)
        shown = re.search(r"probabilities \[(.*?)\]", str(question))
        assert shown
        p = [float(x) for x in shown[1].split(",")]
        assert check("gpt.error_signal", [x - (i == question.came) for i, x in enumerate(p)]), question


def test_a_slip_that_cannot_be_computed_is_drawn_anew() -> None:
    """It divided by 0, and so did `ask`."""

    def make(draw: Any) -> Question:
        a, b = draw.whole("a", 2, 3), draw.random.choice([0, 5])
        return Question(f"{a} + {b}?", answer=a + b, mistakes=()) if a / b else Question("?", 0)

    one = Exercise("test.divided", make)
    assert {one.variant(number).question.answer for number in range(40)} == {7, 8}

    with pytest.raises(RuntimeError, match="they cannot be computed"):
        Exercise("test.never", lambda draw: Question("?", 1 / 0)).variant(0)


@exercises
def test_numbers_are_written_as_in_school(name: str) -> None:
    """Negative ones in brackets where they stand behind an operator, and none of them the rest of a rounding."""
    for variant in range(100):
        question = EXERCISES[name].variant(variant).question
        for text in (question.text, question.hint, question.way, *(mistake.diagnosis for mistake in question.mistakes)):
            assert not re.search(r"[+−×/*] -\d|\de-1\d|(?<![\d.])-0(?![.\d])", text), text


def test_what_is_right_is_not_0() -> None:
    one = Exercise("test.zero", lambda draw: Question("?", answer=draw.random.choice([0.0, 0.1 + 0.2 - 0.3, 2.0])))
    assert {one.variant(number).question.answer for number in range(40)} == {2.0}


def test_a_slip_of_our_own_is_not_that_of_another() -> None:
    """Slips that were accepted, or told as others, for some of the numbers that were drawn."""
    for variant in range(60):
        question = ask("graphs.twice", variant)
        x, times = question.x.data, question.times
        assert "does not double" in str(check("graphs.twice", 2**times * x))
        leak = ask("faults.function", variant).leak
        assert not check("faults.function", lambda z, leak=leak: 1.0 if z > leak else leak)
        question = ask("gpt.temperature", variant)
        odds = math.exp((question.first - question.second) / question.temperature)
        assert "by the sum of both exponentials" in str(check("gpt.temperature", odds))
        question = ask("speed.worth_it", variant)
        assert "rounded down" in str(check("speed.worth_it", question.record // (question.eager - question.fast)))
        question = ask("descent.step", variant)
        assert not check("descent.step", question.rate * question.slope - question.w)
        question = ask("neurons.count", variant)
        weights = question.inputs * question.hidden + question.hidden * question.outputs
        assert "biases of the output neurons" in str(check("neurons.count", weights + question.hidden))
        question = ask("paths.explained", variant)
        a, b, c = question.a.data, question.b.data, question.c.data
        assert "through u and u × a or through u × a" in str(check("paths.explained", b * c + a * b))
        assert apart({(): a * b * c + a * b * a}, question.posed.truth)
