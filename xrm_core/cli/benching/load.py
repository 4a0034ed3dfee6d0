"""Requests to the server under test, and what they cost it: CPU time of its process per request, the least of several rounds."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Ask = Callable[[int], tuple[str, str, bytes]]
"""Method, path and body of the n-th request of a kind."""


@dataclass
class Client:
    """One keep-alive connection with a token."""

    port: int
    token: str
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)

    def ask(self, method: str, path: str, body: bytes = b"", media: str = "application/json") -> bytes:
        """The body of the answer. Raises RuntimeError for anything that is no success."""
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": media}
        self.connection.request(method, path, body or None, headers)
        answer = self.connection.getresponse()
        read = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {read[:300]!r}")
        return read

    def process(self) -> dict[str, Any]:
        """CPU seconds and memory (KiB) of the server so far."""
        found: dict[str, Any] = json.loads(self.ask("GET", "/hand/process"))
        return found


@dataclass
class Cost:
    """CPU milliseconds per request of ours and of the hand-written handler, the least of all rounds."""

    name: str
    ours: float
    hand: float

    @property
    def ratio(self) -> float:
        """How many times the hand-written handler's CPU ours takes."""
        return self.ours / self.hand if self.hand else 0.0


def compare(client: Client, name: str, ours: Ask, hand: Ask, *, requests: int, rounds: int) -> Cost:
    """Rounds of `requests` requests, ours and by hand in turn."""
    best: dict[str, float] = {"ours": float("inf"), "hand": float("inf")}
    turns: Sequence[tuple[str, Ask]] = (("ours", ours), ("hand", hand))
    number = 0
    for _, ask in turns:
        for _ in range(20):
            client.ask(*ask(number))
            number += 1
    for _ in range(rounds):
        for kind, ask in turns:
            began = client.process()["cpu"]
            for _ in range(requests):
                client.ask(*ask(number))
                number += 1
            best[kind] = min(best[kind], (client.process()["cpu"] - began) / requests * 1000)
    return Cost(name, best["ours"], best["hand"])
