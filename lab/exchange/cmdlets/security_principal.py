"""Get-SecurityPrincipal: of the kinds that it lists, only the well-known principals."""

from __future__ import annotations

from collections.abc import Iterator

from lab.exchange.cmdlets.call import Call, limited
from lab.exchange.cmdlets.errors import CmdletError
from lab.exchange.cmdlets.organization import AUTHORITY_NAMES, well_known_name
from lab.exchange.cmdlets.shapes import Shape
from lab.exchange.pipeline import Record

WELL_KNOWN = "WellknownSecurityPrincipal"
_SHAPE = Shape(
    ["Microsoft.Exchange.Data.Directory.Management.ExtendedSecurityPrincipal", "Microsoft.Exchange.Data.Directory.ADObject"],
    ("Sid", "SecurityPrincipalType", "UserFriendlyName", "Name"),
)


def get_security_principal(call: Call) -> Iterator[Record]:
    if set(call["Types"] or ()) != {WELL_KNOWN}:
        raise CmdletError("NotImplementedException", f"The practice endpoint only lists -Types {WELL_KNOWN}.", "NotImplemented")
    language = call.store.behaviour.language
    names = {sid: well_known_name(sid, call.store.netbios, language) or "" for sid in AUTHORITY_NAMES}
    found = [_SHAPE.make((sid, WELL_KNOWN, name, name.partition("\\")[2]), name) for sid, name in names.items()]
    yield from limited(call, found, len(found))
