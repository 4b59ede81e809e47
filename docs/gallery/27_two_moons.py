# %% [markdown]
# # Two moons
#
# A network of 105 parameters parts two classes that no line parts. The paler a place, the less sure the network.

# %%
import nn

rows, labels = nn.data.moons(120, noise=0.15, seed=0)
model = nn.MLP(2, [8, 8, 1], rng=1)
history = nn.fit(model, rows, labels, loss=nn.binary_cross_entropy_with_logits, epochs=100, progress=False)


def probabilities(points):
    shares = [model(point).sigmoid().data for point in points]
    return [[1.0 - p, p] for p in shares]


figure = nn.plots.plot_boundary(probabilities, {"learnt from": (rows, labels)}, steps=60, file="27_two_moons.svg")
