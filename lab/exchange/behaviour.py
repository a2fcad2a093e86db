"""In what Exchange servers differ from each other: what the practice endpoint does, as settings of its store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

Deployment = Literal["on_premises", "online"]
SETTING = "behaviour"


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a server is: ``deployment``, and the ``language`` of its Windows, in which SELF and SYSTEM are called (en, fr, de).

    ``default_result_size`` is how many objects a command puts out that asks for no number, ``largest_result_size`` how many at most,
    whatever is asked for (0 for any). ``joined_rights``: AccessRights is one element with all names. ``views_entire_forest``: Get-User
    shows the accounts of other domains, as after Set-ADServerSettings -ViewEntireForest. ``new_object_delay`` is the number of seconds
    until a new mailbox is found, ``licence_gb`` the largest quota (0 for any); both are what Exchange Online is known for. ``unheeded``
    are cmdlets that are accepted and do nothing, as a write that another domain controller takes back.

    ``select_object``: whether Select-Object may follow a command. Nested objects then come as their texts; ``flattens`` says that lists
    do too, as one text.
    """

    deployment: Deployment = "on_premises"
    language: str = "en"
    default_result_size: int = 1000
    largest_result_size: int = 0
    joined_rights: bool = False
    views_entire_forest: bool = False
    new_object_delay: float = 0.0
    licence_gb: int = 0
    unheeded: Sequence[str] = ()
    select_object: Literal["works", "flattens", "unknown"] = "works"

    @property
    def is_online(self) -> bool:
        return self.deployment == "online"


ONLINE: dict[str, Any] = {"deployment": "online", "joined_rights": True, "new_object_delay": 1.5, "licence_gb": 50}
"""Exchange Online, as far as it was seen."""
