"""Stores of OpenFGA (model, tuples, assertions) translated into our metadata, records and questions.

- A type becomes an entity; types that stand for people become users, with the type as a role (`is_user`).
- A relation that can be assigned becomes an entity of ties: a tie points to its object and to who has it: a user, everybody of a
  type, or an object with the relation that its members need (`group#member`).
- A definition becomes a rule over these ties; a relation that reads itself (nested groups, folders) is unrolled some times.
- Each relation becomes a verb (a transition of the entity), so a check is a question about a verb.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

DEEP = (4, 3, 2)
"""How often a relation that reads itself is unrolled: the most that the language takes."""
LONGEST = 4_000
"""Characters of a rule; longer ones have more than the 400 parts that an expression may have."""
WORD = re.compile(r"\s*(\[[^\]]*\]|\(|\)|but not|[\w-]+)")


TIMED = re.compile(r"current_time\s*<\s*grant_time\s*\+\s*grant_duration")
"""The one condition that our rules know: until some time after it was given."""
REQUEST = "a condition over facts of the request, which our rules do not know"
SECONDS = {"s": 1, "m": 60, "h": 3600}


class CannotSay(Exception):
    """What our rules have no word for."""


@dataclass(frozen=True)
class Grantee:
    """Who may be given a relation: a type; all of it (`everyone`), or those with a relation to one (`via`); for a time alone
    (`timed`)."""

    type: str
    everyone: bool = False
    via: str = ""
    timed: bool = False


Term = tuple[Any, ...]
"""("direct",), ("self", relation), ("from", relation, link), ("or"|"and"|"not", term, term)."""


@dataclass
class Relation:
    """A definition and whom it is given to directly."""

    term: Term
    grantees: list[Grantee] = field(default_factory=list)


Model = dict[str, dict[str, Relation]]


def parse_model(text: str) -> Model:
    """The types of a model. Raises CannotSay for conditions: they ask for facts of the request."""
    model: Model = {}
    here = ""
    conditions = re.findall(r"condition\s+(\w+)[^{]*\{([^}]*)\}", text)
    timed = {name for name, body in conditions if TIMED.fullmatch(body.strip())}
    for raw in text.splitlines():
        line = raw.split("#", 1)[0].rstrip() if not re.search(r"\[[^\]]*#", raw) else re.sub(r"\s#\s.*", "", raw)
        if found := re.match(r"\s*(?:extend )?type ([\w-]+)", line):
            here = found[1]
            model.setdefault(here, {})
        elif found := re.match(r"\s*define\s+([\w-]+)\s*:\s*(.*)", line):
            model[here][found[1]] = _relation(found[2], timed)
        elif re.match(r"\s*condition ", line):
            break
    return model


def _relation(text: str, timed: set[str]) -> Relation:
    words = [w.strip() for w in WORD.findall(text)]
    made = Relation(("direct",))
    place = 0

    def term() -> Term:
        left = one()
        nonlocal place
        while place < len(words) and words[place] in ("or", "and", "but not"):
            sign = {"or": "or", "and": "and", "but not": "not"}[words[place]]
            place += 1
            left = (sign, left, one())
        return left

    def one() -> Term:
        nonlocal place
        word = words[place]
        place += 1
        if word == "(":
            inner = term()
            place += 1
            return inner
        if word.startswith("["):
            for given in word[1:-1].split(","):
                who, _, condition = given.strip().partition(" with ")
                if condition and condition.strip() not in timed:
                    raise CannotSay(REQUEST)
                name, _, via = who.strip().partition("#")
                made.grantees.append(Grantee(name.removesuffix(":*"), name.endswith(":*"), via, bool(condition)))
            return ("direct",)
        if place < len(words) and words[place] == "from":
            place += 2
            return ("from", word, words[place - 1])
        return ("self", word)

    made.term = term()
    return made


def name_of(text: str) -> str:
    """A name of theirs as one of ours."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")


