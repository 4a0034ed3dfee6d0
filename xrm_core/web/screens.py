"""Screens of plugins (`xrm_screens`) as pages: their routes, what they show, and carrying out what a form asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from litestar import Request, Response, get, post

from ..errors import BadRequest, InvalidRecord, NotFound, PluginError, Problem, XrmError
from ..language import _
from ..metamodel.values import ANONYMOUS, SYSTEM, NewRecord, Patch
from ..plugin.host import failure
from ..plugin.screens import PREFIX, Answered, Download, Placed, Run, ScreenAsked
from ..services import actions, records, saving
from ..services.work import Work
from .asked import Answer, Asked, Go, Sent, Shown, version_told
from .door import Door
from .guards import CSRF_FIELD, own_path
from .models import Link
from .posted import take_fields
from .screen_reader import WorkScreenReader
from .screens_offered import is_offered, title_of

HOOK = "xrm_screens"
REFUSALS = (400, 403, 409, 412, 422)
PART = re.compile(r"\{(\w+)\}")
OWN = "at_"
"""Before the names of parts of an address: some names mean something to the framework."""


NEW = "{new}"
"""Stands for the id of the first new record of an answer."""


def routes(door: Door) -> list[Any]:
    """The routes of all screens, each with the policy that it names. Raises PluginError for one that names what is not there."""
    for placed in door.runtime.host.screens:
        _check(door, placed)
    return [handler for placed in door.runtime.host.screens for handler in _routes_of(door, placed)]


def _check(door: Door, placed: Placed) -> None:
    from jinja2 import TemplateNotFound, TemplateSyntaxError

    screen, entities = placed.screen, door.runtime.catalog.entities
    said = ""
    if screen.entity is not None and screen.entity not in entities:
        said = f"there is no entity {screen.entity!r}"
    try:
        door.templates.get_template(screen.template)
    except TemplateNotFound as fault:
        said = f"there is no template {fault.name!r}; name its folder by xrm_templates"
    except TemplateSyntaxError as fault:
        said = f"{fault.name}:{fault.lineno}: {fault.message}"
    if said:
        raise PluginError(f"plugin {placed.plugin!r}: the screen {screen.path!r}: {said}")


def _routes_of(door: Door, placed: Placed) -> list[Any]:
    path, policy = PART.sub(rf"{{{OWN}\1:str}}", placed.address), {"policy": placed.screen.policy}

    @get(path, opt=policy)
    async def show_screen(request: Request[Any, Any, Any]) -> Response[Any]:
        return await door(request, lambda work, asked: _show(work, placed, asked))

    @post(path, opt=policy)
    async def act_on_screen(request: Request[Any, Any, Any]) -> Response[Any]:
        return await door(request, lambda work, asked: _act(work, placed, asked), write=True)

    return [show_screen, *([act_on_screen] if placed.screen.act is not None else [])]


def _show(
    work: Work, placed: Placed, asked: Asked, problems: Sequence[Problem] = (), status: int = 200
) -> Shown | Sent:
    """GET: the values of the template. Also what a refused form is answered with."""
    with _Inside(work, placed):
        reader = WorkScreenReader(work, placed.plugin, asked, problems)
        values = _call(placed, placed.screen.show, work, _given(asked, problems), reader)
    if values is None:
        raise NotFound(_("there is no page at this address"))
    if isinstance(values, Download):
        named = re.sub(r"[^\w.-]+", "-", values.name, flags=re.ASCII)
        return Sent(
            values.body, values.media_type, {"Content-Disposition": f'attachment; filename="{named}"'} if named else {}
        )
    if not isinstance(values, Mapping):
        raise PluginError(_wrong(placed, values, "a mapping of values"), code="plugin_failed")
    title = str(values.get("title") or title_of(work, placed))
    page = SimpleNamespace(**{"title": title, "problems": problems, **values})
    said = _("Error: {title}", title=title) if problems else title
    crumbs = tuple(Link(label=label, href=href) for label, href in values.get("crumbs", ()))
    return Shown(placed.screen.template, page, said, status, crumbs=crumbs)


def _act(work: Work, placed: Placed, asked: Asked) -> Answer:
    """POST: what the screen asks for, saved together or not at all; refused, the screen again with the reasons."""
    assert placed.screen.act is not None
    new = ""
    try:
        with _Inside(work, placed), work.tx.savepoint():
            reader = WorkScreenReader(work, placed.plugin, asked)
            answer = _call(placed, placed.screen.act, work, _given(asked), reader)
            if not isinstance(answer, Answered):
                raise PluginError(_wrong(placed, answer, "Answered"), code="plugin_failed")
            if not answer.problems:
                new = _carry_out(work, placed, answer, asked)
    except XrmError as fault:
        work.forget()
        if isinstance(fault, PluginError) or fault.status not in REFUSALS:
            raise
        told = tuple(fault.problems) or (Problem(fault.message, fault.code, hint=fault.hint),)
        return _show(work, placed, asked, told, 409 if fault.status in (409, 412) else 422)
    if answer.problems:
        return _show(work, placed, asked, tuple(answer.problems), 422)
    return (
        _show(work, placed, asked)
        if answer.stay
        else Go(_address(placed, answer.go.replace(NEW, new), asked), answer.toast)
    )


class _Inside:
    """Work inside a screen: behind its gate; of a public one as the platform, whoever asks, and as nobody again after it, in the
    language of whoever asks."""

    def __init__(self, work: Work, placed: Placed) -> None:
        self._work, self._placed = work, placed
        self._public = placed.screen.policy == "public"
        self._language = work.language

    def __enter__(self) -> None:
        if not self._public and not is_offered(self._work, self._placed):
            raise NotFound(_("there is no page at this address"))
        if self._public:
            self._work.actor = SYSTEM

    def __exit__(self, *_fault: object) -> None:
        if self._public:
            self._work.actor = replace(ANONYMOUS, language=self._language)


def _call(
    placed: Placed, function: Callable[..., Any], work: Work, asked: ScreenAsked, reader: WorkScreenReader
) -> Any:
    """A function of a screen with the arguments that it asks for. Raises PluginError naming plugin, place and reason."""
    given = {"asked": asked, "actor": work.actor, "reader": reader}
    names = function.__code__.co_varnames[: function.__code__.co_argcount] if hasattr(function, "__code__") else given
    try:
        return function(**{name: given[name] for name in names})
    except XrmError:
        raise
    except Exception as fault:  # a stranger's code may raise anything
        raise failure(placed.plugin, f"{HOOK}:{placed.screen.path}", function, fault) from fault


def count_of(work: Work, placed: Placed, asked: Asked) -> int:
    """The number beside a screen in the menu."""
    if placed.screen.count is None:
        return 0
    reader = WorkScreenReader(work, placed.plugin, asked)
    return int(_call(placed, placed.screen.count, work, ScreenAsked(), reader))


def _given(asked: Asked, problems: Sequence[Problem] = ()) -> ScreenAsked:
    form = [(k, v) for k, v in asked.form if k != CSRF_FIELD and isinstance(v, str)]
    return ScreenAsked(
        {k.removeprefix(OWN): str(v) for k, v in asked.path.items()}, _texts(asked.query), _texts(form), problems
    )


def _texts(pairs: Iterable[tuple[str, Any]]) -> dict[str, tuple[str, ...]]:
    made: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        made[name] = (*made.get(name, ()), str(value))
    return made


def _wrong(placed: Placed, answer: object, wanted: str) -> str:
    return f"plugin {placed.plugin!r}, screen {placed.screen.path!r} answers a {type(answer).__name__}, not {wanted}"


def _address(placed: Placed, go: str, asked: Asked) -> str:
    if go.startswith("/"):
        return own_path(go)
    return own_path(f"{PREFIX}/{placed.plugin}/{go}" if go else asked.url)


def _carry_out(work: Work, placed: Placed, answer: Answered, asked: Asked) -> str:
    """Each change in order, through the service that a form or the API would take; those of a public screen are the platform's.
    The id of the first new record."""
    own = [change for change in answer.changes if not isinstance(change, Run)]
    if placed.screen.policy == "public" and len(own) == len(answer.changes):
        saving.carry_out(work, f"screen {placed.screen.path}", own)
        return ""
    new = ""
    for change in answer.changes:
        if isinstance(change, NewRecord):
            made = records.create_record(work, change.entity, change.values, texts=answer.texts)
            new = new or str(made["id"])
        elif isinstance(change, Run):
            _run(work, replace(change, id=new) if change.id == NEW else change, asked)
        elif isinstance(change, Patch):
            records.update_record(
                work, change.entity, change.id, change.values, texts=answer.texts, transition=change.transition,
                reason=change.reason,
            )  # fmt: skip
        else:
            raise PluginError(_wrong(placed, change, "NewRecord, Patch or Run"), code="plugin_failed")
    return new


def _run(work: Work, run: Run, asked: Asked) -> None:
    """An action or a transition, with the values given, or with the inputs that its form brought."""
    entity = work.entity(run.entity)
    steps = entity.lifecycle.transitions if entity.lifecycle else {}
    if run.name not in steps and (run.entity, run.name) not in work.host.actions:
        raise BadRequest(_("there is no action {name!r}", name=run.name), code="unknown_action")
    if run.values is not None:
        values, faults, texts = dict(run.values), [], False
    else:
        values, faults, texts = *_typed(work, run, asked), True
    seen = asked.posted("_version") if run.values is None else ""
    version = version_told(seen) if run.version is None else run.version
    if run.name in steps:
        reason = run.reason or asked.posted(f"{run.name}.reason").strip() or None
        records.run_transition(work, run.entity, run.id, run.name, values, version, reason, texts=texts, faults=faults)
        return
    if faults:
        _raise_faults(faults)
    actions.run_action(work, run.entity, run.id, run.name, values, version, texts=texts)


def _typed(work: Work, run: Run, asked: Asked) -> tuple[dict[str, Any], list[Problem]]:
    """What the inputs of an offer hold. Raises NotFound where there is no such record."""
    entity = work.entity(run.entity)
    record = records.read_record(work, run.entity, run.id)
    if entity.lifecycle and run.name in entity.lifecycle.transitions:
        names = entity.lifecycle.transitions[run.name].require
        fields = [entity.fields[n] for n in names if n in entity.fields]
    else:
        offers = actions.actions_of(work, run.entity, record)
        fields = [f for o in offers if o.name == run.name for f in o.fields]
    posted = take_fields(work, entity, fields, asked, f"{run.name}.")
    return {k: v for k, v in posted.values().items() if v != ""}, posted.problems


def _raise_faults(faults: Sequence[Problem]) -> None:
    """Raise what was wrong with the inputs of an action."""
    raise InvalidRecord(_("see what is wrong below"), code="invalid_values", problems=tuple(faults))
