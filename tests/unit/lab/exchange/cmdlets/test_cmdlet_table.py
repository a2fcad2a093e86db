import json
from pathlib import Path

import pytest

from lab.exchange import cmdlet_table
from lab.exchange.cmdlets.engine import HANDLERS

REFERENCE = Path(__file__).parents[6] / "shared" / "reference" / "exchange-cmdlets.json"


@pytest.mark.skipif(not REFERENCE.exists(), reason="the documentation's tables are not on this machine")
@pytest.mark.parametrize("deployment", cmdlet_table.TABLES)
def test_table_is_what_the_documentation_says(deployment):
    made = cmdlet_table.rendered(cmdlet_table.from_reference(json.loads(REFERENCE.read_text(encoding="utf-8")), deployment))
    assert cmdlet_table.TABLES[deployment].read_text(encoding="utf-8") == made


def test_every_cmdlet_of_the_tables_runs_and_the_other_way_round():
    assert {cmdlet.name for deployment in cmdlet_table.TABLES for cmdlet in cmdlet_table.cmdlets(deployment).values()} == set(HANDLERS)


def test_online_there_is_no_domain_controller_and_no_user_principal_name_to_set():
    online = cmdlet_table.cmdlets("online")
    assert not any("DomainController" in cmdlet.parameters for cmdlet in online.values())
    assert not {"UserPrincipalName", "EmailAddressPolicyEnabled", "PrimarySmtpAddress"} & online["set-mailbox"].parameters.keys()
    assert "add-adpermission" not in online


@pytest.mark.parametrize("name", ["SoftDeletedMailbox", "InactiveMailboxOnly", "MailboxLocations", "GroupMailboxx"])
def test_what_only_exchange_online_has_is_not_there(name: str):
    assert name not in cmdlet_table.cmdlets()["get-mailbox"].parameters


def test_facts_that_the_product_relies_on():
    new, grant = cmdlet_table.cmdlets()["new-mailbox"], cmdlet_table.cmdlets()["add-mailboxpermission"]
    assert [name for name, parameter in new.parameters.items() if "Shared" in parameter.required] == ["Name"]
    assert sorted(name for name, parameter in grant.parameters.items() if "AccessRights" in parameter.required) == [
        "AccessRights",
        "Identity",
        "User",
    ]
    assert all(
        "DomainController" in cmdlet.parameters for cmdlet in cmdlet_table.cmdlets().values() if cmdlet.name != "Set-ADServerSettings"
    )
