"""Slips that show in the numbers of an answer alone, whatever was asked: a sign, a decimal point, a factor, an order."""

from __future__ import annotations

import math

from .answers import ENOUGH_DIGITS, Parts, Where, agreement

FACTORS = {
    2.0: "That is twice as much as it should be.",
    0.5: "That is half as much as it should be.",
    100.0: "The digits are right, and the decimal point is not: that is 100 times as much. Is it in percent?",
}
"""Factors that have a meaning."""

MOST_PLACES = 6
"""By how many places a decimal point is looked for."""


def slip_of_numbers(given: Parts, truth: Parts, near: float = 0.0, *, ordered: bool) -> tuple[str, Where] | None:
    """What is wrong with the numbers of an answer, and of which part that is said, () for all; None if nothing shows.

    near        how far off a number may be in any case
    ordered     whether the parts are entries of a list or a dict, which can be exchanged, and not what a function gives

    >>> slip_of_numbers({(): -2.5}, {(): 2.5}, ordered=False)
    ('The size is right, and the sign is not.', ())
    >>> slip_of_numbers({(0,): 3.0, (1,): 2.0}, {(0,): 2.0, (1,): 3.0}, ordered=True)
    ('The numbers are right, and their places are not.', ())
    """
    pairs = {}
    for where, right in truth.items():
        x = given.get(where)
        if not isinstance(x, (int, float)) or isinstance(right, str):
            return None
        pairs[where] = (x, right)
    if (
        ordered
        and len(pairs) > 1
        and _same(sorted(x for x, _ in pairs.values()), sorted(right for _, right in pairs.values()), near)
    ):
        return "The numbers are right, and their places are not.", ()
    wrong = {where: pair for where, pair in pairs.items() if agreement(*pair, near) < ENOUGH_DIGITS}
    if ordered and len(wrong) == 1:
        pairs = wrong
    words = _slip_of_all([*pairs.values()], near)
    if words:
        return words, next(iter(wrong)) if pairs is wrong else ()
    if ordered and wrong:
        where, pair = next(iter(wrong.items()))
        words = _slip_of_all([pair], near)
        return (words, where) if words else None
    return None


def _same(given: list[float], truth: list[float], near: float) -> bool:
    return all(agreement(x, right, near) >= ENOUGH_DIGITS for x, right in zip(given, truth, strict=True))


def _times(factor: float, number: float) -> float:
    """Their product, which is a count where it is one of a count."""
    product = factor * number
    return int(product) if isinstance(number, int) and product.is_integer() else product


def _slip_of_all(pairs: list[tuple[float, float]], near: float) -> str:
    """What is wrong with all of the numbers alike; "" if that is nothing."""
    given, truth = [x for x, _ in pairs], [right for _, right in pairs]
    factors = [x / right for x, right in pairs if right]
    if not factors or not all(map(math.isfinite, factors)) or not all(factors) or any(x for x, right in pairs if not right):
        return ""
    several = len(factors) > 1
    if _same(given, [-right for right in truth], near):
        sizes, signs = ("sizes are", "signs are") if several else ("size is", "sign is")
        return f"The {sizes} right, and the {signs} not."
    for factor, words in FACTORS.items():
        if _same(given, [_times(factor, right) for right in truth], near):
            return words
    if len(pairs) == 1 and 0.0 < truth[0] < 1.0 <= given[0] == round(100.0 * truth[0]):
        return "That is in percent, and rounded to two digits: divide by 100, and give three."
    if several and _same(given, [_times(factors[0], right) for right in truth], near):
        return f"All of it is {factors[0]:.3g} times as much as it should be."
    tens = 10.0 ** max(-MOST_PLACES, min(MOST_PLACES, round(math.log10(abs(factors[0])))))
    if tens != 1.0 and _same(given, [_times(tens, right) for right in truth], near):
        return f"The digits are right, and the decimal point is not: that is {tens:g} times as much."
    if len(pairs) == 1 and not isinstance(truth[0], int) and _same(given, [1.0 / truth[0]], near):
        return "That is upside down: 1, divided by what it should be."
    return ""
