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
    return Card(
        title="Check of the project",
        verdict=_checkup_verdict(result),
        badge=_checkup_badge(result),
        figures=(
            Figure("versions", f"{result.versions:,}"),
            Figure("files hashed", f"{result.files:,}"),
            Figure("size", words.size(result.size)),
        ),
        steps=_checkup_steps(result.open),
        folds=fold("What was found", _faults(result.faults), open=True) if result.faults else (),
    )


def _checkup_badge(result: Checkup) -> Badge:
    """Damage is of bytes; a version that nobody signed is as it was registered."""
    if result.sound:
        return Badge("pass", "sound")
    if result.damaged:
        return Badge("fail", "damaged")
    return Badge("fail", "not signed" if all(f.kind == "unsigned" for f in result.open) else "not in order")


def _checkup_verdict(result: Checkup) -> str:
    left = result.open
    if not result.faults:
        return (
            "Everything that was registered is there, byte for byte." if result.versions else "Nothing is registered."
        )
    if not left:
        return f"{words.count(len(result.faults), 'fault')} found and repaired."
    if all(f.kind == "unsigned" for f in left):
        return (
            "Everything that was registered is there, byte for byte. No key that mlops.toml trusts signed "
            f"{words.listed([f.about for f in left], 5)}, as it is demanded here."
        )
    kinds = Counter(f.kind for f in left)
    told = ", ".join(f"{n} {kind}" for kind, n in kinds.most_common())
    versions = len({f.about for f in left})
    return f"{words.count(len(left), 'fault')} in {words.count(versions, 'place')}: {told}."


def _checkup_steps(left: tuple[Fault, ...]) -> tuple[Step, ...]:
    """A backup becomes a project of its own, so what is damaged here is worked on there."""
    kinds = {f.kind for f in left}
    astray = any(f.kind == "alias" and not f.forbidden for f in left)
    repair = (Step("Point the aliases to where their last event did", "fsck --repair"),) if astray else ()
    lost = kinds & {"missing", "changed", "unreadable", "database"}
    back = (
        (
            Step("Make a project of its own of the last backup, to work in from now on", "restore FILE --project NEW"),
            Step("See that nothing is wrong there", "fsck --project NEW"),
        )
        if lost
        else ()
    )
    return repair + back + _signing_steps(left)


def _signing_steps(left: tuple[Fault, ...]) -> tuple[Step, ...]:
    """The first of each kind by its name: a line that can be run as it stands."""
    first = {f.kind: f.about for f in reversed(left)}
    said = {
        "signature": "Find out where it comes from, then sign it again",
        "unsigned": "Sign it, if you trust where it comes from",
    }
    return tuple(Step(words_, f"sign {first[kind]} --key FILE") for kind, words_ in said.items() if kind in first)


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
    what += f", with {words.listed(result.rules, 5)}," if result.rules else ""
    done = f"{what} restored from {result.path}." if result.restored else f"{what} written to {result.path}."
    steps = (
        (Step("Check them", "fsck"),)
        if result.restored
        else (Step("Put it back somewhere else", f"restore {result.path} --project new-folder"),)
    )
    return Card(
        title="Restored" if result.restored else "Backup",
        verdict=words.sentence(done),
        more=_rules_to_read(result),
        figures=(Figure("files", f"{result.files:,}"), Figure("size", words.size(result.size))),
        warnings=tuple(words.sentence(left) for left in result.left_out),
        steps=steps,
    )


def _rules_to_read(result: Backup) -> str:
    """Rules out of a file say whose signatures count: whoever restores it is told to look."""
    if not (result.restored and result.rules):
        return ""
    return f"Read {result.rules[0]}: it says whose signatures count and who may move aliases."
