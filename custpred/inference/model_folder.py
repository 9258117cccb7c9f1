"""The model folder: no pickle, files hashed before parsing, golden rows replayed after loading."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pydantic_core import PydanticCustomError

from custpred.calibrate.base import Calibrate
from custpred.columns.contract import Intake
from custpred.columns.fitted_step import FittedStep
from custpred.errors import CustpredError, ModelFileError
from custpred.features._history import History
from custpred.features._levels import Levels
from custpred.features._matrix import Matrix
from custpred.features.base import Feature
from custpred.inference.predictor import Member, Predictor
from custpred.missing.base import Missing
from custpred.models.base import Model
from custpred.outliers.base import Outliers
from custpred.policy import Policy
from custpred.storage.files import digest, load_state, save_state, seal, write
from custpred.storage.run_folder import put
from custpred.table import Column
from custpred.task import Fit, Task

if TYPE_CHECKING:
    from pathlib import Path

    from custpred.step import Step
    from custpred.storage.plain import JSON

FORMAT = 3
"""Format 3: with the decision policy; 2: one compressed file per member, smaller forests."""
GOLDEN, TOLERANCE = 16, 1e-6
LARGEST = 2 * 2**30
"""Maximum bytes read of one file: a damaged manifest must not fill the memory."""


def save(predictor: Predictor, folder: Path, versions: dict[str, str]) -> None:
    """Write a predictor as a folder of plain files, atomically; an older model is replaced."""
    made = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(made, ignore_errors=True)
    _fill(made, predictor, versions)
    put(made, folder)


def _fill(folder: Path, predictor: Predictor, versions: dict[str, str]) -> None:
    """Write the files; ``manifest.json`` comes last."""
    prepared = {
        key: [[_step(step) for step in steps] for steps in predictor.preparations[key]] for key in predictor.used
    }
    save_state(folder, "preparation", prepared, packed=True)

    def keep(number: int, member: Member) -> None:
        save_state(folder, f"member{number}", [member.model.pack(each) for each in member.fitted], packed=True)

    with ThreadPoolExecutor(predictor.threads) as pool:  # writing releases the GIL
        list(pool.map(keep, range(len(predictor.members)), predictor.members))
    save_state(folder, "blend", _blend(predictor), packed=True)
    save_state(folder, "intake", predictor.intake.dump())
    golden = golden_rows(predictor)
    save_state(folder, "golden", {"answer": predictor.predict(golden), "rows": _plain_rows(golden)}, packed=True)
    write(folder / "manifest.json", json.dumps(_manifest(folder, versions), indent=1))


def load(folder: Path, *, threads: int = 1) -> Predictor:
    """Read a predictor; no code from the files is run.

    Raises
    ------
    ModelFileError
        If a file is missing or changed, the format is newer, or golden rows get other predictions.
    """
    _verify(folder)
    try:
        predictor = _assemble(folder, load_state(folder, "blend"), threads)
        same = _replayed(predictor, load_state(folder, "golden"))
    except CustpredError:
        raise
    except Exception as cause:  # another library version may raise anything
        why = str(cause) if isinstance(cause, PydanticCustomError) else type(cause).__name__
        raise _incompatible(folder, f"The model cannot be rebuilt here: {why.rstrip('.')}.") from cause
    if not same:
        raise _incompatible(folder, "The model's predictions of its golden rows differ from the stored ones.")
    return predictor


def load_intake(folder: Path) -> Intake:
    """Read only the column contract and how rows are read; files are verified as in ``load``."""
    _verify(folder)
    return Intake.load(load_state(folder, "intake"))


def _replayed(predictor: Predictor, golden: JSON) -> bool:
    """Return whether the golden rows get their stored predictions."""
    rows, _ = predictor.conform(_frame(golden["rows"]))
    found, wanted = predictor.predict(rows), np.asarray(golden["answer"])
    size = float(np.abs(wanted).max(initial=0.0))  # amounts may be of any scale
    return found.shape == wanted.shape and np.allclose(found, wanted, rtol=TOLERANCE, atol=TOLERANCE * size)


def _blend(predictor: Predictor) -> JSON:
    return {
        "task": asdict(predictor.task),
        "columns": [asdict(column) for column in predictor.columns],
        "policy": predictor.policy.dump(),
        "missing": list(predictor.missing),
        "calibrate": predictor.calibrate.dump(),
        "calibration": predictor.calibration,
        "preparations": list(predictor.used),
        "members": [_member(member) for member in predictor.members],
    }


def _member(member: Member) -> JSON:
    return {
        "name": member.name,
        "model": member.model.dump(),
        "preparation": member.preparation,
        "weight": member.weight,
        "shifts": list(member.shifts),
    }


def _step(step: FittedStep) -> JSON:
    spec = step.spec
    kind = {"folder": spec.family().__module__.split(".")[-2], "private": spec.kind() not in spec.kinds()}
    return {**kind, "spec": spec.dump(), "state": step.state, "in": step.names_in, "out": step.names_out}


def _assemble(folder: Path, blend: JSON, threads: int) -> Predictor:
    task = Task.load(blend["task"])
    prepared = load_state(folder, "preparation")
    preparations = {
        key: tuple(tuple(_restore(step) for step in steps) for steps in prepared[key]) for key in blend["preparations"]
    }
    return Predictor(
        task=task,
        columns=tuple(Column(**column) for column in blend["columns"]),
        preparations=preparations,
        members=tuple(_load_member(folder, i, each, task) for i, each in enumerate(blend["members"])),
        calibrate=Calibrate.parse(blend["calibrate"]),
        calibration=blend["calibration"],
        policy=Policy.load(blend["policy"]),
        missing=tuple(blend["missing"]),
        threads=threads,
        intake=Intake.load(load_state(folder, "intake")),
    )


def _load_member(folder: Path, number: int, plain: JSON, task: Task) -> Member:
    model = Model.parse(plain["model"])
    packs = load_state(folder, f"member{number}")
    fitted = tuple(model.unpack(pack, Fit(task)) for pack in packs)
    return Member(
        plain["name"], model, plain["preparation"], plain["weight"], fitted, tuple(_shift(s) for s in plain["shifts"])
    )


def _shift(plain: float | list[float]) -> float | np.ndarray:
    return np.asarray(plain, dtype=float) if isinstance(plain, list) else plain


def _restore(plain: JSON) -> FittedStep:
    families: dict[str, type[Step]] = {"missing": Missing, "outliers": Outliers, "features": Feature}
    options = dict(plain["spec"])
    if plain["private"]:
        private: dict[str, type[Feature]] = {"_matrix": Matrix, "_history": History, "_levels": Levels}
        spec: Step = private[options.pop("kind")].model_validate(options)
    else:
        spec = families[plain["folder"]].parse(options)
    return FittedStep(spec, plain["state"], plain["in"], plain["out"])


def _manifest(folder: Path, versions: dict[str, str]) -> JSON:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    listed = {path.relative_to(folder).as_posix(): [path.stat().st_size, digest(path)] for path in files}
    own = {"format": FORMAT, "versions": versions, "files": listed}
    return {**own, "seal": seal(own)}


def _verify(folder: Path) -> None:
    """Check every file's size and hash before any parser sees it."""
    files = _listed(folder)
    found = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_symlink() or not p.is_dir()}
    found.pop("manifest.json", None)
    if set(found) != set(files):
        odd = sorted(set(found) ^ set(files))[0]
        raise _damaged(folder, f"{odd} is {'missing' if odd in files else 'not in the manifest'}")
    for name, (size, sha) in files.items():
        path = found[name]
        if path.is_symlink() or path.stat().st_size != size or size > LARGEST or digest(path) != sha:
            raise _damaged(folder, f"{name} was changed")


