# %% [markdown]
# # Activations and their slopes
#
# What a unit gives, in blue, and how much of an error it lets pass back, in orange. Where the orange line is flat at 0,
# nothing is learnt.

# %%
import matplotlib.pyplot as plt

import autograd

names = ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "gelu", "silu", "mish", "softplus"]
x = [i / 40 - 4.0 for i in range(321)]
figure, axes = plt.subplots(3, 3, figsize=(8, 6), sharex=True, sharey=True, layout="constrained")
for name, panel in zip(names, axes.flat, strict=True):
    both = autograd.value_and_grad(getattr(autograd, name))
    value, slope = zip(*map(both, x), strict=True)
    panel.plot(x, value, color="tab:blue")
    panel.plot(x, slope, color="tab:orange", linestyle="--")
    panel.set_title(name, fontsize=10)
    panel.set_ylim(-1.2, 3.0)
figure.savefig("07_activations.svg")
