# %% [markdown]
# # One weight that learns
#
# *Notebook 4 of the course. Before it: [The chain rule](03_chain_rule.ipynb). After it: [Neurons](05_neurons.ipynb).*
#
# **What you will be able to do:** make a number learn from examples, by walking against a slope; choose how long the steps are; and say what can go wrong on the way: steps too long, narrow valleys, the wrong valley.
#
# You need slopes and `backward()`. Allow 25 minutes. All that a network of millions of weights does to learn is in this notebook, with one weight.

# %%
import matplotlib.pyplot as plt

import autograd
import nn
from autograd import Value
from autograd.course import ask, check

# %% [markdown]
# ## The task
#
# A spring gets longer when something heavy hangs on it. Five measurements: the load in kilograms, and how far the spring stretched, in centimetres.

# %%
loads = [1.0, 2.0, 3.0, 4.0, 5.0]
stretches = [1.5, 2.7, 4.3, 5.5, 7.1]

for load, stretch in zip(loads, stretches):
    print(f"{load:g} kg: {stretch} cm")


# %% [markdown]
# Twice the load, about twice the stretch. So we guess: *stretch = w × load*, with one number $w$ that belongs to this spring. We do not know it. A number that is to be learned is called a **weight** or **parameter**; the rule that uses it to predict is called a **model**.
#
# ## How wrong is it?
#
# Take any $w$, say 0.5. For each measurement, the model makes a **prediction** $y = w x$, and there is the **target** $t$, the true number. The difference is squared, so that too much and too little both count, and large misses count most. The mean over all measurements is the **error** (or **loss**):
#
# $$E(w) = \text{mean of } \tfrac{1}{2} (w x - t)^2$$
#
# (The half changes nothing about which $w$ is best. It is there because the slope of $\frac12 u^2$ is simply $u$.)

# %%
def error(w):
    total = 0.0
    for x, t in zip(loads, stretches):
        total = total + (w * x - t) ** 2 / 2
    return total / len(loads)


for w in (0.5, 1.0, 1.5, 2.0):
    print(f"w = {w}: error {error(w):.4f}")

# %% [markdown]
# Draw the error for *every* $w$, and you see the **error surface**. With one weight it is a curve, and with this error it is a **parabola**: a valley with a single lowest point. Learning means: find that point. With one weight we can draw the curve; with thousands nobody can. Then one knows only the place one stands on, and the slope there.

# %%
ws = [i / 50 for i in range(151)]


def draw_valley(axes, path=(), color="#c05621", label=""):
    axes.plot(ws, [error(w) for w in ws], color="#2b6cb0", linewidth=2)
    axes.plot(path, [error(w) for w in path], "o-", color=color, markersize=4, linewidth=1, label=label)
    axes.set(xlabel="w", ylabel="error", xlim=(0, 3), ylim=(-0.5, 15))


start = 0.5
slope = autograd.derivative(error)(start)

figure, axes = plt.subplots(figsize=(6, 3.4), layout="constrained")
draw_valley(axes, [start])
axes.plot(ws, [error(start) + slope * (w - start) for w in ws], color="#c05621", linestyle="--", label=f"slope {slope:.2f}")
axes.legend(frameon=False)
plt.show()

# %% [markdown]
# ## One step
#
# At $w = 0.5$ the slope is about −10: the error falls when $w$ is raised. So raise it. In general, go *against* the slope, and the further, the steeper it is:
#
# $$w \;\leftarrow\; w - \text{rate} \times \frac{dE}{dw}$$
#
# (The arrow ← says: $w$ becomes what stands on the right.) This is **gradient descent**. The **learning rate** is a small number that says how far to go.

# %%
w = Value(0.5, label="w")
rate = 0.02

E = error(w)
E.backward()
print(f"w = {w.data}, error {E.data:.4f}, slope {w.grad:.4f}")

w.data = w.data - rate * w.grad
print(f"w = {w.data:.4f}, error {error(w).data:.4f}")


# %% [markdown]
# The error fell from 4.5 to 2.7. Where does the slope come from? From each measurement, by the chain rule. The page shows one of them, the load of 3 kg: press → through it, to the end. Then **drag the number of w** until the error is 0. (For this one measurement alone, that would be the right weight.)

# %%
def one_measurement(w):
    x, t = 3.0, 4.3
    y = w * x
    miss = y - t
    return miss**2 / 2


autograd.explore(one_measurement, 0.5)

# %% [markdown]
# ## And again, and again
#
# A step, repeated: that is a **training loop**. Mind the first line inside it, `w.grad = 0.0`: leaves add up their gradients, so each round has to start from 0.

# %%
w = Value(0.5, label="w")
rate = 0.02
for step in range(1, 21):
    w.grad = 0.0
    E = error(w)
    E.backward()
    w.data -= rate * w.grad
    if step <= 3 or step % 5 == 0:
        print(f"after step {step:2}: w = {w.data:.6f}, error before it {E.data:.6f}")

best = sum(x * t for x, t in zip(loads, stretches)) / sum(x * x for x in loads)
print(f"\nthe best w, by a formula (see below): {best:.6f}")


