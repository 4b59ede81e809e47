# %% [markdown]
# # Training for real
#
# *Notebook 8 of 13. Before it: [Classification](07_classification.ipynb). After it: [What goes
# wrong](09_what_goes_wrong.ipynb). Allow 25 minutes.*
#
# **Your aim.** You will be able to prepare numbers for a network, choose how many rows it looks at for one step, tell whether
# it has learned or only memorised, and do something about that. At the end, a network of 2,410 weights and biases reads
# handwritten digits, and you look inside.
#
# From before: `nn.MLP(2, [8, 1])` is a **network** with 2 inputs, a layer of 8 hidden neurons, and 1 output; its weights and
# biases are its **parameters**. The **loss** says how wrong it is; for classes it is the cross-entropy, the surprise at the
# truth. A step moves each parameter against its gradient, as far as the **learning rate** (`lr`) says. Everything here starts
# from fixed random numbers, so you get what this page shows.

# %%
import random
from collections import Counter

import matplotlib.pyplot as plt

import autograd
import nn
from autograd import Value
from autograd.course import ask, check

# %% [markdown]
# ## Numbers of the same size, first
#
# Two half moons, one around the other, and one **row** for each point: its two coordinates. Each point is a little off its
# moon, by chance: that is called **noise**, and `noise` says how far, typically. (`seed` says which chances, so that they are
# the same in each run.) But whoever measured them took centimetres from a far corner for one, and metres for the other:

# %%
points, moons = nn.data.moons(100, noise=0.15, seed=1)
measured = [[300 + 100 * across, up] for across, up in points]

for row, moon in list(zip(measured, moons, strict=True))[:4]:
    print(f"({row[0]:6.1f} cm, {row[1]:5.2f} m)  moon {moon}")

# %% [markdown]
# To **standardise** is to subtract from each column its mean, and divide by its standard deviation (its typical distance from
# the mean). Every column then has the mean 0 and the size 1.

# %%
(standard,) = nn.data.standardise(measured)  # it takes several tables, too, and gives as many back: here one

for name, table in (("as measured", measured), ("standardised", standard)):
    for k in range(2):
        column = [row[k] for row in table]
        print(f"{name:>12}, column {k}: from {min(column):7.2f} to {max(column):7.2f}, mean {abs(sum(column) / len(column)):.2f}")


# %% [markdown]
# The same network, from the same start, on the same points; for each we try five learning rates:

# %%
def trained(rows, lr):
    model = nn.MLP(2, [8, 1], "tanh", rng=0)
    history = nn.fit(
        model, rows, moons, loss=nn.binary_cross_entropy_with_logits, optimizer=nn.SGD(model.parameters(), lr=lr),
        epochs=300, batch_size=None, metrics=["accuracy"], progress=False,
    )
    return history


print("learning rate   as measured   standardised   (named right, of 100)")
for lr in (1.0, 0.1, 0.01, 0.001, 0.0001):
    raw, good = trained(measured, lr), trained(standard, lr)
    print(f"{lr:13}   {100 * raw['accuracy'][-1]:11.0f}   {100 * good['accuracy'][-1]:12.0f}")


# %% [markdown]
# With the numbers as measured, none of the five learning rates works. Why? The gradient of a weight is *delta × what came
# in*, so the weights of the first column get gradients hundreds of times as large as the others. A rate that is small enough
# for them is far too small for the rest. And sums of some hundreds push every tanh to its flat end.
#
# It shows in the **error surface**, the loss over two weights (notebook 4). Take the smallest case, one linear neuron without
# a bias, and let the first column be only five times as large as the second. The lines join places of equal loss; the orange
# dots are the steps.

# %%
def surface(stretch, lr):
    w1, w2 = Value(-1.0, label="w1"), Value(-1.0, label="w2")
    rows = [(stretch * across, up) for across, up in standard]

    def loss():
        return nn.mse_loss([w1 * across + w2 * up for across, up in rows], moons)

    return nn.error_surface(loss, [w1, w2], optimizer=nn.SGD([w1, w2], lr=lr), descent_steps=25)


