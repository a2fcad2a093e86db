"""What a module that writes letters is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email.message import EmailMessage
from email.utils import formatdate
from pathlib import Path
from typing import Any

from jinja2 import TemplateError

from ..backends.directory import Directory
from ..backends.smtp import SmtpServer
from ..core.directory import DirectoryPolicy
from ..core.letters import Letter
from ..core.model import Person
from ..wire.letter import LetterTemplates, Sender, compose, recipients
from . import Spec
from .directory import directory_server, directory_spec

LETTERS: Spec = {
    "stage": {"type": "str", "choices": ["note", "send", "preview"], "required": True},
    "created": {"type": "list", "elements": "str"},
    "ledger": {"type": "path", "required": True},
    "templates": {"type": "path", "required": True},
    "service": {"type": "dict", "required": True},
    "sender": {
        "type": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "default": ""},
            "address": {"type": "str", "required": True},
            "reply_to": {"type": "str", "default": ""},
            "list_id": {"type": "str", "default": ""},
        },
    },
    "smtp": {
        "type": "dict",
        "required": True,
        "options": {
            "host": {"type": "str", "required": True},
            "port": {"type": "int", "default": 587},
            "tls": {"type": "str", "choices": ["starttls", "implicit", "none"], "default": "starttls"},
            "ca_file": {"type": "path"},
            "user": {"type": "str", "default": ""},
            "password": {"type": "str", "default": "", "no_log": True},
            "timeout": {"type": "int", "default": 60},
        },
    },
    "directory": {"type": "dict", "required": True, "options": directory_spec()},
}


def smtp_server(params: Mapping[str, Any]) -> SmtpServer:
    return SmtpServer(**params["smtp"])


def composer(params: Mapping[str, Any], letters: list[Letter]) -> Callable[[Letter], EmailMessage]:
    """What makes a message of each of these letters, with everybody's name and address from the directory.

    Raises BackendUnavailableError, and ValueError for templates that cannot be used.
    """
    folder = Path(params["templates"])
    sources = {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*.j2")}
    sender = Sender(**params["sender"])
    people = _people(params, letters)

    def message(letter: Letter) -> EmailMessage:
        nobody = Person(letter.recipient, "", frozenset())
        try:
            rendered = templates.render(letter, people, params["service"])
        except TemplateError as error:
            raise ValueError(f"its template cannot be used: {error}") from error
        return compose(letter, rendered, sender, people.get(letter.recipient, nobody), formatdate())

    try:
        templates = LetterTemplates(sources)
    except TemplateError as error:
        raise ValueError(f"the templates in {folder} cannot be used: {error}") from error
    return message


def _people(params: Mapping[str, Any], letters: list[Letter]) -> Mapping[str, Person]:
    if not letters:
        return {}
    server = directory_server(params["directory"])
    with Directory(server) as directory:
        names = [letter.mailbox.name for letter in letters]
        return directory.observe(names, recipients(letters), DirectoryPolicy(server.mailboxes_base)).people
