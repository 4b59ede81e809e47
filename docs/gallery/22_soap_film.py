# %% [markdown]
# # A soap film
#
# A surface of least area on a bent wire: 529 heights, and a Hessian of which most entries are 0. Newton's method with
# the sparse Hessian needs a handful of steps.

# %%
import matplotlib.pyplot as plt
import numpy as np
import scipy.sparse.linalg

from autograd import grad, hessian

n = 25
x = np.linspace(-1.0, 1.0, n)
wire = np.add.outer(np.abs(x) ** 2, -(np.abs(x) ** 2)) * 0.8
inside = np.zeros((n, n), bool)
inside[1:-1, 1:-1] = True


def area(heights):
    z = wire.astype(object)
    z[inside] = heights
    h = 2.0 / (n - 1)
    right, down = (z[:-1, 1:] - z[:-1, :-1]) / h, (z[1:, :-1] - z[:-1, :-1]) / h
    left, up = (z[1:, 1:] - z[1:, :-1]) / h, (z[1:, 1:] - z[:-1, 1:]) / h
    return sum(np.sum((1.0 + a * a + b * b) ** 0.5) for a, b in [(right, down), (left, up)]) * h * h / 2


heights = np.zeros(inside.sum())
for step in range(8):
    slope = grad(area)(heights)
    print(step, "area", area(heights), "steepest", abs(slope).max())
    heights = heights - scipy.sparse.linalg.spsolve(hessian(area, sparse=True)(heights).tocsc(), slope)

film = wire.copy()
film[inside] = heights
figure, axes = plt.subplots(figsize=(6, 5), subplot_kw={"projection": "3d"}, layout="constrained")
axes.plot_surface(*np.meshgrid(x, x, indexing="ij"), film, cmap="viridis", linewidth=0)
axes.set_title(f"area {area(heights):.4f}")
figure.savefig("22_soap_film.png", dpi=100)
