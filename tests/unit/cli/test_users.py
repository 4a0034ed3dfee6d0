"""Users and roles by command: looked after, brought in from a file, and told with what they have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli import running
from tests.unit.cli.running import bare_organisation, run

PEOPLE = """\
department: shop
label: Shop
---
department: store
label: Store
parent: shop
---
role: seller
label: {en: Seller, de: Verkauf}
department: shop
description: Sells things.
---
role: keeper
label: Keeper
"""
GRANTS = """\
grants:
  - {role: seller, entity: note, verbs: [read, create], rows: "record.created_by == actor.id"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A new organisation with two departments and two roles."""
    root = tmp_path / "mine"
    bare_organisation(root)
    (root / "metadata/access/shop.yaml").write_text(PEOPLE, "utf-8")
    (root / "metadata/access/grants.yaml").write_text(GRANTS, "utf-8")
    from xrm_core.services.organisation import start_organisation

    start_organisation(root).database.dispose()
    return root


def said(folder: Path, *args: str | Path) -> Any:
    """What a command about the folder answers as JSON."""
    return running.said(*args, "--root", folder)


def fault(folder: Path, *args: str | Path) -> str:
    """Why a command about the folder was refused, with every problem."""
    return str(run(*args, "--root", folder, fails=True).exception)


def users(folder: Path) -> dict[str, Any]:
    """All users by address."""
    return {one["email"]: one for one in said(folder, "user", "list")}


def test_a_user_is_looked_after(folder: Path) -> None:
    """Added with a department that he leads, given a role, relieved of it, let in no more; each says what is there now."""
    run("user", "add", "Ann", "ann@x.example", "--role", "seller", "--department", "shop", "--lead", "--root", folder)
    ann = users(folder)["ann@x.example"]
    assert (ann["department"], ann["leads"], ann["roles"], ann["status"]) == ("shop", True, ["seller"], "active")
    assert said(folder, "user", "roles", "ann@x.example", "--add", "keeper") == {
        "email": "ann@x.example",
        "roles": ["seller", "keeper"],
    }
    assert said(folder, "user", "roles", "ann@x.example", "--remove", "seller")["roles"] == ["keeper"]
    assert said(folder, "user", "roles", "ann@x.example")["roles"] == ["keeper"]
    assert said(folder, "user", "deactivate", "ann@x.example")["status"] == "inactive"
    assert "no active user" in fault(folder, "user", "link", "ann@x.example")


def test_what_cannot_be_is_refused(folder: Path) -> None:
    """Unknown roles, departments and people with the nearest; the last administrator stays."""
    for args, told in (
        (("user", "add", "Ann", "ann@x.example", "--department", "shp"), "did you mean 'shop'"),
        (("user", "roles", "admin@example.org", "--add", "sellr"), "did you mean 'seller'"),
        (("user", "roles", "admin@example.org", "--remove", "seller"), "he has: admin"),
        (("user", "roles", "admin@example.rg"), "did you mean admin@example.org"),
        (("user", "roles", "admin@example.org", "--remove", "admin"), "last active administrator"),
        (("user", "deactivate", "admin@example.org"), "last active administrator"),
        (("role", "show", "keper"), "did you mean 'keeper'"), (("role", "members", "keper"), "did you mean 'keeper'"),
    ):  # fmt: skip
        assert told in fault(folder, *args), args
    assert list(users(folder)) == ["admin@example.org"]


def test_users_come_from_a_file(folder: Path, tmp_path: Path) -> None:
    """Matched by address: made, changed, left as they are; a cell that is empty says nothing, an empty list of roles takes all."""
    file = tmp_path / "users.csv"
    file.write_text(
        "name,email,roles,department,is_lead\nAnn,ann@x.example,seller;keeper,shop,yes\nBob,BOB@x.example,,store,\n",
        "utf-8",
    )
    assert said(folder, "user", "import", file) == {"created": 2, "updated": 0, "unchanged": 0}
    assert said(folder, "user", "import", file) == {"created": 0, "updated": 0, "unchanged": 2}
    file.write_text("\ufeffname;email;roles;department\nAnn Lee;ann@x.example;;\nBob;bob@x.example;keeper;\n", "utf-8")
    assert said(folder, "user", "import", file) == {"created": 0, "updated": 2, "unchanged": 0}
    found = users(folder)
    ann, bob = found["ann@x.example"], found["bob@x.example"]
    assert (ann["name"], ann["roles"], ann["department"], ann["leads"]) == ("Ann Lee", [], "shop", True)
    assert (bob["roles"], bob["department"]) == (["keeper"], "store")


def test_a_file_with_a_faulty_line_changes_nobody(folder: Path, tmp_path: Path) -> None:
    """Every fault with its line, the nearest name where there is one; not even the sound lines are carried out."""
    file = tmp_path / "users.csv"
    file.write_text(
        "name,email,roles,department\nAnn,ann@x.example,seller,shop\nBob,bob@,seller,shop\nCid,cid@x.example,sellr,shop\n"
        "Dee,dee@x.example,,stoer\nEve,ANN@x.example,,\nFay,,,\nAdmin,admin@example.org,,\n,gil@x.example,,\n",
        "utf-8",
    )
    told = fault(folder, "user", "import", file).splitlines()
    assert told[0].startswith("users.csv was not imported; no user was made or changed")
    assert [line.split(":")[1] for line in told[1:]] == ["3", "4", "5", "6", "7", "8", "9"]
    for n, part in ((1, "email"), (2, "did you mean seller?"), (3, "did you mean 'store'?"), (4, "line 2 already"), (5, "needs an address"), (6, "last active administrator"), (7, "required")):  # fmt: skip
        assert part in told[n], told[n]
    assert list(users(folder)) == ["admin@example.org"]
    file.write_text("name,mail\nAnn,ann@x.example\n", "utf-8")
    assert "has no column 'email'" in fault(folder, "user", "import", file)
    file.write_text("name,email,rols\nAnn,ann@x.example,x\n", "utf-8")
    assert "did you mean 'roles'" in fault(folder, "user", "import", file)


def test_roles_are_told_with_who_has_them(folder: Path) -> None:
    """The list with numbers of people, what a role opens with file and line, and its members with what gives it to them."""
    from xrm_core.metamodel.values import SYSTEM
    from xrm_core.services import staff
    from xrm_core.services.organisation import open_organisation
    from xrm_core.services.records import create_record

    run("user", "add", "Ann", "ann@x.example", "--role", "seller", "--root", folder)
    run("user", "add", "Bob", "bob@x.example", "--root", folder)
    with open_organisation(folder).work(SYSTEM, "cli", write=True) as work:
        bob, store = staff.user_of(work, "bob@x.example")["id"], staff.department_of(work, "store")
        values = {"user": bob, "department": store, "role": "seller"}
        create_record(work, "membership", {**values, "until": "2999-01-31"})
        create_record(work, "membership", {**values, "until": "2001-01-31"})
    listed = {one["role"]: one for one in said(folder, "role", "list")}
    assert (listed["seller"]["members"], listed["keeper"]["members"], listed["admin"]["members"]) == (2, 0, 1)
    assert (listed["seller"]["label"], listed["seller"]["department"]) == ("Seller", "shop")
    grant = said(folder, "role", "show", "seller")["grants"][0]
    assert (grant["entity"], grant["verbs"], grant["rows"]) == (
        "note",
        ["read", "create"],
        "record.created_by == actor.id",
    )
    assert "metadata/access/grants.yaml:2 " in grant["where"]
    members = said(folder, "role", "members", "seller")
    assert [(m["email"], m["through"], m["until"]) for m in members] == [
        ("ann@x.example", "user", None), ("bob@x.example", "membership in store", "2999-01-31"),
    ]  # fmt: skip
    assert users(folder)["bob@x.example"]["memberships"] == ["seller in store"]
    run("user", "deactivate", "bob@x.example", "--root", folder)
    assert [m["email"] for m in said(folder, "role", "members", "seller")] == ["ann@x.example"]
    for args in (("role", "list"), ("role", "show", "seller"), ("role", "members", "seller"), ("user", "list")):
        assert "ann@x.example" in (printed := run(*args, "--root", folder).stdout) or "seller" in printed.lower(), args
