"""Every template draws, escapes what users wrote, and keeps the rules of the pages."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup
from msgspec.structs import replace

from tests.unit.web.desk_pages import desk_pages
from xrm_core.language import speaking
from xrm_core.web import models as m
from xrm_core.web.design import design_page
from xrm_core.web.environment import build_environment
from xrm_core.web.models import importing as imports

HOSTILE = '"><script>alert(1)</script>'
CSRF = Markup('<input type="hidden" name="_csrf" value="token">')
ENVIRONMENT = build_environment()
REFUSED = m.RefusedRecord(title=HOSTILE, href="/e/x/1", told=HOSTILE)


def shell(**values: object) -> m.Shell:
    """A frame with everything in it that a user may have written."""
    return m.Shell(
        app_name=HOSTILE,
        title=HOSTILE,
        path="/x?" + HOSTILE,
        q=HOSTILE,
        user=m.UserBox(name=HOSTILE, email=HOSTILE),
        menu=(m.MenuGroup(label=HOSTILE, items=(m.Link(label=HOSTILE, href="/a", icon=HOSTILE, count=HOSTILE),)),),
        dock=(m.Link(label=HOSTILE, href="/a"),),
        create=(m.Link(label=HOSTILE, href="/a"),),
        crumbs=(m.Link(label=HOSTILE, href="/"), m.Link(label=HOSTILE, href="")),
        banners=(m.Banner(title=HOSTILE, text=HOSTILE, lines=(HOSTILE,)),),
        toasts=(
            m.Toast(
                text=HOSTILE,
                more=m.Link(label=HOSTILE, href="/several/1"),
                undo=m.Action(label=HOSTILE, href="/u", method="post"),
            ),
        ),
        **values,  # type: ignore[arg-type]
    )


def row() -> m.Row:
    """A row of hostile cells."""
    cells = (m.Cell(kind="title", text=HOSTILE, icon="avatar"), m.Cell(kind="link", text=HOSTILE, href="/" + HOSTILE))
    return m.Row(id="1", href="/r", label=HOSTILE, cells=cells, actions=(m.Action(label=HOSTILE, method="post"),))


COLUMNS = (m.Column(name="a", label=HOSTILE, sort_href="?s", sorted="ascending"), m.Column(name="b", label=HOSTILE))
FIELD = m.FormField(name="name", label=HOSTILE, value=HOSTILE, hint=HOSTILE, errors=(HOSTILE,), placeholder=HOSTILE)
BUILDER = m.FilterBuilder(expression=HOSTILE, error=HOSTILE)
HEADER = m.RecordHeader(title=HOSTILE, kind=HOSTILE, subtitle=HOSTILE, pills=(m.Pill(label=HOSTILE),))
TIMELINE = (m.TimelineEntry(title=HOSTILE, when=HOSTILE, by=HOSTILE, text=HOSTILE, icon=HOSTILE),)
CELL = m.Cell(text=HOSTILE)
HISTORY = (
    m.HistoryEntry(
        who=HOSTILE, when=HOSTILE, what=HOSTILE, changes=(m.HistoryChange(label="x", before=CELL, after=CELL),)
    ),
)
RELATED = m.RelatedList(name="r", title=HOSTILE, columns=COLUMNS, rows=(row(),), count=HOSTILE)
JOB = m.JobRow(
    id="1",
    title=HOSTILE,
    state=m.Pill(label=HOSTILE),
    when=HOSTILE,
    error=HOSTILE,
    details=((HOSTILE, m.Cell(text=HOSTILE)),),
)
CHIP = m.FilterChip(label=HOSTILE, text=HOSTILE, remove_href="?")
GRAPH = m.GraphPanel(title=HOSTILE, centre=HOSTILE, nodes=(m.Node(label=HOSTILE, tie=HOSTILE, href="/p"),))
CHART = m.ChartPanel(title=HOSTILE, points=(m.Point(label=HOSTILE, value=1),))
CARD = m.Card(
    id="c", href="/c", title=HOSTILE, lines=(m.Cell(text=HOSTILE),), owner=HOSTILE, moves=(m.Action(label=HOSTILE),)
)
ERRORS = (m.FormError(text=HOSTILE, field="name", label=HOSTILE),)
TABS = tuple(
    m.FormTab(name=f"t{n}", label=HOSTILE, sections=(m.FormSection(title=HOSTILE, fields=()),)) for n in (1, 2)
)
LIST = m.ListPage(
    title=HOSTILE,
    entity="donor",
    columns=COLUMNS,
    rows=(row(),),
    pager=m.Pager(text=HOSTILE, next_href="?after=x"),
    path="/donors",
    search=HOSTILE,
    keep=(("view", HOSTILE),),
    views=(m.ViewTab(label=HOSTILE, href="?v", modified=True),),
    chips=(CHIP, m.FilterChip(label="b", text="c", remove_href="?")),
    clear_href="?",
    builder=BUILDER,
    bulk=(m.Action(label=HOSTILE, href="/bulk"),),
    sums=(m.Cell(text=HOSTILE), m.Cell(kind="empty")),
)


def _named(name: str) -> m.FormField:
    """The field under another name."""
    return replace(FIELD, name=name)


WIZARD = imports.Wizard(
    title=HOSTILE, files=HOSTILE, errors=ERRORS, tabs=(m.Link(label=HOSTILE, href="/t"), m.Link(label=HOSTILE, href="/u", current=True)),
    steps=(imports.WizardStep(name="file", label=HOSTILE, state="done", href="/f"), imports.WizardStep(name="check", label=HOSTILE, state="now")),
    discard=m.Action(label=HOSTILE, href="/x", method="post", confirm=HOSTILE),
)  # fmt: skip
GROUPED = replace(
    LIST, rows=(), groups=(m.ListGroup(id="g", label=CELL, count="2", sums=(HOSTILE,), open=True, href="?open=g", rows=(row(),), all_href="?g"),),
    view_actions=(m.Action(label=HOSTILE, href="/s", method="post", id="view-save"), m.Action(label=HOSTILE, href="?n", id="view-save-as")),
    is_modified=True, tools=(m.Link(label=HOSTILE, href="?t", icon="layers"),), all_text=HOSTILE,
)  # fmt: skip
CONDITION = m.FilterRow(
    key="0.0", path="a", label=HOSTILE, operators=(m.Option(value="eq", label=HOSTILE), m.Option(value="ne", label="b")),
    inputs=(_named("c.0.0.value"),), error=HOSTILE,
)  # fmt: skip
CHOOSER = m.FieldChooser(
    fields=(m.FieldChoice(label=HOSTILE, value=HOSTILE, walk=HOSTILE, icon="type", group=HOSTILE),),
    crumbs=(m.FieldChoice(label=HOSTILE, walk="walk:0.0:"),), here=HOSTILE,
)  # fmt: skip
SHEETS: dict[str, object] = {
    "sheet_filter.html": m.FilterSheet(
        title=HOSTILE, action="/f", back="/b", keep=(("view", HOSTILE),), arms=((CONDITION,), (m.FilterRow(key="1.0", text=HOSTILE),))
    ),
    "sheet_lines.html": m.LinesSheet(
        title=HOSTILE, kind="columns", back="/b", apply_href="/a", order_href="/o", reset_href="/r", crumbs=(m.Link(label=HOSTILE, href="/c"),),
        lines=(m.SheetLine(name=HOSTILE, label=HOSTILE, turn_href="/t", up_href="/u", down_href="/d", remove_href="/x", fixed=True),),
        adds=(m.Link(label=HOSTILE, href="/n", icon="type"),), walks=(m.Link(label=HOSTILE, href="/w"),),
    ),
    "sheet_choice.html": m.ChoiceSheet(title=HOSTILE, back="/b", choices=(m.Link(label=HOSTILE, href="/c", icon="type"),), text=HOSTILE,
        groups=(m.ChoiceGroup(title=HOSTILE, text=HOSTILE, choices=(m.Link(label=HOSTILE, href="/c", icon="type"),)),),
    ),
    "sheet_bulk.html": m.BulkSheet(
        title=HOSTILE, action="/b", back="/l", hidden=(("selected", HOSTILE),), fields=(_named("name"),), save=HOSTILE,
        choices=(m.Link(label=HOSTILE, href=HOSTILE),),
    ),
    "several.html": m.BulkPage(
        title=HOSTILE, text=HOSTILE, back="/l", url="/several/1", state="done", figures=((HOSTILE, HOSTILE),),
        reasons=(m.BulkReason(text=HOSTILE, count="1", hint=HOSTILE, more=HOSTILE, records=(REFUSED,), others=(REFUSED,)),), actions=(m.Action(label=HOSTILE, href="/u", method="post"),),
    ),
    "sheet_view.html": m.ViewSheet(title=HOSTILE, action="/k", back="/b", fields=(_named("name"),), keep=(("view", HOSTILE),), save=HOSTILE),
}  # fmt: skip
PAGES: dict[str, object] = {
    **SHEETS,
    "list.html": LIST,
    "fragments/field_edit.html": m.FieldEdit(
        field=m.FormField(name="name", label=HOSTILE, value=HOSTILE, errors=(HOSTILE,)), action="/x", version="1", cancel_href="/x",
        errors=(HOSTILE,), conflict=m.Conflict(name="name", label=HOSTILE, mine=HOSTILE, theirs=HOSTILE, original=HOSTILE), conflict_who=HOSTILE,
    ),
    "record.html": m.RecordPage(header=HEADER, related=(RELATED,), timeline=TIMELINE, history=HISTORY),
    "form.html": m.FormPage(
        title=HOSTILE,
        entity="donor",
        action="/x",
        cancel_href="/",
        errors=ERRORS,
        conflicts=(m.Conflict(name="a", label=HOSTILE, mine=HOSTILE, theirs=HOSTILE),),
        tabs=(m.FormTab(name="main", label=HOSTILE, sections=(m.FormSection(title=HOSTILE, fields=(FIELD,)),)), *TABS),
    ),
    **desk_pages(HOSTILE, CARD, RELATED),
    "integrated.html": m.IntegratedPage(header=HEADER, timeline=TIMELINE, graph=GRAPH, charts=(CHART,), related=(RELATED,)),
    "import.html": imports.ImportStartPage(
        title=HOSTILE, action="/i", file_field=FIELD, of=FIELD, errors=ERRORS, recent=(JOB,),
        kept=(imports.KeptMapping(id="1", label=HOSTILE, text=HOSTILE, forget=m.Action(label=HOSTILE, href="/x", method="post", confirm=HOSTILE)),),
    ),
    "import_file.html": imports.ImportFilePage(
        wizard=WIZARD, action="/i", reading=(_named("a"),), of=FIELD, columns=(HOSTILE,), rows=((HOSTILE,),), notes=(HOSTILE,), count_text=HOSTILE, next_label=HOSTILE
    ),
    "import_mapping.html": imports.ImportMappingPage(
        wizard=WIZARD, action="/i", missing=(HOSTILE,), constants=(_named("a"),), constant=(_named("b"),), key=(_named("c"),), reading=(_named("d"),), keep=(_named("e"),),
        columns=(imports.ColumnRow(column=HOSTILE, samples=(HOSTILE,), field=_named("f"), word=HOSTILE, link=_named("g")),), taken_text=HOSTILE, more_text=HOSTILE, next_label=HOSTILE, back="/b",
    ),
    "import_check.html": imports.ImportCheckPage(
        wizard=WIZARD, stats=(m.Stat(label=HOSTILE, value=HOSTILE, href="/s"),), status="refused", status_label=HOSTILE, rows_text=HOSTILE, notes=(HOSTILE,), mend_url="/m", here="/h",
        groups=(imports.Group(text=HOSTILE, count=HOSTILE, href="/g"), imports.Group(text=HOSTILE, count="1", href="/g", current=True)),
        rows=(imports.CheckedRow(number=1, line=HOSTILE, file=HOSTILE, problems=(HOSTILE,), hints=(HOSTILE,), cells=(FIELD,), rest=((HOSTILE, HOSTILE),), changes=((HOSTILE, HOSTILE, HOSTILE),), mended=True, alike=True, skip=True),),
        values=imports.InTheWay(title=HOSTILE, text=HOSTILE, action="/v", fields=((HOSTILE, HOSTILE),), values=((HOSTILE, HOSTILE, FIELD), (HOSTILE, HOSTILE, _named("h"))), more=HOSTILE),
        unfilled=HOSTILE, back=m.Action(label=HOSTILE, href="/b"),
    ),
    "import_run.html": imports.ImportRunPage(wizard=WIZARD, progress=m.Progress(label=HOSTILE, done=1, total=2, text=HOSTILE, poll_url="/p")),
    "import_report.html": imports.ImportReportPage(
        wizard=WIZARD, state=HOSTILE, tone="ok", text=HOSTILE, rows_title=HOSTILE, rows_text=HOSTILE, notes=(HOSTILE,),
        rows=(imports.ReportRow(line=HOSTILE, file=HOSTILE, problems=(HOSTILE,), href="/r"),), actions=(m.Action(label=HOSTILE, href="/x"),),
    ),
    "export.html": imports.ExportPage(title=HOSTILE, text=HOSTILE, tone="bad", actions=(m.Action(label=HOSTILE, href="/x"),)),
    "jobs.html": m.JobsPage(title=HOSTILE, stats=(m.Stat(label=HOSTILE, value=HOSTILE),), tabs=(), jobs=(JOB,)),
    "access.html": m.AccessPage(
        submit="Show",
        title=HOSTILE, text=HOSTILE, action="/access/log", fields=(FIELD,), answer=m.Banner(title=HOSTILE, text=HOSTILE), next_href="/n",
        tables=(m.AccessTable(name="a", title=HOSTILE, text=HOSTILE, columns=(HOSTILE,), rows=((m.Cell(text=HOSTILE),),), code=HOSTILE),),
        actions=(m.Action(label=HOSTILE, href="/x"),),
    ),
    "search.html": m.SearchPage(
        title=HOSTILE, q=HOSTILE, groups=(m.SearchGroup(label=HOSTILE, hits=(m.SearchHit(label=HOSTILE, href="/h", kind=HOSTILE),)),)
    ),
    "sign_in.html": m.SignInPage(
        title=HOSTILE, step="ask", text=HOSTILE, fields=(FIELD,), errors=ERRORS, passkey=HOSTILE, told=m.Banner(title=HOSTILE),
        providers=(m.Action(label=HOSTILE, href="/p", method="post"),), links=(m.Link(label=HOSTILE, href="/l"),),
    ),
    "account.html": m.AccountPage(
        title=HOSTILE, text=HOSTILE,
        parts=(
            m.AccountPart(
                name="factors", title=HOSTILE, icon="shield-check", text=HOSTILE, note=HOSTILE,
                rows=(m.AccountRow(title=HOSTILE, lines=(HOSTILE,), pills=(m.Pill(label=HOSTILE),), actions=(m.Action(label=HOSTILE, href="/x", method="post", confirm=HOSTILE),)),),
            ),
        ),
    ),
    "account_app.html": m.AppPage(
        title=HOSTILE, size=29, path="M0 0h1v1h-1z", secret=HOSTILE, action="/x", fields=(FIELD,), hidden=(("token", HOSTILE),), cancel_href="/", errors=ERRORS
    ),
    "account_once.html": m.OncePage(title=HOSTILE, text=HOSTILE, secrets=(HOSTILE,), next=m.Action(label=HOSTILE, href="/")),
    "account_passkey.html": m.PasskeyPage(
        title=HOSTILE, text=HOSTILE, options="/o", action="/x", kind="create", label=HOSTILE, cancel_href="/", fields=(FIELD,), errors=ERRORS
    ),
    "error.html": m.ErrorPage(
        status=404, title=HOSTILE, text=HOSTILE, lines=(HOSTILE,), reference=HOSTILE, typed=(m.Typed(label=HOSTILE, text=HOSTILE),),
        again=m.Action(label=HOSTILE, href="/e/x/new", method="post", fields=((HOSTILE, HOSTILE),)),
    ),
    "error_bare.html": m.ErrorPage(status=500, title=HOSTILE, text=HOSTILE),
    "confirm.html": m.ConfirmPage(title=HOSTILE, text=HOSTILE, action=m.Action(label=HOSTILE, href="/x"), cancel_href="/", fields=(FIELD,)),
    "design.html": design_page(),
    "fragments/list_results.html": GROUPED,
    "fragments/lookup_options.html": m.LookupResults(q=HOSTILE, hits=(m.SearchHit(id=HOSTILE, label=HOSTILE, href="", kind=""),)),
    "fragments/palette.html": m.PalettePage(
        q=HOSTILE,
        groups=(
            m.CommandGroup(
                name="actions",
                title=HOSTILE,
                commands=(
                    m.Command(label=HOSTILE, href="/x", sub=HOSTILE, words=HOSTILE, keys=(HOSTILE,)),
                    m.Command(label=HOSTILE, href="/x", method="post", fields=((HOSTILE, HOSTILE),), confirm=HOSTILE),
                    m.Command(label=HOSTILE, href="/x", closed=HOSTILE),
                ),
            ),
        ),
    ),
    "similar.html": m.SimilarPage(
        title=HOSTILE, kind=HOSTILE, columns=(m.Column(name="a", label=HOSTILE),), empty=m.EmptyState(title=HOSTILE), text=HOSTILE,
        more_href="/", first_href="/", merges=True,
        pairs=(
            m.SimilarPair(
                record=m.SimilarRecord(id=HOSTILE, title=HOSTILE, href="/", grade=HOSTILE, why=(HOSTILE,), about=HOSTILE),
                rows=(m.Row(id=HOSTILE, href="/", label=HOSTILE, cells=(m.Cell(text=HOSTILE),)),),
            ),
        ),
    ),
    "merge.html": m.JoinPage(
        title=HOSTILE, text=HOSTILE, action="/m", cancel_href="/", save_label=HOSTILE, note=HOSTILE, hidden=((HOSTILE, HOSTILE),),
        stays=m.Link(label=HOSTILE, href="/a"), gone=m.Link(label=HOSTILE, href="/b"), all_stays="/?s", all_gone="/?g",
        values=(m.JoinValue(name="name" + HOSTILE, label=HOSTILE, stays=m.Cell(text=HOSTILE), gone=m.Cell(kind="pill", text=HOSTILE)),),
        alike=(m.JoinValue(name="b", label=HOSTILE, stays=m.Cell(text=HOSTILE), gone=m.Cell(kind="empty"), chosen=False),),
        effects=(m.JoinEffect(title=HOSTILE, icon="lock", lines=(m.JoinLine(label=HOSTILE, count=HOSTILE, text=HOSTILE),)),),
        swap=m.Action(label=HOSTILE, href="/s"), reason=FIELD, errors=(m.FormError(text=HOSTILE),),
    ),
    "fragments/similar.html": m.SimilarBox(
        title=HOSTILE, looks=True,
        similar=tuple(m.SimilarRecord(id=n + HOSTILE, title=HOSTILE, href="/", grade=HOSTILE, why=(HOSTILE,), about=HOSTILE) for n in "12"),
    ),
    "network.html": m.NetworkPage(
        title=HOSTILE, back="/", name=HOSTILE, depths=(m.Link(label="1", href="/"),), depth=1, clear="/",
        on=m.FormField(name="on", label=HOSTILE, widget="date", value=HOSTILE, shown=HOSTILE, errors=(HOSTILE,)),
        kinds=(m.Option(value=HOSTILE, label=HOSTILE),), empty=m.EmptyState(title=HOSTILE),
        graph=m.GraphPanel(
            title=HOSTILE, centre=HOSTILE, cross=(("a", "b"),),
            nodes=(
                m.Node(id="a", label=HOSTILE, tie=HOSTILE, href="/", over=True),
                m.Node(id="b", label=HOSTILE, tie=HOSTILE, href="/", depth=2, parent="a"),
            ),
        ),
        rows=(m.TieRow(a=m.Link(label=HOSTILE, href="/"), label=m.Link(label=HOSTILE, href="/"), b=m.Link(label=HOSTILE, href="/"), when=HOSTILE),),
    ),
    "notices.html": m.NoticesPage(
        title=HOSTILE, tabs=(), empty=m.EmptyState(title=HOSTILE),
        days=(m.NoticeDay(title=HOSTILE, rows=(m.NoticeRow(id=HOSTILE, text=HOSTILE, href="/", when=HOSTILE, iso=HOSTILE, title=HOSTILE),)),),
    ),
    "fragments/progress.html": imports.ImportRunPage(
        wizard=WIZARD, progress=m.Progress(label=HOSTILE, done=1, total=2, text=HOSTILE, poll_url="/p")
    ),
}  # fmt: skip
"""Each template with a page in which every text is hostile."""


class Reading(HTMLParser):
    """What a browser would find: tags with attributes, ids, forms with what they send."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.forms: list[dict[str, object]] = []
        self.open_forms = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag, and what belongs to which form."""
        values = dict(attrs)
        self.tags.append((tag, values))
        if tag == "form":
            assert not self.open_forms, "a form within a form"
            self.open_forms += 1
            self.forms.append({"method": values.get("method", "get"), "names": set()})
        elif self.open_forms and values.get("name"):
            names = self.forms[-1]["names"]
            assert isinstance(names, set)
            names.add(values["name"])

    def handle_endtag(self, tag: str) -> None:
        """Note the end of a form."""
        if tag == "form":
            self.open_forms -= 1


def drawn(name: str) -> str:
    """The page as HTML."""
    return ENVIRONMENT.get_template(name).render(shell=shell(), page=PAGES[name], csrf_field=CSRF)


def test_every_template_is_drawn_here() -> None:
    """A new page or fragment needs a sample with hostile texts."""
    partial = {"base.html", *(f"fragments/{n}.html" for n in ("dialogs", "keeping", "slot", "slot_failed"))}
    names = {name for name in ENVIRONMENT.list_templates() if not name.startswith("macros/")}
    assert names - partial == set(PAGES)


def test_pieces_of_plugins_are_escaped() -> None:
    """The frame of a plugin's piece, and the note where one failed, show hostile texts as texts."""
    inner = {"plugin": HOSTILE, "slot_title": HOSTILE, "slot_template": "fragments/slot_failed.html"}
    for name in ("fragments/slot.html", "fragments/slot_failed.html"):
        page = ENVIRONMENT.get_template(name).render(inner)
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("name", sorted(PAGES))
def test_what_users_wrote_never_becomes_markup(name: str) -> None:
    """No text of a page opens a script or leaves its attribute."""
    page = drawn(name)
    scripts = [values for tag, values in Reading(page).tags if tag == "script"]
    assert "<script>alert" not in page
    assert all(str(values.get("src", "")).startswith("/static/") for values in scripts)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_pages_obey_a_strict_content_security_policy(name: str) -> None:
    """No inline style or script, no handler attribute, no evaluated htmx value."""
    for tag, values in Reading(drawn(name)).tags:
        assert tag != "style"
        for attribute, value in values.items():
            assert attribute != "style", tag
            assert not attribute.startswith(("on", "hx-on")), (tag, attribute)
            assert not str(value).startswith(("javascript:", "js:")), (tag, attribute)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_ids_are_unique(name: str) -> None:
    """An id names one element, so labels, focus and swaps find it."""
    counted = Counter(values["id"] for _, values in Reading(drawn(name)).tags if values.get("id"))
    assert [identifier for identifier, number in counted.items() if number > 1] == []


