"""What the documentation promises about the code."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

from ansible.module_utils.postroom.core.audit.kinds import RULES
from ansible.module_utils.postroom.core.declarations import rules
from ansible.module_utils.postroom.core.declarations.waivers import ELSEWHERE

ROOT = Path(__file__).parents[2]
CMDLET = re.compile(r"\b(?:Add|Disable|Enable|Get|New|Remove|Set)-[A-Z]\w+")


def test_the_role_group_has_the_cmdlets_that_are_sent_and_no_others() -> None:
    sent = set(CMDLET.findall((ROOT / "module_utils/postroom/wire/exchange.py").read_text()))
    (listed,) = re.findall(r"\$cmdlets = ((?:.|\n)*?)\nforeach", (ROOT / "docs/operator.md").read_text())
    online = {"Add-RecipientPermission", "Get-RecipientPermission", "Remove-RecipientPermission"}
    assert set(CMDLET.findall(listed)) == sent - online


def test_every_finding_of_the_audit_is_explained() -> None:
    row = re.compile(r"^\| `([\w-]+)` \| (error|warning|info) \| (.+) \| (.+) \|$", re.MULTILINE)
    listed = row.findall((ROOT / "docs/operator.md").read_text())
    assert listed == [(rule.id, rule.severity, rule.title, rule.action) for rule in RULES.values()]
    assert all(identifier == rule.id for identifier, rule in RULES.items())


def test_every_finding_of_an_adoption_is_explained() -> None:
    files = [ROOT / f"module_utils/postroom/core/adoption/{name}.py" for name in ("declarations", "access")]
    made = {one for file in files for one in re.findall(r'"([a-z]+-[a-z-]+)"', file.read_text())}
    section = (ROOT / "docs/operator.md").read_text().partition("## Start with what already lives")[2].partition("\n## ")[0]
    explained = {one for row in re.findall(r"^\| (`.+?) \|", section, re.MULTILINE) for one in re.findall(r"`([a-z-]+)`", row)}
    assert explained == made


def test_every_rule_for_declarations_is_explained_to_the_helpdesk() -> None:
    section = (ROOT / "docs/helpdesk.md").read_text().partition("## What a message means")[2].partition("\n## ")[0]
    explained = re.findall(r"^\| `([a-z-]+)`(?: \(warning\))? \| .+ \| .+ \|$", section, re.MULTILINE)
    in_schema = re.findall(r'"x-rule": "([a-z-]+)"', (ROOT / "schemas/mailbox.schema.json").read_text())
    assert set(explained) == {"schema", *in_schema, *(rule.id for rule in rules.RULES), *rules.DIRECTORY_RULES, *ELSEWHERE}


def test_every_rule_has_its_reason() -> None:
    assert all(rule.reason for rule in rules.RULES)


def test_the_helpdesk_reads_of_every_key_what_it_may_be_and_what_it_is_without() -> None:
    properties = json.loads((ROOT / "schemas/mailbox.schema.json").read_text())
    section = (ROOT / "docs/helpdesk.md").read_text().partition("## What a file says")[2].partition("\n## ")[0]
    rows = {key: (values, default) for key, values, default in re.findall(r"^\| `([a-z_]+)` \| (.+) \| (.+) \|$", section, re.MULTILINE)}
    assert rows.keys() == properties["properties"].keys()
    for key, rule in properties["properties"].items():
        values, default = rows[key]
        choices = rule.get("enum", []) + rule.get("properties", {}).get("type", {}).get("enum", [])
        assert [choice for choice in choices if f"`{choice}`" not in values] == []
        assert (default == "it must be there") is (key in properties["required"])
        assert str(rule.get("default", "")) in default


def test_every_link_within_the_helpdesks_page_leads_to_a_heading() -> None:
    text = (ROOT / "docs/helpdesk.md").read_text()
    headings = {re.sub(r"[^a-z -]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([a-z-]+)\)", text)) <= headings


def test_an_editor_finds_the_schema_of_each_declaration() -> None:
    schema = ROOT / "schemas/mailbox.schema.json"
    settings = json.loads((ROOT / ".vscode/settings.json").read_text())["yaml.schemas"]
    assert {(ROOT / path).resolve(): pattern for path, pattern in settings.items()} == {schema: "mailboxes/**/*.yml"}
    for file in (ROOT / "mailboxes").rglob("*.yml"):
        for reference in re.findall(r"^# yaml-language-server: \$schema=(.+)$", file.read_text(), re.MULTILINE):
            assert (file.parent / reference).resolve() == schema


OWN = re.compile(
    "cyrus|exchange|imap|sieve|psrp|wsman|powershell|mail_relay|playbooks/lab|run/variables|arguments/letters|roles/directory_server"
)
"""Files that are one system's own, or no part of what a new one needs."""


def code_of(path: Path) -> str:
    """Without the texts that are documentation."""
    source = path.read_text()
    if path.suffix != ".py":
        return "\n".join(line.partition("#")[0] for line in source.splitlines())
    tree = ast.parse(source)
    values = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    names = (node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
    return "\n".join([*(value for value in values if "\n" not in value and " " not in value), *names])


def test_contributing_names_every_file_that_says_something_of_each_system() -> None:
    looked_at = [*ROOT.glob("module_utils/**/*.py"), *ROOT.glob("library/*.py"), *ROOT.glob("filter_plugins/*.py")]
    looked_at += [*ROOT.glob("playbooks/**/*.yml"), *ROOT.glob("roles/*/tasks/*.yml"), *ROOT.glob("roles/*/defaults/*.yml")]
    looked_at += ROOT.glob("schemas/*.json")
    paths = {str(path.relative_to(ROOT)): code_of(path) for path in looked_at}
    found = {name for name, code in paths.items() if not OWN.search(name) and re.search("assert_never|[Ee]xchange", code)}
    section = (ROOT / "CONTRIBUTING.md").read_text().partition("## Add a backend")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.+`) \| .+ \|$", section, re.MULTILINE)
    assert {one for row in rows for one in re.findall(r"`(.+?)`", row)} == found
