# %% [markdown]
# # How much of a penalty
#
# The same network on the same twelve points, with more and more of a penalty on its weights: from a curve that runs
# after each point to one that follows none.

# %%
import matplotlib.pyplot as plt
import numpy as np

import nn

draw = np.random.default_rng(5)
x = np.linspace(-1.0, 1.0, 12)
y = np.sin(3.0 * x) + draw.normal(0.0, 0.3, x.size)
axis = np.linspace(-1.05, 1.05, 300)
figure, axes = plt.subplots(1, 3, figsize=(10, 3), sharey=True, layout="constrained")
for strength, panel in zip([1e-8, 3e-3, 1e-1], axes, strict=True):
    model = nn.MLP(1, [10, 1], activation="tanh", rng=0)

    def residuals(model=model, strength=strength):
        misses = [model([v]) - t for v, t in zip(x, y, strict=True)]
        return misses + [strength**0.5 * p for p in model.parameters()]

    nn.levenberg_marquardt(model.parameters(), residuals, max_nfev=300)
    panel.plot(x, y, "k.")
    panel.plot(axis, [model([v]).data for v in axis])
    panel.set_ylim(-2.0, 2.0)
    panel.set_title(f"penalty {strength:g}")
figure.savefig("30_how_far_it_fits.svg")
