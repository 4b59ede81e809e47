# %% [markdown]
# # Classification
#
# *Notebook 7 of 13. Before it: [Backpropagation](06_backpropagation.ipynb). After it: [Training for real](08_training.ipynb).
# Allow 20 minutes.*
#
# **Your aim.** You will be able to turn the scores of a network into probabilities, for two classes and for many; to say how
# wrong they are in one number; and to see that the error signal that comes out of all this is as simple as can be: *given
# minus right*.
#
# From before: a **neuron** adds up weights × inputs and its bias to a weighted sum $z$; the **sigmoid** $\sigma(z) = 1 / (1 +
# e^{-z})$ bends $z$ into 0 to 1; a neuron's **delta**, or error signal, is how much the error moves with its $z$.

# %%
import math

import matplotlib.pyplot as plt

import autograd
import nn
from autograd import Value
from autograd.course import ask, check

# %% [markdown]
# ## A score, and how sure it is
#
# To **classify** is to say which of some **classes** a thing belongs to: spam or no spam; which digit is in this picture. A
# network gives numbers, and so it gives a **score** (the textbooks say **logit**): any number, large if "yes", very negative
# if "no". A score of 0 is undecided. The sigmoid turns it into a **probability**, a number from 0 to 1 that says how sure:
# 0.9 means *nine times out of ten*.

# %%
for score in (-4.0, -1.0, 0.0, 1.0, 4.0):
    print(f"score {score:4.1f}: probability {autograd.sigmoid(score):.4f}")

# %% [markdown]
# ## How wrong is a probability?
#
# Say the truth is "yes". If we said 0.99, fine. If we said 0.5, not so good. And 0.01 is bad: we were sure, and wrong. One
# could take the square of the distance, $(1 - p)^2$, as before. But there is a better measure, the **surprise**: $-\log p$,
# where $p$ is the probability that we gave to what turned out to be true. ($\log$ is the logarithm that notebook 3 wrote
# $\ln$, the *natural* one: $\log e^x = x$.) Sure and right:
# $-\log 1 = 0$. The less we believed in the truth, the greater the surprise, without bound.
#
# For the truth $y$ (1 for yes, 0 for no), that is one formula, as one of its terms is always multiplied by 0. It is called
# **binary cross-entropy** (binary: for two answers):
#
# $$L = -y \log p - (1 - y) \log(1 - p)$$

# %%
print("probability    squared error    surprise    (the truth is yes)")
for p in (0.99, 0.9, 0.5, 0.1, 0.01, 0.0001):
    print(f"{p:11}    {(1 - p) ** 2:13.6f}    {-math.log(p):8.4f}")

# %% [markdown]
# Why is it better? Look at it as the network does: through its slope. How does the loss move with the *score*, which is what
# the network can change?

# %%
scores = [-8 + i / 10 for i in range(161)]
square = [autograd.value_and_grad(lambda z: (1 - autograd.sigmoid(z)) ** 2)(z) for z in scores]
surprise = [autograd.value_and_grad(lambda z: -autograd.log(autograd.sigmoid(z)))(z) for z in scores]

figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 3.4), layout="constrained")
for axes, which, title in ((left, 0, "the loss, if the truth is yes"), (right, 1, "its slope, by which the score learns")):
    axes.plot(scores, [pair[which] for pair in square], color="#2b6cb0", linewidth=2, label="squared error")
    axes.plot(scores, [pair[which] for pair in surprise], color="#c05621", linewidth=2, label="cross-entropy")
    axes.set(title=title, xlabel="score")
left.legend(frameon=False)
plt.show()

# %% [markdown]
# Far left, the network is sure and wrong. There it should learn most. But the squared error is flat there: its slope is
# nearly 0, since the slope of the sigmoid is a factor of it. Cross-entropy goes on pulling, with a slope of nearly −1.
#
# ## Given minus right
#
# That slope has a simple formula. Here is one example, from the score to the loss, with the truth "yes". Step to the end with
# **End**, and look at the number at the score:

# %%
score = Value(-1.5, label="score")
p = score.sigmoid()
loss = -p.log()
p.label, loss.label = "p", "loss"
autograd.explore(loss)

# %%
print("score    truth    p - y      the graph says")
for z in (-3.0, -0.5, 2.0):
    for y in (1, 0):
        score = Value(z)
        nn.binary_cross_entropy(score.sigmoid(), y).backward()
        print(f"{z:5}    {y:5}    {autograd.sigmoid(z) - y:7.4f}    {score.grad:7.4f}")

# %% [markdown]
# **The error signal is $p - y$: the probability that was given, minus the one that would have been right.** The chain rule
# makes it so: for $y = 1$ the slope of $-\log p$ is $-1/p$, that of the sigmoid $p (1 - p)$, and their product is $-(1 - p) =
# p - 1$. For $y = 0$, in the same way, it is $p$.
#
# ## A straight line learns
#
# The simplest classifier is a single neuron: this is **logistic regression**. `nn.fit` makes 100 rounds, each of them one
# step over all points, and notes for each the **accuracy**, the share of the points that are named right. Two heaps of points
# (`spread` says how wide each is, `seed` which random points), and where the trained neuron draws its line:

