"""Every page of the dashboard on a telecom run and an events run, without a browser."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

import custpred as cp
from custpred.dashboard._words import Words
from custpred.results.scored_file import score_file

pytest.importorskip("streamlit")
KOREAN = ("고객", "명단", "캠페인", "모델", "데이터", "새 데이터", "실행", "모델 정보")
PAGES = ("customer", "list", "campaign", "model", "profile", "new_data", "run", "about")


def drawn(app: Any) -> str:
    """Return the HTML of all the report's blocks on a page."""
    return "".join(json.loads(each.proto.json) for each in app.get("bidi_component"))


def without_errors(app: Any) -> Any:
    """Return the page after asserting that nothing was raised."""
    assert [f"{each.value}" for each in app.exception] == []
    return app


@pytest.mark.parametrize(("name", "title"), list(zip(PAGES, KOREAN, strict=True)))
def test_every_page_of_a_telecom_run(page: Callable[..., Any], telecom: cp.Result, name: str, title: str) -> None:
    """Each page has its title in the visitor's language, and raises nothing."""
    assert without_errors(page(telecom, name, lang="ko")).title[0].value == title


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_an_events_run(page: Callable[..., Any], orders: cp.Result, name: str) -> None:
    """Each page raises nothing if customers come from events."""
    assert without_errors(page(orders, name)).title


def test_a_typed_id_shows_the_prediction_of_predict(
    page: Callable[..., Any], telecom: cp.Result, opened: Callable[..., Any], tmp_path: Path
) -> None:
    """Probability, rank and gain on the page are those of ``custpred predict``'s file."""
    from custpred.source.base import Source

    everyone = Source.parse({"sample": "telecom", "rows": 600}).read().frame
    everyone.to_csv(tmp_path / "all.csv", index=False)
    score_file(telecom.predictor, tmp_path / "all.csv", tmp_path / "scores.csv", "none", None, {})
    written = pd.read_csv(tmp_path / "scores.csv").iloc[17]
    app = page(telecom, "customer")
    app.text_input[0].set_value(f" {written['customer_id'].lower()} ")
    app.button[0].click()
    text = drawn(without_errors(app.run()))
    assert f"<dd>{100 * written['probability of yes']:.1f}%</dd>" in text
    assert f"<dd>{int(written['rank']):,} of 600</dd>" in text
    assert f"<dd>${written['expected gain']:,.2f}</dd>".replace("$-", "\N{MINUS SIGN}$") in text
    place = int(opened(telecom).store.find(written["customer_id"]).place)
    assert opened(telecom).store.predicted[place, 1] == pytest.approx(written["probability of yes"], abs=1e-12)


def test_the_address_opens_a_customer(page: Callable[..., Any], telecom: cp.Result, opened: Callable[..., Any]) -> None:
    """``?page=customer&id=...`` shows reasons, waterfall, similar customers and outcomes."""
    key = str(opened(telecom).store.ids[3])
    text = drawn(without_errors(page(telecom, "customer", id=key)))
    assert f"<h3>{key}</h3>" in text
    assert "waterfall" in text and "points" in text
    assert "most similar customers with a known outcome" in text


def test_events_are_shown_up_to_the_cutoff(page: Callable[..., Any], orders: cp.Result, opened: Any) -> None:
    """A customer's events are drawn, none of them on or after the cutoff."""
    store = opened(orders).store
    app = without_errors(page(orders, "customer", id=str(store.ids[0])))
    events = store.timeline(str(store.ids[0]))
    assert len(events) > 0 and (events["moment"] < pd.Timestamp(store.facts["cutoff"])).all()
    assert f"before the cutoff on {store.facts['cutoff']}" in re.sub("<[^>]+>", "", drawn(app))
    assert len(app.get("vega_lite_chart")) == 1


def test_an_unknown_id_offers_the_nearest(page: Callable[..., Any], telecom: cp.Result, opened: Any) -> None:
    """A mistyped id offers the nearest ids; clicking one opens its customer."""
    key = str(opened(telecom).store.ids[5])
    app = without_errors(page(telecom, "customer", id=f"{key}x"))
    assert "No customer has this id." in app.warning[0].value
    near = [each for each in app.button if each.label == key]
    text = drawn(without_errors(near[0].click().run()))
    assert f"<h3>{key}</h3>" in text


def test_what_if_changes_the_prediction(page: Callable[..., Any], telecom: cp.Result, opened: Any) -> None:
    """Fixed and sensitive columns are not offered; other values give the model's prediction."""
    from custpred.dashboard._what_if import changed

    store = opened(telecom).store
    app = page(telecom, "customer", id=str(store.ids[3]))
    offered = set(app.multiselect[0].options)
    assert {"contract", "monthly_charges"} <= offered and not offered & {"tenure", "city"}
    app = without_errors(app.multiselect[0].select("contract").run())
    then = next(each for each in app.selectbox[0].options if each != app.selectbox[0].value)
    app = without_errors(app.selectbox[0].set_value(then).run())
    wanted = telecom.predictor.predict(changed(store.rows([3]), {"contract": then}))[0, 1]
    assert app.metric[1].value == f"{100 * wanted:.1f}%" and app.metric[1].delta.endswith(" points")


