"""What adoption goes by, and where its files go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..core.directory.live import person_from_dict
from ..core.live import LiveMailbox
from ..core.model import Person
from ..core.packed import unpack
from ..core.systems import BACKENDS, Backend


def observed(results: Iterable[Mapping[str, Any]]) -> tuple[list[LiveMailbox], dict[str, Person]]:
    """What lives, and people by login, of the info modules' results.

    Raises ValueError when a system gave no answer: without all of them, a mailbox could be taken for another kind than it is.
    """
    live: list[LiveMailbox] = []
    people: dict[str, Person] = {}
    for result in results:
        if "live" not in result:
            raise ValueError(
                f"{result.get('system', 'a system')} gave no answer, so nothing is adopted: {result.get('msg', 'it was not asked')}"
            )
        try:
            live += [LiveMailbox.from_dict(value) for value in unpack(result["live"])]
            people |= {value["login"].lower(): person_from_dict(value) for value in unpack(result.get("people", ""))}
        except (TypeError, KeyError, ValueError) as error:
            raise ValueError(f"this is not what an info module returns: {error}") from error
    if not people:
        raise ValueError("the directory told of nobody, so people's own mailboxes could not be told from shared ones; nothing is adopted")
    return live, people


def folders(pattern: str, mailboxes_dir: Path) -> dict[Backend, Path]:
    """Where the files of each backend go. Raises ValueError for a folder that does not lie below the others."""
    found = {backend: mailboxes_dir / pattern.replace("{backend}", backend) for backend in BACKENDS}
    top = mailboxes_dir.resolve()
    for folder in found.values():
        hidden = (
            any(part.startswith(".") for part in folder.relative_to(mailboxes_dir).parts) if folder.is_relative_to(mailboxes_dir) else True
        )
        if hidden or not folder.resolve().is_relative_to(top):
            raise ValueError(
                f"the folder {folder} does not lie below {mailboxes_dir}, where declarations are read; choose another adopt_folder"
            )
    return found
