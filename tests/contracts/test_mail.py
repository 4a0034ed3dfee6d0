"""Mail through real servers: sent once, filed, answered, returned, read once by however many readers, on both databases."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from xrm_communications.mail import intake, matching, parsing, reading

from tests.contracts.conftest import with_plugins
from tests.contracts.mail_servers import SECRET, Servers, letter, mail_servers
from xrm_core.errors import InvalidRecord
from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services import actions, deleting, errandjobs, lists, records
from xrm_core.services.errandjobs import RuntimeOffice, run_errand
from xrm_core.services.runtime import Runtime
from xrm_core.services.settings import MailBox

__all__ = ["mail_servers"]
NUMBERS = count(1)
ADDRESSES = count(0)

organisation = with_plugins(["parties", "communications"], {})


def address(domain: str, name: str) -> str:
    """A mailbox of the servers that no other test of this file uses."""
    return f"{name}{next(ADDRESSES) % 40}@{domain}.example"


@pytest.fixture
def runtime(organisation: Runtime, mail_servers: Servers) -> Runtime:
    """An organisation whose settings name the servers."""
    organisation.settings = organisation.settings.model_copy(
        update={"mail": organisation.settings.mail.model_copy(update={"boxes": {}})}
    )
    return organisation


class Post:
    """A mailbox in use, with somebody who owns it."""

    def __init__(self, runtime: Runtime, servers: Servers, **settings: Any) -> None:
        self.runtime, self.servers = runtime, servers
        self.address = address("our", "office")
        self.account = f"box{next(NUMBERS)}"
        known = {"user": self.address, "imap_host": "127.0.0.1", "imap_port": servers.imap, "imap_security": "none"}
        known |= {"smtp_host": "127.0.0.1", "smtp_port": servers.smtp, "smtp_security": "none"}
        runtime.settings.mail.boxes[self.account] = MailBox(**{**known, **settings})
        os.environ[f"XRM_MAILBOX_{self.account.upper()}_PASSWORD"] = SECRET
        self.owner = self.new("user", name="Olive Owner", email=f"{self.account}@x.example")
        values = {"name": "Office", "address": self.address, "account": self.account, "owner": self.owner}
        self.box = self.new("mailbox", **values)

    def new(self, entity: str, **values: Any) -> str:
        """A record; its id."""
        with self.runtime.work(SYSTEM, "api", write=True) as work:
            return str(records.create_record(work, entity, values)["id"])

    def party(self, mail: str, **values: Any) -> str:
        """A party with a mail address."""
        given = {
            "kind": "organisation",
            "name": f"Firm {next(NUMBERS)}",
            "contact_points": [{"kind": "email", "value": mail}],
        }
        return self.new("party", **given | values)

    def outgoing(self, party: str, **values: Any) -> str:
        """A mail to be sent, whose time has come."""
        given = {
            "direction": "out",
            "channel": "email",
            "status": "to_send",
            "party": party,
            "subject": "News",
            "owner": self.owner,
        }
        return self.new("communication", **{"body": "How are you?", "mailbox": self.box, **given, **values})

    def send(self, id: str) -> dict[str, Any]:
        """Run the errand of a mail, as if its ten seconds had passed; the communication afterwards."""
        with self.runtime.work(SYSTEM, "job", write=True) as work:
            records.update_record(work, "communication", id, {"send_at": datetime.now(UTC) - timedelta(seconds=1)})
        run_errand(self.runtime, {"name": "send_mail", "given": {"id": id}})
        return self.read(id)

    def read(self, id: str) -> dict[str, Any]:
        """A communication."""
        with self.runtime.work(SYSTEM, "api") as work:
            return dict(records.read_record(work, "communication", id))

    def fetch(self) -> dict[str, int]:
        """Read the mailbox now; what became of its messages."""
        (told,) = reading.read_all(RuntimeOffice(self.runtime), self.account)
        assert not told.error, told.error
        return dict(told.states)

    def rows(self, entity: str, columns: tuple[str, ...], filter: str) -> list[dict[str, Any]]:
        """Records that a condition chooses."""
        with self.runtime.work(SYSTEM, "api") as work:
            return [
                dict(r)
                for r in lists.list_records(work, Query(entity, columns, filter, sort=("created_at",), limit=100)).rows
            ]

    def taken(
        self, columns: tuple[str, ...] = ("id", "subject", "party", "status", "in_reply_to")
    ) -> list[dict[str, Any]]:
        """What came into the mailbox."""
        return self.rows("communication", columns, f"record.mailbox == '{self.box}' && record.direction == 'in'")

    def owed(self, party: str) -> list[tuple[str, str]]:
        """Debtor and state of the answers owed by or to a party."""
        found = self.rows("obligation", ("debtor", "state"), f"record.party == '{party}'")
        return [(row["debtor"], row["state"]) for row in found]

    def act(self, id: str, name: str, **values: Any) -> str:
        """Run an action; the id of what it made."""
        with self.runtime.work(SYSTEM, "api", write=True) as work:
            return str(actions.run_action(work, "communication", id, name, values).changes[0].id)

    def move(self, id: str, name: str, **values: Any) -> None:
        """Run a transition."""
        with self.runtime.work(SYSTEM, "api", write=True) as work:
            records.run_transition(work, "communication", id, name, values)


@pytest.fixture
def post(runtime: Runtime, mail_servers: Servers) -> Post:
    """A mailbox in use."""
    return Post(runtime, mail_servers)


def test_a_letter_is_sent_filed_and_answered(post: Post, mail_servers: Servers) -> None:
    """A mail goes out with its id and is filed under Sent; the answer comes into its thread, and ours pays the debt."""
    theirs = address("their", "person")
    party = post.party(theirs)
    id = post.outgoing(party, answer_wanted="yes")
    assert post.owed(party) == [], "nobody waits for what has not gone"
    sent = post.send(id)
    assert (sent["status"], sent["tries"], sent["mail_to"], sent["mail_from"]) == ("sent", 1, theirs, post.address)
    (arrived,) = mail_servers.wait_for(theirs, 1)
    assert sent["message_id"].encode() in arrived
    assert b"How are you?" in arrived
    assert post.owed(party) == [("they", "open")]
    run_errand(post.runtime, {"name": "file_sent_mail", "given": {"id": id}})
    run_errand(post.runtime, {"name": "file_sent_mail", "given": {"id": id}})
    filed = mail_servers.wait_for(post.address, 1, "Sent")
    assert len(filed) == 1
    assert sent["message_id"].encode() in filed[0]

    answer = letter(theirs, post.address, "Re: News", "Fine, and you?", In_Reply_To=sent["message_id"])
    mail_servers.deliver(post.address, answer)
    mail_servers.wait_for(post.address, 1)
    assert post.fetch() == {"taken": 1}
    (came,) = post.taken(("id", "party", "status", "in_reply_to", "body", "owner", "authenticated"))
    assert came["party"] == party
    assert (came["status"], came["in_reply_to"], came["owner"], came["authenticated"]) == (
        "done",
        id,
        post.owner,
        "unknown",
    )
    assert "Fine" in came["body"]
    assert post.owed(party) == [("they", "answered"), ("we", "open")]

    back = post.act(came["id"], "reply", body="Fine, too.")
    assert post.owed(party)[1] == ("we", "open"), "it has not gone yet"
    replied = post.send(back)
    assert (replied["subject"], replied["in_reply_to"], replied["status"]) == ("Re: News", came["id"], "sent")
    assert post.owed(party) == [("they", "answered"), ("we", "answered")]
    second = mail_servers.wait_for(theirs, 2)[1].decode()
    assert f"In-Reply-To: {answer['Message-ID']}" in second
    assert "> Fine, and you?" in second


def test_ten_seconds_to_take_it_back(post: Post, mail_servers: Servers) -> None:
    """A mail waits ten seconds; taken back or undone in that time it does not go."""
    party = post.party(address("their", "person"))
    id = post.outgoing(party)
    before = post.read(id)
    assert before["send_at"] - before["created_at"] >= timedelta(seconds=9)
    run_errand(post.runtime, {"name": "send_mail", "given": {"id": id}})
    assert post.read(id)["status"] == "to_send"
    post.move(id, "take_back")
    run_errand(post.runtime, {"name": "send_mail", "given": {"id": id}})
    assert (post.read(id)["status"], post.read(id)["tries"]) == ("draft", 0)
    other = post.outgoing(party)
    with post.runtime.work(SYSTEM, "api", write=True) as work:
        deleting.delete_record(work, "communication", other)
    run_errand(post.runtime, {"name": "send_mail", "given": {"id": other}})


def test_refused_put_off_and_returned(post: Post, mail_servers: Servers) -> None:
    """A refusal is told; a server that cannot now is asked again; a return marks the mail and the address, for good."""
    refused = post.send(post.outgoing(post.party("unknown@their.example")))
    assert refused["status"] == "failed"
    assert "5.1.1" in refused["status_reason"]
    later = post.send(post.outgoing(post.party("later@their.example")))
    assert (later["status"], later["tries"]) == ("to_send", 0)
    assert "4" in later["status_reason"]

    party = post.party("gone@their.example")
    sent = post.send(post.outgoing(party))
    assert sent["status"] == "sent"
    mail_servers.wait_for(post.address, 1)
    assert post.fetch() == {"taken": 1}
    returned = post.read(sent["id"])
    assert returned["status"] == "bounced"
    assert "5.1.1" in returned["status_reason"]
    (point,) = post.rows("party_contact_points", ("quality",), f"record.party == '{party}'")
    assert point["quality"] == "bounced_hard"
    assert post.owed(party) == [], "nobody answers a machine"
    (came,) = post.taken(("automatic", "in_reply_to", "party"))
    assert (came["automatic"], came["in_reply_to"], came["party"]) == (True, sent["id"], party)


def test_a_bounce_that_names_no_mail_of_ours_changes_nothing(post: Post, mail_servers: Servers) -> None:
    """Anybody can write a message that looks like a return: without the id of our mail it marks no address."""
    party = post.party("victim@their.example")
    text = "Your message could not be delivered: user unknown.\n\n<victim@their.example>: 550 5.1.1 no such user\n"
    forged = letter("MAILER-DAEMON@their.example", post.address, "Undelivered Mail Returned to Sender", text)
    mail_servers.deliver(post.address, forged, sender="")
    mail_servers.wait_for(post.address, 1)
    assert post.fetch() == {"aside": 1}
    (point,) = post.rows("party_contact_points", ("quality",), f"record.party == '{party}'")
    assert point["quality"] == "unchecked"
    assert post.owed(party) == []


def test_what_nobody_knows_waits_for_a_person(post: Post, mail_servers: Servers) -> None:
    """Mail of a stranger is in triage with whom it may be from; saying so opens the answer owed; so does choosing another."""
    firm = post.party("info@hotel.example", name="Hotel Albatros")
    mail_servers.deliver(post.address, letter("Ann <ann@hotel.example>", post.address, "A room"))
    mail_servers.deliver(post.address, letter("x@nowhere.example", post.address, "Buy this"))
    mail_servers.wait_for(post.address, 2)
    assert post.fetch() == {"taken": 2}
    room, advert = sorted(
        post.taken(("id", "subject", "status", "party", "suggested", "suggested_why")), key=lambda r: r["subject"]
    )
    assert (room["status"], room["party"], room["suggested"]) == ("triage", None, firm)
    assert "hotel.example" in room["suggested_why"]
    assert (advert["status"], advert["suggested"]) == ("triage", None)
    assert post.owed(firm) == []
    with pytest.raises(InvalidRecord):
        post.move(room["id"], "assign")
    with post.runtime.work(SYSTEM, "api", write=True) as work:
        actions.run_action(work, "communication", room["id"], "accept_suggestion")
    assert (post.read(room["id"])["status"], post.read(room["id"])["party"]) == ("done", firm)
    assert post.owed(firm) == [("we", "open")]
    post.move(advert["id"], "dismiss")
    assert post.read(advert["id"])["status"] == "dismissed"
    post.move(advert["id"], "assign", party=firm)
    assert post.owed(firm) == [("we", "open")] * 2


def test_machines_loops_and_forgers(post: Post, mail_servers: Servers) -> None:
    """What a machine wrote opens nothing and has no reply; our own mail that comes round is left out; whom our server calls
    forged, and whoever claims to be ourselves, waits for a person."""
    theirs = address("their", "person")
    party = post.party(theirs)
    trusted = post.runtime.settings.mail.boxes[post.account].model_copy(update={"trusted": "mail.our.example"})
    post.runtime.settings.mail.boxes[post.account] = trusted
    mail_servers.deliver(post.address, letter(theirs, post.address, "1 away", Auto_Submitted="auto-replied"))
    mail_servers.deliver(post.address, letter(theirs, post.address, "2 loop", X_XRM_Loop=post.address))
    said = "mail.our.example; dmarc=fail header.from=their.example"
    mail_servers.deliver(post.address, letter(theirs, post.address, "3 forged", Authentication_Results=said))
    boast = "mail.their.example; dmarc=pass"
    mail_servers.deliver(post.address, letter(post.address, post.address, "4 ourselves", Authentication_Results=boast))
    mail_servers.wait_for(post.address, 4)
    assert post.fetch() == {"taken": 3, "skipped": 1}
    found = {
        row["subject"]: row
        for row in post.taken(("id", "subject", "status", "party", "automatic", "authenticated", "suggested"))
    }
    assert (found["1 away"]["party"], found["1 away"]["automatic"]) == (party, True)
    forged = found["3 forged"]
    assert (forged["status"], forged["party"], forged["suggested"], forged["authenticated"]) == (
        "triage",
        None,
        party,
        "fail",
    )
    ours = found["4 ourselves"]
    assert (ours["status"], ours["party"], ours["authenticated"]) == ("triage", None, "unknown")
    assert post.owed(party) == []
    with pytest.raises(InvalidRecord):
        post.act(found["1 away"]["id"], "reply", body="Thank you for being away.")


def test_each_message_once_with_two_readers(post: Post, mail_servers: Servers) -> None:
    """Two mailboxes get the same messages and are read at the same moment: each is taken once, the other time it is known."""
    other = Post(post.runtime, mail_servers)
    theirs = address("their", "person")
    post.party(theirs)
    for n in range(6):
        both = letter(theirs, f"{post.address}, {other.address}", f"To both {n}")
        mail_servers.deliver(post.address, both)
        mail_servers.deliver(other.address, both)
    mail_servers.wait_for(post.address, 6)
    mail_servers.wait_for(other.address, 6)
    told: list[dict[str, int]] = []
    readers = [threading.Thread(target=lambda p=p: told.append(p.fetch())) for p in (post, other)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join(120)
    assert sum(t.get("taken", 0) for t in told) == 6
    assert sum(t.get("skipped", 0) for t in told) == 6
    subjects = [row["subject"] for p in (post, other) for row in p.taken()]
    assert sorted(subjects) == [f"To both {n}" for n in range(6)]
    assert post.fetch() == {}, "what was seen is not seen again"


def test_the_ledger_tells_gaps_sizes_and_a_new_numbering(
    post: Post, mail_servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What went before it was read is a gap; what is too large is set aside; a new numbering of the server takes nothing twice;
    reading again from a day finds what was left."""
    theirs = address("their", "person")
    post.party(theirs)
    mail_servers.deliver(post.address, letter(theirs, post.address, "first"))
    mail_servers.wait_for(post.address, 1)
    assert post.fetch() == {"taken": 1}
    mail_servers.deliver(post.address, letter(theirs, post.address, "gone before it is read"))
    mail_servers.wait_for(post.address, 2)
    with mail_servers.open(post.address) as client:
        client.delete_messages(client.search(["SUBJECT", "gone before"]))
        client.expunge()
    monkeypatch.setattr(reading, "MOST_BYTES", 20_000)
    mail_servers.deliver(post.address, letter(theirs, post.address, "large", "x" * 70 + "\n" + "y" * 30_000))
    mail_servers.wait_for(post.address, 2)
    assert post.fetch() == {"gap": 1, "aside": 1}
    ledger = post.rows("mail_ledger", ("uid", "state", "subject", "why"), f"record.mailbox == '{post.box}'")
    assert [(row["uid"], row["state"]) for row in sorted(ledger, key=lambda row: row["uid"])] == [
        (1, "taken"),
        (2, "gap"),
        (3, "aside"),
    ]
    assert {row["state"]: row["why"] for row in ledger} == {"taken": None, "gap": "gone", "aside": "too_large"}

    with post.runtime.work(SYSTEM, "job", write=True) as work:
        box = records.read_record(work, "mailbox", post.box)
        assert box["last_ok_at"] is not None
        assert box["last_uid"] == 3
        rows = lists.list_records(work, Query("mail_ledger", ("id",), f"record.mailbox == '{post.box}'")).rows
        for row in rows:
            records.update_record(work, "mail_ledger", row["id"], {"uid_validity": 1})
        records.update_record(work, "mailbox", post.box, {"uid_validity": 1})
    assert post.fetch() == {"skipped": 1, "aside": 1}

    with post.runtime.work(SYSTEM, "api", write=True) as work:
        actions.run_action(work, "mailbox", post.box, "resync", {"since": date(2020, 1, 1)})
    assert post.fetch() == {}


