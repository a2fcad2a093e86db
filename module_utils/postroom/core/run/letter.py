"""A letter as a message: plain text and HTML from one Markdown source that Jinja writes (RFC 5322, RFC 2046, RFC 3834)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from ...text import printable
from ..model import Person
from .letters import Letter

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_BLANK_LINES = re.compile(r"\n{3,}")
NAME_MAXIMUM = 64
"""Characters of a reader's name in the header."""
_MONTHS = {
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
    "en": "January February March April May June July August September October November December",
}
_NO_URL = re.compile(r"[^A-Za-z0-9:/?&=@._~%-]")


@dataclass(frozen=True, slots=True)
class Rendered:
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Who letters come from. ``list_id`` names them for filters, and keeps automatic replies away: RFC 3834, section 2, has responders
    look for list headers. It is empty for none."""

    name: str
    address: str
    reply_to: str = ""
    list_id: str = ""


class _Url(str):
    """A part of a URL, which has no Markdown in it."""

    __slots__ = ()


def _as_markdown(value: Any) -> Any:
    """A value in a Markdown source: whatever is in it stays text."""
    return value if isinstance(value, _Url) else _PUNCTUATION.sub(r"\\\1", _as_text(value))


def _as_text(value: Any) -> str:
    return printable(str(value))


def _url(value: str) -> str:
    return _Url(_NO_URL.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), value))


def _listed(values: Iterable[str], word: str) -> str:
    """``a, b and c``; ``word`` is the one before the last."""
    *others, last = values
    return f"{', '.join(others)} {word} {last}" if others else last


def _day(iso: str, language: str) -> str:
    """``2027-06-30`` as ``30 June 2027``."""
    year, month, day = map(int, iso.split("-"))
    return f"{day} {_MONTHS[language].split()[month - 1]} {year}"


class LetterTemplates:
    """``sources`` are the templates by name: ``nl/created.md.j2``, ``page.html.j2``, ... Each begins with a line ``Subject: ``.

    Raises jinja2.TemplateError for a template that cannot be used.
    """

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._text, self._markdown = (self._environment(sources, finalize) for finalize in (_as_text, _as_markdown))
        self._page = Environment(loader=DictLoader(dict(sources)), autoescape=True, undefined=StrictUndefined).get_template("page.html.j2")
        self._parser = MarkdownIt("commonmark", {"html": False})

    def _environment(self, sources: Mapping[str, str], finalize: Any) -> Environment:
        environment = Environment(  # noqa: S701 - Markdown; what is made of it is escaped by the parser
            loader=DictLoader(dict(sources)), finalize=finalize, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        environment.filters |= {"url": _url, "listed": _listed, "day": _day}
        return environment

    def render(self, letter: Letter, people: Mapping[str, Person], service: Mapping[str, Any]) -> Rendered:
        """``people`` by login; ``service`` is what the letters say of the servers: the role's variables, without their
        prefix, and ``maximum_members`` of the schema."""
        name = f"{letter.mailbox.language}/{letter.kind}.md.j2"
        values = context(letter, people, service)
        subject, text = _parts(self._text.get_template(name).render(values))
        _, markdown = _parts(self._markdown.get_template(name).render(values))
        body = Markup(self._parser.render(markdown))  # noqa: S704 - the parser escaped what is no markup of the template's
        return Rendered(subject, text, self._page.render(subject=subject, language=letter.mailbox.language, body=body) + "\n")


def _parts(source: str) -> tuple[str, str]:
    subject, _, body = source.partition("\n")
    return subject.removeprefix("Subject:").strip(), _BLANK_LINES.sub("\n\n", body).strip() + "\n"


def context(letter: Letter, people: Mapping[str, Person], service: Mapping[str, Any]) -> dict[str, Any]:
    """What the templates know. A member's letter is about that member's own way in, the requester's about everybody's."""
    exchange = {affiliation.lower() for affiliation in service["exchange_affiliations"]}

    def shown(login: str) -> dict[str, Any]:
        person = people.get(login)
        on_exchange = bool(person and person.affiliations & exchange)
        return {"login": login, "name": (person.name if person else "") or login, "on_exchange": on_exchange}

    mailbox = letter.mailbox
    members = [shown(login) for login in mailbox.members]
    recipient = {
        **shown(letter.recipient),
        "is_requester": letter.recipient == mailbox.requested_by,
        "is_member": letter.recipient in mailbox.members,
    }
    meant = members if recipient["is_requester"] else [recipient]
    return {
        "mailbox": {**asdict(mailbox), "name": mailbox.name},
        "members": members,
        "added": [shown(login) for login in letter.added],
        "removed": [shown(login) for login in letter.removed],
        "requester": shown(mailbox.requested_by),
        "recipient": recipient,
        "on_exchange": [person for person in meant if person["on_exchange"]],
        "not_on_exchange": [person for person in meant if not person["on_exchange"]],
        "more_members_until": next((until for rule, _, until in mailbox.exceptions if rule == "members-maximum"), ""),
        "service": service,
    }


def _display_name(name: str) -> str:
    """A name from the directory as a header may have it: words, without what has a meaning in an address (RFC 5322, section 3.2.3) or in
    an encoded word (RFC 2047). Python's own quoting is not relied on, since it is lost where a long header is folded."""
    kept = "".join(char if char in "-'." or char.isalnum() or unicodedata.category(char)[0] == "M" else " " for char in name)
    return " ".join(kept.split())[:NAME_MAXIMUM].rstrip()


def compose(letter: Letter, rendered: Rendered, sender: Sender, recipient: Person, date: str) -> EmailMessage:
    """The message; ``date`` is as RFC 5322 writes it. Raises ValueError for an address that mail cannot be sent to."""
    message = EmailMessage(policy=SMTP)
    try:
        address = sorted(recipient.addresses)[0]
        message["From"] = Address(sender.name, addr_spec=sender.address)
        message["To"] = Address(_display_name(recipient.name), addr_spec=address)
        if sender.reply_to:
            message["Reply-To"] = Address(addr_spec=sender.reply_to)
    except (IndexError, ValueError) as error:
        raise ValueError(f"{recipient.login} has no address in the directory that mail can be sent to") from error
    message["Subject"] = rendered.subject
    message["Date"] = date
    message["Message-ID"] = f"<{letter.identifier}@{sender.address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    if sender.list_id:
        message["List-Id"] = f"<{sender.list_id}>"
    message.set_content(rendered.text, cte="quoted-printable")
    message.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = letter.mailbox.language
    return message


def recipients(letters: Sequence[Letter]) -> set[str]:
    """The logins of everybody that the letters speak of or go to."""
    return {
        login
        for letter in letters
        for login in (letter.recipient, letter.mailbox.requested_by, *letter.mailbox.members, *letter.added, *letter.removed)
    }
