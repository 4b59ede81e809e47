"""Values, their graph, and the way back through it by hand. (Notebook 02)"""

from __future__ import annotations

from ...derivatives.functional import grad
from ...engine.value import Value
from ..exercise import Draw, Mistake, Question, exercise
from ..mistakes import FIRST_THE_PRODUCT, gradient_of, mistakes_of_gradient, mistakes_of_value


def labelled(v: Value, label: str) -> Value:
    v.label = label
    return v


@exercise("graphs.forward")
def forward(draw: Draw) -> Question:
    a, b = draw.value("a"), draw.value("b")
    c = labelled(a + b, "c")
    d = labelled(b - 1, "d")
    e = labelled(c * d, "e")
    return Question(
        f"c = a + b, d = b − 1, e = c × d, with a = {a.data:g} and b = {b.data:g}. The graph is computed from left to right: what is the value of e?",
        answer=e.data,
        mistakes=mistakes_of_value(e, before=[(a.data + b.data * b.data - 1, FIRST_THE_PRODUCT)]),
        hint="First c and d, then e. Each needs only what its arrows come from.",
        way=f"c = {a.data:g} + {b.data:g} = {c.data:g}, d = {b.data:g} − 1 = {d.data:g}, e = {c.data:g} × {d.data:g} = {e.data:g}.",
        solution="(a.data + b.data) * (b.data - 1)",
    )


@exercise("graphs.local")
def local(draw: Draw) -> Question:
    c, d = draw.value("c", 1.2, 6.0), draw.value("d", 1.2, 6.0)
    e = labelled(c * d, "e")
    truth = {"c": gradient_of(e, c), "d": gradient_of(e, d)}
    return Question(
        f"In a graph stands e = c × d, with c = {c.data:g} and d = {d.data:g}. Which local derivatives are noted on the two arrows into it, "
        'the one from c and the one from d? Give a dict: `{"c": ..., "d": ...}`.',
        answer=truth,
        mistakes=[
            Mistake(
                {"c": c.data, "d": d.data},
                "Those are the values of c and d themselves. The arrow from c says how much e moves with c: that is up to d.",
            ),
            Mistake(
                {"c": 1.0, "d": 1.0},
                "That would be a sum: there, each of the two moves the result as far as itself. This is a product.",
            ),
            *mistakes_of_gradient(e, c, at="c"),
            *mistakes_of_gradient(e, d, at="d"),
        ],
        hint="Nudge c alone: e becomes (c + h) × d. How many nudges is that more?",
        way=f"Along the arrow from c stands the other factor, d = {d.data:g}; along the one from d stands c = {c.data:g}.",
        solution='{"c": d.data, "d": c.data}',
    )


@exercise("graphs.adjoint")
def adjoint(draw: Draw) -> Question:
    coming, a, b = draw.number("coming"), draw.value("a"), draw.value("b")
    v = a * b
    y = coming * v
    return Question(
        f"v = a × b with a = {a.data:g}, b = {b.data:g}. On the way back, v has got its adjoint: {coming:g}, called `coming` in Python. "
        "a is used nowhere else. Which adjoint does a get?",
        answer=gradient_of(y, a),
        mistakes=[
            Mistake(
                b.data,
                "That is the local derivative alone: it says how much v moves with a. How much the result moves with v has to be multiplied in.",
            ),
            Mistake(coming, "That is the adjoint of v. On the arrow to a it is multiplied by the local derivative."),
            Mistake(
                coming * a.data, "The value of a was taken for the local derivative: in a product, that is the other factor."
            ),
            Mistake(coming + b.data, "Along an arrow, adjoint and local derivative are multiplied, not added."),
            Mistake(v.data, "That is the value of v, not an adjoint."),
            Mistake(coming * v.data, "The value of v was taken for the local derivative: that is b, the other factor."),
            Mistake(-coming * b.data, "The size is right, and the sign is not."),
        ],
        hint="Adjoint of v, times the local derivative on the arrow from a to v.",
        way=f"The local derivative of v in a is b = {b.data:g}, and v has the adjoint {coming:g}: together {coming:g} × {b.data:g} = {coming * b.data:g}.",
        solution="coming * b.data",
    )


@exercise("graphs.by_hand")
def by_hand(draw: Draw) -> Question:
    a, b = draw.value("a"), draw.value("b")
    c = labelled(a * b, "c")
    e = labelled(c + a, "e")
    truth = {"a": gradient_of(e, a), "b": gradient_of(e, b)}
    return Question(
        f"c = a × b and e = c + a, with a = {a.data:g}, b = {b.data:g}. Go back by hand, from e = 1: which adjoints do a and b get? "
        'Give a dict: `{"a": ..., "b": ...}`.',
        answer=truth,
        mistakes=[
            Mistake({"a": truth["b"], "b": truth["a"]}, "The two are exchanged."),
            *mistakes_of_gradient(e, a, at="a"),
            *mistakes_of_gradient(e, b, at="b"),
        ],
        hint="a is used twice: in c, and in e itself. What arrives along the two arrows is added.",
        way=f"c gets 1. b gets, through c, 1 × a = {a.data:g}. a gets 1 × b = {b.data:g} through c, and 1 straight from e: together {b.data + 1:g}.",
        solution='{"a": b.data + 1, "b": a.data}',
    )


