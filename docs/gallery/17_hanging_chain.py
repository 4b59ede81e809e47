# %% [markdown]
# # A chain that hangs
#
# Thirty links of fixed length between two nails: the shape with the least energy. The dotted curve is the catenary of
# the textbooks.

# %%
import math
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np

from autograd.optimize import NonlinearConstraint, minimize, root

links, length, span = 30, 3.0, 2.0


def joints(angles):
    x, y, points = 0.0, 0.0, [(0.0, 0.0)]
    for angle in angles:
        x, y = x + length / links * np.cos(angle), y + length / links * np.sin(angle)
        points.append((x, y))
    return points


def energy(angles):
    heights = [y for _, y in joints(angles)]
    return sum((a + b) / 2 for a, b in pairwise(heights)) / links


nail = NonlinearConstraint(lambda angles: list(joints(angles)[-1]), [span, 0.0], [span, 0.0])
start = np.linspace(-1.0, 1.0, links)
hanging = np.array(joints(minimize(energy, start, method="SLSQP", constraints=[nail], options={"maxiter": 300}).x))

c = root(lambda c: 2 * c * np.sinh(span / 2 / c) - length, 1.0).x[0]
x = np.linspace(0.0, span, 100)
figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
axes.plot(*hanging.T, marker=".", label="thirty links")
axes.plot(x, c * np.cosh((x - span / 2) / c) - c * math.cosh(span / 2 / c), "k:", label="catenary")
axes.set_aspect("equal")
axes.legend()
figure.savefig("17_hanging_chain.svg")
