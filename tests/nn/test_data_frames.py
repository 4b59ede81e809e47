"""Data frames of pandas' as rows and labels: taken in their order, whatever their index is."""

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
