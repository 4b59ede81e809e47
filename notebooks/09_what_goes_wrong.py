# %% [markdown]
# # What goes wrong
#
# *Notebook 9 of 13. Before it: [Training for real](08_training.ipynb). After it: [Through time, and to
# rest](10_through_time.ipynb). Allow 25 minutes.*
#
# **Your aim.** You will be able to look at a network that does not learn and say why: gradients that vanish or explode,
# neurons that are dead, initial weights that do not fit, gradients that were not put back to 0, a NaN from somewhere, or
# simply a wrong slope. Each accident is made here on purpose, looked at, and mended.
#
# From before: a **layer** is some neurons with the same inputs; its **gradients** tell how the loss moves with its weights,
# and come back to it through all layers after it; the **activation function** bends each neuron's sum.

# %%
import autograd
import nn
from autograd import Value
from autograd.course import ask, check

# %% [markdown]
# ## Gradients that vanish
#
# A chain of neurons, one after the other, each with one input, the weight 1 and the sigmoid. The gradient at the beginning is
# the product of the slopes on the way. And the slope of the sigmoid is never more than one quarter, so with each neuron little
# is left of it: a **vanishing gradient**. **Press End, then go back with ←**, and watch the adjoint shrink from right to left:

# %%
x = Value(0.5, label="x")
out = x
for i in range(1, 7):
    out = out.sigmoid()
    out.label = f"a{i}"
autograd.explore(out)

# %%
print("layers   slope at the first   (at most ¼ per layer)")
for depth in (1, 2, 3, 6, 10, 20):
    x = Value(0.5)
    out = x
    for _ in range(depth):
        out = out.sigmoid()
    out.backward()
    print(f"{depth:6}   {x.grad:18.2e}   {0.25**depth:.2e}")

# %% [markdown]
# Through twenty layers, a ten-trillionth of the gradient arrives. (`1.14e-13` is the computer's way to write $1.14 \times
# 10^{-13}$, that is 0.000 000 000 000 114.)
#
# In a whole network it is the same. Here is one with eight hidden layers, trained on two half moons. `nn.LayerStatistics` is
# a **callback**, which `fit` calls after every round through the data (an **epoch**); it notes the **norm** of the weights
# and of the gradients of each layer, that is, the square root of the sum of their squares, as for the length of an arrow.

# %%
rows, moons = nn.data.moons(100, seed=1)


def watched(activation):
    statistics = nn.LayerStatistics(rows)
    deep = nn.MLP(2, [8] * 8 + [1], activation, rng=0)
    history = nn.fit(
        deep, rows, moons, loss=nn.binary_cross_entropy_with_logits, optimizer=nn.SGD(deep.parameters(), lr=0.1), epochs=30,
        metrics=["accuracy"], callbacks=[statistics], progress=False,
    )
    norms = [layers[0].weight_norm for _, layers in statistics.records]  # each has the number of an epoch, and its layers
    print(f"{activation}: {history['accuracy'][-1]:.0%} named right after {history.epochs} epochs")
    print(f"the weights of the first layer have the norm {norms[0]:.5f} after the first epoch, {norms[-1]:.5f} after the last")
    return statistics


watched("sigmoid").plot()

# %% [markdown]
# On the left, from dark (the first layer) to light (the last), on a logarithmic scale, where each line of the grid is ten
# times the one below: each layer gets a fraction of the gradient of the one after it. The first gets next to nothing, so its
# weights stay where they were, and the rest learns from what layers of random weights tell it: half are named right, as by
# tossing a coin.
#
# `relu` has the slope 1 where it is awake, so signals pass:

# %%
relu = watched("relu")
relu.plot()


# %% [markdown]
# ## Gradients that explode
#
# The opposite: factors larger than 1. A chain of weights of 3, without any curve, makes $3^n$ of a nudge. In a deep network
# with large initial weights, the gradients are of any size:

# %%
def deep_network(std):
    # random weights around 0, of the typical size (standard deviation) std
    return nn.MLP(2, [8] * 8 + [1], "relu", rng=0, init=nn.init.normal(0, std))


