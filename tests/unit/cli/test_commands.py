"""The command line, from a new organisation to its records and back."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.unit.cli.running import bare_organisation, run, said
from xrm_core.cli.scaffold import write_plugin
from xrm_core.errors import XrmError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A new organisation without plugins."""
    root = tmp_path / "mine"
    bare_organisation(root)
    return root


def test_a_new_organisation_runs(folder: Path) -> None:
    """What `init` writes is checked without an error, and prints a sign-in link that is its own."""
    checked = said("check", folder)
    assert (checked["errors"], checked["warnings"]) == ([], [])
    assert all(one["ok"] for one in said("doctor", "--root", folder))


def test_editors_find_a_schema_for_every_file(folder: Path) -> None:
    """What `init` writes names a schema that is there and takes it; the editor's settings name one for each folder."""
    import jsonschema_rs
    import yaml

    for file in (folder / "metadata").rglob("*.yaml"):
        first = file.read_text("utf-8").splitlines()[0]
        schema = json.loads((file.parent / first.partition("$schema=")[2]).read_text("utf-8"))
        for document in yaml.safe_load_all(file.read_text("utf-8")):
            jsonschema_rs.validator_for(schema).validate(document)
    named = json.loads((folder / ".vscode/settings.json").read_text("utf-8"))["yaml.schemas"]
    assert all((folder / schema).is_file() for schema in named)
    assert "metadata/entities/*.yaml" in named.values()


def test_a_folder_of_twenty_mistakes_gives_twenty_errors(tmp_path: Path) -> None:
    """The whole list at once from the command line, each with file, line and key."""
    from tests.unit.compiler.test_mistakes import EXPECTED, FILES

    root = tmp_path / "wrong"
    for name, text in FILES.items():
        (root / "metadata" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "metadata" / name).write_text(text)
    (root / "xrm.toml").write_text('[organisation]\nname = "Wrong"\n[plugins]\nuse = []\n')
    result = run("check", root, fails=True)
    errors = [line.removeprefix("error: ") for line in result.stdout.splitlines() if line.startswith("error: ")]
    assert result.exit_code == 1
    assert len(errors) == len(EXPECTED) == 20
    assert all(line.endswith(expected) for line, expected in zip(errors, EXPECTED, strict=True))


def test_init_leaves_what_is_there_alone(folder: Path) -> None:
    """A folder with something in it is refused."""
    result = run("init", folder, fails=True)
    assert isinstance(result.exception, XrmError)
    assert "not empty" in result.exception.message


def test_check_names_file_line_key_and_way_out(folder: Path) -> None:
    """Two faults are told at once, with their places and the nearest names; the exit code says so."""
    (folder / "metadata/entities/bad.yaml").write_text(
        "entity: bad\nfields:\n  name: {type: txt}\n  size: {type: integer, mim: 3}\n"
    )
    result = run("check", folder, "--json", fails=True)
    errors = json.loads(result.stdout)["errors"]
    assert result.exit_code == 1
    assert [(e["line"], e["hint"]) for e in errors if e["file"].endswith("bad.yaml")] == [
        (3, "did you mean 'text'?"), (4, "did you mean 'min'?"),
    ]  # fmt: skip
    (folder / "metadata/entities/bad.yaml").write_text("entity: good\nfields: {name: {type: text}}\n")
    text = run("check", folder).stdout
    assert "bad.yaml:2 fields.name: 'name' has no data class" in text
    assert "/plugins/" not in text


def test_why_prints_the_chain_of_layers(folder: Path) -> None:
    """The organisation's setting stands above the one it extends."""
    (folder / "metadata/entities/more.yaml").write_text("extend: user\nfields:\n  name: {max: 60}\n")
    chain = said("why", "user.name.max", "--root", folder)
    assert [(s["layer"], s["value"]) for s in chain] == [("core", 120), ("organisation", 60)]


def test_plan_and_apply_do_what_they_say_and_refuse_what_is_stale(folder: Path, tmp_path: Path) -> None:
    """A plan is carried out, also when asked twice; one made for other metadata no longer fits."""
    (folder / "metadata/entities/boat.yaml").write_text("entity: boat\nfields:\n  name: {type: text, required: true}\n")
    out = tmp_path / "plan.json"
    plan = said("plan", "--root", folder, "--out", out)
    assert any("boat" in json.dumps(step) for step in plan["steps"])
    assert said("apply", out, "--root", folder)["applied"]
    assert "nothing to do" in run("plan", "--root", folder).stdout
    (folder / "metadata/entities/oar.yaml").write_text("entity: oar\nfields:\n  length: {type: integer}\n")
    run("plan", "--root", folder, "--out", out)
    (folder / "metadata/entities/sail.yaml").write_text("entity: sail\nfields:\n  area: {type: decimal}\n")
    stale = run("apply", out, "--root", folder, fails=True)
    assert isinstance(stale.exception, XrmError)


