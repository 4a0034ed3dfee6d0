"""Deciding by replying to the mail that told of a request: whose reply counts, what it does, and what is answered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from itertools import count
from typing import Any

import pytest
from xrm_communications.mail import intake
from xrm_requests import notifying

from tests.contracts.mail_servers import letter
from xrm_core.metamodel.values import SYSTEM, NewRecord, Query
from xrm_core.services import egress, lists, past, records
from xrm_core.services.actions import run_action
from xrm_core.services.errandjobs import RuntimeOffice
from xrm_core.services.jobs import Worker
from xrm_core.services.runtime import Runtime
from xrm_core.services.settings import MailBox
from xrm_core.testing import temporary_organisation

from .test_requests import FACTS, METADATA

OFFICE, SERVER = "office@our.example", "mx.our.example"
NUMBERS = count(1)


class Post:
    """The SMTP server, as far as an errand talks to it: it takes everything and keeps it."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.to = ""

    def ehlo_or_helo_if_needed(self) -> None:
        """Greeted."""

    def mail(self, sender: str, options: Sequence[str] = ()) -> tuple[int, bytes]:
        """From anybody."""
        return 250, b"ok"

    def rcpt(self, to: str) -> tuple[int, bytes]:
        """To one."""
        self.to = to
        return 250, b"ok"

    def data(self, body: bytes) -> tuple[int, bytes]:
        """The message."""
        self.sent.append(message_from_bytes(body, policy=default))
        return 250, b"ok"

    def close(self) -> None:
        """Gone."""


@pytest.fixture(scope="module")
def runtime() -> Iterator[Runtime]:
    """An organisation with a mailbox whose server vouches for senders."""
    plugins = ["parties", "donors", "outcomes", "communications", "requests"]
    with temporary_organisation(plugins, METADATA) as made:
        box = MailBox(user=OFFICE, imap_host="127.0.0.1", smtp_host="127.0.0.1", trusted=SERVER)
        made.settings = made.settings.model_copy(
            update={"mail": made.settings.mail.model_copy(update={"boxes": {"office": box}})}
        )
        yield made


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    """What goes out."""
    made = Post()
    monkeypatch.setattr(egress, "open_smtp", lambda settings, account: made)
    return made


class Told:
    """A request that a person was told of by mail."""

    def __init__(self, runtime: Runtime, post: Post, **values: Any) -> None:
        self.runtime, self.post, n = runtime, post, next(NUMBERS)
        with runtime.work(SYSTEM, "api", write=True) as work:
            (home,) = work.reader.find("department", "record.code == 'fundraising'")
            common = {"department": home["id"], "roles": []}
            self.trigger = self._user(work, f"Tara{n} Trigger", common)
            if not work.reader.find("mailbox", "record.is_active"):
                box = {"name": "Office", "address": OFFICE, "account": "office", "owner": self.trigger}
                records.create_record(work, "mailbox", box)
            self.doer = self._user(work, f"Dana{n} Doer", {**common, **values})
            self.other = self._user(work, f"Amal{n} Other", common)
            for user in (self.doer, self.other):
                records.create_record(work, "person_skill", {"user": user, "skill": "impact", "level": 3})
            told = {
                "type": "donor_enquiry", "subject": "Which wells run?", "trigger_user": self.trigger, "facts": FACTS,
                "need_by": work.now + timedelta(days=10),
            }  # fmt: skip
            self.id = str(records.create_record(work, "request", told)["id"])
            run_action(work, "request", self.id, "send", {"doer": self.doer, "other_choice": "asked_for"})
            self.address = str(work.reader.get("user", self.doer)["email"])  # type: ignore[index]
        self.mail = self.deliver()[-1]

    @staticmethod
    def _user(work: Any, name: str, values: dict[str, Any]) -> str:
        told = {"name": name, "email": f"{name.replace(' ', '.').lower()}@people.example", **values}
        return str(records.create_record(work, "user", told)["id"])

    def deliver(self) -> list[Message]:
        """Do what waits; the mail that went out so far."""
        worker = Worker(self.runtime)
        while worker.run_once():
            pass
        return self.post.sent

    def reply(self, text: str, *, sender: str | None = None, vouched: str = "pass", **headers: str) -> str:
        """A reply comes in; the state of the ledger."""
        made = letter(
            sender or self.address, OFFICE, "Re: it", text, In_Reply_To=str(self.mail["Message-ID"]), **headers
        )
        made["Authentication-Results"] = f"{SERVER}; dkim={vouched}"
        return self.arrive(made)

    def arrive(self, made: EmailMessage) -> str:
        """A message comes into the mailbox."""
        box, raw = self.box(), made.as_bytes()
        return intake.take(
            RuntimeOffice(self.runtime),
            intake.Arrived(box, 1, next(NUMBERS), raw, len(raw), datetime.now(UTC), trusted=SERVER),
        )

    def box(self) -> dict[str, Any]:
        """The mailbox."""
        with self.runtime.work(SYSTEM, "api") as work:
            return dict(work.reader.find("mailbox", "record.is_active")[0])

    @property
    def now(self) -> dict[str, Any]:
        """The request."""
        with self.runtime.work(SYSTEM, "api") as work:
            return dict(records.read_record(work, "request", self.id))

    def rows(self, entity: str, columns: tuple[str, ...], filter: str) -> list[dict[str, Any]]:
        """Records that a condition chooses."""
        with self.runtime.work(SYSTEM, "api") as work:
            return [
                dict(row) for row in lists.list_records(work, Query(entity, columns, filter, ("created_at",), 50)).rows
            ]

    def results(self) -> list[str]:
        """What came of the replies."""
        return [
            r["result"]
            for r in self.rows("request_mail", ("result",), f"record.request == '{self.id}' && record.result != null")
        ]


