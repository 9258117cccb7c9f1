"""The model folder: predictions are bit-identical after loading, and damage is detected."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from custpred.columns.fitted_step import FittedStep
from custpred.errors import CustpredError, MissingDependency, ModelFileError
from custpred.features._levels import Levels
from custpred.features.base import Feature
from custpred.inference import model_folder
from custpred.inference.model_folder import FORMAT, load, save
from custpred.inference.predictor import Predictor
from custpred.storage.files import digest
from custpred.table import Column

SECRETS = ("secret-id", "private note", "rare plan 7731")


@pytest.fixture(scope="module")
def saved(world: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Save the blend of every family once."""
    folder = tmp_path_factory.mktemp("model")
    save(world.blend.predictor, folder, {"numpy": np.__version__})
    return folder


@pytest.fixture
def copy(saved: Path, tmp_path: Path) -> Path:
    """Return a model folder to damage."""
    return Path(shutil.copytree(saved, tmp_path / "model"))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _forged(folder: Path) -> None:
    """Write a manifest that matches the files, as after a deliberate change."""
    from custpred.inference.model_folder import _manifest

    (folder / "manifest.json").unlink()
    (folder / "manifest.json").write_text(json.dumps(_manifest(folder, {})))


def test_a_loaded_model_predicts_the_same_to_the_bit(
    saved: Path, world: Any, people: Callable[..., pd.DataFrame]
) -> None:
    """A blend of every family gives new customers the same bits after saving and loading."""
    before, after = world.blend.predictor, load(saved)
    assert {each.model.kind() for each in after.members} >= {"logistic", "lightgbm", "xgboost", "extra_trees", "mlp"}
    new, _ = before.conform(people(200, seed=9))
    assert after.predict(new).tobytes() == before.predict(new).tobytes()
    np.testing.assert_allclose(after.reasons(new).values, before.reasons(new).values, rtol=1e-12)
    assert (after.columns, after.policy, after.task) == (before.columns, before.policy, before.task)


def test_a_loaded_model_can_be_saved_again(saved: Path, tmp_path: Path) -> None:
    """Saving what was loaded writes the same files."""
    again = tmp_path / "again"
    save(load(saved), again, {"numpy": np.__version__})
    known = [(path.relative_to(saved), digest(path)) for path in _files(saved)]
    assert [(path.relative_to(again), digest(path)) for path in _files(again)] == known


def test_nothing_in_the_folder_is_code(saved: Path) -> None:
    """Only JSON, arrays without objects, and the libraries' own formats; no pickle."""
    assert {path.suffix for path in _files(saved)} <= {".json", ".npz", ".bin"}
    for path in _files(saved):
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as file:
                assert all(file[key].dtype != object for key in file.files)


def test_no_customer_is_in_the_folder(saved: Path) -> None:
    """No id, text, or level of few customers is in any file, packed or not."""
    for path in _files(saved):
        raw = path.read_bytes()
        if path.suffix == ".npz":
            with np.load(path) as file:
                raw += "".join(str(file[key].tolist()) for key in file.files if file[key].dtype.kind == "U").encode()
        found = [secret for secret in SECRETS if secret.encode() in raw or secret.encode("utf-32-le") in raw]
        assert found == [], path
    assert any(b"city 01" in path.read_bytes() for path in _files(saved))


@pytest.mark.parametrize("draw", range(60))
def test_every_flipped_bit_is_detected(saved: Path, tmp_path: Path, draw: int) -> None:
    """A flipped bit anywhere raises ModelFileError: no crash, no other prediction."""
    chance = random.Random(draw)
    files = [saved / "manifest.json"] if draw % 6 == 0 else _files(saved)
    victim = chance.choice(files)
    folder = Path(shutil.copytree(saved, tmp_path / "model", copy_function=_linked))
    raw = bytearray(victim.read_bytes())
    raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    _put(folder / victim.relative_to(saved), bytes(raw))
    with pytest.raises(ModelFileError, match="CP520[12]"):
        load(folder)