def gradient_norms(model):
    model.zero_grad()
    nn.binary_cross_entropy_with_logits([model(row) for row in rows], moons).backward()
    return [summary.grad_norm for summary in nn.layer_statistics(model)]


for depth in (1, 5, 10, 20):
    print(f"{depth:2} weights of 3: slope {autograd.grad(lambda x, n=depth: x * 3.0**n)(1.0):,.0f}")
print()
print("initial weights    gradient of the first layer    of the last")
for std in (0.1, 0.5, 1.0, 2.0):
    norms = gradient_norms(deep_network(std))
    print(f"about ±{std:<11}{norms[0]:28.1e}   {norms[-1]:12.1e}")


# %% [markdown]
# One step against a gradient of 100 throws every weight far away, and what comes after is wreckage. The first aid is to
# **clip**: if the norm of the whole gradient is above a limit, shorten it to the limit; its direction stays.

# %%
def train_large(clip):
    model = deep_network(1.0)
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    history = nn.fit(
        model, rows, moons, loss=nn.binary_cross_entropy_with_logits, optimizer=optimizer, epochs=30, clip_norm=clip,
        metrics=["accuracy"], progress=False,
    )
    return history


for clip in (None, 1.0):
    history = train_large(clip)
    print(f"clip_norm={clip}: loss {history['loss'][0]:8.2f} -> {history['loss'][-1]:.4f}, {history['accuracy'][-1]:.0%} right")

# %% [markdown]
# And a learning rate that is too large is the same accident. The library tells when the loss leaves the numbers altogether
# and is `inf`, infinite. (It stops with an error then; `try` ... `except` catches that, so that the notebook can go on, and
# `as error` gives it a name. Where `fit` is told no `loss`, it takes the mean of the squared errors.)

# %%
line = nn.Neuron(2, "linear", rng=0)
try:
    nn.fit(line, rows, moons, optimizer=nn.SGD(line.parameters(), lr=5.0), epochs=300, progress=False)
except nn.DivergedError as error:
    print(error)

# %% [markdown]
# ## Bad initial weights
#
# **All the same.** If all neurons of a layer start alike, they get the same gradients, and stay alike for ever: four neurons
# do the work of one.

# %%
alike = nn.MLP(2, [4, 1], "tanh", init=nn.init.constant(0.5))
history = nn.fit(
    alike, rows, moons, loss=nn.binary_cross_entropy_with_logits, optimizer=nn.SGD(alike.parameters(), lr=0.1), epochs=100,
    metrics=["accuracy"], progress=False,
)
for i, neuron in enumerate(alike.layers[0].neurons):
    print(f"neuron {i}: weights", "  ".join(f"{w.data:.12f}" for w in neuron.weights))
print(f"{history['accuracy'][-1]:.0%} right: as with a single hidden neuron")

# %% [markdown]
# So the weights have to be different, and for that they are random. **How large?** Too small, and every layer makes its
# signal smaller, forward and backward. Too large, and it grows, or drives sigmoid and tanh to their flat ends (they are
# **saturated**). Right is in between, where a layer's sums are about as large as its inputs. A sum of $n$ random terms, some
# above 0 and some below, is not $n$ times as large as one of them, but about $\sqrt{n}$ times. So for $n$ inputs, weights of
# about $1 / \sqrt{n}$ (Xavier Glorot 2010), or $\sqrt{2 / n}$ for relu, which throws half of its inputs away
# (Kaiming He 2015). The library does that unless told otherwise (`uniform`: from an interval around 0, each number in it as
# likely as any other):

# %%
print("tanh, eight hidden layers; the norm of the gradient of each layer, from the first to the last")
for name, init in (
    ("about ±0.01", nn.init.normal(0, 0.01)), ("about ±0.1", nn.init.normal(0, 0.1)), ("Xavier's", "xavier_uniform"),
    ("about ±3", nn.init.normal(0, 3)),
):
    model = nn.MLP(2, [8] * 8 + [1], "tanh", rng=0, init=init)
    print(f"{name:>12}: " + "  ".join(f"{norm:.0e}" for norm in gradient_norms(model)))
    history = nn.fit(
        model, rows, moons, loss=nn.binary_cross_entropy_with_logits, optimizer=nn.SGD(model.parameters(), lr=0.1), epochs=30,
        progress=False,
    )
    print(f"{'':12}  loss after 30 epochs: {history['loss'][-1]:.3f}")

