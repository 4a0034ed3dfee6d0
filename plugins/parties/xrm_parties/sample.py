"""Sample parties: our own bodies, persons, households and organisations, how they hang together and may be contacted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from xrm_core.plugin import SampleMaker

from .names import strip_marks
from .people import PLACES, ROMAN, TONGUES, Tongue, phone, tongue

Row = dict[str, Any]
RATES = {"GBP": "1.17", "USD": "0.92", "CHF": "1.04", "PLN": "0.232"}
"""About what a unit is worth in euros; the sample lets it wander a little."""


def make_parties(maker: SampleMaker) -> None:
    """Parties with their connections, consents and accounts"""
    persons, households, firms, foundations, associations = (_size(maker, n) for n in (150, 40, 60, 25, 25))
    homes = [_household(maker, n) for n in range(households)]
    people = _persons(maker, homes, persons)
    bodies = [
        _organisation(maker, n, k)
        for k, count in (("firms", firms), ("foundations", foundations), ("associations", associations))
        for n in range(count)
    ]
    own = maker.add(
        "party", [_own("Brightwater Trust", "C58S", "trust"), _own("Brightwater Trading Ltd", "LMIM", "trading")]
    )
    home_ids = maker.add("party", [h["row"] for h in homes])
    person_ids = maker.add("party", people)
    body_ids = maker.add("party", bodies)
    _twins(maker, people, bodies)
    contacts = _connect(maker, homes, home_ids, person_ids, body_ids)
    _consents(maker, [*person_ids, *home_ids])
    _accounts(maker, bodies, body_ids)
    _rates(maker)
    cut = (firms, firms + foundations)
    parts = {
        "persons": person_ids,
        "households": home_ids,
        "firms": body_ids[: cut[0]],
        "foundations": body_ids[cut[0] : cut[1]],
        "associations": body_ids[cut[1] :],
    }
    maker.shared["parties"] = parts
    maker.shared["roles"] = roles(parts, maker.scale)
    maker.shared["contacts"] = contacts
    maker.shared["named"] = {
        "trust": own[0], "trading": own[1], "brandt": home_ids[0], "helga": person_ids[0], "jonas": person_ids[1],
        "nordsee_pumpen": body_ids[0], "hotel_albatros": body_ids[1],
    }  # fmt: skip


def roles(parts: dict[str, list[str]], scale: float = 1.0) -> dict[str, list[str]]:
    """Who is supplier, customer and donor: at scale 1 45, 60 and 130 of them, 12 in two roles and 3 in all three."""

    def some(ids: Sequence[str], start: int, end: int) -> list[str]:
        first = round(start * scale)
        return list(ids[first : max(first + 1, round(end * scale))])  # one at least: other samples build on each kind

    firms, clubs = parts["firms"], parts["associations"]
    supplier = [firms[0], *firms[2 : round(46 * scale)]]
    customer = [
        firms[1],
        firms[0],
        *firms[2:4],
        *some(firms, 46, 60),
        *clubs,
        *some(parts["foundations"], 15, 25),
        *some(parts["persons"][::-1], 0, 7),
    ]
    donor = [
        parts["households"][0],
        firms[0],
        *firms[2:4],
        *firms[4:8],
        *some(firms, 46, 50),
        *clubs[:4],
        *some(parts["foundations"], 0, 15),
    ]
    donor += [*parts["households"][1 : round(36 * scale)], *some(parts["persons"][2:], 24, 88)]
    found = {"supplier": supplier, "customer": customer, "donor": donor}
    return {role: list(dict.fromkeys(ids)) for role, ids in found.items()}  # of few, some are meant twice


def _size(maker: SampleMaker, count: int) -> int:
    return max(8, round(count * maker.scale))


def _own(name: str, form: str, key: str) -> Row:
    address = {
        "address_line1": "1 Reservoir Walk",
        "address_locality": "Dublin",
        "address_postcode": "D08 X7K0",
        "address_country": "IE",
    }
    return {
        "kind": "organisation", "name": name, "legal_name": name, "legal_form": form, "country": "IE", "language": "en", "is_own": True,
        "addresses": [{**address, "purpose": "registered", "primary": True}], "contact_points": [{"kind": "email", "value": f"office@{key}.example.org"}],
    }  # fmt: skip


def slug(*words: str) -> str:
    """Words as the local part or domain of an e-mail address."""
    plain = strip_marks(" ".join(words).translate(ROMAN).lower())
    return re.sub(r"[^a-z0-9]+", ".", plain).strip(".") or "someone"


def _address(rng: Random, said: Tongue, purpose: str) -> Row:
    town, postcode, country = rng.choice(said.towns)
    street = rng.choice(said.streets)
    return {
        "address_line1": street,
        "address_locality": town,
        "address_postcode": postcode,
        "address_country": country,
        "purpose": purpose,
        "primary": True,
    }


def _household(maker: SampleMaker, n: int) -> dict[str, Any]:
    """A household with the number of its members; the first one is the Brandts'."""
    rng = maker.rng("household", n)
    said = TONGUES[1] if n == 0 else tongue(rng)
    family = "Brandt" if n == 0 else rng.choice(said.family)
    address = _address(rng, said, "home")
    if n == 0:
        address |= {
            "address_line1": "Deichstraße 14",
            "address_locality": "Hamburg",
            "address_postcode": "20999",
            "address_country": "DE",
        }
    members = 2 if n == 0 else rng.choices((1, 2, 3, 4), (10, 65, 15, 10))[0]
    row = {
        "kind": "household", "name": said.household.format(family), "language": said.code, "country": address["address_country"],
        "addresses": [address], "contact_points": [{"kind": "email", "value": f"{slug(family)}.{n}@example.org", "purpose": "private"}],
    }  # fmt: skip
    return {"row": row, "said": said, "family": family, "address": address, "members": members}


