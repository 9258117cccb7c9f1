"""What a run leaves on disk: model, lock file, leaderboard, report and its twins."""

from __future__ import annotations

import csv
import io
import json
import math
import shutil
from typing import TYPE_CHECKING, Any

from custpred.storage import write

if TYPE_CHECKING:
    from pathlib import Path

    from custpred.predictor import Predictor
    from custpred.result import BoardRow, Record


COLUMNS = ("rank", "model", "status", "score", "low", "high", "weight", "fit_seconds", "predict_s_per_1000", "reason")


def leave(folder: Path, record: Record, predictor: Predictor) -> None:
    """Write everything that a finished run leaves; the report comes last."""
    from custpred.artefact import save
    from custpred.recipe_file import to_yaml
    from custpred.report._markdown import markdown
    from custpred.report._page import html

    shutil.rmtree(folder / "model", ignore_errors=True)
    save(predictor, folder / "model", record.versions)
    write(folder / "recipe.lock.yaml", to_yaml(record.lock, {each.key: each.reason for each in record.decisions}))
    write(folder / "leaderboard.csv", _csv(record.leaderboard))
    write(folder / "report.json", twin(record))
    write(folder / "report.md", markdown(record))
    write(folder / "report.html", html(record))


def twin(record: Record) -> str:
    """Return the report's JSON: every number that the page shows."""
    return json.dumps(finite(record.plain()), ensure_ascii=False, allow_nan=False, indent=1)


def finite(value: Any) -> Any:
    """Return JSON data in which numbers that are not finite are null: strict readers refuse them."""
    if isinstance(value, dict):
        return {str(key): finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [finite(each) for each in value]
    if hasattr(value, "item") and not isinstance(value, str):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _csv(board: tuple[BoardRow, ...]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in board:
        score = (row.score.value, row.score.low, row.score.high) if row.score else ("", "", "")
        numbers = [round(each, 6) if isinstance(each, float) else each for each in score]
        seconds = [round(row.fit_seconds, 3), round(row.predict_seconds, 6)]
        writer.writerow([row.rank, row.name, row.status, *numbers, round(row.weight, 4), *seconds, row.reason])
    return text.getvalue()
