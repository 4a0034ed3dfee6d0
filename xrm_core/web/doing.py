"""What can be done with a record beside editing it: transitions of its lifecycle and actions of plugins, each asking for what it needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import NotFound, Problem, Refused, XrmError
from ..language import _, ngettext
from ..metamodel.catalog import Entity, Field, Transition
from ..metamodel.text import say
from ..services import actions, records
from ..services.actions import ActionOffer
from ..services.sight import reads
from ..services.work import Work
from .asked import Answer, Asked, Go, Sent, Shown, version_told
from .cells import codes_of, in_sentence, title_of
from .drawing import defaults_of, form_title, texts_of_record
from .forms import refuse
from .inputs import input_of
from .joining import join_url, merge_of
from .models import FormError, FormField, FormPage, FormSection, FormTab
from .offered import verdict, whole
from .paths import is_link
from .posted import RENDERED, Posted, is_id, take_fields
from .records import crumbs, load
from .shell import entity_url

REFUSALS = (400, 403, 409, 412, 422)


def transition_form(work: Work, asked: Asked) -> Shown | Go:
    """GET /e/{entity}/{id}/do/{name}: what a transition still needs. A merge into a record that is named has a page of its own."""
    entity = work.entity(asked.path["entity"])
    into = _merges_into(work, entity, asked.path["name"])
    if into and (stays := asked.get(into)):
        return Go(join_url(entity, asked.path["id"], stays))
    return _transition(work, asked, None, ())


def make_transition(work: Work, asked: Asked) -> Answer:
    """POST /e/{entity}/{id}/do/{name}."""
    entity, id, name = work.entity(asked.path["entity"]), asked.path["id"], asked.path["name"]
    transition = entity.lifecycle.transitions.get(name) if entity.lifecycle else None
    if transition is None:
        raise NotFound(_("there is no transition {name!r}", name=name), code="unknown_transition")
    needed = _needed(work, entity, id, transition)
    posted = take_fields(work, entity, needed, asked)
    into = _merges_into(work, entity, name)
    if into and not posted.problems and is_id(stays := str(posted.values().get(into) or "")):
        return Go(join_url(entity, id, stays))
    version = asked.posted("_version")
    try:
        with work.tx.savepoint():
            reason = asked.posted("reason").strip() or None
            records.run_transition(
                work,
                entity.name,
                id,
                name,
                posted.values(),
                version_told(version),
                reason,
                texts=True,
                faults=posted.problems,
            )
    except XrmError as fault:
        work.forget()
        if fault.status not in REFUSALS:
            raise
        return _transition(
            work, asked, posted, fault.problems or (Problem(fault.message, fault.code, hint=fault.hint),)
        )
    states = codes_of(work, entity.fields[entity.lifecycle.field]) if entity.lifecycle else {}
    said = say(states[transition.target].label if transition.target in states else transition.label, work.language)
    return Go(entity_url(entity.name, id), f"{say(entity.label, work.language)}: {said}")


def _merges_into(work: Work, entity: Entity, name: str) -> str:
    """The field that says into which record a merge goes, where the transition of that name is one; else ''."""
    way = merge_of(work, entity)
    return way.into if way is not None and way.transition == name else ""


def _needed(work: Work, entity: Entity, id: str, transition: Transition) -> list[Field]:
    """The fields that a transition asks for, those that there are for the reader: who may make it may give them."""
    if not verdict(work, entity, transition.name, id).allowed:
        return []
    known = (entity.fields[n] for n in transition.require if n in entity.fields)
    return [f for f in known if f.columns and reads(work, entity, f.name)]


def _named(work: Work, asked: Asked, needed: Sequence[Field]) -> Posted | None:
    """What the address names of the fields asked for (`?merged_into=<id>`)."""
    texts: dict[str, str] = {}
    for field in needed:
        kind = field.columns[0].kind
        if value := asked.get(field.name):
            texts[field.name] = value
            if is_link(field) and len(kind.entities) == 1:
                texts[f"{field.name}__text"] = title_of(work, kind.entities[0], value) or ""
    return Posted(texts) if texts else None


def _transition(work: Work, asked: Asked, posted: Posted | None, problems: Sequence[Problem]) -> Shown:
    entity, name = work.entity(asked.path["entity"]), asked.path["name"]
    record = load(work, entity, asked.path["id"])
    transition = entity.lifecycle.transitions.get(name) if entity.lifecycle else None
    if transition is None:
        raise NotFound(_("there is no transition {name!r}", name=name), code="unknown_transition")
    if not verdict(work, entity, name, str(record["id"])).allowed:
        raise Refused(
            _("this step is not yours to take"), code="refused", hint=_("the page of the record shows what is")
        )
    needed = _needed(work, entity, str(record["id"]), transition)
    if posted is None:
        posted = _named(work, asked, needed)
    label = say(transition.label, work.language)
    merges = bool(_merges_into(work, entity, name))  # why is asked for beside what it does
    return _ask(
        work,
        entity,
        record,
        f"do/{name}",
        label,
        needed,
        posted,
        problems,
        True,
        "no" if merges else transition.reason,
        asked.posted("reason"),
        _("Compare the two") if merges else "",
    )


def action_form(work: Work, asked: Asked) -> Shown | Go:
    """GET /e/{entity}/{id}/run/{name}: what a plugin's action asks for; the way to its screen, where it has one."""
    entity, name = work.entity(asked.path["entity"]), asked.path["name"]
    spec = work.host.actions.get((entity.name, name))
    if spec is not None and spec.screen:
        return Go(_offer(work, entity, load(work, entity, asked.path["id"]), name).screen)
    return _action(work, asked, None, ())