def _linked(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


def _put(path: Path, raw: bytes) -> None:
    """Replace a file that others may share."""
    path.unlink()
    path.write_bytes(raw)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
@pytest.mark.parametrize("name", ["manifest.json", "blend.json", "member0.npz", "preparation.npz"])
def test_truncated_files_are_refused(copy: Path, name: str, share: float) -> None:
    """A file that lost its end is refused."""
    path = sorted(copy.glob(name))[0]
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    with pytest.raises(ModelFileError, match="CP5202"):
        load(copy)


def test_longer_files_are_refused(copy: Path) -> None:
    """A file that grew is refused."""
    with (copy / "golden.json").open("ab") as file:
        file.write(b" ")
    with pytest.raises(ModelFileError, match=r"golden\.json was changed"):
        load(copy)


def test_a_missing_file_is_named(copy: Path) -> None:
    """A deleted file is named."""
    (copy / "blend.json").unlink()
    with pytest.raises(ModelFileError, match=r"blend\.json is missing"):
        load(copy)


def test_an_extra_file_is_named(copy: Path) -> None:
    """A file that is not in the manifest is named."""
    (copy / "more").mkdir()
    (copy / "more" / "extra.npz").write_bytes(b"x")
    with pytest.raises(ModelFileError, match=r"more/extra\.npz is not in the manifest"):
        load(copy)


@pytest.mark.parametrize("name", ["blend.json", "member1.npz"])
def test_links_are_refused(copy: Path, tmp_path: Path, name: str) -> None:
    """A file or folder that is a link to the same content elsewhere is refused."""
    (copy / name).rename(tmp_path / "elsewhere")
    (copy / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ModelFileError, match="CP5202"):
        load(copy)


def test_an_extra_link_is_refused(copy: Path, tmp_path: Path) -> None:
    """A link to a folder that the manifest does not know is refused."""
    (copy / "more").symlink_to(tmp_path)
    with pytest.raises(ModelFileError, match="more is not in the manifest"):
        load(copy)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", "3", '{"files": 3, "format": 1}', '{"files": {"a": 3}}', "\xff"]
)
def test_a_wrong_manifest_is_refused(copy: Path, text: str) -> None:
    """Any wrong manifest raises ModelFileError and nothing else."""
    (copy / "manifest.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(ModelFileError, match="CP5202"):
        load(copy)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    """An empty folder, or none, is no model."""
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(ModelFileError, match="CP5202"):
            load(folder)


def test_a_newer_format_asks_for_an_update(copy: Path) -> None:
    """A model of a newer format is not reported as damaged."""
    plain = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps({**plain, "format": FORMAT + 1}))
    with pytest.raises(ModelFileError, match="CP5201.*Update custpred"):
        load(copy)


def test_an_older_format_asks_for_a_new_run(copy: Path) -> None:
    """A model of an older format must be made again."""
    plain = json.loads((copy / "manifest.json").read_text())
    (copy / "manifest.json").write_text(json.dumps({**plain, "format": FORMAT - 1}))
    with pytest.raises(ModelFileError, match="CP5201.*Run the recipe again"):
        load(copy)


def test_each_member_is_one_pair_of_files(saved: Path, world: Any) -> None:
    """Members, preparations, blend, golden rows and intake are one JSON and npz file each."""
    members = [f"member{i}" for i in range(len(world.blend.predictor.members))]
    assert {path.stem for path in _files(saved)} == {*members, "preparation", "blend", "intake", "golden", "manifest"}
    assert len(_files(saved)) <= 2 * (len(members) + 3) + 1


def test_other_predictions_are_detected(copy: Path) -> None:
    """A model whose golden rows get other predictions is refused, even if all hashes match."""
    plain = json.loads((copy / "blend.json").read_text())
    plain["members"][0]["weight"] *= 1.01
    (copy / "blend.json").write_text(json.dumps(plain))
    _forged(copy)
    with pytest.raises(ModelFileError, match="CP5203.*golden rows"):
        load(copy)


