"""Messages about mistakes in a recipe: place, code, expected and actual value, suggestion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from pydantic import BaseModel

from custpred.errors import did_you_mean
from custpred.events.table import EventTable
from custpred.recipe.keys import Recipe
from custpred.recipe.synonyms import did_you_mean_key
from custpred.source.base import Source
from custpred.spec import OneOf
from custpred.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_core import ErrorDetails

    from custpred.storage.plain import JSON

CODES = {
    "extra_forbidden": "CP1103",
    "missing": "CP1106",
    "unknown_kind": "CP1105",
    "no_kind": "CP1105",
    "not_a_spec": "CP1105",
}
MEANING = {
    "CP1000": "The recipe has mistakes, listed one per line with place and code.",
    "CP1100": "The command line is wrong. 'custpred COMMAND --help' lists the arguments and options of a command.",
    "CP1101": "The file is not readable YAML 1.2. Check the named line for a missing colon, a tab, or a wrong indent.",
    "CP1102": "A key occurs twice in the same map. YAML would silently keep one; custpred asks you to choose.",
    "CP1103": "The key is unknown here. 'custpred schema' and docs/recipe.md list all keys.",
    "CP1104": "A value has the wrong type or is outside its limits. docs/recipe.md gives the limits of every option.",
    "CP1105": "The kind is unknown. 'custpred list KEY' shows the kinds of a key. User-defined modules need --plugins.",
    "CP1106": "A key that has no default is missing. Every recipe needs 'customers' and 'target'.",
    "CP1107": "An optional package is not installed. The message gives the pip command.",
    "CP1108": "The recipe was written for a newer grammar. Update custpred.",
    "CP1109": "Recipes are small plain data: no aliases, anchors, merges or tags, and no excessive size or nesting.",
    "CP1110": "The recipe file cannot be opened. Check the path and the permissions.",
    "CP1111": "--set names a place that does not exist, such as the fifth of three models.",
    "CP1112": "--set takes PATH=VALUE, such as --set budget.time=60s.",
    "CP1114": "Keys contradict each other, such as a target about a table that is not under 'events'.",
    "CP1115": "'custpred migrate' cannot rename an option that is written in an unusual form. Rename it by hand.",
    "CP1113": "No model or metric of the recipe supports this kind of task, or a required metric does not.",
    "CP2100": "The object is no table that custpred reads: pandas, polars, Arrow or DuckDB.",
    "CP2101": "A column's type under 'types' is none of number, code, category, date, text and id.",
    "CP2102": "A column that the recipe or the model needs is not in the table.",
    "CP2103": "Bytes are invalid in the file's encoding. Set 'encoding', or save the whole file in one encoding.",
    "CP2104": "Values that are passed with a table do not fit its rows or its column names.",
    "CP2106": "A quote is opened and never closed. The message names the line.",
    "CP2107": "Lines have more or fewer fields than the header. The message names the first, except in a sample.",
    "CP2109": "Rows have one field more than the header; perhaps a name is missing in the first line.",
    "CP2110": "The table has no rows or no columns.",
    "CP2111": "The first line looks like data, not like column names. Add a header line.",
    "CP2112": "Two columns have the same name, which is ambiguous. Rename one.",
    "CP2115": "The file holds NUL bytes: it is binary, damaged, or in UTF-16. Set 'encoding' or save it again.",
    "CP2116": "The workbook has no sheet of that name. The message lists its sheets.",
    "CP2117": "The workbook cannot be read, or holds formulas that were never computed. Save it again as .xlsx.",
    "CP2118": "The Parquet file is damaged or incomplete. Copy it again.",
    "CP2119": "Files that are read as one table do not have the same columns.",
    "CP2120": "Cells hold lists, maps or other objects. Put a single value in each cell.",
    "CP2121": "A line of a JSON lines file is not an object. The message names the file and the line.",
    "CP2122": "The file or folder does not exist, is empty, or may not be read. Check the path and the permissions.",
    "CP2125": "The frame has multi-level columns. Flatten them to single names.",
    "CP2126": "A column that held numbers in training now holds dates.",
    "CP2130": "The database's address names an environment variable that is not set.",
    "CP2131": "The database query failed. Check 'url' and 'query'.",
    "CP2132": "The column of a customer's value holds no numbers. Name another column, or set its type.",
    "CP2133": "The profit was requested, but 'business' does not define the value of a customer.",
    "CP2134": "A database without a query must hold exactly one table. Choose the rows with 'query'.",
    "CP2140": "A feature names a column of an unsuitable type.",
    "CP2141": "All dates of a column fit day first and month first. Write 'date D/M/Y' or 'date M/D/Y' under 'types'.",
    "CP2201": "The target has the same value in every row: there is nothing to learn.",
    "CP2202": "The target has missing values. Fill them, or drop these rows with 'drop_missing: true'.",
    "CP2203": "A binary target needs exactly two labels.",
    "CP2204": "'positive' names a label that the target does not have.",
    "CP2205": "A class has too few rows, or groups, to learn from it and to test on it.",
    "CP2206": "A regression needs a numeric target, and the target holds other values.",
    "CP2207": "The target holds dates. Derive a number or a label from them first.",
    "CP2208": "A split by time needs a date or number to order the rows by. Name it under 'split'.",
    "CP2209": "There are too few distinct points in time before the test to train on.",
    "CP2210": "There are too few rows, or groups, to hold any out.",
    "CP2211": "The column that defines the split must hold 'train' or 'test' in every row.",
    "CP2212": "No column is left for a model: all are ids, constants, empty, or texts that no feature reads.",
    "CP2213": "Weights must be non-missing numbers of 0 or more, with at least two rows above 0 in each class.",
    "CP2220": "A cutoff's gap and horizon end after the last whole day of events. The message names the latest cutoff.",
    "CP2221": "The events do not reach far enough for one cutoff with its whole gap and horizon.",
    "CP2222": "No row of a table of events has both a customer and a time that is not in the future.",
    "CP2223": "An amount is too large for exact sums. Give amounts in a larger unit.",
    "CP2224": "A column of events does not hold the dates or numbers that its key requires.",
    "CP2225": "The target is computed from events, and the recipe has no 'events'.",
    "CP2226": "No customer is eligible at any cutoff.",
    "CP2227": "A table of customers used with events needs a key with one row per customer.",
    "CP2228": "No cutoff's labels were known when the test begins, so there is nothing to train on.",
    "CP2229": "New events are missing for a table of the recipe. Pass a file, or a folder with a file for each table.",
    "CP2230": "The day to score at is not a date such as 2024-06-30.",
    "CP2233": "New events cover part of the customers, and end later than the run's. Pass the cutoff: --as-of.",
    "CP2231": "The next word is predicted from a column of texts; name one with texts of several words.",
    "CP2232": "The target next needs at least three items with ten rows each.",
    "CP2135": "Files are read from this machine, https, S3 (s3://) and Google (gs://). Copy other files here first.",
    "CP2136": "A remote file cannot be read. Check its address, the credentials in the environment, and the network.",
    "CP2137": "An address contains a secret. Write ${ENV:NAME}, and set the environment variable NAME.",
    "CP2301": "A compressed file exceeds the size limit when unpacked; it may be an attack. Unpack it yourself.",
    "CP2302": "Files of this kind can run code when they are read. Save the table as CSV or Parquet.",
    "CP2306": "A query must be one SELECT statement.",
    "CP2401": "A regression predicts values, not probabilities.",
    "CP2402": "Scored customers are written as .csv or .parquet.",
    "CP2403": "A customer can only be found by id if the recipe names the key column.",
    "CP2404": "No customer has that id.",
    "CP2405": "The final model reads no sequences, so it has no gates.",
    "CP2406": "The customer has no sequence steps for the network to read.",
    "CP2407": "Words of texts are explained for one customer at a time; pass a table with one row.",
    "CP2409": "Reasons are available for the chosen customers, or for all of them.",
    "CP2410": "Expected a measure, a comparison and a number, such as 'unseen <= 0.01'. See docs/scoring.md.",
    "CP2413": "New rows have a label that the model does not know, or no labels at all: they cannot be evaluated.",
    "CP2414": "The customer was to be found in the run's own table, which was passed in memory and not saved.",
    "CP2415": "The run has no numbers for the requested figure, such as profit without a customer's value.",
    "CP2416": "A file has another extension than its contents: figures are .svg or .png, reports .html, .md or .json.",
    "CP2417": "No run of this recipe name is in use: 'custpred promote RUN' makes one the champion.",
    "CP2418": "predict, monitor, retrain and serve take a run, or --champion NAME without one.",
    "CP2419": "Outcomes for custpred monitor need the columns of training, or the ids of the new customers, each with"
    " one value of the target.",
    "CP2412": "Two runs to compare differ in task, target or labels: their scores are not comparable.",
    "CP2411": "New rows do not meet a requirement (exit code 3); nothing was written. See docs/scoring.md.",
    "CP2431": "custpred gates takes one of --key, --row and --text; --text needs a run with exactly one text column.",
    "CP2432": "The table has no such row; rows are counted from 1.",
    "CP2435": "'custpred mcp' uses stdout to talk to an agent and cannot combine this with --json.",
    "CP2436": "An agent may read and write only below the folder of 'custpred mcp --root'.",
    "CP2434": "There is no sample of that name. 'custpred sample --help' lists them.",
    "CP2433": "The shapes of weights passed to the LSTM worked by hand do not match. See help(custpred.gates).",
    "CP2420": "The dashboard does not read files of this kind. Save the table as CSV or Excel (.xlsx).",
    "CP2421": "Models can be exported to the SQL of duckdb, postgres, spark, snowflake or bigquery.",
    "CP2422": "A part of the model has no formula in SQL or ONNX; the message names it, and why. See docs/sql.md.",
    "CP2423": "The exported statement would have more columns than the engine allows.",
    "CP2424": "Scores go to a file, or to a table such as scores.duckdb::june or postgresql://host/shop::june.",
    "CP2425": "The database refused the table of scores; nothing was changed.",
    "CP2441": "A request is not JSON, or its list of customers has a wrong length. See docs/serving.md.",
    "CP2442": "A value in a request has a different type from its column. Send null for a missing value.",
    "CP2443": "A run whose customers are gathered from events cannot be served; score its events with predict.",
    "CP2444": "A server that other machines can reach requires its token. See docs/serving.md.",
    "CP2445": "A server on 127.0.0.1 accepts only that host name, so that no web page can reach it through another.",
    "CP2446": "A request is too large. Send fewer customers, or score a file with predict.",
    "CP2447": "An MLflow model cannot gather customers from events; score this run's events with predict.",
    "CP2448": "custpred export takes --sql ENGINE with --out FILE, --onnx FILE, or --mlflow FOLDER; members are all,"
    " sql or onnx.",
    "CP2449": "The ONNX graph does not reproduce the model's scores, so it was not written; please report it.",
    "CP2450": "A run whose customers are gathered from events cannot score a Spark DataFrame; use predict.",
    "CP2451": "The server has no such path, or the path takes another method. See docs/serving.md.",
    "CP2452": "Scores are not written over the table that is scored, whose columns would be lost.",
    "CP3000": "A step declined; the report shows why. The run went on without it.",
    "CP3201": "Classes cannot be balanced: the target is a number.",
    "CP3203": "Synthetic customers need customers without missing values. Choose 'missing: median' or 'auto'.",
    "CP4101": "The run folder is in use or not empty.",
    "CP4102": "A file could not be written: the disk is full or the folder is read-only.",
    "CP4103": "The command finished, but a requirement of the recipe, or of --require, was not met (exit code 3).",
    "CP4104": "The budget ended before any model was ready. Give more time, fewer rows or lighter models.",
    "CP4105": "A run can only be resumed with the customers that it was started with.",
    "CP4106": "A temporary file could not be written. Free space in the temporary folder, or change TMPDIR.",
    "CP4107": "The run folder was removed or replaced while the run was writing to it. Run the recipe again.",
    "CP4108": "The customers alone use up the memory budget. Allow more memory, or pass fewer rows or columns.",
    "CP4110": "A network reads sequences, and no feature of the recipe makes any. Add steps or tokens.",
    "CP4111": "Only lstm and gru have gates.",
    "CP4112": "A model returned predictions of a wrong shape, or missing or infinite ones. It is not used.",
    "CP4113": "A metric could not be computed, or is not a finite number. The message names it and the reason.",
    "CP4114": "The final model is a baseline: no other model finished, or the recipe has none (exit code 4).",
    "CP4115": "Something in the recipe cannot run here. The message says why, and what to do.",
    "CP4116": "The budget is so small that perhaps none of the recipe's models will finish. Give more time.",
    "CP4117": "The target has so many classes that no model would fit into the memory or the time.",
    "CP4118": "Only a run with a model can be promoted, not one that kept a baseline or was stopped.",
    "CP4119": "registry.json, which names the run in use, cannot be read. Correct it, or promote a run again.",
    "CP4120": "The file is so large that reading it would use up the time budget. Allow more time, or pass fewer rows.",
    "CP4121": "The server cannot listen at this address: another program may use the port. Give another --port.",
    "CP4130": "The run was interrupted. The best model so far is in the folder; 'custpred resume' continues it.",
    "CP5101": "The system could not start a process. Free memory, or lower budget.jobs.",
    "CP5102": "custpred was called in a daemonic process, which cannot start child processes. Use ProcessPoolExecutor.",
    "CP5103": "No Dask scheduler responds at the address of 'engine'. Start one, or correct the address.",
    "CP5104": "The cluster's workers cannot take jobs: another version, no custpred, or daemonic processes.",
    "CP5105": "The cluster failed when it fitted the model to all rows; the measured model is kept. See its logs.",
    "CP5200": "The folder holds no finished run.",
    "CP5201": "The model was saved by a newer custpred.",
    "CP5202": "A file of the model folder is missing or was changed since it was saved.",
    "CP5203": "The saved model predicts differently here, mostly because of other package versions.",
    "CP5204": "The model reads a checkpoint that is not in its folder, and this machine has no such file.",
    "CP4131": "An agent's server runs one recipe at a time, and knows only runs that it began.",
    "CP9000": "This is a bug of custpred. The message names a file to send; it holds no data.",
    "CP9001": "A section of the report could not be drawn, which is a bug of custpred. Its numbers are in report.json.",
}
"""Texts of 'custpred explain-code'."""


def explain(error: ErrorDetails, data: JSON, place: Callable[[tuple[str | int, ...]], str]) -> str:
    """Turn pydantic's error into a line: ``x.yaml:8:5 CP1103 target.horizn: unknown key. ...``."""
    path = tuple(step for step in error["loc"] if isinstance(step, int) or not step.startswith("function-"))
    if path[:1] == ("events",) and path[2:3] == ("source",):
        path = (*path[:2], *path[3:])  # a source's options are on the same level as the table's own
    kind = error["type"]
    code = CODES.get(kind, "CP1104")
    if path == ("recipe",) and isinstance(error["input"], int) and error["input"] > 1:
        code = "CP1108"
    dotted = ".".join(str(step) for step in path) or "recipe"
    return f"{place(path)} {code} {dotted}: {_words(error, path, data)}"


