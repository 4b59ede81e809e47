# %% [markdown]
# # Two points that lie
#
# The same line by three losses. Squares listen to those who shout; the absolute and Huber's loss count each point
# nearly alike.

# %%
import random

import matplotlib.pyplot as plt

import nn

draw = random.Random(1)
x = [k / 19 for k in range(20)]
y = [1.0 + 2.0 * v + draw.gauss(0.0, 0.08) for v in x]
y[15], y[18] = 0.2, 0.0
rows = [[v] for v in x]

figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
axes.plot(x, y, "k.")
for name, loss, style in [("squares", nn.mse_loss, "-"), ("absolute", nn.l1_loss, "--"), ("Huber", nn.huber_loss, "-.")]:
    line = nn.Neuron(1, "linear", init="zeros", rng=0)
    nn.fit(line, rows, y, loss=loss, optimizer=nn.Adam(line.parameters(), lr=0.05), batch_size=None, epochs=600, progress=False)
    axes.plot(x, [line(row).data for row in rows], style, label=name)
axes.legend()
figure.savefig("16_outliers.svg")
