"""A metric of your own, from a module of your own: nothing is installed into custpred.

The package ``shop_metrics`` stands beside this file. ``plugins=True`` allows custpred to import it.
"""

import sys
from pathlib import Path

import custpred as cp
from custpred.source.base import Source


def main() -> None:
    """Choose models by the metric of ``shop_metrics``."""
    sys.path.insert(0, str(Path(__file__).parent))
    customers = Source.parse({"sample": "telecom", "rows": 1000}).raw().frame
    result = cp.fit(
        customers,
        target={"column": "churn", "positive": "yes"},
        key="customer_id",
        models=["logistic", "lightgbm"],
        metrics=[{"kind": "shop_metrics.missed", "contacted": 0.2}, "roc_auc"],
        search="none",
        plugins=True,
    )
    for kind, score in result.record.test.items():
        print(f"{result.record.metrics[kind]['label']}: {score.value:.3f} ({score.low:.3f} to {score.high:.3f})")


if __name__ == "__main__":
    main()
