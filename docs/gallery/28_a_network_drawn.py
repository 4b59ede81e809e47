# %% [markdown]
# # What a network has learnt of flowers
#
# Blue lines are positive weights, orange and dashed ones negative; the wider, the larger. Petals decide, sepals hardly
# matter.

# %%
import nn

rows, kinds = nn.data.load_iris()
(rows,) = nn.data.standardise(rows)
model = nn.MLP(4, [3, 3], activation="tanh", rng=2)
nn.fit(model, rows, kinds, loss=nn.cross_entropy, epochs=200, penalty=lambda m: nn.l2_penalty(m, 1e-3), progress=False)

picture = nn.draw_network(
    model,
    inputs=["sepal length", "sepal width", "petal length", "petal width"],
    outputs=["setosa", "versicolor", "virginica"],
)
picture.save("28_a_network_drawn.svg")
