# %% [markdown]
# # Where Newton's method ends up
#
# z³ = 1 has three roots, and each start is coloured by the one it runs to. The plane is two real numbers, the step
# solves with the Jacobian, and all 160,000 starts are rows of one compiled function.

# %%
import matplotlib.pyplot as plt
import numpy as np

import autograd
from autograd import value_and_jacobian


def cube_minus_one(z):
    x, y = z
    return [x**3 - 3.0 * x * y**2 - 1.0, 3.0 * x**2 * y - y**3]


def newton(z):
    (u, v), ((a, b), (c, d)) = value_and_jacobian(cube_minus_one)(z)
    det = a * d - b * c
    return [z[0] - (d * u - b * v) / det, z[1] - (a * v - c * u) / det]


step = autograd.compile(newton, in_axes=0, stack=True)
x, y = np.meshgrid(np.linspace(-1.5, 1.5, 400), np.linspace(-1.5, 1.5, 400))
z = np.stack([x.ravel(), y.ravel()], axis=1)
for _ in range(30):
    z = step(z)
roots = np.array([[1.0, 0.0], [-0.5, 0.75**0.5], [-0.5, -(0.75**0.5)]])
nearest = np.linalg.norm(z[:, None, :] - roots, axis=2).argmin(axis=1)

figure, axes = plt.subplots(figsize=(5, 5), layout="constrained")
axes.imshow(nearest.reshape(x.shape), extent=(-1.5, 1.5, -1.5, 1.5), origin="lower", cmap="viridis")
axes.plot(*roots.T, "w+")
figure.savefig("10_newton_fractal.png", dpi=100)
