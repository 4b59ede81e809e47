# %% [markdown]
# # A small GPT
#
# *Notebook 13 of 13. Before it: [From graph to machine speed](12_machine_speed.ipynb). It is the last one. Allow 25 minutes.*
#
# **Your aim.** The programs that write texts and answer questions are called GPTs: *generative pre-trained transformers*. (They *generate*, that is, they write; they are *trained* before anybody uses them; and *transformer* is the name of the kind of network, which you will see.) They are large, but the idea fits in a notebook. When you are through, you can
#
# - say how a text becomes numbers and numbers become a text,
# - read each part of a GPT as arithmetic on single numbers, and its gradient as a walk over a graph that you know,
# - train one yourself, in some seconds, and let it invent names,
# - look inside, and see what it has found out about letters.
#
# Nothing of the network is hidden in a library: every number is a single number, every operation one that you have met, or meet here.
#
# From before: **softmax** makes probabilities out of scores, by their exponentials divided by the sum of these; a **layer** makes sums of its inputs with **weights**; **ReLU** leaves numbers above 0 as they are and makes 0 of the others; `compile` records a function and runs it without Python.

# %%
import math
import random
from collections import Counter

import matplotlib.pyplot as plt
import numpy as np

import autograd
from autograd import Value, compile, dot, fsum, logsumexp, relu, softmax, sqrt, take, topological_order, value_and_grad
from autograd.course import ask, check
from nn.data import first_names

# %% [markdown]
# ## What is to be learned
#
# 500 first names, in a list. The task: given the beginning of a name, *what comes next?* A network that can say that can also write: let it choose a letter, put it behind, and ask again.

# %%
random.seed(0)  # so that chance gives the same each time this is run
names = first_names()
print(len(names), "names:", ", ".join(names[:8]), "...")
random.shuffle(names)

# %% [markdown]
# A network needs numbers. So each letter gets one, from 0 to 25, and one more, 26, stands before and behind each name: it says that a name begins, or ends. The pieces that a text is cut into are called **tokens**. Here a token is a letter; in large models it is a piece of a word, and there are some 100,000 of them.

# %%
ALPHABET = "abcdefghijklmnopqrstuvwxyz"
END = len(ALPHABET)


def tokens(name):
    return [END, *(ALPHABET.index(letter) for letter in name), END]


print("emma →", tokens("emma"))

# %% [markdown]
# So *emma* is five tasks: after `26` comes `4`; after `26 4` comes `12`; after `26 4 12` comes `12`; and so on, until the end.
#
# What does the network answer? Not one letter, since many are possible, but a **probability** for each of the 27 tokens. And how good is an answer? If the token that really came had the probability $p$, the loss is $-\log p$: nothing for $p = 1$, and the more the surer the network was of something else. That is the **cross-entropy** of [notebook 7](07_classification.ipynb).
#
# Before we build anything, three simple guessers (a `Counter` counts how often each thing occurs) to compare with: one who knows nothing, one who knows how frequent each letter is, and one who knows that for each letter *before*.

# %%
texts = [tokens(name) for name in names]
pairs = [pair for text in texts for pair in zip(text, text[1:])]  # each token with the next one
after, together, before = Counter(b for _, b in pairs), Counter(pairs), Counter(a for a, _ in pairs)

guessers = {
    "knows nothing": math.log(27),
    "knows the letters": -sum(math.log(after[b] / len(pairs)) for _, b in pairs) / len(pairs),
    "knows the letter before": -sum(math.log(together[pair] / before[pair[0]]) for pair in pairs) / len(pairs),
}
for guesser, its_loss in guessers.items():
    print(f"{guesser:23} {its_loss:.3f}")

# %% [markdown]
# ## The weights
#
# Nine tables of numbers, and what they are for comes in a moment. `WIDTH` is how many numbers stand for one token inside the network, `BLOCK` how long a text may be. (`HEADS` comes with the attention.)

