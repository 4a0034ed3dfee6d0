"""Messages as strangers write them: whatever comes, something is told of it, and nothing falls over."""

from __future__ import annotations

import json
import mailbox
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xrm_communications.mail import bounces, intake, markup, parsing

from xrm_core.plugin import Confined, confined

MODULE = "xrm_communications.mail.parsing"


def child(raw: bytes, **limits: int) -> dict[str, Any]:
    """What the child process makes of a message."""
    given_limits = {"memory": intake.MEMORY + intake.PER_BYTE * len(raw), "seconds": intake.SECONDS, **limits}
    return dict(json.loads(confined(MODULE, "parsed", raw, **given_limits)))


def stored(data_dir: Path) -> list[tuple[str, bytes]]:
    """Every message of the shared mail: single ones, and those of the mboxes, cut by bytes."""
    single = [(p.name, p.read_bytes()) for p in sorted((data_dir / "mail").glob("*/*.eml"))]
    boxes = []
    for path in sorted((data_dir / "mail" / "mbox").glob("*.mbox")):
        pieces = (b"\n" + path.read_bytes()).split(b"\nFrom ")[1:]
        boxes += [(f"{path.name}:{n}", b"From " + piece) for n, piece in enumerate(pieces)]
    return single + boxes


def test_all_shared_mail_is_read_or_told_raw(data_dir: Path) -> None:
    """Each message gives a text, a file, a head, or the reason why not; its defects are named; JSON holds it."""
    found = stored(data_dir)
    assert len(found) > 150
    silent, defects = [], set()
    for name, raw in found:
        said = parsing.read(raw)
        json.dumps(said)
        defects.update(said["defects"])
        if not (said["text"] or said["files"] or said["subject"] or said["from"] or said["defects"] or said["aside"]):
            silent.append(name)
    assert not silent
    assert len(defects) >= 8, defects
    print(f"{len(found)} messages, {len(defects)} kinds of defects: {', '.join(sorted(defects))}")


def test_bounces_of_the_shared_mail_are_known(data_dir: Path) -> None:
    """At least nineteen of twenty failures are recognised, most with the address; of other mail none that is no report."""
    failures = sorted((data_dir / "mail" / "bounces").glob("*.eml"))
    told = [parsing.read(path.read_bytes())["bounce"] for path in failures]
    known = [one for one in told if one]
    named = [one for one in known if one["recipients"]]
    print(f"{len(known)} of {len(told)} bounces recognised, {len(named)} with the address")
    assert len(known) >= 0.95 * len(told)
    assert len(named) >= 0.9 * len(told)
    assert {one["kind"] for one in known} == {"hard", "soft"}
    others = [
        p.name for p in sorted((data_dir / "mail" / "cpython").glob("*.eml")) if parsing.read(p.read_bytes())["bounce"]
    ]
    assert set(others) <= {"msg_05.eml", "msg_16.eml", "msg_25.eml", "msg_43.eml"}, "these are returns, too"
    people = [raw for name, raw in stored(data_dir) if "mbox" in name]
    assert not [raw[:200] for raw in people if parsing.read(raw)["bounce"]]


def test_mboxes_that_the_standard_library_cannot_open(data_dir: Path) -> None:
    """Two of the mboxes make `mailbox` raise; their messages are read all the same."""
    hard = 0
    for path in sorted((data_dir / "mail" / "mbox").glob("*.mbox")):
        try:
            list(mailbox.mbox(path))
        except UnicodeDecodeError:
            hard += 1
            pieces = (b"\n" + path.read_bytes()).split(b"\nFrom ")[1:]
            assert all(parsing.read(b"From " + piece)["subject"] for piece in pieces)
    assert hard


def test_ten_thousand_parts_are_set_aside() -> None:
    """A message of 10,000 parts is not read beyond its head; the reason is told."""
    head = b"From: a@b.example\nSubject: many\nMessage-ID: <x@b.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n"
    said = child(head + b"--x\n\npart\n" * 10_000 + b"--x--\n")
    assert said["aside"] == "too_many_parts"
    assert (said["subject"], said["message_id"], said["files"]) == ("many", "<x@b.example>", [])


