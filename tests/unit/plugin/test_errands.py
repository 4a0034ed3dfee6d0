"""Handing a message to a mail server."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from xrm_core.plugin import hand_over


class Server:
    """A server that answers each step with a code."""

    def __init__(self, mail: int, rcpt: int, data: int) -> None:
        self.codes = {"mail": mail, "rcpt": rcpt, "data": data}
        self.steps: list[object] = []

    def ehlo_or_helo_if_needed(self) -> None:
        """Greeted."""
        self.steps.append("ehlo")

    def mail(self, sender: str, options: Sequence[str] = ()) -> tuple[int, bytes]:
        """From whom."""
        return self._said("mail", sender, *options)

    def rcpt(self, receiver: str) -> tuple[int, bytes]:
        """To whom."""
        return self._said("rcpt", receiver)

    def data(self, body: bytes) -> tuple[int, bytes]:
        """What."""
        return self._said("data", body)

    def _said(self, step: str, *given: object) -> tuple[int, bytes]:
        self.steps.append((step, *given))
        return self.codes[step], step.encode()


@pytest.mark.parametrize(
    ("codes", "answer", "is_begun"),
    [((250, 250, 250), (250, b"data"), True), ((250, 250, 554), (554, b"data"), True), ((250, 450, 250), (450, b"rcpt"), False),
     ((550, 250, 250), (550, b"mail"), False)],
)  # fmt: skip
def test_a_message_is_handed_over(codes: tuple[int, int, int], answer: tuple[int, bytes], is_begun: bool) -> None:
    """The server's last word; a try is noted right before the message itself, and not where it is refused before."""
    server = Server(*codes)
    said = hand_over(server, "a@x", "b@y", b"hello", lambda: server.steps.append("begun"), ["SMTPUTF8"])
    assert said == answer
    assert ("begun" in server.steps) is is_begun
    assert server.steps[:2] == ["ehlo", ("mail", "a@x", "SMTPUTF8")]
    if is_begun:
        assert server.steps[-2:] == ["begun", ("data", b"hello")]