# %%
WIDTH, HEADS, BLOCK = 16, 4, 16
HEAD = WIDTH // HEADS
SHAPES = {
    "token": (END + 1, WIDTH),
    "place": (BLOCK, WIDTH),
    **dict.fromkeys(("query", "key", "value", "mix"), (WIDTH, WIDTH)),  # these four are of one size; ** puts them all here
    "widen": (4 * WIDTH, WIDTH),
    "narrow": (WIDTH, 4 * WIDTH),
    "score": (END + 1, WIDTH),
}


def matrices(weights):
    """The weights, one long list, as tables."""
    number = iter(weights)  # next(number) takes the next one each time
    return {name: [[next(number) for _ in range(width)] for _ in range(height)] for name, (height, width) in SHAPES.items()}


count = sum(height * width for height, width in SHAPES.values())
weights = np.array([random.gauss(0, 0.08) for _ in range(count)])  # random, around 0, of the typical size 0.08
for name, (height, width) in SHAPES.items():
    print(f"{name:>7}  {height:2} × {width:2}  = {height * width:5}")
print(f"  together {count:13,} weights")

# %% [markdown]
# ## Part by part
#
# **Embedding.** The number of a token means nothing: *b* is not twice *a*. So each token has a row of 16 numbers in the table `token`, its **embedding**, which is learned. To look up a row is `take`: the element of a list that a number chooses, be it a number or a row. Its derivative is simple: 1 for the element that was chosen, 0 for all others. And since order matters (*na* is not *an*), each place has a row as well, in the table `place`, which is added.

# %%
column = [Value(0.3, label="a"), Value(-0.1, label="b"), Value(0.7, label="c")]
chosen = take(column, 2)
chosen.backward()
print("chosen:", chosen.data, "  slopes:", [v.grad for v in column])


# %% [markdown]
# **Linear.** A layer without activation: each number of the result is a weighted sum, `dot`.
#
# **RMS norm.** Sums of many numbers can become large or small, and then learning goes badly, as you saw in [notebook 9](09_what_goes_wrong.ipynb). So the 16 numbers are scaled such that their *root mean square* is 1: the root of the mean of their squares. (The tiny `1e-5` in it keeps it from dividing by 0.)

# %%
def linear(x, matrix):
    return [dot(row, x) for row in matrix]


def added(x, y):
    return [a + b for a, b in zip(x, y, strict=True)]


def rms_norm(x):
    scale = (dot(x, x) / len(x) + 1e-5) ** -0.5
    return [a * scale for a in x]


print("before:", [3.0, 0.0, -4.0, 0.0], "  after:", [round(a, 3) for a in rms_norm([3.0, 0.0, -4.0, 0.0])])


# %% [markdown]
# **Attention.** The heart of it. At each place the network must decide *which of the letters before matter now*. For that each place makes three lists out of its 16 numbers, by three tables of weights:
#
# - a **query**: what it looks for,
# - a **key**: what it has to offer,
# - a **value**: what it says if it is asked. (The word is meant as in daily life; a `Value` is something else.)
#
# The query is compared with the key of each place so far, by their **dot product**, which is `dot` again, number times number, added up: the larger, the better they go together. Softmax makes shares of these scores, positive and 1 together. The result is the values, each times its share, added up: a mean in which some count more than others. (The dot product is divided by the root of its length: a sum of more terms would be larger, and the softmax too sure.)
#
# Attention can be had several times over, each with a part of the numbers of its own: such a part is a **head**.