long_valley = surface(5, 0.038)
print(f"after 25 steps in the valley: loss {long_valley.path[-1][-1]:.4f}")
long_valley.plot()

# %%
bowl = surface(1, 0.4)
print(f"after 25 steps in the bowl: loss {bowl.path[-1][-1]:.4f}")
bowl.plot()


# %% [markdown]
# A **valley**: the path leaps from wall to wall, and hardly moves along the bottom; any longer step would be thrown out. A
# **bowl**: a few steps lead to the lowest point. Standardising turns such valleys into bowls. (*Always the training rows'
# mean and deviation, also for rows that come later*: a network has to see them in the units it learned in.)
#
# ## How many rows for one step?
#
# The true gradient is the mean over all rows. One may also look at a few only:
#
# - **full batch**: all rows for each step. The direction is exact, and each step costs the most.
# - **mini-batch**: some rows for each step, say 10, drawn anew in each **epoch** (one round through all rows). `fit` takes
#   `batch_size` of them, 32 if it is told nothing, and all of them for `None`.
# - **one by one** ("online", "stochastic" in the strict sense): a step for every row.
#
# The directions from few rows are wrong by chance, but not wrong on average. First on the bowl, the same 100 rows looked at
# each time:

# %%
def path(batch, lr, seed=0):
    """Where one linear neuron goes in one epoch, in steps of so many rows."""
    w1, w2 = Value(-1.0), Value(-1.0)
    order = list(range(100))
    random.Random(seed).shuffle(order)  # the numbers in an order by chance, the same for the same seed
    places = [(w1.data, w2.data)]
    for start in range(0, 100, batch):
        rows = [(standard[i], moons[i]) for i in order[start : start + batch]]
        loss = nn.mse_loss([w1 * row[0] + w2 * row[1] for row, _ in rows], [moon for _, moon in rows])
        slopes = autograd.gradients(loss, [w1, w2])  # as backward(), but hands the slopes out, and leaves .grad alone
        w1.data -= lr * slopes[0].data
        w2.data -= lr * slopes[1].data
        places.append((w1.data, w2.data))
    return places


figure = bowl.plot()
axes = figure.axes[0]
for batch, shade, name in ((1, "#c53030", "one by one: 100 steps"), (10, "#2f9e8f", "of 10 rows: 10 steps"), (100, "black", "all rows: 1 step")):
    places = path(batch, 0.1)
    axes.plot([p[0] for p in places], [p[1] for p in places], "o-", color=shade, markersize=4, linewidth=1.2, label=name)
axes.legend(handles=axes.get_lines()[-3:], loc="upper right")
axes.set_title("one epoch, the rate 0.1")
figure

# %% [markdown]
# Full batch takes one exact step in the time in which mini-batches take ten good ones. One by one gets there first of all,
# and then never rests: it trembles around the lowest point, as each row pulls its own way. Now the network, 30 epochs each:

# %%
figure, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
for size, shade, name in ((None, "black", "full batch"), (10, "#2f9e8f", "mini-batches of 10"), (1, "#c53030", "one by one")):
    model = nn.MLP(2, [8, 8, 1], "tanh", rng=0)
    history = nn.fit(
        model, standard, moons, loss=nn.binary_cross_entropy_with_logits, optimizer=nn.SGD(model.parameters(), lr=0.1),
        epochs=30, batch_size=size, progress=False,
    )
    axes.plot(range(1, 31), history["loss"], color=shade, linewidth=2, label=name)
    print(f"{name:>18}: {30 * 100 // (size or 100):4} steps, loss {history['loss'][-1]:.4f}")
axes.set(xlabel="epoch (100 rows looked at)", ylabel="loss")
axes.legend(frameon=False)
plt.show()

