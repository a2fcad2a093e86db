"""The plan as a note, and the approved plan, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError
from ansible.module_utils.postroom.backends.gitlab import GitLab, GitLabProject

from .gitlab_server import TOKEN, GitLabServer, gitlab_server

MARK = "<!-- postroom plan -->"


@pytest.fixture
def server() -> Iterator[GitLabServer]:
    with gitlab_server() as server:
        server.merge_requests["c0ffee"] = {"iid": 7, "state": "merged", "sha": server.head, "merge_commit_sha": "c0ffee"}
        server.artifacts["reports/plan.json"] = b"{}"
        yield server


@pytest.fixture
def project(server: GitLabServer) -> GitLab:
    return GitLab(GitLabProject(server.url, "1217", TOKEN))


def test_one_note_that_is_kept_up(server: GitLabServer, project: GitLab) -> None:
    server.notes.append({"id": 0, "body": "Looks good", "system": False})
    assert [project.put_note(7, body, MARK) for body in ("## Plan: 1", "## Plan: 1\n", "## Plan: 2")] == [True, False, True]
    assert [note["body"] for note in server.notes] == ["Looks good", f"{MARK}\n## Plan: 2"]


@pytest.mark.parametrize("how", ["merge_commit_sha", "squash_commit_sha", "sha"])
def test_the_approved_plan_is_that_of_the_merge_request(server: GitLabServer, project: GitLab, how: str) -> None:
    commit = server.head if how == "sha" else "c0ffee"
    server.merge_requests = {commit: {"iid": 7, "state": "merged", "sha": server.head, how: commit}}
    assert project.approved_plan(commit, "plan", "reports/plan.json") == (7, b"{}")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"merge_requests": {}}, "no merge request brought c0ffee"),
        ({"merge_requests": {"c0ffee": {"iid": 7, "state": "opened", "sha": "c0ffee"}}}, "no merge request brought c0ffee"),
        ({"job_status": "failed"}, "!7 has no successful job 'plan'"),
        ({"head": "later"}, "!7 has no successful job 'plan'"),
        ({"artifacts": {}}, "cannot find the plan that was approved for c0ffee: 404 Not found"),
    ],
)
def test_without_an_approved_plan(server: GitLabServer, project: GitLab, change: dict[str, object], message: str) -> None:
    for name, value in change.items():
        setattr(server, name, value)
    with pytest.raises(BackendUnavailableError, match=message):
        project.approved_plan("c0ffee", "plan", "reports/plan.json")


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