def test_renames_keep_the_records(folder: Path, tmp_path: Path) -> None:
    """`was:` on an entity, a field and a code: planned, applied, and the records are where the new names say."""
    entity, codes, out = (
        folder / "metadata/entities/boat.yaml",
        folder / "metadata/codes/state.yaml",
        tmp_path / "plan.json",
    )
    codes.parent.mkdir()
    (folder / "metadata/imports").mkdir()
    mapping = folder / "metadata/imports/boats.yaml"
    entity.write_text(
        "entity: boat\nfields:\n  name: {type: text, required: true}\n  state: {type: choice, codes: state}\n"
    )
    codes.write_text("codes: state\nvalues: {fresh: Fresh, old: Old}\n")
    mapping.write_text(
        "import: boats\nfiles:\n  - file: '*.csv'\n    targets:\n      - {entity: boat, key: [name], fields: {name: name, state: state}}\n"
    )
    run("plan", "--root", folder, "--out", out)
    run("apply", out, "--root", folder)
    (tmp_path / "boats.csv").write_text("name,state\nArk,fresh\nArgo,old\n")
    assert said("import", "run", "boats", tmp_path / "boats.csv", "--root", folder)["created"] == 2
    mapping.unlink()
    entity.write_text(
        "entity: ship\nwas: boat\nfields:\n  title: {type: text, required: true, was: name}\n  state: {type: choice, codes: state}\n"
    )
    codes.write_text("codes: state\nvalues:\n  new: {label: New, was: fresh}\n  old: Old\n")
    told = run("plan", "--root", folder, "--out", out).stdout
    assert all(
        part in told for part in ("rename boat to ship", "rename ship.name to title", "fresh becomes new (1 rows")
    )
    run("apply", out, "--root", folder)
    found = run("export", "ship", "--fields", "title,state", "--sort", "title", "--root", folder).stdout
    assert found.split() == ["title,state", "Argo,old", "Ark,new"]


def test_records_go_out_and_come_back(folder: Path, tmp_path: Path) -> None:
    """An import by mapping, an export, and the export imported again: nothing changes."""
    (folder / "metadata/imports").mkdir()
    (folder / "metadata/imports/notes.yaml").write_text(
        "import: notes\nfiles:\n  - file: '*.csv'\n    targets:\n      - {entity: note, key: [title], fields: {title: title, text: text?}}\n"
    )
    data = tmp_path / "notes.csv"
    data.write_text('title,text\nFirst,"=1+1"\nSecond,two words\n,nothing\n', "utf-8")
    tried = said("import", "run", "notes", data, "--root", folder, "--dry-run")
    assert (tried["created"], tried["refused"]) == (2, 1)
    made = said("import", "run", "notes", data, "--root", folder, "--errors", tmp_path / "errors")
    assert (made["created"], made["refused"]) == (2, 1)
    assert made["refusals"][0]["line"] == 4
    assert len(made["error_files"]) == 1
    out = tmp_path / "out" / "notes.csv"
    out.parent.mkdir()
    run("export", "note", "--fields", "title,text", "--sort", "title", "--out", out, "--root", folder)
    assert "'=1+1" in out.read_text("utf-8")
    again = said("import", "run", "notes", out, "--root", folder)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 2)
    undone = said("import", "undo", made["id"], "--root", folder)
    assert undone["binned"] == 2


def test_people_and_tokens(folder: Path) -> None:
    """A user is added and listed; a token is shown once and can be revoked."""
    assert "/sign-in/" in said("user", "add", "Ann", "ann@example.org", "--role", "admin", "--root", folder)["sign_in"]
    assert "ann@example.org" in {u["email"] for u in said("user", "list", "--root", folder)}
    token = said("token", "add", "ann@example.org", "script", "--root", folder)
    assert token["token"].startswith("xrm_")
    assert token["token"] not in run("token", "list", "--root", folder, "--json").stdout
    assert "ann@example.org" in run("token", "list", "--root", folder).stdout
    run("token", "revoke", token["id"], "--root", folder)
    assert isinstance(run("token", "revoke", token["id"], "--root", folder, fails=True).exception, XrmError)