# %% [markdown]
# That is why nearly everybody trains in mini-batches: many steps for the price of one, and in each the chance of single
# rows mostly cancels.
#
# ## The film
#
# A training to travel in: `nn.Film` is a **callback**, something that `fit` calls after each epoch. **Drag the rail below the
# picture** or press `space`. Each unit in the picture is a map of what that neuron gives over the plane; the thick line is
# where the network changes its mind. Click a point, and see what each neuron gives for it and its error signal. And on the
# page you can take another course from any step on: another learning rate, other points (drag one!), another optimizer
# (Adagrad, RMSprop, Adam and AdamW are relatives of gradient descent that find a step of their own for each weight). The
# penalties that it offers come further below.

# %%
model = nn.MLP(2, [8, 1], "tanh", rng=1)
film = nn.Film(title="Two moons, mini-batches of 20", inputs=["across", "up"])
nn.fit(
    model, standard, moons, loss=nn.binary_cross_entropy_with_logits, optimizer=nn.SGD(model.parameters(), lr=0.2, momentum=0.9),
    epochs=40, batch_size=20, callbacks=[film], progress=False,
)
film

# %% [markdown]
# ## Learned, or learned by heart?
#
# A network with many parameters can memorise its rows, chance and all. It is then perfect on these, and poor on new ones: it
# **overfits**, and this is called **overfitting**. To notice, one puts some rows aside before training, the **validation**
# rows. They are never learned from, only looked at. Here the moons are noisier, and 40 of 100 rows are put aside. What helps
# is **early stopping**: `EarlyStopping` stops when the loss on these, called `val_loss`, has not fallen for 30 epochs (its
# `patience`), and puts the best parameters back.

# %%
noisy, noisy_moons = nn.data.moons(100, noise=0.3, seed=5)
learned, aside, learned_moons, aside_moons = nn.data.train_test_split(noisy, noisy_moons, test_size=0.4, seed=0)


def fit_noisy(penalty=None, callbacks=()):
    model = nn.MLP(2, [16, 16, 1], rng=0)  # relu, unless told otherwise
    history = nn.fit(
        model, learned, learned_moons, loss=nn.binary_cross_entropy_with_logits, optimizer=nn.Adam(model.parameters(), lr=0.02),
        epochs=300, validation=(aside, aside_moons), penalty=penalty, metrics=["accuracy"], callbacks=callbacks, progress=False,
    )
    return model, history


memorised, history = fit_noisy()
stopped, early = fit_noisy(callbacks=[nn.EarlyStopping(patience=30)])
print(f"early stopping: {early.stopped}")
print(f"without it: loss {history['loss'][-1]:.4f} on the rows learned from, {history['val_loss'][-1]:.4f} on those put aside")
nn.plots.plot_history(history, title="Two noisy moons, 300 epochs")

# %% [markdown]
# Look at the two blue lines, the losses (each line of the grid is ten times the one below). That on the rows that it learns
# from (the full line) goes on falling. That on the rows put aside (dashed) turns, and rises: from there on, what is learned
# is chance. (The orange lines are the accuracy, in percent, by the scale at the right.) Early stopping keeps the parameters
# of the turning point. (`nn.Adam` is a relative of gradient descent that finds a fitting step for each weight by itself.)
#
# ## Lambda: large weights cost
#
# The other way: keep the network from growing sharp corners at all. A sharp corner needs large weights; so add a **penalty**
# to the loss, $\frac{\lambda}{2m} \sum w^2$, over all weights but not the biases ($m$ is the number of rows). This is
# **regularisation**, and $\lambda$ ("lambda") is its strength. Its slope is $\frac{\lambda}{m} w$: with every step each
# weight shrinks by a share of itself, which is why it is also called *weight decay*. (In the cell below, `penalty` is given a
# function of the network. It is made by Python's word `lambda`, which has nothing to do with this $\lambda$. The 2 of
# `nn.l2_penalty` is that of the squares.)

