"""One run of a cmdlet for one input object: its parameters, the domain controller it works on, and what every Get- cmdlet does alike."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab.exchange.cmdlet_table import COMMON, Cmdlet
from lab.exchange.cmdlets import opath
from lab.exchange.cmdlets.errors import BindingError, CmdletError, confirmation_refused
from lab.exchange.cmdlets.identity import is_usable, resolve, wildcard
from lab.exchange.cmdlets.organization import unit_dn
from lab.exchange.cmdlets.shapes import UNLIMITED, Shaped
from lab.exchange.cmdlets.view import State, View
from lab.exchange.pipeline import Output, Record, Warned

if TYPE_CHECKING:
    from lab.exchange.store import Store

Handler = Callable[["Call"], Iterator[Record]]


@dataclass(frozen=True, slots=True)
class Call:
    """``values`` are the bound parameters, converted, by their documented names."""

    cmdlet: Cmdlet
    values: Mapping[str, Any]
    store: Store

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def __getitem__(self, name: str) -> Any:
        """The parameter's value, or None."""
        return self.values.get(name)

    @property
    def dc(self) -> str:
        """The domain controller: the one that -DomainController names, or the first."""
        wanted = self["DomainController"]
        if not wanted:
            return self.store.domain_controllers[0]
        for dc in self.store.domain_controllers:
            if wanted.lower() in (dc, dc.partition(".")[0]):
                return dc
        raise CmdletError(
            "SuitabilityDirectoryException",
            f"An Active Directory error 0x51 occurred when trying to check the suitability of server '{wanted}'. "
            "Error: 'Active directory response: The LDAP server is unavailable.'",
        )

    @property
    def view(self) -> View:
        return self.store.view(self.dc)

    def approved(self, action: str) -> bool:
        """Whether to go on with a change: not with -WhatIf; what asks cannot be answered in a remote session without a host."""
        if self["WhatIf"]:
            return False
        if self.values.get("Confirm", self.cmdlet.asks):
            raise confirmation_refused(action)
        return True

    def refuse_all_but(self, handled: Collection[str]) -> None:
        """Nothing is taken and then forgotten: what is neither handled nor common is refused."""
        self.refuse(*sorted(name for name in self.values if name not in handled and name not in COMMON))

    def refuse(self, *names: str) -> None:
        """Say honestly which parameters the practice endpoint does not play."""
        given = [name for name in names if name in self]
        if given:
            raise CmdletError(
                "NotImplementedException", f"The practice endpoint does not implement {self.cmdlet.name} -{given[0]}.", "NotImplemented"
            )


def listing(
    call: Call, accepts: Callable[[State], bool], make: Callable[[State, View], Shaped], properties: opath.Properties
) -> Iterator[Record]:
    """What Get-Mailbox, Get-Recipient, Get-User and Get-CASMailbox have in common: one object by identity, or those that the filters let
    through, 1000 unless ResultSize says otherwise. An empty identity is no identity: everything comes back."""
    view = call.view
    chosen = _filter(call, view, properties)

    def wanted(state: State) -> bool:
        return accepts(state) and is_usable(state) and chosen(state)

    identity = call["Identity"]
    if identity and not (isinstance(identity, str) and "*" in identity):
        yield Output(make(resolve(view, identity, wanted), view))
        return
    found = wildcard(view, identity, wanted) if identity else [state for state in list(view.objects.values()) if wanted(state)]
    ordered = _sorted(call, sorted(found, key=lambda state: state["Name"].lower()), properties, view)
    yield from limited(call, (make(state, view) for state in ordered), len(ordered))


def limited(call: Call, objects: Iterable[Shaped], count: int) -> Iterator[Record]:
    """At most ResultSize objects, with the warning when there were more. Zero is as good as unlimited."""
    behaviour = call.store.behaviour
    size = call.values.get("ResultSize", behaviour.default_result_size)
    limit = count if size in (UNLIMITED, 0, None) else int(size)
    limit = min(limit, behaviour.largest_result_size or limit)
    for position, item in enumerate(objects):
        if position >= limit:
            break
        yield Output(item)
    if count > limit:
        default = (
            "By default, only the first 1000 items are returned. Use the ResultSize parameter to specify the number of items returned. "
        )
        yield Warned(
            f"{default if 'ResultSize' not in call else 'There are more results available than are currently displayed. '}"
            'To return all items, specify "-ResultSize Unlimited". Be aware that, depending on the actual number of items, returning all '
            "items can take a long time and consume a large amount of memory."
        )


def _filter(call: Call, view: View, properties: opath.Properties) -> Callable[[State], bool]:
    tests: list[Callable[[State], bool]] = []
    if call["Filter"]:
        try:
            tests.append(opath.parse(call["Filter"], properties, view))
        except opath.FilterError as problem:
            raise BindingError(
                "ParameterBindingFailed",
                f'Cannot bind parameter \'Filter\' to the target. Exception setting "Filter": "{problem}"',
                category="WriteError",
            ) from None
    if call["RecipientTypeDetails"]:
        wanted = set(call["RecipientTypeDetails"])
        tests.append(lambda state: state["RecipientTypeDetails"] in wanted)
    if call["OrganizationalUnit"]:
        dn = unit_dn(call["OrganizationalUnit"], call.store)
        if dn is None:
            raise unit_not_found(call["OrganizationalUnit"])
        tests.append(lambda state: state["OU"] == dn)
    if call["Anr"]:
        start = call["Anr"].lower()
        tests.append(lambda state: any(str(state.get(name, "")).lower().startswith(start) for name in _ANR))
    return lambda state: all(test(state) for test in tests)


_ANR = ("Name", "DisplayName", "Alias", "SamAccountName", "FirstName", "LastName")


def _sorted(call: Call, found: list[State], properties: opath.Properties, view: View) -> list[State]:
    name = (call["SortBy"] or call["Sortby"] or "").lower()
    if not name:
        return found
    if name not in properties:
        raise CmdletError("DataValidationException", f'The property "{name}" can\'t be used for sorting.', "InvalidArgument")
    return sorted(found, key=lambda state: str(properties[name](state, view) or "").lower())


def unit_not_found(text: str) -> CmdletError:
    return CmdletError(
        "ManagementObjectNotFoundException", f'Organizational unit "{text}" was not found. Please make sure you have typed it correctly.'
    )


def database_not_found(text: str) -> CmdletError:
    return CmdletError("ManagementObjectNotFoundException", f'Couldn\'t find database "{text}". Make sure you have typed it correctly.')
