"""Who stops ordering? A table of orders becomes a question about the 90 days after a cutoff.

Features see only what happened before each cutoff, and the newest cutoffs are the test.
"""

import custpred as cp


def main() -> None:
    """Ask for customers without an order in the horizon."""
    result = cp.fit(
        None,
        target={"kind": "no_event", "table": "orders", "horizon": "90d", "eligible": {"events_in": "180d"}},
        events={"orders": {"sample": "orders", "rows": 600}},  # or {"path": "orders.csv", "key": ..., "time": ...}
        cutoffs={"every": "1mo", "count": 6, "last": "auto"},
        features=["rfm", {"kind": "windows", "of": "orders", "spans": ["30d", "90d", "1y"]}],
        models=["logistic", "lightgbm"],
        search="none",
    )
    print(result.leaderboard()[["model", "score"]].round(3).to_string(index=False))
    for decision in result.record.decisions:
        if decision.key in {"split", "models", "metrics"}:
            print(f"{decision.key}: {decision.choice} ({decision.reason})")


if __name__ == "__main__":
    main()