# %%
print("lambda   loss, learned from   loss, put aside   right, put aside   largest weight")
models = {}
for strength in (0.0, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0):
    model, history = fit_noisy(penalty=lambda network, s=strength: nn.l2_penalty(network, s, examples=len(learned)))
    own = nn.binary_cross_entropy_with_logits([model(row) for row in learned], learned_moons).data  # without the penalty
    largest = max(abs(w.data) for layer in model.layers for neuron in layer.neurons for w in neuron.weights)  # no bias
    models[strength] = model
    print(f"{strength:6}   {own:18.4f}   {history['val_loss'][-1]:15.4f}   {history['val_accuracy'][-1]:16.1%}   {largest:14.2f}")


# %%
def probabilities_of(model):
    def both(rows):
        with autograd.no_grad():
            yes = [autograd.sigmoid(model(row)).data for row in rows]
        return [[1 - p, p] for p in yes]

    return both


figure, grid = plt.subplots(1, 3, figsize=(9.5, 3.2), sharey=True, layout="constrained")
across, up = [-1.8 + 4.6 * i / 50 for i in range(51)], [-1.4 + 3.2 * i / 50 for i in range(51)]
for axes, strength in zip(grid, (0.0, 0.3, 10.0), strict=True):
    answers = probabilities_of(models[strength])([[x, y] for y in up for x in across])
    belief = [[answers[51 * i + j][1] for j in range(51)] for i in range(51)]
    shades = axes.contourf(across, up, belief, levels=[i / 10 for i in range(11)], cmap="RdBu_r", alpha=0.8)
    axes.contour(across, up, belief, levels=[0.5], colors="black", linewidths=1.2)
    for moon, shade in ((0, "#2b6cb0"), (1, "#c05621")):
        chosen = [row for row, y in zip(learned, learned_moons, strict=True) if y == moon]
        axes.scatter([x for x, _ in chosen], [y for _, y in chosen], color=shade, edgecolor="white", linewidth=0.5, s=22)
    axes.set_title(f"lambda = {strength:g}")
figure.colorbar(shades, ax=grid, ticks=[0, 0.5, 1], label="probability of moon 1")
plt.show()

# %% [markdown]
# The two colours are the two answers, the darker the surer, and the black line is where the network is undecided. No penalty:
# the line winds around single points. Too large a penalty: hardly a curve is left, and the network **underfits**. In between
# lies what is true of moons in general. Which $\lambda$ is best is decided by the rows put aside, as with early stopping.
#
# ## Handwritten digits
#
# 1,797 images of 8 × 8 pixels, written by hand and scanned. Each pixel is a number from 0 (white) to 1 (black): all of the
# same size already. A fifth is put aside.

# %%
images, digits = nn.data.load_digits()
train, test, train_digits, test_digits = nn.data.train_test_split(images, digits, test_size=0.2, seed=0)
print(f"{len(train)} images to learn from, {len(test)} held out")


def show_digit(axes, image, title="", cmap="gray_r", limit=None):
    low, high = (0, 1) if limit is None else (-limit, limit)
    axes.imshow([image[i : i + 8] for i in range(0, 64, 8)], cmap=cmap, vmin=low, vmax=high)
    axes.set_title(title, fontsize=9)
    axes.set_xticks([])
    axes.set_yticks([])


figure, grid = plt.subplots(2, 10, figsize=(9, 2.3), layout="constrained")
for axes, image, digit in zip(grid.flat, train, train_digits, strict=False):
    show_digit(axes, image, title=digit)
plt.show()

# %% [markdown]
# 64 pixels go into 32 hidden neurons, and these into 10 output neurons, one score for each digit. One image makes a graph;
# let us count it (a `Counter` counts how often each thing occurs, and `most_common` begins with the most frequent):

# %%
reader = nn.MLP(64, [32, 10], activation="relu", rng=0)
image, digit = train[20], train_digits[20]
loss = nn.cross_entropy(reader(image), digit)

