"""Precision and recall by threshold, and the policy's own selection."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from custpred.evaluate._applies import require
from custpred.evaluate._cut import counted, cuts, decisions, f1, policy_of, profits, threshold
from custpred.evaluate._rows import rows_of, wilson
from custpred.evaluate.base import Evaluate, Measure

if TYPE_CHECKING:
    from custpred.evaluate.base import Evidence
    from custpred.storage.plain import JSON


class Threshold(Evaluate):
    """Precision and recall at each threshold.

    Rows: ``threshold``, ``selected``, ``share``, the counts ``tp fp fn tn``, ``precision`` and
    ``recall`` with Wilson intervals, ``f1`` and, if values are known, ``profit``.  Facts: the
    thresholds ``best_f1`` and ``best_profit``; of the policy ``rule``, ``selected``, ``precision``,
    ``recall`` and ``chosen``, its probability threshold (None if it depends on customer values).
    """

    counts: ClassVar[tuple[str, ...]] = ("tp", "fp", "fn", "tn")

    def measure(self, evidence: Evidence) -> Measure:
        """Count true and false positives at thresholds that are quantiles of the score."""
        require(evidence, "thresholds", "binary")
        score, truth = evidence.predictions.positive, evidence.predictions.truth
        at = cuts(score)
        selected, found = counted(score, truth, at)
        positives = int((truth == 1).sum())
        balance, money = f1(selected, found, positives), profits(evidence, at)
        extra = {"f1": balance} if money is None else {"f1": balance, "profit": money}
        facts = _own(evidence) | {"best_f1": float(at[balance.argmax()]), "f1": float(balance.max())}
        if money is not None:
            facts |= {"best_profit": float(at[money.argmax()]), "profit": float(money.max())}
        return Measure(self.kind(), _rows(at, selected, found, (positives, len(truth)), extra), facts)


def _own(evidence: Evidence) -> JSON:
    """Return the number of customers that the policy selects, with precision and recall."""
    code, truth = decisions(evidence), evidence.predictions.truth == 1
    selected, hits = int(code.sum()), int((code[truth] == 1).sum())
    shares = {"precision": hits / selected if selected else None, "recall": hits / int(truth.sum())}
    rule = policy_of(evidence).rule(evidence.predictions.task)
    return {"chosen": threshold(evidence, code), "rule": rule, "selected": selected, **shares}


def _rows(
    at: np.ndarray, selected: np.ndarray, found: np.ndarray, totals: tuple[int, int], extra: dict[str, np.ndarray]
) -> tuple[JSON, ...]:
    positives, everyone = totals
    precision, recall = wilson(found, selected), wilson(found, float(positives))
    return rows_of(
        threshold=at,
        selected=selected,
        share=selected / everyone,
        tp=found,
        fp=selected - found,
        fn=positives - found,
        tn=everyone - positives - (selected - found),
        precision=found / np.maximum(selected, 1),
        precision_low=precision[0],
        precision_high=precision[1],
        recall=found / positives,
        recall_low=recall[0],
        recall_high=recall[1],
        **extra,
    )
