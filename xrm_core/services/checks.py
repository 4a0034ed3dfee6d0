"""Checking drafts before they are written: required fields, conditions, rules, links, and what plugins object to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from ..errors import PluginError, Problem
from ..language import _
from ..metamodel.catalog import Catalog, Field
from ..metamodel.field_type import FieldFault
from ..metamodel.text import say
from ..metamodel.values import Change, FurtherChange, NewRecord, Patch
from ..plugin.errands import Later
from ..plugin.host import Reactor
from ..storage import attachments, query
from . import errands
from .drafts import Draft, fault_problem, put
from .permits import unseen
from .work import Work
from .writer import LinkColumn, Writer, label_of

MANY = 20
"""From so many drafts on it is worth asking which fields there is anything to settle in."""
FILE = "xrm_file"
"""What file fields link to: the platform's own table, no entity."""


def check_fields(work: Work, writer: Writer, draft: Draft) -> None:
    """Required fields and conditions, and the metadata's own rules where nothing else is wrong. A field that is not visible is
    not required, nor missing where what was given for it is refused."""
    after = draft.after
    refused = {writer.owner[p.field].name for p in draft.problems if p.field in writer.owner}
    empty = [
        field
        for field, names in writer.required
        if after.get(names[0]) is None and all(after.get(n) is None for n in names) and field.name not in refused
    ]
    if not (empty or writer.required_when or writer.read_only_when or writer.rules):
        return
    context = work.context(after, draft.before or None)

    def hidden(name: str) -> bool:
        return name in writer.visible_when and not writer.visible_when[name].python(context)

    draft.problems += [_missing(work, field) for field in empty if not hidden(field.name)]
    for field, condition in writer.required_when:
        if field.name in refused or not _is_empty(field, draft.after):
            continue
        if condition.python(context) and not hidden(field.name):
            draft.problems.append(_missing(work, field))
    if work.door in ("api", "web", "cli"):
        for field, condition in writer.read_only_when:
            touched = any(
                c.name in draft.given and draft.before.get(c.name) != draft.after.get(c.name) for c in field.columns
            )
            if draft.action == "update" and touched and condition.python(work.context(draft.before)):
                draft.problems.append(
                    Problem(
                        _("{field} cannot be changed now", field=label_of(field, work.language)),
                        "read_only",
                        field.name,
                    )
                )
    if draft.problems:
        return
    for rule, check, when in writer.rules:
        if (when is None or when.python(context)) and not check.python(context):
            draft.problems.append(Problem(say(rule.message, work.language), "rule", rule.field))


def check_all(work: Work, writer: Writer, drafts: Sequence[Draft]) -> None:
    """`check_fields` for those drafts that there may be something to tell of."""
    if writer.required_when or writer.read_only_when or writer.rules:
        for draft in drafts:
            check_fields(work, writer, draft)
        return
    wanted = [names[0] for _, names in writer.required]
    for draft in drafts:
        after = draft.after
        for name in wanted:
            if after.get(name) is None:
                check_fields(work, writer, draft)
                break


def settle(work: Work, writer: Writer, drafts: Sequence[Draft]) -> None:
    """Let field types check and complete fields of which a column changed: the currency of an amount, codes newly chosen."""
    env, settled = work.env, writer.settled
    if len(drafts) >= MANY:
        settled = tuple(
            (field, names)
            for field, names in settled
            if not _answers(type(field.type)) or field.type.settles(field, env)
        )
    for draft in drafts if settled else ():
        before, after = draft.before, draft.after
        for field, names in settled:
            for name in names:
                was, now = before.get(name), after.get(name)
                if was is not now and (was is None or now is None or was != now):
                    break
            else:
                continue
            try:
                filled = field.type.settle(after, before, field, env)
                if filled:
                    after.update(filled)
            except FieldFault as fault:
                draft.problems.append(fault_problem(fault, field))


@cache
def _answers(kind: type) -> bool:
    """Does the class that says when there is something to settle speak of the `settle` in force, not of one below it?"""
    classes = kind.__mro__
    return next(n for n, c in enumerate(classes) if "settles" in vars(c)) <= next(
        n for n, c in enumerate(classes) if "settle" in vars(c)
    )


def _is_empty(field: Field, record: Mapping[str, Any]) -> bool:
    return all(record.get(column.name) is None for column in field.columns)


def _missing(work: Work, field: Any) -> Problem:
    return Problem(_("{field} is required", field=label_of(field, work.language)), "required", field.name)


