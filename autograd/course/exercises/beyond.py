"""Exercises for notebook 11: gradients, Jacobians, Hessians, and the errors of what was fitted."""

from __future__ import annotations

import math

from ...derivatives.functional import derivative, grad, hessian, jacobian
from ...engine.value import Value
from ..exercise import Draw, Mistake, Question, exercise
from ..mistakes import gradient_of, mistakes_of_gradient


@exercise("beyond.gradient")
def gradient(draw: Draw) -> Question:
    x, y, a = draw.value("x"), draw.value("y"), draw.number("a", 2.0, 4.0)
    z = x * x * y + a * y
    right = [gradient_of(z, x), gradient_of(z, y)]
    return Question(
        f"f(x, y) = x² y + a y with a = {a:g}, at x = {x.data:g} and y = {y.data:g}. What is its gradient? "
        "Give a list of two: the slope in x, the slope in y.",
        answer=right,
        mistakes=[
            Mistake(z.data, "That is the value of f. How does it move with x?", at=0),
            Mistake(z.data, "That is the value of f. How does it move with y?", at=1),
            Mistake(x.data * y.data, "The exponent of x² becomes a factor: its slope is 2x.", at=0),
            Mistake(2 * x.data * y.data + a, "a y does not move with x.", at=0),
            Mistake(x.data**2 + a * y.data, "a y moves with y by a: its slope has no y in it.", at=1),
            Mistake(right[::-1], "The two are exchanged: the slope in x comes first."),
            Mistake(2 * x.data, "x² has the slope 2x, and y stays in front of it as a factor.", at=0),
            Mistake(x.data**2, "a y moves with y, too.", at=1),
            Mistake(a, "x² y moves with y, too: x² is its factor.", at=1),
            *(one for one in mistakes_of_gradient(z, x, at=0) if one.diagnosis.startswith(("The size", "That is twice"))),
            *(one for one in mistakes_of_gradient(z, y, at=1) if one.diagnosis.startswith(("The size", "That is twice"))),
        ],
        hint="Move one of the two, and take the other for a constant.",
        way=f"In x: 2 x y = {right[0]:.6g}. In y: x² + a = {right[1]:.6g}.",
        solution="[2 * x.data * y.data, x.data ** 2 + a]",
    )


@exercise("beyond.jacobian")
def jacobian_of_two(draw: Draw) -> Question:
    x, y, a = draw.number("x"), draw.number("y"), draw.number("a")
    right = jacobian(lambda v: [v[0] * v[1], v[0] + a * v[1]])([x, y])
    return Question(
        f"A function takes x and y and gives u = x × y and v = x + a × y, with a = {a:g}, at x = {x:g}, y = {y:g}. What is its Jacobian? "
        "Give a list of two rows: the slopes of u in x and y, and those of v.",
        answer=right,
        mistakes=[
            Mistake(
                [list(row) for row in zip(*right, strict=True)],
                "Rows and columns are exchanged: a row for each result, a column for each input.",
            ),
            Mistake([[x, y], [1, a]], "In the first row: u = x × y moves with x by y, and with y by x."),
            Mistake(
                [[y, x], [x, a * y]],
                "The second row has the parts of v, and not their slopes: x has the slope 1, and a × y in y the slope a.",
            ),
            Mistake([[x * y, x * y], [1, a]], "The first row has the value of u. Its slopes are asked for."),
            Mistake([[y, x], [a, 1]], "The second row is the wrong way round: first the slope in x."),
            Mistake([[y, x], [1, 1]], "v moves a times as much with y: the factor a is missed."),
        ],
        hint="Four questions: how much does u move with x, u with y, v with x, v with y?",
        way=f"u = x y: y and x. v = x + a y: 1 and a. So [[{y:g}, {x:g}], [1, {a:g}]].",
        solution="[[y, x], [1, a]]",
    )


