# %% [markdown]
# # Through time, and to rest
#
# *Notebook 10 of 13. Before it: [What goes wrong](09_what_goes_wrong.ipynb). After it: [Beyond networks](11_beyond_networks.ipynb). Allow 25 minutes.*
#
# **Your aim.** So far a signal went into a network at one end and came out at the other. Here it comes back to where it was. When you are through, you can
#
# - write a network that reads one number after the other and remembers, and differentiate it through time,
# - say from one number whether it will forget, or blow up,
# - differentiate a network that settles to rest, without keeping a record of how it got there,
# - run four experiments of 1986 again, and read in the weights what the networks found out.
#
# From before: a **neuron** multiplies each input by a **weight**, adds up, adds its **bias**, and bends the sum by an **activation**, as tanh or the sigmoid; neurons between the inputs and the outputs are **hidden**; the **loss**, or **error**, says how wrong a network is, and a **gradient** how much the loss moves with a weight. `SGD`, with or without **momentum**, and `Adam` are two ways to step against it.

# %%
import random
from functools import partial

import matplotlib.pyplot as plt

import autograd
import nn
from autograd import Value, draw, gradients, no_grad, tanh
from autograd.course import ask, check

# %% [markdown]
# ## A neuron that hears itself
#
# A sentence, a melody, the temperature of every day: such data are **sequences**, numbers that come one after the other, and what a number means depends on those before it. A neuron that is to understand one must keep something in mind. The simplest way: next to its input $x_t$ ("x at time t"), let it hear its own last output $h_{t-1}$:
#
# $$h_t = \tanh(w\, h_{t-1} + u\, x_t)$$
#
# Its output $h$ is called its **state**, and such a network **recurrent**: it runs back into itself. It has two weights, $w$ for what it remembers and $u$ for what is new, *and they are the same at every step*.
#
# A circle in a network? Then where would the chain rule start? But nothing happens in a circle in time. Write down what happens step by step, and there is a plain graph, as long as the sequence. To write it so is to **unroll** the network.

# %%
w, u = Value(0.8, label="w"), Value(0.5, label="u")
xs = [1.0, -0.5, 0.25]


def remembered(w, u, xs):
    h = 0.0
    for x in xs:
        h = tanh(w * h + u * x)
    return h


h = remembered(w, u, xs)
h.backward()
print(f"h = {h.data:.6f}   ∂h/∂w = {w.grad:.6f}   ∂h/∂u = {u.grad:.6f}")
draw(h)

# %% [markdown]
# The green box of `u` has three arrows, one for each step it takes part in. And `w`? It has three, too, though the first multiplies a 0: before the sequence begins there is nothing to remember.
#
# `backward()` needs nothing new for this. The graph is a graph like any other, and each weight adds up what its arrows bring back. In books this is called **backpropagation through time**, and has formulas full of indices. A trick shows all that is in them: give each step a copy of $w$ of its own, with the same number, and see what each copy gets.

# %%
copies = [Value(0.8, label=f"w{t}") for t in (1, 2, 3)]
h = 0.0
for copy, x in zip(copies, xs):
    h = tanh(copy * h + u * x)

for copy, slope in zip(copies, gradients(h, copies)):
    print(f"∂h/∂{copy.label} = {slope.data:.6f}")
print(f"together {sum(slope.data for slope in gradients(h, copies)):.6f}, and ∂h/∂w was {w.grad:.6f}")

# %% [markdown]
# The one $w$ of the network gets the sum of what the copies get. Its last use counts for less than the one before here, since what it was multiplied by, the state, was small; but in general the earlier a use, the more factors its way back has.
#
# The page plays it. Step through with → until the way back begins, and watch the signal go from right to left: *backwards in time*. Then drag `w` up to 2.

# %%
autograd.explore(remembered, 0.8, 0.5, xs)

# %% [markdown]
# ## Why it forgets
#
# How much does the state at the end still depend on the *first* number? On the way there lies one factor for each step, the slope of its tanh (1 minus the square of what it gives) times $w$:
#
# $$\frac{\partial h_T}{\partial h_0} = \prod_{t=1}^{T} w\,(1 - h_t^2)$$
#
# ($t = 1$ and $T$ beside the $\prod$ say: a factor for each step, from the first to number $T$, the last. $h_0$ is the state before the sequence begins, $h_T$ that after its last step. The first number comes in right after $h_0$, so what comes back to it is the same product, with $u$ in the place of the first $w$.)
#
# Take the tanh away for a moment. What is left is $w^T$, and you know what powers do: for $w$ under 1 they shrink to nothing, over 1 they grow without end.