def _persons(maker: SampleMaker, homes: Sequence[dict[str, Any]], count: int) -> list[Row]:
    """Members of households first, then people who live for themselves."""
    rows: list[Row] = []
    for home in homes:
        home["first"] = len(rows)
        for m in range(home["members"]):
            if len(rows) < count:
                rows.append(_person(maker, len(rows), home, m))
        home["members"] = len(rows) - home["first"]
    return rows + [_person(maker, n, None, 0) for n in range(len(rows), count)]


def _person(maker: SampleMaker, n: int, home: dict[str, Any] | None, member: int) -> Row:
    rng = maker.rng("person", n)
    said: Tongue = home["said"] if home else tongue(rng)
    woman = rng.random() < 0.54 if not home or member > 1 else member == 0
    given = ("Helga", "Jonas")[n] if n < 2 else rng.choice(said.female if woman else said.male)
    family = home["family"] if home else rng.choice(said.family)
    if said.code == "pl" and woman and family.endswith("ski"):
        family = family[:-1] + "a"
    address = {**home["address"]} if home else _address(rng, said, "home")
    child = home is not None and member > 1
    born = maker.as_of - timedelta(days=rng.randrange(3000, 9000) if child else rng.randrange(8500, 31000))
    row: Row = {
        "kind": "person", "person_name_given": given, "person_name_family": family, "language": said.code, "country": address["address_country"],
        "address_form": "formal_f" if woman else "formal_m", "addresses": [address], "contact_points": [],
    }  # fmt: skip
    if rng.random() < 0.06:
        row["person_name_prefix"] = "Dr."
    if rng.random() < 0.8:
        row["born_on"] = born
    if rng.random() < 0.85 and not child:
        row["contact_points"].append(
            {"kind": "email", "value": f"{slug(given, family)}.{n}@example.org", "purpose": "private"}
        )
    if rng.random() < 0.7:
        mobile = rng.random() < 0.6
        row["contact_points"].append(
            {"kind": "mobile" if mobile else "phone", "value": phone(rng, row["country"], mobile)}
        )
    if rng.random() < 0.05 and n > 7:
        row["status"] = "inactive"
    elif n in (11, 57):
        died = maker.as_of - timedelta(days=30 + rng.randrange(300))
        row |= {
            "status": "deceased",
            "died_on": died,
            "do_not_contact": True,
            "do_not_contact_reason": "deceased",
            "born_on": min(born, died - timedelta(days=9000)),
        }
    if rng.random() < 0.04:
        row["addresses"].append(
            {**_address(rng, said, "seasonal"), "primary": False, "season_from": "06-15", "season_to": "08-30"}
        )
    return row


