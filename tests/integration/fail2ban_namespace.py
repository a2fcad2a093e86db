"""In a network namespace of its own: which clients reach which ports before, while and after fail2ban shuts one out; as JSON."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PORTS = (25, 143, 587, 993)
FAILURES = 10
"""The role's default."""


def reached(clients: list[str]) -> dict[str, bool]:
    found = {}
    for client in clients:
        for port in PORTS:
            try:
                socket.create_connection(("127.0.0.1", port), 2, source_address=(client, 0)).close()
            except OSError:
                found[f"{client} {port}"] = False
            else:
                found[f"{client} {port}"] = True
    return found


def append(logs: Path, lines: dict[str, list[str]], times: int) -> None:
    for service, found in lines.items():
        with (logs / f"{service}.log").open("a") as log:
            for line in found * times:
                log.write(f"{time.strftime('%b %d %H:%M:%S')} {line[16:]}\n")


def main() -> int:
    given: dict[str, Any] = json.loads(sys.argv[1])
    folder, logs, clients = Path(given["folder"]), Path(given["logs"]), given["clients"]
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    listeners = [socket.create_server(("127.0.0.1", port), backlog=64) for port in PORTS]
    seen = [reached(clients)]
    client = ["fail2ban-client", "-c", str(folder), "-s", str(logs / "sock"), "-p", str(logs / "pid")]
    command = ["fail2ban-server", *client[1:], "-f", "--logtarget", str(logs / "fail2ban.log"), "start"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if subprocess.run([*client, "ping"], capture_output=True, check=False).returncode == 0:
                break
            time.sleep(0.1)
        for times in (FAILURES - 1, 1):
            append(logs, given["lines"], times)
            time.sleep(4)
            seen.append(reached(clients))
        subprocess.run([*client, "unban", "--all"], capture_output=True, check=True)
        seen.append(reached(clients))
    finally:
        server.terminate()
        server.wait()
    for listener in listeners:
        listener.close()
    sys.stdout.write(json.dumps(seen))
    return 0


if __name__ == "__main__":
    sys.exit(main())
