# %% [markdown]
# # Circles in a square
#
# Twelve circles push each other apart until none overlaps, by the gradient of how much they do.

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograd import relu
from autograd.optimize import minimize

n, radius = 12, 0.138


def overlap(p):
    x, y = p["x"], p["y"]
    pairs = [(i, j) for i in range(n) for j in range(i)]
    inside = sum(relu(4 * radius**2 - (x[i] - x[j]) ** 2 - (y[i] - y[j]) ** 2) ** 2 for i, j in pairs)
    walls = sum(relu(radius - v) ** 2 + relu(v + radius - 1.0) ** 2 for v in [*x, *y])
    return inside + walls


draw = np.random.default_rng(4)
start = {"x": list(draw.uniform(0, 1, n)), "y": list(draw.uniform(0, 1, n))}
found = minimize(overlap, start, method="BFGS", options={"gtol": 1e-10, "maxiter": 2000})

figure, axes = plt.subplots(1, 2, figsize=(8, 4), layout="constrained")
for panel, p, title in zip(axes, [start, found.x], ["at first", f"overlap {found.fun:.0e}"], strict=True):
    for x, y in zip(p["x"], p["y"], strict=True):
        panel.add_patch(plt.Circle((x, y), radius, facecolor="tab:blue", alpha=0.5, edgecolor="black"))
    panel.set_xlim(0, 1)
    panel.set_ylim(0, 1)
    panel.set_aspect("equal")
    panel.set_title(title)
figure.savefig("24_packing_circles.svg")
