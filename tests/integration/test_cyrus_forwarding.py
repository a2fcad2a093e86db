"""The rhythm of every backend test, for forwarding by Sieve scripts that members make; the server is looked at with sievelib's client."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.postroom.backends.cyrus import CyrusServer
from ansible.module_utils.postroom.backends.cyrus_forwarding import SieveScripts
from ansible.module_utils.postroom.backends.cyrus_host import CyrusHost
from ansible.module_utils.postroom.backends.imap import ImapServer
from ansible.module_utils.postroom.backends.managesieve import ManageSieveServer
from ansible.module_utils.postroom.core.cyrus.forwarding import sieve_forwardings

from .conftest import Lab, Repository, cyrus_with
from .sieve import member, store_as_old_cyrus_did

THIEF = "somebody@example.org"


@pytest.fixture
def box(repository: Repository) -> str:
    return repository.made()


def server(lab: Lab, *, with_host: bool = True) -> SieveScripts:
    """The product's own connection."""
    same: dict[str, Any] = {"user": "cyrus", "password": lab.secret("cyrus"), "ca_file": str(lab.directory / "tls" / "ca.pem")}
    conf = lab.directory / "cyrus" / "imapd.conf"
    owner = conf.owner()
    host = CyrusHost(Path("/usr/lib/cyrus/bin"), conf, owner, "cyrus") if with_host else None
    imap = ImapServer("localhost", port=lab.ports["cyrus"], **same)
    return SieveScripts(CyrusServer(imap, host), ManageSieveServer("localhost", port=lab.ports["cyrus-sieve"], **same))


def found(lab: Lab, box: str, *, with_host: bool = True) -> set[tuple[str, str, str, bool]]:
    observed = server(lab, with_host=with_host).observe([box, "nobody.here"])
    assert observed.failures == []
    forwarding = sieve_forwardings(observed.scripts, {box: f"{box}@ugent.be"})
    return {(one.name, one.action, one.target, one.active) for one in forwarding}


def test_a_members_redirect_is_reported_and_taken_away_only_when_told_so(repository: Repository, lab: Lab, box: str) -> None:
    script = ('require ["copy"];', f'if header :contains "subject" "x" {{ redirect :copy "{THIEF}"; }}', "keep;")
    with member(lab, box) as scripts:
        scripts.put("naar huis", *script, active=True)
        assert repository.findings(box) == {"forwarding-set": f"sieve naar huis: redirect :copy to {THIEF}"}
        assert "forwarding" not in str(repository.apply().plan)
        details = repository.run("plan", forwarding="remove").details(box, "cyrus")
        assert details == {"forwarding by Sieve script naar huis": (f"redirect :copy to {THIEF}", None)}
        assert scripts.active == "naar huis"
        assert not (repository.folder / "reports" / "removed").exists()
        assert repository.apply(forwarding="remove").details(box, "cyrus") == details
        assert (scripts.active, scripts.inactive) == ("", [])
    (copy,) = (repository.folder / "reports" / "removed").iterdir()
    assert copy.read_bytes() == "\r\n".join(script).encode()
    assert copy.name.startswith(f"{box}.cyrus.naar_huis.")
    assert repository.apply(forwarding="remove").changed == 0
    assert found(lab, box) == set()
    with member(lab, box, "bpeeters") as scripts:
        scripts.put("naar huis", f'redirect "{THIEF}";', active=True)
        assert repository.apply("--check", "--diff", forwarding="remove").changed > 0
        assert scripts.active == "naar huis"
    assert found(lab, box) == {("naar huis", "redirect", THIEF, True)}