# %%
print("steps      w = 0.5      w = 0.9        w = 1      w = 1.1      w = 1.5")
for steps in (1, 5, 10, 20, 50):
    row = []
    for number in (0.5, 0.9, 1.0, 1.1, 1.5):
        start = state = Value(1.0)
        for _ in range(steps):
            state = number * state
        (slope,) = gradients(state, [start])
        row.append(f"{slope.data:12.4g}")
    print(f"{steps:5}", *row)

# %% [markdown]
# With the tanh there is a further factor $1 - h^2$ in each step, which is never more than 1. So the signal can still vanish, and a large $w$, which should help, drives the neuron into the flat parts of its tanh. Here is the slope of the last state in each number of a sequence of thirty, as it looks from the end:

# %%
figure, axes = plt.subplots(figsize=(7.5, 3.8), layout="constrained")
for number, colour in ((0.5, "#2b6cb0"), (0.9, "#2f855a"), (1.0, "#6b46c1"), (2.0, "#c05621")):
    sequence = [Value(0.3 * (-1) ** t) for t in range(30)]
    slopes = gradients(remembered(Value(number), Value(0.5), sequence), sequence)
    axes.semilogy(range(1, 31), [abs(s.data) for s in slopes], "o-", color=colour, markersize=3, label=f"w = {number:g}")
axes.set_xlabel("place in the sequence: the last number is at the right")
axes.set_title("how much the last state depends on each number")
axes.legend(frameon=False)
axes.grid(axis="y", alpha=0.4)
plt.show()

# %% [markdown]
# Note the scale: each line of the grid is a thousandth of the one above. At $w = 0.5$ the state has forgotten the first number to nine digits and more. This is the **vanishing gradient** of the notebook before, along time instead of depth. An `nn.LSTMCell` ("long short-term memory") was invented against it: its memory is carried on by an addition, whose slope is 1, unless a **gate** (a sigmoid neuron, by whose output the memory is multiplied) decides to forget.
#
# ## It learns to carry
#
# Now a network of such neurons with something to do. You add two numbers by going through their digits from the right, and keep one thing in mind: the carry. Let a recurrent network do it in **binary**, that is, with the two digits 0 and 1 alone, which are called **bits**: 6 is written 110 (one 4, one 2, and no 1). At each step it gets one bit of each number, the lowest first, and is to say one bit of the sum. Nobody tells it that there is such a thing as a carry.
#
# `nn.RNNCell` is a layer of neurons that hear all their last outputs, `nn.unroll` calls it with one input after the other.
#
# Three things of Python in the next cell. `a >> n & 1` is bit number n of a, and `a << n` is a with n zeros put behind it, in binary. A `class` is a plan for things that keep numbers of their own: `__init__` makes these when `Adder(...)` is called, `self` is the thing itself, and `__call__` says what it does when it is called as a function. As an `nn.Module` it can do more: it knows its parameters, and `fit` can train it. (`nn.unroll` gives the states of all steps and, once more, the last; we need the first of the two.) And `partial(f, lr=0.05)` is the function `f` with this argument given already.

# %%
BITS = 5


def bits(number, count):
    return [float(number >> place & 1) for place in range(count)]  # the lowest first


