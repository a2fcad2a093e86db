"""Letters on their way: what is noted when, and what a letter that cannot be sent does to the others."""

from __future__ import annotations

from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path

import pytest
from ansible.module_utils.postroom.backends.failure import BackendUnavailableError
from ansible.module_utils.postroom.backends.ledger import LedgerFile
from ansible.module_utils.postroom.backends.smtp import LetterRefusedError
from ansible.module_utils.postroom.core.plan import Change
from ansible.module_utils.postroom.core.run.letters import Letter, Made, note
from ansible.module_utils.postroom.letters import Outcome, Post, deliver, made_by, outstanding

from .declaration import mailbox

BOXES = [mailbox(address=f"{name}@UGent.be", requested_by=name) for name in ("an", "bo", "cy")]


def compose(letter: Letter) -> EmailMessage | None:
    message = EmailMessage()
    message["To"], message["Subject"] = letter.recipient, letter.kind
    return message


class KilledError(BaseException):
    pass


def run(folder: Path, refused: dict[str, BaseException], after: bool = False) -> tuple[list[str], Outcome | None]:
    """Whom the server took a letter for."""
    taken: list[str] = []

    def send(message: EmailMessage) -> None:
        if not after and (error := refused.get(message["To"])):
            raise error
        taken.append(message["To"])
        if error := refused.get(message["To"]):
            raise error

    outcome = None
    with LedgerFile(folder / "letters.jsonl") as ledger:
        ledger.write(note(BOXES, ledger.ledger, "run", None))
        with suppress(KilledError):
            outcome = deliver(outstanding(BOXES, ledger, Made()), Post(compose, send, "smtp:25"), ledger)
    return taken, outcome


@pytest.mark.parametrize(
    ("error", "taken", "failed", "said"),
    [
        (
            LetterRefusedError("bo@ugent.be: 550 unknown"),
            ["an", "cy"],
            ["bo"],
            "the letter to bo (created) is still owed: bo@ugent.be: 550",
        ),
        (BackendUnavailableError("smtp:25", "gone"), ["an"], ["bo", "cy"], "still owed: smtp:25: gone"),
    ],
)
def test_what_cannot_be_sent_stays_owed_and_nothing_else(
    tmp_path: Path, error: Exception, taken: list[str], failed: list[str], said: str
) -> None:
    first, outcome = run(tmp_path, {"bo": error})
    assert first == taken
    assert outcome
    assert [failure.mailbox for failure in outcome.failures] == failed
    assert all(said in str(failure) for failure in outcome.failures if failure.mailbox == "bo")
    assert run(tmp_path, {})[0] == failed
    assert run(tmp_path, {})[0] == []


@pytest.mark.parametrize(("after", "first", "second"), [(False, ["an"], ["bo", "cy"]), (True, ["an", "bo"], ["bo", "cy"])])
def test_a_kill_before_or_after_the_server_took_a_letter(tmp_path: Path, after: bool, first: list[str], second: list[str]) -> None:
    """Between the server's yes and the ledger, that one letter is sent again; none is lost."""
    assert run(tmp_path, {"bo": KilledError()}, after)[0] == first
    assert run(tmp_path, {})[0] == second
    assert run(tmp_path, {})[0] == []


def test_nobody_to_write_to_is_said_and_owed_no_more(tmp_path: Path) -> None:
    with LedgerFile(tmp_path / "letters.jsonl") as ledger:
        note(BOXES, ledger.ledger, "run", None)
        outcome = deliver(outstanding(BOXES, ledger, Made()), Post(lambda letter: None, None, "smtp:25"), ledger)
        assert outcome.report().splitlines()[0] == "an: no letter (created, an@UGent.be), the account has ended"
        assert outstanding(BOXES, ledger, Made()) == []


@pytest.mark.parametrize(
    ("results", "made"),
    [
        ([{"changes": [], "failures": []}], Made(set(), set())),
        ([{"changes": [], "failures": [{"mailbox": "an"}]}, {"msg": "no"}], Made(set(), {"an", "*"})),
        (
            [{"changes": [Change("an", name, "create", (), ()).as_dict()], "failures": []} for name in ("cyrus", "directory")],
            Made({"an"}, set()),
        ),
        ([{"changes": [Change("an", "directory", "create", (), ()).as_dict()], "failures": []}], Made(set(), set())),
    ],
)
def test_what_a_run_made(results: list[dict[str, object]], made: Made) -> None:
    assert made_by(results) == made
