"""Why does a customer get this probability? Reasons in percentage points that add up to it."""

import custpred as cp
from custpred.source.base import Source


def main() -> None:
    """Explain the customer with the highest probability."""
    customers = Source.parse({"sample": "telecom", "rows": 1000}).raw().frame
    result = cp.fit(
        customers,
        target={"column": "churn", "positive": "yes"},
        key="customer_id",
        models=["logistic", "lightgbm"],
        search="none",
    )
    new = Source.parse({"sample": "telecom", "rows": 30, "seed": 9}).raw().frame.drop(columns="churn")
    chance = result.predict_proba(new)["yes"]
    first = new.loc[[chance.idxmax()]]
    reasons = result.explain(first).iloc[0]
    start, answer = reasons.pop("start"), reasons.pop("answer")
    print(f"start {start:.1f} points, this customer {answer:.1f} points")
    strongest = reasons.sort_values(key=abs, ascending=False).head(5)
    print(strongest.round(1).to_string())
    print(f"all columns together: {start + reasons.sum():.1f} points")


if __name__ == "__main__":
    main()
