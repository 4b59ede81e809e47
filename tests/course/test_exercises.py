"""Every exercise: its solution is right, each mistake is told what it is, rounding is forgiven, other numbers are wrong."""

import ast
import builtins
import copy
import json
import random
import re
from collections import Counter
from itertools import chain
from typing import Any

import pytest
from exercise_numbers import FILE, numbers_of

import autograd
from autograd.course import Mistake, ask, check
from autograd.course.answers import ENOUGH_DIGITS, apart, digits
from autograd.course.exercise import EXERCISES, Posed
from autograd.course.slips import slip_of_numbers

VARIANTS = range(6)
KNOWN = {"autograd": autograd, "Value": autograd.Value, "ask": ask, "check": check}
"""What the first cell of every notebook imports."""

exercises = pytest.mark.parametrize("name", sorted(EXERCISES))


def posed(name: str, variant: int) -> Posed:
    return EXERCISES[name].variant(variant)


def solved(source: str, names: dict[str, Any]) -> Any:
    """What the last line of a solution gives: its value, or the function it defines."""
    module = ast.parse(source)
    last = module.body[-1]
    if isinstance(last, ast.Expr):
        module.body[-1] = ast.parse("answer = 0").body[0]
        module.body[-1].value = last.value  # type: ignore[attr-defined]
    namespace = {**KNOWN, **names}
    exec(compile(ast.fix_missing_locations(module), "solution", "exec"), namespace)
    return namespace["answer" if isinstance(last, ast.Expr) else last.name]  # type: ignore[attr-defined]


def with_mistake(right: Any, mistake: Mistake) -> Any:
    """The right answer, but for the part that the mistake is about."""
    if mistake.at is None:
        return mistake.answer
    wrong = dict(right) if isinstance(right, dict) else list(right)
    wrong[mistake.at] = mistake.answer
    return wrong


def mapped(answer: Any, f: Any) -> Any:
    """The answer with f of every number in it."""
    if isinstance(answer, dict):
        return {key: mapped(part, f) for key, part in answer.items()}
    if isinstance(answer, (list, tuple)):
        return [mapped(part, f) for part in answer]
    return f(answer) if isinstance(answer, (int, float)) else answer


@exercises
@pytest.mark.parametrize("variant", VARIANTS)
def test_the_solution_is_right(name: str, variant: int) -> None:
    asked = ask(name, variant)
    answer = solved(asked.posed.question.solution, asked.posed.given)
    assert check(name, answer), f"{asked}\n{answer}"


@exercises
@pytest.mark.parametrize("variant", VARIANTS)
def test_every_mistake_is_told_what_it_is(name: str, variant: int) -> None:
    question = posed(name, variant).question
    assert question.mistakes
    for mistake in question.mistakes:
        ask(name, variant)
        verdict = check(name, with_mistake(question.answer, mistake))
        assert not verdict
        assert verdict.mistake is not None and verdict.mistake.diagnosis == mistake.diagnosis
        assert mistake.diagnosis in verdict.markdown


def test_right_and_wrong_answers_are_those_written_down() -> None:
    """On purpose changed? `python tests/helpers/exercise_numbers.py` writes them anew."""
    written = json.loads(FILE.read_text(encoding="utf-8"))
    assert written.keys() == EXERCISES.keys()
    for name, answers in written.items():
        found = numbers_of(name)
        assert [*map(len, found)] == [*map(len, answers)], name
        for part, number in zip(chain(*found), chain(*answers), strict=True):
            assert part == (number if isinstance(number, str) else pytest.approx(number, rel=1e-4)), name


@exercises
def test_a_hint_comes_second_and_the_way_third(name: str) -> None:
    question = posed(name, 0).question
    wrong = with_mistake(question.answer, question.mistakes[-1])
    hint = question.mistakes[-1].hint or question.hint
    assert hint and question.way
    ask(name)
    said = [check(name, wrong).markdown for _ in range(3)]
    assert [hint in one for one in said] == [False, True, False]
    assert [question.way in one for one in said] == [False, False, True]


@exercises
@pytest.mark.parametrize("variant", VARIANTS)
def test_rounded_to_three_digits_it_is_right(name: str, variant: int) -> None:
    asked = ask(name, variant)
    right = asked.posed.question.answer
    if callable(right):
        return
    rounded = mapped(right, lambda x: x if isinstance(x, int) else float(f"{x:.3g}"))  # what is counted is not rounded
    verdict = check(name, rounded)
    assert verdict
    least = min((digits(x, t) for x, t in zip(numbers(rounded), numbers(right), strict=True)), default=15)
    assert least >= ENOUGH_DIGITS and ((least == 15) == (verdict.markdown == "**Right.**"))


@exercises
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("off", [-1, 1, 0.4])
def test_a_count_that_is_off_is_neither_right_nor_a_matter_of_digits(name: str, variant: int, off: float) -> None:
    asked = ask(name, variant)
    right = asked.posed.question.answer
    for at in [*right] if isinstance(right, dict) else [None]:
        if isinstance(right if at is None else right[at], int):
            verdict = check(name, right + off if at is None else {**right, at: right[at] + off})
            assert not verdict and "digits" not in verdict.markdown


def numbers(answer: Any) -> list[float]:
    found: list[float] = []
    mapped(answer, lambda x: found.append(x) or x)
    return found


