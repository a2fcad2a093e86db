"""GitLab, by python-gitlab: the plan as a note on a merge request, and the plan that was approved with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import gitlab
import gitlab.exceptions
import requests

from .failure import BackendUnavailableError

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class GitLabProject:
    """A project: ``project`` is its number or its path. ``token`` needs the scope ``api`` and the role Reporter to write notes, and
    ``read_api`` to read plans."""

    url: str
    project: str
    token: str = field(repr=False)
    ca_file: str | None = None
    timeout: float = 60


class GitLab:
    """The project's API (https://docs.gitlab.com/api/). Each method raises BackendUnavailableError with GitLab's own words."""

    def __init__(self, server: GitLabProject) -> None:
        if not server.token:
            raise BackendUnavailableError(server.url, "there is no token; set POSTROOM_GITLAB_TOKEN")
        if not _is_private(server.url):
            raise BackendUnavailableError(server.url, "the token is sent over https only; CI_SERVER_URL has to begin with https://")
        self.server = server
        api = gitlab.Gitlab(server.url, private_token=server.token, ssl_verify=server.ca_file or True, timeout=server.timeout)
        self._project = api.projects.get(server.project, lazy=True)

    def put_note(self, merge_request: int, body: str, mark: str) -> bool:
        """Write the note that carries the mark, or write it anew where it says something else; false when it says so already.

        The mark is an HTML comment, which readers do not see. Notes of others that carry it are left alone.
        """
        with self._told(f"cannot write a note on !{merge_request}"):
            notes = self._project.mergerequests.get(merge_request, lazy=True).notes
            text = f"{mark}\n{body}".strip()
            for note in notes.list(iterator=True, order_by="created_at", sort="asc"):
                if str(note.body).startswith(mark) and not note.system:
                    if str(note.body).strip() == text:
                        return False
                    note.body = text
                    note.save()
                    return True
            notes.create({"body": text})
            return True

    def approved_plan(self, commit: str, job: str, path: str) -> tuple[int, bytes]:
        """The number of the merge request that brought the commit, and the file that its job made for its last commit."""
        with self._told(f"cannot find the plan that was approved for {commit}"):
            request = self._merge_request(commit)
            iid = int(request["iid"])
            pipelines = self._project.mergerequests.get(iid, lazy=True).pipelines.list(iterator=True)
            for pipeline in pipelines:
                if pipeline.sha == request["sha"]:
                    for found in self._project.pipelines.get(pipeline.id, lazy=True).jobs.list(iterator=True, scope="success"):
                        if found.name == job:
                            content = self._project.jobs.get(found.id, lazy=True).artifact(path)
                            return iid, bytes(content)
            raise BackendUnavailableError(
                self.server.url, f"!{iid} has no successful job {job!r} for its last commit {request['sha']}, so there is no approved plan"
            )

    def _merge_request(self, commit: str) -> dict[str, Any]:
        requests_of: Callable[[], Any] = self._project.commits.get(commit, lazy=True).merge_requests
        for request in requests_of():
            brought = (request.get("merge_commit_sha"), request.get("squash_commit_sha"), request.get("sha"))
            if request.get("state") == "merged" and commit in brought:
                return dict(request)
        raise BackendUnavailableError(
            self.server.url,
            f"no merge request brought {commit}, so nobody approved a plan; apply it by hand, or bring it by a merge request",
        )

    @contextmanager
    def _told(self, what: str) -> Iterator[None]:
        try:
            yield
        except gitlab.exceptions.GitlabError as error:
            raise BackendUnavailableError(self.server.url, f"{what}: {error.error_message or error.response_code}") from error
        except requests.RequestException as error:
            raise BackendUnavailableError(self.server.url, f"{what}: {type(error).__name__}: {_reason(error)}") from error


def _is_private(url: str) -> bool:
    """Whether what is sent there can be read by nobody on the way: by TLS, or on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _reason(error: Exception) -> str:
    """The innermost reason, without the objects that urllib3 puts around it."""
    cause: BaseException = error
    while cause.__context__ or cause.__cause__:
        cause = cause.__cause__ or cause.__context__ or cause
    return str(cause)