class Translation:
    """A model as metadata, and the rules of its relations. `people`: the types that ask; one with relations is an object too."""

    def __init__(self, model: Model, people: set[str], deep: int) -> None:
        self.deep = deep
        self.model, self.people = model, people | {t for t, relations in model.items() if not relations}
        self.count = 0

    def entity(self, type: str) -> str:
        """The entity of a type."""
        return f"o_{name_of(type)}"

    def tie(self, type: str, relation: str) -> str:
        """The entity of the ties of a relation."""
        return f"t_{name_of(type)}__{name_of(relation)}"

    def ties(self) -> Iterator[tuple[str, str, list[Grantee]]]:
        """(type, relation, grantees) of what can be assigned."""
        for type, relations in self.model.items():
            for name, relation in relations.items():
                if relation.grantees:
                    yield type, name, relation.grantees

    def metadata(self) -> dict[str, str]:
        """Files of metadata."""
        documents: list[dict[str, Any]] = []
        for type, relations in self.model.items():
            if not relations:
                continue
            verbs = {f"may_{name_of(r)}": {"from": ["on"], "to": "off"} for r in relations}
            fields = {
                "key": {"type": "text", "required": True},
                "state": {"type": "choice", "values": ["on", "off"], "default": "on"},
            }
            documents.append(
                {
                    "entity": self.entity(type),
                    "label": type,
                    "fields": fields,
                    "lifecycle": {"field": "state", "transitions": verbs},
                }
            )
        for type, relation, grantees in self.ties():
            targets = sorted({self.entity(g.type) for g in grantees if self.model.get(g.type)})
            fields = {
                "object": {"type": "link", "to": self.entity(type), "required": True, "reverse": f"{name_of(relation)}_ties"},
                "person": {"type": "user"}, "everyone": {"type": "text"}, "via": {"type": "text"}, "until": {"type": "datetime"},
            }  # fmt: skip
            fields |= {target: {"type": "link", "to": target} for target in targets}
            documents.append(
                {"entity": self.tie(type, relation), "label": relation, "title": "{everyone}", "fields": fields}
            )
        roles = [{"role": f"is_{name_of(type)}", "label": type} for type in sorted(self.people)]
        grants = []
        for type, relations in self.model.items():
            for relation in relations:
                self.count = 0
                rule = self.rule("record", type, relation, {})
                if len(rule) > LONGEST:
                    raise CannotSay(
                        f"the rule of {type}#{relation}, roles within roles, has more parts than an expression may have"
                    )
                if rule != "false":
                    grants += [
                        {
                            "role": f"is_{name_of(p)}",
                            "entity": self.entity(type),
                            "verbs": [f"may_{name_of(relation)}"],
                            "rows": rule,
                        }
                        for p in sorted(self.people)
                    ]
        dumped = [yaml.safe_dump(d, sort_keys=False, width=10**6) for d in documents]
        access = [
            *(yaml.safe_dump(r, sort_keys=False) for r in roles),
            yaml.safe_dump({"grants": grants}, sort_keys=False, width=10**6),
        ]
        return {"entities/fga.yaml": "---\n".join(dumped), "access/fga.yaml": "---\n".join(access)}

    def rule(self, at: str, type: str, relation: str, above: Mapping[tuple[str, str], int]) -> str:
        """The condition under which the actor has a relation to the record `at`."""
        key = (type, relation)
        if above.get(key, 0) >= self.deep or relation not in self.model.get(type, {}):
            return "false"
        found = self.model[type][relation]
        return self._term(found.term, found, at, type, relation, {**above, key: above.get(key, 0) + 1})

    def _term(
        self, term: Term, relation: Relation, at: str, type: str, name: str, above: Mapping[tuple[str, str], int]
    ) -> str:
        if term[0] == "direct":
            return self._direct(relation, at, type, name, above)
        if term[0] == "self":
            return self.rule(at, type, term[1], above)
        if term[0] == "from":
            return self._from(term[1], term[2], at, type, above)
        left, right = (self._term(t, relation, at, type, name, above) for t in term[1:])
        if term[0] == "or":
            return _any([left, right])
        if term[0] == "not":
            return left if right == "false" else "false" if left == "false" else f"({left} && !({right}))"
        return "false" if "false" in (left, right) else f"({left} && {right})"

    def _variable(self) -> str:
        self.count += 1
        return f"v{self.count}"

    def _direct(self, relation: Relation, at: str, type: str, name: str, above: Mapping[tuple[str, str], int]) -> str:
        v = self._variable()
        parts = []
        for g in relation.grantees:
            if g.type in self.people and not g.via:
                who = f"{v}.everyone == '{g.type}'" if g.everyone else f"{v}.person == actor.id"
                asked = [who] if len(self.people) == 1 else [who, f"'is_{name_of(g.type)}' in actor.roles"]
                asked += (
                    [f"now() < {v}.until"]
                    if g.timed
                    else [f"{v}.until == null"]
                    if any(o.timed for o in relation.grantees)
                    else []
                )
                parts.append(f"({' && '.join(asked)})")
            elif g.via:
                inner = self.rule(f"{v}.{self.entity(g.type)}", g.type, g.via, above)
                if inner != "false":
                    alone = sum(other.type == g.type for other in relation.grantees) == 1
                    parts.append(inner if alone else f"({v}.via == '{g.via}' && {inner})")
        return f"{at}.{name_of(name)}_ties.exists({v}, {_any(parts)})" if parts else "false"

    def _from(self, relation: str, link: str, at: str, type: str, above: Mapping[tuple[str, str], int]) -> str:
        """Those with a relation to what a link points to."""
        found = self.model[type].get(link)
        if found is None:
            return "false"
        v, parts = self._variable(), []
        for target in dict.fromkeys(g.type for g in found.grantees if not g.via):
            inner = self.rule(f"{v}.{self.entity(target)}", target, relation, above)
            if inner != "false":
                parts.append(inner)
        return f"{at}.{name_of(link)}_ties.exists({v}, {_any(parts)})" if parts else "false"


