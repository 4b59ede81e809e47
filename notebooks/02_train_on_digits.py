# %% [markdown]
# # Train on digits
#
# *Notebook 2 of 4. The first one, [Values and graphs](01_values_and_graphs.ipynb), explains nodes, adjoints and `backward()`.*
#
# A small network learns to read handwritten digits, from nothing but scalar Values, their graph, and `backward()`. You will look at the digits, see what one forward pass leaves behind, write the training loop, and then look inside the network that came out.
#
# Everything here starts from fixed seeds, so you get the same numbers each time. Training takes a few seconds on the compiled engine. (As plain Python it is some fifteen times slower, and the result is the same.)

# %% [markdown]
# ## The digits
#
# There are 1,797 images of 8 × 8 pixels, written by hand and scanned. Each pixel is a number from 0 (white) to 1 (black). We put a fifth of the images aside: the network never learns from these, so they tell us what it can really do.

# %%
from nn.data import load_digits, train_test_split

images, labels = load_digits()
train_images, test_images, train_labels, test_labels = train_test_split(images, labels, test_size=0.2, seed=0)

print(f"{len(train_images)} images to learn from, {len(test_images)} held out")

# %%
import matplotlib.pyplot as plt


def show_digit(axes, image, title="", cmap="gray_r", limit=None):
    rows = [image[i : i + 8] for i in range(0, 64, 8)]
    low, high = (0, 1) if limit is None else (-limit, limit)
    axes.imshow(rows, cmap=cmap, vmin=low, vmax=high)
    axes.set_title(title, fontsize=10)
    axes.set_xticks([])
    axes.set_yticks([])


figure, grid = plt.subplots(4, 10, figsize=(9, 4.3), layout="constrained")
for axes, image, label in zip(grid.flat, train_images, train_labels):
    show_digit(axes, image, title=label)
plt.show()

# %% [markdown]
# This is what the network gets to see of the one at the start of the third row: 64 numbers (printed here in sixteenths, as they were scanned). Half close your eyes, and you see it, too.

# %%
image, label = train_images[20], train_labels[20]

print(f"digit {label}:")
for i in range(0, 64, 8):
    print(" ".join(f"{16 * pixel:3.0f}" for pixel in image[i : i + 8]))

# %% [markdown]
# ## The network
#
# `nn.MLP(64, [32, 10])` is a *multilayer perceptron*: 64 pixels go into each of 32 hidden neurons, and their outputs go into each of 10 output neurons, one for each digit. A neuron computes the weighted sum of its inputs plus a bias. The hidden ones then apply `relu`, which cuts off everything below 0.
#
# Each weight and each bias is a leaf `Value`: a **parameter**. At the start they are random, and training turns them.

# %%
import nn

model = nn.MLP(64, [32, 10], activation="relu", rng=0)

print(model)
print(f"{len(model.parameters())} parameters = (64 + 1) × 32 + (32 + 1) × 10")

# %% [markdown]
# The ten outputs are called **logits**: scores, one for each digit, the larger the likelier. An untrained network gives arbitrary ones.

# %%
logits = model(image)

for digit, logit in enumerate(logits):
    print(f"score of {digit}: {logit.data:6.3f}" + ("  <- the right one" if digit == label else ""))

# %% [markdown]
# ## From scores to a loss
#
# To learn, we need one number that says how wrong the network is. It is made in two steps.
#
# **Softmax** turns scores into probabilities. Each becomes positive by the exponential function, and dividing by the total makes their sum 1:
#
# $$p_i = \frac{e^{s_i}}{\sum_j e^{s_j}}$$
#
# **Cross-entropy** is $-\log$ of the probability given to the right class. If the network is sure and right, $p = 1$, the loss is 0. The less it believed in the truth, the larger the loss.
#
# First four scores that are easy to follow. Class 3 is the right one:

# %%
import math

from autograd import Value, softmax

scores = [Value(0.0), Value(3.0), Value(-2.0), Value(1.0)]
probabilities = [p.data for p in softmax(scores)]
loss = nn.cross_entropy(scores, 3)

print("probabilities      ", "  ".join(f"{p:7.4f}" for p in probabilities))
print(f"by hand:            -log {probabilities[3]:.4f} = {-math.log(probabilities[3]):.4f}")
print(f"nn.cross_entropy:   {loss.data:.4f}")