def _organisation(maker: SampleMaker, n: int, kind: str) -> Row:
    """A firm, a foundation or public body, or an association; the first two firms are those of the demo's story."""
    rng = maker.rng(kind, n)
    said = TONGUES[1] if kind == "firms" and n < 2 else tongue(rng)
    patterns = {"firms": said.firms, "foundations": said.foundations, "associations": said.associations}[kind]
    place = rng.choice(said.family) if said.code == "ar" or kind == "firms" else f"{rng.choice(PLACES)}"
    name = (
        ("Nordsee Pumpen GmbH", "Hotel Albatros")[n]
        if kind == "firms" and n < 2
        else rng.choice(patterns).format(place)
    )
    address = _address(rng, said, "registered")
    domain = f"{slug(name).replace('.', '-')}-{kind[0]}{n}.example.org"
    number = rng.choice(PLACES[:3]) and f"{rng.randrange(10_000_000, 99_999_999)}"
    row: Row = {
        "kind": "organisation", "name": name, "language": said.code, "country": address["address_country"], "website": f"https://{domain}",
        "size": rng.choices(("micro", "small", "medium", "large"), (40, 35, 18, 7))[0], "addresses": [address],
        "contact_points": [{"kind": "email", "value": f"info@{domain}", "purpose": "work"}, {"kind": "phone", "value": phone(rng, address["address_country"]), "purpose": "work"}],
        "identifiers": [{"scheme": "ext", "value": f"BW-{kind[:2].upper()}-{number}"}],
    }  # fmt: skip
    row["industry"] = {
        "firms": rng.choice(("28", "36", "46", "49", "55", "71")),
        "foundations": "94",
        "associations": "94",
    }[kind]
    if kind == "firms" and n == 0:
        row |= {"legal_name": name, "legal_form": "2HBR", "industry": "28", "size": "medium", "employees": 84}
    if kind == "firms" and n == 1:
        row |= {"industry": "55", "size": "small", "employees": 32}
    if rng.random() < 0.05 and n > 4:
        row["status"] = "inactive"
    return row


def _twins(maker: SampleMaker, people: Sequence[Row], bodies: Sequence[Row]) -> None:
    """Six doubles, left in on purpose: four persons with a slip of the pen, two organisations under a longer name."""
    rows = []
    for n in (20, 41, 77, 100):
        row = people[n % len(people)]
        slip = (
            row["person_name_given"][:1]
            + row["person_name_given"][2:3]
            + row["person_name_given"][1:2]
            + row["person_name_given"][3:]
        )
        rows.append(
            {**row, "person_name_given": slip, "status": "active", "addresses": [dict(a) for a in row["addresses"][:1]]}
        )
    for n in (9, 33):
        row = {k: v for k, v in bodies[n % len(bodies)].items() if k != "identifiers"}
        rows.append({**row, "name": f"{row['name']} ({row['addresses'][0]['address_locality']})", "status": "active"})
    maker.add(
        "party",
        [
            {k: v for k, v in row.items() if k not in ("died_on", "do_not_contact", "do_not_contact_reason")}
            for row in rows
        ],
    )


