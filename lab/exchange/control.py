"""Order faults from the practice Exchange, and look at what it did.

``python -m lab.exchange.control STATE drop-connection --after 5`` and so on; STATE is ``.lab/exchange``. Tests use ``Control``.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from lab.exchange.behaviour import SETTING, Behaviour
from lab.exchange.faults import ALWAYS, Wire
from lab.exchange.put import remove_put
from lab.exchange.store import AuditEntry, Store

STORE = "store.sqlite3"


class Control:
    """The practice Exchange's state directory, from a process that is not the server. Orders count from the next message on."""

    def __init__(self, state_directory: str | Path) -> None:
        self.directory = Path(state_directory)
        if not (self.directory / STORE).exists():
            raise FileNotFoundError(f"no practice Exchange has its state in {self.directory}")
        self.wire = Wire(self.directory)
        self.store = Store(self.directory / STORE)

    def __enter__(self) -> Control:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self.wire.close()
        self.store.close()

    def drop_connection(self, after: int = 0, *, processed: bool = False, action: str = "", times: int = 1) -> None:
        """Close the connection instead of answering, after this many messages. ``processed``: do what was asked first."""
        self.wire.order("drop", after=after, action=action, times=times, processed=processed)

    def answer_fault(self, code: int, after: int = 0, *, action: str = "", times: int = 1, status: int = 500) -> None:
        """Answer with this WS-Management fault; ``status=200`` gives it as some gateways do, as if it were a success."""
        self.wire.order("fault", after=after, action=action, times=times, code=code, status=status)

    def delay(self, seconds: float, after: int = 0, *, action: str = "", times: int = ALWAYS) -> None:
        """Let each message wait."""
        self.wire.order("delay", after=after, action=action, times=times, seconds=seconds)

    def throttle(self, times: int = 1, *, after: int = 0, action: str = "Create") -> None:
        """Refuse as for too many shells: AuthZ-AuthorizationException. Exchange Online was seen to do so at the first Receive."""
        self.wire.order("throttle", after=after, action=action, times=times)

    def replication_delay(self, seconds: float) -> None:
        """From now on the other domain controller sees a write this much later."""
        self.store.set_replication_delay(seconds)

    def fail_cmdlet(self, cmdlet: str, identity: str, reason: str = "ADTransientException", times: int = 1, message: str = "") -> None:
        """Let one cmdlet fail for one identity (``*`` is any)."""
        self.store.fail(cmdlet, identity, reason, times, message)

    def behave(self, **settings: object) -> None:
        """Be another server from now on: the fields of Behaviour; without any, an ordinary one on premises."""
        Behaviour(**settings)  # type: ignore[arg-type]  # refuses what there is none of
        self.store.set_setting(SETTING, settings)

    def clear(self) -> None:
        """No faults any more, no replication delay, an ordinary server on premises, without what was put there."""
        self.wire.clear()
        self.store.clear_failures()
        self.store.set_replication_delay(0)
        self.behave()
        remove_put(self.store)

    def audit_log(self) -> list[AuditEntry]:
        """Every command: when, who, what, and how it ended."""
        return self.store.audit_log()

    def shells(self) -> list[dict[str, Any]]:
        """The shells that are open now."""
        return self.wire.shells()

    def messages(self) -> int:
        """How many WS-Management messages have come so far."""
        return self.wire.messages()


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Order faults from the practice Exchange, and look at what it did.")
    parser.add_argument("state", type=Path, help="its state directory: .lab/exchange")
    verbs = parser.add_subparsers(dest="verb", required=True)
    counted = argparse.ArgumentParser(add_help=False)
    counted.add_argument("--after", type=int, default=0, help="messages that pass first (default 0)")
    counted.add_argument("--action", default="", help="count only Create, Command, Send, Receive, Signal or Delete")
    counted.add_argument("--times", type=int, help="how many messages; -1 is all from then on")
    drop = verbs.add_parser("drop-connection", parents=[counted], help="close the connection instead of answering")
    drop.add_argument("--processed", action="store_true", help="do what was asked, and lose only the answer")
    fault = verbs.add_parser("fault", parents=[counted], help="answer a WS-Management fault")
    fault.add_argument("code", type=int)
    fault.add_argument("--status", type=int, default=500, help="HTTP status (default 500)")
    delay = verbs.add_parser("delay", parents=[counted], help="let each message wait")
    delay.add_argument("seconds", type=float)
    verbs.add_parser("throttle", parents=[counted], help="refuse new shells as throttled")
    replication = verbs.add_parser("replication-delay", help="between the two domain controllers")
    replication.add_argument("seconds", type=float)
    fail = verbs.add_parser("fail", help="let a cmdlet fail for an identity")
    fail.add_argument("cmdlet")
    fail.add_argument("identity", help="in any form; * is any")
    fail.add_argument("--reason", default="ADTransientException", help="the exception's class")
    fail.add_argument("--message", default="")
    fail.add_argument("--times", type=int)
    for verb, text in (("clear", "no faults any more"), ("audit-log", "commands, as JSON lines"), ("shells", "open shells, as JSON lines")):
        verbs.add_parser(verb, help=text)
    verbs.add_parser("messages", help="how many messages have come")
    return parser


def run(control: Control, given: argparse.Namespace) -> list[str]:
    """Do what the command line says; the lines to print."""
    counted = {name: getattr(given, name) for name in ("after", "action", "times") if getattr(given, name, None)}
    match given.verb:
        case "drop-connection":
            control.drop_connection(**counted, processed=given.processed)
        case "fault":
            control.answer_fault(given.code, **counted, status=given.status)
        case "delay":
            control.delay(given.seconds, **counted)
        case "throttle":
            control.throttle(**counted)
        case "replication-delay":
            control.replication_delay(given.seconds)
        case "fail":
            control.fail_cmdlet(given.cmdlet, given.identity, given.reason, given.times or 1, given.message)
        case "clear":
            control.clear()
    return {
        "audit-log": lambda: [json.dumps(asdict(entry), ensure_ascii=False) for entry in control.audit_log()],
        "shells": lambda: [json.dumps(shell) for shell in control.shells()],
        "messages": lambda: [str(control.messages())],
    }.get(given.verb, list)()


def main() -> int:
    given = arguments().parse_args()
    try:
        with Control(given.state) as control:
            lines = run(control, given)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"control: {error}\n")
        return 1
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


if __name__ == "__main__":
    sys.exit(main())
