"""From mailboxes that live without Postroom to mailboxes that it keeps, without changing anything but their marks."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from .conftest import ROOT, Lab, Repository
from .exchange import Exchange
from .living_world import Living, forget, make, pipelined
from .modules import Modules

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


@dataclass
class Adoption:
    """What adopt.yml left of a small world in which nearly everything is odd; ``name`` is what a mailbox of it is called."""

    repository: Repository
    run: str
    files: dict[str, Path]
    in_check_mode: list[Path]

    def name(self, word: str) -> str:
        return f"v{self.run}{word}"

    @property
    def found(self) -> dict[str, set[str]]:
        return {name.removeprefix(f"v{self.run}"): ids for name, ids in findings(self.repository).items()}


SCORE = "_x"
"""The mailbox on Exchange: a name that a new one could not have."""


@pytest.fixture(scope="module")
def odd_world(lab: Lab, modules: Modules, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adoption]:
    """One run of adopt.yml for the tests below; the tests of its second half need ``marked``."""
    repository = Repository(tmp_path_factory.mktemp("adoption"), lab, ROOT / "inventories" / "lab", modules)
    (repository.folder / "mailboxes").mkdir()
    run = secrets.token_hex(3)
    strange = {"group:staff": "lrs", "anyone": "p", "emaes": "lrs", "-fjacobs": "w"}
    world = [
        Living(f"v{run}many", "cyrus", STAFF[:7]),
        Living(f"v{run}{SCORE}", "exchange", STAFF[:2]),
        Living(f"v{run}odd", "cyrus", STAFF[:2], acl=strange),
        Living(f"v{run}both", "cyrus", STAFF[:2]),
        Living(f"v{run}both", "exchange", STAFF[:2], has_entry=False),
        *(Living(f"v{run}{word}", "cyrus", STAFF[:2]) for word in ("kept", "ours", "later")),
        Living(f"v{run}own", "cyrus", [], has_entry=False),
    ]
    make(lab, world)
    with lab.exchange() as exchange:
        score = f"v{run}{SCORE}"
        exchange.run("Add-MailboxPermission", Identity=score, User=SID, AccessRights="FullAccess")
        exchange.run("Add-MailboxPermission", Identity=score, User="emaes", AccessRights="FullAccess", Deny=True)
        exchange.run("Set-Mailbox", Identity=score, GrantSendOnBehalfTo=["fjacobs"])
    (repository.folder / "mailboxes" / f"v{run}kept.yml").write_bytes(KEPT)
    in_check_mode = adopt(repository, world, "--check", "--diff")
    files = {file.stem.removeprefix(f"v{run}"): file for file in adopt(repository, world)}
    yield Adoption(repository, run, files, in_check_mode)
    forget(lab, world)


@pytest.fixture(scope="module")
def marked(odd_world: Adoption) -> Adoption:
    """The same after three of its mailboxes came under management; of one of them the file asks for a larger quota."""
    files = odd_world.files
    for word in ("kept", "odd"):
        files[word].unlink()
    fill_in([file for file in files.values() if file.exists()])
    files["ours"].write_text(files["ours"].read_text().replace("quota_gb: 5", "quota_gb: 7"))
    names = [odd_world.name(word) for word in ("many", "ours", SCORE)]
    assert odd_world.repository.apply(adopt=names, only=names).plan["summary"]["adopt"] == 3
    return odd_world


KEPT = b"address: mine\r\n"
EXCEPTED = {"many": ["members-maximum"], SCORE: ["address-characters"], "ours": []}
FOUND = {
    "odd": {"right-of-a-group", "right-of-everybody", "right-partial", "right-denied"},
    SCORE: {"right-of-nobody", "right-denied", "right-on-behalf"},
    "both": {"lives-twice"},
    "own": {"looks-personal"},
}


def test_a_file_that_is_there_is_kept(odd_world: Adoption) -> None:
    assert [file.read_bytes() for file in odd_world.in_check_mode] == [KEPT]
    assert odd_world.files["kept"].read_bytes() == KEPT


def test_what_can_be_declared_gets_a_file_in_the_folder_of_its_system(odd_world: Adoption) -> None:
    assert odd_world.files.keys() == {"many", SCORE, "odd", "kept", "ours", "later"}
    assert odd_world.files[SCORE].parent.parts[-2:] == ("adopted", "exchange")


def test_what_no_declaration_can_say_is_said(odd_world: Adoption) -> None:
    assert odd_world.found == FOUND


@pytest.mark.parametrize("word", EXCEPTED)
def test_a_broken_rule_becomes_an_exception(odd_world: Adoption, word: str) -> None:
    until = (date.today() + timedelta(days=365)).isoformat()
    exceptions = yaml.safe_load(odd_world.files[word].read_text()).get("exceptions", [])
    assert exceptions == [{"rule": rule, "reason": "adopted", "until": until} for rule in EXCEPTED[word]]


def test_the_marks_are_a_step_of_their_own_that_changes_nothing_else(marked: Adoption, lab: Lab, exchange: Exchange) -> None:
    many, ours, score = (marked.name(word) for word in ("many", "ours", SCORE))
    with_mark = {line.split()[2].strip(b'"').decode() for line in pipelined(lab.admin(), [MARKS]) if b"postroom" in line}
    assert {name.removeprefix("user/") for name in with_mark if marked.run in name} == {many, ours}
    assert exchange.mailbox(score)["CustomAttribute1"] == f"postroom:{score}"
    assert lab.admin().getquota(f'"user/{ours}"')[1] == [f"user/{ours} (STORAGE 0 5242880)".encode()]
    assert len(lab.acl(f"user/{many}")) == 8


def test_the_next_plan_says_what_else_differs(marked: Adoption) -> None:
    many, ours, score = (marked.name(word) for word in ("many", "ours", SCORE))
    planned = marked.repository.planned(many, ours, score)
    assert {(change["mailbox"], change["system"]) for change in planned.plan["changes"]} == {(ours, "cyrus"), (score, "exchange")}
    assert planned.details(ours, "cyrus") == {"quota_kib": (5242880, 7340032)}


def test_the_audit_lists_the_exceptions(marked: Adoption) -> None:
    many, score = (marked.name(word) for word in ("many", SCORE))
    said = marked.repository.audit(many, score)["document"]["findings"]
    waived = {(one["mailbox"], one["declared"]) for one in said if one["id"] == "exception"}
    assert waived == {(many, "members-maximum"), (score, "address-characters")}
