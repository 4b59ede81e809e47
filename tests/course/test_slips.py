"""Slips that the numbers of an answer show, in every exercise: signs, factors, decimal points, places."""

from typing import Any

import pytest

from autograd.course import ask, check
from autograd.course.exercise import EXERCISES
from autograd.course.slips import slip_of_numbers


def mapped(answer: Any, f: Any) -> Any:
    """The answer with f of every number in it."""
    if isinstance(answer, dict):
        return {key: mapped(part, f) for key, part in answer.items()}
    if isinstance(answer, (list, tuple)):
        return [mapped(part, f) for part in answer]
    if callable(answer):
        return lambda *point: mapped(answer(*point), f)
    return f(answer)


def words_of(given: Any, truth: Any, ordered: bool = True) -> str:
    """What is said of it, for lists of numbers."""
    parts = [{(i,) if len(numbers) > 1 else (): x for i, x in enumerate(numbers)} for numbers in (given, truth)]
    found = slip_of_numbers(*parts, ordered=ordered)
    return f"{found[1] or ''}{found[0]}" if found else ""


@pytest.mark.parametrize("name", sorted(EXERCISES))
@pytest.mark.parametrize("variant", range(4))
def test_a_wrong_sign_is_told_everywhere(name: str, variant: int) -> None:
    """Where another slip gives the same number, as 1 - p may be p - 1, it is that one."""
    right = ask(name, variant).posed.question.answer
    if isinstance(right, str):
        return
    verdict = check(name, mapped(right, lambda x: -x))
    assert not verdict and verdict.mistake is not None
    others = {"classes.square"}  # its -right is a known mistake, in words of its own
    assert name in others or "sign" in verdict.markdown or verdict.mistake in ask(name, variant).posed.question.mistakes


def test_signs() -> None:
    assert words_of([-2.5], [2.5]) == "The size is right, and the sign is not."
    assert words_of([-2.5, 3.5], [2.5, -3.5]) == "The sizes are right, and the signs are not."
    assert words_of([1.5, 3.5], [1.5, -3.5]) == "(1,)The size is right, and the sign is not."
    assert words_of([1.5, 3.5], [1.5, -3.5], ordered=False) == "", "what a function gives, for one point of two"
    assert words_of([-0.42], [0.41997]) == "The size is right, and the sign is not.", "rounded"
    assert words_of([-3, 4], [3, -4]) == "The sizes are right, and the signs are not."
    assert words_of([0.0, -2.5], [0.0, 2.5]) == "(1,)The size is right, and the sign is not."


def test_factors() -> None:
    assert words_of([5.0], [2.5]) == "That is twice as much as it should be."
    assert words_of([6], [12]) == words_of([1.25], [2.5]) == "That is half as much as it should be."
    assert "Is it in percent?" in words_of([41.997], [0.41997])
    assert words_of([2500.0], [2.5]).endswith("the decimal point is not: that is 1000 times as much.")
    assert words_of([0.025], [2.5]).endswith("the decimal point is not: that is 0.01 times as much.")
    assert words_of([0.4], [2.5]) == "That is upside down: 1, divided by what it should be."
    assert words_of([3.0, 6.0, -1.5], [2.0, 4.0, -1.0]) == "All of it is 1.5 times as much as it should be."
    assert words_of([3.0], [2.0]) == words_of([3.0, 6.0], [2.0, 4.1]) == ""


def test_a_count_has_to_be_it_exactly() -> None:
    assert words_of([2001], [1000]) == words_of([1001], [1000]) == words_of([-1001], [1000]) == ""
    assert words_of([2000], [1000]) == "That is twice as much as it should be."


def test_places() -> None:
    assert words_of([2.5, 1.5, 3.5], [1.5, 3.5, 2.5]) == "The numbers are right, and their places are not."
    assert words_of([2.5, 1.5], [1.5, 2.5], ordered=False) == ""
    assert words_of([2.5, 2.5], [1.5, 2.5]) == ""


def test_what_has_no_number_has_no_such_slip() -> None:
    assert slip_of_numbers({(): "up"}, {(): "down"}, ordered=True) is None
    assert words_of([0.0], [2.5]) == words_of([1.5], [0.0]) == words_of([1e300], [1e-300]) == ""


def test_percents_may_be_rounded() -> None:
    assert words_of([73], [0.7311]) == "That is in percent, and rounded to two digits: divide by 100, and give three."
    assert words_of([73.5], [0.7311]) == words_of([1], [0.0021]) == words_of([73], [7.311]) == ""


def test_a_slip_with_its_sign_turned_is_two() -> None:
    question = ask("descent.slope", 3)
    off = question.w.data * question.x - question.t
    words = "That is how E moves with y. How y moves with w, which is x, is to be multiplied in."
    assert str(check("descent.slope", off)) == f"Not yet. {words}"
    ask("descent.slope", 3)
    assert str(check("descent.slope", -off)) == f"Not yet. But for the sign, that is what comes of a usual slip. {words}"


def test_a_path_that_is_missed_is_named_by_what_it_brings() -> None:
    for variant in range(20):
        slopes = ask("time.copies", variant).slopes
        for step, slope in enumerate(slopes, start=1):
            said = str(check("time.copies", sum(slopes) - slope))
            assert f"One path is missed: the use in step {step} brings {slope:g}" in said
