"""Is a review positive? A column of free text becomes a score that every model can use.

``features: auto`` does the same; here the words and their counting are chosen by hand.
"""

import pandas as pd

import custpred as cp
from custpred.source.base import Source


def main() -> None:
    """Fit on sample reviews and show what each word of a new review adds."""
    customers = Source.parse({"sample": "reviews", "rows": 800}).raw().frame
    result = cp.fit(
        customers,
        target={"column": "sentiment", "positive": "positive"},
        features=[{"kind": "tfidf", "of": "review", "tokenizer": "word"}],
        models=["logistic"],
        search="none",
    )
    print(f"ROC AUC on reviews that no model has seen: {result.score:.3f}")
    review = pd.DataFrame({"review": ["late delivery, but the quality is great"], "language": ["en"]})
    print(result.predict_proba(review).round(2).to_string(index=False))
    print(result.words(review).round(1).to_string(index=False))


if __name__ == "__main__":
    main()
