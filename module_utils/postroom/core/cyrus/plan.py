"""What a shared mailbox must be on Cyrus IMAP, and what is missing from that."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from ...wire import imap
from ...wire.imap import Command
from ..model import Mailbox
from ..plan import ADVICE_TO_ADOPT, MARK, Action, Change, Detail, Refusal, Subject, SystemPlan, effect_of, lives_elsewhere

KIB_PER_GB = 1024 * 1024
MARK_ENTRY = "/private/comment"
"""The annotation (RFC 5464) that holds the mark of ownership. It is private to the administrator's account, because members who
log in with the shared address could change or remove the shared one."""
SPECIAL_USE_ENTRY = "/private/specialuse"
SPECIAL_IDENTIFIERS = frozenset({"anyone", "anonymous"})
"""ACL identifiers that stand for everybody (RFC 4314, section 3)."""
INBOX = ""
MEMBER_RIGHTS = "lrswipkte"
"""Without ``x``: Cyrus asks for it on a folder that is renamed, and for nothing where the new name is in the member's own mailbox."""
OWNER_RIGHTS = "lrswipkxte"
FOLDERS = {"Archive": "\\Archive", "Drafts": "\\Drafts", "Junk": "\\Junk", "Sent": "\\Sent", "Trash": "\\Trash"}


@dataclass(frozen=True, slots=True)
class CyrusPolicy:
    """How mailboxes are set up on this server, the same for all.

    ``folders`` are those that every mailbox has, with their special use (RFC 6154): where another folder has that use, it serves.
    ``member_rights`` are the rights (RFC 4314) of each member's own login, ``owner_rights`` those of the shared one, who owns the mailbox.
    ``administrators`` are identifiers whose entries are left as they are.
    """

    mark: str = "postroom"
    member_rights: str = MEMBER_RIGHTS
    folders: Mapping[str, str] = field(default_factory=lambda: FOLDERS)
    administrators: frozenset[str] = frozenset({"cyrus"})
    implicit_owner_rights: str = "lkxan"
    """What the server adds to the owner's rights, whatever is set (``implicit_owner_rights`` in its ``imapd.conf``). Its own word counts
    more: see ``told``."""
    owner_rights: str = OWNER_RIGHTS

    def told(self, implicit_owner_rights: str | None) -> CyrusPolicy:
        """The same with the implicit rights that the server itself told, if it did."""
        return self if implicit_owner_rights is None else replace(self, implicit_owner_rights=effective(implicit_owner_rights))

    def rights_of(self, identifier: str, owner: str) -> str:
        """What is to be given to somebody who has access."""
        return self.owner_rights if identifier == owner else self.member_rights


@dataclass(slots=True)
class CyrusFolder:
    """``acl`` is rights by identifier; ``special_use`` is what the mailbox's owner sees: several uses are parted by blanks."""

    acl: dict[str, str] = field(default_factory=dict)
    special_use: str | None = None

    @property
    def uses(self) -> frozenset[str]:
        return frozenset((self.special_use or "").split())


@dataclass(slots=True)
class CyrusMailbox:
    """What a server holds under ``user/<name>``: ``folders`` by their path below it, the mailbox itself as ``""``.

    ``unfinished`` says that a run of ours was killed while it made this mailbox. ``special_use_known`` is false when the folders
    were read in a way that does not show their special use. ``used_kib`` and ``last_update`` (when INBOX last changed, ISO 8601) are None
    where nobody asked.
    """

    folders: dict[str, CyrusFolder] = field(default_factory=dict)
    quota_kib: int | None = None
    mark: str | None = None
    unfinished: bool = False
    special_use_known: bool = True
    used_kib: int | None = None
    last_update: str | None = None