def test_parts_within_parts_end() -> None:
    """A thousand containers inside each other are read or set aside, and end in time."""
    raw = b"Subject: deep\n" + b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1000)
    )
    assert child(raw)["subject"] == "deep"


def test_a_hundred_megabytes_end_at_the_limits() -> None:
    """A child that is given less memory than a message takes ends, and says why; time ends likewise."""
    message = EmailMessage()
    message["Subject"] = "large"
    message.add_attachment(b"x" * 60_000_000, maintype="application", subtype="octet-stream", filename="big")
    raw = message.as_bytes()
    with pytest.raises(Confined) as told:
        child(raw, memory=256 << 20)
    assert told.value.code in ("too_big", "broke")
    with pytest.raises(Confined) as late:  # no such function
        confined("time", "sleep_", b"", memory=256 << 20, seconds=1)
    assert late.value.code == "broke"


@pytest.mark.parametrize(
    ("charset", "body", "expected"),
    [
        ("utf-8", "grüße".encode("latin-1"), "grüße"),
        ("no-such-charset", "grüße".encode(), "grüße"),
        ("us-ascii", "grüße".encode(), "grüße"),
        ("iso-8859-1", "grüße".encode("latin-1"), "grüße"),
        ("gb2312", "\N{CJK UNIFIED IDEOGRAPH-4F60}".encode("gb2312"), "\N{CJK UNIFIED IDEOGRAPH-4F60}"),
    ],
)
def test_wrong_charsets(charset: str, body: bytes, expected: str) -> None:
    """A text in another encoding than its head says is read in one that fits."""
    raw = b"From: a@b.example\nContent-Type: text/plain; charset=" + charset.encode() + b"\n\n" + body + b"\n"
    assert parsing.read(raw)["text"] == expected


def test_html_is_made_harmless() -> None:
    """Scripts, handlers, forms, styles, frames and pictures go; links to pages stay; the text is readable."""
    evil = (
        '<html><head><title>t</title><style>p{}</style></head><body onload="x()"><p>Dear <b>you</b></p><script>alert(1)</script>'
        '<img src="https://spy.example/1.gif"><a href="javascript:x()">one</a><a href="https://ok.example/">two</a>'
        '<iframe src="https://x.example"></iframe><form action="/x"><input></form><svg onload=x()></svg></body></html>'
    )
    raw = f"From: a@b.example\nContent-Type: text/html; charset=utf-8\n\n{evil}\n".encode()
    said = parsing.read(raw)
    for bad in ("script", "onload", "spy.example", "javascript", "iframe", "<form", "<input", "<svg", "style"):
        assert bad not in said["html"], bad
    assert 'href="https://ok.example/"' in said["html"]
    assert said["pictures"] == 1
    assert said["text"].startswith("Dear you")
    assert (
        markup.as_text("<p>one <b>and</b> a half</p><ul><li>two</li></ul><a>three</a>")
        == "one and a half\n\n- two\nthree"
    )


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ("Auto-Submitted: auto-replied", "auto_submitted"),
        ("Auto-Submitted: no", ""),
        ("Precedence: bulk", "precedence"),
        ("List-Id: <x.example>", "list"),
        ("X-Autoreply: yes", "auto_reply"),
        ("Return-Path: <>", "no_return_path"),
        ("X-Other: 1", ""),
    ],
)
def test_machines_are_known(headers: str, why: str) -> None:
    """What RFC 3834 and habit call automatic."""
    raw = f"From: a@b.example\n{headers}\n\nHello\n".encode()
    assert parsing.read(raw)["automatic"] == why
    assert parsing.read(b"From: no-reply@b.example\n\nHello\n")["automatic"] == "machine_address"


def test_a_person_who_writes_of_failures_is_no_bounce() -> None:
    """One sign alone makes no return: a person may write of undeliverable mail."""
    text = b"From: Ann <ann@x.example>\nSubject: Question\n\nMy letter was returned: user unknown. What now?\n"
    assert parsing.read(text)["bounce"] is None
    assert bounces.SENDERS.match("mailer-daemon@x.example")


@given(st.binary(max_size=2_000))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_a_message(raw: bytes) -> None:
    """No bytes make the reader raise, and what it tells is JSON."""
    json.dumps(parsing.read(b"Subject: x\n" + raw))
    json.dumps(parsing.read(raw))