@exercise("beyond.hessian")
def hessian_of_two(draw: Draw) -> Question:
    a, b, c = draw.number("a"), draw.number("b"), draw.number("c")
    right = hessian(lambda v: a * v[0] ** 2 + b * v[0] * v[1] + c * v[1] ** 2)([0.5, -0.5])
    return Question(
        f"f(x, y) = a x² + b x y + c y² with a = {a:g}, b = {b:g}, c = {c:g}. What is its Hessian? Give a list of two rows.",
        answer=right,
        mistakes=[
            Mistake([[a, b], [b, c]], "On the diagonal: a x² has the slope 2 a x, and that has the slope 2 a."),
            Mistake([[2 * a, 0], [0, 2 * c]], "The slope in x, 2 a x + b y, moves with y as well: by b."),
            Mistake(
                [[2 * a, 2 * b], [2 * b, 2 * c]],
                "The slope of b x y in x is b y, and the slope of that in y is b: no 2 comes from anywhere.",
            ),
            Mistake([[a, b / 2], [b / 2, c]], "That is the matrix of the form. The Hessian is twice that."),
            Mistake([[2 * c, b], [b, 2 * a]], "x and y are exchanged."),
            Mistake(
                [[b, 2 * a], [2 * c, b]],
                "The columns are exchanged: on the diagonal stands what x does to the slope in x, and y to that in y.",
            ),
        ],
        hint="First the two slopes, 2 a x + b y and b x + 2 c y. Then each of them again in x and in y.",
        way=f"[[2a, b], [b, 2c]] = [[{2 * a:g}, {b:g}], [{b:g}, {2 * c:g}]]. It is the same everywhere, since f is of second degree.",
        solution="[[2 * a, b], [b, 2 * c]]",
    )


@exercise("beyond.newton")
def newton(draw: Draw) -> Question:
    a, b, x = draw.number("a", 0.5, 3.0), draw.number("b"), draw.number("x", 1.2, 3.0)

    def f(t: Value) -> Value:
        return t**4 + a * t**2 + b * t

    value, slope, curvature = (derivative(f, order)(x) for order in range(3))
    return Question(
        f"f(x) = x⁴ + a x² + b x with a = {a:g}, b = {b:g}. We look for its minimum and stand at x = {x:g}. "
        f"There f = {value:.6g}, f′ = {slope:.6g} and f″ = {curvature:.6g}. Where does one step of Newton's method lead?",
        answer=x - slope / curvature,
        mistakes=[
            Mistake(x - value / curvature, "The value was divided by the curvature. It is the slope that is to become 0."),
            Mistake(slope / curvature, "That is how far it goes. Where does it arrive?"),
            Mistake(x + slope / curvature, "It went uphill: a step against the slope is asked for."),
            Mistake(
                x - slope, "That is a step of gradient descent with the learning rate 1. Newton's divides by the curvature."
            ),
            Mistake(
                x - value / slope,
                "That is Newton's step towards a place where f itself is 0. A minimum is where the *slope* is 0.",
            ),
            Mistake(
                x - slope * curvature, "It was multiplied by the curvature. Where the slope turns fast, its 0 is near: divide."
            ),
            Mistake(x - curvature / slope, "It is upside down: the slope is divided by the curvature."),
        ],
        hint="The slope is f′, and it falls by f″ for each step back. After how many steps is it 0?",
        way=f"x − f′ / f″ = {x:g} − {slope:.6g} / {curvature:.6g} = {x - slope / curvature:.6g}.",
        solution="x - (4 * x ** 3 + 2 * a * x + b) / (12 * x ** 2 + 2 * a)",
    )


