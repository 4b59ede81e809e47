"""ask and check: what they show, what they count, and what they make of answers that are none."""

from typing import Any

import numpy as np
import pytest

from autograd import Value
from autograd.course import Draw, Mistake, Question, ask, asking, check, exercise
from autograd.course.exercise import EXERCISES


@pytest.fixture(autouse=True)
def nothing_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "_asked", {})
    monkeypatch.setattr(asking, "_wrong", {})


@pytest.fixture
def made() -> Any:
    """Makes exercises that are gone after the test."""
    before = {*EXERCISES}
    yield lambda make, name="test.made": exercise(name)(make)
    for name in EXERCISES.keys() - before:
        del EXERCISES[name]


def test_an_exercise_that_there_is_not_lists_those_near() -> None:
    with pytest.raises(LookupError, match=r"no exercise 'slopes\.prodct'; there is slopes\.product"):
        ask("slopes.prodct")
    with pytest.raises(LookupError, match=r"there is slopes\.\w+, slopes\."):
        check("slopes.xyzzy", 1.0)
    with pytest.raises(LookupError, match=r"there is (.*, )?slopes\b"):
        ask("zzzzzz")


def test_a_question_shows_itself_and_has_its_numbers() -> None:
    question = ask("slopes.product", 2)
    bundle = question._repr_mimebundle_()
    assert bundle["text/markdown"].startswith("**Exercise slopes.product**\n\nz = a × b")
    assert "**" not in bundle["text/plain"] == repr(question)
    assert f"a = {question.a.data:g}" in bundle["text/plain"] and "a" in dir(question)
    with pytest.raises(AttributeError, match="has no 'c'; it has a, b"):
        question.c  # noqa: B018


def test_check_is_about_the_variant_that_was_asked_last() -> None:
    answers = []
    for variant in (0, 5):
        question = ask("slopes.product", variant)
        assert check("slopes.product", question.b)
        answers.append(question.b.data)
    assert not check("slopes.product", answers[0])


def test_no_answer_yet_is_no_wrong_answer() -> None:
    ask("slopes.product")
    for _ in range(4):
        verdict = check("slopes.product", ...)
        assert not verdict and "in the place of" in str(verdict)
    for answer in ("two", None, [1.0], {"a": 1.0}, True, abs):
        verdict = check("slopes.product", answer)
        assert not verdict and str(verdict).startswith("Not an answer yet."), answer
    assert "A hint:" not in str(check("slopes.product", 1234.5)), "it is the first wrong one"


def test_a_comma_in_the_place_of_a_decimal_point() -> None:
    for given in ((3, 5), (1.0, 2.0, 3.0)):
        said = str(check("slopes.product", *given))
        assert said.startswith("Not an answer yet.") and "written with a point, 2.5" in said
    assert "A hint" not in str(check("slopes.product", 1234.5)), "it was no wrong answer"


def test_a_right_answer_and_a_new_question_start_the_count_anew() -> None:
    right = ask("slopes.product").b
    for begin in (lambda: check("slopes.product", right), lambda: ask("slopes.product")):
        assert "A hint" not in str(check("slopes.product", 99.0))
        assert "A hint" in str(check("slopes.product", 99.0))
        begin()
    assert "A hint" not in str(check("slopes.product", 99.0))


def test_numbers_come_in_any_type(made: Any) -> None:
    made(lambda draw: Question("Which?", answer=[2.0, 0.5], hint="h", way="w"))
    for answer in ([2, 0.5], (2.0, Value(0.5)), np.array([2.0, 0.5]), [np.float32(2.0), np.float64(0.5)]):
        assert check("test.made", answer)
    assert "A list of 2 is asked for. This is a list of 3." in str(check("test.made", [1, 2, 3]))
    assert "Look again at entry 2." in str(check("test.made", [2.0, 0.9]))
    assert not check("test.made", [2.0, float("nan")])


def test_digits_are_counted_and_two_are_close(made: Any) -> None:
    made(lambda draw: Question("How much?", answer=0.4199743416140260))
    said = {
        0.41997434161402603: "Right.",
        0.42: "Right, to 4 digits: it is 0.41997434.",
        0.419: "Close",
        0.4204: "Right, to 3",
        0.4: "Not yet.",
    }
    for answer, words in said.items():
        assert words in str(check("test.made", answer)), answer
    assert not check("test.made", 0.419) and not check("test.made", -0.42)


def test_a_wrong_answer_that_is_no_known_slip_says_so_and_what_comes_next(made: Any) -> None:
    made(lambda draw: Question("How much?", answer=6.0, mistakes=[Mistake(5.0, "That is the sum.")], hint="h", way="w"))
    assert str(check("test.made", 1.5)) == "Not yet. It is none of the usual slips. Another wrong answer brings a hint."
    assert str(check("test.made", 1.5)) == "Not yet.\n\nA hint: h"
    assert str(check("test.made", 1.5)) == "Not yet.\n\nThe way: w"
    ask("test.made")
    assert str(check("test.made", 5.0)) == "Not yet. That is the sum."


