"""Planning for Cyrus, against a simulated server that obeys the planned commands."""

from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.cyrus.plan import (
    MEMBER_RIGHTS,
    OWNER_RIGHTS,
    AsOwner,
    CyrusFolder,
    CyrusMailbox,
    CyrusObservation,
    CyrusPolicy,
    plan_cyrus,
)
from ansible.module_utils.postroom.core.model import Mailbox
from ansible.module_utils.postroom.core.plan import Detail, Effect, Subject
from ansible.module_utils.postroom.wire.imap import Command
from hypothesis import given
from hypothesis import strategies as st

from ...declaration import mailbox

POLICY = CyrusPolicy()
LOGINS = st.sampled_from(["ajanssens", "bpeeters", "cdevos", "labo.info", "cyrus", "anyone"])
ACLS = st.dictionaries(LOGINS, st.sampled_from(["lrs", "lrswipktecd", "lrswipkxtecd", "lrswipkxtecdan"]), max_size=4)
FOLDER = st.builds(CyrusFolder, ACLS, st.none() | st.sampled_from(["\\Sent", "\\Trash"]))
LIVE = st.builds(
    CyrusMailbox,
    folders=st.dictionaries(st.sampled_from(["Sent", "Drafts", "Verzonden", "A/B"]), FOLDER).map(
        lambda found: {"": CyrusFolder(), **found}
    ),
    quota_kib=st.none() | st.integers(1, 2**40),
    mark=st.just("postroom"),
)
DECLARED = st.builds(
    lambda members, state, quota_gb: mailbox(members=sorted(members), state=state, quota_gb=quota_gb),
    st.sets(st.sampled_from(["ajanssens", "bpeeters", "cdevos"]), min_size=1), st.sampled_from(["present", "retired"]), st.integers(1, 50),
)  # fmt: skip


def obey(live: CyrusMailbox, command: Command, owner: str = "") -> None:
    name, *rest = command.arguments
    folder = str(name) if owner else str(name).removeprefix("user/labo.info").strip("/")
    match command.verb, rest:
        case "CREATE", [(_, (use,))]:
            live.folders[folder] = CyrusFolder(dict(live.folders[""].acl), str(use))
        case "SETACL", [identifier, rights]:
            live.folders[folder].acl[str(identifier)] = f"{rights}cd"
        case "DELETEACL", [identifier]:
            del live.folders[folder].acl[str(identifier)]
        case "SETQUOTA", [(_, limit)]:
            live.quota_kib = int(str(limit))
        case "SETMETADATA", [("/private/comment", mark)]:
            live.mark = str(mark)
        case "SETMETADATA", [("/private/specialuse", use)]:
            live.folders[folder].special_use = str(use)


def apply(live: CyrusMailbox, declared: object) -> None:
    for change in plan_cyrus([declared], {"labo.info": live}, POLICY).changes:  # type: ignore[list-item]
        for operation in (operation for stage in change.stages for operation in stage):
            if isinstance(operation, AsOwner):
                obey(live, operation.command, operation.owner)
            else:
                obey(live, operation)


@given(LIVE, DECLARED)
def test_after_the_planned_commands_nothing_is_left_to_plan(live: CyrusMailbox, declared: object) -> None:
    apply(live, declared)
    assert plan_cyrus([declared], {"labo.info": live}, POLICY).changes == []  # type: ignore[list-item]


@given(LIVE, DECLARED)
def test_only_members_the_owner_and_administrators_keep_an_entry(live: CyrusMailbox, declared: object) -> None:
    apply(live, declared)
    members = declared.members if declared.state == "present" else ()  # type: ignore[attr-defined]
    assert all(folder.acl.keys() <= {"labo.info", "cyrus", *members} for folder in live.folders.values())


@given(LIVE, st.none() | st.just("other"))
def test_a_mailbox_without_our_mark_is_refused_and_named(live: CyrusMailbox, mark: str | None) -> None:
    live.mark = mark
    plan = plan_cyrus([mailbox()], {"labo.info": live}, POLICY)
    assert plan.changes == []
    assert "mailboxes/labo.info.yml collides with user/labo.info" in plan.refusals[0].message


def test_a_creation_marks_the_mailbox_before_anything_else() -> None:
    birth, rest = plan_cyrus([mailbox()], {}, POLICY).changes[0].stages
    assert [str(command) for command in birth] == [
        'CREATE "user/labo.info"',
        'SETMETADATA "user/labo.info" ("/private/comment" "postroom")',
    ]
    assert 'SETQUOTA "user/labo.info" (STORAGE 5242880)' in map(str, rest)


def test_a_retired_mailbox_that_never_was_is_not_made() -> None:
    assert plan_cyrus([mailbox(state="retired")], {}, POLICY).changes == []


