from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from email.utils import getaddresses
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.postroom.core.model import Mailbox, Person
from ansible.module_utils.postroom.core.run.letter import LetterTemplates, Rendered, Sender, compose
from ansible.module_utils.postroom.core.run.letters import Kind, Letter
from hypothesis import given
from hypothesis import strategies as st

from ...declaration import mailbox

FOLDER = Path(__file__).parents[4] / "roles/letters/templates"
TEMPLATES = LetterTemplates({str(path.relative_to(FOLDER)): path.read_text() for path in FOLDER.rglob("*.j2")})
SERVICE = {
    "organization": "UGent", "helpdesk_address": "helpdesk@ugent.be", "maximum_members": 5, "exchange_affiliations": ["staff"],
    "exchange_deployment": "on_premises",
    "imap_host": "mail.ugent.be", "imap_port": 143, "imap_encryption": "TLS", "smtp_host": "smtp.ugent.be", "smtp_port": 587,
    "smtp_encryption": "TLS", "other_users": "Other Users",
    "owa_url": "https://owa.ugent.be/owa/", "exchange_domain": "UGENT", "exchange_imap_host": "xmail.ugent.be",
    "exchange_imap_port": 993, "exchange_imap_encryption": "SSL",
}  # fmt: skip
AN = Person("an", "uid=an", frozenset({"staff"}), frozenset({"an@ugent.be"}), name="An Janssens")
BO = Person("bo", "uid=bo", frozenset({"student"}), frozenset({"bo@ugent.be"}), name="Bo Özkan")
CY = Person("cy", "uid=cy", frozenset({"staff"}), frozenset({"cy@ugent.be"}), name="Cy Maes")
PEOPLE = {person.login: person for person in (AN, BO, CY)}
LABO = mailbox(requested_by="an", members=("an", "bo"))
KINDS: list[Kind] = ["created", "changed", "added", "removed", "retired"]


def rendered(kind: Kind, recipient: str = "an", box: Mailbox = LABO, people: dict[str, Person] = PEOPLE, **changes: Any) -> Rendered:
    letter = Letter(kind, replace(box, **changes), recipient, 1, ("cy",), ("bo",))
    return TEMPLATES.render(letter, people, SERVICE)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("backend", ["cyrus", "exchange"])
def test_every_letter_says_which_mailbox_and_whom_to_ask(kind: Kind, language: str, backend: str) -> None:
    letter = rendered(kind, language=language, backend=backend)
    for part in (letter.text, letter.html):
        assert "Labo.Info@UGent.be" in part
        assert "An Janssens" in part
        assert "helpdesk@ugent.be" in part
    assert "Labo.Info@UGent.be" in letter.subject
    assert f'lang="{language}"' in letter.html
    assert "\\" not in letter.text.replace("UGENT\\", "").replace("\\labo.info", "")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("nl", ["Toegekend e-mailadres: Labo.Info@UGent.be", "Loginnaam voor de shared mailbox: Labo.Info@UGent.be", "An Janssens (an)",
                "Server: mail.ugent.be", "Poort: 143, encryptie: TLS", "Loginnaam: Labo.Info@UGent.be", "uw eigen UGent-wachtwoord",
                "Server: smtp.ugent.be", "Poort: 587, encryptie: TLS", "Loginnaam: uw eigen loginnaam (an)", "Quota: 5 GB",
                "voor alle gebruikers", "geen forward", "via e-mail aan <helpdesk@ugent.be>"]),
        ("en", ["Assigned e-mail address: Labo.Info@UGent.be", "Login name of the shared mailbox: Labo.Info@UGent.be", "Bo Özkan (bo)",
                "Server: mail.ugent.be", "Port: 143, encryption: TLS", "your own UGent password", "Server: smtp.ugent.be",
                "Port: 587, encryption: TLS", "Login name: your own login name (an)", "for all users", "No forwarding",
                "Ask the helpdesk to add users"]),
    ],
)  # fmt: skip
def test_a_letter_about_a_mailbox_on_cyrus_says_what_the_description_lists(language: str, said: list[str]) -> None:
    text = rendered("created", language=language).text
    assert [line for line in said if line not in text] == []


