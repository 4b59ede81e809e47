# %% [markdown]
# # Seeing inside a network
#
# *Notebook 3 of 4. Before it: [Train on digits](02_train_on_digits.ipynb). After it: [Derivatives of functions](04_derivatives_of_functions.ipynb).*
#
# Learning happens where nobody looks: in thousands of numbers that move a little at a time. Here are four windows on it. You will see the surface that gradient descent walks on, the error signal that backpropagation sends from layer to layer, gradients that vanish on the way, and a training that is watched while it goes on.
#
# Everything starts from fixed seeds, so you get the same numbers each time.

# %% [markdown]
# ## The surface that descent walks on
#
# The smallest model there is: a line $y = w x + b$ through three points. Its loss, the mean of the squared errors, depends on two numbers only, so it can be drawn. Hold $b$ fixed, and the loss over $w$ is a parabola. `nn.error_surface` computes it, and, given an optimiser, also walks down on it. The orange dots are its steps; each goes against the slope of the tangent it stands on.

# %%
import nn
from autograd import Value

xs, ys = [0.0, 1.0, 2.0], [1.0, 3.0, 5.0]  # on the line 2 x + 1
w, b = Value(-1.0, label="w"), Value(1.0, label="b")


def loss():
    return nn.mse_loss([w * x + b for x in xs], ys)


nn.error_surface(loss, [w], optimizer=nn.SGD([w], lr=0.1), descent_steps=12).plot()

# %% [markdown]
# Now both weights. The parabola becomes a bowl, seen from above: each line joins points of equal loss. Descent always steps straight down, across the lines. Where the bowl is a narrow valley, straight down is not where the lowest point is: the path turns, and creeps along the bottom.

# %%
b.data = 2.0
nn.error_surface(loss, [w, b], optimizer=nn.SGD([w, b], lr=0.1), descent_steps=40).plot()

# %% [markdown]
# The learning rate decides everything. A step of 0.45 is too long for the steep walls of this valley: each step lands higher on the other side than the last one began, and the loss grows without end.

# %%
too_far = nn.error_surface(loss, [w, b], spans=[(-12, 12), (-12, 12)], optimizer=nn.SGD([w, b], lr=0.45), descent_steps=8)
print("loss at each step:", "  ".join(f"{point[-1]:.3g}" for point in too_far.path))
too_far.plot()

# %% [markdown]
# With **momentum**, a step keeps part of the one before, like a heavy ball: it swings through the valley instead of creeping, and gets to the bottom sooner.

# %%
plain = nn.error_surface(loss, [w, b], optimizer=nn.SGD([w, b], lr=0.1), descent_steps=40)
heavy = nn.error_surface(loss, [w, b], optimizer=nn.SGD([w, b], lr=0.1, momentum=0.6), descent_steps=40)
print(f"after 40 steps, without momentum: {plain.path[-1][-1]:.6f}")
print(f"after 40 steps, with it:          {heavy.path[-1][-1]:.6f}")
heavy.plot()

# %% [markdown]
# ## The error signal
#
# Backpropagation is a way to ask each neuron: *how would the error move, if your weighted sum $z$ moved?* The answer, $\delta = \partial E / \partial z$, is the neuron's **error signal**. The last layer knows its own from the error. Every layer before it gets its signals from the layer after it, back through the weights.
#
# This is a well-known small example: two inputs, two hidden neurons, two outputs, all sigmoid. `nn.deltas` shows, for every layer, the sum $z$, the activation, and the delta.

# %%
model = nn.MLP(2, [2, 2], activation=["sigmoid", "sigmoid"], rng=0)
numbers = [0.15, 0.20, 0.35, 0.25, 0.30, 0.35, 0.40, 0.45, 0.60, 0.50, 0.55, 0.60]
for parameter, number in zip(model.parameters(), numbers):
    parameter.data = number

signals = nn.deltas(model, [0.05, 0.10], [0.01, 0.99])
signals

# %% [markdown]
# From here to the gradient of a weight is one multiplication: the delta of its neuron times what came in through it. Let us check that against `backward()`.

# %%
nn.mse_loss(model([0.05, 0.10]), [0.01, 0.99], reduction="half_sum").backward()

for layer, signal in zip(model.layers, signals):
    for neuron, delta in zip(layer.neurons, signal.deltas):
        for weight, came_in in zip(neuron.weights, signal.inputs):
            print(f"{signal.name}: delta {delta:9.6f} × input {came_in:.6f} = {delta * came_in:9.6f}   backward() says {weight.grad:9.6f}")

# %% [markdown]
# And from layer to layer: the delta of a hidden neuron is what comes back through its weights, times the slope of its own activation, which for the sigmoid is $a (1 - a)$.

