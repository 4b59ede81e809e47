"""Slopes of one number in another: by nudging, and by rule. (Notebook 01)"""

from __future__ import annotations

from ...derivatives.functional import derivative
from ..exercise import Draw, Mistake, Question, exercise
from ..mistakes import gradient_of, mistakes_of_gradient


def without_paths(mistakes: list[Mistake]) -> list[Mistake]:
    """Those that can be told before paths are known, and gradients that add up: notebooks 3 and 2 explain them."""
    return [mistake for mistake in mistakes if "path" not in mistake.diagnosis and "two passes" not in mistake.diagnosis]


@exercise("slopes.product")
def product(draw: Draw) -> Question:
    a, b = draw.value("a"), draw.value("b")
    z = a * b
    return Question(
        f"z = a × b with a = {a.data:g} and b = {b.data:g}. How much does z move with a: what is ∂z/∂a?",
        answer=gradient_of(z, a),
        mistakes=without_paths(
            mistakes_of_gradient(
                z,
                a,
                before=[
                    (1.0, "That would be a sum, a + b. In a product, a nudge of a is multiplied by b on its way."),
                    (a.data + b.data, "That is a + b. How much does a × b move when a alone does?"),
                ],
            )
        ),
        hint="Nudge a by 0.001, keep b as it is, and see how far z moves for it.",
        way=f"When a moves by a bit h, z becomes (a + h) × b = a × b + h × b: it moves by b bits. So ∂z/∂a is b, {b.data:g}.",
        solution="b.data",
    )


@exercise("slopes.nudge")
def nudge(draw: Draw) -> Question:
    x, h = draw.number("x", 1.5, 5.0), draw.named("h", 0.5)
    before, after = x**2, (x + h) ** 2
    return Question(
        f"f(x) = x². Nudge x = {x:g} by h = {h:g}. How far does f move, in nudges: what is (f(x + h) − f(x)) / h?",
        answer=(after - before) / h,
        mistakes=[
            Mistake(before, "That is f(x), where f comes from. How far does it move, and how many nudges is that?"),
            Mistake(after / h, "f(x), where f comes from, was not taken away."),
            Mistake(after - before, f"That is how far f moves. How many nudges is that? A nudge is {h:g}, so divide by it."),
            Mistake(after, "That is f(x + h), where f arrives. Take away where it came from, and divide by the nudge."),
            Mistake(
                2 * x, "That is the slope in the limit, for a nudge too small to see. This nudge is large, and gives more."
            ),
            Mistake((after - before) * h, "It was multiplied by the nudge. Divide: a distance, measured in nudges."),
            Mistake(
                after - before / h, "Brackets are missing: without them, Python divides f(x) alone, before it takes it away."
            ),
            Mistake((before - after) / h, "The size is right, and the sign is not: it is what f becomes, minus what it was."),
        ],
        hint=f"Compute f({x + h:g}) and f({x:g}), take the difference, and divide it by {h:g}.",
        way=f"({after:g} − {before:g}) / {h:g} = {(after - before) / h:g}. In letters, (2xh + h²) / h = 2x + h: the slope 2x, and h too much.",
        solution="((x + h) ** 2 - x ** 2) / h",
    )


@exercise("slopes.rule")
def rule(draw: Draw) -> Question:
    x = draw.value("x", 1.5, 4.0)
    a, b = draw.number("a", -3.0, 3.0), draw.number("b", -5.0, 5.0)
    y = a * x**3 + b * x
    at = x.data
    return Question(
        f"y = a x³ + b x with a = {a:g}, b = {b:g}, at x = {at:g}. What is dy/dx there, by the rules for powers, sums and factors?",
        answer=gradient_of(y, x),
        mistakes=[
            Mistake(3 * at**2 + b, "The factor a was forgotten: a factor in front stays in front."),
            Mistake(3 * a * at**2 + 1, "The factor b was forgotten: the slope of b x is b."),
            Mistake(y.data, "That is the value of y, not its slope."),
            Mistake(3 * at**2 + 1, "The factors a and b were forgotten: a factor in front stays in front."),
            Mistake(3 * a * at**3 + b, "The exponent of x³ comes down as a factor, and one less stays above: 3x², not 3x³."),
            Mistake(a * at**2 + b, "The exponent went down by one, but did not become a factor: the slope of x³ is 3x²."),
            Mistake(3 * a * at**2, "One part is missed: y moves with x through b x, too."),
            Mistake(3 * a * at**2 + b * at, "The slope of b x is b: it is the same everywhere, and has no x in it."),
            Mistake(-(3 * a * at**2 + b), "The size is right, and the sign is not."),
        ],
        hint="The slope of a sum is the sum of the slopes. The slope of x³ is 3x², that of x is 1, and factors stay.",
        way=f"dy/dx = 3 a x² + b = 3 × {a:g} × {at:g}² + {b:g} = {3 * a * at**2 + b:g}.",
        solution="3 * a * x.data ** 2 + b",
    )


