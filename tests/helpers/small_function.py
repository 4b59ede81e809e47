"""Small functions that tests and pictures explore: one with a branch and steps of every kind, one with derivatives inside."""

from autograd import Value, gradients


def f(a, b, c):
    s = a * b
    t = (s + c).tanh()
    if t > 0:
        u = t * a.exp()
    else:
        u = t * t
    return (u - b) ** 2


def energy(x, w):
    y = (w * x).tanh()
    (dy,) = gradients(y, [x])
    z = y * y + 0.1 * dy * dy
    (dw,) = gradients(z, [w])
    return dw + y


def gradients_of(g, *numbers):
    """The value of a function, and its slopes."""
    leaves = [Value(x) for x in numbers]
    y = g(*leaves)
    y.backward()
    return y.data, [leaf.grad for leaf in leaves]
