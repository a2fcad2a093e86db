from __future__ import annotations

import pytest
from ansible.module_utils.postroom.core.audit.evidence import Answer
from ansible.module_utils.postroom.core.audit.observed import forwarding, observed
from ansible.module_utils.postroom.core.directory.live import person_as_dict
from ansible.module_utils.postroom.core.live import LiveMailbox
from ansible.module_utils.postroom.core.packed import pack

from ...audit_world import person

BOX = LiveMailbox("labo", "cyrus")


def test_what_the_info_modules_returned() -> None:
    found = observed(
        [
            {"system": "cyrus", "server": "imap", "live": pack([BOX.as_dict()])},
            {"system": "directory", "server": "ldap", "live": "", "people": pack([person_as_dict(person("cdevos"))])},
            {"system": "exchange", "msg": "refused"},
        ]
    )
    assert found.live == [BOX]
    assert found.people == {"cdevos": person("cdevos")}
    assert found.answers == [Answer("cyrus", "imap"), Answer("directory", "ldap"), Answer("exchange", "", False, "refused")]


def test_a_warning_is_something_that_was_not_read() -> None:
    assert observed([{"system": "cyrus", "live": "", "warnings": ["no ACL"]}]).answers == [Answer("cyrus", "", unread=("no ACL",))]


def test_no_directory_is_not_an_empty_one() -> None:
    assert observed([]).people is None
    assert observed([{"system": "directory", "live": "", "people": ""}]).people == {}


@pytest.mark.parametrize("result", [{"live": ""}, {"system": "cyrus", "live": "x"}, {"system": "cyrus", "live": '[{"name": 1}]'}])
def test_anything_else_is_refused(result: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="not what an info module returns"):
        observed([result])


def test_what_was_not_looked_through_for_forwarding_is_no_answer() -> None:
    found, failed = forwarding(
        [{"system": "cyrus", "forwarding": [{"mailbox": "a"}]}, {"system": "exchange", "msg": "refused", "forwarding": []}]
    )
    assert found == [{"mailbox": "a"}]
    assert failed == [Answer("exchange", "", False, "refused")]
