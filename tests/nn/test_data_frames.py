"""Data frames of pandas' as rows and labels: taken in their order, whatever their index is."""

import functools

import numpy as np
import pytest

import nn

pandas = pytest.importorskip("pandas")

ROWS = [[float(i), float(i * i)] for i in range(12)]
LABELS = [i % 3 for i in range(12)]
SHUFFLED = [7, 2, 11, 0, 5, 9, 1, 10, 3, 8, 4, 6]
TABLE = pandas.DataFrame(ROWS, columns=["a", "b"], index=SHUFFLED)
COLUMN = pandas.Series(LABELS, index=SHUFFLED)


def plain(parts):
    return [np.asarray(part).tolist() for part in parts]


@pytest.mark.parametrize("rows, labels", [(TABLE, COLUMN), (ROWS, COLUMN), (TABLE, LABELS), (np.array(ROWS), np.array(LABELS))])
def test_each_row_keeps_its_label_when_they_are_parted(rows, labels):
    parts = nn.data.train_test_split(rows, labels, test_size=0.25, seed=1)
    assert plain(parts) == plain(nn.data.train_test_split(ROWS, LABELS, test_size=0.25, seed=1))
    assert [type(part) for part in parts] == [list] * 4


@pytest.mark.parametrize("kind", [np.array, lambda rows: pandas.DataFrame(rows, index=SHUFFLED)], ids=["array", "frame"])
def test_tables_are_standardised(kind):
    assert nn.data.standardise(kind(ROWS), ROWS[:2]) == nn.data.standardise(ROWS, ROWS[:2])
    with pytest.raises(ValueError, match="no rows"):
        nn.data.standardise(np.empty((0, 2)))


def test_units_are_counted_on_the_rows_of_a_table():
    model = nn.MLP(2, [3, 1], init=nn.init.constant(-1.0))
    assert nn.layer_statistics(model, rows=TABLE) == nn.layer_statistics(model, rows=ROWS)
    watching = nn.LayerStatistics(rows=TABLE)
    nn.fit(model, TABLE, COLUMN, epochs=1, callbacks=[watching], progress=False)
    assert watching.records[0][1][0].dead is not None


LOSSES = [nn.mse_loss, nn.l1_loss, nn.huber_loss, nn.rowwise(lambda p, t: p[0] * t[1] - t[0])]


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
def test_losses_take_tables_by_their_rows(loss):
    assert loss(TABLE, TABLE * 2.0) == loss(ROWS, (2.0 * np.array(ROWS)).tolist())
    assert loss(ROWS, TABLE * 2.0) == loss(ROWS, (2.0 * np.array(ROWS)).tolist())


def test_cross_entropy_takes_logits_and_targets_by_their_rows():
    shares = [[0.25, 0.75]] * 12
    frame = pandas.DataFrame(shares, index=SHUFFLED)
    assert nn.cross_entropy(TABLE, frame) == nn.cross_entropy(ROWS, shares)
    assert nn.cross_entropy(TABLE, COLUMN % 2, reduction="none") == nn.cross_entropy(
        ROWS, [label % 2 for label in LABELS], reduction="none"
    )
    assert nn.cross_entropy(TABLE.iloc[3], 1) == nn.cross_entropy(ROWS[3], 1)


def test_weights_of_classes_whose_labels_are_in_another_order_are_refused():
    """By place or by label? What `value_counts()` gives is ordered by its numbers."""
    logits = [[0.5, 1.0, 2.0]] * 12
    counts = pandas.Series([0, 2, 2, 2, 1, 1]).value_counts()
    assert [*counts.index] == [2, 1, 0]
    for compile in (True, False):
        loss = functools.partial(nn.cross_entropy, weight=counts)
        with pytest.raises(ValueError, match=r"labels \[2, 1, 0\].*sort_index"):
            nn.fit(nn.MLP(2, [3], rng=0), ROWS, LABELS, loss=loss, epochs=1, progress=False, compile=compile)
    with pytest.raises(ValueError, match=r"labels \[2, 1, 0\].*sort_index"):
        nn.cross_entropy(logits, LABELS, weight=counts)
    weight = [1.0, 2.0, 3.0]
    assert nn.cross_entropy(logits, LABELS, weight=counts.sort_index()) == nn.cross_entropy(logits, LABELS, weight=weight)


def test_a_sequence_in_a_table_is_unrolled_by_its_rows():
    cell = nn.RNNCell(2, 1, rng=0)
    assert [v.data for (v,) in nn.unroll(cell, TABLE)[0]] == [v.data for (v,) in nn.unroll(cell, ROWS)[0]]


def test_a_boundary_is_drawn_around_the_rows_of_a_table():
    pytest.importorskip("matplotlib.pyplot").switch_backend("Agg")
    drawn = [
        nn.plots.plot_boundary(lambda places: [[x, 1.0 - x, 0.5] for x, _ in places], {"all": (rows, labels)}, steps=4).axes[0]
        for rows, labels in ((ROWS, LABELS), (TABLE, COLUMN))
    ]
    assert drawn[0].collections[-1].get_offsets().tolist() == drawn[1].collections[-1].get_offsets().tolist() == ROWS