# %%
hidden, output = signals
for j in range(2):
    back = sum(delta * neuron.weights[j].data for delta, neuron in zip(output.deltas, model.layers[1].neurons))
    a = hidden.activations[j]
    print(f"hidden neuron {j}: {back:.6f} comes back, × {a * (1 - a):.6f} = {back * a * (1 - a):.6f}   its delta is {hidden.deltas[j]:.6f}")

# %% [markdown]
# See it happen: the page plays the error of this very network, forward, and then back. Each neuron is a weighted sum, a + that adds its bias, and a σ. Its delta is what has arrived at that + when the way back goes on from there. **Home** and **End** go to the start and to the end, → and ← go step by step, and every weight can be dragged: which one moves the error most?

# %%
from autograd import explore


def error():
    return nn.mse_loss(model([0.05, 0.10]), [0.01, 0.99], reduction="half_sum")


explore(error)

# %% [markdown]
# ## Gradients that vanish
#
# Look at that factor $a (1 - a)$ again. It is never more than one quarter. A signal that goes back through ten sigmoid layers is multiplied by ten such factors, and little of it arrives. Here is a network with eight hidden layers, trained on two half moons. `nn.LayerStatistics` is a callback: `fit` calls it after every epoch, and it takes note of the weights and gradients of each layer.

# %%
rows, labels = nn.data.moons(100, seed=1)


def watched(activation):
    statistics = nn.LayerStatistics(rows)
    deep = nn.MLP(2, [8] * 8 + [1], activation, rng=0)
    history = nn.fit(
        deep, rows, labels, loss=nn.binary_cross_entropy_with_logits, epochs=30, metrics=["accuracy"],
        callbacks=[statistics], progress=False,
    )
    print(f"{activation}: accuracy {history['accuracy'][-1]:.0%} after {history.epochs} epochs")
    return statistics


sigmoid = watched("sigmoid")
sigmoid.plot()

# %% [markdown]
# On the left, from dark (the first layer) to light (the last), on a logarithmic scale: each layer gets a fraction of the gradient of the one after it, and the first gets next to nothing. It learns next to nothing, too.
#
# `relu` has slope 1 where it is awake, so signals pass. The price is that neurons can fall asleep for good, which the statistics count: `dead` are those that gave 0 for every row.

# %%
relu = watched("relu")
relu.plot()

# %%
epoch, statistics = relu.records[-1]
statistics

# %% [markdown]
# ## Watching a training
#
# `nn.fit` does what we wrote by hand in notebook 2, and keeps a history. Here it holds 30 of 100 rows out (`validation`), and stops when the loss on these has not improved for 30 epochs (`EarlyStopping`), with the best weights put back.

# %%
rows, labels = nn.data.moons(100, noise=0.3, seed=5)
model = nn.MLP(2, [16, 16, 1], rng=0)
history = nn.fit(
    model, rows, labels, loss=nn.binary_cross_entropy_with_logits, optimizer=nn.Adam(model.parameters(), lr=0.02), epochs=300,
    validation=0.3, metrics=["accuracy"], callbacks=[nn.EarlyStopping(patience=30)], seed=0, progress=False,
)
print(history.stopped)
nn.plots.plot_history(history, title="Two noisy moons")

# %% [markdown]
# The loss on the rows it learns from goes on falling, while that on the held-out rows turns and rises: from there on the network learns the noise by heart. What it thinks of every point of the plane:

# %%
import matplotlib.pyplot as plt

from autograd import no_grad, sigmoid

steps = 60
across = [-2.0 + 5.0 * i / steps for i in range(steps + 1)]
up = [-1.6 + 3.6 * i / steps for i in range(steps + 1)]
with no_grad():
    belief = [[sigmoid(model([x, y])).data for x in across] for y in up]

figure, axes = plt.subplots(figsize=(6.4, 4.6), layout="constrained")
axes.contourf(across, up, belief, levels=[i / 10 for i in range(11)], cmap="RdBu_r", alpha=0.8)
axes.contour(across, up, belief, levels=[0.5], colors="black", linewidths=1.2)
for label, color in ((0, "#2b6cb0"), (1, "#c05621")):
    points = [row for row, y in zip(rows, labels) if y == label]
    axes.scatter([x for x, _ in points], [y for _, y in points], color=color, edgecolor="white", linewidth=0.7, s=42, label=f"class {label}")
axes.set_title("red: surely class 1, blue: surely class 0, black line: undecided")
axes.legend(loc="lower left")
plt.show()

# %% [markdown]
# ## Things to try
#
# - Walk down the bowl with `nn.Adam`. Its steps are about as long in every direction: how does its path differ?
# - Draw the surface of a network: two weights of the last model, with `names=["first", "second"]`. Is it a bowl?
# - Initialise the deep sigmoid network with larger weights, `init=nn.init.normal(0, 2)`. Do the gradients still vanish?
# - Add `penalty=lambda m: nn.l2_penalty(m, 1e-3)` to the last training. What happens to the black line?
# - `nn.save(model, "moons.safetensors")` keeps the model, and `nn.load` brings it back.