def body(message: Message) -> str:
    """The text of a mail."""
    return str(message.get_content())  # type: ignore[attr-defined]


def test_a_reply_decides_as_its_sender(runtime: Runtime, post: Post) -> None:
    """The doer is told with facts, a suggestion and what to write; his reply plans it, by his rights and in his name, through the door
    of mail; he is told so; the same message once more does nothing, and a further reply hears that it is decided."""
    told = Told(runtime, post)
    assert told.mail["To"].addresses[0].addr_spec == told.address
    assert told.mail["Auto-Submitted"] == "auto-generated"
    assert all(
        words in body(told.mail)
        for words in ("Which wells run?", "WELLS", "Suggested:", "plan 20", f"/p/requests/inbox/{told.id}")
    )
    with runtime.work(SYSTEM, "api") as work:
        day = work.today + timedelta(days=2)
    id = "<once@people.example>"
    assert told.reply(f"Plan {day.isoformat()}\n\nDana\n> do now", Message_ID=id) == "taken"
    assert (told.now["status"], told.now["plan_on"]) == ("planned", day)
    assert [d["by"] for d in told.rows("decision", ("by",), f"record.request == '{told.id}'")] == [told.doer]
    with runtime.work(SYSTEM, "api") as work:
        entry = next(e for e in past.history_of(work, "request", told.id) if e.transition == "to_planned")
        assert (entry.actor_id, entry.door) == (told.doer, "hook")
    answer = told.deliver()[-1]
    assert "is decided: Plan" in body(answer)
    assert (answer["In-Reply-To"], answer["Auto-Submitted"]) == (id, "auto-replied")
    assert not told.rows("communication", ("id",), f"record.message_id == '{id}'")
    assert told.reply("decline no time", Message_ID=id) == "skipped"
    assert told.reply("decline no time") == "taken"
    assert told.now["status"] == "planned"
    assert told.results() == ["decided", "too_late"]
    assert "does not wait for this decision any more" in body(told.deliver()[-1])


@pytest.mark.parametrize(
    ("text", "status", "kept"),
    [
        ("do now", "doing", {}),
        ("decline Asked already", "declined", {"reason": "duplicate", "reason_text": None}),
        ("Ablehnen: kein Budget", "declined", {"reason": "other", "reason_text": "kein Budget"}),
        ("ask back Which batch?", "waiting", {"question": "Which batch?"}),
    ],
)  # fmt: skip
def test_each_verb_by_mail(runtime: Runtime, post: Post, text: str, status: str, kept: dict[str, Any]) -> None:
    """Do now, decline with a code or in words, ask back."""
    told = Told(runtime, post)
    assert told.reply(text) == "taken"
    assert told.now["status"] == status
    (row,) = told.rows("decision", ("reason", "reason_text", "question"), f"record.request == '{told.id}'")
    assert {name: row[name] for name in kept} == kept


def test_handed_on_by_name(runtime: Runtime, post: Post) -> None:
    """Handed on to somebody by a first name: he is told in his turn; nobody, and somebody who cannot do it, are refused in words."""
    told = Told(runtime, post, language="de")
    assert "Entscheidungen" not in body(told.mail)
    assert "weitergeben an" in body(told.mail)
    for name in (
        "Nobody",
        "Tara" + told.rows("user", ("name",), f"record.id == '{told.trigger}'")[0]["name"][4:].split()[0],
    ):
        assert told.reply(f"Weitergeben an {name}") == "taken"
    assert told.results() == ["refused", "refused"]
    assert told.now["doer"] == told.doer
    first = told.rows("user", ("name",), f"record.id == '{told.other}'")[0]["name"].split()[0]
    assert told.reply(f"hand on to {first}: knows the wells") == "taken"
    assert told.now["doer"] == told.other
    told.deliver()
    assert any(m["To"].addresses[0].addr_spec.startswith(first.lower()) for m in post.sent)