@pytest.mark.parametrize(
    ("kind", "recipient", "said", "unsaid"),
    [
        ("created", "an", ["Dit geldt voor An Janssens, met een", "Dit geldt voor Bo Özkan, zonder", "<https://owa.ugent.be/owa/Labo.Info@UGent.be>"],
         []),
        ("added", "bo", ["<https://owa.ugent.be/owa/Labo.Info@UGent.be>", "UGENT\\bo\\labo.info",
          "Extra gebruikers toevoegen vraagt u aan bij de helpdesk"],
         ["Outlook", "Dit geldt", "Waarvoor"]),
        ("added", "cy", ["In klassiek Outlook voor Windows", "verschijnt vanzelf in Outlook", "Alleen als hij niet verschijnt",
          "Accountinstellingen",
          "<https://owa.ugent.be/owa/Labo.Info@UGent.be>", "Het nieuwe Outlook voor Windows werkt niet", "xmail.ugent.be"],
         ["Dit geldt", "Waarvoor"]),
    ],
)  # fmt: skip
def test_each_member_reads_about_the_own_way_into_a_mailbox_on_exchange(
    kind: Kind, recipient: str, said: list[str], unsaid: list[str]
) -> None:
    text = rendered(kind, recipient, backend="exchange", members=("an", "bo", "cy") if kind == "added" else ("an", "bo")).text  # type: ignore[arg-type]
    assert [line for line in said if line not in text] == []
    assert [line for line in unsaid if line in text] == []


THREE = {"members": ("an", "bo", "cy"), "backend": "exchange"}
EXCEPTION = (("members-maximum", "a merger", "2027-06-30"),)


@pytest.mark.parametrize(
    ("kind", "changes", "nl", "en"),
    [
        ("created", {}, "Waarvoor: Questions from students about the practicals", "What it is for: Questions from students"),
        ("created", {}, "Afkorting in het adres: info = informatica", "Abbreviation in the address: info = informatica"),
        ("created", {"abbreviations": (("labo", "laboratorium"), ("info", "informatica"))},
         "Afkortingen in het adres: labo = laboratorium en info = informatica", "laboratorium and info = informatica"),
        ("created", THREE, "geldt voor An Janssens en Cy Maes, met een eigen", "is for An Janssens and Cy Maes, who have a mailbox"),
        ("created", THREE, "Dit geldt voor Bo Özkan, zonder", "This is for Bo Özkan, who has no mailbox"),
        ("created", {}, "Toegelaten gebruikers:", "Allowed users:"),
        ("created", {"members": ("an",)}, "Toegelaten gebruiker:", "Allowed user:"),
        ("created", {}, "hoogstens 5 gebruikers, personeelsleden of studenten met een UGent-account, van wie minstens één personeelslid.\n",
         "at most 5 users, staff or students with a UGent account, at least one of them staff.\n"),
        ("created", {"exceptions": EXCEPTION}, "een uitzondering gemaakt, tot en met 30 juni 2027.", "up to and including 30 June 2027."),
        ("created", {}, "Extra gebruikers toevoegen vraagt u aan bij de helpdesk, via e-mail", "Ask the helpdesk to add users, by e-mail"),
        ("retired", {}, "Wie naar het adres schrijft, krijgt te horen", "Whoever writes to the address is told"),
        ("retired", {"backend": "exchange"}, "hun mail komt nog aan in de afgesloten mailbox",
         "their mail still arrives in the closed mailbox"),
        ("retired", {}, "Deze gebruikers hadden toegang", "These users had access"),
        ("retired", {"members": ("an",)}, "Deze gebruiker had toegang", "This user had access"),
    ],
)  # fmt: skip
def test_what_a_letter_says(kind: Kind, changes: dict[str, Any], nl: str, en: str) -> None:
    for language, said in (("nl", nl), ("en", en)):
        assert said in rendered(kind, language=language, **changes).text


@pytest.mark.parametrize(
    ("deployment", "said", "unsaid"),
    [("on_premises", "The new Outlook for Windows does not work", "Shared with me"), ("online", "Shared with me", "does not work")],
)
def test_the_new_outlook_is_for_exchange_online(deployment: str, said: str, unsaid: str) -> None:
    box = replace(LABO, backend="exchange", language="en")
    text = TEMPLATES.render(Letter("created", box, "an", 1), PEOPLE, {**SERVICE, "exchange_deployment": deployment}).text
    assert said in text
    assert unsaid not in text
    assert "In classic Outlook" in text
    assert "Outlook on the web" in text