def test_capacity_shortens_the_list(page: Callable[..., Any], telecom: cp.Result) -> None:
    """The list has as many customers as the capacity allows, best first, with reasons."""
    app = without_errors(page(telecom, "list"))
    assert len(app.dataframe[0].value) == 40
    shown = without_errors(app.number_input[0].set_value(7).run()).dataframe[0].value
    assert shown["rank"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert shown["expected gain"].is_monotonic_decreasing and (shown["reason 1"] != "").all()


def test_amounts_have_thousands_separators(page: Callable[..., Any], telecom: cp.Result) -> None:
    """Tables, sliders and uploads write 1,234.50, and the heading names the currency."""
    from custpred.dashboard._views.scored import displayed
    from custpred.report._text import Text

    shown = displayed(pd.DataFrame({"rank": [1], "expected gain": [1234.5]}), telecom.record.task, Text("en", "KRW"))
    formats = {name: each["type_config"]["format"] for name, each in shown["column_config"].items()}
    assert formats == {"rank": "%,d", "expected gain": "%,.0f"}
    assert shown["column_config"]["expected gain"]["label"] == "Expected gain (KRW)"
    app = without_errors(page(telecom, "campaign"))
    assert [each.proto.format for each in app.slider] == ["%,.2f", "%,.2f", "%,d"]


def test_a_higher_cost_lowers_the_profit_curve(page: Callable[..., Any], telecom: cp.Result) -> None:
    """A more expensive contact lowers the profit and the curve."""
    app = without_errors(page(telecom, "campaign"))
    before = drawn(app)
    after = drawn(without_errors(app.slider[0].set_value(9.0).run()))
    assert before != after and "<polyline" in after


def test_a_failed_run_brings_the_form_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is drawn once more when a run has ended, also with a fault, which is then shown."""
    from custpred.dashboard._jobs import Job
    from custpred.dashboard._views import start

    class AgainError(Exception):
        """The page is drawn again."""

    def again() -> None:
        raise AgainError

    said: list[str] = []
    monkeypatch.setattr(start, "st", SimpleNamespace(session_state={}, rerun=again, error=said.append))
    view, job = (
        SimpleNamespace(say=Words("ko")),
        Job(Path("run"), 1.0, fault="CP2110 Pass a file with rows.", done=True),
    )
    with pytest.raises(AgainError):
        start._progress(view, job)  # type: ignore[arg-type]
    start._progress(view, job)  # type: ignore[arg-type]
    assert said == ["CP2110 행이 있는 파일을 쓰세요."]


def upload(app: Any, name: str, content: bytes) -> Any:
    """Choose a file and press the button."""
    app.file_uploader[0].upload(name, content, "text/csv")
    return app.button[0].click().run()


def test_an_upload_is_scored(page: Callable[..., Any], telecom: cp.Result) -> None:
    """New customers are scored as ``act`` scores them."""
    from custpred.source.base import Source

    new = Source.parse({"sample": "telecom", "rows": 50, "seed": 9}).read().frame
    app = without_errors(upload(page(telecom, "new_data"), "new.csv", new.to_csv(index=False).encode()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wanted, _ = telecom.act(new)
    shown = app.dataframe[0].value
    assert shown["probability of yes"].tolist() == pytest.approx((100 * wanted["probability of yes"]).tolist())


def test_of_a_long_upload_the_first_to_contact_are_shown(page: Callable[..., Any], telecom: cp.Result) -> None:
    """They have reasons, and the page says that there are more."""
    from custpred.source.base import Source

    new = Source.parse({"sample": "telecom", "rows": 150, "seed": 9}).read().frame
    app = without_errors(upload(page(telecom, "new_data"), "new.csv", new.to_csv(index=False).encode()))
    assert app.dataframe[0].value["rank"].tolist() == list(range(1, 101))
    assert any("150 customers scored; the first 100 are shown." in each.value for each in app.markdown)


def test_notes_on_an_upload_are_in_the_visitors_language(page: Callable[..., Any], telecom: cp.Result) -> None:
    """A note on the uploaded customers is Korean on a Korean page."""
    from custpred.source.base import Source

    new = Source.parse({"sample": "telecom", "rows": 50, "seed": 9}).read().frame.assign(contract="가나다")
    app = without_errors(upload(page(telecom, "new_data", lang="ko"), "new.csv", new.to_csv(index=False).encode()))
    assert "&#39;contract&#39; 열에 학습 때 있던 수준이 하나도 없어" in drawn(app)


def test_errors_are_in_the_visitors_language(page: Callable[..., Any], telecom: cp.Result) -> None:
    """The code and the file stay, sentences that have a translation are Korean."""
    app = without_errors(upload(page(telecom, "new_data", lang="ko"), "new.csv", b"contract,tenure\nA,1\n"))
    assert "CP2102 표에 열" in app.error[0].value and "'city' 열이 없습니다." in app.error[0].value
    assert "is missing" not in app.error[0].value
    app = without_errors(upload(page(telecom, "new_data", lang="ko"), "new.csv", b"contract,tenure\n"))
    assert (
        app.error[0].value
        == "new.csv CP2110 new.csv에 제목 줄과 행이 있어야 하는데 제목 줄 뒤에 행이 없습니다. 행이 있는 파일을 쓰세요."
    )


def test_an_upload_without_a_column_shows_the_coded_message(page: Callable[..., Any], telecom: cp.Result) -> None:
    """A missing column is named with the message's code, and nothing is scored."""
    from custpred.source.base import Source

    new = Source.parse({"sample": "telecom", "rows": 50}).read().frame.drop(columns="contract")
    app = without_errors(upload(page(telecom, "new_data"), "new.csv", new.to_csv(index=False).encode()))
    assert "CP2102" in app.error[0].value and "'contract' is missing" in app.error[0].value
    assert len(app.dataframe) == 0