# %%
points, heaps = nn.data.blobs(80, classes=2, spread=0.5, seed=4)
neuron = nn.Neuron(2, activation="linear", rng=0)
history = nn.fit(
    neuron, points, heaps, loss=nn.binary_cross_entropy_with_logits, optimizer=nn.SGD(neuron.parameters(), lr=0.5),
    epochs=100, batch_size=None, metrics=["accuracy"], progress=False,
)
print(f"loss {history['loss'][0]:.3f} at first, {history['loss'][-1]:.3f} at last; {history['accuracy'][-1]:.0%} right")


def probabilities(rows):
    with autograd.no_grad():  # in the lines under it nothing is remembered: nothing is to be differentiated
        yes = [autograd.sigmoid(neuron(row)).data for row in rows]
    return [[1 - p, p] for p in yes]


nn.plots.plot_boundary(probabilities, {"points": (points, heaps)}, names=["no", "yes"], title="One neuron: a straight line")

# %% [markdown]
# The neuron is "linear", and the sigmoid is in the loss: `binary_cross_entropy_with_logits` takes scores. It is the same
# number, computed in one go, and that matters where the score is far out. By hand, a score of −800 has the probability 0 in
# the computer, and then comes the logarithm of 0, which is minus infinity (`inf` is *infinity*):

# %%
score = Value(-800.0)
by_hand = -score.sigmoid().log()
in_one = nn.binary_cross_entropy_with_logits(score, 1)
print(f"by hand {by_hand.data}, in one go {in_one.data}")

# %% [markdown]
# ## Many classes: softmax
#
# With ten classes, the network gives ten scores. **Softmax** turns them into ten probabilities: it takes $e$ to the
# power of each, which is always positive (the **exponential function**), and divides by the total, so that they add up to 1:
#
# $$p_i = \frac{e^{s_i}}{e^{s_1} + e^{s_2} + \dots}$$
#
# The loss is the surprise again, $-\log$ of the probability of the right class: **cross-entropy**. Four scores that are easy
# to follow. The last class is the right one:

# %%
scores = [Value(0.0, label="s0"), Value(3.0, label="s1"), Value(-2.0, label="s2"), Value(1.0, label="s3")]
RIGHT = 3

powers = [s.exp() for s in scores]
total = powers[0] + powers[1] + powers[2] + powers[3]
p_right = powers[RIGHT] / total
loss = -p_right.log()
total.label, p_right.label, loss.label = "total", "p", "loss"

for i, power in enumerate(powers):
    print(f"class {i}: score {scores[i].data:4.1f}, exp {power.data:7.4f}, probability {power.data / total.data:.4f}")
print(f"loss = -log {p_right.data:.4f} = {loss.data:.4f}; nn.cross_entropy gives {nn.cross_entropy(scores, RIGHT).data}")

# %% [markdown]
# The graph of it: each score reaches the loss through the total, and the right one also directly. **Click `s3`, then the
# loss**: two paths. Along the direct one a larger `s3` makes the loss smaller, through the total it makes it larger. Then drag
# `s1`, which the network believed in, and watch all gradients.

# %%
autograd.explore(loss)

# %%
loss.backward()
print("class   p - y                 the graph says")
for i, (power, score) in enumerate(zip(powers, scores, strict=True)):
    print(f"{i:5}   {power.data / total.data - (i == RIGHT):19.16f}   {score.grad:19.16f}")
print(f"sum of the gradients: {abs(sum(score.grad for score in scores)):.1f}")

# %% [markdown]
# (`i == RIGHT` is `True` or `False`, and Python computes with these as with 1 and 0.) **Again $p - y$**, for every class at
# once. Why? The loss is $-\log (e^{s_3} / \text{total}) = \log(\text{total}) - s_3$ (the logarithm of a quotient is the
# difference of the two logarithms). The slope of $\log(\text{total})$ in a score is
# $1 / \text{total}$ times $e^s$, which is the $p$ of that score; and $-s_3$ adds −1 at the right one. So the right score is
# pulled up, the others are pushed down, each as far as the network believed in it. They add up to 0: what one class gains, the others lose. And so adding the same number to all scores
# changes nothing:

# %%
raised = [score.data + 10 for score in scores]
print(f"{nn.cross_entropy([s.data for s in scores], RIGHT):.12f}")
print(f"{nn.cross_entropy(raised, RIGHT):.12f}")

