"""The jobs of both CI files, run by gitlab-ci-local in clean clones, against the lab and a small GitLab."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from .conftest import ROOT, Lab, Repository
from .gitlab_server import TOKEN, GitLabServer, gitlab_server

GITLAB_CI_LOCAL = ROOT / ".venv/lib/gitlab-ci-local/node_modules/.bin/gitlab-ci-local"
SECRETS = {"POSTROOM_GITLAB_TOKEN": TOKEN, "POSTROOM_PLAN_KEY": "k" * 64}
"""What GitLab gives to jobs of protected branches only."""


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=Helpdesk", "-c", "user.email=helpdesk@ugent.be")
    return subprocess.run(["git", *who, *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


@dataclass
class Project:
    """GitLab's repository of declarations, ``server``, and the clone of it that a runner makes, ``folder``. ``ci_file`` says what runs."""

    folder: Path
    server: Path
    engine: Path
    ci_file: str
    lab: Lab
    gitlab: GitLabServer
    repository: Repository

    def commit(self, message: str) -> str:
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-q", "-m", message)
        return git(self.folder, "rev-parse", "HEAD")

    def request(self, message: str) -> str:
        """The merge request 7 of what is in the clone now; main is checked out afterwards, as GitLab does for the protected branch."""
        git(self.folder, "checkout", "-q", "-B", "feature")
        head = self.commit(message)
        git(self.folder, "push", "-q", "--force", "origin", "feature:refs/merge-requests/7/head")
        git(self.folder, "checkout", "-q", "main")
        self.gitlab.opened, self.gitlab.head = [{"iid": 7, "sha": head}], head
        return head

    def merge(self) -> str:
        """Merge it, and keep what the job made, as GitLab does."""
        for name in ("plan.json", "provenance.json"):
            self.gitlab.artifacts[f"reports/requests/7/{name}"] = self.artifact("plan", f"reports/requests/7/{name}")
        git(self.folder, "merge", "-q", "--no-ff", "-m", "Merge", "feature")
        merged = git(self.folder, "rev-parse", "HEAD")
        self.gitlab.merge_requests[merged] = {
            "iid": 7, "state": "merged", "sha": self.gitlab.head, "merge_commit_sha": merged, "target_branch": "main",
            "target_project_id": 1217, "merged_at": "2999-01-01T00:00:00Z",
        }  # fmt: skip
        return merged

    def pipeline(self, source: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the jobs of a pipeline of this kind, with the variables that GitLab would give to them."""
        given = {
            "CI_PIPELINE_SOURCE": source, "CI_SERVER_URL": self.gitlab.url, "CI_PROJECT_ID": "1217", "CI_JOB_ID": "6",
            "ANSIBLE_INVENTORY": "inventories/lab", "POSTROOM_VENV": str(ROOT / ".venv"), "POSTROOM_LAB_DIR": str(self.lab.directory),
            "POSTROOM_LAB_PORT_BASE": os.environ.get("POSTROOM_LAB_PORT_BASE", ""), "CI_COMMIT_REF_PROTECTED": "true",
            "POSTROOM_ENGINE_URL": str(self.engine), "POSTROOM_ENGINE_REF": "main", **SECRETS,
        }  # fmt: skip
        if source == "merge_request_event":
            given = {name: value for name, value in given.items() if name not in SECRETS} | {"CI_COMMIT_REF_PROTECTED": "false"}
            given |= {"CI_MERGE_REQUEST_IID": "7", "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(self.folder, "rev-parse", "main")}
        given |= variables
        command = [str(GITLAB_CI_LOCAL), "--force-shell-executor", "--shell-isolation", "--no-artifacts-to-source", "--color=false"]
        command += [f"--file={self.ci_file}", *(f"--variable={name}={value}" for name, value in given.items())]
        command += [f"--ignore-predefined-vars={','.join(given)}"]
        environment = {**os.environ, "PATH": f"{ROOT}/.venv/bin:{os.environ['PATH']}"}  # where its node is
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=300)

    def plan(self) -> subprocess.CompletedProcess[str]:
        return self.pipeline("schedule", POSTROOM_JOB="plan")

    def artifact(self, job: str, path: str) -> bytes:
        return (self.folder / ".gitlab-ci-local/artifacts" / job / path).read_bytes()


def one_repository(folder: Path) -> tuple[Path, str]:
    """Engine and declarations in one, with the declarations of the test."""
    git(folder, "clone", "-q", str(ROOT), "clone")
    git(folder / "clone", "checkout", "-q", "-B", "main")
    git(folder / "clone", "rm", "-q", "-r", "mailboxes")
    return folder / "clone", ".gitlab-ci.yml"


def two_repositories(folder: Path) -> tuple[Path, str]:
    """Declarations alone; the CI file is the engine's, as a project's setting names it."""
    git(folder, "init", "-q", "-b", "main", "clone")
    return folder / "clone", "../engine/.gitlab/declarations.gitlab-ci.yml"


@pytest.fixture(params=[one_repository, two_repositories])
def project(request: pytest.FixtureRequest, repository: Repository, lab: Lab) -> Iterator[Project]:
    folder, server, engine = (repository.folder / name for name in ("clone", "server.git", "engine"))
    git(repository.folder, "clone", "-q", str(ROOT), "engine")
    git(engine, "checkout", "-q", "-B", "main")
    _, ci_file = request.param(repository.folder)
    git(repository.folder, "init", "-q", "--bare", "server.git")
    with (folder / ".git/info/exclude").open("a") as exclude:
        exclude.write("/.gitlab-ci-local/\n")
    (folder / "mailboxes").mkdir(exist_ok=True)
    (folder / "mailboxes/README").write_text("One file for each mailbox.\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "Begin")
    git(folder, "remote", *(["set-url"] if ci_file == ".gitlab-ci.yml" else ["add"]), "origin", str(server))
    git(folder, "push", "-q", "origin", "main")
    git(folder, "fetch", "-q", "origin")
    git(folder, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
    with gitlab_server() as gitlab:
        (repository.folder / "mailboxes").symlink_to(folder / "mailboxes")
        yield Project(folder, server, engine, ci_file, lab, gitlab, repository)


def test_a_merge_request_is_planned_merged_and_applied_as_approved(project: Project, lab: Lab) -> None:
    name = project.repository.declare(project.repository.name())
    head = project.request("Add a mailbox")
    run = project.plan()
    assert run.returncode == 0, run.stdout + run.stderr
    assert not lab.exists(f"user/{name}")
    (note,) = project.gitlab.notes
    assert f"### + {name}: create on Cyrus" in note["body"]
    assert f"{head} onto {git(project.folder, 'rev-parse', 'main')} by job 6" in note["body"]
    assert json.loads(project.artifact("plan", "reports/requests/7/plan.json"))["summary"]["create"] == 1

    merged = project.merge()
    run = project.pipeline("push")
    assert run.returncode == 0, run.stdout + run.stderr
    assert lab.lets_in(name, "bpeeters")
    assert "approved in GitLab by: bhelpdesk" in run.stdout
    assert merged in project.artifact("apply", "reports/journal.jsonl").decode()


def test_a_merge_request_is_planned_by_the_protected_branchs_code(project: Project, lab: Lab) -> None:
    """What a branch brings beside declarations is not run where secrets are, and is not there."""
    project.repository.declare(project.repository.name())
    told = project.repository.folder / "told"
    for path in (".ci/job", ".ci/install", "playbooks/plan.yml", "ansible.cfg", ".gitlab-ci.yml", "library/plan_report.py"):
        (project.folder / path).parent.mkdir(exist_ok=True)
        (project.folder / path).write_text(f"#!/bin/sh\nenv > {told}\n")
        (project.folder / path).chmod(0o755)
    project.request("Add a mailbox and a way in")
    run = project.plan()
    assert run.returncode == 0, run.stdout + run.stderr
    assert not told.exists()
    assert "create on Cyrus" in project.gitlab.notes[0]["body"]


def test_a_link_in_a_merge_request_is_told_and_gives_no_plan_to_approve(project: Project) -> None:
    (project.folder / "mailboxes/x.yml").symlink_to("/etc/passwd")
    project.request("Add a link")
    run = project.plan()
    assert "mailboxes/x.yml is a symbolic link or a submodule" in " ".join(run.stdout.split())
    (note,) = project.gitlab.notes
    assert "No plan could be made" in note["body"]
    assert "by job 0" in note["body"]


def test_a_merge_that_nobody_approved_changes_nothing(project: Project, lab: Lab) -> None:
    name = project.repository.declare(project.repository.name())
    project.commit("Push past the merge request")
    run = project.pipeline("push")
    assert run.returncode != 0
    assert "so nobody approved a plan" in " ".join(run.stdout.split())
    assert not lab.exists(f"user/{name}")


def test_a_branch_that_is_not_protected_neither_plans_nor_applies(project: Project) -> None:
    for source in ("push", "schedule", "web"):
        run = project.pipeline(source, POSTROOM_JOB="plan", CI_COMMIT_REF_PROTECTED="false")
        assert not (project.folder / ".gitlab-ci-local/artifacts").exists(), run.stdout


def test_a_merge_request_that_breaks_a_rule_is_told_where_without_a_secret(project: Project) -> None:
    name = project.repository.declare(project.repository.name(), members=["ajanssens"] * 2)
    project.request("Add a mailbox")
    git(project.folder, "checkout", "-q", "feature")
    run = project.pipeline("merge_request_event")
    assert run.returncode != 0
    found = json.loads(project.artifact("validate", "reports/gl-code-quality-report.json"))
    (issue,) = (one for one in found if one["check_name"] != "likely-abbreviation")  # the test's names are no words
    assert (issue["check_name"], issue["location"]["path"]) == ("members-duplicate", f"mailboxes/{name}.yml")
    assert b"members-duplicate" in project.artifact("validate", "reports/junit.xml")
    assert project.gitlab.notes == []
    assert not (project.folder / ".gitlab-ci-local/artifacts/plan").exists()


def test_a_schedule_audits(project: Project) -> None:
    name = project.repository.declare(project.repository.name())
    project.commit("Add a mailbox that is not made")
    run = project.pipeline("schedule")
    assert run.returncode != 0
    assert name in project.artifact("audit", "reports/audit.md").decode()
    assert project.artifact("pages", "public/index.html") == project.artifact("audit", "reports/audit.html")