@dataclass(slots=True)
class CyrusObservation:
    """``mailboxes`` by name; ``journal`` names those that a run of ours was making, separated by spaces. ``unread`` says of folders that
    were listed why the server did not tell their ACL, by their full name. ``implicit_owner_rights`` are what the server says that it
    adds to every owner's rights, None where it did not."""

    mailboxes: dict[str, CyrusMailbox]
    journal: str = ""
    unread: dict[str, str] = field(default_factory=dict)
    implicit_owner_rights: str | None = None

    def __post_init__(self) -> None:
        for name in self.journal.split():
            if name in self.mailboxes and self.mailboxes[name].mark is None:
                self.mailboxes[name].unfinished = True


@dataclass(frozen=True, slots=True)
class AsOwner:
    """A command that only the mailbox's owner can give: the administrator logs in on the owner's behalf (RFC 4616, authzid)."""

    owner: str
    command: Command

    def __str__(self) -> str:
        return f"as {self.owner}: {self.command}"


CyrusOperation = Command | AsOwner


def mailbox_path(name: str, folder: str = INBOX) -> str:
    return f"user/{name}/{folder}" if folder else f"user/{name}"


@cache
def effective(rights: str) -> str:
    """Rights without ``c`` and ``d``, which Cyrus reports beside the rights of RFC 4314 that they stood for in RFC 2086."""
    return rights.translate({ord("c"): None, ord("d"): None})


def plan_cyrus(
    mailboxes: Iterable[Mailbox], observed: Mapping[str, CyrusMailbox], policy: CyrusPolicy, adopt: Container[str] = ()
) -> SystemPlan[CyrusOperation]:
    """Compare each declared mailbox with what the server holds. ``observed`` is by mailbox name; others are never touched.

    The mailboxes of ``adopt`` get the mark where they live without one, and nothing else.
    """
    plan = SystemPlan[CyrusOperation]([], [])
    for mailbox in mailboxes:
        live = observed.get(mailbox.name)
        if mailbox.backend != "cyrus":
            plan.refusals += [Refusal(mailbox.name, lives_elsewhere(mailbox, "cyrus"))] if live else []
        elif special := {mailbox.name, *mailbox.members} & (SPECIAL_IDENTIFIERS | policy.administrators):
            message = f"{mailbox.file} names {', '.join(sorted(special))}, which has a meaning of its own on the server; choose another"
            plan.refusals.append(Refusal(mailbox.name, message))
        elif mailbox.name in adopt and not (live and live.mark and live.mark != policy.mark):
            plan.changes += [_adoption(mailbox, live, policy)] if live and not live.mark else []
        elif live and live.mark != policy.mark and not live.unfinished:
            plan.refusals.append(Refusal(mailbox.name, _collision(mailbox, live, policy)))
        elif change := _change(mailbox, live, policy):
            plan.changes.append(change)
    return plan


def _collision(mailbox: Mailbox, live: CyrusMailbox, policy: CyrusPolicy) -> str:
    mark = f"carries the mark {live.mark!r}" if live.mark else "carries no mark of ownership"
    path = mailbox_path(mailbox.name)
    advice = "choose another address" if live.mark else ADVICE_TO_ADOPT.format(name=mailbox.name)
    return f"{mailbox.file} collides with {path}, which lives on the server and {mark}: it is not Postroom's and is left alone; {advice}"


def _adoption(mailbox: Mailbox, live: CyrusMailbox, policy: CyrusPolicy) -> Change[CyrusOperation]:
    (mark,) = _mark_difference(mailbox, live, policy)
    return Change(mailbox.name, "cyrus", "adopt", mark.details, (mark.commands,))


def _change(mailbox: Mailbox, live: CyrusMailbox | None, policy: CyrusPolicy) -> Change[CyrusOperation] | None:
    if live is None:
        if mailbox.state == "retired":
            return None
        return _creation(mailbox, policy)
    differences = list(_differences(mailbox, live, policy))
    if not differences:
        return None
    retires = mailbox.state == "retired" and any(difference.ends_access for difference in differences)
    action: Action = "retire" if retires else "update"
    details = tuple(detail for difference in differences for detail in difference.details)
    return Change(mailbox.name, "cyrus", action, details, _stages(differences))


