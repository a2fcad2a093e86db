"""What letters are made of: templates on disk, people in the directory, and the time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from ..core.directory import DirectoryPolicy
from ..core.letter import LetterTemplates, Sender, compose, recipients
from ..core.letters import Letter
from ..core.model import Person
from .directory import Directory, DirectoryServer


def composer(
    folder: Path, sender: Sender, service: Mapping[str, Any], server: DirectoryServer, letters: Sequence[Letter]
) -> Callable[[Letter], EmailMessage | None]:
    """What makes a message of each of these letters, with everybody's name and address from the directory. It makes none of a letter
    about an end when the reader's account has ended too.

    Raises BackendUnavailableError, and ValueError for templates that cannot be used.
    """
    try:
        templates = LetterTemplates({str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*.j2")})
    except TemplateError as error:
        raise ValueError(f"the templates in {folder} cannot be used: {error}") from error
    people = _people(server, letters)

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


def _people(server: DirectoryServer, letters: Sequence[Letter]) -> Mapping[str, Person]:
    if not letters:
        return {}
    with Directory(server) as directory:
        names = [letter.mailbox.name for letter in letters]
        return directory.observe(names, recipients(letters), DirectoryPolicy(server.mailboxes_base)).people
