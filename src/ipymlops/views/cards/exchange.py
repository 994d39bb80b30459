"""What went to a tracking server and what came from one, as cards."""

from __future__ import annotations

from ipymlops.project.results import Pull, Push
from ipymlops.views import words
from ipymlops.views.card import Badge, Card, Figure, Grid, Reference, Step, fold, headings
from ipymlops.views.cards.evaluation import evaluation_folds, evaluation_verdict, metric_figures


def push_card(result: Push) -> Card:
    """Where it lies now, and how MLflow loads it."""
    v, there = result.version, f"{result.name}/{result.number}"
    done = f"{v.ref} is {there} on {_host(result.server)}" + ("" if result.new else ", and was there already")
    pointing = f"; there {words.pointed_to(result.aliases)} now" if result.aliases else ""
    rows = (("server", _host(result.server)), ("run", Reference(result.run_id)), ("manifest sha256", v.manifest))
    return Card(
        title=f"Push of {v.ref}",
        verdict=words.sentence(done + pointing),
        badge=Badge("pass", "pushed" if result.new else "there already"),
        figures=(
            Figure("registered model", result.name),
            Figure("its version", f"{result.number}"),
            Figure("files", f"{result.files:,}", words.size(result.size)),
        ),
        steps=(Step("Load it there", f'mlflow.pyfunc.load_model("models:/{there}")', shell=True, here=False),),
        folds=fold("Where it lies", Grid("Where it lies", headings("what", "value"), rows)),
    )


def pull_card(result: Pull) -> Card:
    """Which version it is here now, and how good that is as far as it is known."""
    v, there = result.version, f"{result.name}/{result.number} of {_host(result.server)}"
    if not result.new:
        verdict = f"{there} is {v.ref} already."
    elif result.evaluation:
        verdict = f"Registered {v.ref} from {there}. {evaluation_verdict(result.evaluation)}"
    elif v.measured_elsewhere:
        verdict = f"Registered {v.ref} from {there}, as it is. Its figures were measured elsewhere."
    else:
        verdict = f"Registered {v.ref} from {there}. Nothing is known of how good it is: no test data."
    rows = (
        ("server", _host(result.server)),
        ("run", Reference(result.run_id or words.NOTHING)),
        ("flavor", result.flavor),
        ("manifest sha256", v.manifest),
    )
    return Card(
        title=f"Pull of {result.name}",
        verdict=verdict,
        badge=Badge("pass", "registered" if result.new else "there already"),
        figures=metric_figures(result.evaluation) if result.evaluation else (),
        warnings=tuple(words.sentence(w) for w in result.warnings),
        steps=(Step("Make it the champion, if its gates pass", f"promote {v.ref}"),),
        folds=(
            *fold("Where it comes from", Grid("Where it comes from", headings("what", "value"), rows)),
            *(evaluation_folds(result.evaluation) if result.evaluation else ()),
        ),
    )


def _host(url: str) -> str:
    """As people say it: a page of ours holds no address that a reader could take for one of its own."""
    return url.partition("://")[2] or url
