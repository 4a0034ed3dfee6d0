"""A right that is taken away ends at once, in every process: three servers on one database, asked right after."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

import httpx
import pytest

from tests.contracts.people import House, open_house
from xrm_core.metamodel.values import SYSTEM
from xrm_core.services import accounts
from xrm_core.services.deleting import delete_record
from xrm_core.storage import credentials

SERVERS, PATIENCE = 3, 120
FAR = "2999-01-01"


@dataclass
class Three:
    """The house, and clients of the three processes that serve it."""

    house: House
    clients: list[httpx.Client]

    def asked(self, guest: str, token: str, acting: str = "") -> list[int]:
        """What each process answers to somebody who asks for a guest."""
        headers = {"Authorization": f"Bearer {token}", **({"X-Acting-For": acting} if acting else {})}
        return [client.get(f"/api/guest/{guest}", headers=headers).status_code for client in self.clients]


@pytest.fixture
def three(database_url: str) -> Iterator[Three]:
    """Three servers, each a process of its own, on either database."""
    with open_house(database_url) as house:
        ports = [_free_port() for _ in range(SERVERS)]
        command = [sys.executable, "-m", "xrm_core", "serve", "--root", str(house.runtime.settings.root), "--port"]
        servers = [
            subprocess.Popen([*command, str(p)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for p in ports
        ]
        clients = [httpx.Client(base_url=f"http://127.0.0.1:{p}", timeout=30) for p in ports]
        try:
            for client, server in zip(clients, servers, strict=True):
                _wait_for(client, server)
            yield Three(house, clients)
        finally:
            for client in clients:
                client.close()
            for server in servers:
                server.terminate()
            for server in servers:
                server.wait(30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(client: httpx.Client, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        assert server.poll() is None, "a server ended"
        with suppress(httpx.TransportError):
            client.get("/api/guest")
            return
        time.sleep(0.1)
    raise AssertionError("a server did not start")


def _token(house: House, user: str) -> tuple[str, str]:
    with house.runtime.work(SYSTEM, "cli", write=True) as work:
        return accounts.make_token(work, user, "test")


def test_nothing_succeeds_after_a_right_is_taken(three: Three) -> None:
    """Roles, memberships, departments, records, deputies, tokens, users: all three processes answer before, none after."""
    house = three.house
    carer = house.user("Berta", "carer", department="care")
    theirs = house.make("guest", name="Gus", department=house.departments["care"])
    owned = house.make("guest", name="Gil", owner=carer)
    id, token = _token(house, carer)
    helper = house.user("Amal", department="kitchen")
    _, other = _token(house, helper)
    deputy = house.make("deputy", user=carer, deputy=helper, until=FAR)

    def ends(do: Callable[[], object], guest: str, status: int, token: str = token, acting: str = "") -> None:
        """Allowed in all processes, then not in any."""
        assert three.asked(guest, token, acting) == [200] * SERVERS, do
        do()
        assert three.asked(guest, token, acting) == [status] * SERVERS, do

    def delete(entity: str, id: str) -> None:
        with house.runtime.work(SYSTEM, "cli", write=True) as work:
            delete_record(work, entity, id)

    def revoke() -> None:
        with house.runtime.work(SYSTEM, "cli", write=True) as work:
            assert credentials.revoke_token(work.tx, id, work.now)

    membership = house.member(helper, "care", role="carer")
    ends(lambda: house.change("membership", membership, since="2001-01-01", until="2001-01-02"), theirs, 404, other)
    house.change("membership", membership, until=FAR)
    ends(lambda: delete("membership", membership), theirs, 404, other)
    ends(lambda: house.change("user", carer, roles=[]), theirs, 404)
    house.change("user", carer, roles=["carer"])
    ends(lambda: house.change("user", carer, department=house.departments["kitchen"]), theirs, 404)
    house.change("user", carer, department=house.departments["care"])
    ends(lambda: house.change("guest", owned, owner=house.admin), owned, 404)
    house.change("guest", owned, owner=carer)
    ends(lambda: house.change("deputy", deputy, since="2001-01-01", until="2001-01-02"), theirs, 403, other, carer)
    house.change("deputy", deputy, until=FAR)
    ends(lambda: house.change("user", carer, roles=[]), theirs, 404, other, carer)
    house.change("user", carer, roles=["carer"])
    ends(revoke, theirs, 401)
    _, token = _token(house, carer)
    ends(lambda: house.change("user", carer, status="inactive"), theirs, 401, token)
    assert three.asked(theirs, other, carer) == [403] * SERVERS
