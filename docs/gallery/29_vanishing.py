# %% [markdown]
# # Where the gradient goes
#
# The mean size of the slopes in each of ten layers, before any training: sigmoids let a quarter pass at best, and the
# first layers learn nothing.

# %%
import matplotlib.pyplot as plt

import nn

rows, targets = nn.data.moons(50, seed=0)
figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
for activation, style in [("sigmoid", "-"), ("tanh", "--"), ("relu", "-.")]:
    model = nn.MLP(2, [16] * 9 + [1], activation=activation, rng=0)
    nn.binary_cross_entropy_with_logits([model(row) for row in rows], targets).backward()
    axes.semilogy(range(1, 11), [layer.grad_mean for layer in nn.layer_statistics(model)], style, marker=".", label=activation)
axes.set_xlabel("layer")
axes.set_ylabel("mean size of a slope")
axes.legend()
figure.savefig("29_vanishing.svg")
