"""Layers on top of one another."""

from __future__ import annotations

from typing import Any

from xrm_core.compiler import why
from xrm_core.metamodel.text import say

DONOR = """
entity: donor
label: Donor
icon: heart
fields:
  name: {type: text, max: 80, label: Name, help: As printed}
  tier: {type: choice, codes: tier}
keys: [[name]]
search: [name]
---
codes: tier
values: {low: Low, high: High}
"""


def test_extend(folder: Any) -> None:
    """Mappings merge deep, lists of names append, scalars are replaced, and each key keeps who set it."""
    folder.write("entities/donor.yaml", DONOR, "donors")
    folder.write(
        "entities/more.yaml",
        "extend: donor\nlabel: Giver\nfields:\n  name: {max: 120}\n  shoe: {type: integer}\nsearch: [name, tier]\nkeys: [[name], [shoe]]\n",
    )
    folder.write("codes/more.yaml", "extend: tier\nvalues:\n  low: {label: Small}\n  top: Top\n")
    catalog = folder.catalog()
    donor = catalog.entity("donor")
    assert say(donor.label) == "Giver"
    assert list(donor.fields) == ["name", "tier", "shoe", "display"]
    assert donor.fields["name"].options.max == 120
    assert say(donor.fields["name"].help) == "As printed"
    assert donor.search == ("name", "tier")
    assert [k.columns for k in donor.keys] == [("name",), ("shoe",)]
    assert [(c, say(v.label)) for c, v in catalog.codes["tier"].values.items()] == [
        ("low", "Small"),
        ("high", "High"),
        ("top", "Top"),
    ]
    chain = why(catalog, "donor.name.max")
    assert [(s.layer, s.value, s.where.file, s.where.line) for s in chain] == [
        ("donors", 80, "donors/entities/donor.yaml", 6),
        ("organisation", 120, "organisation/entities/more.yaml", 4),
    ]
    assert donor.domain == "donors"
    assert donor.fields["shoe"].layer == "organisation"


def test_two_plugins_clash(folder: Any) -> None:
    """A plugin that sets what another one set is an error that names both places."""
    folder.write("entities/donor.yaml", DONOR, "donors")
    folder.write(
        "entities/x.yaml", "extend: donor\nfields:\n  name:\n    max: 100\n    help: As printed\n", "other", ("donors",)
    )
    assert folder.faults() == [
        "other/entities/x.yaml:4 fields.name.max: 'donor': 'fields.name.max' is set to '80' at "
        "donors/entities/donor.yaml:6 by 'donors', and to '100' here; write 'overrides: donors' beside it if that is meant"
    ]


def test_overrides(folder: Any) -> None:
    """`overrides` names the plugin whose setting is replaced, for a field or a whole document; nobody else's."""
    folder.write("entities/donor.yaml", DONOR, "donors")
    folder.write(
        "entities/x.yaml", "extend: donor\nfields:\n  name: {max: 100, overrides: donors}\n", "other", ("donors",)
    )
    folder.write("entities/y.yaml", "extend: donor\noverrides: donors\nicon: gift\n", "third", ("donors",))
    assert folder.catalog().entity("donor").fields["name"].options.max == 100
    folder.write("entities/z.yaml", "extend: donor\noverrides: other\nicon: star\n", "fourth", ("third",))
    assert "by 'third', and to 'star' here; write 'overrides: third'" in folder.faults()[0]


def test_defined_twice(folder: Any) -> None:
    """A second definition names the first one and how to extend it."""
    folder.write("entities/donor.yaml", DONOR, "donors")
    folder.write("entities/donor.yaml", "entity: donor\n", "other")
    assert folder.faults() == [
        "other/entities/donor.yaml:1 entity: entity 'donor' is already defined at donors/entities/donor.yaml:2; "
        "extend it with 'extend: donor'"
    ]


def test_if_plugin(folder: Any) -> None:
    """A document that depends on a plugin is there only with it."""
    folder.write("entities/a.yaml", "entity: a\n", "one")
    folder.write("entities/b.yaml", "if_plugin: one\nextend: a\nfields: {x: {type: text}}\n", "two")
    folder.write("entities/c.yaml", "if_plugin: [one, gone]\nextend: a\nfields: {y: {type: text}}\n", "two")
    folder.write("views/v.yaml", "entity: a\nif_plugin: gone\nviews:\n  - {view: v}\n", "two")
    catalog = folder.catalog()
    assert list(catalog.entity("a").fields) == ["x", "display"]
    assert "v" not in catalog.views


def test_extend_what_is_not_there(folder: Any) -> None:
    """Extending an unknown thing is an error with the nearest name, or the advice to make it conditional."""
    folder.write("entities/a.yaml", "entity: donation\n---\nextend: donatoin\nfields: {}\n---\nextend: zebra\n")
    assert folder.faults() == [
        "entities/a.yaml:3 extend: there is no entity or mixin 'donatoin' to extend; did you mean 'donation'?",
        "entities/a.yaml:6 extend: there is no entity or mixin 'zebra' to extend; "
        "if it comes from another plugin, add 'if_plugin: <that plugin>'",
    ]


