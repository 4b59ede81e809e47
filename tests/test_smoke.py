"""The whole idea in a second: build a graph, differentiate it, train a neuron, draw it."""


def test_the_idea(ag):
    x, y = ag.Value(2.0, label="x"), ag.Value(3.0)
    z = x * y + x.sin()
    z.backward()
    assert z.op == "add"
    assert z.parents[0].parents == (x, y)
    assert z.parents[0].local_derivatives == (3.0, 2.0)
    assert abs(x.grad - (3.0 + ag.cos(2.0))) < 1e-15
    assert y.grad == 2.0
    assert "x" in ag.draw(z).source


def test_a_network_learns():
    import nn

    model = nn.MLP(2, [4, 1], activation="tanh", rng=0)
    optimizer = nn.SGD(model.parameters(), lr=0.1)
    rows, targets = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0.0, 1.0, 1.0, 0.0]
    losses = []
    for _ in range(50):
        loss = nn.mse_loss([model(row) for row in rows], targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.data)
    assert losses[-1] < losses[0]
