import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lab.exchange.store import Store

DC1, DC2 = "dc1.ugent.be", "dc2.ugent.be"


def thing(guid: str = "g1", **values):
    return {
        "Guid": guid, "Sid": f"S-1-{guid}", "Name": guid, "OU": "OU=X,DC=ugent,DC=be", "DisplayName": guid, "SamAccountName": guid,
        "UserPrincipalName": f"{guid}@ugent.be", "RecipientTypeDetails": "User", **values,
    }  # fmt: skip


def put(store: Store, dc: str = DC1, guid: str = "g1", **values):
    with store.write(dc) as write:
        write.put(thing(guid, **values))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "exchange.sqlite"


def test_kept_after_a_restart(path):
    first = Store(path)
    put(first, Office="kept")
    first.set_setting("x", [1])
    first.close()
    second = Store(path)
    assert second.view(DC2).objects["g1"]["Office"] == "kept"
    assert second.setting("x", None) == [1]


def test_kept_after_kill_9(path):
    script = f"""
import sys, time; from lab.exchange.store import Store
store = Store({str(path)!r})
for number in range(10**6):
    with store.write({DC1!r}) as write:
        write.put({{**{thing()!r}, "Count": number}})
    if number == 20: print("going", flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=Path(__file__).parents[4]) as process:
        assert process.stdout is not None
        process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
    store = Store(path)
    count = store.view(DC1).objects["g1"]["Count"]
    assert count >= 20
    put(store, Count=-1)
    assert store.view(DC2).objects["g1"]["Count"] == -1


def test_another_process_sees_what_is_written(path):
    one, other = Store(path), Store(path)
    put(one)
    put(other, guid="g2")
    assert set(one.view(DC1).objects) == set(other.view(DC2).objects) == {"g1", "g2"}


def test_writers_at_the_same_time_lose_nothing(path):
    stores = [Store(path), Store(path)]
    put(stores[0], Count=0)

    def count(store: Store) -> None:
        for _ in range(50):
            with store.write(DC1) as write:
                state = write.view.objects["g1"]
                write.put({**state, "Count": state["Count"] + 1})

    threads = [threading.Thread(target=count, args=(store,)) for store in stores * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stores[0].view(DC1).objects["g1"]["Count"] == 200


def test_a_failed_write_leaves_nothing(path):
    store = Store(path)
    put(store, Office="before")

    def fail() -> None:
        with store.write(DC1) as write:
            write.put(thing(Office="after"))
            assert store.view(DC1).objects["g1"]["Office"] == "before"
            raise ValueError

    with pytest.raises(ValueError):
        fail()
    assert store.view(DC1).objects["g1"]["Office"] == "before"


def test_replication_takes_its_time_and_then_arrives(path):
    store = Store(path)
    store.set_replication_delay(0.3)
    put(store, Office="one")
    assert "g1" not in store.view(DC2).objects
    put(store, Office="two")
    time.sleep(0.35)
    assert store.view(DC2).objects["g1"]["Office"] == "two"


def test_the_other_one_keeps_seeing_the_state_before(path):
    store = Store(path)
    put(store, Office="before")
    store.set_replication_delay(60)
    for number in range(5):
        put(store, Office=str(number))
    assert store.view(DC2).objects["g1"]["Office"] == Store(path).view(DC2).objects["g1"]["Office"] == "before"
    assert store.view(DC1).objects["g1"]["Office"] == "4"


def test_the_index_follows_changes_and_deletions(path):
    store = Store(path)
    put(store, DisplayName="Old")
    put(store, DisplayName="New")
    view = store.view(DC1)
    assert (view.find("display", "old"), len(view.find("display", "NEW"))) == ([], 1)
    with store.write(DC1) as write:
        write.delete("g1")
    assert store.view(DC1).find("display", "new") == []


def test_versions_that_everyone_has_seen_are_dropped(path):
    store = Store(path)
    for number in range(50):
        put(store, Office=str(number))
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT count(*) FROM versions").fetchone() == (1,)


def test_security_identifiers_are_never_used_again(path):
    store = Store(path)
    with store.write(DC1) as write:
        first = [write.new_sid() for _ in range(3)]
    with Store(path).write(DC2) as write:
        assert len({*first, write.new_sid()}) == 4


def test_ordered_failures_are_used_up_across_processes(path):
    one, other = Store(path), Store(path)
    one.fail("Set-Mailbox", "info", "ADTransientException", times=2)
    [failure] = other.failures("set-mailbox")
    assert [store.use_failure(failure) for store in (one, other, one)] == [True, True, False]
    assert other.failures() == []