# %% [markdown]
# Too small: the gradients vanish, and nothing is learned (0.693 is $\log 2$, the loss of a tossed coin). The last ones look
# as good as Xavier's, but only since the large weights make up for the small slopes. Seven of ten tanh give more than 0.99 or
# less than −0.99, that is, they are saturated: their slopes change abruptly from place to place, and learning is slow.
#
# ## Dead neurons
#
# A `relu` neuron whose sum is below 0 gives 0, and its slope is 0 too: it is **asleep**. Nothing wrong with that; another row
# may wake it. But if it sleeps for *every* row, no gradient reaches it any more (in a later layer, only
# a change of the layers before it can wake it). It is **dead**. A picture of one that
# sleeps: two inputs, two hidden neurons, one output; `h1`'s sum is negative, and its weights get the gradient 0.

# %%
small = nn.MLP(2, [2, 1], activation="relu", rng=6)
for name, parameter in small.named_parameters():  # such as layers.0.neurons.1.weights.0, which is split at the dots
    _, layer, _, neuron, *rest = name.split(".")
    where = f"h{neuron}" if layer == "0" else "out"
    parameter.label = f"{where} bias" if rest[0] == "bias" else f"{where} w{rest[1]}"

output = small([1.0, 0.5])
output.label = "output"
autograd.explore(output)

# %% [markdown]
# How do neurons die? A few are born dead, by their random weights: here two of the second layer. Most die by a step too long:
# a bias is thrown so far down that no row gets the sum above 0 any more. Count them after 50 epochs, by learning rate.
# `leaky_relu` lets a hundredth through below 0, so it can always wake up:

# %%
noisy, which = nn.data.moons(100, noise=0.1, seed=1)
print("              learning rate   dead of 16 + 16   named right")
for activation in ("relu", "leaky_relu"):
    for lr in (0.1, 1.0, 3.0):
        model = nn.MLP(2, [16, 16, 1], activation, rng=0)
        history = nn.fit(
            model, noisy, which, loss=nn.binary_cross_entropy_with_logits, optimizer=nn.SGD(model.parameters(), lr=lr),
            epochs=50, metrics=["accuracy"], progress=False,
        )
        dead = [summary.dead for summary in nn.layer_statistics(model, noisy)]
        print(f"{activation:>12}  {lr:13}   {dead[0]:7} + {dead[1]:2}   {history['accuracy'][-1]:12.0%}")

# %% [markdown]
# `nn.layer_statistics` is the doctor's chart: sizes of weights (w) and gradients (g), and how many neurons are dead or
# saturated for every row. (`std` is the standard deviation, |w| the size without the sign, and `g / w` is `norm g` by
# `norm w`: how large a step would be, beside the weights.) For the deep relu network from above, at the end of its training:

# %%
epoch, chart = relu.records[-1]
chart


# %% [markdown]
# ## Gradients that were not put back to 0
#
# `backward()` *adds* to the gradients of leaves, for good reason (notebook 2: the parts of a sum, one at a time). So
# before the next step they have to be put back to 0. Whoever forgets steps by the sum of all gradients so far:

# %%
def descend(forget):
    w = Value(3.0)
    places = []
    for _ in range(6):
        if not forget:
            w.grad = 0.0
        ((w - 1.0) ** 2).backward()
        w.data -= 0.3 * w.grad
        places.append(w.data)
    return "  ".join(f"{place:6.3f}" for place in places)


print("put back:  ", descend(False), "  (the lowest point is at 1)")
print("forgotten: ", descend(True))

# %% [markdown]
# It does not crash. It swings to and fro and never settles, like a ball without friction. If a training gets better and worse
# in turns, look for the missing `zero_grad`. (`nn.fit` does not forget.)
#
# ## Where does this NaN come from?
#
# **NaN**, "not a number", is what the computer gives for a question without an answer: $0 / 0$, or $\infty - \infty$. It is
# infectious: whatever is computed from a NaN is NaN, and after one step so are all weights. When you see it, its cause is
# long gone. The commonest cause is a logarithm of 0, which is $-\infty$:

