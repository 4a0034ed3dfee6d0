"""Forms, views and menus, written and generated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from xrm_core.metamodel.text import say

ENTITIES = """
mixin: work
label: Work
fields:
  next_step: {type: text}
  next_on: {type: date}
---
entity: donor
mixins: [work]
fields:
  name: {type: text, required: true}
  stage: {type: choice, values: [a, b], default: a}
  owner: {type: link, to: party}
  goal: {type: money}
  since: {type: date}
  notes: {type: long_text}
  secret: {type: text, hidden: true}
  total: {type: rollup, of: money, over: gifts, compute: sum, value: amount}
  lines: {type: child_table, fields: {x: {type: text}}}
lifecycle: {field: stage, transitions: {go: {from: [a], to: b}}}
---
entity: party
fields: {name: {type: text}, kind: {type: choice, values: [p, o]}}
---
entity: gift
fields: {donor: {type: link, to: donor, reverse: gifts}, amount: {type: money}, on: {type: date}}
"""


def test_default_form(folder: Any) -> None:
    """Plain fields first, then figures, notes, mixins and child tables in sections of their own, related lists in a tab."""
    folder.write("entities/x.yaml", ENTITIES)
    form = folder.catalog(currency="EUR").forms["donor"]
    assert [(say(s.label), s.fields, s.columns) for s in form.tabs[0].sections] == [
        ("", ("name", "stage", "owner", "goal", "since"), 2),
        ("Work", ("next_step", "next_on"), 2),
        ("Figures", ("total",), 2),
        ("Notes", ("notes",), 1),
        ("Lines", ("lines",), 1),
    ]
    assert form.tabs[1].related == ("gifts",)


def test_default_views(folder: Any) -> None:
    """A list of title, state, links, money and dates; a board where there is a lifecycle."""
    folder.write("entities/x.yaml", ENTITIES)
    catalog = folder.catalog(currency="EUR")
    everything, board = (v for v in catalog.views_of("donor") if v.kind in ("list", "board"))
    assert (everything.name, everything.columns, everything.sort, everything.default) == (
        "all_donor",
        ("name", "stage", "owner", "goal", "next_on", "since", "next_step"),
        ("-next_on",),
        True,
    )
    assert (board.name, board.by, board.sum) == ("donor_board", "stage", "goal")
    assert say(everything.label) == "All donors"
    calendar, chart = (catalog.views[f"donor_{kind}"] for kind in ("calendar", "chart"))
    assert (calendar.by, chart.group, "donor_timeline" in catalog.views) == ("next_on", "stage", False)
    assert [v.name for v in catalog.views_of("party")] == ["all_party", "party_chart"]
    assert catalog.views["all_party"].sort == ("name",)


def test_written_views_take_the_place_of_generated_ones(folder: Any) -> None:
    """An unfiltered list or a board of one's own is enough; a filtered list gets the whole one beside it."""
    folder.write("entities/x.yaml", ENTITIES)
    folder.write(
        "views/donor.yaml",
        "views:\n  - {view: mine, columns: [name, owner.name], filter: 'record.name != null', default: true}\n  - {view: b, kind: board, by: stage}\n",
    )
    folder.write("views/party.yaml", "view: parties\ncolumns: [name]\n")
    catalog = folder.catalog(currency="EUR")
    assert [v.name for v in catalog.views_of("donor")] == [
        "mine", "b", "all_donor", "donor_calendar", "donor_chart",
    ]  # fmt: skip
    assert not catalog.views["all_donor"].default
    assert [v.name for v in catalog.views_of("party")] == ["parties", "party_chart"]


def test_default_menu(folder: Any) -> None:
    """A plugin without a menu gets a group of its entities; the organisation's new entities are never lost."""
    folder.write("entities/x.yaml", ENTITIES, "one")
    folder.write("entities/y.yaml", "entity: deed\nfields: {name: {type: text}}\n", "two")
    folder.write(
        "menu/y.yaml",
        "menu: two\nlabel: Two\norder: 5\nitems: [{entity: deed, icon: star}, {view: all_party, label: People}, {page: /calendar}]\n",
        "two",
    )
    folder.write(
        "entities/z.yaml",
        "entity: own\nfields: {name: {type: text}}\n---\nentity: more\nfields: {name: {type: text}}\n",
    )
    folder.write("menu/z.yaml", "menu: mine\nlabel: Mine\nitems: [{entity: own}]\n")
    menu = folder.catalog(currency="EUR").menu
    assert [(g.name, say(g.label), [i.entity or i.view or i.page for i in g.items]) for g in menu] == [
        ("two", "Two", ["deed", "all_party", "/calendar"]),
        ("mine", "Mine", ["own"]),
        ("one", "One", ["donor", "gift"]),
        ("organisation", "Organisation", ["more"]),
    ]
    assert [say(i.label) for i in menu[0].items] == ["Deeds", "People", "/calendar"]


def test_a_departments_form(folder: Any) -> None:
    """A department may have a form of its own beside the general one."""
    folder.write("entities/x.yaml", ENTITIES)
    folder.write("access/x.yaml", "department: finance\nlabel: Finance\n")
    folder.write(
        "forms/donor.yaml", "form: donor\ndepartment: finance\ntabs: [{label: Money, sections: [{fields: [goal]}]}]\n"
    )
    forms = folder.catalog(currency="EUR").forms
    assert say(forms["donor@finance"].tabs[0].label) == "Money"
    assert len(forms["donor"].tabs) == 2


