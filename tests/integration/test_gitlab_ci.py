"""The jobs of .gitlab-ci.yml, run by gitlab-ci-local in a clean clone, against the lab and a small GitLab."""

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


@dataclass
class Project:
    """A clone of this repository whose declarations are the test's own."""

    folder: Path
    lab: Lab
    gitlab: GitLabServer
    repository: Repository

    def git(self, *arguments: str) -> str:
        who = ("-c", "user.name=Helpdesk", "-c", "user.email=helpdesk@ugent.be")
        return subprocess.run(["git", *who, *arguments], cwd=self.folder, capture_output=True, text=True, check=True).stdout.strip()

    def commit(self, message: str) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def pipeline(self, source: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the jobs of a pipeline of this kind."""
        given = {
            "CI_PIPELINE_SOURCE": source, "CI_SERVER_URL": self.gitlab.url, "CI_MERGE_REQUEST_IID": "7",
            "ANSIBLE_INVENTORY": "inventories/lab", "POSTROOM_GITLAB_TOKEN": TOKEN, "POSTROOM_LAB_DIR": str(self.lab.directory),
            "POSTROOM_LAB_PORT_BASE": os.environ.get("POSTROOM_LAB_PORT_BASE", ""), **variables,
        }  # fmt: skip
        command = [str(GITLAB_CI_LOCAL), "--force-shell-executor", "--shell-isolation", "--no-artifacts-to-source", "--color=false"]
        command += [f"--variable={name}={value}" for name, value in given.items()]
        command += [f"--ignore-predefined-vars={','.join(given)}"]
        environment = {**os.environ, "PATH": f"{ROOT}/.venv/bin:{os.environ['PATH']}"}  # where its node is
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=300)

    def artifact(self, job: str, path: str) -> bytes:
        return (self.folder / ".gitlab-ci-local/artifacts" / job / path).read_bytes()


@pytest.fixture
def project(repository: Repository, lab: Lab) -> Iterator[Project]:
    folder = repository.folder / "clone"
    subprocess.run(["git", "clone", "-q", ROOT, folder], check=True)
    (folder / ".venv").symlink_to(ROOT / ".venv")  # as the cache of a runner has it
    with (folder / ".git/info/exclude").open("a") as exclude:
        exclude.write("/.venv\n/.gitlab-ci-local/\n")
    with gitlab_server() as gitlab:
        project = Project(folder, lab, gitlab, repository)
        project.git("checkout", "-q", "-B", "main")
        project.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
        project.git("rm", "-q", "-r", "mailboxes")
        (folder / "mailboxes").mkdir(exist_ok=True)
        (repository.folder / "mailboxes").symlink_to(folder / "mailboxes")
        yield project


def test_a_merge_request_is_planned_merged_and_applied_as_approved(project: Project, lab: Lab) -> None:
    name = project.repository.declare(project.repository.name())
    project.gitlab.head = project.commit("Add a mailbox")
    run = project.pipeline("merge_request_event")
    assert run.returncode == 0, run.stdout + run.stderr
    assert not lab.exists(f"user/{name}")
    (note,) = project.gitlab.notes
    assert f"### + {name}: create on Cyrus" in note["body"]
    assert json.loads(project.artifact("plan", "reports/plan.json"))["summary"]["create"] == 1

    (project.folder / "README.md").write_text("merged")
    merged = project.commit("Merge")
    project.gitlab.merge_requests[merged] = {"iid": 7, "state": "merged", "sha": project.gitlab.head, "merge_commit_sha": merged}
    project.gitlab.artifacts["reports/plan.json"] = project.artifact("plan", "reports/plan.json")
    run = project.pipeline("push")
    assert run.returncode == 0, run.stdout + run.stderr
    assert lab.lets_in(name, "bpeeters")
    assert merged in project.artifact("apply", "reports/journal.jsonl").decode()


def test_a_merge_that_nobody_approved_changes_nothing(project: Project, lab: Lab) -> None:
    name = project.repository.declare(project.repository.name())
    project.commit("Push past the merge request")
    run = project.pipeline("push")
    assert run.returncode != 0
    assert "so nobody approved a plan" in " ".join(run.stdout.split())
    assert not lab.exists(f"user/{name}")


def test_a_merge_request_that_breaks_a_rule_is_told_where(project: Project) -> None:
    name = project.repository.declare(project.repository.name(), members=["ajanssens"] * 2)
    project.commit("Add a mailbox")
    run = project.pipeline("merge_request_event")
    assert run.returncode != 0
    (issue,) = json.loads(project.artifact("validate", "reports/gl-code-quality-report.json"))
    assert (issue["check_name"], issue["location"]["path"]) == ("members-duplicate", f"mailboxes/{name}.yml")
    assert b"members-duplicate" in project.artifact("validate", "reports/junit.xml")
    assert project.gitlab.notes == []


def test_a_schedule_audits(project: Project) -> None:
    name = project.repository.declare(project.repository.name())
    project.commit("Add a mailbox that is not made")
    run = project.pipeline("schedule")
    assert run.returncode != 0
    assert name in project.artifact("audit", "reports/audit.md").decode()
    assert project.artifact("pages", "public/index.html") == project.artifact("audit", "reports/audit.html")