# %%
score = Value(-800.0, label="score")
p = score.sigmoid()
loss = -(p.log() * p)  # 0 × infinity
loss.backward()
print(f"p = {p.data}, loss = {loss.data}, gradient = {score.grad}")

# %% [markdown]
# Inside `autograd.detect_anomaly()` the *first* number that is no longer finite raises an error, which says where it arose,
# and what is usually done about it. (The **operand** of an operation is the number that it takes in. The names
# at the end of the advice are functions that compute such a logarithm in one go, as the losses of notebook 7 do.)

# %%
try:
    with autograd.detect_anomaly():
        score = Value(-800.0, label="score")
        p = autograd.sigmoid(score)
        loss = -(autograd.log(p) * p)
except autograd.AnomalyError as error:
    anomaly = error
    what, advice = str(error).split("\n")  # its two lines
    print(what.split(", at ")[0])  # it also names the line of code, which differs from machine to machine
    print(advice)

# %% [markdown]
# And the error can be explored: the page opens at the step where the number arose. **Go back with ←** and see where the 0
# came from; drag the score, and see from where on there is a logarithm.

# %%
autograd.explore(anomaly)

# %% [markdown]
# The advice works: the surprise, computed from the score in one go, has no logarithm of 0 in it.

# %%
print(f"{nn.binary_cross_entropy_with_logits(-800.0, 1):.1f}")

# %% [markdown]
# ## A slope that is simply wrong
#
# Last: you write a function of your own, and its slope has a slip. The network learns all the same, only badly, and nobody
# tells. So nudge and compare. `autograd.primitive` adds a function by its name, the function itself, and its slope; here the
# slope of the cube, $3x^2$, lost its 3. (`out` is what the function gave, which saves work for some slopes; not here.)

# %%
cube = autograd.primitive("cube", lambda x: x * x * x, lambda x, out: x * x)
try:
    autograd.check_gradients(cube, [2.0])
except autograd.GradientCheckError:
    print("so this slope is wrong")

# %% [markdown]
# (*Central differences* are nudges up and down, as in notebook 6; a *primitive* is an operation that brings its own slope. `x0`
# is the first argument. `.data` and `.detach()` give a number without its memory, and behind `no_grad()` nothing is remembered.)
#
# ## Summary
#
# | what you see | what it may be | what helps |
# | --- | --- | --- |
# | first layers do not move | gradients vanish: flat activations, small weights | relu and its kin, suited initial weights |
# | the loss leaps, or is infinite | gradients explode, the learning rate is too large | a smaller rate, clipping, standardised inputs |
# | all neurons of a layer the same | equal initial weights | random ones |
# | units that give 0 for every row | dead relus after too long a step | a smaller rate, leaky_relu |
# | better and worse in turns | gradients not put back | `zero_grad` |
# | NaN | a logarithm of 0, 0/0, ∞ − ∞ | `detect_anomaly`, losses from scores |
# | it learns, but badly | a wrong slope | `check_gradients` |
#
# ## Exercises
#
# `ask` puts a question, `check` looks at your answer, in the place of `...`; a wrong one is told what it is.

# %%
ask("faults.vanish")

# %%
check("faults.vanish", ...)

# %%
ask("faults.clip")

# %%
check("faults.clip", ...)

# %%
ask("faults.forgotten")

# %%
check("faults.forgotten", ...)

# %%
ask("faults.asleep")

# %%
check("faults.asleep", ...)

# %%
ask("faults.first")

# %%
check("faults.first", ...)

# %%
ask("faults.diagnosis")

# %%
check("faults.diagnosis", ...)

# %%
ask("faults.function")

# %%
check("faults.function", ...)

# %% [markdown]
# ## Where next
#
# [Through time](10_through_time.ipynb): networks whose outputs are their next inputs. There, vanishing and exploding come
# back, one factor for every moment. Things to try here: the deep sigmoid network with larger initial weights,
# `init=nn.init.normal(0, 2)`; `nn.Adam` in the place of plain descent: does it help the first layers? And the sleeping neuron
# `h1`: at which bias does it wake up?