# %% [markdown]
# Its gradient is as simple as can be: *the probability that was given, minus the one that would have been right* (1 for the right class, 0 for the others). The right score is pulled up, and the others are pushed down, the more so the more the network believed in them.

# %%
loss.backward()

print("given minus right  ", "  ".join(f"{p - (i == 3):7.4f}" for i, p in enumerate(probabilities)))
print("gradient           ", "  ".join(f"{score.grad:7.4f}" for score in scores))

# %% [markdown]
# Now the untrained network on our image. Ten classes and no idea would mean a probability of 1/10 and a loss of $-\log 0.1 \approx 2.3$. Ours is somewhere near that:

# %%
loss = nn.cross_entropy(logits, label)

print(f"probability given to the right digit: {softmax(logits)[label].data:.4f}")
print(f"loss:                                 {loss.data:.4f}")
print(f"loss of a blind guess:                {-math.log(1 / 10):.4f}")

# %% [markdown]
# ## One image is a graph
#
# That loss is a `Value`, and it remembers all the way back to every parameter. Let us count the nodes.

# %%
from collections import Counter

from autograd import topological_order

nodes = topological_order(loss)
print(f"{len(nodes)} nodes, of which")
for op, count in Counter(node.op or "leaf (a parameter)" for node in nodes).most_common():
    print(f"{count:6}  {op}")

# %% [markdown]
# Each of the 42 neurons is one `dot` (the weighted sum), one `add` (the bias), and, if hidden, one `relu`. The pixels are plain numbers, and so are no nodes: nobody asks for their derivatives.
#
# A picture of all that would be a black wall. `explore` folds it: by layers, and these by neurons. Click a box to open it, and Esc closes it again; → steps through all of it, forward and backward. On the way back, look at what comes to the score of the right digit, and what to the others.

# %%
from autograd import explore


def loss_of_image():
    return nn.cross_entropy(model(image), label)


explore(loss_of_image)

# %% [markdown]
# And here is the same thing in small, as a still picture: two inputs, two hidden neurons, one output. Green are the parameters, grey the inputs. The picture is taken after `backward()`, so each gradient tells how the output moves with that number.
#
# The hidden neuron `h1` is asleep: its sum is below 0, so its `relu` gives 0, with slope 0. Look at its weights: no gradient reaches them. From this example they learn nothing.

# %%
from autograd import draw

small = nn.MLP(2, [2, 1], activation="relu", rng=6)
for name, parameter in small.named_parameters():  # such as layers.0.neurons.1.weights.0
    _, layer, _, neuron, *rest = name.split(".")
    where = f"h{neuron}" if layer == "0" else "out"
    parameter.label = f"{where} bias" if rest[0] == "bias" else f"{where} w{rest[1]}"

output = small([1.0, 0.5])
output.label = "output"
output.backward()
graph = draw(output)
graph.attr("graph", rankdir="TB", ranksep="0.2")  # an ordinary graphviz.Digraph: from top to bottom, this time
graph

# %% [markdown]
# ## Training
#
# The loop is the whole of learning. For a handful of images (a *mini-batch*):
#
# 1. **forward**: compute the loss, which records a graph;
# 2. **zero_grad**: set the parameters' gradients to 0, as leaves add up;
# 3. **backward**: fill in the gradient of every parameter;
# 4. **step**: move each parameter a little *against* its gradient, so that the loss falls.
#
# `nn.SGD` takes the step. *Momentum* lets it keep some of its direction from step to step, and the learning rate `lr`, the length of the step, shrinks from epoch to epoch: first in strides, then with care. An *epoch* is one pass over all training images.

# %%
import random

from autograd import no_grad
from nn.metrics import accuracy_score

EPOCHS = 8
BATCH = 16


def read(image):
    """The digit with the largest score."""
    with no_grad():  # to look is not to learn: no graph is recorded
        scores = [score.data for score in model(image)]
    return scores.index(max(scores))


model = nn.MLP(64, [32, 10], activation="relu", rng=0)
optimizer = nn.SGD(model.parameters(), momentum=0.9)
shuffle = random.Random(0).shuffle
order = list(range(len(train_images)))
batch_losses, test_accuracies = [], []