def _listed(folder: Path) -> dict[str, tuple[int, str]]:
    """Return the size and hash of each file in the manifest."""
    try:
        manifest = json.loads((folder / "manifest.json").read_bytes()[: 2**24])
        files = {str(name): (int(size), str(sha)) for name, (size, sha) in manifest["files"].items()}
        version, sealed = int(manifest["format"]), manifest.get("seal") == seal(manifest)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as cause:
        raise _damaged(folder, "manifest.json is missing or unreadable") from cause
    if version != FORMAT:
        text = f"The model has format {version}; this custpred reads format {FORMAT}."
        remedy = "Update custpred." if version > FORMAT else "Run the recipe again, or use the version that made it."
        raise ModelFileError(text, code="CP5201", place=str(folder), remedy=remedy)
    if not sealed:
        raise _damaged(folder, "manifest.json was changed")
    return files


def _incompatible(folder: Path, text: str) -> ModelFileError:
    remedy = "Install the package versions that manifest.json lists, or run the recipe again."
    return ModelFileError(text, code="CP5203", place=str(folder), remedy=remedy)


def _damaged(folder: Path, what: str) -> ModelFileError:
    return ModelFileError(
        f"The model folder is damaged: {what}.",
        code="CP5202",
        place=str(folder),
        remedy="Copy the folder again, or run the recipe again.",
    )


def golden_rows(predictor: Predictor) -> pd.DataFrame:
    """Return synthetic rows that fit the column contract: no customer's row is stored."""
    random = np.random.default_rng(0)
    known = _known_levels(predictor)
    rows: dict[str, list[object]] = {}
    for column in predictor.columns:
        if column.kind in {"number", "code"}:
            rows[column.name] = [*np.round(random.normal(1, 3, GOLDEN - 1), 3).tolist(), None]
        elif column.kind == "date":
            rows[column.name] = [f"20{20 + i % 6}-0{1 + i % 9}-1{i % 9}" for i in range(GOLDEN)]
        else:
            levels = known.get(column.name, [])[:8] or ["golden"]
            rows[column.name] = [*(levels[i % len(levels)] for i in range(GOLDEN - 2)), "never seen", None]
    return predictor.conform(_frame(rows))[0]


def _known_levels(predictor: Predictor) -> dict[str, list[str]]:
    """Return levels and texts that the fitted steps contain anyway, by raw column."""
    steps = [step for folds in predictor.preparations.values() for step in folds[0]]
    kept: dict[str, list[str]] = {}
    for step in steps:
        if isinstance(step.spec, Feature):
            kept.update(step.spec.examples(step.state))
    return kept


def _plain_rows(frame: pd.DataFrame) -> dict[str, list[object]]:
    text = frame.astype(object).where(frame.notna(), None)
    return {
        name: [each.isoformat() if hasattr(each, "isoformat") else each for each in text[name].tolist()]
        for name in text.columns
    }


def _frame(rows: dict[str, list[object]]) -> pd.DataFrame:
    numbers = {name for name, values in rows.items() if all(each is None or isinstance(each, float) for each in values)}
    kinds = {name: float if name in numbers else object for name in rows}
    return pd.DataFrame({name: pd.Series(values, dtype=kinds[name]) for name, values in rows.items()})
