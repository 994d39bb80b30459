"""The model line as a run finds it: its champion, what it was trained on, and what it is held to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ipymlops.errors import UnknownName
from ipymlops.registry.records import CHAMPION, Version

if TYPE_CHECKING:
    from ipymlops.project import Project
    from ipymlops.registry.bundle import Bundle
    from ipymlops.retraining.pipeline import Pipeline

Used = dict[str, Any]  # one input as this run read it: name, path, default, sha256, size, changed


@dataclass(frozen=True, slots=True)
class Line:
    """The model line as it stands before the run."""

    project: Project
    versions: tuple[Version, ...]
    champion: Version | None
    seen: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)  # version -> inputs its proof found

    @classmethod
    def of(cls, project: Project, model: str) -> Line:
        """Read it; a line without versions is one that begins."""
        try:
            versions = project.registry.versions(model)
        except UnknownName:
            return cls(project, (), None)
        number = project.registry.aliases(model).get(CHAMPION)
        return cls(project, versions, next((v for v in versions if v.number == number), None))

    @property
    def newest(self) -> Version | None:
        """The version with the highest number."""
        return max(self.versions, key=lambda v: v.number, default=None)

    def risk(self, exported: Bundle) -> str:
        """The tier it is held to; a line that begins takes that of the exported version."""
        newest = self.champion or self.newest
        return str(newest.facts["risk"] if newest else exported.manifest.get("risk", "low"))

    def trained_on(self, used: list[Used]) -> Version | None:
        """The champion or the newest version, if it was trained on these very files."""
        now = {u["name"]: u["sha256"] for u in used}
        for version in (self.champion, self.newest):
            if version is not None and None not in now.values() and now == self.hashes(version):
                return version
        return None

    def hashes(self, version: Version | None) -> dict[str, str | None]:
        """Input name -> sha256, as recorded when the version was trained."""
        if version is None:
            return {}
        bundle = self.project.bundle(version)
        record = bundle.json("targets.json") if "targets.json" in bundle else {}
        recorded = {i["name"]: i["sha256"] for i in record.get("inputs", ())}
        return recorded | dict(self.seen.get(version.ref, {}))

    def with_seen(self, pipeline: Pipeline) -> Line:
        """With the inputs that only the proof of this pipeline found, as those of the version that it reproduced."""
        parent = self.parent(pipeline)
        return self if parent is None or not pipeline.seen else replace(self, seen={parent: pipeline.seen})

    def parent(self, pipeline: Pipeline) -> str | None:
        """The version whose pipeline this is, if it is one of this project: elsewhere the number is another model."""
        sealed = hashlib.sha256((pipeline.place / "bundle.json").read_bytes()).hexdigest()
        return next((v.ref for v in self.versions if v.number == pipeline.version and v.manifest == sealed), None)