def run_action(work: Work, asked: Asked) -> Answer:
    """POST /e/{entity}/{id}/run/{name}."""
    entity, id, name = work.entity(asked.path["entity"]), asked.path["id"], asked.path["name"]
    record = load(work, entity, id)
    offer = _offer(work, entity, record, name)
    posted = take_fields(work, entity, offer.fields, asked)
    version = asked.posted("_version")
    try:
        with work.tx.savepoint():
            refuse(posted.problems, entity)
            values = {k: v for k, v in posted.values().items() if v != ""}
            done = actions.run_action(work, entity.name, id, name, values, version_told(version), texts=True)
    except XrmError as fault:
        work.forget()
        if fault.status not in REFUSALS:
            raise
        return _action(work, asked, posted, fault.problems or (Problem(fault.message, fault.code, hint=fault.hint),))
    if offer.effect == "read" and isinstance(done.result, bytes):
        return Sent(
            done.result,
            "application/octet-stream",
            {"Content-Disposition": f'attachment; filename="{entity.name}-{name}"'},
        )
    if offer.effect == "read":
        return Go(entity_url(entity.name, id), f"{offer.label}: {done.result}", tone="info")
    made = [c for c in done.changes if c.action == "create"]
    if len(made) == 1 and work.entity(made[0].entity).parent is None:
        return Go(entity_url(made[0].entity, made[0].id), _("Done: {label}", label=offer.label))
    if len(done.changes) < 2:
        return Go(entity_url(entity.name, id), _("Done: {label}", label=offer.label))
    said = ngettext("Done: {label} ({n} change)", "Done: {label} ({n} changes)", len(done.changes), label=offer.label)
    return Go(entity_url(entity.name, id), said)


def _offer(work: Work, entity: Entity, record: Any, name: str) -> ActionOffer:
    for offer in actions.actions_of(work, entity.name, whole(entity, record)):
        if offer.name == name and (offer.effect == "read" or verdict(work, entity, name, str(record["id"])).allowed):
            return offer
    raise NotFound(_("there is no action {name!r}", name=name), code="unknown_action")


def _action(work: Work, asked: Asked, posted: Posted | None, problems: Sequence[Problem]) -> Shown:
    entity, name = work.entity(asked.path["entity"]), asked.path["name"]
    record = load(work, entity, asked.path["id"])
    offer = _offer(work, entity, record, name)
    shut = (Problem(offer.reason, "guard"),) if offer.reason and not problems else tuple(problems)
    defaults = {k: v for f in offer.fields for k, v in defaults_of(f, work.env).items()}
    return _ask(work, entity, record, f"run/{name}", offer.label, offer.fields, posted or Posted(defaults), shut, False)


def _is_of_today(field: Field) -> bool:
    """Is it a day that has come when one can name it? Then it is most likely this one."""
    return field.type.name == "date" and getattr(field.options, "not_after", None) == "today"


def _ask(
    work: Work, entity: Entity, record: Any, path: str, label: str, fields: Sequence[Field], posted: Posted | None, problems: Sequence[Problem],
    stored: bool, reason: str = "no", told: str = "", save: str = "",
) -> Shown:  # fmt: skip
    """A short form: the fields asked for (of the stored record, or an action's own), a reason where one is wanted, one button."""
    texts = {**(texts_of_record(work, entity, record) if stored else {}), **(posted.texts if posted else {})}
    if posted is None and stored:
        texts |= {f.name: work.today.isoformat() for f in fields if _is_of_today(f) and not texts.get(f.name)}
    errors: dict[str, list[str]] = {}
    for problem in problems:
        errors.setdefault(problem.field or "", []).append(
            problem.message[:1].upper() + problem.message[1:] + (f" ({problem.hint})" if problem.hint else "")
        )
    own = f"{record['id']}"
    inputs = [input_of(work, f, texts, errors, required=stored) for f in fields]
    if reason != "no":
        inputs.append(
            FormField(
                name="reason",
                label=_("Reason"),
                widget="long_text",
                value=told,
                required=reason == "required",
                errors=tuple(errors.get("reason", ())),
                span=2,
            )
        )
    names = {f.name for f in fields} | {"reason"} | {c.name for f in fields for c in f.columns}
    title = f"{label}: {record.get('display') or form_title(work, entity, record)}"
    page = FormPage(
        title=title, entity=entity.name, action=entity_url(entity.name, own, *path.split("/")), cancel_href=entity_url(entity.name, own), save_label=save or label,
        text="" if inputs else _("Nothing more is asked for. {label} this {kind}?", label=label, kind=in_sentence(work, say(entity.label, work.language))), version=str(record["version"]),
        tabs=(FormTab(name="t0", label=label, sections=(FormSection(fields=tuple(inputs)),) if inputs else ()),),
        hidden=((RENDERED, ",".join(f.name for f in fields)),),
        errors=tuple(FormError(text=m, field=n if n in names else "") for n, ms in errors.items() for m in ms),
        multipart=any(f.type.name in ("file", "image") for f in fields),
    )  # fmt: skip
    said = _("Error: {title}", title=title) if problems else title
    return Shown("form.html", page, said, 422 if problems else 200, crumbs=crumbs(work, entity, record, label))