def test_a_server_that_is_away_is_told_with_the_mailbox(post: Post, mail_servers: Servers) -> None:
    """The fault stands with the mailbox, and the last success stays."""
    wrong = post.runtime.settings.mail.boxes[post.account].model_copy(update={"imap_port": 1})
    post.runtime.settings.mail.boxes[post.account] = wrong
    run_errand(post.runtime, {"name": "fetch_mail", "given": {}})
    with post.runtime.work(SYSTEM, "api") as work:
        box = records.read_record(work, "mailbox", post.box)
    assert "refused" in box["last_error"].lower()
    assert box["last_ok_at"] is None
    sent = post.read(post.outgoing(post.party(address("their", "person"))))
    assert sent["status"] == "to_send"


def test_read_each_minute_where_the_settings_name_an_account(runtime: Runtime, mail_servers: Servers) -> None:
    """The worker puts the reading of mailboxes down once a minute, and not at all without accounts."""
    minutes = errandjobs.Minutes(runtime)
    at = datetime(2026, 11, 20, 10, 0, 30, tzinfo=UTC)
    assert minutes.tick(at) == 0
    Post(runtime, mail_servers)
    assert minutes.tick(at + timedelta(minutes=1)) == 1
    assert minutes.tick(at + timedelta(minutes=1, seconds=20)) == 0
    assert errandjobs.Minutes(runtime).tick(at + timedelta(minutes=1)) == 0, "another process knows of it"