@pytest.mark.parametrize(
    ("lines", "seen"),
    [
        ([f'redirect "{THIEF}";'], [("redirect", THIEF)]),
        (["if true { if not false {", 'redirect "a@x.be"; } } else { redirect "b@x.be"; }'],
         [("redirect", "a@x.be"), ("redirect", "b@x.be")]),
        (['require ["variables"];', 'set "to" "a@x.be";', 'redirect "${to}";'], [("redirect", "${to}")]),
        (['require ["enotify"];', 'notify "mailto:a@x.be";'], [("notify", "mailto:a@x.be")]),
        (['require ["include"];', 'include :global "site";'], [("include :global", "site")]),
        (['require ["ihave"];', 'if ihave "none" { frobnicate "x"; }', f'redirect "{THIEF}";'], [("redirect", THIEF)]),
        (['redirect "OWN@UGENT.BE";', "keep;"], []),
        (['require ["fileinto","reject"];', 'fileinto "Archive";', 'if false { reject "no"; }', f'# redirect "{THIEF}";'], []),
    ],
)  # fmt: skip
def test_what_each_script_is_found_to_do(lab: Lab, box: str, lines: list[str], seen: list[tuple[str, str]]) -> None:
    with member(lab, box) as scripts:
        scripts.put("script", *(line.replace("OWN", box.upper()) for line in lines), active=True)
    assert found(lab, box) == {("script", action, target, True) for action, target in seen}
    assert found(lab, box, with_host=False) == found(lab, box)


COMMENT = f'/* my rules **/ keep; # */ redirect "{THIEF}";\r\n'
LONE_CR = f'require "variables";\r\nset "a" text:\r\nhi\r\n.\r;redirect "{THIEF}";\r\nset "b" text:\r\nx\r\n.\r\n;\r\n'
DISABLED = (
    'require ["fileinto"];\r\n# rule:[spam]\r\nif header :contains "X-Spam" "YES"\r\n{\r\n\tfileinto "Junk";\r\n\tstop;\r\n}\r\n'
    f'# rule:[to An, switched off]\r\nif false # true\r\n{{\r\n\tredirect "{THIEF}";\r\n}}\r\n'
)


@pytest.mark.parametrize(
    ("text", "on_host", "from_elsewhere"),
    [
        (COMMENT, {("redirect", THIEF, True)}, {("redirect", THIEF, True), ("unknown", "", True)}),
        (LONE_CR, {("redirect", THIEF, True)}, {("redirect", THIEF, True), ("unknown", "", True)}),
        (f'/***\n***/ redirect "{THIEF}";', {("redirect", THIEF, True)}, {("redirect", THIEF, True)}),
        ('require "vacation"; /* **/ vacation "to redirect mail"; /* */', set(), {("unknown", "", True)}),
        (DISABLED, {("redirect", THIEF, False)}, {("redirect", THIEF, False)}),
        ('require "encoded-character"; redirect "a${hex:40}x.be";', {("redirect", "a@x.be", True)}, {("redirect", "a${hex:40}x.be", True)}),
        ('require "vnd.cyrus.imip";\r\nprocessimip;\r\n', set(), set()),
        ('require "vacation";\nvacation "a\\\nb";\n', set(), set()),
        ('require "ihave"; if ihave "none" { frobnicate "x"; } keep;', set(), set()),
    ],
    ids=["comment", "lone CR", "stars", "word", "switched off", "encoded", "imip", "backslash", "guarded"],
)  # fmt: skip
def test_on_the_host_what_was_compiled_counts_and_elsewhere_doubt_is_said(
    lab: Lab, box: str, text: str, on_host: set[tuple[str, str, bool]], from_elsewhere: set[tuple[str, str, bool]]
) -> None:
    with member(lab, box) as scripts:
        scripts.put("script", *text.split("\r\n"), active=True)
    assert {one[1:] for one in found(lab, box)} == on_host
    assert {one[1:] for one in found(lab, box, with_host=False)} == from_elsewhere


def test_a_rule_that_is_switched_off_is_said_to_be_and_nothing_is_removed_for_it(repository: Repository, lab: Lab, box: str) -> None:
    with member(lab, box) as scripts:
        scripts.put("rules", *DISABLED.split("\r\n"), active=True)
        assert repository.findings(box) == {"forwarding-inactive": f"sieve rules: redirect to {THIEF}"}
        assert not repository.remove_forwarding()["changed"]
        assert scripts.active == "rules"


