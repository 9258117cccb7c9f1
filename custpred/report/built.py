"""How the model was built: time, memory, members, versions, and commands to repeat the run."""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING

from ruamel.yaml import YAML

from custpred.report._blocks import Chart, Code, Facts, Grid, Group, Heading, Prose
from custpred.report._handed import handed
from custpred.report._reading import members_of
from custpred.report._text import Text
from custpred.report.base import Section
from custpred.source.frame import Frame
from custpred.text import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from custpred.report._blocks import Block
    from custpred.results.record import Record
    from custpred.storage.plain import JSON

_TOTALS = ("wall", "total")
_SPEED = ("single_row_ms", "predict_rows_per_second")
_NOT_STAGES = {*_TOTALS, *_SPEED, "fits", "trials", "cores", "stage_jobs", "stage_cut"}
HALF = 0.5
"""Share of the time from which a stage is named."""
SHORTER = {
    "read": "Parquet files are read faster than CSV files.",
    "search": "A smaller budget.time ends the search sooner; with fewer models each gets more of it.",
}
"""How to shorten a stage."""
_CODES = (
    (0, "done"),
    (1, "a bug of custpred"),
    (2, "the recipe or the data are at fault"),
    (3, "a requirement of the recipe failed"),
    (4, "the budget was spent without a model"),
    (130, "interrupted; the best so far is saved"),
)


class Built(Section):
    """Time by stage, blend, versions, recipe and commands."""

    title = "How it was built, and how to run it again"
    order = 140
    readers = frozenset({"operations", "audit"})

    def blocks(self, record: Record) -> Sequence[Block]:
        """Return everything an engineer or auditor needs to repeat the run."""
        say = Text.of(record)
        return [
            Prose(_summary(record, say), "says"),
            _facts(record, say),
            *_stages(record, say),
            *_members(record, say),
            *_again(record, say),
            *_origin(record, say),
        ]


def _stages_of(record: Record) -> dict[str, float]:
    """Return seconds by display name of the stage."""
    own = {key: value for key, value in record.timing.items() if key not in _NOT_STAGES and finite(value)}
    return {key.removeprefix("stage_").replace("_", " "): value for key, value in own.items()}


def _total(record: Record) -> float:
    known = (record.timing.get(key) for key in _TOTALS)
    return next((float(value) for value in known if finite(value)), sum(_stages_of(record).values()))


def _summary(record: Record, say: Text) -> str:
    total, fits = _total(record), record.timing.get("fits")
    if not total:
        return say("The run's timing was not recorded.")
    text = say("The run took {total}", total=say.duration(total))
    if finite(fits) and fits <= total:
        text += say(", of which {share} were spent inside model fits", share=say.percent(fits / total))
    elif finite(fits):
        text += say("; model fits took {fits} in all, several at once", fits=say.duration(fits))
    return text + "."


def _facts(record: Record, say: Text) -> Facts:
    peak = max((value for value in record.memory.values() if finite(value)), default=None)
    return Facts(
        (
            (say("Configurations tried"), say.count(record.timing.get("trials", len(record.leaderboard))), ""),
            (say("Largest memory"), say.size(peak), ""),
            (say("Seed"), str(record.seed), ""),
            *_speed(record, say),
        )
    )


def _speed(record: Record, say: Text) -> list[tuple[str, str, str]]:
    alone, many = (record.timing.get(key) for key in _SPEED)
    if not (finite(alone) and finite(many)):
        return []
    return [
        (say("One customer is scored in"), say.duration(alone / 1000), ""),
        (say("Customers scored per second"), say.count(many), say("all cores, in a batch")),
    ]


def _stages(record: Record, say: Text) -> list[Block]:
    stages = _stages_of(record)
    if not stages:
        return []
    names, values = [say(name) for name in stages], list(stages.values())
    data = {"labels": names, "values": values, "format": "duration"}
    grid = Grid((say("Stage"), say("Seconds")), tuple(zip(names, values, strict=True)), formats=("text", "number"))
    title, text = say("Time by stage"), say("Seconds of wall time that each stage took.")
    return [Chart("bars", title, text, data, grid), *_longest(stages, say)]


