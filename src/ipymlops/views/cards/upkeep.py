"""How a project is kept: what fsck found, what gc would remove, what a backup holds."""

from __future__ import annotations

from collections import Counter

from ipymlops.registry.backup import Backup
from ipymlops.registry.upkeep import Checkup, Collection, Fault
from ipymlops.views import words
from ipymlops.views.card import Badge, Card, Cell, Figure, Grid, Reference, Step, fold, headings

_MOST = 200  # rows of a table; a store may hold many more


def checkup_card(result: Checkup) -> Card:
    """Sound or not, in one sentence; then what is wrong."""
    open_ = [f for f in result.faults if not f.repaired]
    return Card(
        title="Check of the project",
        verdict=_checkup_verdict(result, open_),
        badge=Badge("pass", "sound") if result.sound else Badge("fail", "damaged"),
        figures=(
            Figure("versions", f"{result.versions:,}"),
            Figure("files hashed", f"{result.files:,}"),
            Figure("size", words.size(result.size)),
        ),
        steps=_checkup_steps(open_),
        folds=fold("What was found", _faults(result.faults), open=True) if result.faults else (),
    )


def _checkup_verdict(result: Checkup, left: list[Fault]) -> str:
    if not result.faults:
        return (
            "Everything that was registered is there, byte for byte." if result.versions else "Nothing is registered."
        )
    if not left:
        return f"{words.count(len(result.faults), 'fault')} found and repaired."
    kinds = Counter(f.kind for f in left)
    told = ", ".join(f"{n} {kind}" for kind, n in kinds.most_common())
    versions = len({f.about for f in left})
    return f"{words.count(len(left), 'fault')} in {words.count(versions, 'place')}: {told}."


def _checkup_steps(left: list[Fault]) -> tuple[Step, ...]:
    kinds = {f.kind for f in left}
    astray = any(f.kind == "alias" and not f.forbidden for f in left)
    repair = (Step("Point the aliases to where their last event did", "fsck --repair"),) if astray else ()
    sign = (Step("Find out where they come from, then sign them again", "sign MODEL@REF --key FILE"),)
    lost = kinds & {"missing", "changed", "database"}
    back = (Step("Bring the files back from a backup", "restore FILE --project new-folder"),) if lost else ()
    return repair + back + (sign if "signature" in kinds else ())


def _faults(faults: tuple[Fault, ...]) -> Grid:
    rows = [
        (Reference(f.about), f.kind, f.words, Badge("pass", "repaired") if f.repaired else words.NOTHING)
        for f in faults
    ]
    return Grid("Faults", headings("about", "kind", "found", "repaired"), tuple(rows[:_MOST]))


def collection_card(result: Collection) -> Card:
    """What nothing reaches, and whether it is gone now."""
    n = len(result.leftovers)
    young = f"; {words.count(result.young, 'younger file')} left alone" if result.young else ""
    if not n:
        verdict = f"No stored file is left over{young}."
    elif result.asked:
        verdict = f"{words.count(n, 'file')} that no version names removed{young}."
    else:
        verdict = f"No version names {words.count(n, 'stored file')}{young}. Nothing was removed."
    return Card(
        title="Files that nothing reaches",
        verdict=verdict,
        figures=(
            Figure("left over", f"{n:,}"),
            Figure("size", words.size(result.size)),
            Figure("left alone if younger than", f"{result.grace:g} h"),
        ),
        steps=() if result.asked or not n else (Step("Remove them", "gc --remove"),),
        folds=fold("Files", _leftovers(result), open=False) if n else (),
    )


def _leftovers(result: Collection) -> Grid:
    rows: list[tuple[Cell, ...]] = [
        (Reference(f.sha256[:12]), words.size(f.size), f"{f.hours:,.0f} h") for f in result.leftovers
    ]
    return Grid("Files", headings("file", "#size", "#age"), tuple(rows[:_MOST]))


def backup_card(result: Backup) -> Card:
    """What was written or put back."""
    what = f"{words.count(result.versions, 'version')} of {words.count(result.models, 'model')}"
    done = f"{what} restored from {result.path}." if result.restored else f"{what} written to {result.path}."
    steps = (
        (Step("Check them", "fsck"),)
        if result.restored
        else (Step("Put it back somewhere else", f"restore {result.path} --project new-folder"),)
    )
    return Card(
        title="Restored" if result.restored else "Backup",
        verdict=words.sentence(done),
        figures=(Figure("files", f"{result.files:,}"), Figure("size", words.size(result.size))),
        steps=steps,
    )