def test_retiring_is_called_so() -> None:
    live = CyrusMailbox({"": CyrusFolder({"ajanssens": "lrswipkxtecd", "labo.info": "lrswipkxtecdan"})}, 5242880, "postroom")
    assert [change.action for change in plan_cyrus([mailbox(state="retired")], {"labo.info": live}, POLICY).changes] == ["retire"]


def test_the_journal_tells_our_unfinished_mailbox_from_a_strangers() -> None:
    observed = CyrusObservation({"labo.info": CyrusMailbox({"": CyrusFolder()}), "vragen": CyrusMailbox({"": CyrusFolder()})}, "labo.info")
    assert [observed.mailboxes[name].unfinished for name in ("labo.info", "vragen")] == [True, False]


@given(DECLARED)
def test_a_mailbox_made_from_nothing_needs_nothing_more(declared: Mailbox) -> None:
    live = CyrusMailbox({"": CyrusFolder()})
    for change in plan_cyrus([declared], {}, POLICY).changes:
        for operation in (operation for stage in change.stages for operation in stage if isinstance(operation, Command)):
            obey(live, operation)
    assert plan_cyrus([declared], {"labo.info": live} if declared.state == "present" else {}, POLICY).changes == []


@given(LIVE, DECLARED)
def test_special_uses_that_were_not_read_are_left_alone(live: CyrusMailbox, declared: Mailbox) -> None:
    live.special_use_known = False
    changes = plan_cyrus([declared], {"labo.info": live}, POLICY).changes
    assert not [operation for change in changes for stage in change.stages for operation in stage if isinstance(operation, AsOwner)]


@given(LIVE, DECLARED)
def test_each_change_says_what_it_does_and_never_deletes(live: CyrusMailbox, declared: Mailbox) -> None:
    for change in plan_cyrus([declared], {"labo.info": live}, POLICY).changes:
        verbs = {str(operation).removeprefix("as labo.info: ").split()[0] for stage in change.stages for operation in stage}
        assert change.details
        assert verbs <= {"CREATE", "SETACL", "DELETEACL", "SETQUOTA", "SETMETADATA"}


@given(st.dictionaries(st.sampled_from(["labo.info", "vragen", "elders"]), st.sampled_from(["postroom", "other", None]), max_size=3))
def test_only_declared_mailboxes_with_the_mark_or_new_ones_are_in_the_changes(marks: dict[str, str | None]) -> None:
    observed = {name: CyrusMailbox({"": CyrusFolder()}, mark=mark) for name, mark in marks.items()}
    plan = plan_cyrus([mailbox(), mailbox(address="Vragen@UGent.be")], observed, POLICY)
    strangers = {name for name, mark in marks.items() if mark != "postroom"} & {"labo.info", "vragen"}
    assert {change.mailbox for change in plan.changes} == {"labo.info", "vragen"} - strangers
    assert {refusal.mailbox for refusal in plan.refusals} == strangers


def test_an_empty_checkout_changes_nothing() -> None:
    plan = plan_cyrus([], {"labo.info": CyrusMailbox({"": CyrusFolder()}, mark="postroom")}, POLICY)
    assert (plan.changes, plan.refusals) == ([], [])


def test_an_unfinished_mailbox_of_ours_is_marked_and_completed() -> None:
    observed = CyrusObservation({"labo.info": CyrusMailbox({"": CyrusFolder()})}, "labo.info vragen")
    change = plan_cyrus([mailbox()], observed.mailboxes, POLICY).changes[0]
    assert (change.action, change.details[0]) == ("update", Detail("mark of ownership", None, "postroom"))


def detail(who: str, before: str | None, after: str | None, effect: Effect) -> Detail:
    return Detail(f"rights of {who}", before, after, (Subject(who, "rights", effect),))


@pytest.mark.parametrize(
    ("acl", "details"),
    [
        ({}, [detail("ajanssens", None, "lrswipkte", "begins")]),
        ({"ajanssens": "lrswipkxtecd"}, [detail("ajanssens", "lrswipkxte", "lrswipkte", "is altered")]),
        ({"ajanssens": "lrs"}, [detail("ajanssens", "lrs", "lrswipkte", "is altered")]),
        ({"ajanssens": "etkpiwsrlcd"}, []),
        ({"ajanssens": "lrswipktecd", "anyone": "lrs"}, [detail("anyone", "lrs", None, "ends")]),
        (
            {"ajanssens": "lrswipktecd", "-ajanssens": "w"},
            [detail("-ajanssens", "w", None, "ends")],
        ),
        (
            {"ajanssens": "lrswipktecda"},
            [detail("ajanssens", "lrswipktea", "lrswipkte", "is altered")],
        ),
        ({"ajanssens": "lrswipktecd", "cyrus": "lrswipkxtecda"}, []),
    ],
)
def test_differences_in_rights(acl: dict[str, str], details: list[Detail]) -> None:
    live = CyrusMailbox({"": CyrusFolder({"labo.info": "lrswipkxtecdan", **acl})}, 5242880, "postroom")
    changes = plan_cyrus([mailbox(members=["ajanssens"])], {"labo.info": live}, CyrusPolicy(folders={})).changes
    assert [detail for change in changes for detail in change.details] == details