@pytest.mark.parametrize("maximum", [1, 7])
def test_how_many_members_there_may_be_is_what_the_rules_say(maximum: int) -> None:
    text = TEMPLATES.render(Letter("created", LABO, "an", 1), PEOPLE, {**SERVICE, "maximum_members": maximum}).text
    assert {1: "hoogstens 1 gebruiker, een personeelslid met", 7: "hoogstens 7 gebruikers, personeelsleden"}[maximum] in text


def test_a_change_names_who_came_and_who_went() -> None:
    text = rendered("changed").text
    assert "Toegevoegd: Cy Maes (cy)" in text
    assert "Geen toegang meer: Bo Özkan (bo)" in text


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "*An* [x](http://y) & `z`", "# An\nBcc: x@y", "\u202e An", "1. An"])
def test_what_people_wrote_stays_text(name: str) -> None:
    letter = rendered("created", display_name=name, people={**PEOPLE, "an": replace(AN, name=name)})  # type: ignore[arg-type]
    body = letter.html.partition("<main>")[2]
    assert not any(tag in body for tag in ("<img", '<a href="http://y', "<em>", "<code>", "<h1>", "\u202e"))
    message = compose(Letter("created", LABO, "an", 1), letter, Sender("Help", "help@ugent.be"), replace(AN, name=name), "now")
    assert message["Bcc"] is None


def test_both_parts_say_the_same() -> None:
    letter = rendered("created", backend="exchange")
    words = "".join(letter.text.split())
    for line in ("An Janssens (an)", "Bo Özkan (bo)", "UGENT\\an\\labo.info", "Server: xmail.ugent.be"):
        assert "".join(line.split()) in words
        assert line in letter.html


def test_the_message() -> None:
    sender = Sender("Helpdesk UGent", "helpdesk@ugent.be", "vragen@ugent.be", "shared-mailboxes.ugent.be")
    letter = Letter("created", LABO, "bo", 1)
    date = "Tue, 24 Nov 2026 04:00:00 +0000"
    raw = compose(letter, TEMPLATES.render(letter, PEOPLE, SERVICE), sender, BO, date).as_bytes()
    assert raw.isascii()
    assert b"To: Bo =?utf-8?q?=C3=96zkan?= <bo@ugent.be>" in raw
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert message["To"].addresses[0].display_name == "Bo Özkan"
    headers = ("From", "Reply-To", "Date", "Auto-Submitted", "List-Id", "Content-Language", "Message-ID")
    assert {name: message[name] for name in headers} == {
        "From": "Helpdesk UGent <helpdesk@ugent.be>", "Reply-To": "vragen@ugent.be", "Date": date, "Auto-Submitted": "auto-generated",
        "List-Id": "<shared-mailboxes.ugent.be>", "Content-Language": "nl", "Message-ID": f"<{letter.identifier}@ugent.be>",
    }  # fmt: skip
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.parametrize("addresses", [frozenset(), frozenset({"no address"}), frozenset({"é@ugent.be\r\nBcc: x@y"})])
def test_somebody_without_an_address(addresses: frozenset[str]) -> None:
    with pytest.raises(ValueError, match="bo has no address in the directory"):
        compose(Letter("created", LABO, "bo", 1), Rendered("x", "x", "x"), Sender("", "a@b"), replace(BO, addresses=addresses), "now")


PIECES = [*'()<>[]:;@,."=?_ ', "\\", "\t", "\n", "Bo ", "Özkan", "cy@ugent.be, ", "<cy@ugent.be>", "=?utf-8?q?"]
NAMES = st.lists(st.builds(str.__mul__, st.sampled_from(PIECES), st.integers(1, 12)), max_size=8).map("".join)


@given(NAMES)
def test_no_name_puts_another_address_into_a_letter(name: str) -> None:
    raw = compose(Letter("created", LABO, "bo", 1), Rendered("x", "x", "x"), Sender("", "a@b"), replace(BO, name=name), "now").as_bytes()
    read = email.message_from_bytes(raw, policy=email.policy.default)
    assert [address.addr_spec for address in read["To"].addresses] == ["bo@ugent.be"]
    assert [found for _, found in getaddresses([email.message_from_bytes(raw)["To"]])] == ["bo@ugent.be"]


def test_a_name_stays_readable() -> None:
    message = compose(
        Letter("created", LABO, "bo", 1), Rendered("x", "x", "x"), Sender("", "a@b"), replace(BO, name="D'Hondt-Özkan, B."), "now"
    )
    assert message["To"].addresses[0].display_name == "D'Hondt-Özkan B."
