# %% [markdown]
# # Digits, and what they are taken for
#
# A 64-32-10 network after thirty epochs on real handwritten digits: rows are what was written, columns what was read.

# %%
import nn

images, digits = nn.data.load_digits()
rows = [[pixel / 16.0 for pixel in image] for image in images]
train_rows, test_rows, train_digits, test_digits = nn.data.train_test_split(rows, digits, test_size=0.2, seed=0)
model = nn.MLP(64, [32, 10], rng=0)
nn.fit(model, train_rows, train_digits, loss=nn.cross_entropy, epochs=30, progress=False)


def read(row):
    scores = [score.data for score in model(row)]
    return scores.index(max(scores))


answers = [read(row) for row in test_rows]
right = nn.metrics.accuracy_score(test_digits, answers)
figure = nn.plots.plot_confusion(test_digits, answers, title=f"{right:.1%} right", file="31_digits_that_are_confused.svg")