def _stages(differences: Sequence[_Difference]) -> tuple[tuple[CyrusOperation, ...], ...]:
    """What has to be out of the way first, if anything, then the rest."""
    first = tuple(command for difference in differences for command in difference.first)
    rest = tuple(command for difference in differences for command in difference.commands)
    return (first, rest) if first else (rest,)


def _creation(mailbox: Mailbox, policy: CyrusPolicy) -> Change[CyrusOperation]:
    path = mailbox_path(mailbox.name)
    birth = (imap.create(path), imap.set_metadata(path, MARK_ENTRY, policy.mark))
    newborn = CyrusMailbox(folders={INBOX: CyrusFolder()}, mark=policy.mark)
    differences = list(_differences(mailbox, newborn, policy))
    details = (Detail("mailbox", None, path), *(detail for difference in differences for detail in difference.details))
    return Change(mailbox.name, "cyrus", "create", details, (birth, *_stages(differences)))


@dataclass(frozen=True, slots=True)
class _Difference:
    details: tuple[Detail, ...]
    commands: tuple[CyrusOperation, ...]
    ends_access: bool = False
    first: tuple[CyrusOperation, ...] = ()


def _differences(mailbox: Mailbox, live: CyrusMailbox, policy: CyrusPolicy) -> Iterator[_Difference]:
    yield from _mark_difference(mailbox, live, policy)
    yield from _acl_differences(mailbox, live, policy)
    if mailbox.state == "present":
        yield from _folder_differences(mailbox, live, policy)
    yield from _quota_difference(mailbox, live)


def _quota_difference(mailbox: Mailbox, live: CyrusMailbox) -> Iterator[_Difference]:
    wanted = mailbox.quota_gb * KIB_PER_GB
    if live.quota_kib != wanted:
        yield _Difference((Detail("quota_kib", live.quota_kib, wanted),), (imap.set_quota(mailbox_path(mailbox.name), wanted),))


def _mark_difference(mailbox: Mailbox, live: CyrusMailbox, policy: CyrusPolicy) -> Iterator[_Difference]:
    if live.mark != policy.mark:
        command = imap.set_metadata(mailbox_path(mailbox.name), MARK_ENTRY, policy.mark)
        yield _Difference((Detail(MARK, live.mark, policy.mark),), (command,))


def _folder_differences(mailbox: Mailbox, live: CyrusMailbox, policy: CyrusPolicy) -> Iterator[_Difference]:
    """A folder that members chose for a use themselves serves: Cyrus lets only one folder have a use. One of ours serves its own."""
    ours = frozenset(policy.folders.values())
    served: set[str] = set()
    for path, found in live.folders.items():
        served |= found.uses & {policy.folders.get(path, use) for use in found.uses}
    for folder, special_use in policy.folders.items():
        held = live.folders[folder].uses if folder in live.folders else frozenset()
        kept = held - ours | held & {special_use}
        if live.special_use_known and held != kept:
            yield _use_difference(mailbox, folder, held, kept)
    for folder, special_use in policy.folders.items():
        if special_use in served:
            continue
        if folder not in live.folders:
            command = imap.create(mailbox_path(mailbox.name, folder), special_use)
            yield _Difference((Detail(f"folder {folder}", None, special_use),), (command,))
        elif live.special_use_known:
            kept = live.folders[folder].uses - ours
            yield _use_difference(mailbox, folder, kept, kept | {special_use})


def _use_difference(mailbox: Mailbox, folder: str, held: frozenset[str], wanted: frozenset[str]) -> _Difference:
    """A use is taken away before any is given, since another folder may be waiting for it."""
    before, after = (" ".join(sorted(uses)) or None for uses in (held, wanted))
    command = AsOwner(mailbox.name, imap.set_metadata(folder, SPECIAL_USE_ENTRY, after))
    detail = Detail(f"special use of {folder}", before, after)
    return _Difference((detail,), (command,)) if wanted - held else _Difference((detail,), (), first=(command,))


