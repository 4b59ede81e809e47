# %% [markdown]
# # One weight, four learning rates
#
# The error of one linear weight is a parabola. A small step creeps, a good one lands, a large one jumps across, a
# larger one flies off.

# %%
import matplotlib.pyplot as plt

import nn
from autograd import Value

rates = [0.05, 0.45, 0.9, 1.05]
axis = [i / 20 - 2.0 for i in range(121)]
figure, axes = plt.subplots(1, 4, figsize=(10, 3), sharey=True, layout="constrained")
for rate, panel in zip(rates, axes, strict=True):
    w = Value(3.0, label="w")
    surface = nn.error_surface(lambda w=w: (w - 1.0) ** 2, [w], optimizer=nn.SGD([w], lr=rate), descent_steps=8)
    panel.plot(axis, [(at - 1.0) ** 2 for at in axis], color="lightgrey")
    panel.plot(*zip(*surface.path, strict=True), marker=".", color="tab:blue")
    panel.set_title(f"learning rate {rate}")
    panel.set_xlim(-2.0, 4.0)
    panel.set_ylim(-0.5, 9.0)
figure.savefig("13_learning_rates.svg")
