"""A server that is killed in the middle of writes, on both databases: what was answered is there, nothing is there twice or half."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts
from xrm_core.testing import temporary_organisation

ENTITIES = """
entity: basket
label: Basket
title: "{name}"
search: [name]
fields:
  name: {type: text, required: true}
  number: {type: sequence, pattern: "B-{n:06}", gapless: true}
  items: {type: child_table, fields: {name: {type: text, required: true}}}
"""


@contextmanager
def server(root: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`xrm serve` in a process of its own, once it answers."""
    command = [sys.executable, "-m", "xrm_core", "serve", "--root", str(root), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, "the server did not start"
            time.sleep(0.1)
        yield process
    finally:
        process.kill()
        process.wait(20)


def test_what_was_answered_is_there(database_url: str) -> None:
    """Writers repeat what was not answered with its Idempotency-Key; after the kill each basket is there once, and whole."""
    answered: dict[str, str] = {}
    pending: dict[str, str] = {}
    stop = threading.Event()
    with temporary_organisation(metadata={"entities/basket.yaml": ENTITIES}, url=database_url) as runtime:
        with runtime.work(SYSTEM, "cli", write=True) as work:
            token = accounts.make_token(work, accounts.first_administrator(work, "Ada", "ada@example.com"), "killed")[1]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        root = runtime.settings.root

        def write() -> None:
            headers = {"Authorization": f"Bearer {token}"}
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=20) as api:
                while not stop.is_set():
                    name = uuid.uuid4().hex
                    pending[name] = name
                    answer = api.post("/api/basket", json=basket(name), headers={"Idempotency-Key": name})
                    assert answer.status_code in (201, 503), answer.text
                    if answer.status_code == 201:
                        answered[name] = answer.json()["id"]
                        del pending[name]

        with server(root, port) as process:
            threads = [threading.Thread(target=_until_gone, args=(write,)) for _ in range(4)]
            for thread in threads:
                thread.start()
            for _ in range(600):
                if len(answered) > 40:
                    break
                time.sleep(0.1)
            os.kill(process.pid, signal.SIGKILL)
            stop.set()
            for thread in threads:
                thread.join(30)
        assert len(answered) > 40
        with server(root, port), httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as api:
            api.headers["Authorization"] = f"Bearer {token}"
            for name in pending:
                again = api.post("/api/basket", json=basket(name), headers={"Idempotency-Key": name})
                assert again.status_code == 201, again.text
                answered[name] = again.json()["id"]
            lines = api.get("/api/basket/export", params={"format": "ndjson", "fields": "id,name,number"}).text
            stored = [json.loads(line) for line in lines.splitlines()]
            items = api.get("/api/basket_items?count=exact&limit=1").json()["count"]
            found = api.get("/api/basket", params={"q": next(iter(answered))}).json()["items"]
    assert {row["name"]: row["id"] for row in stored} == answered
    assert (len(stored), items, len(found)) == (len(answered), 2 * len(answered), 1)
    assert sorted(int(row["number"][2:]) for row in stored) == list(range(1, len(stored) + 1))


def basket(name: str) -> dict[str, object]:
    """A basket with two items."""
    return {"name": name, "items": [{"name": "one"}, {"name": "two"}]}


def _until_gone(write: Callable[[], None]) -> None:
    """Write until the server is gone."""
    with suppress(httpx.HTTPError):
        write()
