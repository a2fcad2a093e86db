"""Objects that a pipeline puts out, from psrpcore's server to what is made of them."""

from __future__ import annotations

from typing import Any

import psrpcore
import pytest
from ansible.module_utils.postroom.backends.psrp import _Pool
from ansible.module_utils.postroom.wire.clixml import ClixmlObject
from psrpcore.types import PSCustomObject, PSDecimal


@pytest.fixture
def put_out() -> Any:
    """What the client's pool tells of objects that the server puts out."""
    client, server = _Pool(), psrpcore.ServerRunspacePool()
    client.open()

    def deliver(source: Any, target: Any) -> list[Any]:
        while payload := source.data_to_send():
            target.receive_data(payload)
        found = []
        while event := target.next_event():
            found.append(event)
        return found

    deliver(client, server)
    deliver(server, client)
    pipeline = psrpcore.ClientPowerShell(client)
    pipeline.add_command("Get-Mailbox")
    pipeline.start()
    answering = psrpcore.ServerPipeline(server, pipeline.pipeline_id)
    deliver(client, server)
    answering.start()

    def put(*values: Any) -> tuple[_Pool, list[bytes]]:
        for value in values:
            answering.write_output(value)
        events = deliver(server, client)
        return client, [event.data for event in events if isinstance(event, psrpcore.PipelineOutputEvent)]

    return put


def test_what_is_put_out_stays_as_it_came(put_out: Any) -> None:
    pool, data = put_out(PSCustomObject(Name="An"), "text", None)
    assert [type(one) for one in data] == [bytes] * 3
    kinds = [pool.taken(one, lambda value: value) for one in data]
    assert isinstance(kinds[0], ClixmlObject)
    assert kinds[1:] == ["text", None]
    assert pool.taken(data[0], lambda value: value.Name) == "An"


@pytest.mark.parametrize(
    ("ask", "found"), [(lambda value: str(value.Share), "1.50"), (lambda value: len(value.PSObject.extended_properties), 1)]
)
def test_psrpcore_reads_what_is_unusual(put_out: Any, ask: Any, found: object) -> None:
    pool, (data,) = put_out(PSCustomObject(Share=PSDecimal("1.50")))
    assert pool.taken(data, ask) == found