class Adder(nn.Module):
    def __init__(self, rng):
        self.cell = nn.RNNCell(2, 3, rng=rng)  # 2 numbers come in, 3 neurons hear them
        self.say = nn.Neuron(3, "linear", rng=rng + 1)

    def __call__(self, row):
        pairs = zip(row[: len(row) // 2], row[len(row) // 2 :])
        states, _ = nn.unroll(self.cell, pairs)
        return [self.say(state) for state in states]


numbers = range(2 ** (BITS - 1))  # so that the sum has room in five bits
rows = [[*bits(a, BITS), *bits(b, BITS)] for a in numbers for b in numbers]
sums = [bits(a + b, BITS) for a in numbers for b in numbers]

adder = Adder(rng=2)
history = nn.fit(
    adder, rows, sums, loss=nn.binary_cross_entropy_with_logits, optimizer=partial(nn.Adam, lr=0.05), epochs=200, progress=False
)
print(f"{len(adder.parameters())} parameters, {len(rows)} sums of numbers below {len(numbers)}")
print(f"loss {history['loss'][0]:.3f} before, {history['loss'][-1]:.5f} after {history.epochs} epochs")


# %% [markdown]
# It has seen numbers up to 15. Since its weights are the same at every step, it can be unrolled as far as you like:

# %%
def add(a, b, count=24):
    with no_grad():
        said = adder([*bits(a, count), *bits(b, count)])
    return sum((score.data > 0) << place for place, score in enumerate(said))


for a, b in ((3, 5), (100, 27), (123_456, 654_321), (4_194_303, 1)):
    print(f"{a:>9,} + {b:>7,} = {add(a, b):>9,}   {'right' if add(a, b) == a + b else 'wrong'}")

# %% [markdown]
# The last of them carries a one through 22 places. Where does the network keep it? Here are its three states at each step of 0111 + 0001, the lowest bit first, beside the carry that you would have written down.

# %%
with no_grad():
    states, _ = nn.unroll(adder.cell, zip(bits(7, 5), bits(1, 5)))
carry = 0
print("bits  carry        h1      h2      h3")
for a, b, state in zip(bits(7, 5), bits(1, 5), states):
    carry = int(a + b + carry >= 2)
    print(f"{a:.0f} {b:.0f} {carry:7}     ", "  ".join(f"{h.data:6.2f}" for h in state))

# %% [markdown]
# The third unit holds it: near -1 while there is a carry, near +1 where there is none. So the network has found what you were taught.
#
# ## To rest
#
# There is another thing that a signal can do which comes back again and again: it can come to rest. Give a neuron the same input all the time, and let it hear itself:
#
# $$x \leftarrow \tanh(w\,x + u)$$

# %%
w, u = Value(0.9, label="w"), Value(0.3, label="u")

x = 0.0
for step in range(1, 41):
    x = tanh(w * x + u)
    if step in (1, 2, 3, 5, 10, 20, 30, 40):
        print(f"after {step:2} steps: x = {x.data:.12f}")

# %% [markdown]
# The number stops changing. Where it rests, $x = \tanh(w x + u)$: what goes in comes out. That is a **fixed point**, and for a network a **steady state**. (It comes to rest if each step brings it nearer. A small distance from the resting place is multiplied in each step by the slope of the step, here $w$ times the slope of the tanh; so that must lie between −1 and 1.)
#
# How does this resting place move if we turn $w$? We could walk back through all forty steps. That works, and keeps all forty in memory:

# %%
x.backward()
print(f"∂x/∂w = {w.grad:.10f}   ∂x/∂u = {u.grad:.10f}   by going back through {len(autograd.topological_order(x))} nodes")

# %% [markdown]
# But how it got there cannot matter: from another start it comes to the same place. All that matters is the equation that holds there. Differentiate both sides of $x = \tanh(w x + u)$ by $w$, that is, take their slopes in $w$. With $s = 1 - x^2$, the slope of the tanh at the resting place,
#
# $$\frac{dx}{dw} = s\,\Big(x + w\,\frac{dx}{dw}\Big) \qquad\text{and so}\qquad \frac{dx}{dw} = \frac{s\,x}{1 - s\,w}$$
#
# The derivative stands on both sides, since $x$ moves itself, and is solved for. In a network of many units the same thing is a system of linear equations; books call it **static** or **recurrent backpropagation** (Almeida and Pineda, 1987), in contrast to that through time. `nn.fixed_point` does it:

# %%
w, u = Value(0.9, label="w"), Value(0.3, label="u")
rest = nn.fixed_point(lambda x: tanh(w * x + u), 0.0)
rest.backward()

s = 1 - rest.data**2
print(f"∂x/∂w = {w.grad:.10f}   by nn.fixed_point, with {len(autograd.topological_order(rest))} nodes")
print(f"∂x/∂w = {s * rest.data / (1 - s * w.data):.10f}   by the formula")

# %% [markdown]
# The steps on the way are not recorded at all. However long it takes to settle, the graph is as small as this: a single step from the resting place, and what it changes (nothing, up to rounding) times 1.644, which is the $1/(1 - s w)$ of the formula. The number stays what it was; only its slopes come out right.

# %%
draw(rest)

# %% [markdown]
# ### A network at rest that learns
#
# Two units that hear each other and themselves. We show the network one number, let it settle, and want its second unit to rest at the square root of that number. So each step of the training, here called a **sweep** through the five numbers shown, has two parts: wait until the network is at rest, then move the weights a little, by the derivative of the resting place.

# %%
generator = random.Random(0)
links = [[Value(generator.uniform(-0.5, 0.5)) for _ in range(2)] for _ in range(2)]  # drawn between -0.5 and 0.5
inputs = [Value(generator.uniform(-1.0, 1.0)) for _ in range(2)]
biases = [Value(0.0), Value(0.0)]


def settled(number):
    def step(x):
        return [tanh(row[0] * x[0] + row[1] * x[1] + u * number + b) for row, u, b in zip(links, inputs, biases)]

    return nn.fixed_point(step, [0.0, 0.0])[1]


shown = [0.1, 0.3, 0.5, 0.7, 0.9]
optimizer = nn.Adam([*links[0], *links[1], *inputs, *biases], lr=0.02)
for sweep in range(301):
    loss = nn.mse_loss([settled(number) for number in shown], [number**0.5 for number in shown])
    if sweep % 100 == 0:
        print(f"sweep {sweep:3}: loss {loss.data:.6f}")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

for number in (0.2, 0.6, 0.8):
    print(f"shown {number}: rests at {settled(number).data:.3f}, the root is {number**0.5:.3f}")

# %% [markdown]
# Of these three numbers it was shown none.
#
# ## Four experiments of 1986
#
# In 1986 Rumelhart, Hinton and Williams published what backpropagation can do. The question of the time was not whether a network can be made to give the right answers, but what its **hidden units** do, those in the middle for which nobody says what is right. They must invent something of their own: an **internal representation** of the task. These are their experiments, on their terms: sigmoid units, half the sum of the squared errors, all examples in each step. One round through all examples was called a sweep. (It has nothing to do with the forward sweeps of notebook 3.)

# %%
half_sum = partial(nn.mse_loss, reduction="half_sum")


def learn(model, rows, targets, lr, momentum, sweeps, until):
    """Sweeps until the error is below `until`: how many it took."""

    def stop(training):
        if training.history["loss"][-1] < until:
            training.stop("learned")

    stop.looks_at_model = False  # only at the history: so the weights need not be handed out after every sweep
    optimizer = nn.SGD(model.parameters(), lr=lr, momentum=momentum)
    history = nn.fit(
        model, rows, targets, loss=half_sum, optimizer=optimizer, epochs=sweeps, batch_size=None, callbacks=[stop], progress=False
    )
    return history.epochs, history["loss"][-1]


def sigmoid_network(inputs, widths, seed, bound):
    return nn.MLP(inputs, widths, ["sigmoid"] * len(widths), init=nn.init.uniform(-bound, bound), rng=seed)


# %% [markdown]
# ### 1. XOR with one hidden unit
#
# You know XOR from the notebook on neurons: one neuron cannot do it. With two hidden ones it can. The paper also has a stranger network, with *one* hidden unit, where the inputs are linked to the output directly, too. It took 558 sweeps at a step of 0.5, by which the learning rate is meant. From which weights it started the paper does not say, so here are ten starts.

# %%
class OneHidden(nn.Module):
    def __init__(self, seed):
        self.hidden = nn.Neuron(2, "sigmoid", init=nn.init.uniform(-1, 1), rng=seed)
        self.output = nn.Neuron(3, "sigmoid", init=nn.init.uniform(-1, 1), rng=seed + 100)

    def __call__(self, x):
        return self.output([*x, self.hidden(x)])


rows, labels = nn.data.xor()
models = [OneHidden(seed) for seed in range(10)]
print("sweeps:", *[learn(model, rows, labels, lr=0.5, momentum=0.0, sweeps=5000, until=0.25)[0] for model in models])

model = models[0]
learn(model, rows, labels, lr=0.5, momentum=0.0, sweeps=20_000, until=0.005)  # on, until it is quite sure
print("\n  x    hidden  output")
for row in rows:
    print(f"{row[0]:.0f} {row[1]:.0f} {model.hidden(row).data:9.2f} {model(row).data:7.2f}")
first, second, hidden = (weight.data for weight in model.output.weights)
print(f"weights of the output: {first:.1f} and {second:.1f} from the inputs, {hidden:.1f} from the hidden unit, bias {model.output.bias.data:.1f}")

# %% [markdown]
# Most starts take some hundred sweeps, like that of the paper, and one is not there after 5,000. Look at what the first one found: its hidden unit is an OR. The output takes that, and subtracts the inputs, each with not quite half as much, and a bias. One input that is on leaves something over, 12.7 − 6.0 − 3.6 = 3.1; two are too many, 12.7 − 12.0 − 3.6 = −2.9.
#
# With two hidden units and no direct links, a start may never arrive:

# %%
outcomes = []
for seed in range(20):
    model = sigmoid_network(2, [2, 1], seed, 1.0)
    sweeps, error = learn(model, rows, labels, lr=0.5, momentum=0.9, sweeps=4000, until=0.08)
    outcomes.append((sweeps, round(error, 2)))
    if sweeps == 4000:
        stuck = model
print("sweeps and error:", *outcomes[:10])
print("stuck:", sum(sweeps == 4000 for sweeps, _ in outcomes), "of", len(outcomes))
print("what the stuck one says:", {f"{a:.0f}{b:.0f}": round(stuck([a, b]).data, 2) for a, b in rows})

# %% [markdown]
# Two rows are right, and of the other two it says "one half". The slopes are all but 0 there, and descent stays, though a better place exists. Such places are usually called **local minima**, though here it is rather a level region. Papers worried about them for years. In larger networks they are rare, since there is nearly always some direction that leads down.
#
# ### 2. Parity
#
# Is the number of ones among four bits odd? That is called their **parity**. A single changed bit changes the answer, so nothing can be learned from what a row looks like. Four hidden units, as in the paper:

# %%
rows, labels = nn.data.parity(4)
for seed in range(7, 12):
    model = sigmoid_network(4, [4, 1], seed, 1.0)
    sweeps, error = learn(model, rows, labels, lr=0.1, momentum=0.9, sweeps=6000, until=0.1)
    print(f"start {seed:2}: {'learned in' if error < 0.1 else 'not after '} {sweeps:4} sweeps")

print("\nweights of the hidden units of the last one:")
for neuron in model.layers[0].neurons:
    print("  ", "  ".join(f"{w.data:5.1f}" for w in neuron.weights), f"   bias {neuron.bias.data:5.1f}")

print("\nfirst two - last two   hidden units                odd?")
for difference in range(-2, 3):
    row = next(row for row in rows if row[0] + row[1] - row[2] - row[3] == difference)  # the first such row
    print(f"{difference:19}   ", "  ".join(f"{h.data:5.2f}" for h in model.layers[0](row)), f"  {labels[rows.index(row)]:4}")

# %% [markdown]
# Read the weights: in most hidden units they are of nearly one size, with one sign for the first two bits and the other for the last two. So a unit does not see *which* bits are on, only the difference of two counts; and that is odd whenever the number of ones is. From there each unit is a switch, and each switches at another place, by its bias. The output adds them with alternating signs. In the paper's solution all four weights had one sign, and the units counted all ones. It is the same idea.
#
# ### 3. A narrow place: the encoder
#
# Eight inputs, of which one is on. Eight outputs, which are to be like the inputs. Between them only *three* hidden units. Such a network is called an **encoder**. Whatever goes through must be put into three numbers.

# %%
rows, targets = nn.data.encoder(8)
encoder = sigmoid_network(8, [3, 8], 0, 1.0)
sweeps, error = learn(encoder, rows, targets, lr=0.5, momentum=0.5, sweeps=4000, until=0.1)
print(f"learned in {sweeps} sweeps\n\n     input            hidden          as bits")
codes = []
for row in rows:
    hidden = [h.data for h in encoder.layers[0](row)]
    codes.append("".join(str(round(h)) for h in hidden))
    print("".join(f"{x:.0f}" for x in row), "   ", "  ".join(f"{h:5.2f}" for h in hidden), "      ", codes[-1])
print(f"\n{len(set(codes))} different codes")

# %% [markdown]
# Nobody told it, and it has invented the binary numbers: three units, each rather on than off or rather off than on, give $2^3 = 8$ codes, one for each input.
#
# ### 4. Mirror symmetry
#
# Six bits: do they read the same backwards, as 011110 does? There are 64 rows and 8 of them do. *Two* hidden units are enough, the paper says, and it took about 1,425 sweeps, with a step of 0.1, momentum 0.9, and weights that start between -0.3 and 0.3. So:

# %%
rows, labels = nn.data.mirror_symmetry(6)
mirror = sigmoid_network(6, [2, 1], 23, 0.3)
sweeps, error = learn(mirror, rows, labels, lr=0.1, momentum=0.9, sweeps=4000, until=0.1)
print(f"learned in {sweeps} sweeps")
for number, neuron in enumerate(mirror.layers[0].neurons, 1):
    weights = [w.data for w in neuron.weights]
    smallest = min(map(abs, weights))
    print(f"hidden unit {number}:", "  ".join(f"{w:7.3f}" for w in weights), f"   bias {neuron.bias.data:.3f}")
    print("     in ratio:", "  ".join(f"{w / smallest:7.2f}" for w in weights))

figure, axes = plt.subplots(1, 2, figsize=(8, 2.8), layout="constrained", sharey=True)
for axis, neuron, name in zip(axes, mirror.layers[0].neurons, ("first hidden unit", "second hidden unit")):
    weights = [w.data for w in neuron.weights]
    axis.bar(range(1, 7), weights, color=["#2b6cb0" if w > 0 else "#c05621" for w in weights])
    axis.axhline(0, color="#7b8794", linewidth=0.8)
    axis.set_title(name)
plt.show()

# %% [markdown]
# Read it like a riddle. Each hidden unit has weights that are *equal and opposite* about the middle. So for a row that reads the same backwards all of it cancels, and the unit sees only its bias, which is negative: it stays off, and so does the other, which has the signs turned. The output takes "both off" for yes.
#
# And the sizes: 1, 2 and 4. Why not all alike? Because then other rows could cancel, too: a 1 too many here against a 1 too many there. With 1 : 2 : 4 every sum of some of them is different, as in binary numbers, and only symmetric rows give 0. Other starts find 2 : 3 : 4 in the place of it. Does that work as well? (The five starts below are some of those that arrive. Take one, two or all three of ±2, ±3, ±4: can their sum be 0?)

# %%
for seed in (4, 12, 19, 23, 28):
    model = sigmoid_network(6, [2, 1], seed, 0.3)
    sweeps, error = learn(model, rows, labels, lr=0.1, momentum=0.9, sweeps=4000, until=0.1)
    weights = [abs(w.data) for w in model.layers[0].neurons[0].weights]
    ratio = sorted(4 * w / max(weights) for w in weights[:3])
    print(f"start {seed:2}: {sweeps} sweeps, ratio", " : ".join(f"{r:.1f}" for r in ratio))

# %% [markdown]
# ## Summary
#
# - A recurrent network hears its own last state. **Unrolled**, it is an ordinary graph, in which each weight stands once for each step; `backward()` on it is backpropagation through time.
# - What comes back to step 1 has passed a factor for every step. Under 1 they make it vanish, over 1 they make it explode.
# - A network that settles is differentiated by the equation that holds at rest, not by the way there: `nn.fixed_point`.
# - Hidden units invent what they need: an OR, a carry, a binary code, the weights 1 : 2 : 4.
#
# ## Exercises
#
# Write your answer in the place of `...`. A wrong one is told what it is. With other numbers: `ask("time.power", 1)`, `2`, and so on.

# %%
ask("time.copies")

# %%
check("time.copies", ...)

# %%
ask("time.power")

# %%
check("time.power", ...)

# %%
ask("time.paths")

# %%
check("time.paths", ...)

# %%
ask("time.arrives")

# %%
check("time.arrives", ...)

# %%
ask("time.parameters")

# %%
check("time.parameters", ...)

# %%
ask("time.settles")

# %%
check("time.settles", ...)

# %%
ask("time.rest")

# %%
check("time.rest", ...)

# %%
ask("time.code")

# %%
check("time.code", ...)

# %%
ask("time.mirror")

# %%
check("time.mirror", ...)

# %%
ask("time.unrolled")

# %%
check("time.unrolled", ...)

# %% [markdown]
# ## Where next
#
# - Give the adder `nn.LSTMCell(2, 4)` in the place of its cell (its state is a pair; `nn.unroll` knows that), and a neuron with 4 inputs to hear it, `nn.Neuron(4, ...)`. How many epochs does it need?
# - Train the adder with 2 hidden units, `nn.RNNCell(2, 2)` and `nn.Neuron(2, ...)`. What becomes of the carry?
# - Start the mirror network from other seeds (other random weights). Which ratio does each find, and which get stuck?
# - All that networks need of derivatives you have seen. [Beyond networks](11_beyond_networks.ipynb) is about what else they are good for.
