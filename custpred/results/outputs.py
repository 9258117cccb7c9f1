"""Output files of a run: model, lock file, leaderboard, report in all formats."""

from __future__ import annotations  # light: imports inside functions are deliberate

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from custpred.inference.model_folder import save
from custpred.recipe.file import to_yaml
from custpred.results.record import twin
from custpred.storage.files import write
from custpred.text import digits

if TYPE_CHECKING:
    from pathlib import Path

    from custpred.inference.predictor import Predictor
    from custpred.results.record import BoardRow, Record


COLUMNS = ("rank", "model", "status", "score", "low", "high", "weight", "fit_seconds", "predict_s_per_1000", "reason")


def leave(folder: Path, record: Record, predictor: Predictor) -> None:
    """Write a finished run's files; the report, rendered while the model is saved, comes last."""
    from custpred.report._markdown import markdown
    from custpred.report._page import html

    with ThreadPoolExecutor(1) as pool:
        saving = pool.submit(save, predictor, folder / "model", record.versions)
        lock = to_yaml(record.lock, {each.key: each.reason for each in record.decisions})
        board, plain, brief, page = _csv(record.leaderboard), twin(record), markdown(record), html(record)
        saving.result()
    write(folder / "recipe.lock.yaml", lock)
    write(folder / "leaderboard.csv", board)
    write(folder / "report.json", plain)
    write(folder / "report.md", brief)
    write(folder / "report.html", page)


def _csv(board: tuple[BoardRow, ...]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in board:
        score = (row.score.value, row.score.low, row.score.high) if row.score else ("", "", "")
        numbers = [digits(each) if isinstance(each, float) else each for each in score]
        seconds = [round(row.fit_seconds, 3), round(row.predict_seconds, 6)]
        writer.writerow([row.rank, row.name, row.status, *numbers, round(row.weight, 4), *seconds, row.reason])
    return text.getvalue()
