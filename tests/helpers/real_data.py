"""scikit-learn's real data, standardised: rows and targets."""

from typing import Any

import numpy as np
from sklearn import datasets
from sklearn.preprocessing import StandardScaler


def _standardised(load: Any) -> tuple[Any, Any]:
    rows, targets = load(return_X_y=True)
    return StandardScaler().fit_transform(rows), targets


IRIS = _standardised(datasets.load_iris)
WINE = _standardised(datasets.load_wine)
CANCER = _standardised(datasets.load_breast_cancer)
DIABETES = _standardised(datasets.load_diabetes)
COUNTS = DIABETES[0], np.round(DIABETES[1] / 50.0)
LABELS = DIABETES[0], np.column_stack([DIABETES[1] > 100.0, DIABETES[0][:, 2] > 0.0, DIABETES[0][:, 3] > 1.0]).astype(int)
