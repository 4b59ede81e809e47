# %% [markdown]
# # A landscape and its gradient
#
# Arrows point where the ground rises, straight across the lines of equal height, and the longer the steeper.

# %%
import matplotlib.pyplot as plt
import numpy as np

import autograd


def height(x, y):
    return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2


slopes = autograd.compile(autograd.value_and_grad(lambda x, y: autograd.log1p(height(x, y)), argnums=(0, 1)), in_axes=0)
fine = np.linspace(-5.0, 5.0, 200)
x, y = np.meshgrid(fine, fine)
level, _ = slopes(x.ravel(), y.ravel())
u, v = np.meshgrid(np.linspace(-4.8, 4.8, 21), np.linspace(-4.8, 4.8, 21))
_, (du, dv) = slopes(u.ravel(), v.ravel())

figure, axes = plt.subplots(figsize=(6, 5), layout="constrained")
axes.contourf(x, y, level.reshape(x.shape), 25, cmap="Blues_r")
axes.quiver(u.ravel(), v.ravel(), du, dv, color="tab:orange")
axes.set_title("log(1 + Himmelblau's function): four valleys")
figure.savefig("11_field_of_gradients.png", dpi=100)
