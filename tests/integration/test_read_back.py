"""An answer of OK is no proof: a server that accepts an order and does not do it."""

from __future__ import annotations

from lab.exchange.control import Control

from .conftest import ROOT, Lab, Repository
from .test_letters import Post, post  # noqa: F401 (fixture)

LAB = ROOT / "inventories" / "lab"
STILL = "was ordered and accepted, but the server still has"


def test_what_was_accepted_and_not_done_is_a_failure_of_that_mailbox(repository: Repository, lab: Lab, control: Control) -> None:
    repository.inventory = LAB
    unheard, fine = (repository.declare(repository.name(), backend="exchange") for _ in range(2))
    repository.converge()
    repository.declare(unheard, backend="exchange", quota_gb=7)
    repository.declare(fine, backend="exchange", members=["ajanssens", "bpeeters", "cdevos"])
    control.behave(unheeded=["Set-Mailbox"])
    done = repository.attempt()
    assert done.code == 1
    assert f"{unheard} on exchange" in done.output
    assert STILL in done.output
    assert f"{fine} on exchange" not in done.output
    control.behave()
    assert repository.planned().details(fine, "exchange") == {}
    repository.converge()
    with lab.exchange() as exchange:
        assert str(exchange.mailbox(unheard)["ProhibitSendReceiveQuota"]).startswith("7 GB")
    assert repository.converge().changed == 0


def test_nobody_is_told_of_an_access_that_has_not_ended(post: Post, control: Control) -> None:  # noqa: F811
    post.repository.inventory = LAB
    box = post.declare(backend="exchange", members=["ajanssens", "bpeeters"])
    post.apply()
    before = post.taken(box)
    post.declare(box, backend="exchange", members=["ajanssens"])
    control.behave(unheeded=["Remove-MailboxPermission"])
    run = post.run()
    assert run.code != 0
    assert STILL in run.said
    assert post.taken(box) == before
    control.behave()
    post.apply()
    assert len(post.taken(box)) > len(before)


def test_a_system_that_has_nothing_to_change_is_asked_once(repository: Repository, lab: Lab, control: Control) -> None:
    """For the plan; not again when the others make their changes."""
    repository.inventory = LAB
    box = repository.declare(repository.name())
    repository.converge()

    def asked(playbook: str) -> list[str]:
        before = len(control.audit_log())
        assert repository.run(playbook, only=box).code == 0
        return [entry.cmdlet for entry in control.audit_log()[before:]]

    repository.declare(box, purpose="Another purpose")
    planned = asked("plan")
    assert planned
    assert asked("apply") == planned
    assert "Another purpose" in lab.entry(box)