@pytest.mark.parametrize(
    "change",
    [
        lambda blend: blend["members"].clear(),
        lambda blend: blend["members"][0].update(model={"kind": "none such"}),
        lambda blend: blend["members"][0].update(model={"kind": "os.path"}),
        lambda blend: blend.update(columns=[]),
        lambda blend: blend.pop("task"),
        lambda blend: blend.update(calibrate={"kind": "sigmoid", "x": 1}),
        lambda blend: blend["preparations"].clear(),
    ],
    ids=["no member", "no such model", "foreign module", "no column", "no task", "no such option", "no preparation"],
)
def test_a_forged_model_is_refused(copy: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """A folder with right hashes and wrong content is refused, and nothing is imported."""
    plain = json.loads((copy / "blend.json").read_text())
    change(plain)
    (copy / "blend.json").write_text(json.dumps(plain))
    _forged(copy)
    with pytest.raises(ModelFileError):
        load(copy)


def test_a_missing_library_is_named(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a member's library is not installed, the error says so, and not that files are damaged."""

    def absent(*_: object) -> None:
        raise MissingDependency.of("lightgbm", "models: lightgbm", "lightgbm")

    monkeypatch.setattr("custpred.models.lightgbm.LightGBM.unpack", absent)
    with pytest.raises(CustpredError, match="CP1107 lightgbm is needed"):
        load(copy)


def test_threads_are_those_of_this_machine(saved: Path) -> None:
    """The number of threads is that of the machine that loads the model."""
    found: Predictor = load(saved, threads=3)
    assert found.threads == 3


def test_golden_texts_contain_known_words() -> None:
    """Golden rows contain words of the vocabulary: replaying uses weights and codes."""
    from custpred.features.tfidf import Tfidf
    from custpred.features.tokens import Tokens
    from custpred.source._samples.reviews import make

    made = make(300, 1).frame
    X, y = made[["review"]], (made["sentiment"] == "positive").to_numpy().astype(int)
    scores = Tfidf(tokenizer="word", runs="words")
    state = scores.learn(X, y, None, 0)
    golden = pd.DataFrame({"review": [*scores.examples(state)["review"], "golden"]}, dtype=object)
    assert len(set(scores.apply(golden, state)["review: score"])) > 5
    codes = Tokens(tokenizer="word")
    state = codes.learn(X, y, None, 0)
    assert (codes.apply(golden.assign(review=[*codes.examples(state)["review"], ""]), state).to_numpy()[:8] > 1).any()
    assert scores.examples({}) == {}


@pytest.mark.parametrize("kind", ["onehot", "ordinal"])
def test_golden_categories_have_known_levels(kind: str) -> None:
    """Golden rows contain the levels that an encoder knows: replaying uses its codes."""
    X = pd.DataFrame({"plan": pd.Categorical(["basic"] * 20 + ["plus"] * 20 + ["pro"] * 20)})
    spec = Feature.parse(kind)
    assert spec.examples(spec.learn(X, None, None, 0)) == {"plan": ["basic", "plus", "pro"]}


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_golden_rows_are_compared_at_their_own_scale(monkeypatch: pytest.MonkeyPatch, scale: float) -> None:
    """Rounding within the tolerance passes, three times the tolerance does not, at any scale."""
    monkeypatch.setattr(model_folder, "_frame", lambda rows: rows)
    wanted = np.array([scale, 0.0])
    for share, same in ((0.0, True), (0.5, True), (3.0, False)):
        found = wanted + np.array([0.0, share * model_folder.TOLERANCE * scale])
        predictor: Any = SimpleNamespace(conform=lambda rows: (rows, []), predict=lambda rows, found=found: found)
        assert model_folder._replayed(predictor, {"rows": None, "answer": wanted.tolist()}) is same


def _column(name: str, kind: Any) -> Column:
    return Column(name, kind, "", "")


@pytest.fixture(scope="module")
def golden() -> pd.DataFrame:
    """Return a model's golden rows with a column of each kind, one with many levels."""
    columns = (_column("age", "number"), _column("zip", "code"), _column("joined", "date"), _column("plan", "category"))
    levels = FittedStep(Levels(), {}, ("plan",), ("plan",))
    predictor: Any = SimpleNamespace(
        columns=(*columns, _column("note", "category")),
        preparations={"any": ((levels,),)},
        conform=lambda frame: (frame, []),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Levels, "examples", lambda *_: {"plan": [f"plan {i}" for i in range(9)]})
        return model_folder.golden_rows(predictor)


@pytest.mark.parametrize("name", ["age", "zip", "plan", "note"])
def test_golden_rows_end_with_a_missing_value(golden: pd.DataFrame, name: str) -> None:
    """Each column has one missing value in its last row; dates have none."""
    assert len(golden) == 16
    assert golden[name].isna().tolist() == [False] * 15 + [True]
    assert not golden["joined"].isna().any()


def test_golden_rows_vary(golden: pd.DataFrame) -> None:
    """Numbers of both signs, dates of several years, eight levels in turn, an unseen one."""
    for name in ("age", "zip"):
        values = golden[name].dropna()
        assert values.nunique() == len(values) == 15
        assert values.min() < 0 < values.max()
        assert values.abs().max() < 20
        assert (values.round(3) == values).all()
    days = pd.to_datetime(golden["joined"], format="%Y-%m-%d")
    assert (days.dt.year.min(), days.dt.year.max(), days.dt.month.nunique(), days.dt.day.min()) == (2020, 2025, 9, 10)
    assert days.nunique() == 16
    assert golden["plan"].tolist() == [*(f"plan {i % 8}" for i in range(14)), "never seen", None]
    assert golden["note"].tolist() == [*["golden"] * 14, "never seen", None]


def test_golden_rows_round_trip(golden: pd.DataFrame) -> None:
    """As plain data and back: numbers, texts, dates and missing values."""
    plain = model_folder._plain_rows(golden.assign(joined=pd.to_datetime(golden["joined"])))
    assert plain["joined"][0] == "2020-01-10T00:00:00"
    assert plain["age"][-1] is None
    again = model_folder._frame(json.loads(json.dumps(plain)))
    pd.testing.assert_frame_equal(again[["age", "plan"]], golden[["age", "plan"]])
    assert again["age"].dtype == float
    assert again["plan"].dtype == object


@pytest.mark.parametrize("more", [0, -1])
def test_large_files_are_not_read(copy: Path, monkeypatch: pytest.MonkeyPatch, more: int) -> None:
    """A file of the largest size is read, one byte more is refused before any parser sees it."""
    largest = max(path.stat().st_size for path in _files(copy) if path.name != "manifest.json")
    monkeypatch.setattr(model_folder, "LARGEST", largest + more)
    if more:
        with pytest.raises(ModelFileError, match="CP5202"):
            load(copy)
    else:
        assert load(copy)


def test_shifts_are_numbers_or_arrays() -> None:
    """Several classes have a shift each."""
    assert model_folder._shift(0.5) == 0.5
    assert model_folder._shift([0.5, 1.0]).tolist() == [0.5, 1.0]