@pytest.mark.parametrize(
    ("change", "state", "reason"),
    [
        ({"sender": "mallory@people.example"}, "aside", "went to somebody else"),
        ({"vouched": "none"}, "aside", "does not vouch"),
        ({"vouched": "fail", "Authentication_Results": f"{SERVER}; dmarc=fail"}, "aside", "does not vouch"),
        ({"Auto_Submitted": "auto-replied"}, "taken", "A machine answered"),
    ],
)  # fmt: skip
def test_whose_reply_does_not_count(
    runtime: Runtime, post: Post, change: dict[str, Any], state: str, reason: str
) -> None:
    """A reply from another address, one that our server does not vouch for, and one of a machine decide nothing and are not answered; the
    first two wait for a person."""
    told = Told(runtime, post)
    before = len(post.sent)
    assert told.reply("do now", **change) == state
    assert told.now["status"] == "undecided"
    assert reason in told.rows("mail_ledger", ("reason",), "true")[-1]["reason"]
    assert len(told.deliver()) == before
    waiting = told.rows("communication", ("status",), "record.status == 'triage'")
    assert bool(waiting) == (state == "aside") or waiting


def test_a_token_that_is_not_ours(runtime: Runtime, post: Post) -> None:
    """A Message-ID with another request's id and this one's signature, or none, is no token: the message is filed like any other."""
    told, other = Told(runtime, post), Told(runtime, post)
    mine, theirs = str(told.mail["Message-ID"]), str(other.mail["Message-ID"])
    mixed = f"{theirs.rpartition('.')[0].rpartition('.')[0]}.{mine.split('.', 2)[2]}"
    for id in (mixed, "<rq.x@our.example>", f"<rq.{told.id}.{'A' * 27}@our.example>"):
        made = letter(told.address, OFFICE, "Re: it", "do now", In_Reply_To=id)
        made["Authentication-Results"] = f"{SERVER}; dkim=pass"
        assert told.arrive(made) == "taken"
    assert {told.now["status"], other.now["status"]} == {"undecided"}
    assert told.results() == []


def test_words_are_kept_and_answered(runtime: Runtime, post: Post) -> None:
    """What is no decision is kept with the request, for those who read it, and answered with what to write; five times at most."""
    told = Told(runtime, post)
    before = len(post.sent)
    for n in range(7):
        assert told.reply(f"I will look at it tomorrow, {n}.") == "taken"
    assert told.now["status"] == "undecided"
    assert told.results() == ["not_understood"] * 7
    answers = told.deliver()[before:]
    assert len(answers) == 5
    assert "hand on to" in body(answers[0])
    kept = told.rows("request_mail", ("text",), f"record.request == '{told.id}' && record.about != null")
    assert kept[0]["text"] == "I will look at it tomorrow, 0."


def test_refused_in_words(runtime: Runtime, post: Post) -> None:
    """What the rules refuse is answered with their reason: a day after the one needed takes one, and then it is taken."""
    told = Told(runtime, post)
    with runtime.work(SYSTEM, "api") as work:
        day = (work.today + timedelta(days=20)).isoformat()
    told.reply(f"plan {day}")
    assert told.results() == ["refused"]
    assert "say why it comes later" in body(told.deliver()[-1])
    told.reply(f"plan {day} because the pumps come late")
    assert (told.now["status"], told.now["late_reason"]) == ("planned", "the pumps come late")


def test_a_mail_goes_out_twice_at_most(runtime: Runtime, post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the line breaks after the last byte, the same mail goes a second time with the same id, and never a third; where it was
    decided meanwhile, it does not go."""
    told = Told(runtime, post)
    took = Post.data

    def broken(self: Post, raw: bytes) -> tuple[int, bytes]:
        took(self, raw)
        raise ConnectionError("broken")

    monkeypatch.setattr(Post, "data", broken)
    request = told.now
    told_of = {"request": told.id, "user": told.doer, "decide_by": request["decide_by"], "mailbox": told.box()["id"]}
    office = RuntimeOffice(runtime)
    with office.open(write=True) as desk:
        (id,) = desk.save([NewRecord("request_mail", told_of)])
    before = len(post.sent)
    for __ in range(2):
        with pytest.raises(ConnectionError):
            notifying.send(office, {"id": id})
    notifying.send(office, {"id": id})
    ids = [str(m["Message-ID"]) for m in post.sent[before:]]
    assert len(ids) == 2
    assert ids[0] == ids[1]
    assert told.rows("request_mail", ("state",), f"record.id == '{id}'")[0]["state"] == "failed"