def _any(parts: list[str]) -> str:
    kept = [p for p in dict.fromkeys(parts) if p != "false"]
    return "false" if not kept else kept[0] if len(kept) == 1 else f"({' || '.join(kept)})"


@dataclass(frozen=True)
class Check:
    """An assertion: has the user the relation to the object, at a moment (empty: any)?"""

    user: str
    relation: str
    object: str
    expected: bool
    now: str = ""


@dataclass
class Case:
    """A test of a store: the tuples in force and what is asserted with them; `left` are assertions that cannot be asked, with why."""

    tuples: list[Mapping[str, str]]
    checks: list[Check]
    left: list[str]


def askers(store: Mapping[str, Any]) -> set[str]:
    """The types of those who ask in a store's checks."""
    checks = [c for test in store.get("tests", ()) for c in test.get("check") or ()]
    return {u.partition(":")[0] for c in checks for u in (c.get("users") or [c["user"]]) if "#" not in u}


def cases_of(store: Mapping[str, Any], base: list[Mapping[str, str]], people: set[str]) -> list[Case]:
    """The tests of a store."""
    made = []
    for test in store.get("tests", ()):
        tuples = [*base, *(test.get("tuples") or ())]
        case = Case(tuples, [], [])
        for check in test.get("check") or ():
            users, objects = check.get("users") or [check["user"]], check.get("objects") or [check["object"]]
            for user in users:
                for target in objects:
                    for relation, expected in check["assertions"].items():
                        context = check.get("context") or {}
                        if context.keys() - {"current_time"}:
                            case.left.append(REQUEST)
                        elif user.partition(":")[0] not in people or "#" in user:
                            case.left.append(f"{user} asks, and nobody but people asks our rules")
                        else:
                            case.checks.append(
                                Check(user, relation, target, bool(expected), context.get("current_time", ""))
                            )
        made.append(case)
    return made


def stores(folder: Path) -> Iterator[tuple[str, Path]]:
    """(family, file) of all stores that have tests of their own."""
    for path in sorted(folder.rglob("*.fga.yaml")):
        yield path.relative_to(folder).parts[0], path


def load_store(path: Path) -> tuple[Mapping[str, Any], Model, list[Mapping[str, str]]]:
    """A store with its model and its tuples. Raises CannotSay."""
    store = yaml.safe_load(path.read_text("utf-8")) or {}
    text = store.get("model") or ""
    if store.get("model_file"):
        file = path.parent / store["model_file"]
        text = file.read_text("utf-8")
        if file.suffix == ".mod":
            names = yaml.safe_load(text)["contents"]
            text = "\n".join((file.parent / name).read_text("utf-8") for name in names)
    tuples = list(store.get("tuples") or ())
    for name in [store["tuple_file"]] if store.get("tuple_file") else store.get("tuple_files") or ():
        tuples += yaml.safe_load((path.parent / name).read_text("utf-8")) or []
    return store, parse_model(text), tuples


def until(one: Mapping[str, Any]) -> datetime | None:
    """When what a tuple gives ends; None: never."""
    if "condition" not in one:
        return None
    context = one["condition"]["context"]
    length = re.fullmatch(r"(\d+)([smh])", str(context["grant_duration"]))
    assert length is not None, context
    return datetime.fromisoformat(str(context["grant_time"])) + timedelta(seconds=int(length[1]) * SECONDS[length[2]])