def _longest(stages: JSON, say: Text) -> list[Block]:
    """Return the stage that took most of the time, and how to shorten it."""
    name, total = max(stages, key=stages.__getitem__), sum(stages.values())
    if not total or stages[name] / total < HALF:
        return []
    words = {"stage": say(name), "share": say.percent(stages[name] / total)}
    advice = [Prose(say(SHORTER[name]), "so")] if name in SHORTER else []
    return [Prose(say("{share} of this time went to the stage '{stage}'.", **words), "says"), *advice]


def _members(record: Record, say: Text) -> list[Block]:
    members = members_of(record)
    if not members:
        return []
    rows = tuple((row.name, row.weight, _options(row.options, say)) for row in members)
    grid = Grid((say("Model"), say("Share"), say("Options")), rows, formats=("text", "percent", "text"))
    subtracted = say("A model with a negative share is subtracted: its errors resemble those of the others.")
    notes = [Prose(subtracted)] if any(row.weight < 0 for row in members) else []
    return [Heading(say("The final model")), *handed(record, say), grid, *notes]


def _options(options: JSON, say: Text) -> str:
    return ", ".join(f"{key} {say.cell(value)}" for key, value in options.items() if key != "kind") or say("defaults")


def _commands(record: Record, say: Text) -> str:
    """Return commands with a comment each; a table in memory has to be passed again."""
    passed = _passed(record.recipe)
    run, data, again = "custpred run recipe.lock.yaml", "", "the same run again, every choice fixed"
    if passed:
        tables = ", ".join(f'"{key}.data": table' for key in passed)
        run, data = f'cp.run("recipe.lock.yaml", set={{{tables}}})', " --data customers.csv"
        again = "in Python: the same run again, every choice fixed"
    new = _new(record.recipe)
    commands = {
        run: say(again),
        f"custpred predict . {new} --out scores.csv": say("score new customers"),
        f"custpred explain . --key ID{data}": say("the reasons of one customer"),
        f"custpred monitor . {new}": say("drift, and whether to train again"),
        "custpred serve .": say("predictions over HTTP"),
    }
    return "\n".join(f"{command:<{max(map(len, commands))}}   # {text}" for command, text in commands.items())


def _new(recipe: JSON) -> str:
    """Return the name of new rows: customers, the only table of events, or a folder of tables."""
    events = list(recipe.get("events") or {})
    return f"new_{events[0]}.csv" if len(events) == 1 else "new_events" if events else "new_customers.csv"


def _passed(recipe: JSON) -> list[str]:
    """Return the recipe's keys of tables that were passed in memory."""
    sources = {f"events.{name}": table for name, table in (recipe.get("events") or {}).items()}
    sources["customers"] = recipe.get("customers") or {}
    return [key for key, source in sources.items() if source.get("kind") == Frame.kind()]


def _again(record: Record, say: Text) -> list[Block]:
    codes = Grid((say("Exit code"), say("Meaning")), tuple((code, say(text)) for code, text in _CODES))
    recipe = Code(_yaml(record.recipe))
    return [
        Heading(say("Run it again")),
        Code(_commands(record, say), say("In the run's folder")),
        Group((codes,), "fold", say("Exit codes for schedulers")),
        Group((recipe,), "fold", say("The recipe")),
    ]


def _origin(record: Record, say: Text) -> list[Block]:
    rows = [(say("run"), record.run_id)] if record.run_id else []
    rows += sorted(record.versions.items())
    if record.data.sha256:
        rows.append((say("data, SHA-256"), record.data.sha256))
    grid = Grid((say("Package"), say("Version")), tuple(rows), formats=("text", "text"))
    return [Group((grid,), "fold", say("Versions and fingerprints"))] if rows else []


def _yaml(recipe: JSON) -> str:
    out, yaml = StringIO(), YAML()
    yaml.default_flow_style = False
    yaml.dump(recipe, out)
    return out.getvalue()