def test_an_include_of_which_the_name_is_made_up_may_be_of_any_script(repository: Repository, lab: Lab, box: str) -> None:
    with member(lab, box) as scripts:
        scripts.put("fwd", f'redirect "{THIEF}";')
        scripts.put("filing", 'require "fileinto"; fileinto "Archive";')
        scripts.put("main", 'require ["include","variables"];', 'set "n" "fwd";', 'include :personal "${n}";', active=True)
        assert found(lab, box, with_host=False) == found(lab, box) == {("fwd", "redirect", THIEF, True)}
        assert repository.findings(box) == {"forwarding-set": f"sieve fwd: redirect to {THIEF}"}
        repository.remove_forwarding()
        assert (scripts.active, scripts.inactive) == ("", ["filing", "main"])
    assert repository.findings(box) == {}


def test_the_rest_of_what_redirects_is_in_effect_by_include_or_not_at_all(repository: Repository, lab: Lab, box: str) -> None:
    with member(lab, box) as scripts:
        scripts.put("sub", f'redirect "{THIEF}";')
        scripts.put("main", 'require ["include", "fileinto"];', 'include :personal "sub";', 'fileinto "Archive";', active=True)
        scripts.put("holiday", 'redirect "me@home.example";')
        assert found(lab, box) == {("sub", "redirect", THIEF, True), ("holiday", "redirect", "me@home.example", False)}
        assert found(lab, box, with_host=False) == found(lab, box)
        repository.remove_forwarding()
        assert (scripts.active, scripts.inactive) == ("", ["holiday", "main"])
    assert found(lab, box) == {("holiday", "redirect", "me@home.example", False)}
    assert repository.findings(box) == {"forwarding-inactive": "sieve holiday: redirect to me@home.example"}


def test_scripts_from_before_an_upgrade_of_cyrus_are_found(lab: Lab, box: str) -> None:
    assert found(lab, box) == set()
    store_as_old_cyrus_did(lab, box, "old", f'redirect "{THIEF}";\r\n')
    assert found(lab, box) == {("old", "redirect", THIEF, True)}


def test_a_look_on_the_host_leaves_no_trace(lab: Lab, box: str) -> None:
    found(lab, box)
    assert not lab.exists(f"user/{box}/#sieve")


def test_without_the_mark_of_ownership_it_is_reported_and_left(repository: Repository, lab: Lab, box: str) -> None:
    other = repository.made()
    for name in (box, other):
        with member(lab, name) as scripts:
            scripts.put("x", f'redirect "{THIEF}";', active=True)
    lab.admin().xatom("SETMETADATA", f'"user/{box}"', "(/private/comment NIL)")
    run = repository.run("apply", forwarding="remove")
    assert run.code != 0
    assert "its forwarding is left: the mailbox carries no mark of ownership" in run.output.replace("\n", " ")
    with member(lab, box) as scripts, member(lab, other) as others:
        assert (scripts.active, others.active) == ("x", "")


def test_nothing_is_removed_that_could_not_be_copied(repository: Repository, lab: Lab, box: str) -> None:
    (repository.folder / "reports").mkdir(exist_ok=True)
    (repository.folder / "reports" / "removed").write_text("in the way")
    with member(lab, box) as scripts:
        scripts.put("x", f'redirect "{THIEF}";', active=True)
        run = repository.run("apply", forwarding="remove")
        assert run.code != 0
        assert "no copy of what would be removed has been written yet" in " ".join(run.output.split())
        assert scripts.active == "x"


def test_a_managesieve_that_cannot_be_used_is_named(repository: Repository, box: str, lab: Lab) -> None:
    with member(lab, box) as scripts:
        scripts.put("x", "keep;", active=True)
    run = repository.run("apply", forwarding="remove", **cyrus_with(sieve_port=1))
    assert run.code != 0
    assert "localhost:1: ManageSieve cannot be reached: Connection refused" in " ".join(run.output.split())
    assert lab.secret("cyrus") not in run.output
