"""The directory entry of a shared mailbox: what members log in with and the mail relay goes by, and what is missing from it.

``userPassword`` has one value ``{SASL}<login>`` for each member: OpenLDAP accepts a bind to the entry when saslauthd accepts the
password for any of them. One on Exchange has none, since nobody logs in to Cyrus with it. ``owner`` has the members' DNs: who may send
as the address. ``sharedMailboxBackend`` says where mail for it goes.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from ...wire.ldap import Add, AddValue, Attributes, DeleteValue, DirectoryOperation, Entry, Modify, escape_dn_value, normalise_dn
from ..model import Mailbox, Person
from ..plan import ADVICE_TO_ADOPT, MARK, Action, Change, Detail, Refusal, Subject, SystemPlan, not_held_back
from ..systems import BACKENDS, SYSTEMS, Backend

PASS_THROUGH = "{SASL}"  # noqa: S105 - a scheme, not a password
PASSWORD = "userPassword"  # noqa: S105 - the attribute
ENDED_ACCOUNTS = "(pwdAccountLockedTime=000001010000Z)"
"""The people whose account has ended, as an LDAP filter: an administrator locked it, until an administrator unlocks it
(draft-behera-ldap-password-policy, section 5.3.3). A lock that ends by itself is not meant."""
POLICY = "pwdPolicySubentry"
"""The attribute by which an entry names its password policy, in the place of the directory's default: one meant for people would lock a
shared mailbox after some wrong guesses, or refuse a member who comes back (pwdInHistory, pwdMinAge)."""
Stages = tuple[tuple[DirectoryOperation, ...], ...]


@dataclass(frozen=True, slots=True)
class DirectoryPolicy:
    """Where entries live, below ``mailboxes_base``, and the mark of ownership that ours carry. ``policy_subentry`` is the DN of the
    password policy that each entry names, None where the directory has no policy for them."""

    mailboxes_base: str
    mark: str = "postroom"
    object_class: str = "sharedMailbox"
    policy_subentry: str | None = None


@dataclass(frozen=True, slots=True)
class DirectoryObservation:
    """``entries`` of mailboxes by name, in lower case; ``people`` by each login; ``in_use`` says who else has an address or a name."""

    entries: Mapping[str, Entry]
    people: Mapping[str, Person]
    in_use: Mapping[str, str]


def plan_directory(
    mailboxes: Iterable[Mailbox], observed: DirectoryObservation, policy: DirectoryPolicy, adopt: Container[str] = ()
) -> SystemPlan[DirectoryOperation]:
    """Compare each declared mailbox with its entry. Entries of others, or without the mark, are never touched; those of ``adopt`` get the
    mark where they have none, and nothing else."""
    plan = SystemPlan[DirectoryOperation]([], [])
    for mailbox in mailboxes:
        if refusal := _refusal(mailbox, observed, policy, adopt):
            plan.refusals.append(Refusal(mailbox.name, refusal))
        elif mailbox.name in adopt:
            plan.changes += _adoption(mailbox, observed.entries.get(mailbox.name), policy)
        elif change := _change(mailbox, observed, policy):
            plan.changes.append(change)
    return plan


def due_for_directory(mailboxes: Iterable[Mailbox], observed: DirectoryObservation, hold_back: Collection[str]) -> list[Mailbox]:
    """What to plan for when the backends could not do the mailboxes of ``hold_back`` (``"*"``: any): no entry is made for those.

    One that exists is kept up, but mail goes on to where the mailbox has lived so far: on that backend it was not made.
    """
    due = []
    for mailbox in not_held_back(mailboxes, observed.entries, hold_back):
        held = bool({mailbox.name, "*"} & set(hold_back))
        entry = observed.entries.get(mailbox.name)
        due.append(replace(mailbox, backend=_lives_on(entry)) if held and entry else mailbox)
    return due


def _lives_on(entry: Entry) -> Backend:
    """Entries from before the attribute are of mailboxes on Cyrus: there were no others."""
    named = (entry.value("sharedMailboxBackend") or "").lower()
    return next((backend for backend in BACKENDS if backend == named), "cyrus")


def _adoption(mailbox: Mailbox, entry: Entry | None, policy: DirectoryPolicy) -> Iterator[Change[DirectoryOperation]]:
    if entry and entry.value("sharedMailboxManagedBy") is None:
        modify = Modify(entry.dn, {"sharedMailboxManagedBy": (policy.mark,)})
        yield Change(mailbox.name, "directory", "adopt", (Detail(MARK, None, policy.mark),), ((modify,),))


def _refusal(mailbox: Mailbox, observed: DirectoryObservation, policy: DirectoryPolicy, adopt: Container[str]) -> str | None:
    entry = observed.entries.get(mailbox.name)
    mark = entry.value("sharedMailboxManagedBy") if entry else None
    if entry and mark != policy.mark and not (mark is None and mailbox.name in adopt):
        carries = f"carries the mark {mark!r}" if mark else "carries no mark of ownership"
        advice = "choose another address" if mark else ADVICE_TO_ADOPT.format(name=mailbox.name)
        return (
            f"{mailbox.file} collides with {entry.dn}, which lives in the directory and {carries}: it is not Postroom's and is left "
            f"alone; {advice}"
        )
    for taken in (mailbox.address.lower(), mailbox.name):
        if holder := observed.in_use.get(taken):
            return f"{mailbox.file} collides with {holder}, who has {taken} already; choose another address"
    unknown = [login for login in mailbox.entitled if login not in observed.people]
    if unknown:
        return f"{mailbox.file} has members who are not in the directory: {', '.join(unknown)}; check their login names"
    return None


def without_staff(mailboxes: Iterable[Mailbox], people: Mapping[str, Person]) -> list[str]:
    """The names of those that no active staff member would be able to use."""
    return [mailbox.name for mailbox in mailboxes if not any(login in people and people[login].is_staff for login in mailbox.entitled)]


def _change(mailbox: Mailbox, observed: DirectoryObservation, policy: DirectoryPolicy) -> Change[DirectoryOperation] | None:
    entry = observed.entries.get(mailbox.name)
    wanted = _wanted(mailbox, observed.people, policy)
    if entry is None:
        if mailbox.state == "retired":
            return None
        dn = f"uid={escape_dn_value(mailbox.name)},{policy.mailboxes_base}"
        details = (Detail("entry", None, dn), *_details(wanted, {}, observed.people))
        return Change(mailbox.name, "directory", "create", details, _creation(dn, wanted, policy))
    wrong = {name: values for name, values in wanted.items() if _differ(name, entry.values(name), values)}
    if not wrong:
        return None
    retires = wanted["sharedMailboxStatus"] == ("retired",) and wrong.keys() & {"sharedMailboxStatus", PASSWORD, "owner"}
    action: Action = "retire" if retires else "update"
    details = tuple(_details(wrong, entry.attributes, observed.people))
    return Change(mailbox.name, "directory", action, details, _update(entry, wrong))


def _creation(dn: str, wanted: Attributes, policy: DirectoryPolicy) -> Stages:
    """With the first password, and then the others, each in a request of its own: slapd's password policy takes one at a time."""
    first, others = wanted[PASSWORD][:1], wanted[PASSWORD][1:]
    attributes = {name: values for name, values in {**wanted, PASSWORD: first}.items() if values}
    add = Add(dn, {"objectClass": (policy.object_class,), **attributes})
    return tuple(filter(None, ((add,), tuple(AddValue(dn, PASSWORD, value) for value in others))))