def _connect(
    maker: SampleMaker,
    homes: Sequence[dict[str, Any]],
    home_ids: Sequence[str],
    person_ids: Sequence[str],
    body_ids: Sequence[str],
) -> dict[str, str]:
    """Households with their members, couples, and contact persons of every other organisation."""
    ties: list[Row] = []
    for home, id in zip(homes, home_ids, strict=True):
        members = person_ids[home["first"] : home["first"] + home["members"]]
        ties += [{"from": m, "to": id, "kind": "household_member_of", "primary": True} for m in members]
        if members:
            ties.append({"from": members[0], "to": id, "kind": "head_of_household"})
        if len(members) > 1:
            ties.append({"from": members[0], "to": members[1], "kind": "spouse_of"})
    contacts: dict[str, str] = {}
    alone = person_ids[max(h["first"] + h["members"] for h in homes) :]
    for n, body in enumerate(body_ids):
        rng = maker.rng("contact", n)
        if alone and (n < 2 or rng.random() < 0.55):
            person = rng.choice(alone)
            contacts[body] = person
            title = rng.choice(("Managing director", "Head of purchasing", "Secretary", "Treasurer", "Office"))
            ties.append(
                {
                    "from": person,
                    "to": body,
                    "kind": "contact_for",
                    "title": title,
                    "since": date(maker.as_of.year - rng.randrange(1, 8), rng.randrange(1, 13), 1),
                    "primary": True,
                }
            )
    maker.add("connection", ties)
    return contacts


def _consents(maker: SampleMaker, parties: Sequence[str]) -> None:
    """Two thirds said what they think of being written to; some changed their mind."""
    rows: list[Row] = []
    for n, party in enumerate(parties):
        rng = maker.rng("consent", n)
        if rng.random() < 0.66:
            given = maker.as_of - timedelta(days=rng.randrange(200, 1400))
            status = rng.choices(("given", "refused"), (86, 14))[0]
            common = {
                "party": party,
                "purpose": "fundraising",
                "channel": rng.choice(("email", "any", "post")),
                "basis": "consent",
            }
            rows.append(
                {
                    **common,
                    "status": status,
                    "given_on": given,
                    "source": rng.choice(("form", "web", "double_opt_in")),
                    "proof": "sample",
                }
            )
            if status == "given" and rng.random() < 0.08:
                rows.append(
                    {
                        **common,
                        "status": "withdrawn",
                        "given_on": given + timedelta(days=rng.randrange(30, 190)),
                        "source": "letter",
                        "proof": "sample",
                    }
                )
    maker.add("consent", rows)


def iban(country: str, account: int) -> str:
    """An IBAN with right check digits and a bank code of zeros, which no bank has (ISO 13616, ISO 7064 mod 97-10)."""
    body = {"DE": f"{0:08}{account:010}", "AT": f"{0:05}{account:011}"}[country]
    digits = "".join(str(int(c, 36)) for c in f"{body}{country}00")
    return f"{country}{98 - int(digits) % 97:02}{body}"


def _accounts(maker: SampleMaker, bodies: Sequence[Row], ids: Sequence[str]) -> None:
    """Bank accounts of half the organisations, most of them verified."""
    rows: list[Row] = []
    for n, (body, id) in enumerate(zip(bodies, ids, strict=True)):
        rng = maker.rng("account", n)
        if n == 0 or rng.random() < 0.5:
            known = n == 0 or rng.random() < 0.85
            row: Row = {
                "party": id,
                "holder": body["name"],
                "iban": iban(rng.choice(("DE", "AT")), rng.randrange(1, 10**9)),
                "currency": "EUR",
                "purpose": "pay_out",
            }
            if known:
                row |= {
                    "status": "verified",
                    "proof_checked": True,
                    "verified_on": maker.as_of - timedelta(days=rng.randrange(20, 900)),
                    "verified_by": maker.user("mei"),
                }
            rows.append(row)
    maker.add("bank_account", rows)


def _rates(maker: SampleMaker) -> None:
    """Monthly rates of four currencies over five years."""
    rows: list[Row] = []
    for currency, start in RATES.items():
        rng, rate = maker.rng(f"rate:{currency}"), Decimal(start)
        for month in range(60):
            year, number = (
                maker.as_of.year - 5 + (maker.as_of.month + month) // 12,
                (maker.as_of.month + month) % 12 + 1,
            )
            rate = (rate * Decimal(1 + rng.uniform(-0.012, 0.012))).quantize(Decimal("0.0001"))
            rows.append({"currency": currency, "on": date(year, number, 1), "rate": rate, "source": "sample"})
    maker.add("exchange_rate", rows)