def test_a_broken_plugin_stops_the_start_unless_it_is_skipped(folder: Path) -> None:
    """The plugin is named with its reason."""
    broken = folder / "plugins" / "broken"
    broken.mkdir()
    (broken / "plugin.yaml").write_text("name: broken\ntitle: Broken\nversion: '1'\n")
    (broken / "plugin.py").write_text("import nowhere_at_all\n")
    settings = folder / "xrm.toml"
    settings.write_text(settings.read_text().replace("use = []", 'use = ["broken"]'))
    listed = {p["name"]: p["fault"] for p in said("plugin", "list", "--root", folder)}
    assert "nowhere_at_all" in listed["broken"]
    result = run("check", folder, fails=True)
    assert "'broken'" in str(result.exception)
    from xrm_core.services.organisation import open_organisation

    assert open_organisation(folder, skip_broken=True).host.broken[0].name == "broken"
    assert "'broken'" in str(run("user", "list", "--root", folder, fails=True).exception)
    assert "admin@example.org" in run("--skip-broken-plugins", "user", "list", "--root", folder).stdout
    made = said("--skip-broken-plugins", "token", "add", "admin@example.org", "script", "--root", folder)
    assert made["token"].startswith("xrm_")


def test_a_new_plugin_passes_the_kit(tmp_path: Path) -> None:
    """What `plugin new` writes passes its own tests, found by its entry point."""
    write_plugin(tmp_path / "badges", "badges", "Badges")
    info = tmp_path / "badges" / "xrm_badges-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: xrm-badges\nVersion: 0.1.0\nSummary: Badges\n")
    (info / "entry_points.txt").write_text("[xrm.plugins]\nbadges = xrm_badges\n")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path / "badges")],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(tmp_path / "badges")}, cwd=tmp_path, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    assert "failed" not in done.stdout


def test_faults_are_sentences_with_an_exit_code(tmp_path: Path) -> None:
    """Without an organisation the command says what to do, on standard error, without a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "xrm_core", "check", str(tmp_path)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 1
    assert "xrm init" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("--language", "xx"), "no language"),
        (("--currency", "eur"), "did you mean 'EUR'"),
        (("--time-zone", "Mars/X"), "no time zone"),
        (("--email", "nobody"), "no e-mail address"),
        (("--name", 'quo"te'), "double quotes"),
    ],
)
def test_init_leaves_nothing_half_made(tmp_path: Path, given: tuple[str, ...], told: str) -> None:
    """A value that is not known is refused with a way out, before anything is written."""
    result = run("init", tmp_path / "new", *given, fails=True)
    assert isinstance(result.exception, XrmError)
    assert told in str(result.exception)
    assert not (tmp_path / "new").exists()


def test_faults_of_the_machine_are_sentences(folder: Path, tmp_path: Path) -> None:
    """A folder that is not there, a file in the way: the place, the reason and a way out, no traceback."""
    (tmp_path / "file").write_text("")
    for args in (
        ("export", "note", "--root", str(folder), "--out", str(tmp_path / "no/where.csv")),
        ("schemas", str(tmp_path / "file" / "x")),
        ("init", str(tmp_path / "file" / "x")),
        ("init", str(tmp_path / "file")),
        ("demo", "--no-serve", "--folder", str(tmp_path / "file")),
    ):
        done = subprocess.run([sys.executable, "-m", "xrm_core", *args], capture_output=True, text=True, timeout=120)
        assert done.returncode == 1, args
        assert done.stderr.startswith("error: "), done.stderr
        assert "Traceback" not in done.stderr
        assert str(tmp_path) in done.stderr
        assert len(done.stderr.splitlines()) >= 2, done.stderr


def test_the_demo_leaves_other_organisations_alone(folder: Path, tmp_path: Path) -> None:
    """It neither fills nor removes what is not its own."""
    before = sorted(folder.rglob("*"))
    for more in ((), ("--reset",)):
        result = run("demo", "--folder", folder, "--no-serve", *more, fails=True)
        assert "not the demo" in str(result.exception)
    assert sorted(folder.rglob("*")) == before
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters/one.txt").write_text("Dear Ann")
    assert "not empty" in str(run("demo", "--folder", tmp_path / "letters", "--no-serve", fails=True).exception)


def test_a_taken_port_is_told_before_anything_starts(folder: Path) -> None:
    """The server names address and reason; a number that is no port is a wrong call."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("serve", "--root", folder, "--port", str(port), fails=True)
    assert f"port {port}: another program listens there" in str(result.exception)
    assert run("serve", "--root", folder, "--port", "99999", fails=True).exit_code == 2


