"""The model card: a README.md that a person reads and the Hugging Face Hub indexes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ipymlops.metric_names import metric_name
from ipymlops.phrases import count
from ipymlops.registry.schema import ColumnSchema, Schema
from ipymlops.registry.serializers.pickled import WARNING, is_pickled
from ipymlops.registry.yaml import to_yaml

_SHOWN_COLUMNS = 40
_SHOWN_CATEGORIES = 6


def model_card(
    facts: Mapping[str, Any],
    metrics: Sequence[Mapping[str, Any]],
    schema: Schema,
    *,
    slices: Mapping[str, Any] | None = None,
    inputs: Sequence[Mapping[str, Any]] = (),
    cells: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Markdown with front matter: what it is and where it is weak first, for those who decide about it.

    ``facts``: ``model`` and ``estimator``; ``risk``, ``why``, ``who``, ``rows`` (of training), ``data`` (on which the
    metrics were computed), ``python`` and ``parameters`` where known. ``metrics``: ``name``, ``value``, ``low``,
    ``high``, ``n_rows``, ``method`` each, None or NaN where there is no figure. ``slices``: what the search for weak
    ones found, as it is stored; ``inputs``: ``name`` and ``sha256`` of what the notebook read; ``cells``: ``execution``
    and ``id`` of those that it needs.
    """
    sections = (
        _opening(facts, schema),
        _limits(facts, metrics, slices),
        _metrics(metrics, facts),
        _inputs(schema),
        _training(facts),
        _origin(facts, inputs, cells),
        _use(facts),
    )
    body = "\n\n".join("\n".join(section) for section in sections)
    return f"---\n{to_yaml(_front_matter(facts, metrics, schema))}---\n\n{body}\n"


def _front_matter(facts: Mapping[str, Any], metrics: Sequence[Mapping[str, Any]], schema: Schema) -> dict[str, Any]:
    task = "tabular-regression" if schema.task == "regression" else "tabular-classification"
    figures = [
        {"type": m["name"], "value": m["value"], "name": metric_name(str(m["name"]))}
        for m in metrics
        if _is_figure(m["value"])
    ]
    front: dict[str, Any] = {
        "library_name": "sklearn",
        "pipeline_tag": task,
        "tags": ["ipymlops", "tabular", facts.get("estimator", "sklearn")],
    }
    if figures:  # the Hub refuses an index without results
        data = facts.get("data", "benchmark")
        results = [{"task": {"type": task}, "dataset": {"name": data, "type": "tabular"}, "metrics": figures}]
        front["model-index"] = [{"name": facts["model"], "results": results}]
    return front


def _opening(facts: Mapping[str, Any], schema: Schema) -> Iterator[str]:
    yield f"# {facts['model']}"
    yield ""
    answer = (
        "a number" if schema.task == "regression" else f"one of {_text(', '.join(schema.classes)) or 'its classes'}"
    )
    columns = count(len(schema.columns), "column")
    yield f"A {schema.task} model ({facts.get('estimator', 'unknown type')}): {columns} in, {answer} out."
    if facts.get("risk"):
        yield f"Risk tier: {facts['risk']}."
    if is_pickled(facts):
        yield f"\n**{WARNING}.**"
    if facts.get("why"):
        yield f"\nRegistered because: {_text(str(facts['why']))}"


def _limits(
    facts: Mapping[str, Any], metrics: Sequence[Mapping[str, Any]], slices: Mapping[str, Any] | None
) -> Iterator[str]:
    """Where not to rely on it, as far as anybody looked."""
    yield "## Where it is weak"
    yield ""
    if not metrics:
        yield "Nobody knows: it was judged on no rows."
    elif slices is None:
        yield "Nobody looked for groups of rows on which it does worse."
    elif slices.get("note"):
        yield f"Groups of rows on which it does worse could not be looked for: {_text(str(slices['note']))}."
    elif not slices["found"]:
        yield f"No group of rows does worse for certain; {slices['candidates']} were compared."
    else:
        name = metric_name(str(slices["metric"]))
        yield f"| rows where | how many | {name} there | {name} {_beside(slices)} |"
        yield "|---|---|---|---|"
        yield from (_slice_row(found) for found in slices["found"])
    yield ""
    yield "How it does on other data than it was judged on is not known; a drift check tells whether they are alike."


def _beside(slices: Mapping[str, Any]) -> str:
    """What the figure of a slice is compared with (``WeakSlice``)."""
    return "were its probabilities put right" if slices["metric"] == "log_loss" else "on the other rows"


def _slice_row(found: Mapping[str, Any]) -> str:
    here, beside = (_figure(found[side]["value"]) for side in ("here", "beside"))
    return f"| {_text(str(found['rule']))} | {found['n_rows']:,} | {here} | {beside} |"


