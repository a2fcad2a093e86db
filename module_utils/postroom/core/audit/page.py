"""The audit page: one HTML file that works from disk, made of its parts and of the audit's document."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

DATA = "__AUDIT_JSON__"
POLICY = "<!-- Content-Security-Policy -->"
_PARTS = {
    "style": re.compile(r'<link rel="stylesheet" href="([^"]+)">'),
    "script": re.compile(r'<script src="([^"]+)"></script>'),
}
_ESCAPES = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def as_html(template: str, document: Mapping[str, Any]) -> str:
    """The page with its data: the template, where ``__AUDIT_JSON__`` stands once, and what ``audit.json`` holds.

    No value can end the element that the data stands in: only ASCII is left, and ``<``, ``>`` and ``&`` are escaped too (HTML standard,
    4.12.1.3, restrictions for contents of script elements). Raises ValueError when the template is none.
    """
    before, marker, after = template.partition(DATA)
    if not marker or DATA in after:
        raise ValueError(f"the template of the audit page must contain {DATA} once")
    return before + json.dumps(document, separators=(",", ":"), allow_nan=False).translate(_ESCAPES) + after


def assembled(template: str, parts: Mapping[str, str]) -> str:
    """The template with its style sheets and scripts, by file name, put in their places, and a policy that allows these and nothing else.

    The policy (Content Security Policy Level 3) has a hash of each, so that nothing that came in with the data could run, and no address,
    so that nothing is fetched or sent. Raises ValueError when a part is missing or could end its own element.
    """
    policy = ["default-src 'none'", "base-uri 'none'", "form-action 'none'"]
    for element, pattern in _PARTS.items():
        start, *rest = pattern.split(template)
        texts = [_part(name, element, parts) for name in rest[::2]]
        policy.append(" ".join([f"{element}-src", *map(_hash, texts)]))
        template = start + "".join(f"<{element}>{text}</{element}>{after}" for text, after in zip(texts, rest[1::2], strict=True))
    return template.replace(POLICY, f'<meta http-equiv="Content-Security-Policy" content="{"; ".join(policy)}">', 1)


def _part(name: str, element: str, parts: Mapping[str, str]) -> str:
    if name not in parts:
        raise ValueError(f"the audit page needs {name}, which is not beside its template")
    if re.search(f"</{element}|<!--", parts[name], re.IGNORECASE):
        raise ValueError(f"{name} must not contain </{element} or <!--: its element would end elsewhere")
    return parts[name]


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
