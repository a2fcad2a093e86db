"""The practice Exchange's SMTP, as far as it needs no network."""

from __future__ import annotations

import asyncio
import weakref
from pathlib import Path

from aiosmtpd.smtp import SMTP

from lab.exchange.smtp_sink import SmtpSink
from lab.exchange.store import Store


def test_aiosmtpd_may_look_at_all_of_the_handler(tmp_path: Path) -> None:
    """In Python 3.11.2 an instance of a dataclass with slots raises when its ``__weakref__`` is looked at; in all others it has none."""
    sink = SmtpSink(Store(tmp_path / "exchange.sqlite"), tmp_path / "mail")

    async def session() -> SMTP:
        return SMTP(sink)

    assert asyncio.run(session()).event_handler is sink
    assert weakref.ref(sink)() is sink
