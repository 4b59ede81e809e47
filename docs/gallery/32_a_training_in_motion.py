# %% [markdown]
# # A training in motion
#
# Exclusive or is learnt by four hidden units. The film is a page to travel in; this is the same training as moving
# pictures.

# %%
import nn

rows, labels = nn.data.xor()
film = nn.Film(title="exclusive or")
model = nn.MLP(2, [4, 1], "tanh", rng=0)
nn.fit(
    model,
    rows,
    labels,
    loss=nn.binary_cross_entropy_with_logits,
    optimizer=nn.Adam(model.parameters(), lr=0.05),
    epochs=60,
    batch_size=None,
    callbacks=[film],
    progress=False,
)
film.save("32_a_training_in_motion.gif", frames=24)
