"""How to reach a GitLab project: the arguments that its modules share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..backends.gitlab import GitLabProject
from .spec import Spec


def gitlab_spec() -> Spec:
    return {
        "url": {"type": "str", "required": True},
        "project": {"type": "str", "required": True},
        "token": {"type": "str", "required": True, "no_log": True},
        "ca_file": {"type": "path"},
        "timeout": {"type": "int", "default": 60},
    }


def gitlab_project(params: Mapping[str, Any]) -> GitLabProject:
    return GitLabProject(params["url"], params["project"], params["token"], params["ca_file"], params["timeout"])