# %%
def attention(query, keys, values, seen=None):
    """Each head mixes the values of the places so far, each by as much as its key goes with the query."""
    mixed = []
    for head in range(len(query) // HEAD):
        part = slice(head * HEAD, (head + 1) * HEAD)  # query[part] is the part of this head
        shares = softmax([dot(query[part], key[part]) / sqrt(HEAD) for key in keys])
        if seen is not None:  # a list for those who want to see the shares: the pictures at the end
            seen.append(shares)
        columns = zip(*(value[part] for value in values), strict=True)  # the first numbers of all values, then the second ones, ...
        mixed += [dot(shares, column) for column in columns]
    return mixed


# %% [markdown]
# Here it is in small: a query of two numbers, three places with a key each, and values of one number. Drag a number of the query, and see which key it goes with, how the shares move, and what comes out.

# %%
def small_attention(query, keys, values):
    shares = softmax([dot(query, key) for key in keys])
    return dot(shares, values)


autograd.explore(small_attention, [2.0, 0.5], [[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]], [1.0, 2.0, 3.0])


# %% [markdown]
# **The whole.** For each place: look up the embedding, attend to the places so far, then a small network with one hidden layer of 64 ReLU neurons; at last a score for each token. (Attention and small network together are called a **block**; the `BLOCK` above, the longest text, is something else.) Two details:
#
# - What attention and the small network give is *added* to what was there, and does not replace it. The gradient goes through an addition undiminished, so it reaches the embeddings whatever lies on the other way. Such a way past a layer is called a **residual connection**.
# - The keys and values of a place are kept for the places after it. A place never sees what comes after: it would be told the answer.

# %%
def gpt(weights, text, seen=None):
    """For every place of a text, a score for each token that may come next."""
    w = matrices(weights)
    keys, values, scores = [], [], []
    for token, place in zip(text, w["place"]):
        x = rms_norm(added(take(w["token"], token), place))
        y = rms_norm(x)
        keys.append(linear(y, w["key"]))
        values.append(linear(y, w["value"]))
        x = added(x, linear(attention(linear(y, w["query"]), keys, values, seen), w["mix"]))
        hidden = [relu(h) for h in linear(rms_norm(x), w["widen"])]
        x = added(x, linear(hidden, w["narrow"]))
        scores.append(linear(x, w["score"]))
    return scores


def loss(weights, text):
    """The mean of -log p(next token)."""
    found = gpt(weights, text[:-1])
    return fsum([logsumexp(scores) - take(scores, after) for scores, after in zip(found, text[1:], strict=True)]) / len(found)


# %% [markdown]
# That is all of it. (`fsum` is a sum, as one node. `logsumexp(scores)` is the logarithm of the sum of the exponentials of the scores, and `logsumexp(scores) - score` is $-\log$ of the softmax of that score, without the softmax: the same number, without the risk of a logarithm of 0.)
#
# A graph like any other, and `backward()` goes through it:

# %%
values = [Value(w) for w in weights]
start = loss(values, tokens("emma"))
start.backward()
used = sum(v.grad != 0 for v in values)
print(f"loss {start.data:.4f}, from a graph of {len(topological_order(start)):,} nodes")
print(f"{used:,} of {count:,} weights have a gradient that is not 0")

# %% [markdown]
# It knows nothing yet: its loss is about $\log 27 = 3.296$. And why have so many weights no gradient? The letters that do not occur in *emma* have not been looked up, nor have the places after the fifth; and three of the 64 ReLU neurons gave 0 at each of the five places.
#
# Nobody can read a graph of that size. But the program that `compile` records of it can be drawn with a box for each line of the source, and then the whole GPT is nine boxes: how often each line computes something, and what it takes from which other.

# %%
compiled_loss = compile(loss)
compiled_loss(weights, tokens("emma"))
compiled_loss.programs[0].draw()

# %% [markdown]
# Start at the top, and follow the arrows: embedding and place, their sum, the norm, the weighted sums, and the loop through the attention and the small network; at the end, the loss.
#
# ## Training
#
# A step on one name at a time, by Adam, which [notebook 8](08_training.ipynb) used, and here is how it works. It keeps a **running mean** of each slope and one of its square: in each step the old mean counts for 85 (or 99) hundredths, and the new number for the rest. It divides one by the root of the other, so that each weight moves at a pace of its own (`TINY` keeps it from dividing by 0). Both means begin at 0, and so are too small at first; to divide by $1 - 0.85^{\text{step}}$ (or $1 - 0.99^{\text{step}}$) makes up for that exactly.

# %%
RATE, BETA1, BETA2, TINY = 0.01, 0.85, 0.99, 1e-8


def adam(weights, first, second, step, text):
    """The loss, and the weights and Adam's two means after a step."""
    value, slopes = value_and_grad(loss)(weights, text)
    first = [BETA1 * m + (1 - BETA1) * g for m, g in zip(first, slopes, strict=True)]
    second = [BETA2 * v + (1 - BETA2) * g * g for v, g in zip(second, slopes, strict=True)]
    size, scale = RATE / (1 - BETA1**step), 1 / (1 - BETA2**step)
    moved = [w - size * m / (sqrt(v * scale) + TINY) for w, m, v in zip(weights, first, second, strict=True)]
    return value, np.array(moved), np.array(first), np.array(second)


# %% [markdown]
# And now `compile`, as in [notebook 12](12_machine_speed.ipynb). A whole step is recorded: the loss, its gradient, Adam. Which letters a name has is data, and not part of the recording, since `take` looks up anew in every run; so there is one program for each *length* of a name.

# %%
step = compile(adam)
first = second = np.zeros(count)  # so many zeros
losses = []
for i in range(3000):
    text = tokens(names[i % len(names)])[: BLOCK + 1]
    value, weights, first, second = step(weights, first, second, i + 1.0, text)
    losses.append(value)
    if i + 1 in (1, 10, 100, 1000, 2000, 3000):
        print(f"step {i + 1:4}: loss {value:.4f} on {names[i % len(names)]}")

print(f"\n{len(step.programs)} programs, for names of {len(step.programs)} lengths")

# %% [markdown]
# Six passes over all names, in some seconds. The same loop without `compile` gives the same losses, to the last bit; start it only if you have time for a coffee.
#
# The loss of a single step goes up and down, since some names are harder than others. A mean over a hundred shows where it goes; the lines are our three guessers.

# %%
smooth = [sum(losses[i : i + 100]) / 100 for i in range(len(losses) - 100)]
figure, axes = plt.subplots(figsize=(7.5, 3.8), layout="constrained")
axes.plot(range(1, 3001), losses, ".", color="#a0aec0", markersize=3, label="each step")
axes.plot(range(100, 3000), smooth, color="#c05621", linewidth=2, label="mean over 100 steps")
for guesser, its_loss in guessers.items():
    axes.axhline(its_loss, color="#4a5568", linewidth=1, linestyle=":")
    axes.annotate(guesser, (1.01, its_loss), xycoords=("axes fraction", "data"), va="center", fontsize=8)
axes.set_xlabel("step")
axes.set_ylabel("loss")
axes.legend(frameon=False, loc="upper right")
plt.show()

# %% [markdown]
# ## It writes
#
# Start with the token for "here a name begins", ask for the probabilities, draw a token as in a lottery, each with its probability, put it behind, and ask again, until it draws the end. The **temperature** divides the scores before the softmax: below 1 it makes the likely still more likely, above 1 it lets the unlikely have their chance.

# %%
scores_after = compile(lambda weights, text: gpt(weights, text)[-1])


def sampled(weights, temperature=0.6):
    text = [END]
    while len(text) <= BLOCK:
        chances = softmax([score / temperature for score in scores_after(weights, text)])
        (token,) = random.choices(range(END + 1), chances)  # one, drawn by the chances
        if token == END:
            break
        text.append(token)
    return "".join(ALPHABET[token] for token in text[1:])


for temperature in (0.3, 0.6, 1.0, 2.0):
    print(f"temperature {temperature}:", ", ".join(sampled(weights, temperature) for _ in range(8)))

# %% [markdown]
# Are they its own? Those that stand in the list it has learned from, it may have learned by heart.

# %%
invented = [sampled(weights) for _ in range(100)]
known = [name for name in invented if name in names]
print(f"of 100 names, {len(set(invented))} different ones. {len(known)} of the 100 stand in the list:", ", ".join(known))

# %% [markdown]
# ## Looking inside
#
# What does it expect? For each beginning of *sophia*, the four likeliest tokens and their probabilities (the `.` is the end of a name):

# %%
for i in range(len("sophia") + 1):
    chances = softmax(list(scores_after(weights, tokens("sophia")[: i + 1])))
    likely = sorted(range(END + 1), key=lambda token: -chances[token])[:4]
    print(f"{'sophia'[:i]:>7}_  ", "   ".join(f"{(ALPHABET + '.')[token]} {chances[token]:4.0%}" for token in likely))

# %% [markdown]
# And where does it look? Each row of these pictures is a place in the name (the `.` is its beginning), each column one that it may attend to; the darker, the larger the share. Four heads, four ways to look.

# %%
name = "." + "sophia"
seen = []
gpt(list(weights), tokens("sophia")[:-1], seen)

figure, axes = plt.subplots(1, HEADS, figsize=(9, 2.8), layout="constrained")
for head, axis in enumerate(axes):
    shares = np.zeros((len(name), len(name)))
    for place in range(len(name)):
        shares[place, : place + 1] = seen[place * HEADS + head]
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axis.set_xticks(range(len(name)), list(name))
    axis.set_yticks(range(len(name)), list(name))
    axis.set_title(f"head {head + 1}", fontsize=10)
plt.show()

# %% [markdown]
# At last the embeddings: 16 numbers for each letter. To draw them, they must be brought down to two; this picture is taken from the side from which they lie furthest apart. (It is called **principal component analysis**, and the two directions are those along which the points vary most.) Nobody told the network what a vowel is.

# %%
table = np.array(matrices(weights)["token"])[:END]
table = table - table.mean(axis=0)  # less the mean of each column
_, _, directions = np.linalg.svd(table)  # the direction in which the rows vary most comes first
flat = table @ directions[:2].T

figure, axes = plt.subplots(figsize=(5.6, 4.4), layout="constrained")
for letter, (x, y) in zip(ALPHABET, flat):
    vowel = letter in "aeiouy"
    axes.text(x, y, letter, fontsize=13, ha="center", va="center", color="#c05621" if vowel else "#2b6cb0", weight="bold" if vowel else "normal")
axes.set_xlim(flat[:, 0].min() * 1.1, flat[:, 0].max() * 1.1)
axes.set_ylim(flat[:, 1].min() * 1.1, flat[:, 1].max() * 1.1)
axes.set_title("letters as the network sees them: vowels in orange")
plt.show()

# %% [markdown]
# ## What a large one has more of
#
# | | this one | a large one |
# | --- | --- | --- |
# | tokens | 26 letters and an end | about 100,000 pieces of words |
# | numbers for a token | 16 | some 10,000 |
# | blocks of attention and a small network, one after the other | 1 | about 100 |
# | weights | 4,192 | hundreds of thousands of millions |
# | text to learn from | 500 names | a good part of what people have written |
#
# And after that a second training, in which it learns to answer. But each step of it is what you have seen: a prediction, a loss, a graph, `backward()`.
#
# ## Summary
#
# - A text is a row of tokens; a GPT gives, at each place, a probability for each token that may come next, and is trained on $-\log p$ of the one that came.
# - An **embedding** is a row of learned numbers. **Attention** mixes the values of earlier places, by how well their keys go with a query. **RMS norm** keeps numbers in size, **residual connections** let gradients pass.
# - To write is to draw a token, put it behind, and ask again. The temperature says how daring.
# - All of it is a graph of sums, products and a few functions. You know how to differentiate it.
#
# ## Exercises
#
# Write your answer in the place of `...`. A wrong one is told what it is. With other numbers: `ask("gpt.shares", 1)`, `2`, and so on.

# %%
ask("gpt.surprise")

# %%
check("gpt.surprise", ...)

# %%
ask("gpt.shares")

# %%
check("gpt.shares", ...)

# %%
ask("gpt.attention")

# %%
check("gpt.attention", ...)

# %%
ask("gpt.norm")

# %%
check("gpt.norm", ...)

# %%
ask("gpt.error_signal")

# %%
check("gpt.error_signal", ...)

# %%
ask("gpt.temperature")

# %%
check("gpt.temperature", ...)

# %%
ask("gpt.weights")

# %%
check("gpt.weights", ...)

# %%
ask("gpt.residual")

# %%
check("gpt.residual", ...)

# %%
ask("gpt.as_if")

# %%
check("gpt.as_if", ...)

# %%
ask("gpt.future")

# %%
check("gpt.future", ...)

# %% [markdown]
# ## Where next
#
# - Hold 50 names out, and compare their loss with that of the others as training goes on, for 5,000 steps. When does it learn by heart?
# - Give it two blocks, one after the other. What has to change in `SHAPES` and `gpt`?
# - Take names, words or places of your own: a list of words in small letters is all it needs.
# - The same program without the words around it is `examples/scalar_gpt.py` in the project's repository.
