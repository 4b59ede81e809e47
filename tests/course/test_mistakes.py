"""Slips found by the graph: each is what a learner who makes it would give."""

import pytest

from autograd import Value, exp
from autograd.course import gradient_of, mistakes_of_gradient, mistakes_of_value
from autograd.course.mistakes import called, paths


def said(mistakes: list) -> dict[float, str]:  # type: ignore[type-arg]
    return {round(mistake.answer, 6): mistake.diagnosis for mistake in mistakes}


def test_the_diagnoses_of_two_paths() -> None:
    """e = (a + b)(b + 1) at a = 1.7, b = 2.6: ∂e/∂b is 3.6 through c, and 4.3 through d."""
    a, b = Value(1.7, label="a"), Value(2.6, label="b")
    c = a + b
    d = b + 1
    e = c * d
    c.label, d.label, e.label = "c", "d", "e"
    told = said(mistakes_of_gradient(e, b))
    assert gradient_of(e, b) == pytest.approx(7.9)
    for answer, words in {
        15.48: "is the value of e",  # 4.3 × 3.6
        2.6: "the value of b itself",
        4.3: "One path is missed: b reaches e through c too, and that path brings 3.6",
        3.6: "One path is missed: b reaches e through d too, and that path brings 4.3",
        9.9: "All slopes were added",  # 1 + 3.6 + 1 + 4.3
        8.9: "slopes along a path were added",  # 1 + 3.6 + 4.3
        5.3: "Only the first step was taken, from b to c",  # 1 + 4.3
        8.6: "The value of c, 4.3, was taken for a slope: that of e in c is 3.6",
        -7.9: "sign",
        15.8: "two passes",
    }.items():
        assert words in told[answer], answer
    assert 7.9 not in told and len({*told}) == len(told)


def test_the_diagnoses_along_one_path() -> None:
    """y = x k m at x = 1.7, k = 2.5, m = -0.6: ∂y/∂x is 2.5 × -0.6."""
    x, k, m = Value(1.7, label="x"), Value(2.5, label="k"), Value(-0.6, label="m")
    u = x * k
    y = u * m
    u.label, y.label = "u", "y"
    told = said(mistakes_of_gradient(y, x))
    assert gradient_of(y, x) == -1.5
    for answer, words in {
        1.9: "slopes along a path were added: 2.5 + -0.6",
        2.5: "Only the first step was taken, from x to u: its slope is 2.5. It is multiplied by how much y moves with u.",
        -0.6: "how much y moves with u: the step from x to it, 2.5, is still to be multiplied in",
        -1.02: "The value of x, 1.7, was taken for a slope: that of u in x is 2.5",
        10.625: "The value of u, 4.25, was taken for a slope: that of y in u is -0.6",
        -6.375: "The value of y, -2.55, was taken for a slope: that of y in u is -0.6",
        1.5: "sign",
    }.items():
        assert words in told[answer], answer


def test_paths_are_found_with_their_shares() -> None:
    x = Value(2.0, label="x")
    y = x * x
    z = y + y * x
    ways = paths(z, x)
    assert sum(path.share for path in ways) == gradient_of(z, x) == 2 * 2 + 3 * 4
    assert len(ways) == 5
    for _ in range(5):
        z = z * z
    assert paths(z, x) == [], "too many to look at"
    assert paths(Value(1.0) * 2, x) == []


def test_slips_in_a_value() -> None:
    a, b = Value(1.5, label="a"), Value(4.0, label="b")
    told = said(mistakes_of_value(a - b))
    assert "the other way round" in told[2.5] and "sum of a and b" in told[5.5] and "product" in told[6.0]
    assert "itself" in said(mistakes_of_value(exp(a)))[1.5]
    assert "product of a and b" in said(mistakes_of_value(a + b))[6.0] and 5.5 not in said(mistakes_of_value(a + b))
    assert "how much a × b moves with a; its value is asked for" in said(mistakes_of_value(a * b))[4.0]


def test_nodes_without_a_label_are_called_by_their_formula() -> None:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    assert called(a * b + b * a) == "a × b + b × a"
    assert called((a + b) * (a - 1)) == "(a + b) × (a − 1)"
    assert called(a - (a - b)) == "a − (a − b)"
    assert called(exp(a + b) * -2) == "exp(a + b) × (-2)"
    named = a + b
    named.label = "c"
    assert called(named * a) == "c × a"


def test_what_is_said_of_an_operand_is_true() -> None:
    """c = a + b, e = c × b: c is no slope of e in b, which moves e through c as well."""
    a, b = Value(1.7, label="a"), Value(2.6, label="b")
    c = a + b
    e = c * b
    c.label, e.label = "c", "e"
    told = said(mistakes_of_value(e))
    assert told[4.3] == "4.3 is c itself: the operation is still to be done."
    assert told[2.6] == "2.6 is b itself, and how much e moves with c; its value is asked for."


def test_paths_that_bring_the_same_are_named_together() -> None:
    """u = a b, y = u c + u a: which of the two paths that bring a b is missed, the number cannot say."""
    a, b, c = Value(1.5, label="a"), Value(2.5, label="b"), Value(-0.7, label="c")
    u = a * b
    y = u * c + u * a
    u.label, y.label = "u", "y"
    told = said(mistakes_of_gradient(y, a))
    assert told[2.0].startswith("One path is missed: a reaches y through u and u × a or through u × a too, and each")
    assert told[7.5].startswith("One path is missed: a reaches y through u and u × c too, and that path brings -1.75")
    assert "On the path through u and u × c, the step from a to u, 2.5, is still to be multiplied in." in told.values()


def test_slips_of_a_question_come_before_the_usual_ones() -> None:
    a, b = Value(1.5, label="a"), Value(4.0, label="b")
    assert said(mistakes_of_gradient(a * b, a, before=[(6.0, "Six."), (4.0, "Right.")]))[6.0] == "Six."
    assert said(mistakes_of_value(a - b, before=[(2.5, "Turned round.")]))[2.5] == "Turned round."


def test_who_adds_the_slopes_of_a_path_leaves_out_those_of_sums() -> None:
    """a = exp(x w + b): of w, the slopes are x, 1 and a; whoever adds them adds x and a."""
    x, w, b = Value(1.5, label="x"), Value(-0.4, label="w"), Value(0.7, label="b")
    told = said(mistakes_of_gradient(exp(x * w + b), w))
    a = exp(-0.6 + 0.7)
    assert told[round(1.5 + a, 6)].startswith("The slopes along a path were added: 1.5 + 1.10517. Along")
    assert told[round(1.5 + 1.0 + a, 6)].startswith("The slopes along a path were added: 1.5 + 1 + 1.10517. Along")
