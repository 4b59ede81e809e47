# %% [markdown]
# # Lagrange's condition, seen
#
# The shortest way from a point to a curve ends where the curve touches a circle around the point: there the two
# gradients are parallel.

# %%
import matplotlib.pyplot as plt
import numpy as np

import autograd
from autograd import grad
from autograd.optimize import NonlinearConstraint, minimize


def distance(p):
    return (p[0] - 2.0) ** 2 + (p[1] - 1.5) ** 2


def curve(p):
    return p[0] ** 4 + p[0] * p[1] + 2.0 * p[1] ** 2


best = minimize(distance, [1.0, 0.0], method="SLSQP", constraints=[NonlinearConstraint(curve, 1.0, 1.0)], tol=1e-12).x
x, y = np.meshgrid(np.linspace(-1.5, 3.0, 200), np.linspace(-1.3, 2.6, 200))
points = np.stack([x.ravel(), y.ravel()], axis=1)
figure, axes = plt.subplots(figsize=(6, 5), layout="constrained")
axes.contour(x, y, autograd.compile(distance, in_axes=0)(points).reshape(x.shape), 12, colors="lightgrey")
axes.contour(x, y, autograd.compile(curve, in_axes=0)(points).reshape(x.shape), [1.0], colors="tab:blue")
for f, color in [(distance, "tab:orange"), (curve, "tab:blue")]:
    slope = np.array(grad(f)(best))
    axes.quiver(*best, *slope / np.linalg.norm(slope), color=color, scale=5)
axes.plot(2.0, 1.5, "k*")
axes.plot(*best, "ko")
axes.set_aspect("equal")
figure.savefig("25_touching_curves.svg")
