"""Micro-batching: customers of concurrent requests are scored by one call of the model.

A model takes little more time for fifty customers than for one.  So requests that arrive while
others are scored wait, and are then scored together; each remains a separate scoring round.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from custpred.inference.action_list import action_list
from custpred.inference.customer_card import cards
from custpred.inference.incoming import batch
from custpred.inference.scored import decision_labels, free
from custpred.policy import Decisions, Rounds
from custpred.serving.customers import Customer, CustomerReader
from custpred.storage.plain import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.inference.predictor import Predictor
    from custpred.storage.plain import JSON
    from custpred.table import Finding

MAX_BATCH = 100
"""Maximum customers of different requests scored together: more would make each wait."""

GATHER_TURNS = 2
"""Turns of the event loop between the first customer of a batch and its scoring.

In the first one requests that arrived during the last batch are read, in the second they join.
"""


@dataclass(frozen=True)
class Scored:
    """The rows of a scored file, as maps, and notes about them."""

    predictions: list[JSON]
    notes: tuple[Finding, ...] = ()

    def plain(self) -> JSON:
        """Return JSON data."""
        return {"predictions": self.predictions, "notes": [asdict(note) for note in self.notes]}


class Scorer:
    """Scores customers of requests.

    Parameters
    ----------
    predictor
        The model.
    """

    def __init__(self, predictor: Predictor) -> None:
        self.predictor, self.reader = predictor, CustomerReader(predictor)
        self._names = {has_key: self._named(has_key) for has_key in (True, False)}
        codes = np.arange(predictor.task.classes or 2)
        self._labels = decision_labels(predictor.task, codes).tolist()

    def _named(self, has_key: bool) -> dict[str, str]:
        """Return the column names of a scored file, with a suffix if they collide with the key."""
        task = self.predictor.task
        table = pd.DataFrame({str(self.reader.key): [0]} if has_key and self.reader.key else {}, index=[0])
        every = [*(f"probability of {label}" for label in task.labels), "rank", "prediction", "value", "expected gain"]
        return {name: free(table, name) for name in (*every, "decision")}

    def alone(self, customers: Sequence[Customer]) -> list[Scored]:
        """Return the scores of customers of different requests, each a table with one row."""
        task, rounds = self.predictor.task, len(customers)
        predicted = self.predictor.predict_columns(self.reader.batch(customers))
        amounts = np.array([each.amount for each in customers]) if self.reader.amount is not None else None
        own = self.predictor.policy.decide(task, predicted, amounts, Rounds(np.arange(rounds), np.ones(rounds)))
        listed = predicted.tolist()
        return [
            Scored([finite(self._row(customer, row, listed[row], own))], customer.notes)
            for row, customer in enumerate(customers)
        ]

    def _row(self, customer: Customer, row: int, predicted: list[float] | float, own: Decisions) -> JSON:
        """Return a row of the scored file."""
        key = self.reader.key
        has_key = key is not None and key in customer.sent
        names = self._names[has_key]
        made: JSON = {key: customer.sent[key]} if has_key and key is not None else {}
        if own.rank is not None:
            made[names["rank"]] = int(own.rank[row])
        if isinstance(predicted, list):
            made |= {names[f"probability of {label}"]: p for label, p in zip(self._task_labels, predicted, strict=True)}
        else:
            made[names["prediction"]] = predicted
        if own.gain is not None and own.value is not None:
            made |= {names["value"]: float(own.value[row]), names["expected gain"]: float(own.gain[row])}
        if own.code is not None:
            made[names["decision"]] = self._labels[own.code[row]]
        return made

    @property
    def _task_labels(self) -> tuple[str, ...]:
        return self.predictor.task.labels

    def together(self, customers: Sequence[Customer]) -> Scored:
        """Return the scores of the customers of one request, which are one scoring round."""
        frame, key = pd.DataFrame([each.sent for each in customers]), self.reader.key
        if key is not None and key in frame:  # a whole number is no float where another id is missing
            frame[key] = pd.Series([each.sent.get(key) for each in customers], dtype=object)
        rows = batch(self.predictor, frame)
        table, notes = action_list(rows, count=0)
        return Scored([finite(row) for row in table.to_dict("records")], tuple(notes))

    def explained(self, customers: Sequence[Customer], top: int) -> list[JSON]:
        """Return the reasons of each customer, as ``custpred explain --json`` prints them."""
        everyone = pd.DataFrame([each.sent for each in customers])
        key = self.reader.key
        sent = [each.sent.get(key) if key else None for each in customers]
        ids = ["" if each is None else str(each) for each in sent]
        return [finite(each) for each in cards(self.predictor, everyone, range(len(ids)), ids, top)]


class MicroBatches:
    """Queue of customers from concurrent requests, scored together in one thread.

    Parameters
    ----------
    scorer
        Scores the customers.
    """

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer
        self._waiting: list[tuple[Customer, asyncio.Future[Scored]]] = []

    async def score(self, customer: Customer) -> Scored:
        """Return the scores of one customer, once the waiting customers are scored."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Scored] = loop.create_future()
        self._waiting.append((customer, future))
        if len(self._waiting) == 1:
            self._later(GATHER_TURNS)
        return await future

    def _later(self, turns: int) -> None:
        """Score the waiting customers after some turns of the event loop."""
        if turns:
            asyncio.get_running_loop().call_soon(self._later, turns - 1)
        else:
            self._drain()

    def _drain(self) -> None:
        now, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
        if self._waiting:
            self._later(1)
        try:
            found = self.scorer.alone([customer for customer, _ in now])
        except Exception as error:  # each request fails with it, none waits forever
            for _, future in now:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), scored in zip(now, found, strict=True):
            if not future.done():
                future.set_result(scored)