nodes = autograd.topological_order(loss)
print(f"{len(reader.parameters())} parameters = (64 + 1) × 32 + (32 + 1) × 10")
print(f"{len(nodes)} nodes:", ", ".join(f"{count} {op or 'parameters'}" for op, count in Counter(node.op for node in nodes).most_common()))
print(f"loss of this image: {loss.data:.4f}; of a blind guess: {nn.cross_entropy([0.0] * 10, digit):.4f}")


# %% [markdown]
# Each of the 42 neurons is one `dot` (the weighted sum) and one `add` (the bias), and if it is hidden, one `relu`. The last
# two are the loss: `log_softmax` is the logarithm of the right class's probability, and `sub` turns its sign. As a
# picture that would be a black wall. `explore` folds it: by layers, and these by neurons. **Click a box to open it**, and Esc
# closes it again; → steps through all of it. On the way back, look at what comes to the score of the right digit, and what to
# the others: *given minus right*.

# %%
def loss_of_image():
    return nn.cross_entropy(reader(image), digit)


autograd.explore(loss_of_image)

# %% [markdown]
# Now train, in mini-batches of 16, with **momentum** (a step keeps part of the one before), and with a **schedule** that lets
# the learning rate shrink evenly, in the first eight epochs, from 0.1 to a tenth of that: first in strides, then with care.

# %%
optimizer = nn.SGD(reader.parameters(), lr=0.1, momentum=0.9)
history = nn.fit(
    reader, train, train_digits, loss=nn.cross_entropy, optimizer=optimizer,
    schedule=nn.LinearLR(optimizer, start_factor=1.0, end_factor=0.1, total_iters=8),
    epochs=10, batch_size=16, validation=(test, test_digits), metrics=["accuracy"], progress=False,
)
with autograd.no_grad():
    scores = [[score.data for score in reader(image)] for image in test]
said = [row.index(max(row)) for row in scores]
right = sum(a == b for a, b in zip(said, test_digits, strict=True))
for epoch, (loss, accuracy) in enumerate(zip(history["loss"], history["val_accuracy"], strict=True), 1):
    print(f"epoch {epoch:2}: loss {loss:.4f}, held-out images read right {accuracy:.1%}")
print(f"held-out images read right: {right} of {len(test)}, {right / len(test):.2%}")

# %% [markdown]
# Which digits look alike to it? (In the **confusion matrix**, each row is a true digit, each column what was read.) And here
# are the images that it misread, with how sure it was. Would you have read them right?

# %%
nn.plots.plot_confusion(test_digits, said, true_label="digit", predicted_label="read as")

# %%
misread = [i for i in range(len(test)) if said[i] != test_digits[i]]
figure, grid = plt.subplots(2, 6, figsize=(9, 3.6), layout="constrained")
for axes in grid.flat:
    axes.set_axis_off()
for axes, i in zip(grid.flat, misread, strict=False):
    sure = autograd.softmax(scores[i])[said[i]]
    axes.set_axis_on()
    show_digit(axes, test[i], title=f"{test_digits[i]}, read as {said[i]}\n({sure:.0%} sure)")
plt.show()

# %% [markdown]
# ## Looking inside
#
# A hidden neuron has one weight for each pixel, so its weights are an image, too. Ink on red pixels wakes it up, ink on blue
# ones quiets it. Nobody told the network what to look for. The percentage is the share of held-out images that wake the
# neuron, that is, for which it gives more than 0.

# %%
with autograd.no_grad():
    hidden = [[h.data for h in reader.layers[0](image)] for image in test]
awake = [sum(row[i] > 0 for row in hidden) / len(hidden) for i in range(32)]

figure, grid = plt.subplots(4, 8, figsize=(9, 5.2), layout="constrained")
for i, (axes, neuron) in enumerate(zip(grid.flat, reader.layers[0].neurons, strict=True)):
    show_digit(axes, [w.data for w in neuron.weights], title=f"h{i}  {awake[i]:.0%}", cmap="RdBu_r", limit=1.0)
plt.show()
print(f"{sum(share < 0.01 for share in awake)} of 32 neurons wake for less than 1% of the images")

