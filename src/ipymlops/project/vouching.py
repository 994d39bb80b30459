"""What a page may say of a version's signature: a signature is of hashes, so the files are held against these first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipymlops.errors import MlopsError
from ipymlops.project.signing import finding

if TYPE_CHECKING:
    from ipymlops.project.project import Project
    from ipymlops.registry.bundle import Bundle
    from ipymlops.registry.records import Version

MOST_HASHED = 64_000_000  # bytes, a tenth of a second; a page is opened often, and may read from a store far away


def vouched(project: Project, version: Version, bundle: Bundle) -> tuple[str, bool | None]:
    """What follows after the name of the version, and whether a good signature is of the very files that are there:
    None where nobody can tell, as no key is trusted here or the files are too large to be hashed for a page."""
    found = finding(project, version, bundle)
    if not found.good:
        unknown = not project.settings.signing.trusted or found.state == "not checked"
        return found.words, None if unknown else False
    if bundle.size > MOST_HASHED:
        return f"{found.words}; whether its files are still those was not looked at here: fsck does", None
    if damage := first_damage(bundle):
        return f"{found.words}, but that is of other files than are there now: {damage}", False
    return found.words, True


def first_damage(bundle: Bundle) -> str:
    """In words, the first file that is not what was registered; empty where all of them are."""
    for name in bundle.names:
        try:
            bundle.read(name)
        except MlopsError as error:
            return f"{name}: {error.found}"
    return ""