# %% [markdown]
# It learned the spring: about 1.4 cm for each kilogram. Here a formula knows the answer too: the slope, the mean of $(w x - t) \, x$, is 0 where $w$ is the sum of all $x t$ divided by the sum of all $x^2$. For a network there is none, and the loop above is all there is.
#
# The steps get shorter by themselves, since the slope gets smaller towards the bottom. The error never becomes 0: the measurements do not lie exactly on a line.
#
# ## How long may a step be?
#
# The learning rate is for you to choose. Four of them, ten steps each:

# %%
def descend(slope_of, w, rate, steps):
    path = [w]
    for _ in range(steps):
        w = w - rate * slope_of(w)
        path.append(w)
    return path


slope_of = autograd.derivative(error)
figure, grid = plt.subplots(2, 2, figsize=(8, 5.4), layout="constrained")
for axes, rate in zip(grid.flat, (0.005, 0.08, 0.17, 0.19)):
    path = descend(slope_of, 0.5, rate, 10)
    draw_valley(axes, path)
    axes.set_title(f"rate {rate}: w = {path[-1]:.3f} after 10 steps", fontsize=10)
    print(f"rate {rate:5}: the error goes from {error(path[0]):.3f} to {error(path[-1]):.3f}; the first steps:", [round(w, 2) for w in path[:5]])
plt.show()


# %% [markdown]
# - **0.005** is safe and slow.
# - **0.08** is nearly there after a step.
# - **0.17** jumps over the bottom at each step, and lands a little nearer each time.
# - **0.19** jumps too far. Each step lands higher than the one before, and the error grows without end: it **diverges**.
#
# Where is the limit? The slope, the mean of $(w x - t) \, x$, changes by $c = 11$ when $w$ moves by 1 (the mean of the squared loads). At the bottom it is 0, so at a distance $d$ from there it is $c \cdot d$. A step goes from $d$ to $d - \text{rate} \cdot c \cdot d$: it multiplies the distance by $1 - \text{rate} \cdot c$. The distance shrinks as long as that lies between −1 and 1: for rates below $2/c = 2/11$, about 0.18. And with the rate $1/c$, about 0.09, one step is enough.
#
# See it happen. Below, $d$ begins at 1, and makes four such steps. Press **End**, and **drag `rate`**: up from 0.05 to 0.09, where one step is nearly enough; past it, where each step lands on the other side; and over 0.18.

# %%
def four_steps(rate):
    c, d = 11.0, 1.0
    for _ in range(4):
        d = d - rate * c * d
    return d


autograd.explore(four_steps, 0.05)

# %% [markdown]
# So the steepness of the valley decides. That is where the trouble starts when there are two weights, and two steepnesses.
#
# ## Two weights: a bowl
#
# Suppose the spring had been measured with a hook on it that nobody weighed. The hook alone stretches it by some $b$: *stretch = w × load + b*. Now there are two numbers to learn, and the error surface is a **bowl** over a plane. Seen from above, lines of the same height make rings (as on a hiking map). The **gradient** is two numbers, one slope in each direction; a step goes against both at once.

# %%
with_hook = [stretch + 2.0 for stretch in stretches]
w, b = Value(0.5, label="w"), Value(0.5, label="b")


def error_of_both():
    total = 0.0
    for x, t in zip(loads, with_hook):
        total = total + (w * x + b - t) ** 2 / 2
    return total / len(loads)


surface = nn.error_surface(
    error_of_both, [w, b], spans=[(0.0, 3.0), (-1.0, 5.0)], optimizer=nn.SGD([w, b], lr=0.05), descent_steps=100
)
print(f"after 100 steps: w = {surface.path[-1][0]:.3f}, b = {surface.path[-1][1]:.3f}, error {surface.path[-1][-1]:.4f}")
surface.plot()

# %% [markdown]
# (`nn` is the package for networks that stands on `autograd`. `nn.SGD` is gradient descent, and `lr` the learning rate; what takes the steps is called an **optimizer**. `nn.error_surface` computes the error for all $w$ and $b$ in the two `spans`, and lets the optimizer walk from where they are. Its `path` has, for each step, the place and, last, the error there.)
#
# The bowl is stretched: steep across, flat along. The first steps go down its steep side at once. Then there is a long crawl along the bottom of a narrow valley, where the slope is small and so are the steps. And we may not lengthen them: the steep direction would diverge.
#
# ## Momentum
#
# A heavy ball does better. It keeps its **momentum**: a part of its speed $v$ stays, step after step. Where slopes point now to one side and now to the other, they cancel in the speed; where they point the same way again and again, the speed grows.
#
# $$v \leftarrow 0.8 \, v + \text{slope} \qquad\qquad w \leftarrow w - \text{rate} \times v$$

# %%
rolled = nn.error_surface(
    error_of_both, [w, b], spans=[(0.0, 3.0), (-1.0, 5.0)], optimizer=nn.SGD([w, b], lr=0.05, momentum=0.8), descent_steps=100
)


def steps_until(path, enough):
    for step, place in enumerate(path):
        if place[-1] < enough:
            return f"after {step} steps"
    return f"not in {len(path) - 1} steps"