def _words(error: ErrorDetails, path: tuple[str | int, ...], data: JSON) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        known, name = known_keys(data, path), str(path[-1])
        if name in known:  # events: {orders: {source: {path: ...}, key: ...}}
            return f"{name!r} and the options of 'source' must be on the same level: leave out 'source'."
        return f"unknown key.{did_you_mean_key(name, path[:-1], known) or did_you_mean(name, known)}"
    if kind == "missing":
        return "this key is missing and has no default."
    text = str(error["msg"]).removeprefix("Value error, ").replace("Input should be", "must be")
    came = error["input"]
    if kind in {"unknown_kind", "no_kind"}:
        return _kinds(text, path, came)
    if kind in CODES or kind == "value_error" or "url" in path:
        return text
    shown = type(came).__name__ if isinstance(came, dict | list) else repr(came)
    return f"{text}, got {plain(shown, 60)}."


def _kinds(text: str, path: tuple[str | int, ...], came: object) -> str:
    """Complete a message about a kind: ``auto`` with options, or a map with a nearly right key."""
    field = Recipe.model_fields[str(path[0])]
    marks = [mark for mark in field.metadata if isinstance(mark, OneOf)]
    if text.startswith("'auto' is not one of") and marks and marks[0].auto and len(path) <= 2:
        known = text[text.index(" Known: ") :]
        return f"'auto' stands alone, as in '{path[0]}: auto', without options or other values.{known}"
    if not isinstance(came, dict) or "kind" in came or not marks:
        return text
    kinds, short = marks[0].family.kinds(), marks[0].family.shorthand
    hints = [f" Did you mean {{kind: {name}}}?" if name in kinds else did_you_mean(str(name), short) for name in came]
    hint = next(filter(None, hints), "")
    return f"{text}.{hint}" if hint else text