def test_a_role_that_nobody_declared_is_refused(folder: Path) -> None:
    """With the nearest that there is; no user is made."""
    result = run("user", "add", "Ann", "ann@example.org", "--role", "admn", "--root", folder, fails=True)
    assert "did you mean 'admin'" in str(result.exception)
    assert "ann@example.org" not in {u["email"] for u in said("user", "list", "--root", folder)}


def test_an_export_comes_back_without_a_mapping(folder: Path, tmp_path: Path) -> None:
    """The entity's name is enough where the columns are its fields; the same again changes nothing."""
    (folder / "metadata/entities/boat.yaml").write_text(
        "entity: boat\nfields:\n  name: {type: text, required: true, unique: true}\n  length: {type: decimal, scale: 2}\n"
    )
    run("plan", "--root", folder, "--out", tmp_path / "plan.json")
    run("apply", tmp_path / "plan.json", "--root", folder)
    boats = tmp_path / "boats.csv"
    boats.write_text("name,length\nArk,133.50\nArgo,\n")
    assert said("import", "run", "boat", boats, "--root", folder)["created"] == 2
    out = tmp_path / "out.csv"
    run("export", "boat", "--fields", "name,length", "--out", out, "--root", folder)
    assert said("import", "run", "boat", out, "--root", folder)["unchanged"] == 2
    told = run("import", "run", "bota", out, "--root", folder, fails=True)
    assert "the name of that entity" in str(told.exception)
    listed = said("import", "list", "--root", folder)["imports"]
    assert [one["state"] for one in listed] == ["done", "done"]


def test_errors_of_no_import_make_no_folder(folder: Path, tmp_path: Path) -> None:
    """A wrong id is told, and nothing is left behind."""
    result = run("import", "errors", "nothing", tmp_path / "errors", "--root", folder, fails=True)
    assert "no import 'nothing'" in str(result.exception)
    assert not (tmp_path / "errors").exists()
    assert isinstance(run("import", "cancel", "nothing", "--root", folder, fails=True).exception, XrmError)


def test_faulty_metadata_does_not_lock_people_out(folder: Path) -> None:
    """What was in force before serves starts and sign-in links; commands about metadata still name the fault."""
    from xrm_core.services.organisation import start_organisation

    said("user", "list", "--root", folder)  # the good metadata were in use
    (folder / "metadata/entities/bad.yaml").write_text("entity: bad\nfields:\n  name: {type: txt}\n")
    assert "bad.yaml:3" in str(run("plan", "--root", folder, fails=True).exception)
    assert "/sign-in/" in said("user", "link", "admin@example.org", "--root", folder)["sign_in"]
    runtime = start_organisation(folder, lenient=True)
    assert "bad.yaml:3" in str(runtime.fault)
    assert "note" in runtime.catalog.entities
    runtime.database.dispose()
    for kept in (folder / ".xrm/cache").glob("*"):
        kept.unlink()
    assert isinstance(run("user", "link", "admin@example.org", "--root", folder, fails=True).exception, XrmError)


def test_a_new_plugin_needs_a_name_and_title_of_its_own(tmp_path: Path) -> None:
    """Names that are taken, titles that would break its files and plugins that are not there are refused; nothing is written."""
    for args, told in (
        (("Bad Name",), "no name for a plugin"),
        (("donors",), "a plugin 'donors' already"),
        (("true",), "the word has a meaning"),
        (("boats", "--title", 'The "fast" ones'), "no title"),
        (("boats", "--requires", "partys"), "did you mean 'parties'"),
    ):
        result = run("plugin", "new", *args, "--folder", tmp_path, fails=True)
        assert told in str(result.exception), args
    assert list(tmp_path.iterdir()) == []
    run("plugin", "new", "boats", "--folder", tmp_path, "--title", "Boats: fast ones", "--requires", "parties")
    import yaml

    assert yaml.safe_load((tmp_path / "boats/xrm_boats/plugin.yaml").read_text())["title"] == "Boats: fast ones"
    assert (
        tomllib.loads((tmp_path / "boats/pyproject.toml").read_text())["project"]["description"] == "Boats: fast ones"
    )
