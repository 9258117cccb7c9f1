"""Score new customers with a saved run: the list to act on, and notes about the new rows.

No code is run from the files of a saved model; every file's hash is checked.
"""

import tempfile
import warnings
from pathlib import Path

import custpred as cp
from custpred.source.base import Source


def main() -> None:
    """Fit, save, load, score."""
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "run"
        customers = Source.parse({"sample": "telecom", "rows": 1000}).raw().frame
        cp.fit(
            customers,
            target={"column": "churn", "positive": "yes"},
            key="customer_id",
            models=["logistic"],
            search="none",
            business={"value": 300, "contact_cost": 2, "offer_cost": 20, "success_rate": 0.3, "capacity": 10},
            out=run,
        )
        result = cp.load(run)
        new = Source.parse({"sample": "telecom", "rows": 50, "seed": 8}).raw().frame.drop(columns="churn")
        new["contract"] = new["contract"].replace("two years", "three years")  # a level that training did not have
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the same notes are returned below
            actions, notes = result.act(new)
        print(actions[actions["decision"] == "yes"].head(3).T.to_string(header=False))
        for note in notes:
            print(f"{note.code} ({note.severity}): {note.text}")


if __name__ == "__main__":
    main()