def _update(entry: Entry, wrong: Attributes) -> Stages:
    """First what shuts people out, each in a request of its own, so that nothing else that the server refuses leaves anybody in."""
    removals: list[DirectoryOperation] = []
    additions: list[DirectoryOperation] = []
    if PASSWORD in wrong:
        live, passwords = entry.values(PASSWORD), wrong[PASSWORD]
        if not passwords or not all(map(is_pass_through, live)):  # a secret is not sent back, not even to take it away
            removals, live = [DeleteValue(entry.dn, PASSWORD)] if live else [], ()
        removals += [DeleteValue(entry.dn, PASSWORD, value) for value in live if value not in passwords]
        additions += [AddValue(entry.dn, PASSWORD, value) for value in passwords if value not in live]
    first = {name: values for name, values in wrong.items() if name in ("owner", "sharedMailboxStatus")}
    policy = {name: values for name, values in wrong.items() if name == POLICY}
    removals += [Modify(entry.dn, replacements) for replacements in (first, policy) if replacements]
    rest = {name: values for name, values in wrong.items() if name not in (PASSWORD, *first, *policy)}
    return tuple(filter(None, (tuple(removals), (*([Modify(entry.dn, rest)] if rest else []), *additions))))


def is_pass_through(value: str) -> bool:
    """Whether a userPassword value leaves the question to saslauthd; slapd compares schemes without case."""
    return value[: len(PASS_THROUGH)].upper() == PASS_THROUGH