class Broken:
    """An SMTP server whose line breaks after the last byte: it has the message, and nobody hears so. One that is `whole` answers, and
    has `extensions`; `seen` are the addresses that it was given, with what was asked for."""

    def __init__(self, kept: list[bytes], whole: bool = False, extensions: tuple[str, ...] = ()) -> None:
        self.kept, self.whole, self.extensions = kept, whole, extensions
        self.seen: list[tuple[str, ...]] = []

    def ehlo_or_helo_if_needed(self) -> None:
        """Nothing to greet."""

    def has_extn(self, name: str) -> bool:
        """Whether it offers something."""
        return name in self.extensions

    def mail(self, address: str, options: Sequence[str] = ()) -> tuple[int, bytes]:
        """Any sender."""
        self.seen.append((address, *options))
        return 250, b"ok"

    rcpt = mail

    def data(self, body: bytes) -> tuple[int, bytes]:
        """Keep the message, then break."""
        self.kept.append(body)
        if self.whole:
            return 250, b"ok"
        raise OSError("the line broke")

    def close(self) -> None:
        """Nothing to close."""


def test_addresses_beyond_ascii(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """A domain goes as punycode through any server; letters before the @ take one that offers SMTPUTF8, else it is told why not; an answer
    from the punycode is theirs, and a blocked address is blocked in either spelling."""
    kept: list[bytes] = []
    server = Broken(kept, whole=True)
    monkeypatch.setattr(RuntimeOffice, "smtp", lambda self, account: server)
    n = next(NUMBERS)
    plain, beyond = f"info{n}@bücher.example", f"jörg{n}@bücher.example"
    sent = post.send(post.outgoing(post.party(plain)))
    assert (sent["status"], server.seen[1]) == ("sent", (f"info{n}@xn--bcher-kva.example",))
    assert f"info{n}@xn--bcher-kva.example>".encode() in kept[0]
    party = post.party(beyond)
    id = post.outgoing(party)
    refused = post.send(id)
    assert (refused["status"], refused["status_code"], len(kept)) == ("failed", "not_ascii", 1)
    server.extensions = ("smtputf8",)
    post.move(id, "send")
    sent = post.send(id)
    assert (sent["status"], sent["status_code"]) == ("sent", None)
    assert server.seen[-2:] == [(post.address, "SMTPUTF8", "BODY=8BITMIME"), (f"jörg{n}@xn--bcher-kva.example",)]
    assert f"jörg{n}@xn--bcher-kva.example".encode() in kept[1]
    with RuntimeOffice(post.runtime).open() as desk:
        (found,) = matching.parties_with(desk.reader, f"jörg{n}@xn--bcher-kva.example")
    assert found["id"] == party
    post.new("suppression", address=f"info{n}@xn--bcher-kva.example")
    with pytest.raises(InvalidRecord):
        post.outgoing(post.party(plain))


def test_handed_over_twice_at_most(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the answer to the last byte is lost, the same bytes go once more, with the same id; a third time never, and that
    is told. The same holds where the process dies: the state that it left is the same."""
    kept: list[bytes] = []
    monkeypatch.setattr(RuntimeOffice, "smtp", lambda self, account: Broken(kept))
    id = post.outgoing(post.party(address("their", "person")))
    first = post.send(id)
    assert (first["status"], first["tries"]) == ("sending", 1)
    assert (first["status_code"], first["status_reason"]) == ("line_broke", "the line broke")
    second = post.send(id)
    assert (second["status"], second["tries"]) == ("sending", 2)
    third = post.send(id)
    assert third["status"] == "failed"
    assert third["status_code"] == "handed_twice"
    assert len(kept) == 2
    assert kept[0] == kept[1]
    assert first["message_id"].encode() in kept[0]


def test_headers_take_no_lines(post: Post, mail_servers: Servers) -> None:
    """A subject or an address with line breaks is refused; a header with them becomes one line; none adds a header."""
    theirs = address("their", "person")
    party = post.party(theirs)
    for wrong in (
        {"subject": "Hi\r\nBcc: spy@their.example"},
        {"mail_to": "a@b.example\r\nRCPT TO:<spy@their.example>"},
        {"mail_to": "a b@c"},
    ):
        with pytest.raises(InvalidRecord):
            post.outgoing(party, **wrong)
    with post.runtime.work(SYSTEM, "job", write=True) as work:
        values = {
            "direction": "out",
            "channel": "email",
            "status": "to_send",
            "party": party,
            "subject": "Hi",
            "owner": post.owner,
        }
        headers = {"List-Id": "x\r\nX-Evil: 1", "Subject": "another"}
        id = records.create_record(work, "communication", {**values, "mailbox": post.box, "headers": headers})["id"]
    assert post.send(str(id))["status"] == "sent"
    (arrived,) = mail_servers.wait_for(theirs, 1)
    head = arrived.partition(b"\r\n\r\n")[0].decode()
    assert "\nX-Evil" not in head
    assert "List-Id: x X-Evil: 1" in head
    assert head.count("Subject:") == 1


def test_all_shared_mail_is_taken_or_told(post: Post, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every message of the shared mail ends in the ledger as taken, set aside or known, none as failed; with its bytes, and
    none opens an answer owed without a party."""
    monkeypatch.setattr(
        intake, "_child", lambda function, raw: getattr(parsing, function)(raw)
    )  # here, to save 170 children
    office = RuntimeOffice(post.runtime)
    with office.open() as desk:
        box = desk.reader.get("mailbox", post.box)
    assert box is not None
    raws = [p.read_bytes() for p in sorted((data_dir / "mail").glob("*/*.eml"))]
    for path in sorted((data_dir / "mail" / "mbox").glob("*.mbox")):
        raws += [b"From " + piece for piece in (b"\n" + path.read_bytes()).split(b"\nFrom ")[1:]]
    states: Counter[str] = Counter()
    for uid, raw in enumerate(raws, 1):
        states[intake.take(office, intake.Arrived(box, 7, uid, raw, len(raw), datetime.now(UTC)))] += 1
    assert sum(states.values()) == len(raws)
    assert set(states) <= {"taken", "skipped", "aside"}, states
    assert states["taken"] + states["aside"] > 0.8 * len(raws)
    rows = post.rows(
        "communication", ("raw", "subject", "status"), f"record.mailbox == '{post.box}' && record.direction == 'in'"
    )
    assert all(row["raw"] and row["subject"] for row in rows)
    assert {row["status"] for row in rows} <= {"triage", "dismissed"}


def test_ten_thousand_parts_wait_as_they_came(post: Post) -> None:
    """A message that takes too much to read is set aside with the reason, and its bytes are kept."""
    office = RuntimeOffice(post.runtime)
    with office.open() as desk:
        box = desk.reader.get("mailbox", post.box)
    assert box is not None
    head = b"From: a@b.example\nSubject: many parts\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n"
    raw = head + b"--x\n\npart\n" * 10_000 + b"--x--\n"
    assert intake.take(office, intake.Arrived(box, 7, 1, raw, len(raw), datetime.now(UTC))) == "aside"
    (came,) = post.taken(("subject", "status", "raw", "suggested_as"))
    assert (came["subject"], came["status"]) == ("many parts", "triage")
    assert came["raw"]
    assert came["suggested_as"] == "too_many_parts"
    huge = intake.Arrived(box, 7, 2, head, 100 << 20, datetime.now(UTC), whole=False)  # its head alone was fetched
    assert intake.take(office, huge) == "aside"
    (told,) = post.rows(
        "mail_ledger", ("why", "reason", "subject"), f"record.mailbox == '{post.box}' && record.uid == 2"
    )
    assert (told["why"], told["reason"], told["subject"]) == ("too_large", "100 MB", "many parts")
    round_and_round = b"Received: from a by b\n" * 101 + b"Message-ID: <round@b.example>\n" + head
    assert intake.take(office, intake.Arrived(box, 7, 3, round_and_round, 5_000, datetime.now(UTC))) == "skipped"