enough = min(place[-1] for place in rolled.path) + 0.01
print("within 0.01 of the lowest error:")
print("  without momentum", steps_until(surface.path, enough))
print("  with momentum   ", steps_until(rolled.path, enough))
rolled.plot()


# %% [markdown]
# ## The wrong valley
#
# A parabola and a bowl have one lowest place. The error surfaces of networks have many valleys, and descent ends in the one it happens to walk into: a **local minimum**, lower than everything near it, but perhaps not the lowest of all. A curve with two valleys, and three walkers:

# %%
def hilly(w):
    return w**4 / 4 - 1.5 * w**2 + 0.5 * w + 4


slope_of_hilly = autograd.derivative(hilly)
places = [i / 50 - 2.5 for i in range(251)]
figure, axes = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
axes.plot(places, [hilly(w) for w in places], color="#2b6cb0", linewidth=2)
for start, color in ((-0.3, "#c05621"), (0.4, "#2f855a"), (2.3, "#6b46c1")):
    path = descend(slope_of_hilly, start, 0.05, 60)
    axes.plot(path, [hilly(w) for w in path], "o-", color=color, markersize=4, linewidth=1, label=f"from {start}")
    print(f"from {start:4}: ends at w = {path[-1]:6.3f}, where the slope is {slope_of_hilly(path[-1]):8.5f} and the error {hilly(path[-1]):.3f}")
axes.legend(frameon=False)
plt.show()

# %% [markdown]
# The slope is 0 in both valleys: nothing tells the second and third walker that there is a deeper one. What helps a little: to begin in several places, and momentum, which can carry over a small hill. What helps more, as it turned out with large networks: many weights. Then there is nearly always some direction in which it still goes down.
#
# ## The delta rule, 1960
#
# A **unit** takes numbers in and gives one out, as our $y = w x$ does. Long before networks had several rows of them (**layers**), Widrow and Hoff taught a single unit by one short formula, measurement by measurement. It looks at how far off the prediction was, $\delta = t - y$ (the Greek letter **delta**), and blames the weight for it in proportion to its input:
#
# $$w \;\leftarrow\; w + \text{rate} \times \delta \times x$$
#
# No slope stands in it. And yet it is gradient descent: the slope of $\frac12 (w x - t)^2$ is $(w x - t)\, x = -\delta x$, by the chain rule. Three ways to take the same step. (`nn.Neuron` is a single unit: it multiplies what comes in by its weight. The other arguments say that it does nothing else.)

# %%
x, t, rate = 3.0, 4.3, 0.02

by_rule = 0.5 + rate * (t - 0.5 * x) * x

w = Value(0.5)
((w * x - t) ** 2 / 2).backward()
by_backward = w.data - rate * w.grad

unit = nn.Neuron(1, "linear", bias=False)
unit.weights[0].data = 0.5
deltas = nn.delta_rule(unit, [x], t, lr=rate)

print(f"the delta rule:           w = {by_rule:.6f}")
print(f"backward() and a step:    w = {by_backward:.6f}")
print(f"nn.delta_rule:            w = {unit.weights[0].data:.6f}, delta {deltas[0]:.6f}")

# %% [markdown]
# One step for each measurement, instead of one for the mean of all, is called **stochastic** (or online) descent. Over and over through the five:

# %%
w = 0.5
for round_number in range(1, 9):
    for x, t in zip(loads, stretches):
        w += 0.02 * (t - w * x) * x
    if round_number in (1, 2, 4, 8):
        print(f"after round {round_number}: w = {w:.6f}, error {error(w):.6f}")

# %% [markdown]
# It comes close in a few rounds, and then stays a little beside the best, since every measurement pulls it its own way. What remains to be done for networks: to find the delta of units that have no target of their own, because they stand in the middle. That is [backpropagation](06_backpropagation.ipynb), and you have already seen how it works.
#
# ## What you know now
#
# - A **model** predicts, by **weights**. The **error** says how wrong it is. The **error surface** is the error for all weights.
# - **Gradient descent** steps against the slope: $w \leftarrow w - \text{rate} \times dE/dw$. A **training loop** repeats that, with gradients set back to 0 each time.
# - The **learning rate** has a limit, set by the steepest direction. Narrow valleys make descent slow; **momentum** helps.
# - Descent ends in a **local minimum**.
# - The **delta rule** is gradient descent for a single unit.
#
# ## Exercises

# %%
ask("descent.slope")

# %%
check("descent.slope", ...)

# %%
ask("descent.step")

# %%
check("descent.step", ...)

# %%
ask("descent.shrinks")

# %%
check("descent.shrinks", ...)

# %%
ask("descent.limit")

# %%
check("descent.limit", ...)

# %%
ask("descent.momentum")

# %%
check("descent.momentum", ...)

# %%
ask("descent.valley")

# %%
check("descent.valley", ...)

# %%
ask("descent.delta_rule")

# %%
check("descent.delta_rule", ...)

# %% [markdown]
# ## Where next
#
# One weight can only draw a line through 0. To bend it, and to combine many: [Neurons](05_neurons.ipynb).