def _wanted(mailbox: Mailbox, people: Mapping[str, Person], policy: DirectoryPolicy) -> dict[str, tuple[str, ...]]:
    members = mailbox.entitled
    return {
        "uid": (mailbox.name,),
        "cn": (mailbox.display_name,),
        "mail": (mailbox.address,),
        "description": (mailbox.purpose,),
        "owner": tuple(people[login].dn for login in members),
        PASSWORD: tuple(f"{PASS_THROUGH}{login}" for login in members) if SYSTEMS[mailbox.backend].shared_login else (),
        "sharedMailboxBackend": (mailbox.backend,),
        "sharedMailboxStatus": ("active" if mailbox.state == "present" else "retired",),
        "sharedMailboxManagedBy": (policy.mark,),
        **({POLICY: (policy.policy_subentry,)} if policy.policy_subentry else {}),
    }


def _differ(attribute: str, live: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    if attribute in ("owner", POLICY):
        return {normalise_dn(dn) for dn in live} != {normalise_dn(dn) for dn in wanted}
    return set(live) != set(wanted)


def _details(wanted: Mapping[str, tuple[str, ...]], live: Mapping[str, tuple[str, ...]], people: Mapping[str, Person]) -> Iterator[Detail]:
    for attribute, values in wanted.items():
        held = live.get(attribute, ())
        before, after = _shown(attribute, held), _shown(attribute, values)
        if before != after:
            yield Detail(_FIELDS.get(attribute, attribute), before, after, tuple(_subjects(attribute, held, values, people)))


def _subjects(attribute: str, held: tuple[str, ...], values: tuple[str, ...], people: Mapping[str, Person]) -> Iterator[Subject]:
    """Of those who gain or lose it. An owner who is no member any more was not asked for, and is known by the DN only."""
    if attribute == "userPassword":
        before, after = ({value.lower() for value in _logins(some)} for some in (held, values))
        yield from (Subject(who, "login", "begins" if who in after else "ends") for who in sorted(before ^ after))
    elif attribute == "owner":
        logins = {normalise_dn(person.dn): person.login for person in people.values()}
        before, after = ({normalise_dn(dn) for dn in some} for some in (held, values))
        for dn in sorted(before ^ after):
            yield Subject(logins.get(dn, dn), "owner", "begins" if dn in after else "ends")


_FIELDS = {
    PASSWORD: "login",
    POLICY: "password policy",
    "sharedMailboxStatus": "status",
    "sharedMailboxBackend": "backend",
    "sharedMailboxManagedBy": MARK,
}


def _shown(attribute: str, values: tuple[str, ...]) -> str | None:
    """Values as one line."""
    return "; ".join(sorted(_logins(values) if attribute == PASSWORD else values)) or None


def _logins(values: tuple[str, ...]) -> tuple[str, ...]:
    """Whose passwords count. A value that is not a pass-through is a secret that somebody set, and stays one."""
    return tuple(value[len(PASS_THROUGH) :] if is_pass_through(value) else "********" for value in values)