@exercise("graphs.twice")
def twice(draw: Draw) -> Question:
    times, x = draw.whole("times", 4, 6), draw.value("x", 1.2, 4.0)
    y = x * x
    one = gradient_of(y, x)
    return Question(
        f"x = Value({x.data:g}), y = x × x. Somebody calls `y.backward()` {times} times and never sets x.grad to 0. What is x.grad then? "
        "(In Python, the number of calls is `times`.)",
        answer=times * one,
        mistakes=[
            Mistake(2 ** (times - 1) * one, "It does not double: each call adds the same, 2x."),
            Mistake((times - 1) * one, "The first call brings its share, too."),
            Mistake(one, "That is the gradient after one call. Leaves add up what each call brings."),
            Mistake(one**times, "They are added up, not multiplied."),
            Mistake(times * x.data, "One path is missed in each call: x is used twice in x × x, and its slope is 2x."),
            Mistake(y.data, "That is the value of y."),
            Mistake(times * y.data, "Each call brings the slope of y, 2x, and not its value."),
            Mistake(0.0, "Nothing sets it to 0: that is the point."),
            Mistake((times + 1) * one, "Before the first call the gradient is 0: count the calls alone."),
        ],
        hint="One call brings 2x. A leaf adds what arrives to what it has.",
        way=f"Each call brings 2x = {one:g}. After {times} calls there are {times} × {one:g} = {times * one:g}.",
        solution="times * 2 * x.data",
    )


@exercise("graphs.kinks")
def kinks(draw: Draw) -> Question:
    a, b = draw.value("a", 1.2, 4.0), draw.value("b", -4.0, -1.2)
    y = labelled(a.relu() + b.relu(), "y")
    z = labelled(abs(b) * a, "z")
    truth = {"y_b": gradient_of(y, b), "z_b": gradient_of(z, b)}
    return Question(
        f"a = {a.data:g}, b = {b.data:g}. y = relu(a) + relu(b) and z = |b| × a. How much do y and z move with b? "
        'Give a dict: `{"y_b": ..., "z_b": ...}`, for ∂y/∂b and ∂z/∂b.',
        answer=truth,
        mistakes=[
            Mistake(-b.data, "That is |b|, which is how much z moves with a. And how much |b| moves with b?", at="z_b"),
            Mistake(1.0, "Below 0, |b| falls when b rises; and z has a as a factor.", at="z_b"),
            Mistake(
                1.0, "relu has slope 1 above 0 only. b is below: relu(b) is 0 here, and stays so when b is nudged.", at="y_b"
            ),
            Mistake(y.data, "That is the value of y.", at="y_b"),
            Mistake(-1.0, "That is the slope of |b|. relu is flat below 0.", at="y_b"),
            Mistake(a.data, "b is below 0, so |b| gets smaller when b gets larger: its slope is −1.", at="z_b"),
            Mistake(-1.0, "That is the slope of |b| alone: z has a as a factor.", at="z_b"),
            Mistake(z.data, "That is the value of z.", at="z_b"),
            Mistake(0.0, "That would be relu. |b| folds what is below 0 up, and does not cut it off.", at="z_b"),
        ],
        hint="Below 0, relu is flat, and |b| is −b.",
        way=f"relu(b) is 0 on this side: slope 0. |b| is −b on this side: slope −1, times a: {-a.data:g}.",
        solution='{"y_b": 0.0, "z_b": -a.data}',
    )


@exercise("graphs.machine")
def machine(draw: Draw) -> Question:
    k = draw.number("k")

    def f(a: Value, b: Value) -> Value:
        return (a + k) * (a * b)

    return Question(
        f"e = (a + k) × (a × b), with k = {k:g} (called `k` in Python). Be the machine: write a function of a and b that returns the list of both "
        "gradients, [∂e/∂a, ∂e/∂b], and give the function itself.",
        answer=grad(f, argnums=(0, 1)),
        mistakes=[
            Mistake(
                lambda a, b: [a * b + (a + k) * b, (a + k)],
                "In ∂e/∂b, the path from b goes through a × b: its slope there is a, and it is still to be multiplied in.",
            ),
            Mistake(lambda a, b: [a * b, (a + k) * a], "In ∂e/∂a, one path is missed: a reaches e through a × b, too."),
            Mistake(lambda a, b: [(a + k) * b, (a + k) * a], "In ∂e/∂a, one path is missed: a reaches e through a + k, too."),
            Mistake(
                lambda a, b: [a * b * (a + k) * b, (a + k) * a],
                "In ∂e/∂a, the shares of the two paths were multiplied: they are added.",
            ),
            Mistake(lambda a, b: [(a + k) * a, a * b + (a + k) * b], "The two are exchanged: first ∂e/∂a."),
        ],
        at=draw.points(arguments=2, low=1.5, high=3.0),
        hint="Name the two factors: c = a + k, d = a × b. Then e's adjoint, 1, goes to c with slope d, and to d with slope c.",
        way="c = a + k gets d = a × b, and d gets c. So b gets c × a, and a gets d × 1 through c and c × b through d: [a * b + (a + k) * b, (a + k) * a].",
        solution="def gradients(a, b):\n    c, d = a + k, a * b\n    return [d * 1 + c * b, c * a]",
    )