def test_layout_by_department_and_role(folder: Any) -> None:
    """Views, groups and entries of the menu say whose they are; everybody keeps a list of all records."""
    folder.write("entities/x.yaml", ENTITIES)
    folder.write("access/x.yaml", "department: finance\nlabel: Finance\n---\nrole: clerk\nlabel: Clerk\n")
    folder.write(
        "views/x.yaml",
        "view: books\nentity: donor\ndepartments: [finance]\nroles: [clerk]\nstart: true\ndefault: true\n",
    )
    folder.write(
        "menu/x.yaml",
        "menu: m\nlabel: M\ndepartments: [finance]\nitems: [{entity: donor}, {view: books, roles: [clerk]}]\n",
    )
    catalog = folder.catalog(currency="EUR")
    view, group = catalog.views["books"], next(g for g in catalog.menu if g.name == "m")
    assert (view.departments, view.roles, view.start) == (("finance",), ("clerk",), True)
    assert (group.departments, group.roles) == (("finance",), ())
    assert [(i.departments, i.roles) for i in group.items] == [((), ()), ((), ("clerk",))]
    assert "all_donor" in catalog.views


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("forms/a.yaml", "form: doner\ntabs: []\n", "1 form: there is no entity 'doner'; did you mean 'donor'?"),
        ("forms/a.yaml", "form: donor\ndepartment: x\n", "2 department: there is no department 'x'"),
        ("forms/a.yaml", "form: donor\ntabs:\n  - label: A\n    related: [gfits]\n", "4 tabs[0].related[0]: 'donor' has no related list 'gfits'; did you mean 'gifts'?"),
        ("forms/a.yaml", "form: donor\ntabs:\n  - label: A\n    sections:\n      - {fields: [name], visible_when: record.name}\n", "5 tabs[0].sections[0].visible_when: the result must be bool, found text"),
        ("forms/a.yaml", "form: donor\ntabs:\n  - sections: []\n", "3 tabs[0]: 'label' is missing"),
        ("views/a.yaml", "view: v\nentity: donor\ncolumns: [owner.nmae]\n", "3 columns[0]: there is no field 'nmae' on 'party'; did you mean 'name'?"),
        ("views/a.yaml", "view: v\nentity: donor\ncolumns: [name.x]\n", "3 columns[0]: 'donor.name' is no link, so 'x' cannot be read through it; use 'name' itself"),
        ("views/a.yaml", "view: v\nentity: donor\nkind: board\n", "3 kind: a board needs 'by'; by: the choice of its columns"),
        ("views/a.yaml", "view: v\nentity: donor\nkind: board\nby: name\n", "4 by: 'name' is no choice; the columns of a board are the codes of a choice"),
        ("views/a.yaml", "view: v\nentity: donor\nkind: calendar\nby: stage\n", "4 by: 'stage' is no date; a calendar is laid out by a date field"),
        ("views/a.yaml", "view: v\nentity: donor\nsum: name\n", "3 sum: 'name' is no number; name a number or an amount of money"),
        ("views/a.yaml", "view: v\nentity: donor\ndue: name\n", "3 due: nothing is due by 'name', which is no date; name a field of type date or datetime"),
        ("views/a.yaml", "view: v\nentity: donor\nkind: lisst\n", "3 kind: 'lisst' is not one of its values; did you mean 'list'?"),
        ("views/a.yaml", "view: v\n", "1 view: there is no entity 'a'"),
        ("views/a.yaml", "views:\n  - {view: v, entity: donor}\n  - {view: v, entity: party}\n", "3 view: view 'v' is already defined at"),
        ("views/a.yaml", "view: v\nentity: donor\ndepartments: [finanse]\n", "3 departments[0]: there is no department 'finanse'"),
        ("views/a.yaml", "view: v\nentity: donor\nroles: [clark]\n", "3 roles[0]: there is no role 'clark'"),
        ("views/a.yaml", "view: v\nentity: donor\nstart: true\n", "3 start: a list of nobody stands on no start page; name the departments or roles on whose start page it stands, or filter by actor.id: then it is each person's own"),
        ("menu/a.yaml", "menu: m\nlabel: M\nroles: [clark]\nitems: [{entity: donor}]\n", "3 roles[0]: there is no role 'clark'"),
        ("menu/a.yaml", "menu: m\nlabel: M\nitems:\n  - {entity: donor, departments: [x]}\n", "4 items[0].departments[0]: there is no department 'x'"),
        ("menu/a.yaml", "menu: m\nlabel: M\nitems:\n  - {label: X}\n", "4 items[0]: the entry leads nowhere; give it an entity, a view or a page"),
        ("menu/a.yaml", "menu: m\nlabel: M\nitems:\n  - {entity: gifd}\n", "4 items[0].entity: there is no entity 'gifd'; did you mean 'gift'?"),
    ],
)  # fmt: skip
def test_faults(folder: Any, name: str, text: str, said: str) -> None:
    """Names in layouts must exist and fit; the error says where and what was probably meant."""
    folder.write("entities/x.yaml", ENTITIES)
    folder.write(name, text)
    found = folder.faults(currency="EUR")
    assert len(found) == 1, found
    assert found[0].startswith(f"{name}:{said}")


def test_views_need_no_more_than_a_name(one_fault: Callable[..., str]) -> None:
    """A file of views that is no list is told so."""
    assert one_fault({"views/a.yaml": "views: x\n"}) == (
        "views/a.yaml:1 views: a list of views is expected, beside it only entity, if_plugin and if_mixin"
    )
