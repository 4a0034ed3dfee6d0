"""What the steps of an import share: where it is, which steps may be opened, where a visit is led."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ..errors import XrmError
from ..language import N_, _
from ..metamodel.text import say
from ..services import importjobs
from ..services.importing.drafts import Part, Plan, read_plan
from ..services.work import Work
from .asked import Asked, Go, Shown, whole_number
from .cells import capital
from .import_choice import label_of
from .models import Action, FormError, Link
from .models.importing import StepName, Wizard, WizardStep

STEPS: tuple[tuple[StepName, str], ...] = (
    ("file", N_("File")), ("mapping", N_("Columns")), ("check", N_("Check")), ("run", N_("Run")), ("report", N_("Report")),
)  # fmt: skip
OPEN = ("draft", "ready")
"""States in which files, columns and rows may still be changed."""


class Visit:
    """An import that somebody looks at: its row, its counts, its check, its plan, and the job that is at work on it."""

    def __init__(self, work: Work, asked: Asked) -> None:
        self.id = str(asked.path["id"])
        found = importjobs.state_of(work, self.id)
        self.work, self.row, self.tally, self.check = work, found["row"], found["tally"], found["check"]
        self.state = str(self.row["state"])
        self.plan: Plan | None = read_plan(self.row["settings"])
        self.job = importjobs.job_of(work, self.id)

    @property
    def step(self) -> StepName:
        """The step that the import is at."""
        if self.state in ("running", "cancelling", "undoing"):
            return "run"
        if self.state == "ready":
            return "check"
        if self.state == "draft":
            chosen = self.plan is not None and (self.plan.mapping or all(p.entity for p in self.plan.parts))
            return "mapping" if chosen else "file"
        return "report"

    def href(self, step: str = "", **more: Any) -> str:
        """The address of a step; of the import where none is said."""
        asked = "&".join(f"{k}={v}" for k, v in more.items() if v not in ("", None))
        return f"/import/{self.id}" + (f"/{step}" if step else "") + (f"?{asked}" if asked else "")

    def part(self, asked: Asked) -> int:
        """The number of the file that is looked at."""
        many = len(self.plan.parts) if self.plan is not None else 0
        number = whole_number(asked.get("part")) or 0
        return number if number < many else 0

    def wizard(self, step: StepName, part: int = 0, errors: tuple[FormError, ...] = ()) -> Wizard:
        """The head of a step."""
        names = [name for name, _label in STEPS]
        here = names.index(self.step)
        reached = here if self.state not in OPEN else max(here, names.index("check") if self.check else 0)
        mayback = self.state in OPEN and self.plan is not None
        steps = []
        for place, (name, label) in enumerate(STEPS):
            opens = name != step and (place <= reached if mayback and place < 3 else place == here)
            state: Literal["done", "now", "later"] = (
                "now" if name == step else "done" if place < max(here, names.index(step)) else "later"
            )
            steps.append(WizardStep(name=name, label=_(label), state=state, href=self.href(name) if opens else ""))
        parts: list[Part] = self.plan.parts if self.plan is not None and step in ("file", "mapping") else []
        tabs = tuple(
            Link(label=one.name, href=self.href(step, part=n or ""), current=n == part) for n, one in enumerate(parts)
        )
        discard = Action(
            label=_("Discard"), href=self.href("discard"), method="post", icon="trash-2", style="ghost", id="discard-import",
            confirm=_("Give this import up? The files are removed; nothing was written."),
        ) if self.state in OPEN else None  # fmt: skip
        return Wizard(
            title=self.title, files=self.row["source"], steps=tuple(steps), tabs=tabs if len(tabs) > 1 else (), errors=errors, discard=discard,
        )  # fmt: skip

    @property
    def title(self) -> str:
        """What the import is called."""
        return (
            _("Import: {name}", name=label_of(self.work, self.row["mapping"])) if self.row["mapping"] else _("Import")
        )

    @property
    def crumb(self) -> str:
        """What stands last in the path to the page."""
        return self.title if self.row["mapping"] else str(self.row["source"])[:60]

    def shown(self, template: str, page: Any, status: int = 200) -> Shown:
        """A step as a page; it is never kept by the browser, since going back has to show what is now."""
        crumbs = (Link(label=_("Import"), href="/import"), Link(label=self.crumb, href=""))
        return Shown(template, page, self.title, status, crumbs=crumbs, headers={"Cache-Control": "no-store"})

    def elsewhere(self, *steps: StepName) -> Go | None:
        """Where to go instead, when the import is not at one of these steps (any more)."""
        if self.step in steps or (self.state in OPEN and "check" not in steps and self.plan is not None):
            return None
        return Go(self.href(self.step))


def labels_of(visit: Visit) -> dict[str, str]:
    """What the fields of the entities of an import are called, by the names that its faults have."""
    work, labels = visit.work, dict[str, str]()
    for file in visit.row["settings"].get("mapping", {}).get("files", ()):
        for target in file.get("targets", ()):
            entity = work.catalog.entities.get(target["entity"])
            for field in entity.fields.values() if entity is not None else ():
                for name in (field.name, *(c.name for c in field.columns)):
                    labels.setdefault(name, say(field.label, work.language))
    return labels


def told_problem(labels: Mapping[str, str], problem: Mapping[str, Any]) -> str:
    """A problem of a row in a sentence, with its field by its label where the sentence does not begin with that."""
    message, label = str(problem["message"]), labels.get(problem.get("field") or "", problem.get("field") or "")
    return f"{label}: {message}" if label and label.casefold() not in message.casefold() else capital(message)


def told_group(labels: Mapping[str, str], text: str) -> str:
    """A group of problems, which begins with the name of its field."""
    field, colon, message = text.partition(": ")
    return told_problem(labels, {"field": field, "message": message}) if colon and field in labels else capital(text)


def error_of(fault: XrmError, field: str = "") -> FormError:
    """A fault as a sentence beside a field, with what to do."""
    return FormError(text=capital(fault.message) + (f" ({fault.hint})" if fault.hint else ""), field=field)


def goto(work: Work, asked: Asked) -> Go:
    """GET /import/{id}: the step that the import is at."""
    visit = Visit(work, asked)
    return Go(visit.href(visit.step))
