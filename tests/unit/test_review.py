from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.postroom.arguments.safety import DEFAULTS
from ansible.module_utils.postroom.backends.reports import ReportError
from ansible.module_utils.postroom.core.plan import Change, as_document
from ansible.module_utils.postroom.core.run.limits import ApprovalError
from ansible.module_utils.postroom.review import refusals

CHANGE = Change("labo.info", "cyrus", "retire", (), ())


def params(**given: object) -> dict[str, Any]:
    return {"approved_plan": None, "limits": None, "protected": [], "results": [], **given}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, None),
        ({"limits": {**DEFAULTS, "retired": 0}}, "1 mailboxes would be retired"),
        ({"protected": ["Labo.Info@UGent.be"], "results": [{"without_staff": ["labo.info"]}]}, "labo.info is protected"),
        ({"protected": ["Labo.Info@UGent.be"], "results": [{"without_staff": []}, {}]}, None),
    ],
)
def test_refusals(given: dict[str, object], reason: str | None) -> None:
    assert [one.startswith(str(reason)) for one in refusals(params(**given), [CHANGE], 10)] == ([True] if reason else [])


def test_the_approved_plan_is_read(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(as_document([], [CHANGE])))
    assert refusals(params(approved_plan=path), [CHANGE], 10) == []
    (reason,) = refusals(params(approved_plan=path), [], 10)
    assert "labo.info on cyrus: retire was approved" in reason


@pytest.mark.parametrize(("content", "error"), [("x", ReportError), ("{}", ApprovalError)])
def test_what_cannot_be_read_is_no_approval(tmp_path: Path, content: str, error: type[Exception]) -> None:
    path = tmp_path / "plan.json"
    with pytest.raises(ReportError):
        refusals(params(approved_plan=path), [CHANGE], 10)
    path.write_text(content)
    with pytest.raises(error):
        refusals(params(approved_plan=path), [CHANGE], 10)
