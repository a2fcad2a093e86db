"""Where a plan comes from, sealed with a key that only jobs of protected branches have (HMAC, RFC 2104, with SHA-256).

The digest inside a plan shows that it is whole; anybody can make one. The seal shows that a protected job made this very plan, for this
merge request, onto this branch, and when.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

KEY_MINIMUM = 32
"""Characters of the key: ``openssl rand -hex 32`` makes 64."""


class ProvenanceError(ValueError):
    """What was given as a sealed plan is none; the text says why."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """``project`` is GitLab's number, ``source`` the last commit of the merge request and ``target`` the one of the target branch that the
    plan was made on, ``job`` the job's number; ``made`` is ISO 8601 with its zone."""

    project: str
    merge_request: int
    source: str
    target_branch: str
    target: str
    job: int
    made: str


def sealed(provenance: Provenance, plan: bytes, key: str) -> str:
    """``provenance.json`` of this ``plan.json``. Raises ProvenanceError for a key that is too short."""
    document = {"format": 1, **asdict(provenance), "plan_sha256": hashlib.sha256(plan).hexdigest()}
    return json.dumps({**document, "seal": _seal(document, key)}, indent=2) + "\n"


def opened(content: bytes, plan: bytes, key: str) -> Provenance:
    """The provenance of this ``plan.json``. Raises ProvenanceError when it was not sealed with this key, or for another plan."""
    try:
        document = json.loads(content)
        seal = str(document.pop("seal"))
        if not hmac.compare_digest(seal.encode(), _seal(document, key).encode()):
            raise ProvenanceError("its seal was not made with POSTROOM_PLAN_KEY: no protected job made it, or it was altered")
        if document.pop("format") != 1 or document.pop("plan_sha256") != hashlib.sha256(plan).hexdigest():
            raise ProvenanceError("it was sealed for another plan")
        return Provenance(**document)
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ProvenanceError("it is not a provenance.json of Postroom's") from error


def objection(found: Provenance, expected: Mapping[str, Any], merged: str) -> str:
    """Why a plan of this provenance was not approved with a merge request that was merged at ``merged`` (ISO 8601); empty when it was.
    ``expected`` has the fields that must be as they are there."""
    for name, value in expected.items():
        if getattr(found, name) != value:
            return f"it was made for the {name.replace('_', ' ')} {getattr(found, name)}, and not for {value}"
    try:
        if datetime.fromisoformat(found.made) < datetime.fromisoformat(merged):
            return ""
    except (TypeError, ValueError):
        return "it does not say when it was made"
    return f"it was made at {found.made}, after the merge at {merged}, so nobody approved it"


def _seal(document: Mapping[str, Any], key: str) -> str:
    if len(key) < KEY_MINIMUM:
        raise ProvenanceError(f"POSTROOM_PLAN_KEY has to be at least {KEY_MINIMUM} characters long; make one with: openssl rand -hex 32")
    return hmac.new(key.encode(), json.dumps(document, sort_keys=True).encode(), hashlib.sha256).hexdigest()