@pytest.mark.parametrize("name", sorted(PAGES))
def test_every_form_that_writes_carries_the_token(name: str) -> None:
    """A form that posts sends the hidden input against cross-site requests; a form that reads does not leak it."""
    for form in Reading(drawn(name)).forms:
        names = form["names"]
        assert isinstance(names, set)
        assert ("_csrf" in names) == (form["method"] == "post"), form


@pytest.mark.parametrize("name", sorted(PAGES))
def test_every_control_has_a_name_for_screen_readers(name: str) -> None:
    """A link or button without text has an aria-label; an icon alone says nothing."""
    bare = re.findall(
        r"<(?:a|button|summary)\b((?:(?!aria-label)[^>])*)>\s*(?:<svg.*?</svg>)?\s*</(?:a|button|summary)>", drawn(name)
    )
    assert bare == []


def test_labels_belong_to_inputs() -> None:
    """Every label with a `for` names an element of the page."""
    tags = Reading(drawn("design.html")).tags
    ids = {values.get("id") for _, values in tags}
    missing = [
        values["for"] for tag, values in tags if tag == "label" and values.get("for") and values["for"] not in ids
    ]
    assert missing == []


def test_an_undefined_name_is_an_error() -> None:
    """A template that asks for what is not there fails loudly instead of drawing nothing."""
    with pytest.raises(UndefinedError):
        ENVIRONMENT.get_template("list.html").render(shell=shell(), csrf_field=CSRF)


def test_texts_go_through_the_translation() -> None:
    """Interface texts are asked from gettext in English, with numbers in the form of the language."""
    with speaking("de"):
        form = ENVIRONMENT.get_template("form.html").render(shell=shell(), page=PAGES["form.html"], csrf_field=CSRF)
        page = ENVIRONMENT.get_template("list.html").render(shell=shell(), page=LIST, csrf_field=CSRF)
    assert "Speichern" in form
    assert "durchsuchen" in page