def _wanted_acl(mailbox: Mailbox, policy: CyrusPolicy) -> dict[str, str]:
    return {identifier: policy.rights_of(identifier, mailbox.name) for identifier in (mailbox.name, *mailbox.entitled)}


def _acl_differences(mailbox: Mailbox, live: CyrusMailbox, policy: CyrusPolicy) -> Iterator[_Difference]:
    """Access is the first thing that is put right: new folders take their ACL from the mailbox."""
    wanted = _wanted_acl(mailbox, policy)
    if all(_is_wanted(acl, wanted, mailbox.name, policy) for acl in _distinct(folder.acl for folder in live.folders.values())):
        return
    present = {identifier for folder in live.folders.values() for identifier in folder.acl}
    for identifier in sorted((present | wanted.keys()) - policy.administrators):
        rights = wanted.get(identifier)
        found = {path: _given(folder, identifier, mailbox.name, policy) for path, folder in sorted(live.folders.items())}
        wrong = {path: before for path, before in found.items() if _differs(before, rights)}
        if wrong:
            commands = tuple(_acl_command(mailbox_path(mailbox.name, path), identifier, rights) for path in wrong)
            everywhere = len(wrong) == len(live.folders)
            yield _Difference(tuple(_acl_details(identifier, wrong, rights, everywhere)), commands, ends_access=rights is None)


def _distinct(acls: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Each ACL once: those of a mailbox are mostly the same."""
    found: list[dict[str, str]] = []
    for acl in acls:
        if acl not in found:
            found.append(acl)
    return found


def _is_wanted(acl: Mapping[str, str], wanted: Mapping[str, str], owner: str, policy: CyrusPolicy) -> bool:
    folder = CyrusFolder(dict(acl))
    identifiers = (acl.keys() | wanted.keys()) - policy.administrators
    return not any(_differs(_given(folder, identifier, owner, policy), wanted.get(identifier)) for identifier in identifiers)


def _given(folder: CyrusFolder, identifier: str, owner: str, policy: CyrusPolicy) -> str | None:
    rights = folder.acl.get(identifier)
    return None if rights is None else given_rights(rights, policy, is_owner=identifier == owner)


def given_rights(rights: str, policy: CyrusPolicy, *, is_owner: bool) -> str:
    """The rights that somebody gave, without those that the server adds to the owner's of itself."""
    added = set(policy.implicit_owner_rights) - set(policy.owner_rights) if is_owner else set()
    return "".join(right for right in effective(rights) if right not in added)


def _differs(live: str | None, wanted: str | None) -> bool:
    if live is None or wanted is None:
        return live is not wanted
    return set(live) != set(effective(wanted))


def _acl_command(path: str, identifier: str, rights: str | None) -> Command:
    return imap.delete_acl(path, identifier) if rights is None else imap.set_acl(path, identifier, rights)


def _acl_details(identifier: str, wrong: Mapping[str, str | None], after: str | None, everywhere: bool) -> Iterator[Detail]:
    """One detail when the same holds for the mailbox and all its folders, else one for each folder."""
    if everywhere and len(set(wrong.values())) == 1:
        before = next(iter(wrong.values()))
        yield Detail(f"rights of {identifier}", before, after, (_subject(identifier, before, after),))
        return
    for path, before in wrong.items():
        folder = path or "INBOX"
        yield Detail(f"rights of {identifier} on {folder}", before, after, (_subject(identifier, before, after, folder),))


def _subject(identifier: str, before: str | None, after: str | None, folder: str | None = None) -> Subject:
    return Subject(identifier.lower(), "rights", effect_of(before, after), folder)
