"""From mailboxes that live without Postroom to mailboxes that it keeps, without changing anything but their marks."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from .conftest import ROOT, Lab, Repository
from .exchange import Exchange
from .living_world import Living, forget, make, pipelined

STAFF = ["ajanssens", "bpeeters", "emaes", "fjacobs", "gmertens", "hwillems", "iclaes", "jgoossens"]
STUDENTS = ["cdevos", "sdesmet", "tvermeulen", "uvandamme"]
SID = "S-1-5-21-1275210071-1547161642-839522115-9999"
MARKS = 'GETMETADATA "user/%" (/private/comment)'


@pytest.fixture
def repository(repository: Repository) -> Repository:
    repository.inventory = ROOT / "inventories" / "lab"
    (repository.folder / "mailboxes").mkdir()
    return repository


@pytest.fixture
def living(lab: Lab) -> Iterator[Callable[..., list[Living]]]:
    made: list[Living] = []

    def these(*world: Living) -> list[Living]:
        made.extend(world)
        make(lab, world)
        return list(world)

    yield these
    forget(lab, made)


def adopt(repository: Repository, world: list[Living], *arguments: str, **variables: object) -> list[Path]:
    run = repository.run("adopt", *arguments, only=[one.name for one in world], **variables)
    assert run.code == 0, run.output
    return sorted((repository.folder / "mailboxes").rglob("*.yml"))


def fill_in(files: list[Path]) -> None:
    """As somebody does who knows."""
    for file in files:
        text = file.read_text().replace("unit: {type: TODO, name: TODO}", "unit: {type: lab, name: Vakgroep}")
        file.write_text(text.replace("requested_by: TODO", "requested_by: ajanssens").replace("purpose: TODO", "purpose: Questions"))


def problems(repository: Repository) -> set[tuple[str, str]]:
    found = json.loads((repository.folder / "reports" / "validation.json").read_text())["problems"]
    return {(problem["rule"], problem["severity"]) for problem in found}


def findings(repository: Repository) -> dict[str, set[str]]:
    report = json.loads((repository.folder / "reports" / "adoption.json").read_text())
    found: dict[str, set[str]] = {}
    for finding in report["findings"]:
        found.setdefault(finding["mailbox"], set()).add(finding["id"])
    return found


def mixed_world(count: int, on_exchange: int) -> list[Living]:
    """As it has grown: of each kind of rule that is broken today there are some, on both systems."""
    run = secrets.token_hex(2)
    world = []
    for number in range(count):
        backend = "exchange" if number % (count // on_exchange) == 0 else "cyrus"
        name = f"w{run}{number:03}"
        members = [STAFF[number % 8], STAFF[(number + 1) % 8], STUDENTS[number % 4]]
        match number // (count // on_exchange) % 6:
            case 0:
                members = STAFF[:7]
            case 1:
                name = f"{name}_x"
            case 2:
                name = f"{name}.twentychars".ljust(20, "a")[:20]
            case 3:
                members = [STUDENTS[0]]
        address = f"{name.upper() if number % 5 == 0 else name}@UGent.be"
        world.append(Living(name, backend, sorted(members), 5 + number % 3, address, f"Practice {number}", f"Questions about {number}"))
    return world


def test_a_mixed_world_of_300_comes_under_management_without_another_change(
    repository: Repository, lab: Lab, living: Callable[..., list[Living]]
) -> None:
    world = living(*mixed_world(300, 60))
    files = adopt(repository, world)
    assert {file.stem for file in files} == {one.name for one in world}
    assert repository.run("validate").code != 0
    assert ("todo", "error") in problems(repository)
    fill_in(files)
    validated = repository.run("validate", use_directory=True, adopt=True)
    assert validated.code == 0, validated.output[-3000:]

    planned = repository.run("plan", adopt=True, plan_report__touched_maximum=300)
    assert planned.code == 0, planned.output[-3000:]
    assert planned.plan["summary"] == {"create": 0, "update": 0, "retire": 0, "adopt": 300, "unchanged": 0}
    assert {detail["field"] for change in planned.plan["changes"] for detail in change["details"]} == {"mark of ownership"}
    assert {(change["mailbox"], change["system"]) for change in planned.plan["changes"]} == {
        (one.name, system) for one in world for system in (one.backend, "directory")
    }
    assert all(len(change["commands"]) == 1 for change in planned.plan["changes"])

    applied = repository.apply(adopt=True, plan_report__touched_maximum=300)
    assert applied.plan["digest"] == planned.plan["digest"]
    marked = {line.split()[2].strip(b'"') for line in pipelined(lab.admin(), [MARKS]) if b"postroom" in line}
    assert {f"user/{one.name}".encode() for one in world if one.backend == "cyrus"} <= marked

    again = repository.run("plan", use_directory=True)
    assert again.code == 0, again.output[-3000:]
    assert again.plan["changes"] == []
    assert again.plan["summary"]["unchanged"] == 300


def test_what_no_declaration_can_say_is_said_and_the_marks_are_a_step_of_their_own(
    repository: Repository, lab: Lab, exchange: Exchange, living: Callable[..., list[Living]]
) -> None:
    run = secrets.token_hex(3)
    many, odd, both, kept, ours, later = (f"v{run}{word}" for word in ("many", "odd", "both", "kept", "ours", "later"))
    score, own = f"v{run}_x", f"v{run}own"
    strange = {"group:staff": "lrs", "anyone": "p", "emaes": "lrs", "-fjacobs": "w"}
    world = living(
        Living(many, "cyrus", STAFF[:7]),
        Living(score, "exchange", STAFF[:2]),
        Living(odd, "cyrus", STAFF[:2], acl=strange),
        Living(both, "cyrus", STAFF[:2]),
        Living(both, "exchange", STAFF[:2], has_entry=False),
        Living(kept, "cyrus", STAFF[:2]),
        Living(ours, "cyrus", STAFF[:2]),
        Living(later, "cyrus", STAFF[:2]),
        Living(own, "cyrus", [], has_entry=False),
    )
    exchange.run("Add-MailboxPermission", Identity=score, User=SID, AccessRights="FullAccess")
    exchange.run("Add-MailboxPermission", Identity=score, User="emaes", AccessRights="FullAccess", Deny=True)
    exchange.run("Set-Mailbox", Identity=score, GrantSendOnBehalfTo=["fjacobs"])
    mine = repository.folder / "mailboxes" / f"{kept}.yml"
    mine.write_bytes(b"address: mine\r\n")

    assert adopt(repository, world, "--check", "--diff") == [mine]
    files = {file.stem: file for file in adopt(repository, world)}
    assert files.keys() == {many, score, odd, kept, ours, later}
    assert mine.read_bytes() == b"address: mine\r\n"
    assert files[score].parent.parts[-2:] == ("adopted", "exchange")
    found = findings(repository)
    assert found[odd] == {"right-of-a-group", "right-of-everybody", "right-partial", "right-denied"}
    assert found[score] == {"right-of-nobody", "right-denied", "right-on-behalf"}
    assert (found[both], found[own]) == ({"lives-twice"}, {"looks-personal"})
    assert not {many, kept, ours, later} & found.keys()
    until = (date.today() + timedelta(days=365)).isoformat()
    excepted = {name: yaml.safe_load(file.read_text()).get("exceptions") for name, file in files.items()}
    assert excepted[many] == [{"rule": "members-maximum", "reason": "adopted", "until": until}]
    assert excepted[score] == [{"rule": "address-characters", "reason": "adopted", "until": until}]
    assert excepted[ours] is None

    mine.unlink()
    files[odd].unlink()
    fill_in([file for file in files.values() if file.exists()])
    files[ours].write_text(files[ours].read_text().replace("quota_gb: 5", "quota_gb: 7"))
    names = [many, score, ours]
    assert repository.apply(adopt=[many, ours, score], only=names).plan["summary"]["adopt"] == 3
    marked = {line.split()[2].strip(b'"').decode() for line in pipelined(lab.admin(), [MARKS]) if b"postroom" in line}
    assert {many, ours} == {name.removeprefix("user/") for name in marked if run in name}
    assert exchange.mailbox(score)["CustomAttribute1"] == f"postroom:{score}"
    assert lab.admin().getquota(f'"user/{ours}"')[1] == [f"user/{ours} (STORAGE 0 5242880)".encode()]
    assert len(lab.acl(f"user/{many}")) == 8
    planned = repository.run("plan", only=names)
    assert {(change["mailbox"], change["system"]) for change in planned.plan["changes"]} == {(ours, "cyrus"), (score, "exchange")}
    assert planned.details(ours, "cyrus") == {"quota_kib": (5242880, 7340032)}

    repository.run("audit", only=[many, score])
    said = json.loads((repository.folder / "reports" / "audit.json").read_text())["findings"]
    waived = {(one["mailbox"], one["declared"]) for one in said if one["id"] == "exception"}
    assert waived == {(many, "members-maximum"), (score, "address-characters")}