@pytest.mark.parametrize("rights", ["lrswipkxte", "lrswipkxtea", pytest.param("lrswipkxtecd"), pytest.param("lrswipcd")])
def test_any_member_rights_converge(rights: str) -> None:
    policy = CyrusPolicy(member_rights=rights, owner_rights=rights, folders={})
    live = CyrusMailbox({"": CyrusFolder(dict.fromkeys(("labo.info", "ajanssens"), rights))}, 5242880, "postroom")
    assert plan_cyrus([mailbox(members=["ajanssens"])], {"labo.info": live}, policy).changes == []


def test_a_mailbox_named_after_an_administrator_is_refused() -> None:
    plan = plan_cyrus([mailbox(address="Cyrus@UGent.be")], {}, POLICY)
    assert (plan.changes, [refusal.mailbox for refusal in plan.refusals]) == ([], ["cyrus"])


def obey_strictly(live: CyrusMailbox, operations: list[Command | AsOwner]) -> None:
    """As the backend sends them, the owner's last, to a server that refuses a use that another folder has."""
    for operation in sorted(operations, key=lambda one: isinstance(one, AsOwner)):
        command = operation.command if isinstance(operation, AsOwner) else operation
        folder = str(command.arguments[0]).removeprefix("user/labo.info/")
        use = str(command.arguments[1][-1] if isinstance(operation, AsOwner) else command.arguments[1][1][0])  # type: ignore[index]
        if use == "NIL":
            live.folders[folder].special_use = None
        elif not set(use.split()) & {taken for path, found in live.folders.items() if path != folder for taken in found.uses}:
            live.folders.setdefault(folder, CyrusFolder(dict(live.folders[""].acl))).special_use = use


@pytest.mark.parametrize(
    ("sent", "trash"),
    [
        ("\\Sent", "\\Trash"),
        (None, "\\Trash"),
        (None, None),
        ("\\Sent", "gone"),
        pytest.param("\\Trash", "\\Sent"),
        pytest.param("\\Trash", "gone"),
    ],
)
def test_special_uses_are_right_after_one_run(sent: str | None, trash: str | None) -> None:
    rights = {"labo.info": OWNER_RIGHTS, "ajanssens": MEMBER_RIGHTS}
    folders = {"": None, "Sent": sent, "Trash": trash}
    live = CyrusMailbox({path: CyrusFolder(dict(rights), use) for path, use in folders.items() if use != "gone"}, 5242880, "postroom")
    policy, declared = CyrusPolicy(folders={"Sent": "\\Sent", "Trash": "\\Trash"}), mailbox(members=["ajanssens"])
    for change in plan_cyrus([declared], {"labo.info": live}, policy).changes:
        for stage in change.stages:
            obey_strictly(live, list(stage))
    assert plan_cyrus([declared], {"labo.info": live}, policy).changes == []


@pytest.mark.parametrize(
    ("held", "after"),
    [
        ({"Alles": "\\Sent \\Trash"}, {"Alles": {"\\Sent", "\\Trash"}}),
        ({"Alles": "\\Archive \\Sent", "Sent": None}, {"Alles": {"\\Archive", "\\Sent"}, "Sent": set(), "Trash": {"\\Trash"}}),
        ({"Sent": "\\Sent \\Trash"}, {"Sent": {"\\Sent"}, "Trash": {"\\Trash"}}),
        ({"Sent": "\\Archive \\Trash"}, {"Sent": {"\\Archive", "\\Sent"}, "Trash": {"\\Trash"}}),
        ({"Sent": "\\Archive \\Sent"}, {"Sent": {"\\Archive", "\\Sent"}, "Trash": {"\\Trash"}}),
    ],
)
def test_a_folder_may_have_several_special_uses(held: dict[str, str | None], after: dict[str, set[str]]) -> None:
    rights = {"labo.info": OWNER_RIGHTS, "ajanssens": MEMBER_RIGHTS}
    live = CyrusMailbox({path: CyrusFolder(dict(rights), use) for path, use in {"": None, **held}.items()}, 5242880, "postroom")
    policy, declared = CyrusPolicy(folders={"Sent": "\\Sent", "Trash": "\\Trash"}), mailbox(members=["ajanssens"])
    for change in plan_cyrus([declared], {"labo.info": live}, policy).changes:
        for stage in change.stages:
            obey_strictly(live, list(stage))
    assert {path: folder.uses for path, folder in live.folders.items() if path} == after
    assert plan_cyrus([declared], {"labo.info": live}, policy).changes == []