# %% [markdown]
# `nn.cross_entropy` is the one to use: it takes the scores, and computes all of the above in one node. It uses that last fact
# to stay in range: $e^{1000}$ is more than a computer's number can hold, so it subtracts the largest score from all of them
# first.
#
# Two classes by softmax, with scores $s$ and 0, are the same as one sigmoid: $\frac{e^s}{e^s + e^0} = \frac{1}{1 + e^{-s}}$.

# %%
for s in (-2.0, 0.7):
    print(f"softmax of ({s}, 0): {autograd.softmax([s, 0.0])[0]:.6f}     sigmoid of {s}: {autograd.sigmoid(s):.6f}")

# %% [markdown]
# ## Three kinds of iris
#
# A real one. In 1936 Ronald Fisher published four lengths of 150 flowers, of three kinds of iris. We take two of the lengths,
# those of the petals, so that we can draw what happens, and let a network with eight hidden neurons learn two thirds of them.
# The others are **held out**: they are not learned from, so they tell what the network can really do (`fit` is given them as
# `validation`, and notes their accuracy as `val_accuracy`). An **epoch** is one round in which each flower to learn from was
# used once (32 of them for each step: that is what `fit` does unless it is told a `batch_size`); `nn.Adam` is a relative of
# gradient descent that finds a fitting step for each weight by itself.

# %%
flowers, kinds = nn.data.load_iris()
petals = [flower[2:] for flower in flowers]
train, test, train_kinds, test_kinds = nn.data.train_test_split(petals, kinds, test_size=1 / 3, seed=0)

model = nn.MLP(2, [8, 3], activation="tanh", rng=0)
history = nn.fit(
    model, train, train_kinds, loss=nn.cross_entropy, optimizer=nn.Adam(model.parameters(), lr=0.02), epochs=60,
    validation=(test, test_kinds), metrics=["accuracy"], progress=False,
)
print(f"held-out flowers named right: {history['val_accuracy'][-1]:.0%}")


# %%
def three_probabilities(rows):
    with autograd.no_grad():
        return [[p.data for p in autograd.softmax(model(row))] for row in rows]


names = ["setosa", "versicolor", "virginica"]
nn.plots.plot_boundary(
    three_probabilities, {"learned from": (train, train_kinds), "held out": (test, test_kinds)},
    names=names, labels=("petal length (cm)", "petal width (cm)"), title="Where it changes its mind",
)

# %% [markdown]
# To **decide** is to take the class with the largest score. (It is the one with the largest probability, too: softmax keeps
# the order.) Which kinds get mixed up? In a **confusion matrix** each row is a true class, each column what was said; what is
# right stands on the diagonal.

# %%
with autograd.no_grad():
    said = [max(range(3), key=lambda k, row=row: model(row)[k].data) for row in test]
nn.plots.plot_confusion(test_kinds, said, names=names, title="Held-out flowers")

# %% [markdown]
# Ask the network about one flower on the border, the held-out one with the largest loss, and look at the error signal that
# comes to each of its three scores:

# %%
flower = max(zip(test, test_kinds, strict=True), key=lambda pair: nn.cross_entropy(model(pair[0]), pair[1]).data)
row, kind = flower
given = three_probabilities([row])[0]
deltas = nn.deltas(model, row, kind, nn.cross_entropy)[-1].deltas
print(f"petal {row[0]} × {row[1]} cm, really {names[kind]}")
for k in range(3):
    print(f"{names[k]:>10}: given {given[k]:.4f}, right {float(k == kind):.0f}, delta {deltas[k]:7.4f}")

# %% [markdown]
# ## Summary
#
# - Score → probability: the sigmoid for two classes, softmax for many.
# - Loss: the surprise, $-\log$ of the probability that the truth was given: cross-entropy.
# - Error signal at the score: $p - y$, *given minus right*. It does not fade where the network is sure and wrong.
# - Compute the loss from the scores (`cross_entropy`, `binary_cross_entropy_with_logits`), not from rounded probabilities.
#
# ## Exercises
#
# `ask` puts a question, `check` looks at your answer, in the place of `...`; a wrong one is told what it is.

# %%
ask("classes.sigmoid")

# %%
check("classes.sigmoid", ...)

# %%
ask("classes.surprise")

# %%
check("classes.surprise", ...)

# %%
ask("classes.softmax")

# %%
check("classes.softmax", ...)

# %%
ask("classes.signal")

# %%
check("classes.signal", ...)

# %%
ask("classes.square")

# %%
check("classes.square", ...)

# %%
ask("classes.decide")

# %%
check("classes.decide", ...)

# %%
ask("classes.function")

# %%
check("classes.function", ...)

# %% [markdown]
# ## Where next
#
# [Training for real](08_training.ipynb): moons and handwritten digits, and what it takes to train well. Things to try here:
# all four lengths of the flowers instead of two (`nn.MLP(4, ...)`); a hidden layer of one neuron; the single neuron with
# `activation="sigmoid"` and `loss=nn.mse_loss`, beginning at `neuron.bias.data = -10.0`: why does it not get away from there?
