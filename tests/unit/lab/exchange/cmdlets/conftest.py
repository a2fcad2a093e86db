"""A small practice organisation, and a way to type commands at it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from lab.exchange.cmdlets import ExchangeCmdlets
from lab.exchange.pipeline import Argument, Caller, Failed, Invocation, Output, Record, Warned
from lab.exchange.store import Person, Store

PEOPLE = (
    Person("anna", "Anna Peeters", "Anna", "Peeters", "Anna.Peeters@ugent.be", "staff"),
    Person("apeeters", "Anna Peeters", "Anna", "Peeters", "apeeters@ugent.be", "staff"),
    Person("bert", "Bert Maes", "Bert", "Maes", "bert@ugent.be", "student"),
    Person("gast", "Gast Hoger", "Gast", "Hoger", "gast@elders.be", "guest"),
    Person("weg", "Jan Weg", "Jan", "Weg", "", "alum"),
)


@dataclass
class Shell:
    """What an administrator has: commands, and what came of them. ``shell("Get-Mailbox", "info", ResultSize=1)``"""

    store: Store
    cmdlets: ExchangeCmdlets
    people: list[Person] = field(default_factory=list)

    def command(self, name: str, *positional: Any, **named: Any) -> Invocation:
        values = [Argument(None, value) for value in positional] + [Argument(key, value) for key, value in named.items()]
        return Invocation(name, tuple(values))

    def pipe(self, *commands: Invocation) -> list[Record]:
        return list(self.cmdlets.run(commands, Caller("admin")))

    def records(self, *args: Any, **named: Any) -> list[Record]:
        return self.pipe(self.command(*args, **named))

    def __call__(self, *args: Any, **named: Any) -> list[Any]:
        """The objects that come back, without warnings; an error fails the test."""
        records = self.records(*args, **named)
        assert not [record for record in records if isinstance(record, Failed)], records
        return [record.value for record in records if isinstance(record, Output)]

    def error(self, *args: Any, **named: Any) -> Failed:
        """The one error that comes back."""
        [failed] = [record for record in self.records(*args, **named) if isinstance(record, Failed)]
        return failed

    def warnings(self, *args: Any, **named: Any) -> list[str]:
        return [record.text for record in self.records(*args, **named) if isinstance(record, Warned)]

    def shared(self, name: str = "info", **named: Any) -> Any:
        """A new shared mailbox."""
        [made] = self("New-Mailbox", Name=name, Shared=True, OrganizationalUnit="ugent.be/SharedMailboxes", **named)
        return made

    def get(self, identity: str = "info") -> Any:
        [found] = self("Get-Mailbox", identity)
        return found


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    people = list(PEOPLE)
    store = Store(tmp_path / "exchange.sqlite", lambda: list(people), people_lifetime=0)
    yield Shell(store, ExchangeCmdlets(store), people)
    store.close()