def test_a_count_is_exact(made: Any) -> None:
    made(lambda draw: Question("How many?", answer=4096, mistakes=[Mistake(4097, "One too many.")], hint="h", way="w"))
    assert check("test.made", 4096.0) and check("test.made", np.int64(4096)) and check("test.made", Value(4096.0))
    assert str(check("test.made", 4095)) == "Not yet. Close; but this can be counted, and then it is exact."
    assert "One too many." in str(check("test.made", 4097))
    assert not check("test.made", 4100) and not check("test.made", 4096.5)
    assert not check("test.made", 2**5000) and not check("test.made", -(2**5000)), "beyond what a float holds"


def test_words_are_chosen_among_those_named(made: Any) -> None:
    made(
        lambda draw: Question(
            "Up or down?", answer="up", choices=("up", "down"), mistakes=[Mistake("down", "That is the other way.")]
        )
    )
    assert 'One of: "up", "down".' in repr(ask("test.made"))
    assert check("test.made", " Up ")
    assert "That is the other way." in str(check("test.made", "down"))
    assert "It is one of these: up, down." in str(check("test.made", "left"))
    assert "A word is asked for, in quotation marks. This is 1." in str(check("test.made", 1))


def test_a_function_is_compared_where_it_is_called(made: Any) -> None:
    mistakes = [Mistake(lambda x: x**2, "That is f.")]
    made(lambda draw: Question("f?", answer=lambda x: 2 * x, at=draw.points(), mistakes=mistakes))
    assert check("test.made", lambda x: x + x)
    assert "That is f." in str(check("test.made", lambda x: x * x))
    assert "your function raises ZeroDivisionError" in str(check("test.made", lambda x: x / 0))
    assert "A function is asked for" in str(check("test.made", 4.0))
    assert "gives None, which is nothing: is its last line a return?" in str(check("test.made", lambda x: None))
    assert "What a function without a return gives is None." in str(check("test.made", None))
    assert "Of what your function gives: A number is asked for. This is a list of 2." in str(
        check("test.made", lambda x: [x, x])
    )
    said = str(check("test.made", lambda x: 2 * x if x > 0 else 3 * x))
    point = float(said.removeprefix("Not yet. Look again at what comes out for ").removesuffix("."))
    assert point < 0


def test_a_mistake_in_a_part_says_which(made: Any) -> None:
    slips = [Mistake(5.0, "That is the sum.", at="b", hint="Multiply."), Mistake({"a": 6.0, "b": 2.0}, "They are exchanged.")]
    made(lambda draw: Question("Both?", answer={"a": 2.0, "b": 6.0}, mistakes=slips, hint="h", way="w"))
    assert str(check("test.made", {"a": 2.0, "b": 5.0})) == "Not yet. b: That is the sum."
    assert str(check("test.made", {"a": 2.0, "b": 5.0})) == "Not yet. b: That is the sum.\n\nA hint: Multiply."
    assert str(check("test.made", {"a": 6.0, "b": 2.0})) == "Not yet. They are exchanged.\n\nThe way: w"
    assert "with the keys 'a', 'b'. This is a dict with the keys 'a'." in str(check("test.made", {"a": 2.0}))


def test_numbers_are_drawn_until_answers_differ(made: Any) -> None:
    """A product of 2 numbers is their sum for some; a mistake that is always right is an error of whoever wrote it."""

    def product(draw: Draw) -> Question:
        a, b = draw.whole("a", 2, 3), draw.whole("b", 2, 9)
        return Question("?", answer=a * b, mistakes=[Mistake(a + b, "A sum."), Mistake(12, "Always 12.")])

    exercise_made = made(product)
    answers = {exercise_made.variant(variant).question.answer for variant in range(200)}
    assert answers == {6, 10, 8, 14, 16, 18, 15, 21, 24}, "2 × 2 is 2 + 2; 2 × 6 is 12; of 3 × 9 both mistakes are 12"

    wrong = made(lambda draw: Question("?", answer=1.0, mistakes=[Mistake(1.0, "It is right.")]), "test.wrong")
    with pytest.raises(RuntimeError, match=r"test.wrong: .* is right"):
        wrong.variant(0)
    twice = made(lambda draw: Question("?", answer=1.0, mistakes=[Mistake(2.0, "a"), Mistake(2.01, "b")]), "test.twice")
    with pytest.raises(RuntimeError, match="is two mistakes"):
        twice.variant(0)
    endless = made(lambda draw: Question("?", answer=1.0, mistakes=[Mistake(float("inf"), "a")]), "test.endless")
    with pytest.raises(RuntimeError, match="is not finite"):
        endless.variant(0)


def test_draws_hide_no_slip_and_repeat() -> None:
    drawn = [Draw("seed").numbers("x", 30) for _ in range(2)]
    assert drawn[0] == drawn[1] != Draw("another").numbers("x", 30)
    sizes = [abs(x) for x in drawn[0]]
    assert len({*sizes}) == 30 and not {0.0, 1.0} & {*sizes} and all(round(x, 1) == x <= 4.0 for x in sizes)
    draw = Draw("seed")
    a = draw.value("a", 2, 3)
    assert isinstance(a, Value) and a.label == "a" and draw.given == {"a": a} and 2 <= a.data <= 3
    with pytest.raises(ValueError, match="no number from 0 to 1 with 0 decimals is left to draw"):
        draw.whole("n", 0, 1)


def test_a_name_is_taken_once(made: Any) -> None:
    with pytest.raises(ValueError, match=r"there is an exercise 'slopes\.product' already"):
        made(lambda draw: Question("?", answer=1.0), "slopes.product")
