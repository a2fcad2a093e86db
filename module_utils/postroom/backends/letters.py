"""What letters are made of: templates on disk, people in the directory, and the time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from ..core.directory.plan import DirectoryPolicy
from ..core.model import Person
from ..core.run.letter import LetterTemplates, Sender, compose, recipients
from ..core.run.letters import Letter
from .declarations import DeclarationsError, read_schema
from .directory import Directory, DirectoryServer


def composer(
    folder: Path, sender: Sender, service: Mapping[str, Any], people: Mapping[str, Person]
) -> Callable[[Letter], EmailMessage | None]:
    """What makes a message of a letter, with the names and addresses of these people, by login. It makes none of a letter about an end
    when the reader's account has ended too.

    Raises ValueError for templates that cannot be used.
    """
    try:
        templates = LetterTemplates({str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*.j2")})
    except TemplateError as error:
        raise ValueError(f"the templates in {folder} cannot be used: {error}") from error

    def message(letter: Letter) -> EmailMessage | None:
        reader = people.get(letter.recipient)
        if reader is None or not reader.active:
            if letter.kind in ("removed", "retired"):
                return None
            raise ValueError(f"{letter.recipient} has no active account; name somebody else in {letter.mailbox.file}")
        try:
            rendered = templates.render(letter, people, service)
        except TemplateError as error:
            raise ValueError(f"its template cannot be used: {error}") from error
        return compose(letter, rendered, sender, reader, formatdate())

    return message


def service_of(given: Mapping[str, Any], schema: Path) -> dict[str, Any]:
    """What letters say of the service: the arguments, and what the rules for declarations say. Raises ValueError for a schema that cannot
    be used."""
    try:
        return {**given, "maximum_members": read_schema(schema).maximum_members}
    except DeclarationsError as error:
        raise ValueError(str(error)) from error


def people_of(letters: Sequence[Letter], server: DirectoryServer, policy: DirectoryPolicy) -> Mapping[str, Person]:
    """The people whom these letters go to or name, by login. Raises BackendUnavailableError."""
    if not letters:
        return {}
    with Directory(server) as directory:
        names = [letter.mailbox.name for letter in letters]
        return directory.observe(names, recipients(letters), policy).people
