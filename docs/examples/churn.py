"""Who leaves? Fit models on the sample customers of a telecom company and read what came out.

``custpred run recipes/quickstart.yaml`` does so from a recipe, with a search and values.
"""

import custpred as cp
from custpred.source.base import Source


def main() -> None:
    """Fit, print the leaderboard, write the report."""
    customers = Source.parse({"sample": "telecom", "rows": 1500}).raw().frame
    result = cp.fit(
        customers,  # a frame, or a path such as "customers.csv"
        target={"column": "churn", "positive": "yes"},
        key="customer_id",
        models=["logistic", "lightgbm"],
        search="none",  # known good configurations only; leave it out and give budget="60s" for a search
    )
    print(result.leaderboard()[["model", "score", "low", "high"]].round(3).to_string(index=False))
    print(f"ROC AUC on customers that no model has seen: {result.score:.3f}")
    print("The report:", result.report("churn.html"))


if __name__ == "__main__":
    main()