@exercise("beyond.kind")
def kind(draw: Draw) -> Question:
    a, b, c = draw.number("a"), draw.number("b", -2.5, 2.5), draw.number("c")
    while abs(a * c - b * b) < 0.5:
        b = draw.number("b", -2.5, 2.5)
    product, square = a * c, b * b
    right = "saddle" if product < square else "minimum" if a > 0 else "maximum"
    first, second = ("curved up" if n > 0 else "curved down" for n in (a, c))
    said = {
        "minimum": f"It would have to be curved up in every direction: a > 0 and a c > b². Here a c = {product:.4g} and b² = {square:.4g}.",
        "maximum": f"It would have to be curved down in every direction: a < 0 and a c > b². Here a c = {product:.4g} and b² = {square:.4g}.",
        "saddle": f"It would go up in one direction and down in another: a c < b². Here a c = {product:.4g} and b² = {square:.4g}.",
    }
    return Question(
        f"The gradient of f is 0 here, and the Hessian [[{a:g}, {b:g}], [{b:g}, {c:g}]], which is [[a, b], [b, c]]. "
        "Is this a minimum, a maximum or a saddle?",
        answer=right,
        mistakes=[Mistake(word, what) for word, what in said.items() if word != right],
        choices=tuple(said),
        hint=f"Along x it is {first}, along y {second}. But look at the directions between as well: compare a c with b².",
        way=f"a c = {product:.4g}, b² = {square:.4g}: {'the signs differ from direction to direction' if right == 'saddle' else 'one sign in every direction, that of a'}. So it is a {right}.",
        solution='"saddle" if a * c < b * b else "minimum" if a > 0 else "maximum"',
    )


@exercise("beyond.sweeps")
def sweeps(draw: Draw) -> Question:
    inputs, results = draw.whole("inputs", 3, 40), draw.whole("results", 3, 40)
    return Question(
        f"A function has {inputs} inputs (`inputs`) and {results} results (`results`). How many passes *backward* through its graph give "
        "its whole Jacobian?",
        answer=results,
        mistakes=[
            Mistake(inputs, "That is how many passes *forward* it takes: one for each input. Backward starts from a result."),
            Mistake(inputs * results, "That is how many entries the Jacobian has. One pass gives a whole row."),
            Mistake(1, "One pass starts from one result, and gives its slopes alone."),
            Mistake(inputs + results, "Forward or backward, one of them will do."),
            Mistake(2 * inputs, "So many calls central differences would take: two for each input."),
        ],
        hint="A pass backward starts from one result, and brings its slope in every input.",
        way=f"One pass for each result, so {results}. Each gives a row of {inputs}.",
        solution="results",
    )


@exercise("beyond.propagated")
def propagated(draw: Draw) -> Question:
    a, b = draw.number("a", 2.0, 9.0), draw.number("b", 2.0, 9.0)
    ea, eb = draw.number("error_a", 0.1, 0.9), draw.number("error_b", 0.1, 0.9)
    da, db = grad(lambda v: v[0] * v[1])([a, b])
    right = math.hypot(da * ea, db * eb)
    return Question(
        f"Two sides were measured, independently: a = {a:g} ± {ea:g} and b = {b:g} ± {eb:g} (`error_a`, `error_b`). How large is the standard "
        "error of the area a × b, to first order?",
        answer=right,
        mistakes=[
            Mistake(abs(da * ea), "The error of b is missed."),
            Mistake(abs(db * eb), "The error of a is missed."),
            Mistake(
                da * ea + db * eb, "The two were added. Independent errors rarely pull the same way: their squares are added."
            ),
            Mistake(math.hypot(ea, eb), "The slopes are missed: the area moves with a by b, and with b by a."),
            Mistake(right**2, "That is the variance. Its root is the standard error."),
            Mistake(ea * eb, "The errors were multiplied. Each moves the area by its slope, and the squares are added."),
            Mistake(math.hypot(a * ea, b * eb), "The slopes are exchanged: the area moves with a by *b*."),
            Mistake(a * b, "That is the area. How uncertain is it?"),
        ],
        hint="How far does the error of a move the area? How far that of b? Square both, add, take the root.",
        way=f"({b:g} × {ea:g})² + ({a:g} × {eb:g})² = {right**2:.6g}, and the root of that is {right:.6g}.",
        solution="((b * error_a) ** 2 + (a * error_b) ** 2) ** 0.5",
    )