def check_links(work: Work, writer: Writer, drafts: Sequence[Draft]) -> None:
    """Every link that changes must point to a record that exists and is not in the bin: one statement for all drafts."""
    asked: list[tuple[Draft, Any, str, str]] = []
    for link in writer.links:
        for draft in drafts:
            id = draft.after.get(link.column)
            if id is None or draft.before.get(link.column) == id:
                continue
            target = draft.after.get(link.entity_column) if link.entity_column else link.targets[0]
            if target == FILE:
                kept = attachments.get(work.tx, id)
                of_ours = kept is not None and kept.entity in (None, writer.entity.name)
                if not of_ours or (_asks(draft, link) and kept.created_by != work.actor.id):  # type: ignore[union-attr]
                    draft.problems.append(
                        Problem(
                            _(
                                "{field} names no file that was uploaded here",
                                field=label_of(link.field, work.language),
                            ),
                            "link",
                            link.column,
                        )
                    )
            elif link.entity_column and any(p.field == link.entity_column for p in draft.problems):
                continue  # what is wrong with it is told already
            elif target not in (open_to := _targets(work, draft, link)):
                draft.problems.append(
                    Problem(
                        _(
                            "{field} may point to {names}",
                            field=label_of(link.field, work.language),
                            names=", ".join(open_to) or "nothing",
                        ),
                        "link",
                        link.entity_column,
                    )
                )
            else:
                asked.append((draft, link, target, id))
    wanted: dict[str, set[str]] = {}
    chosen: dict[str, set[str]] = {}
    for draft, link, target, id in asked:
        if _asks(draft, link):
            chosen.setdefault(target, set()).add(id)
        elif (target, id) not in work.records:
            wanted.setdefault(target, set()).add(id)
    found = (
        query.exists_links(work.tx, work.catalog, {e: sorted(ids) for e, ids in wanted.items()}) if wanted else set()
    )
    gone = unseen(work, chosen) if chosen else set()
    for draft, link, target, id in asked:
        known = work.records.get((target, id))
        lost = (target, id) not in found and (known is None or known.get("deleted_at") is not None)
        if (target, id) in gone if _asks(draft, link) else lost:
            draft.problems.append(
                Problem(
                    _("{field} points to no record", field=label_of(link.field, work.language)), "link", link.column
                )
            )


def _targets(work: Work, draft: Draft, link: LinkColumn) -> tuple[str, ...]:
    """What a link may point to: of that, what whoever sets it knows of."""
    asks = draft.verb is not None and link.entity_column in draft.asked
    return tuple(t for t in link.targets if work.access.opens(t, "read")) if asks else link.targets


def _asks(draft: Draft, link: LinkColumn) -> bool:
    """Is it the actor who sets this link, so that he has to see what it points to?"""
    return draft.verb is not None and link.column in draft.asked


def _per_draft(work: Work, reactor: Reactor, changes: Sequence[Change]) -> list[Any]:
    """Answers of one implementation, one per change."""
    if not reactor.batch:
        return reactor.call_each(changes, work.actor, work.reader)
    answers = reactor.call(changes=changes, actor=work.actor, reader=work.reader)
    if not isinstance(answers, (list, tuple)):
        raise _broken(
            reactor,
            f" answers {answers!r}; in batches it answers a list with one entry per change",
            reason="its answer is no list",
        )
    if len(answers) != len(changes):
        said = f"{len(answers)} answers for {len(changes)} changes"
        raise _broken(reactor, f": {said}", reason=said)
    return list(answers)


def _broken(
    reactor: Reactor, what: str, code: str = "plugin_failed", hint: str | None = None, *, reason: str = ""
) -> PluginError:
    """The error for an answer that cannot be used, naming plugin and hook; `reason` says it without values."""
    fault = PluginError(f"plugin {reactor.plugin!r}, hook {reactor.hook}{what}", code=code, hint=hint)
    fault.plugin, fault.hook, fault.reason = reactor.plugin, reactor.hook, reason
    return fault


def run_before_save(work: Work, writer: Writer, drafts: Sequence[Draft]) -> list[Draft]:
    """Let plugins complete the drafts; answers those that they changed. Raises PluginError when two set one column
    differently, or one sets an unknown column."""
    reactors = work.host.reactors("xrm_before_save", work.catalog, writer.entity.name)
    if not reactors or not drafts:
        return []
    set_by: list[dict[str, str]] = [{} for _ in drafts]
    patches: list[dict[str, Any]] = [{} for _ in drafts]
    changes = [d.change(writer.entity.name, work.door) for d in drafts]
    for reactor in reactors:
        for n, patch in enumerate(_per_draft(work, reactor, changes)):
            if patch and not isinstance(patch, Mapping):
                raise _broken(
                    reactor,
                    f" answers {patch!r}; it may answer a mapping of columns to values",
                    reason="its answer is no mapping",
                )
            for name, value in (patch or {}).items():
                _take_patch(writer, reactor, name, value, patches[n], set_by[n])
    return [draft for draft, patch in zip(drafts, patches, strict=True) if patch and _apply(work, writer, draft, patch)]