def test_extend_without_requires(folder: Any) -> None:
    """Extending a plugin that is not required is a doubt."""
    folder.write("entities/a.yaml", "entity: a\n", "one")
    folder.write("entities/b.yaml", "extend: a\nfields: {x: {type: text}}\n", "two")
    assert folder.faults() == []
    assert "'two' extends entity 'a' of 'one', which it does not require" in folder.doubts()[0]


def test_extension_before_its_target(folder: Any) -> None:
    """An extension holds whatever the order of files and layers."""
    folder.write("entities/a.yaml", "extend: donor\nfields: {x: {type: text}}\n", "alpha")
    folder.write("entities/donor.yaml", DONOR, "donors")
    assert "x" in folder.catalog().entity("donor").fields


def test_forms_extend_by_tab(folder: Any) -> None:
    """New tabs come after the old ones, sections go into the tab of the same label, fields into the section."""
    folder.write("entities/a.yaml", "entity: a\nfields: {x: {type: text}, y: {type: text}, z: {type: text}}\n", "one")
    folder.write(
        "forms/a.yaml",
        "form: a\ntabs:\n  - label: {en: Main, de: Haupt}\n    sections: [{label: S, fields: [x]}]\n",
        "one",
    )
    folder.write(
        "forms/a.yaml",
        "extend: a\ntabs:\n  - {label: Main, sections: [{label: S, fields: [y]}, {label: T, fields: [z]}]}\n  - {label: More, sections: []}\n",
    )
    form = folder.catalog().forms["a"]
    assert [say(t.label) for t in form.tabs] == ["Main", "More"]
    assert [(say(s.label), s.fields) for s in form.tabs[0].sections] == [("S", ("x", "y")), ("T", ("z",))]


def test_roles_and_menus_join(folder: Any) -> None:
    """Several layers may write the same role, department, menu group, or part of the needs matrix."""
    folder.write(
        "access/a.yaml",
        "role: finance\nlabel: Finance\n---\nclasses: {bank: {}}\n---\ndepartment: sales\nlabel: Sales\n",
        "one",
    )
    folder.write(
        "access/a.yaml", "role: finance\nlabel: Finance\n---\nclasses: {giving: {}}\nneeds: {bank: {sales: R}}\n", "two"
    )
    folder.write("access/b.yaml", "needs: {bank: {sales: W}}\n")
    folder.write("entities/a.yaml", "entity: a\n---\nentity: b\n", "one")
    folder.write("menu/a.yaml", "menu: work\nlabel: Work\nitems: [{entity: a}]\n", "one")
    folder.write("menu/a.yaml", "menu: work\nlabel: Work\nitems: [{entity: a}, {entity: b}]\n", "two")
    catalog = folder.catalog()
    assert list(catalog.roles) == ["finance"]
    assert set(catalog.needs.classes) == {"bank", "giving"}
    assert catalog.needs.needs == {"bank": {"sales": "W"}}
    assert [i.entity for i in catalog.menu[0].items] == ["a", "b"]
    assert [s.layer for s in why(catalog, "needs:needs.bank.sales")] == ["two", "organisation"]


def test_the_organisation_may_set_null(folder: Any) -> None:
    """An empty value takes a setting away."""
    folder.write("entities/donor.yaml", DONOR, "donors")
    folder.write("entities/x.yaml", "extend: donor\nfields:\n  name: {help: null}\n")
    assert folder.catalog().entity("donor").fields["name"].help == {"en": ""}


def test_a_type_that_a_later_layer_changes(folder: Any) -> None:
    """What does not fit the new type is told once, where the type was changed, naming the file that set the first one."""
    folder.write("entities/a.yaml", "entity: a\nfields:\n  tier: {type: formula, of: text, is: \"'x'\"}\n", "one")
    folder.write("entities/b.yaml", "extend: a\nfields:\n  tier: {type: integer}\n", requires=("one",))
    (said,) = folder.faults()
    assert said.startswith("entities/b.yaml:3 fields.tier.type: 'tier' is of type 'formula' (one/entities/a.yaml:3)")


def test_if_mixin(folder: Any) -> None:
    """A document that depends on a mixin is there only where an entity carries it, whichever layer gives it."""
    folder.write("entities/a.yaml", "mixin: kept\n---\nmixin: bare\n---\nentity: a\n", "one")
    folder.write("entities/b.yaml", "if_mixin: kept\nextend: a\nfields: {x: {type: text}}\n", "one")
    folder.write("entities/c.yaml", "if_mixin: [kept, bare]\nextend: a\nfields: {y: {type: text}}\n", "one")
    folder.write("entities/d.yaml", "entity: d\nmixins: [kept]\n", "two")
    assert list(folder.catalog().entity("a").fields) == ["x", "display"]
    folder.write("entities/d.yaml", "entity: d\nif_mixin: 3\n", "two")
    assert folder.faults() == ["two/entities/d.yaml:2 if_mixin: the name of a mixin, or a list of names, is expected"]
