"""GitLab, by python-gitlab: open merge requests, the plan as a note on one, and the plan that was approved with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import gitlab
import gitlab.exceptions
import requests

from ..core.run.provenance import ProvenanceError, objection, opened
from .failure import BackendUnavailableError

STATE = re.compile(r"<!-- postroom ([0-9a-f]+) onto ([0-9a-f]+) by job ([0-9]{1,18}) -->")
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


@dataclass(frozen=True, slots=True)
class ApprovedPlan:
    """``content`` is the ``plan.json`` of the merge request with this number; ``approved_by`` are usernames."""

    merge_request: int
    content: bytes
    approved_by: list[str]


def mark_of(name: str) -> str:
    """The comment that notes of one kind begin with."""
    return f"<!-- postroom {name} -->"


def state(source: str, target: str, job: int) -> str:
    """The comment in a note that says which commits its plan is of, and which job made it; 0 where none was made."""
    return f"<!-- postroom {source} onto {target} by job {job} -->"


def state_of(note: str) -> tuple[str, str, int]:
    found = STATE.search(note.partition("\n")[2].partition("\n")[0])
    return (found[1], found[2], int(found[3])) if found else ("", "", 0)


class GitLab:
    """The project's API (https://docs.gitlab.com/api/). Each method raises BackendUnavailableError with GitLab's own words."""

    def __init__(self, server: GitLabProject) -> None:
        if not server.token:
            raise BackendUnavailableError(server.url, "there is no token; set POSTROOM_GITLAB_TOKEN")
        if not _is_private(server.url):
            raise BackendUnavailableError(server.url, "the token is sent over https only; CI_SERVER_URL has to begin with https://")
        self.server = server
        self._api = gitlab.Gitlab(server.url, private_token=server.token, ssl_verify=server.ca_file or True, timeout=server.timeout)
        self._project = self._api.projects.get(server.project, lazy=True)

    def put_note(self, merge_request: int, body: str, mark: str, state: str = "") -> bool:
        """Write the note that carries the mark, or write it anew where it says something else; false when it says so already.

        The mark is an HTML comment, which readers do not see. Notes of others that carry it are left alone. ``state`` is a second comment:
        what the note was made of.
        """
        with self._naming(f"cannot write a note on !{merge_request}"):
            text = "\n".join(filter(None, (mark, state, body))).strip()
            for note in self._own_notes(merge_request, mark):
                if str(note.body).strip() == text:
                    return False
                note.body = text
                note.save()
                return True
            self._project.mergerequests.get(merge_request, lazy=True).notes.create({"body": text})
            return True

    def _own_notes(self, merge_request: int, mark: str) -> Iterator[Any]:
        """The notes with the mark that this token's own account wrote."""
        self._api.auth()
        own = self._api.user.id if self._api.user else None
        notes = self._project.mergerequests.get(merge_request, lazy=True).notes
        for note in notes.list(iterator=True, order_by="created_at", sort="asc"):
            if str(note.body).startswith(mark) and not note.system and note.author["id"] == own:
                yield note

    def to_plan(self, branch: str, target: str, mark: str) -> list[int]:
        """The open merge requests into the branch that have no plan yet of their last commit and of the branch's commit ``target``."""
        with self._naming(f"cannot list the merge requests into {branch}"):
            found = self._project.mergerequests.list(iterator=True, state="opened", target_branch=branch, order_by="created_at", sort="asc")
            return [
                int(one.iid)
                for one in found
                if not any(state_of(note.body)[:2] == (one.sha, target) for note in self._own_notes(int(one.iid), mark))
            ]

    def approved_plan(self, commit: str, branch: str, mark: str, key: str) -> ApprovedPlan:
        """The plan that was on the merge request which brought the commit onto the branch.

        The note says which job made it; what the note says is believed only as far as GitLab's own record of that job and the seal of the
        plan agree: a job of the protected branch, for this merge request's last commit, before the merge.
        """
        with self._naming(f"cannot find the plan that was approved for {commit}"):
            request = self._merge_request(commit, branch)
            iid = int(request["iid"])
            if not self._project.branches.get(branch).protected:
                raise BackendUnavailableError(self.server.url, f"the branch {branch} is not protected, so anybody could have made the plan")
            for note in self._own_notes(iid, mark):
                source, _, number = state_of(note.body)
                if source == request["sha"] and number:
                    plan = self._made_by(number, iid, branch, request, key)
                    return ApprovedPlan(iid, plan, self._approvers(iid))
            raise BackendUnavailableError(
                self.server.url, f"!{iid} has no note with a plan of its last commit {request['sha']}, so there is no approved plan"
            )

    def _made_by(self, number: int, iid: int, branch: str, request: Mapping[str, Any], key: str) -> bytes:
        """The ``plan.json`` that this job made. Raises BackendUnavailableError when it was not made as it must be."""
        job = self._project.jobs.get(number)
        if (job.name, job.ref, bool(job.tag), job.status) != ("plan", branch, False, "success"):
            why = f"{job.name!r} of {job.ref}, which is {job.status}, is no successful job 'plan' of the branch {branch}"
        else:
            folder = f"reports/requests/{iid}"
            plan, content = (bytes(job.artifact(f"{folder}/{name}")) for name in ("plan.json", "provenance.json"))
            expected = {"project": str(request["target_project_id"]), "merge_request": iid, "source": request["sha"],
                        "target_branch": branch, "job": number}  # fmt: skip
            try:
                why = objection(opened(content, plan, key), expected, str(request["merged_at"]))
            except ProvenanceError as error:
                why = str(error)
            if not why:
                return plan
        raise BackendUnavailableError(self.server.url, f"the plan of job {number} was not approved with !{iid}: {why}")

    def _approvers(self, iid: int) -> list[str]:
        """Who approved the merge request, as GitLab knows it, and not as a commit claims."""
        found = self._project.mergerequests.get(iid, lazy=True).approvals.get()
        return [str(one["user"]["username"]) for one in found.approved_by]

    def approvals(self, commits: Iterable[str], branch: str) -> dict[str, list[str]]:
        """Who approved the merge request that brought each of these commits onto the branch; without those that none brought."""
        found = {}
        with self._naming("cannot ask who approved"):
            for commit in commits:
                with suppress(BackendUnavailableError):
                    found[commit] = self._approvers(int(self._merge_request(commit, branch)["iid"]))
        return found

    def _merge_request(self, commit: str, branch: str) -> dict[str, Any]:
        requests_of: Callable[[], Any] = self._project.commits.get(commit, lazy=True).merge_requests
        for request in requests_of():
            brought = (request.get("merge_commit_sha"), request.get("squash_commit_sha"), request.get("sha"))
            if request.get("state") == "merged" and request.get("target_branch") == branch and commit in brought:
                return dict(request)
        raise BackendUnavailableError(
            self.server.url,
            f"no merge request brought {commit} onto {branch}, so nobody approved a plan; apply it by hand, or bring it by a merge request",
        )

    @contextmanager
    def _naming(self, what: str) -> Iterator[None]:
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