@exercise("slopes.which_way")
def which_way(draw: Draw) -> Question:
    top, x = draw.number("", -3.0, 3.0), draw.number("x", -4.0, 4.0)
    slope = derivative(lambda t: t * (2 * top - t))(x)
    right, wrong = ("rising", "falling") if slope > 0 else ("falling", "rising")
    return Question(
        f"f(x) = {2 * top:g} x − x². We stand at x = {x:g} and walk to the right. Is f rising, falling or flat here?",
        answer=right,
        mistakes=[
            Mistake(wrong, f"Look at the sign of the slope, {2 * top:g} − 2x: with x = {x:g} it is {slope:g}."),
            Mistake("flat", f"Flat is where the slope is 0. Here it is {2 * top:g} − 2x = {slope:g}."),
        ],
        choices=("rising", "falling", "flat"),
        hint="The sign of the slope says it: above 0 rising, below 0 falling, 0 flat. Which is the slope of f?",
        way=f"The slope is {2 * top:g} − 2x, at x = {x:g} it is {slope:g}: f is {right}.",
        solution=f'"rising" if {2 * top:g} - 2 * x > 0 else "falling"',
    )


@exercise("slopes.function")
def function(draw: Draw) -> Question:
    a, b, c = draw.number("a"), draw.number("b"), draw.number("c")
    return Question(
        f"f(x) = a x² + b x + c with a = {a:g}, b = {b:g}, c = {c:g}. Write a Python function of x that returns the slope of f at x, "
        "and give the function itself, without calling it.",
        answer=derivative(lambda x: a * x**2 + b * x + c),
        mistakes=[
            Mistake(lambda x: 2 * a, "That is the slope of the slope. The slope itself has an x in it, and b."),
            Mistake(lambda x: 2 * a * x**2 + b, "The exponent of x² comes down as a factor, and one less stays above: 2x."),
            Mistake(lambda x: a * x**2 + b * x + c, "That is f itself. Its slope is asked for."),
            Mistake(
                lambda x: 2 * a * x + b + c,
                "The constant c moves nothing: its slope is 0, and it has no place in the slope of f.",
            ),
            Mistake(lambda x: 2 * a * x, "One part is missed: b x has a slope too, b."),
            Mistake(lambda x: a * x + b, "The exponent of x² becomes a factor: the slope of x² is 2x."),
            Mistake(lambda x: 2 * a + b, "Is there no x in it? The slope of a parabola differs from place to place."),
            Mistake(
                lambda x: 2 * a * x + b * x, "The slope of b x is b, without x: a straight line has the same slope everywhere."
            ),
        ],
        at=draw.points(),
        hint="Take the three parts one by one: the slope of x² is 2x, of x it is 1, of a constant 0. Factors stay.",
        way=f'The slope is 2 a x + b: `def slope(x): return 2 * {a:g} * x + {b:g}`, and then `check("slopes.function", slope)`.',
        solution="def slope(x):\n    return 2 * a * x + b",
    )


@exercise("slopes.predict")
def predict(draw: Draw) -> Question:
    value, slope, step = draw.number("value", 2.0, 9.0), draw.number("slope"), draw.number("step", 0.02, 0.09, decimals=2)
    return Question(
        f"At x, a function has the value {value:g} and the slope {slope:g}. About what is its value at x + {step:g}? "
        "(In Python, the three numbers are called `value`, `slope` and `step`. Give four digits.)",
        answer=value + slope * step,
        mistakes=[
            Mistake(
                value - slope * step,
                "That is where it was a step before. To the right, it moves by plus the slope times the step.",
            ),
            Mistake(slope * step, "That is how far it moves. Where does it arrive, coming from its value?"),
            Mistake(value + slope, "That would be a step of 1, if the slope stayed so long. The step is smaller."),
            Mistake(value, "That is where it was. It moves by the slope times the step."),
        ],
        hint="A slope says how many times the step the value moves.",
        way=f"It moves by about slope × step = {slope:g} × {step:g} = {slope * step:g}, and so arrives at {value + slope * step:g}.",
        solution="value + slope * step",
    )


@exercise("slopes.both")
def both(draw: Draw) -> Question:
    a, b, c = draw.value("a"), draw.value("b"), draw.value("c")
    z = a * b + c * b
    truth = {"a": gradient_of(z, a), "b": gradient_of(z, b)}
    return Question(
        f"z = a × b + c × b with a = {a.data:g}, b = {b.data:g}, c = {c.data:g}. What are ∂z/∂a and ∂z/∂b? "
        'Give a dict: `{"a": ..., "b": ...}`.',
        answer=truth,
        mistakes=[
            Mistake({"a": truth["b"], "b": truth["a"]}, "The two are exchanged."),
            Mistake(c.data, "That is c alone, the slope of c × b. b stands in a × b, too: a sum moves by both.", at="b"),
            Mistake(a.data, "That is a alone, the slope of a × b. b stands in c × b, too: a sum moves by both.", at="b"),
            Mistake(a.data * c.data, "The slopes of the two products were multiplied. A sum moves by both: add them.", at="b"),
            *without_paths(mistakes_of_gradient(z, a, at="a")),
            *without_paths(mistakes_of_gradient(z, b, at="b")),
        ],
        hint="Nudge one of them alone, and hold the others still. b stands in both products.",
        way=f"∂z/∂a = b = {b.data:g}. b stands in both products, and both move: ∂z/∂b = a + c = {a.data + c.data:g}.",
        solution='{"a": b.data, "b": a.data + c.data}',
    )