@exercise("beyond.more_points")
def more_points(draw: Draw) -> Question:
    error, times = draw.number("error", 0.12, 0.95, decimals=2), draw.whole("times", 3, 12)
    return Question(
        f"A fit gives a parameter with a standard error of {error:g} (`error`). You measure {times} times as many points (`times`), as noisy "
        "as those. About how large will the error be?",
        answer=error / math.sqrt(times),
        mistakes=[
            Mistake(error / times, "It falls more slowly: the variance is divided by that, and the error is its root."),
            Mistake(error, "More points say more: it becomes smaller."),
            Mistake(error * math.sqrt(times), "It becomes smaller, not larger."),
            Mistake(error / times**2, "It falls more slowly: with the root of the number of points."),
            Mistake(error**2 / times, "That is the variance. Take the root."),
        ],
        hint="The variance falls like 1 / points. The error is its root.",
        way=f"{error:g} / √{times} = {error / math.sqrt(times):.6g}. For half the error one needs four times the points.",
        solution="error / times ** 0.5",
    )


@exercise("beyond.implicit")
def implicit(draw: Draw) -> Question:
    x, p = draw.number("x", 0.4, 2.5), draw.number("p", 1.2, 4.0)
    a = x**3 + p * x
    curve = derivative(lambda t: t**3 + p * t)(x)
    return Question(
        f"x is found by a solver, as the solution of x³ + p x = a, with p = {p:g} and a = {a:.6g}: x = {x:g}. How much does the solution move "
        "with a: what is dx/da?",
        answer=1 / curve,
        mistakes=[
            Mistake(x, "That is the solution itself. How does it move with a?"),
            Mistake(1 / (3 * x**2 + p * x), "The slope of p x is p, without x."),
            Mistake(1 / (x**3 + p), "The slope of x³ is 3 x²."),
            Mistake(curve, "It is upside down: that is how much a would have to move, for x to move by 1."),
            Mistake(1 / (3 * x**2), "One part is missed: p x moves with x, too."),
            Mistake(1 / p, "One part is missed: x³ moves with x, too."),
            Mistake(1 / a, "The equation holds for the new x as well. Differentiate both of its sides by a."),
            Mistake(-1 / curve, "The size is right, and the sign is not: a larger a needs a larger x."),
            Mistake(x / a, "That would be so if x were proportional to a. It is not: there is a cube."),
        ],
        hint="Differentiate both sides by a: 3 x² dx/da + p dx/da = 1. Solve for dx/da.",
        way=f"dx/da = 1 / (3 x² + p) = 1 / {curve:.6g} = {1 / curve:.6g}. How the solver found x does not matter.",
        solution="1 / (3 * x ** 2 + p)",
    )


@exercise("beyond.second")
def second(draw: Draw) -> Question:
    a, b, c = draw.number("a"), draw.number("b"), draw.number("c")

    def f(x: Value) -> Value:
        return a * x**3 + b * x**2 + c * x

    return Question(
        f"f(x) = a x³ + b x² + c x with a = {a:g}, b = {b:g}, c = {c:g}. Write a Python function of x that returns its *second* derivative, "
        "and give the function itself.",
        answer=derivative(f, 2),
        mistakes=[
            Mistake(f, "That is f itself."),
            Mistake(derivative(f), "That is the first derivative. Differentiate it once more."),
            Mistake(derivative(f, 3), "That is the third derivative: once too often."),
            Mistake(lambda x: 6 * a * x, "One part is missed: b x² has a second derivative, too."),
            Mistake(lambda x: 3 * a * x + 2 * b, "x³ has the slope 3 x², and that has the slope 6 x."),
            Mistake(lambda x: 6 * a * x + b, "x² has the slope 2 x, and that has the slope 2."),
            Mistake(
                lambda x: (3 * a * x**2 + 2 * b * x + c) ** 2,
                "That is the slope, squared. The slope of the slope is asked for.",
            ),
        ],
        at=draw.points(),
        hint="First the slope, 3 a x² + 2 b x + c. Then its slope.",
        way="The slope is 3 a x² + 2 b x + c, and the slope of that 6 a x + 2 b.",
        solution="def second(x):\n    return 6 * a * x + 2 * b",
    )
