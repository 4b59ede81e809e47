# %% [markdown]
# # What a compiled function runs
#
# The value and the gradient of one formula as one list of instructions. What the value needs is computed once, and the
# gradient uses it.

# %%
import autograd


def squared_error(w, b, x, y):
    return ((w * x + b).tanh() - y) ** 2


fast = autograd.compile(autograd.value_and_grad(squared_error, argnums=(0, 1)))
fast(0.5, 0.1, 2.0, 1.0)
(program,) = fast.programs
print(program)

picture = program.draw()
picture.save("04_a_program.svg")
