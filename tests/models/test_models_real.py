"""Models on real customers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from custpred.models.base import Model
from custpred.task import Fit, Rows, Task

FIT = Fit(Task("binary", "Churn", ("No", "Yes")))


def _telco(path: Path, *, coded: bool) -> tuple[pd.DataFrame, np.ndarray]:
    table = pd.read_csv(path).drop(columns="customerID")
    y = (table.pop("Churn") == "Yes").to_numpy(int)
    table["TotalCharges"] = pd.to_numeric(table["TotalCharges"], errors="coerce").fillna(0)
    if not coded:
        return pd.get_dummies(table).astype(np.float32), y
    texts = [name for name in table if not pd.api.types.is_numeric_dtype(table[name])]
    levels = {name: np.unique(table[name], return_inverse=True)[1] for name in texts}
    plain = table.drop(columns=texts).astype(np.float32)
    return plain.assign(**{name: pd.Categorical(codes) for name, codes in levels.items()}), y


@pytest.mark.real
@pytest.mark.parametrize(
    ("kind", "least"), [("lightgbm", 0.843), ("xgboost", 0.843), ("logistic", 0.845), ("rule", 0.7)]
)
def test_first_configuration_on_telco_churn(real: Callable[[str], Path], kind: str, least: float) -> None:
    """A family's first configuration reaches a known ROC AUC on a fifth of Telco."""
    model = Model.find(kind)
    X, y = _telco(real("telco_churn/Telco-Customer-Churn.csv"), coded="category" in model.accepts)
    train, test = train_test_split(np.arange(len(y)), test_size=0.2, random_state=0, stratify=y)
    train, valid = train_test_split(train, test_size=0.2, random_state=0, stratify=y[train])
    first = model.initial_configurations(FIT.task, len(train), X.shape[1])[0]
    fitted = first.train(Rows(X.iloc[train], y[train]), Rows(X.iloc[valid], y[valid]), FIT)
    assert roc_auc_score(y[test], first.raw(fitted, X.iloc[test], FIT)) > least