def known_keys(data: JSON, path: tuple[str | int, ...]) -> list[str]:
    """Return the keys that are allowed at ``path``."""
    model: type[BaseModel] | None = Recipe
    at: object = data
    if path[0] == "events" and len(path) > 2:
        return _event_keys(_inside(_inside(data, "events"), path[1]))
    for step in path[:-1]:
        at = _inside(at, step)
        if isinstance(step, str) and model is not None:
            model = _model_at(model, step, at)
            family = model
        elif isinstance(step, int) and model is not None:
            model = _kind_at(family, at)
    return [*(model.model_fields if model else ()), "kind"]


def _event_keys(table: object) -> list[str]:
    """Return the keys of a table of events: its own, and those of its source."""
    source = _kind_at(Source, table) or Source
    return [*(name for name in EventTable.model_fields if name != "source"), *source.model_fields, "kind"]


def _inside(at: object, step: str | int) -> object:
    if isinstance(at, dict):
        return at.get(step)
    return at[step] if isinstance(at, list) and isinstance(step, int) and step < len(at) else None


def _model_at(model: type[BaseModel], name: str, at: object) -> type[BaseModel] | None:
    field = model.model_fields.get(name)
    if field is None:
        return None
    marks = [mark for mark in field.metadata if isinstance(mark, OneOf)]
    if marks:
        return _kind_at(marks[0].family, at)
    choices = [field.annotation, *get_args(field.annotation)]
    return next((each for each in choices if isinstance(each, type) and issubclass(each, BaseModel)), None)


def _kind_at(family: Any, at: object) -> type[BaseModel] | None:
    """Return the spec for the data at a place; the family itself if the kind is not clear."""
    kind = at if isinstance(at, str) else at.get("kind") or family._kind_of(at) if isinstance(at, dict) else None
    if kind is None:
        return family  # type: ignore[no-any-return]
    return family.find(str(kind)) if str(kind) in family.kinds() else None