for epoch in range(EPOCHS):
    optimizer.lr = 0.1 * (1 - epoch / EPOCHS)
    shuffle(order)
    for start in range(0, len(order), BATCH):
        batch = order[start : start + BATCH]
        loss = nn.cross_entropy([model(train_images[i]) for i in batch], [train_labels[i] for i in batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        batch_losses.append(loss.data)
    steps = len(batch_losses) // (epoch + 1)
    mean_loss = sum(batch_losses[-steps:]) / steps
    test_accuracies.append(accuracy_score(test_labels, [read(image) for image in test_images]))
    print(f"epoch {epoch + 1}: loss {mean_loss:.4f}, accuracy on the held-out images {test_accuracies[-1]:.2%}")

# %% [markdown]
# The thin line below is the loss of each mini-batch: noisy, as each is another handful of images. The thick line is its mean over each epoch.

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
epochs = range(1, EPOCHS + 1)

left.plot([(i + 1) / steps for i in range(len(batch_losses))], batch_losses, color="#2b6cb0", alpha=0.35, linewidth=0.8)
means = [sum(batch_losses[i * steps : (i + 1) * steps]) / steps for i in range(EPOCHS)]
left.plot([i + 0.5 for i in range(EPOCHS)], means, "o-", color="#2b6cb0", linewidth=2.5)
left.set_yscale("log")
left.set(xlabel="epoch", ylabel="training loss", title="The loss falls")

right.plot(epochs, [100 * a for a in test_accuracies], "o-", color="#c05621", linewidth=2.5)
right.set(xlabel="epoch", ylabel="held-out images read right (%)", title="The accuracy rises, with stumbles")
plt.show()

# %% [markdown]
# ## What it reads, and what it misreads

# %%
predicted = [read(image) for image in test_images]
right_ones = sum(p == y for p, y in zip(predicted, test_labels))

print(f"{right_ones} of {len(test_labels)} held-out images read right: {accuracy_score(test_labels, predicted):.2%}")

# %% [markdown]
# A **confusion matrix** counts how often each digit (row) was read as which (column). What is right stands on the diagonal; all else is a mistake, and shows which digits look alike to the network.

# %%
counts = [[0] * 10 for _ in range(10)]
for p, y in zip(predicted, test_labels):
    counts[y][p] += 1

figure, axes = plt.subplots(figsize=(5, 4.8), layout="constrained")
axes.imshow(counts, cmap="Blues")
for y in range(10):
    for p in range(10):
        if counts[y][p]:
            color = "white" if counts[y][p] > 20 else "#c53030" if y != p else "black"
            axes.text(p, y, counts[y][p], ha="center", va="center", color=color, weight="bold" if y != p else None)
axes.set(xlabel="read as", ylabel="digit", xticks=range(10), yticks=range(10))
plt.show()

# %% [markdown]
# Here are all the images that were misread, with the probability that the network gave to its answer. Would you have read them right?

# %%
misread = [i for i in range(len(test_labels)) if predicted[i] != test_labels[i]]

figure, grid = plt.subplots(2, 6, figsize=(9, 3.8), layout="constrained")
for axes in grid.flat:
    axes.set_axis_off()
for axes, i in zip(grid.flat, misread):
    with no_grad():
        sure = softmax(model(test_images[i]))[predicted[i]].data
    axes.set_axis_on()
    show_digit(axes, test_images[i], title=f"{test_labels[i]}, read as {predicted[i]}\n({sure:.0%} sure)")
plt.show()

# %% [markdown]
# ## Looking inside: the hidden neurons
#
# A hidden neuron has one weight for each pixel, so its weights are an image, too. Ink on red pixels wakes the neuron up, ink on blue ones quiets it down, and white ones leave it cold. Nobody told the network what to look for: these patterns are what it found useful. The percentage is the share of the held-out images that wake the neuron.

# %%
with no_grad():
    outputs = [[h.data for h in model.layers[0](image)] for image in test_images]
awake = [sum(row[i] > 0 for row in outputs) / len(outputs) for i in range(32)]

figure, grid = plt.subplots(4, 8, figsize=(9, 5.2), layout="constrained")
for i, (axes, neuron) in enumerate(zip(grid.flat, model.layers[0].neurons)):
    show_digit(axes, [weight.data for weight in neuron.weights], title=f"h{i}  {awake[i]:.0%}", cmap="RdBu_r", limit=1.0)
plt.show()

print(f"{sum(share < 0.01 for share in awake)} of 32 neurons wake for less than 1% of the images")

# %% [markdown]
# Some have hardly any pattern, and the percentage says why: they never wake. In the first, large steps their sum fell below 0 for almost all images. There the slope of `relu` is 0, so hardly any gradient has reached them since, and they still carry more or less the random weights they began with. Practitioners call them *dead*. It is the sleeping neuron of the small picture above, at scale, and you found it by looking.

# %% [markdown]
# ## Looking inside: one output neuron
#
# The score of a digit is the weighted sum of the hidden neurons' outputs. Take the first held-out image. Of the hidden neurons that it wakes, these add the most to the score of the digit that the network sees:

# %%
from nn.command_line.demo import trained_neuron

score = trained_neuron(model, test_images[0])  # labelled, and with its gradients; draw(score) shows all of it
weighted_sum, bias = score.parents
count = len(weighted_sum.parents) // 2  # a dot has its weights first, then what they are multiplied with
pairs = list(zip(weighted_sum.parents[:count], weighted_sum.parents[count:]))
pairs.sort(key=lambda pair: -abs(pair[0].data * pair[1].data))

print(f"{score.label}: {score.data:.2f}, from the {count} neurons that are awake")
for weight, hidden in pairs[:5]:
    print(f"{hidden.label:>4}: weight {weight.data:5.2f} × output {hidden.data:5.2f} adds {weight.data * hidden.data:5.2f}")
print(f"the other {count - 5} and the bias add {score.data - sum(w.data * h.data for w, h in pairs[:5]):.2f}")

# %% [markdown]
# The same as a graph, with the rest put together in one leaf. The gradient of each weight is the output of its neuron, and the other way round: in a product, the local derivative is *the other one*.

# %%
from autograd import dot

rest = Value(sum(w.data * h.data for w, h in pairs[5:]), label=f"the other {count - 5}")
strongest = dot([w for w, _ in pairs[:5]], [h for _, h in pairs[:5]])
picture = strongest + rest + bias
picture.label = score.label

model.zero_grad()
for _, hidden in pairs:
    hidden.grad = 0.0
picture.backward()
draw(picture)

# %% [markdown]
# ## Looking inside: which pixels speak for it
#
# Pixels were plain numbers so far. Make them Values, and they become leaves of the graph, with derivatives like all others: *if this pixel were a bit darker, how would the decision move?* That is one line of `gradients`, which leaves all `.grad` alone.
#
# For four of the misread digits, we ask about the score of what was read minus the score of what was right. Red: more ink here speaks for the mistake. Blue: more ink here speaks for the truth.

# %%
from autograd import gradients

figure, grid = plt.subplots(2, 4, figsize=(7.5, 4.2), layout="constrained")
for (above, below), i in zip(grid.T, misread):
    pixels = [Value(pixel) for pixel in test_images[i]]
    logits = model(pixels)
    decision = logits[predicted[i]] - logits[test_labels[i]]
    slopes = [slope.data for slope in gradients(decision, pixels)]
    show_digit(above, test_images[i], title=f"{test_labels[i]}, read as {predicted[i]}")
    show_digit(below, slopes, title=f"red for {predicted[i]}, blue for {test_labels[i]}", cmap="RdBu_r", limit=max(map(abs, slopes)))
plt.show()

# %% [markdown]
# ## Things to try
#
# - Leave out `optimizer.zero_grad()`. What happens to the loss, and why?
# - Take `activation="leaky_relu"`, which lets a little through below 0. Do neurons still die?
# - Take a hidden layer of 8 neurons, or two layers: `nn.MLP(64, [32, 32, 10])`.
# - Take a learning rate ten times larger, or ten times smaller.
# - Train longer. The training loss goes on falling, long after the accuracy on the held-out images has stopped rising: from then on the network learns its training images by heart.
# - `python -m nn train digits` trains the same network from the command line and writes its pictures to a folder; `--help` says what else it can do.
