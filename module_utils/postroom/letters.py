"""Letters from the ledger to the server: the one path of a dry run and a real one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from .backends.failure import BackendUnavailableError, Failure
from .backends.ledger import LedgerFile
from .backends.smtp import LetterRefusedError
from .core.model import Mailbox
from .core.plan import created_by
from .core.run.letters import Letter, Made, owed, tell
from .progress import Progress, Say, silent

Compose = Callable[[Letter], EmailMessage | None]
"""None when there is nobody to write to any more."""
Send = Callable[[EmailMessage], None]


@dataclass(frozen=True, slots=True)
class Post:
    """How letters are written and sent; ``send`` is None in a dry run. ``server`` takes them."""

    compose: Compose
    send: Send | None
    server: str


@dataclass(slots=True)
class Outcome:
    """``messages`` went out, or would; ``failures`` are letters that did not, which stay owed; ``nobody`` are those whose reader is gone,
    and which are owed no more."""

    messages: list[tuple[Letter, EmailMessage]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    nobody: list[Letter] = field(default_factory=list)

    def report(self) -> str:
        lines = [f"{message['To']}: {message['Subject']}" for _, message in self.messages]
        lines += [f"{gone.recipient}: no letter ({gone.kind}, {gone.mailbox.address}), the account has ended" for gone in self.nobody]
        return "\n".join(lines)


def outstanding(mailboxes: Iterable[Mailbox], ledger: LedgerFile, made: Made) -> list[Letter]:
    """The letters to send now. Those about mailboxes that this run could not do stay owed."""
    known = ledger.ledger
    return [letter for box in mailboxes if box.name in known and not made.is_held(box.name) for letter in owed(box, known[box.name])]


def deliver(letters: Sequence[Letter], post: Post, ledger: LedgerFile, say: Say = silent) -> Outcome:
    """Compose each letter, and unless it is a dry run send it and note that in the ledger.

    A letter that cannot be sent is a failure, and the others go out; when the server cannot be used, all the rest are.
    """
    outcome = Outcome()
    progress = Progress(f"Letters ({post.server})", len(letters), say)
    unavailable = ""
    for letter in letters:
        try:
            message = post.compose(letter)
            if message is None:
                outcome.nobody.append(letter)
            elif unavailable:
                raise LetterRefusedError(unavailable)
            else:
                if post.send:
                    post.send(message)
                outcome.messages.append((letter, message))
            ledger.write([tell(letter, ledger.ledger)])
        except (LetterRefusedError, ValueError) as error:
            outcome.failures.append(_failure(letter, post.server, str(error)))
        except BackendUnavailableError as error:
            unavailable = str(error)
            outcome.failures.append(_failure(letter, post.server, unavailable))
        progress.step()
    return outcome


def _failure(letter: Letter, server: str, message: str) -> Failure:
    return Failure(letter.mailbox.name, "letters", server, f"the letter to {letter.recipient} ({letter.kind}) is still owed: {message}")


def as_files(outcome: Outcome) -> dict[str, str]:
    """Each letter as a text and an HTML file for a look at them, by file name."""
    files: dict[str, str] = {}
    for letter, message in outcome.messages:
        name = f"{letter.mailbox.name}.{letter.kind}.{letter.recipient}"
        headers = "".join(f"{header}: {message[header]}\n" for header in ("From", "To", "Subject"))
        plain, html = (part.get_content() for part in message.iter_parts())
        files |= {f"{name}.txt": f"{headers}\n{plain}", f"{name}.html": html}
    return files


def made_by(results: Iterable[Mapping[str, Any]]) -> Made:
    """What the backends' results say. When a system gave no answer, nothing is known to be done."""
    results = list(results)
    held = {failure["mailbox"] for result in results for failure in result.get("failures", ())}
    if not all("failures" in result for result in results):
        held.add("*")
    return Made(created_by(results), held)
