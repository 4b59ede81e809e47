# %% [markdown]
# # Four ways down one valley
#
# The same start, the same number of steps: plain descent, with momentum, Adam, and Newton's method with the exact
# Hessian.

# %%
import math

import matplotlib.pyplot as plt

import nn
from autograd import Value, grad, hessian


def valley(p):
    return (1.0 - p[0]) ** 2 + 20.0 * (p[1] - p[0] ** 2) ** 2


def path(make):
    p = [Value(-1.3), Value(1.6)]
    optimizer = make(p)
    points = [[v.data for v in p]]
    for _ in range(150):
        optimizer.zero_grad()
        valley(p).backward()
        optimizer.step()
        points.append([v.data for v in p])
    return points


def newton():
    points = [[-1.3, 1.6]]
    for _ in range(8):
        x, y = points[-1]
        (u, v), ((a, b), (_, c)) = grad(valley)([x, y]), hessian(valley)([x, y])
        det = a * c - b * b
        points.append([x - (c * u - b * v) / det, y - (a * v - b * u) / det])
    return points


paths = {
    "gradient descent": path(lambda p: nn.SGD(p, lr=0.005)),
    "momentum": path(lambda p: nn.SGD(p, lr=0.003, momentum=0.9)),
    "Adam": path(lambda p: nn.Adam(p, lr=0.1)),
    "Newton": newton(),
}
across, up = [0.03 * k - 1.8 for k in range(121)], [0.03 * k - 1.0 for k in range(134)]
height = [[math.log1p(valley([x, y])) for x in across] for y in up]
figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
axes.contour(across, up, height, 15, colors="lightgrey")
for (name, points), style in zip(paths.items(), ["-", "--", "-.", ":"], strict=True):
    axes.plot(*zip(*points, strict=True), style, label=f"{name}: {len(points) - 1} steps")
axes.plot(1.0, 1.0, "k*")
axes.set_xlim(-1.8, 1.8)
axes.set_ylim(-1.0, 3.0)
axes.legend()
figure.savefig("12_ways_down.svg")