# %% [markdown]
# Some never wake. Their sums fell below 0 for every image in the first long steps; there the slope of `relu` is 0, so no
# gradient has reached them since. (Others wake for a handful of images.) Those that never wake are called **dead**, and the
# next notebook is about such accidents.
#
# One output neuron: how does the score of a digit come about? It is the weighted sum of the hidden neurons that are awake. As
# a graph with its three strongest, for the first held-out image:

# %%
digit = said[0]
output = reader.layers[1].neurons[digit]
pairs = sorted(
    ((w, Value(h, label=f"h{i}")) for i, (w, h) in enumerate(zip(output.weights, hidden[0], strict=True)) if h > 0),
    key=lambda pair: -abs(pair[0].data * pair[1].data),
)
for w, h in pairs[:3]:
    print(f"{h.label:>4}: weight {w.data:5.2f} × output {h.data:5.2f} adds {w.data * h.data:5.2f}")
rest = Value(sum(w.data * h.data for w, h in pairs[3:]) + output.bias.data, label=f"bias and {len(pairs) - 3} more")
score = autograd.dot([Value(w.data, label=f"w of {h.label}") for w, h in pairs[:3]], [h for _, h in pairs[:3]]) + rest
score.label = f"score of {digit}"
score.backward()
autograd.draw(score, fold=False)

# %% [markdown]
# The gradient of each weight is the output of its neuron, and the other way round: in a product, the local derivative is *the
# other one*.
#
# Which pixels speak for an answer? Make the pixels Values, and ask `gradients`: *if there were a bit more ink here, how would
# the decision move?* For four misread digits: red pixels speak for the mistake, blue ones for the truth.

# %%
figure, grid = plt.subplots(2, 4, figsize=(7.5, 4.0), layout="constrained")
for (above, below), i in zip(grid.T, misread, strict=False):
    pixels = [Value(pixel) for pixel in test[i]]
    given = reader(pixels)
    slopes = [slope.data for slope in autograd.gradients(given[said[i]] - given[test_digits[i]], pixels)]
    show_digit(above, test[i], title=f"{test_digits[i]}, read as {said[i]}")
    show_digit(below, slopes, title=f"red for {said[i]}, blue for {test_digits[i]}", cmap="RdBu_r", limit=max(map(abs, slopes)))
plt.show()

# %% [markdown]
# ## Summary
#
# - Standardise: columns of very different sizes make valleys of bowls, and hardly a learning rate fits.
# - Full batch, mini-batch, one by one: exact and rare, or rough and often. Mini-batches are the usual choice.
# - Put rows aside. Where their loss turns, learning becomes memorising: stop early, or make large weights cost ($\lambda$).
# - A trained network can be looked into: weights as pictures, sums taken apart, gradients of a decision.
#
# ## Exercises
#
# `ask` puts a question, `check` looks at your answer, in the place of `...`; a wrong one is told what it is.

# %%
ask("training.steps")

# %%
check("training.steps", ...)

# %%
ask("training.standardise")

# %%
check("training.standardise", ...)

# %%
ask("training.batch")

# %%
check("training.batch", ...)

# %%
ask("training.stop")

# %%
check("training.stop", ...)

# %%
ask("training.lambda")

# %%
check("training.lambda", ...)

# %%
ask("training.diagnosis")

# %%
check("training.diagnosis", ...)

# %%
ask("training.function")

# %%
check("training.function", ...)

# %% [markdown]
# ## Where next
#
# [What goes wrong](09_what_goes_wrong.ipynb). Things to try here: a hidden layer of 8 neurons for the digits, or two layers,
# `nn.MLP(64, [32, 32, 10])` (how many do they read right? what looks inside is made for one layer of 32);
# `activation="leaky_relu"`: do neurons still die? `nn.save(reader, "digits.safetensors")` keeps the network, and `nn.load`
# brings it back. `python -m nn train digits` trains it from the command line, and `make demo` ends with a page on which you
# draw a digit with the mouse.
