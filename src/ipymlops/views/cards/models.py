"""The models of a project as a card."""

from __future__ import annotations

from collections.abc import Sequence

from ipymlops.registry.records import ModelList, ModelSummary
from ipymlops.views import words
from ipymlops.views.card import Card, Cell, Figure, Grid, Reference, Step, fold, headings
from ipymlops.views.cards.pipelines import verification_badge
from ipymlops.views.cards.versions import primary_of


def model_list_card(result: ModelList) -> Card:
    """Every model line; the empty project teaches how to begin."""
    n = len(result.models)
    if not n:
        return Card(
            title="Models",
            verdict="No model is registered in this project yet.",
            figures=(Figure("project", result.project),),
            steps=(
                Step(
                    "Register a trained model",
                    "register model --name credit-risk --train X_train y_train --test X_test y_test",
                ),
            ),
        )
    with_champion = sum(m.champion is not None for m in result.models)
    rest = "" if with_champion == n else f"; {n - with_champion} without a champion"
    return Card(
        title="Models",
        verdict=f"{words.count(n, 'model')} in this project{rest}.",
        figures=(
            Figure("versions", f"{sum(m.versions for m in result.models):,}"),
            Figure("project", result.project),
        ),
        steps=(Step("Look at one", f"show {result.models[0].name}"),),
        folds=fold("Models", _model_grid(result.models), open=True),
    )


def _model_grid(models: Sequence[ModelSummary]) -> Grid:
    return Grid(
        "Models, their champions and newest versions",
        headings("model", "#champion", "metric", "pipeline", "#newest", "registered"),
        tuple(_model_row(m) for m in models),
    )


def _model_row(m: ModelSummary) -> tuple[Cell, ...]:
    shown = m.champion or m.newest
    name, value = primary_of(shown.facts)
    return (
        Reference(m.name),
        f"version {m.champion.number}" if m.champion else "none",
        value if value == words.NOTHING else f"{name} {value}",
        verification_badge(shown.verification),
        f"version {m.newest.number}",
        m.newest.created,
    )
