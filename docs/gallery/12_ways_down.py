# %% [markdown]
# # Four ways down one valley
#
# The same start, the same number of steps: plain descent, with momentum, Adam, and Newton's method with the exact
# Hessian.

# %%
import matplotlib.pyplot as plt
import numpy as np

import autograd
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
    return np.array(points)


def newton():
    points = [np.array([-1.3, 1.6])]
    for _ in range(8):
        points.append(points[-1] - np.linalg.solve(hessian(valley)(points[-1]), grad(valley)(points[-1])))
    return np.array(points)


paths = {
    "gradient descent": path(lambda p: nn.SGD(p, lr=0.005)),
    "momentum": path(lambda p: nn.SGD(p, lr=0.003, momentum=0.9)),
    "Adam": path(lambda p: nn.Adam(p, lr=0.1)),
    "Newton": newton(),
}
x, y = np.meshgrid(np.linspace(-1.8, 1.8, 200), np.linspace(-1.0, 3.0, 200))
height = autograd.compile(valley, in_axes=0)(np.stack([x.ravel(), y.ravel()], axis=1)).reshape(x.shape)
figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
axes.contour(x, y, np.log1p(height), 15, colors="lightgrey")
for (name, points), style in zip(paths.items(), ["-", "--", "-.", ":"], strict=True):
    axes.plot(*points.T, style, label=f"{name}: {len(points) - 1} steps")
axes.plot(1.0, 1.0, "k*")
axes.set_xlim(-1.8, 1.8)
axes.set_ylim(-1.0, 3.0)
axes.legend()
figure.savefig("12_ways_down.svg")
