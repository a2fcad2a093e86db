"""The plan as a note, and the approved plan, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError
from ansible.module_utils.postroom.backends.gitlab import ApprovedPlan, GitLab, GitLabProject, mark_of, state
from ansible.module_utils.postroom.core.run.provenance import Provenance, sealed

from .gitlab_server import ROBOT, TOKEN, GitLabServer, gitlab_server

MARK = mark_of("plan")
KEY = "k" * 64
PLAN = b"{}"
HEAD, TARGET = "0123abc", "f00d"
MADE = Provenance("1217", 7, HEAD, "main", TARGET, 6, "2026-11-27T10:00:00+00:00")


@pytest.fixture
def server() -> Iterator[GitLabServer]:
    with gitlab_server() as server:
        server.merge_requests["c0ffee"] = merged(merge_commit_sha="c0ffee")
        server.artifacts = {
            "reports/requests/7/plan.json": PLAN,
            "reports/requests/7/provenance.json": sealed(MADE, PLAN, KEY).encode(),
        }
        server.notes.append(note(f"{MARK}\n{state(HEAD, TARGET, 6)}\n## Plan"))
        yield server


def merged(**changes: object) -> dict[str, object]:
    request = {
        "iid": 7,
        "state": "merged",
        "sha": HEAD,
        "target_branch": "main",
        "target_project_id": 1217,
        "merged_at": "2026-11-27T12:00:00Z",
    }
    return {**request, **changes}


def note(body: str, author: int = ROBOT) -> dict[str, object]:
    return {"id": 0, "body": body, "system": False, "author": {"id": author}}


@pytest.fixture
def project(server: GitLabServer) -> GitLab:
    return GitLab(GitLabProject(server.url, "1217", TOKEN))


def test_one_note_that_is_kept_up(server: GitLabServer, project: GitLab) -> None:
    other = note(f"{MARK}\nof somebody else", 5)
    server.notes = [note("Looks good", 5), other]
    assert [project.put_note(7, body, MARK) for body in ("## Plan: 1", "## Plan: 1\n", "## Plan: 2")] == [True, False, True]
    assert [found["body"] for found in server.notes] == ["Looks good", other["body"], f"{MARK}\n## Plan: 2"]


@pytest.mark.parametrize(
    ("body", "author", "waits"),
    [
        ("## Plan", ROBOT, True),
        (f"{MARK}\n{state(HEAD, TARGET, 6)}\n", ROBOT, False),
        (f"{MARK}\n{state(HEAD, TARGET, 0)}\n", ROBOT, False),
        (f"{MARK}\n{state(HEAD, 'bad', 6)}\n", ROBOT, True),
        (f"{MARK}\n{state('bad', TARGET, 6)}\n", ROBOT, True),
        (f"{MARK}\n{state(HEAD, TARGET, 6)}\n", 5, True),
    ],
)
def test_a_merge_request_waits_until_its_last_commit_is_planned(
    server: GitLabServer, project: GitLab, body: str, author: int, waits: bool
) -> None:
    server.opened, server.notes = [{"iid": 7, "sha": HEAD}], [note(body, author)]
    assert project.to_plan("main", TARGET, MARK) == ([7] if waits else [])


@pytest.mark.parametrize("how", ["merge_commit_sha", "squash_commit_sha", "sha"])
def test_the_approved_plan_is_that_of_the_merge_request(server: GitLabServer, project: GitLab, how: str) -> None:
    commit = HEAD if how == "sha" else "c0ffee"
    server.merge_requests = {commit: merged(**{how: commit})}
    assert project.approved_plan(commit, "main", MARK, KEY) == ApprovedPlan(7, PLAN, ["bhelpdesk"])


def provenance(**changes: object) -> dict[str, bytes]:
    text = sealed(replace(MADE, **changes), PLAN, KEY)  # type: ignore[arg-type]
    return {"reports/requests/7/plan.json": PLAN, "reports/requests/7/provenance.json": text.encode()}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"merge_requests": {}}, "no merge request brought c0ffee"),
        ({"merge_requests": {"c0ffee": merged(state="opened", merge_commit_sha="c0ffee")}}, "no merge request brought c0ffee"),
        (
            {"merge_requests": {"c0ffee": merged(target_branch="next", merge_commit_sha="c0ffee")}},
            "c0ffee onto main",
        ),
        (
            {"merge_requests": {"c0ffee": merged(sha="1a7e4", merge_commit_sha="c0ffee")}},
            "its last commit 1a7e4",
        ),
        ({"merge_requests": {"c0ffee": merged(merged_at="2026-11-27T09:00:00Z", merge_commit_sha="c0ffee")}}, "after the merge"),
        ({"protected": False}, "the branch main is not protected"),
        ({"notes": []}, "!7 has no note with a plan"),
        ({"notes": [note(f"{MARK}\n{state(HEAD, TARGET, 6)}\n", 5)]}, "!7 has no note with a plan"),
        ({"notes": [note(f"{MARK}\n{state(HEAD, TARGET, 0)}\n")]}, "!7 has no note with a plan"),
        (
            {"job": {"id": 6, "name": "plan", "ref": "feature", "tag": False, "status": "success"}},
            "no successful job 'plan' of",
        ),
        ({"job": {"id": 6, "name": "plan", "ref": "main", "tag": True, "status": "success"}}, "no successful job"),
        ({"job": {"id": 6, "name": "other", "ref": "main", "tag": False, "status": "success"}}, "no successful job"),
        ({"job": {"id": 6, "name": "plan", "ref": "main", "tag": False, "status": "failed"}}, "no successful job"),
        ({"artifacts": {}}, "cannot find the plan that was approved for c0ffee: 404 Not found"),
        ({"artifacts": {**provenance(), "reports/requests/7/plan.json": b'{"digest": ""}'}}, "it was sealed for another plan"),
        ({"artifacts": provenance(merge_request=8)}, "made for the merge request 8"),
        ({"artifacts": provenance(project="9")}, "made for the project 9"),
    ],
)
def test_without_an_approved_plan(server: GitLabServer, project: GitLab, change: dict[str, object], message: str) -> None:
    for name, value in change.items():
        setattr(server, name, value)
    with pytest.raises(BackendUnavailableError, match=message):
        project.approved_plan("c0ffee", "main", MARK, KEY)


def test_a_plan_that_somebody_without_the_key_made_was_not_approved(project: GitLab) -> None:
    with pytest.raises(BackendUnavailableError, match="its seal was not made with POSTROOM_PLAN_KEY"):
        project.approved_plan("c0ffee", "main", MARK, "x" * 64)


@pytest.mark.parametrize(
    ("url", "token", "message"),
    [
        (None, "wrong", "cannot write a note on !7: 401 Unauthorized"),
        (None, "", "there is no token"),
        ("http://127.0.0.1:1", TOKEN, "Connection refused"),
        ("http://gitlab.ugent.be", TOKEN, "the token is sent over https only"),
        ("http://127.0.0.1.ugent.be", TOKEN, "the token is sent over https only"),
    ],
)
def test_a_gitlab_that_cannot_be_used_is_named(server: GitLabServer, url: str | None, token: str, message: str) -> None:
    with pytest.raises(BackendUnavailableError, match=message) as told:
        GitLab(GitLabProject(url or server.url, "1217", token)).put_note(7, "x", MARK)
    assert str(told.value).startswith(url or server.url)