def _apply(work: Work, writer: Writer, draft: Draft, patch: Mapping[str, Any]) -> bool:
    """Put a patch into a draft; whether it changed anything."""
    changed = False
    for name, value in patch.items():
        if name in writer.rows:
            draft.children[name] = [dict(row) for row in value]
        elif type(known := draft.after.get(name)) is type(value) and known == value and value is not None:
            continue  # it has this value, and has been checked
        else:
            put(work, writer.owner[name], draft, name, value)
        changed = True
    return changed


def _take_patch(
    writer: Writer, reactor: Reactor, name: str, value: Any, patch: dict[str, Any], set_by: dict[str, str]
) -> None:
    if name not in writer.owner and name not in writer.rows:
        said = f"{writer.entity.name} has no field {name!r}"
        raise _broken(reactor, f": {said}", reason=said)
    if name in writer.rows and not (isinstance(value, (list, tuple)) and all(isinstance(r, Mapping) for r in value)):
        raise _broken(
            reactor,
            f" sets {name} to {value!r}; rows are a list of mappings",
            reason=f"what it sets {name} to is no list of rows",
        )
    if name in patch and patch[name] != value and set_by[name] != reactor.plugin:
        raise _broken(
            reactor, f" sets {name} to {value!r}, but plugin {set_by[name]!r} set it to {patch[name]!r}", code="plugin_clash",
            reason=f"it sets {name} otherwise than the plugin {set_by[name]}",
            hint="nothing was saved; one of the two plugins has to give way",
        )  # fmt: skip
    patch[name], set_by[name] = value, reactor.plugin


def run_validate(work: Work, writer: Writer, drafts: Sequence[Draft]) -> None:
    """Let plugins object."""
    reactors = work.host.reactors("xrm_validate", work.catalog, writer.entity.name)
    live = [d for d in drafts if not d.problems] if reactors else []
    changes = [d.change(writer.entity.name, work.door) for d in live]
    for reactor in reactors if live else ():
        for draft, problems in zip(live, _per_draft(work, reactor, changes), strict=True):
            if problems:
                draft.problems += _all_of(reactor, problems, Problem)


def run_after_save(work: Work, writer: Writer, drafts: Sequence[Draft]) -> list[Any]:
    """What else must change because of these saves, in plugin order."""
    further: list[Any] = []
    reactors = work.host.reactors("xrm_after_save", work.catalog, writer.entity.name)
    changes = [d.change(writer.entity.name, work.door) for d in drafts] if reactors else []
    for reactor in reactors if drafts else ():
        for answer in _per_draft(work, reactor, changes):
            if answer:
                asked = _all_of(reactor, answer, NewRecord, Patch, Later)
                said = next((said for c in asked if (said := _misled(work, c))), "")
                if said:
                    raise _broken(reactor, f" {said}", reason=f"it {said}")
                further += [c for c in asked if not isinstance(c, Later)]
                errands.put_down(work, [c for c in asked if isinstance(c, Later)])
    return further


def _misled(work: Work, asked: FurtherChange | Later) -> str:
    return errands.misdirected(work, asked) if isinstance(asked, Later) else misdirected(work.catalog, asked)


def misdirected(catalog: Catalog, change: FurtherChange) -> str:
    """What is wrong with where a plugin's further change goes; '' where nothing is."""
    found = catalog.entities.get(change.entity)
    if found is None:
        return f"asks for a change of {change.entity!r}, which is no entity"
    if found.append_only and isinstance(change, Patch):
        return f"asks for a change of a {change.entity}, which nobody may change once it is written"
    return ""


def _all_of(reactor: Reactor, answer: Any, *kinds: type) -> Sequence[Any]:
    """A hook's answer as what it has to be: nothing, or some of the kinds. Raises PluginError."""
    found = answer or ()
    if not isinstance(found, (list, tuple)) or not all(isinstance(one, kinds) for one in found):
        raise _broken(
            reactor,
            f" answers {answer!r}; it may answer a list of {' and '.join(k.__name__ for k in kinds)}",
            reason="its answer is of another kind than the hook's",
        )
    return found
