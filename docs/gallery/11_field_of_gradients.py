# %% [markdown]
# # A landscape and its gradient
#
# Arrows point where the ground rises, straight across the lines of equal height, and the longer the steeper.

# %%
from itertools import product

import matplotlib.pyplot as plt

import autograd


def height(x, y):
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


def level(x, y):
    return autograd.log1p(height(x, y))


fine, coarse = [k / 10 - 5.0 for k in range(101)], [0.48 * k - 4.8 for k in range(21)]
slopes = autograd.compile(autograd.grad(level, argnums=(0, 1)))
arrows = [(x, y, *slopes(x, y)) for x, y in product(coarse, coarse)]

figure, axes = plt.subplots(figsize=(6, 5), layout="constrained")
axes.contourf(fine, fine, [[level(x, y) for x in fine] for y in fine], 25, cmap="Blues_r")
axes.quiver(*zip(*arrows, strict=True), color="tab:orange")
axes.set_title("log(1 + Himmelblau's function): four valleys")
figure.savefig("11_field_of_gradients.svg")
