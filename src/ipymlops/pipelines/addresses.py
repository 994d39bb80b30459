"""What lies at a URL that a pipeline reads, as a hash: whether it is still what the notebook read."""

from __future__ import annotations

import hashlib
import urllib.request
from dataclasses import replace
from urllib.error import URLError

from ipymlops.pipelines.paths import is_address
from ipymlops.pipelines.results import PipelineInput

SCHEMES = ("http://", "https://", "ftp://")
SECONDS = 60.0  # for an answer to begin


def fingerprint(address: str) -> tuple[str | None, int | None]:
    """The sha256 and size of what is there now; None where it does not answer, or not to everybody (``s3://``)."""
    if not address.startswith(SCHEMES):
        return None, None
    try:
        with urllib.request.urlopen(address, timeout=SECONDS) as answer:
            digest, size = hashlib.sha256(), 0
            while part := answer.read(1 << 20):
                digest.update(part)
                size += len(part)
    except (URLError, OSError, ValueError):
        return None, None
    return digest.hexdigest(), size


def hashed(inputs: tuple[PipelineInput, ...]) -> tuple[PipelineInput, ...]:
    """The inputs with the hashes of what lies at their addresses. Nothing is asked while a model is registered: only
    when its pipeline was run, which reads the same addresses."""
    return tuple(_hashed(i) if is_address(i.default) and not i.sha256 else i for i in inputs)


def _hashed(one: PipelineInput) -> PipelineInput:
    sha256, size = fingerprint(one.default)
    return replace(one, sha256=sha256, size=size)