def _metrics(metrics: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]) -> Iterator[str]:
    yield "## How well it does"
    yield ""
    if not metrics:
        yield "It was registered without test data, so nothing is known."
        return
    yield f"On {_text(str(facts.get('data', 'the benchmark')))}; intervals are at the level given by their method."
    yield ""
    yield "| metric | value | interval | rows | method |"
    yield "|---|---|---|---|---|"
    for m in metrics:
        interval = f"{_figure(m.get('low'))} to {_figure(m.get('high'))}" if _is_figure(m.get("low")) else "-"
        cells = (
            metric_name(str(m["name"])),
            _figure(m["value"]),
            interval,
            str(m.get("n_rows", "-")),
            str(m.get("method", "-")),
        )
        yield "| " + " | ".join(_text(c) for c in cells) + " |"


def _inputs(schema: Schema) -> Iterator[str]:
    yield "## What it takes"
    yield ""
    yield "| column | type | in training | missing values |"
    yield "|---|---|---|---|"
    for column in schema.columns[:_SHOWN_COLUMNS]:
        missing = "yes" if column.missing else "no"
        yield f"| {_text(column.name)} | {column.kind} | {_text(_seen(column))} | {missing} |"
    if len(schema.columns) > _SHOWN_COLUMNS:
        yield f"\nand {len(schema.columns) - _SHOWN_COLUMNS} more columns, all in `schema.json`."


def _seen(column: ColumnSchema) -> str:
    if column.low is not None and column.high is not None:
        return f"{_figure(column.low)} to {_figure(column.high)}"
    if column.categories:
        more = len(column.categories) - _SHOWN_CATEGORIES
        return ", ".join(column.categories[:_SHOWN_CATEGORIES]) + (f" and {more} more" if more > 0 else "")
    return f"{column.distinct} different values" if column.distinct else "-"


def _training(facts: Mapping[str, Any]) -> Iterator[str]:
    yield "## How it was trained"
    yield ""
    rows = facts.get("rows")
    yield f"On {count(rows, 'row')}." if isinstance(rows, int) else "On rows that were not given at registration."
    if facts.get("who"):
        yield f"Registered by {_text(str(facts['who']))}."
    if facts.get("python"):
        yield f"Python {facts['python']}; the packages are in `requirements.txt`."
    parameters = facts.get("parameters") or {}
    if parameters:
        yield ""
        yield "| parameter | value |"
        yield "|---|---|"
        yield from (f"| {_text(str(k))} | {_text(str(v))} |" for k, v in sorted(parameters.items()))


def _origin(
    facts: Mapping[str, Any], inputs: Sequence[Mapping[str, Any]], cells: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    yield "## Where it comes from"
    yield ""
    if pulled := facts.get("mlflow"):
        place = f"{pulled['name']}/{pulled['version']} of {pulled['server']}, run {pulled['run_id'] or 'unknown'}"
        yield f"- Pulled from MLflow: {_text(place)}. Who trained it on what is not known here."
    if facts.get("parent"):
        yield f"- Retrained by the pipeline of {_text(str(facts['parent']))}."
    if facts.get("notebook"):
        place = str(facts.get("notebook_path") or facts["notebook"])
        yield f"- Notebook: {_text(place)}; the cells that it needs are in `journal.json`."
    if cells:
        yield f"- Cells that lead to it: {_text(', '.join(map(_cell, cells)))}."
    if git := facts.get("git"):
        changed = ", with changes that were not committed" if git.get("dirty") else ""
        changed += "; the notebook is not in git" if git.get("has_notebook") is False else ""
        yield f"- Commit {_text(str(git['commit']))}{changed}."
    for found in inputs:
        what = f"sha256 {found['sha256']}" if found.get("sha256") else "not hashed"
        yield f"- Read {_text(str(found['name']))} ({what})."
    ref = f"{facts['model']}@VERSION"
    yield f"- Whether its pipeline reproduces it is proved after registration: `ipymlops show {ref}` tells."


def _cell(cell: Mapping[str, Any]) -> str:
    return f"In [{cell['execution']}]" + (f" ({cell['id']})" if cell.get("id") else "")


def _use(facts: Mapping[str, Any]) -> Iterator[str]:
    yield "## How to use it"
    yield ""
    yield "```python"
    yield "from ipymlops.registry.bundle import Bundle"
    yield ""
    if is_pickled(facts):
        yield "bundle = Bundle.from_folder(folder)  # hashes are checked; what the pickle does when it is loaded is not"
        yield "model = bundle.model(allow_pickle=True)"
    else:
        yield "bundle = Bundle.from_folder(folder)  # hashes and types are checked before anything is constructed"
        yield "model = bundle.model()"
    yield "model.predict(bundle.schema().conform(table))"
    yield "```"
    if is_pickled(facts):
        return
    yield ""
    yield "or `mlflow.pyfunc.load_model(folder).predict(table)`, where ipymlops is installed too."


def _is_figure(value: Any) -> bool:
    return isinstance(value, int | float) and value == value


def _figure(value: Any) -> str:
    return f"{value:z.4g}" if isinstance(value, int | float) and value == value else str(value or "-")


def _text(text: str) -> str:
    """Text inside a Markdown table or paragraph: one line, nothing that ends a cell or begins a tag."""
    return " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
