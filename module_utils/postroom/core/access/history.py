"""Who asked for what, who approved it, and since when: the declarations' history in git, as edits of mailboxes.

A mailbox is known by its file's name, so that moving the file to another folder is no edit. Each version is read as a declaration is, so
that a comment, the order of members or another way to write a list is none either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ...text import flow, mailbox_of
from ...wire.git import NOTHING, Commit, FileStep, LoggedCommit
from ..declarations.parse import parse

DECLARATION = "declaration"
MEMBER = "member"
CLAIMED = " (only the commit says so)"


@dataclass(frozen=True, slots=True)
class Landing:
    """How a commit came onto the branch that is checked out: when, who approved it (empty when nothing says so), and with which commit.

    Anybody can write a trailer into a commit: whom only a trailer names is shown with ``CLAIMED``.
    """

    date: str
    approved_by: str
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """One thing that a commit did to one declaration.

    ``field`` is a key of the declaration, ``member`` for one login, or ``declaration`` for the file itself; ``before`` and ``after`` are as
    in the file, None for nothing. ``requested_by`` is who asked, as the file says after the commit; before it, where that removed the file.
    """

    mailbox: str
    file: str
    field: str
    before: str | None
    after: str | None
    commit: Commit
    landing: Landing
    requested_by: str = ""

    @property
    def since(self) -> str:
        """The day from which on it held: when it came onto the branch that is applied."""
        return self.landing.date[:10]

    def __str__(self) -> str:
        if self.before is None:
            return f"{self.field} {self.after} added"
        return f"{self.field} {self.before} removed" if self.after is None else f"{self.field}: {self.before} -> {self.after}"


@dataclass(slots=True)
class History:
    """``edits`` by mailbox, oldest first. ``note`` says in words what is not known, and why; ``head`` is the commit checked out."""

    edits: Mapping[str, Sequence[Edit]] = field(default_factory=dict)
    note: str = ""
    head: str = ""

    def of_member(self, mailbox: str, login: str) -> Edit | None:
        """What made this login a member; None when that is not known, as for a line that is not committed yet."""
        for edit in reversed(self.edits.get(mailbox, ())):
            if edit.field == MEMBER and login in (edit.before, edit.after):
                return edit if edit.after == login else None
        return None

    def of_key(self, mailbox: str, key: str) -> Edit | None:
        """The last edit of a key, or the one that made the declaration when the key was never changed."""
        edits = self.edits.get(mailbox, ())
        return next((edit for edit in reversed(edits) if edit.field in (key, DECLARATION)), None)

    def between(self, since: str, until: str) -> list[Edit]:
        """What came onto the branch from the day ``since`` up to and including ``until`` (ISO 8601; empty for no limit)."""
        found = [edit for edits in self.edits.values() for edit in edits if since <= edit.since and (not until or edit.since <= until)]
        return sorted(found, key=lambda edit: (edit.landing.date, edit.mailbox))


def landings(commits: Sequence[Commit], head: str) -> dict[str, Landing]:
    """How each commit came onto the branch: by itself, or by the first merge on it that has it among its ancestors.

    A merge request's merge is approved by whom its trailers name, which is no more than a claim, else by whoever made the
    merge. ``commits`` are all, in any order.
    """
    by_id = {commit.id: commit for commit in commits}
    line = []
    one = by_id.get(head)
    while one:
        line.append(one)
        one = by_id.get(one.parents[0]) if one.parents else None
    found = {commit.id: Landing(commit.committed, _claimed(commit.reviewers), commit.id) for commit in line if len(commit.parents) < 2}
    for merge in reversed(line):
        if len(merge.parents) > 1:
            found[merge.id] = landing = Landing(merge.committed, _claimed(merge.reviewers) or merge.author, merge.id)
            waiting = list(merge.parents[1:])
            while waiting:
                commit = by_id.get(waiting.pop())
                if commit and commit.id not in found:
                    reviewers = _claimed(tuple(dict.fromkeys((*commit.reviewers, *merge.reviewers))))
                    found[commit.id] = Landing(landing.date, reviewers or landing.approved_by, merge.id)
                    waiting += commit.parents
    return found


def _claimed(reviewers: Sequence[str]) -> str:
    return f"{', '.join(reviewers)}{CLAIMED}" if reviewers else ""


def with_approvals(history: History, approvals: Mapping[str, Sequence[str]]) -> History:
    """The history with whom GitLab knows to have approved, by the commit that came onto the branch, in place of what commits say."""
    told = {commit: ", ".join(names) or "nobody, says GitLab" for commit, names in approvals.items()}
    found = {
        mailbox: [
            replace(edit, landing=replace(edit.landing, approved_by=told[edit.landing.commit])) if edit.landing.commit in told else edit
            for edit in edits
        ]
        for mailbox, edits in history.edits.items()
    }
    return History(found, history.note, history.head)


def edits(logged: Iterable[LoggedCommit], blobs: Mapping[str, bytes], landed: Mapping[str, Landing]) -> dict[str, list[Edit]]:
    """The edits of each mailbox, oldest first. ``logged`` is oldest first too; ``blobs`` has each version by its id."""
    values = {NOTHING: None, **{blob: _values(content) for blob, content in blobs.items()}}
    found: dict[str, list[Edit]] = {}
    for one in logged:
        landing = landed.get(one.commit.id) or Landing(one.commit.committed, "")
        for name, step in _by_mailbox(one.steps).items():
            if not {*step.befores, step.after} <= values.keys():
                continue  # a version that is not in this clone
            befores = [values[blob] for blob in step.befores]
            so_far = found.setdefault(name, [])
            asked = str((values[step.after] or befores[0] or {}).get("requested_by", "")).lower()
            made = _differences(befores, values[step.after], step.path)
            new = [Edit(name, step.path, *what, one.commit, landing, asked) for what in made]
            so_far += [edit for edit in new if len(befores) == 1 or not _is_known(edit, so_far)]
    return found


def _is_known(edit: Edit, so_far: Sequence[Edit]) -> bool:
    """Whether a merge only repeats what one of the branches did already: a moved file, seen from the branch where it was not."""
    for earlier in reversed(so_far):
        if earlier.field == edit.field and (edit.field != MEMBER or {edit.before, edit.after} & {earlier.before, earlier.after} - {None}):
            return earlier.after == edit.after
    return False


def _by_mailbox(steps: Iterable[FileStep]) -> dict[str, FileStep]:
    """Steps by mailbox; a file that is removed here and made there is one that was moved."""
    found: dict[str, FileStep] = {}
    for step in steps:
        if not step.path.endswith(".yml"):
            continue
        name = mailbox_of(step.path)
        other = found.get(name)
        if other and len(other.befores) == len(step.befores) == 1:
            gone, made = (other, step) if other.after == NOTHING else (step, other)
            step = FileStep(made.path, gone.befores if gone.after == NOTHING else made.befores, made.after)  # noqa: PLW2901
        found[name] = step
    return found


Values = Mapping[str, Any]


def _values(content: bytes) -> Values:
    """Keys with their values in one line, and ``members`` as a set of logins; what cannot be read is an empty declaration."""
    value = parse(content).value
    if not isinstance(value, dict):
        return {}
    members = value.get("members")
    logins = [login.lower() for login in members if isinstance(login, str)] if isinstance(members, list) else []
    return {**{key: flow(one) for key, one in value.items()}, "members": dict.fromkeys(logins)}


def _differences(befores: Sequence[Values | None], after: Values | None, path: str) -> Iterator[tuple[str, str | None, str | None]]:
    """What holds after and in none of the versions before, and the reverse."""
    existed = [before for before in befores if before is not None]
    if not existed and after is not None:
        yield DECLARATION, None, path
        if after.get("state") == "retired":
            yield "state", None, "retired"
    if len(existed) == len(befores) and after is None:
        yield DECLARATION, path, None
    members = (after or {}).get("members", {})
    yield from ((MEMBER, None, login) for login in members if not any(login in one.get("members", ()) for one in existed))
    if len(existed) == len(befores):
        gone = [login for login in existed[0].get("members", ()) if login not in members]
        yield from ((MEMBER, login, None) for login in gone if all(login in one.get("members", ()) for one in existed))
    if existed and after is not None:
        for key in sorted({*existed[0], *after} - {"members"}):
            if all(one.get(key) != after.get(key) for one in existed):
                yield key, existed[0].get(key), after.get(key)