@exercises
@pytest.mark.parametrize("variant", VARIANTS)
def test_other_numbers_are_wrong_without_a_diagnosis(name: str, variant: int) -> None:
    asked = ask(name, variant)
    right = asked.posed.question.answer
    if isinstance(right, str):
        return
    drawn = random.Random(f"other {name} {variant}")
    known = [asked.posed.parts_of(mistake) for mistake in asked.posed.question.mistakes]
    tried = 0
    while tried < 5:
        factor, more = drawn.uniform(2.5, 4.5), drawn.uniform(5.5, 9.5)
        other: Any = mapped(right, lambda x, factor=factor, more=more: factor * x + more)
        if callable(right):

            def other(*point: Any, factor: float = factor, more: float = more) -> Any:
                return mapped(right(*point), lambda x: factor * x + more)

        given = asked.posed._parts(other)
        parts = [{where: given[where] for where in slip} for slip in [asked.posed.truth, *known]]
        if not all(apart(part, slip) for part, slip in zip(parts, [asked.posed.truth, *known], strict=True)):
            continue
        if slip_of_numbers(given, asked.posed.truth, ordered=not asked.posed.question.at):
            continue
        tried += 1
        verdict = check(name, other)
        assert not verdict and verdict.mistake is None


@exercises
def test_the_text_says_what_the_solution_needs(name: str) -> None:
    question = posed(name, 0).question
    tree = ast.parse(question.solution)
    made = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    made |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    made |= {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    made |= {
        (alias.asname or alias.name).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    needed = used - made - {*KNOWN} - {*dir(builtins)}
    assert needed <= posed(name, 0).given.keys()
    for one in needed:
        assert re.search(rf"(?<!\w){re.escape(one)}(?!\w)", question.text), f"the text does not name {one}"


@exercises
def test_variants_differ_and_repeat(name: str) -> None:
    texts = [posed(name, variant).question.text for variant in VARIANTS]
    assert len({*texts}) >= 3
    assert texts == [posed(name, variant).question.text for variant in VARIANTS]


def test_the_losses_to_be_diagnosed_show_what_is_said_of_them() -> None:
    met = set()
    for variant in range(20):
        asked = ask("training.diagnosis", variant)
        learned, aside, word = asked.learned, asked.aside, asked.posed.question.answer
        met.add(word)
        if word == "overfits":
            assert learned < 0.1 and aside > 5 * learned
        else:
            assert abs(aside - learned) < 0.02 and (0.6 <= learned < 0.69 if word == "underfits" else learned < 0.2)
    assert met == {"overfits", "underfits", "fits"}


def test_what_is_said_of_a_wrong_direction_is_true_of_the_gradient() -> None:
    """Below 0, the error falls when the weight is raised: whoever has lowered it may not be told that this was right."""
    met = set()
    for variant in range(20):
        asked = ask("first.direction", variant)
        falls = "above 0 means that the error gets larger" if asked.slope > 0 else "below 0 means that the error gets smaller"
        wrong = "raise it" if asked.slope > 0 else "lower it"
        said = next(mistake.diagnosis for mistake in asked.posed.question.mistakes if mistake.answer == wrong)
        assert said == f"A gradient {falls} when the weight gets larger."
        met.add(wrong)
    assert met == {"raise it", "lower it"}


def test_what_is_said_of_a_score_that_is_not_the_largest_is_true_of_it() -> None:
    met = set()
    for variant in range(20):
        asked = ask("classes.decide", variant)
        largest = max(asked.scores.values())
        for mistake in asked.posed.question.mistakes:
            score, without_sign = asked.scores[mistake.answer], "without its sign" in mistake.diagnosis
            assert without_sign == (abs(score) > abs(largest)) and f"{score:g}" in mistake.diagnosis
            assert not without_sign or f"{score:g} is more than {largest:g} only" in mistake.diagnosis
            met.add(without_sign)
    assert met == {True, False}


def test_downhill_leads_into_the_valley_on_this_side_of_the_hill() -> None:
    """Which way the steps go is not known: the start may lie on either side of the lowest point."""
    for variant in range(20):
        asked = ask("descent.valley", variant)
        side = "left" if asked.start < asked.hill else "right"
        assert asked.posed.question.way == f"{asked.start:g} is {side} of the hill, so downhill leads into the {side} valley."


def test_nothing_is_said_in_words_of_later_notebooks() -> None:
    """Of those that exercises take from the graph of a question: paths are explained in notebook 3, operands in 9."""
    later = {
        "path": ["first", "slopes"],
        "operand": ["first", "slopes", "graphs", "paths", "descent", "neurons", "deltas", "classes"],
    }
    for word, topics in later.items():
        for name in (name for name in EXERCISES if name.partition(".")[0] in topics):
            question = posed(name, 0).question
            said = [question.text, question.hint, question.way, *(mistake.diagnosis for mistake in question.mistakes)]
            assert not [text for text in said if word in text], (name, word)


def test_every_topic_has_five_exercises() -> None:
    counted = Counter(one.topic for one in EXERCISES.values())
    assert {topic: number for topic, number in counted.items() if number < 5} == {}


def test_what_a_question_gives_is_not_changed_by_an_answer() -> None:
    question = ask("slopes.product")
    z = question.a * question.b
    z.backward()
    before = copy.copy(question.posed.truth)
    assert check("slopes.product", question.a.grad)
    assert ask("slopes.product").posed.truth == before and ask("slopes.product").a.grad == 0.0
