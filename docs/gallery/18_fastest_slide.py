# %% [markdown]
# # The fastest slide
#
# A ball is to roll from one point to a lower one as fast as it can: not along the straight line. Forty heights are
# found by exact gradients, and lie on a cycloid.

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograd.optimize import minimize, root

n, width, drop = 40, 2.0, 1.0
x = width * np.linspace(0.0, 1.0, n + 1) ** 2  # steps are short where it is steep


def time(heights):
    y = [0.0, *heights, drop]  # how far below the start
    total = 0.0
    for k in range(n):
        path = ((x[k + 1] - x[k]) ** 2 + (y[k + 1] - y[k]) ** 2) ** 0.5
        total = total + 2.0 * path / ((2.0 * 9.81 * y[k]) ** 0.5 + (2.0 * 9.81 * y[k + 1]) ** 0.5)
    return total


straight = drop * x[1:-1] / width
found = minimize(time, straight, method="L-BFGS-B", bounds=[(1e-3, None)] * (n - 1), options={"maxiter": 2000, "maxfun": 5000})

end = root(lambda t: (t - np.sin(t)) / (1 - np.cos(t)) - width / drop, 3.0).x[0]
t = np.linspace(0.0, end, 200)
radius = drop / (1 - np.cos(end))
figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
axes.plot([0.0, width], [0.0, -drop], color="lightgrey", label=f"straight: {time(straight):.3f} s")
axes.plot(x, -np.array([0.0, *found.x, drop]), marker=".", label=f"found: {found.fun:.3f} s")
axes.plot(radius * (t - np.sin(t)), -radius * (1 - np.cos(t)), "k:", label="cycloid")
axes.legend()
figure.savefig("18_fastest_slide.svg")
