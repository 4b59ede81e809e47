# %% [markdown]
# # Newton's method, tangent by tangent
#
# To find where a curve crosses 0, follow its tangent down to the axis, and begin again from there.

# %%
from itertools import pairwise

import matplotlib.pyplot as plt

from autograd import value_and_grad


def f(x):
    return x**3 - 2.0 * x - 5.0


x, points = 4.0, []
for _ in range(5):
    value, slope = value_and_grad(f)(x)
    points.append((x, value))
    x -= value / slope

axis = [1.5 + i / 100 for i in range(271)]
figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
axes.plot(axis, [f(at) for at in axis], label="x³ - 2x - 5")
axes.axhline(0.0, color="black", linewidth=0.8)
for (start, value), (end, _) in pairwise(points):
    axes.plot([start, start, end], [0.0, value, 0.0], color="tab:orange", marker=".", linewidth=1)
axes.set_title(f"after {len(points)} steps: {x:.12f}")
axes.legend()
figure.savefig("09_newton_by_tangents.svg")
