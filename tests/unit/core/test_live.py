from __future__ import annotations

import json

from ansible.module_utils.postroom.core.live import Grant, LiveMailbox


def test_it_travels_as_json() -> None:
    mailbox = LiveMailbox(
        "labo", "cyrus", mark="postroom", is_managed=True, grants=(Grant("rights", "cdevos", "cdevos", "lrs"),), quota_kib=1
    )
    assert LiveMailbox.from_dict(json.loads(json.dumps(mailbox.as_dict()))) == mailbox
