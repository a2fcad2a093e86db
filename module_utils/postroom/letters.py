"""Letters from the ledger to the server: the one path of a dry run and a real one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from .backends.failure import BackendUnavailableError, Failure
from .backends.ledger import LedgerFile
from .backends.smtp import RefusedError
from .core.letters import Letter, all_told, unsent, was_sent
from .core.model import Mailbox

Compose = Callable[[Letter], EmailMessage]
Send = Callable[[EmailMessage], None]


@dataclass(slots=True)
class Outcome:
    """``messages`` went out, or would; ``failures`` are letters that did not, which stay owed."""

    messages: list[tuple[Letter, EmailMessage]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def outstanding(mailboxes: Iterable[Mailbox], ledger: LedgerFile, held: Collection[str]) -> list[Letter]:
    """The letters to send now. ``held`` are mailboxes that this run could not do, ``"*"`` for all: theirs stay owed."""
    if "*" in held:
        return []
    return [letter for box in mailboxes if box.name not in held for letter in unsent(box, ledger.ledger[box.name])]


def deliver(letters: Sequence[Letter], compose: Compose, send: Send | None, ledger: LedgerFile, server: str) -> Outcome:
    """Compose each letter, and unless it is a dry run (``send`` is None) send it and note that in the ledger.

    A letter that cannot be sent is a failure, and the others go out; when the server cannot be used, all the rest are.
    """
    outcome = Outcome()
    unavailable = ""
    for letter in letters:
        try:
            message = compose(letter)
            if unavailable:
                raise RefusedError(unavailable)
            if send:
                send(message)
                ledger.write([was_sent(letter, ledger.ledger)])
            outcome.messages.append((letter, message))
        except (RefusedError, ValueError) as error:
            outcome.failures.append(_failure(letter, server, str(error)))
        except BackendUnavailableError as error:
            unavailable = str(error)
            outcome.failures.append(_failure(letter, server, unavailable))
    return outcome


def _failure(letter: Letter, server: str, message: str) -> Failure:
    return Failure(letter.mailbox.name, "letters", server, f"the letter to {letter.recipient} ({letter.kind}) is still owed: {message}")


def tell(mailboxes: Iterable[Mailbox], outcome: Outcome, held: Collection[str], ledger: LedgerFile) -> None:
    """Note in the ledger the mailboxes of which everybody who should know now does."""
    waiting = {failure.mailbox for failure in outcome.failures} | set(held)
    if "*" not in waiting:
        ledger.write(line for box in mailboxes if box.name not in waiting for line in all_told(box, ledger.ledger))


def as_files(outcome: Outcome) -> dict[str, str]:
    """Each letter as a text and an HTML file for a look at them, by file name."""
    files: dict[str, str] = {}
    for letter, message in outcome.messages:
        name = f"{letter.mailbox.name}.{letter.kind}.{letter.recipient}"
        headers = "".join(f"{header}: {message[header]}\n" for header in ("From", "To", "Subject"))
        plain, html = (part.get_content() for part in message.iter_parts())
        files |= {f"{name}.txt": f"{headers}\n{plain}", f"{name}.html": html}
    return files


def held_by(results: Iterable[Mapping[str, Any]]) -> set[str]:
    """The mailboxes that the backends' results say could not be done; ``"*"`` when a system gave no answer."""
    held: set[str] = set()
    for result in results:
        held |= {failure["mailbox"] for failure in result["failures"]} if "failures" in result else {"*"}
    return held
