"""Answers in every form that a learner gives them: what is right is right in each, and what is none is told so, in words."""

import decimal
import fractions
import math
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Value
from autograd.course import Mistake, Question, ask, asking, check, exercise
from autograd.course.exercise import EXERCISES


class NoFloat:
    def __float__(self) -> float:
        raise TypeError("a symbol has no number")


class NoRepr:
    def __repr__(self) -> str:
        raise RuntimeError("no text of me")


def endless(*point: float) -> float:
    while True:
        try:
            point = point[::-1]
        except Exception:  # which is not to catch what ends it
            continue


@pytest.fixture(autouse=True)
def made(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Makes exercises that are gone after the test."""
    monkeypatch.setattr(asking, "_asked", {})
    monkeypatch.setattr(asking, "_wrong", {})
    before = {*EXERCISES}
    yield lambda make, name="test.made": exercise(name)(make)
    for name in EXERCISES.keys() - before:
        del EXERCISES[name]


@pytest.fixture
def asks(made: Any) -> Any:
    return lambda **question: made(lambda draw: Question("Which?", hint="h", way="w", **question))


@pytest.mark.parametrize("name", sorted(EXERCISES))
def test_no_answer_makes_an_error_of_ours(name: str) -> None:
    strange = [
        None,
        NoFloat(),
        NoRepr(),
        [NoFloat()] * 2,
        decimal.Decimal("sNaN"),
        decimal.Decimal("NaN"),
        1 + 2j,
        10**400,
        b"1",
    ]
    strange += [
        math.nan,
        math.inf,
        [math.nan] * 3,
        {},
        {1, 2},
        (i for i in range(3)),
        np.ndarray,
        [np.ndarray] * 2,
        [...] * 3,
        object(),
    ]
    strange += [
        lambda *x: np.array([1.0, 2.0, 3.0]),
        lambda *x: NoFloat(),
        lambda *x: sys.exit(1),
        lambda *x: math.nan,
        lambda: 1,
    ]
    for answer in strange:
        verdict = check(name, answer)
        assert not verdict and str(verdict).startswith("Not an answer yet."), answer
    for number in (1.7e308, -1.7e308, 5e-324, 2**1000, 0, -0.0):
        assert not check(name, number) and not check(name, lambda *x, number=number: number)


def test_a_function_may_give_arrays(asks: Any) -> None:
    """Each of them was compared with None, which is no question that an array answers."""
    asks(answer=lambda x: [2 * x, 3 * x], at=[(0.5,), (2.5,)])
    assert check("test.made", lambda x: np.array([2 * x, 3 * x]))
    assert check("test.made", lambda x: (np.float64(2 * x), Value(3 * x)))


def test_what_is_given_in_another_form_is_told_how_to_write_it(asks: Any) -> None:
    asks(answer=2.5)
    for answer in (fractions.Fraction(5, 2), decimal.Decimal("2.5"), np.array(2.5), np.float32(2.5), np.longdouble(2.5)):
        assert check("test.made", answer)
    for given, words in [
        ("2.5", "This is '2.5', a text: leave out the quotation marks."),
        ("2,5", "leave out the quotation marks, and write a point for the comma."),
        ("3/4", "This is '3/4', a text: leave out the quotation marks."),
        ("two", "This is 'two'."),
        ([2.5], "This is a list of 1. Give what is in it, without the brackets."),
        (None, "that is what print(...) gives, and a function without a return."),
        ({2.5}, "This is {2.5}, a set"),
    ]:
        assert words in str(check("test.made", given))


def test_lists_are_told_from_what_only_becomes_one(asks: Any) -> None:
    asks(answer=[1.5, 2.5])
    for given in (map(float, [1.5, 2.5]), (x for x in [1.5, 2.5]), {1: 1.5, 2: 2.5}.values()):
        assert str(check("test.made", given)).endswith(" Put list( ) around it.")
    assert "a list has square brackets" in str(check("test.made", {1.5, 2.5}))
    assert "Put" not in str(check("test.made", {0: 1.5, 1: 2.5})) and "Put" not in str(check("test.made", "ab"))


def test_words_count_and_not_how_they_are_set(asks: Any) -> None:
    asks(answer="awake for all", choices=("awake for all", "dead"))
    for given in (
        "awake for all",
        '"awake for all"',
        "Awake for all.",
        "awake_for_all",
        "  awake\n for  all",
        np.str_("awake for all"),
    ):
        assert check("test.made", given), given
    assert "It is one of these" in str(check("test.made", "awake"))


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_no_number(asks: Any, number: float) -> None:
    asks(answer=2.5)
    assert f"This is {number}, which is no number: it comes of" in str(check("test.made", number))
    asks_of = {"list": ([1.5, 2.5], [1.5, number], "entry 2 is"), "dict": ({"a": 1.5}, {"a": number}, "a is")}
    for name, (right, given, words) in asks_of.items():
        exercise(f"test.{name}")(lambda draw, right=right: Question("Which?", answer=right))
        assert f"{words} {number}, which is no number" in str(check(f"test.{name}", given))
    exercise("test.function")(lambda draw: Question("Which?", answer=lambda x: x, at=[(0.5,)]))
    assert f"what comes out for 0.5 is {number}, which" in str(check("test.function", lambda x: number))


def test_an_endless_function_is_ended(asks: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    asks(answer=lambda x: 2 * x, at=[(0.5,), (2.5,)])
    monkeypatch.setattr(sys.modules["autograd.course.exercise"], "MOST_SECONDS", 0.05)
    before = sys.gettrace()
    sys.settrace(None)
    try:
        said = str(check("test.made", endless))
        assert (
            said == "Not an answer yet. Given (0.5), your function has not come to an end in 0.05 seconds: does its loop end?"
        )
        assert sys.gettrace() is None
        assert check("test.made", lambda x: x + x)
    finally:
        sys.settrace(before)


def test_a_function_that_raises_is_told_why(asks: Any) -> None:
    asks(answer=lambda x: 2 * x, at=[(0.5,), (2.5,)])
    for f, words in [
        (lambda x: x / 0, "Given (0.5), your function raises ZeroDivisionError: float division by zero."),
        (lambda x: x.sin(), "It is given plain numbers, which are no Values."),
        (lambda x, y: x, "missing 1 required positional argument: 'y'"),
        (lambda x: sys.exit(), "raises SystemExit."),
        (lambda x: test_a_function_that_raises_is_told_why.no, "has no attribute 'no'."),
    ]:
        said = str(check("test.made", f))
        assert words in said, said
    assert "plain numbers" not in said, "it was no number of ours that had no attribute"


def test_arguments_in_another_order_are_told(asks: Any) -> None:
    asks(answer=lambda x, y, z: [x - 2 * y, z], at=[(0.5, 1.5, 2.25), (2.5, -0.75, 3.5)])
    calls = []

    def turned(z: float, x: float, y: float) -> list[float]:
        calls.append(x)
        return [x - 2 * y, z]

    said = str(check("test.made", turned))
    assert said == "Not yet. That would be right if its arguments came in another order: look again at the order asked for."
    assert len(calls) <= 2 + 5 + 2, "each order is tried at one point"
    assert "order" not in str(check("test.made", lambda x, y, z: [x - 3 * y, z]))
    assert "order" not in str(check("test.made", lambda x, y, z: [x - 2 * y, 1 / z] if z > 2 else [y, 1 / (x - 2.25)]))


def test_small_numbers_beside_large_ones_are_rounded_as_these(asks: Any) -> None:
    """Shares, to three decimals; and a slope by a nudge, near where it is 0."""
    asks(answer=[0.0321, 0.9592, 0.0087])
    assert check("test.made", [0.032, 0.959, 0.009]) and not check("test.made", [0.032, 0.959, 0.011])
    assert "The numbers are right, and their places are not." in str(check("test.made", [0.959, 0.032, 0.009]))
    exercise("test.slope")(lambda draw: Question("?", answer=lambda x: 2 * x + 1, at=[(-0.501,), (2.5,)]))
    assert check("test.slope", lambda x: ((x + 1e-3) ** 2 + x + 1e-3 - x**2 - x) / 1e-3)
    assert check("test.slope", lambda x: round(2 * x + 1, 2)) and not check("test.slope", lambda x: 2 * x + 1.1)
    exercise("test.parts")(lambda draw: Question("?", answer={"a": 0.0087, "b": 0.9592}))
    assert not check("test.parts", {"a": 0.009, "b": 0.9592}), "of other kinds: each for itself"
    exercise("test.counts")(lambda draw: Question("?", answer=[1, 4096]))
    assert not check("test.counts", [2, 4096])


def test_what_is_right_so_far_may_have_to_be_more(asks: Any) -> None:
    asks(
        answer=lambda x: 2 * x,
        at=[(0.5,)],
        also=lambda f: "" if f.__name__ == "double" else "It is to be called double.",
        mistakes=[Mistake(lambda x: x, "That is x.")],
    )

    def double(x: float) -> float:
        return 2 * x

    assert check("test.made", double)
    assert str(check("test.made", lambda x: 2 * x)) == "Not yet. It is to be called double."
    assert "That is x." in str(check("test.made", lambda x: x))


def test_one_program_is_asked_for_and_not_only_right_numbers() -> None:
    """The function as it stands in the question gives the same numbers."""
    question = ask("speed.branchless")
    above, below = question.above, question.below
    for one in (
        lambda x: autograd.where(x > 0, above, below) * x,
        lambda x: above * autograd.relu(x) - below * autograd.relu(-x),
        lambda x: (above + below) / 2 * x + (above - below) / 2 * abs(x),
        autograd.compile(lambda x: autograd.where(x <= 0, below * x, above * x)),
    ):
        assert check("speed.branchless", one)
    for two in (lambda x: above * x if x > 0 else below * x, lambda x: [below * x, above * x][x > 0]):
        verdict = check("speed.branchless", two)
        assert not verdict and "a program is recorded for each sign" in str(verdict)
    said = str(check("speed.branchless", lambda x: above * x if float(x) > 0 else below * x))
    assert (
        said.startswith("Not an answer yet. What it gives is right; but it is to be compiled.") and "raises TypeError" in said
    )


def test_what_a_learner_wrote_is_shown_as_it_is(asks: Any) -> None:
    """Neither HTML, which would be nothing to see, nor Markdown; and a program in a way keeps its powers."""
    asks(answer=2.5)
    verdict = check("test.made", "<b>**a**</b> `c`")
    assert verdict.markdown.endswith("This is `'<b>**a**</b> 'c''`.") and str(verdict).endswith("This is '<b>**a**</b> 'c''.")
    ask("deltas.function")
    said = [str(check("deltas.function", lambda d1, d2, a: 7.5 * d1)) for _ in range(3)]
    assert "return (w1 * d1 + w2 * d2) * (1 - a**2)" in said[-1] and "The way: " in said[-1]


def test_names_and_variants_of_other_kinds_are_told(asks: Any) -> None:
    question = ask("slopes.product", np.int64(3))
    assert str(question) == str(ask("slopes.product", 3))
    for name in (question, 5, ["slopes.product"], None):
        with pytest.raises(LookupError, match="an exercise is named in quotation marks"):
            check(name, 2.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"a variant is a whole number: ask\('slopes\.product', 3\), and not 'two'"):
        ask("slopes.product", "two")  # type: ignore[arg-type]


def test_an_answer_that_is_left_out_or_given_by_names_is_told() -> None:
    assert "in the place of ..." in str(check("slopes.product"))
    said = str(check("slopes.both", a=1.5, b=2.5))
    assert said == 'Not an answer yet. Several numbers with names are a dict: {"a": ..., "b": ...}.'
