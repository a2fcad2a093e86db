"""A milter for Postfix' submission service: who logs in names a shared address in ``From:`` only where the directory lets that login send.

``originator_milter.py --socket PATH --postfix DIRECTORY``, on Debian's python3-milter; ``originators.py`` lies beside it. It asks the
directory by the relay's own maps, the same that say whom the envelope's sender belongs to. What it cannot find out is refused for now, so
that the mail program tries again. The socket is for the group that this runs as: Postfix'.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import Milter
from originators import FIELDS, UnreadableError, named_addresses, not_sent_for

PATIENCE = 25
"""Seconds for an answer of the directory; Postfix waits 30 for the milter's (milter_command_timeout)."""


class UnknownError(Exception):
    """The directory did not tell."""


class Maps:
    """The maps in Postfix' configuration ``directory``, asked by Postfix' own client."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def look_up(self, name: str, keys: Iterable[str]) -> dict[str, str]:
        """What the map has, by key. Raises UnknownError. Postmap ends with 1 both for nothing found and for an error, which it tells."""
        command = ["/usr/sbin/postmap", "-c", str(self.directory), "-q", "-", f"ldap:{self.directory}/ldap/{name}.cf"]
        asked = "".join(f"{key}\n" for key in keys)
        try:
            done = subprocess.run(
                command, input=asked.encode(errors="surrogateescape"), capture_output=True, check=False, timeout=PATIENCE / 2
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UnknownError(str(error)) from error
        said = done.stderr.decode(errors="replace")
        if done.returncode not in (0, 1) or any(f" {word}: " in said for word in ("error", "fatal", "panic")):
            raise UnknownError(said.strip())
        lines = (line.partition("\t") for line in done.stdout.decode(errors="surrogateescape").splitlines())
        return {key: value for key, _, value in lines}


class OriginatorMilter(Milter.Base):  # type: ignore[misc]
    maps: Maps

    def envfrom(self, sender: str, *_: str) -> int:
        self.sender = sender.strip("<>").lower()
        self.login = self.getsymval("{auth_authen}") or ""
        self.values: list[str] = []
        return int(Milter.CONTINUE)

    def header(self, name: str, value: str) -> int:
        if name.strip().lower() in FIELDS:
            self.values.append(value)
        return int(Milter.CONTINUE)

    def eoh(self) -> int:
        try:
            # Postfix has compared the envelope's sender with the login by now.
            named = named_addresses(self.values) - {self.sender}
            shared = self.maps.look_up("forged", sorted(named)) if named else {}
            refused = not_sent_for(self.login, shared, self.maps.look_up("mailbox_senders", sorted(shared))) if shared else []
        except UnreadableError as error:
            return self._answer("550", "5.6.0", f"The From line cannot be read with certainty ({error}); write it as Name <address>")
        except UnknownError as error:
            sys.stderr.write(f"the directory did not tell: {error}\n")
            return self._answer("451", "4.3.0", "Who may send as the address in From is not known just now; try again later")
        if refused:
            whom = ", ".join(refused)
            return self._answer("550", "5.7.1", f"The message says that it is from {whom}; only members of a shared mailbox write as it")
        return int(Milter.CONTINUE)

    def _answer(self, code: str, enhanced: str, text: str) -> int:
        self.setreply(code, enhanced, text.replace("%", "%%"))
        return int(Milter.REJECT if code.startswith("5") else Milter.TEMPFAIL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--socket", required=True)
    parser.add_argument("--postfix", type=Path, default=Path("/etc/postfix"))
    given = parser.parse_args()
    OriginatorMilter.maps = Maps(given.postfix)
    Milter.factory = OriginatorMilter
    Milter.set_exception_policy(Milter.TEMPFAIL)
    os.umask(0o007)
    Milter.runmilter("postroom", f"unix:{given.socket}", timeout=300)


if __name__ == "__main__":
    main()
