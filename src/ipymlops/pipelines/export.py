"""The story of an export: slice, write, prove; and only then put the folder in its place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ipymlops.pipelines import addresses, local_modules, placing, proof
from ipymlops.pipelines.docstring import docstring, with_verification
from ipymlops.pipelines.folder import BUNDLE, RECORD, SCRIPT
from ipymlops.pipelines.inputs import inputs_seen, reads_unseen, uncertain_reads
from ipymlops.pipelines.ladder import Ladder, Outcome
from ipymlops.pipelines.leakage import leaks
from ipymlops.pipelines.lock import lock as locked
from ipymlops.pipelines.origin import Origin, record_of
from ipymlops.pipelines.results import Export, Lock, Slice
from ipymlops.registry.signing import FILE as SIGNATURE
from ipymlops.storage.disk import disk_error, write_atomically

if TYPE_CHECKING:
    from ipymlops.capture.journal import Journal
    from ipymlops.registry.bundle import Bundle


def export(
    bundle: Bundle,
    folder: Path,
    *,
    model: str,
    version: int,
    force: bool = False,
    verify: bool = True,
    lock: bool = True,
    timeout: float = 600.0,
    progress: Callable[[str], None] | None = None,
    typed: Journal | None = None,
    signature: bytes | None = None,
) -> Export:
    """Write the pipeline of a version into ``folder``, with the verdict of its verification.

    ``typed`` is the journal of the kernel that registered it, if that still runs: it has the connection strings and
    passwords that were not stored. ``signature`` goes beside the bundle's files, where other tools look for it.

    The folder is there whole or not at all: a failure leaves what was there before. Killed in the instant between two
    renames it leaves the folder missing and the old pipeline beside it; see ``placing``. A pipeline that does not
    reproduce its model is written too, and says so; ``verify=False`` writes one that nobody has proved. The lock comes
    after the proof: it tells other machines what was proved here.
    """
    say = progress or (lambda _: None)
    try:
        placing.recover(folder)
        placing.refuse_occupied(folder, force)
        origin = Origin.of(bundle, model, version, folder)
        with placing.draft_for(folder) as draft:
            bundle.extract(draft / BUNDLE)
            if signature is not None:
                write_atomically(draft / BUNDLE / SIGNATURE, signature)
            ladder = Ladder(origin, draft, timeout, say, typed)
            outcome = ladder.climb() if verify else ladder.first_unproved()
            result = _finish(origin, outcome, draft, folder)
            if lock:
                result = _locked(result, locked(outcome.written.requirements, draft, say))
            placing.refuse_occupied(folder, force)  # somebody else may have been faster
            placing.put_in_place(draft, folder)
            return result
    except OSError as error:
        raise disk_error(error, folder) from error


def _finish(origin: Origin, outcome: Outcome, draft: Path, folder: Path) -> Export:
    """The last script, with its proof in its docstring, and the proof beside it."""
    slice_, journal = outcome.slice, origin.journal
    seen = inputs_seen(outcome.tried.opened, slice_, outcome.inputs, journal.folder)
    known = (replace(i, files=outcome.tried.files.get(i.name, {})) for i in addresses.hashed(outcome.inputs))
    inputs = (*known, *seen)
    local_modules.remove(draft, keep=(*outcome.written.copied, *outcome.written.own))
    about, notes = (origin.model, origin.version, origin.notebook), slice_.left_out
    source = with_verification(
        outcome.written.source, docstring(*about, None, notes), docstring(*about, outcome.verification, notes)
    )
    sha256 = hashlib.sha256(source.encode()).hexdigest()
    verification = replace(outcome.verification, script_sha256=sha256)
    write_atomically(draft / SCRIPT, source.encode())
    tuned = outcome.tried.tuned if verification.reproduced else {}
    write_atomically(draft / RECORD, record_of(origin, slice_, inputs, tuned, seen=tuple(i.name for i in seen)))
    proof.write(draft, verification)
    return Export(
        model=origin.model,
        version=origin.version,
        folder=folder,
        script=folder / SCRIPT,
        inputs=inputs,
        kept=len(slice_.kept),
        total=slice_.total,
        cells_kept=len({k.statement.execution for k in slice_.kept}),
        cells_total=len(journal),
        verification=verification,
        source=source,
        notes=_notes(outcome, origin),
    )


def _notes(outcome: Outcome, origin: Origin) -> tuple[str, ...]:
    """What a reader of the script should know, in the order in which it is told."""
    slice_ = outcome.slice
    return (
        *slice_.left_out,
        *uncertain_reads(slice_),
        *(() if outcome.tried.digest else reads_unseen(slice_)),
        *(f"{name} was copied from the notebook's folder" for name in outcome.written.copied),
        *_unseeded(slice_),
        *leaks(origin.journal, origin.targets[0]),
        *outcome.written.notes,
        *outcome.verification.notes,
    )


def _locked(result: Export, lock: Lock) -> Export:
    return replace(result, lock=lock, notes=(*result.notes, *((lock.problem,) if lock.problem else ())))


def _unseeded(slice_: Slice) -> tuple[str, ...]:
    made = {k.statement.execution for k in slice_.kept if k.statement.index in slice_.generators}
    cells = [f"In [{e}]" for e in sorted({*slice_.unseeded, *made})]
    if not cells:
        return ()
    draw = "draws" if len(cells) == 1 else "draw"
    words = "random numbers without a seed: the proof replays the notebook's state, later runs a seed"
    return (f"{', '.join(cells)} {draw} {words}",)
