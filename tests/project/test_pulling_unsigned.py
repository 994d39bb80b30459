"""Models that MLflow wrote, where signatures are demanded: made only by a word that is said. No server is needed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from ipymlops.apps.commands import pull as command
from ipymlops.apps.commands.parsing import CommandParser
from ipymlops.errors import IntegrityError, UnsafeModel
from ipymlops.project import Project, pulling
from ipymlops.registry.mlflow.foreign import Foreign

PLACE = SimpleNamespace(
    tracking=SimpleNamespace(url="http://127.0.0.1:5000"),
    remote=SimpleNamespace(ref="churn/1", name="churn", number=1, run_id="5f"),
    origin=lambda files: {"server": "http://127.0.0.1:5000", "name": "churn", "version": 1, "files": dict(files)},
)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch, model: Any) -> list[str]:
    """Whenever the model of the server is constructed, that is said here."""
    said: list[str] = []

    def read(place: Any, say: Any) -> Foreign:
        said.append(place.remote.ref)
        return Foreign(model, "sklearn", (), {}, {"model.skops": "0" * 64})

    monkeypatch.setattr("ipymlops.registry.mlflow.foreign.read_foreign", read)
    return said


def pull(project: Project, **said: Any) -> Any:
    wanted = pulling.Wanted("churn", None, "churn", None, said.pop("risk", None), "", None, **said)
    return pulling._pull_foreign(project, cast(Any, PLACE), wanted, lambda _: None)


@pytest.mark.parametrize(("required", "risk"), [(True, None), (False, "high")])
def test_a_strangers_model_is_not_even_made(
    project: Project, made: list[str], key_pair: Any, required: bool, risk: str | None
) -> None:
    rules = f'[signing]\ntrusted = ["{key_pair("team")[1]}"]\nrequired = {str(required).lower()}\n'
    (project.root.parent / "mlops.toml").write_text(rules)
    with pytest.raises(UnsafeModel, match=r"nobody can have signed churn/1 .*Next: say --unsigned"):
        pull(project, risk=risk)
    assert made == []
    done = pull(project, risk=risk, unsigned=True)
    assert made == ["churn/1"]
    assert any("cannot be loaded yet" in w for w in done.warnings)  # it is signed by nobody still
    with pytest.raises(IntegrityError, match="churn@1 is not signed"):
        project.load("churn")


def test_where_no_signature_is_demanded_no_word_is_asked_for(project: Project, made: list[str], key_pair: Any) -> None:
    (project.root.parent / "mlops.toml").write_text(f'[signing]\ntrusted = ["{key_pair("team")[1]}"]\n')
    assert pull(project).new
    assert made == ["churn/1"]


def test_the_word_on_the_command_line() -> None:
    parser = CommandParser("ipymlops pull", "", "")
    command.add_arguments(parser)
    assert not parser.parse_args(["churn"]).unsigned
    assert parser.parse_args(["churn", "--unsigned"]).unsigned
