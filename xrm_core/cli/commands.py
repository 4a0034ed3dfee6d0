"""The command group, and the commands that begin with an organisation: init, demo, serve, worker."""

from __future__ import annotations

import errno
import shlex
import shutil
import socket
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import click

from .. import __version__
from ..errors import XrmError
from .opening import JSON, OPEN_OFFICE, ROOT, office_of, opened, skips_broken_plugins
from .output import print_json, progress, say, typed

PORT = click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True)


class Group(click.Group):
    """A group whose commands are imported when they are asked for, so that `xrm --help` starts at once."""

    rooms = {  # a constant
        "check": "metadata", "why": "metadata", "plan": "metadata", "apply": "metadata", "schemas": "metadata",
        "import": "data", "export": "data", "number": "data", "user": "users", "role": "roles", "token": "people",
        "plugin": "plugins", "doctor": "doctor", "bench": "bench", "access": "access",
    }  # fmt: skip

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands: ours, those that are imported late, and those that plugins say they add."""
        return sorted({*super().list_commands(ctx), *self.rooms, *(told_commands() if ctx.obj is not None else ())})

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `xrm --help`; what plugins add is described by their `plugin.yaml`, so that none is loaded for it."""
        told = told_commands() if ctx.obj is not None else {}
        ours = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx) if name not in told]
        width = formatter.width - 6 - max((len(name) for name, _ in [*ours, *told.items()]), default=0)
        said = {name: command.get_short_help_str(width) for name, command in ours if command and not command.hidden}
        with formatter.section("Commands"):
            formatter.write_dl(sorted({**told, **said}.items()))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command, imported where it lives."""
        if cmd_name not in self.rooms:
            if (own := super().get_command(ctx, cmd_name)) is not None:
                return own
            ctx.meta[OPEN_OFFICE] = office_of
            return plugin_commands().get(cmd_name)
        from importlib import import_module

        found: click.Command = getattr(import_module(f".{self.rooms[cmd_name]}", __package__), f"{cmd_name}_command")
        return found  # the annotation says what getattr cannot


def hook_modules() -> Iterator[Path]:
    """Files that may implement hooks: of installed plugins, and of plugins below this folder. None of them is imported."""
    for entry in entry_points(group="xrm.plugins"):
        if entry.name != "core":
            spec = find_spec(entry.value)
            for place in spec.submodule_search_locations or () if spec else ():
                yield from Path(place).rglob("*.py")
    yield from Path().glob("*/*/plugin.py")
    yield from Path().glob("*/*/*/plugin.py")


@lru_cache(maxsize=1)
def told_commands() -> dict[str, str]:
    """Name -> sentence of the commands that plugins in use say they add (`commands:` in `plugin.yaml`). No plugin is imported."""
    found = [p.with_name("plugin.yaml") for p in hook_modules() if p.name == "plugin.py"]
    texts = [p.read_text("utf-8", "replace") for p in found if p.is_file()]
    texts = [text for text in texts if "\ncommands:" in text]
    if not texts:
        return {}
    import yaml

    made: dict[str, str] = {}
    try:
        settings = Path("xrm.toml")  # read as it is: what checks it takes as long as all the rest of `xrm --help`
        used = tomllib.loads(settings.read_text("utf-8"))["plugins"]["use"] if settings.is_file() else None
        for told in (yaml.load(text, Loader=yaml.CSafeLoader) for text in texts):  # a safe loader
            if used is None or told["name"] in used:
                made |= {str(name): str(text) for name, text in told["commands"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError):
        return {}  # what is wrong there is told by the command that reads it
    return made


@lru_cache(maxsize=1)
def plugin_commands() -> dict[str, click.Command]:
    """Commands that plugins add (`xrm_commands`), of those in use in this folder, else of all that are installed."""
    if not any("xrm_commands" in path.read_text("utf-8", "replace") for path in hook_modules()):
        return {}  # plugins are loaded only when there may be something to find
    from ..plugin.discovery import discover
    from ..plugin.host import Host
    from ..services.settings import FILE, load_settings

    settings = load_settings(Path()) if Path(FILE).exists() else None
    folder = settings.root / settings.plugins.folder if settings else None
    found, broken = discover(settings.plugins.use if settings else None, folder)
    made: dict[str, click.Command] = {}
    for plugin, commands in Host(found, broken).answers("xrm_commands"):
        for command in commands:
            if command.name in made:
                raise XrmError(f"the command {command.name} comes from several plugins, {plugin!r} among them")
            made[str(command.name)] = command
    return made


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="xrm")
@click.option(
    "--skip-broken-plugins", is_flag=True, help="Do the command without plugins that cannot be loaded, and name them."
)
def xrm(skip_broken_plugins: bool) -> None:
    """Relationship management that an organisation composes out of packaged extensions."""


@xrm.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--name", help="Name of the organisation (default: the folder's).")
@click.option("--language", default="en", show_default=True)
@click.option("--time-zone", "zone", default="UTC", show_default=True)
@click.option("--currency", default="EUR", show_default=True)
@click.option(
    "--email", default="admin@example.org", show_default=True, help="E-mail address of the first administrator."
)
@JSON
def init_command(
    folder: Path, name: str | None, language: str, zone: str, currency: str, email: str, as_json: bool
) -> None:
    """Make the folder of a new organisation that runs, and print a one-time sign-in link."""
    from ..compiler.editors import write_schemas
    from ..services.initialising import init_organisation
    from ..services.organisation import start_organisation

    files = init_organisation(folder, name or folder.resolve().name, language, zone, currency, email)
    runtime = start_organisation(folder)
    files += write_schemas(folder / ".schemas", runtime.host.field_types)
    link = _link(runtime, "Administrator", email)
    if as_json:
        print_json({"folder": str(folder), "files": [str(f) for f in files], "sign_in": link})
        return
    say(f"Made {folder} with {len(files)} files.")
    say(f"Start it:  {typed('xrm')} serve --root {shlex.quote(str(folder))}")
    say(f"Sign in (once, within 24 hours):  {link}")


def _link(runtime: object, name: str, email: str, base: str | None = None) -> str:
    from ..metamodel.values import SYSTEM
    from ..services import accounts
    from ..services.runtime import Runtime

    assert isinstance(runtime, Runtime)
    with runtime.work(SYSTEM, "cli", write=True) as work:
        secret = accounts.make_link(work, accounts.first_administrator(work, name, email))
    return f"{base or runtime.settings.server.base_url}/sign-in/{secret}"


def demo_source() -> Path:
    """The folder of the worked example: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent.parent
    inside = package / "demo"
    return inside if (inside / "xrm.toml").exists() else package.parent


@xrm.command("demo")
@click.option(
    "--folder", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, help="Where the demo lives."
)
@PORT
@click.option("--reset", is_flag=True, help="Begin anew: remove what the demo folder holds.")
@click.option("--no-serve", is_flag=True, help="Make the demo, and do not start the server.")
@JSON
def demo_command(folder: Path, port: int, reset: bool, no_serve: bool, as_json: bool) -> None:
    """Run the demo organisation on SQLite, with sample records of all domains, and print a one-time sign-in link."""
    from ..services.organisation import start_organisation
    from ..services.sampling import make_sample

    source = demo_source()
    _refuse_others(folder, source)
    if reset and (folder / "xrm.toml").exists():
        shutil.rmtree(folder)
    fresh = not (folder / "xrm.toml").exists()
    if fresh:
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / "xrm.toml", folder / "xrm.toml")
        shutil.copytree(source / "metadata", folder / "metadata")
    began = perf_counter()
    runtime = start_organisation(folder)
    counts: dict[str, int] = {}
    if not _has_sample(runtime):
        with progress("Making sample records") as _:
            counts = make_sample(runtime, runtime.host.sample_steps())
    port = port if no_serve else _free_port(port)
    base = f"http://127.0.0.1:{port}"
    link = _link(runtime, "Demo Administrator", "admin@brightwater.example", base)
    if as_json:
        print_json(
            {
                "folder": str(folder),
                "address": base,
                "sign_in": link,
                "made": counts,
                "seconds": round(perf_counter() - began, 2),
            }
        )
    else:
        made = sum(counts.values())
        say(
            f"{runtime.settings.organisation.name}: {made} sample records made"
            if made
            else f"{runtime.settings.organisation.name} is ready"
        )
        say(f"Address:                                 {base}")
        say(f"Sign in (once, within 24 hours):         {link}")
        say(
            f"Sign in as one of its people:            {typed('xrm')} user link ben@brightwater.example --root {shlex.quote(str(folder))}"
        )
        say(f"Metadata to play with:                   {folder / 'metadata'}")
    if not no_serve:
        _serve(click.get_current_context().obj(runtime), "127.0.0.1", port)


def _refuse_others(folder: Path, source: Path) -> None:
    """The demo neither fills nor removes an organisation that is not its own, nor files of somebody else."""
    settings = folder / "xrm.toml"
    if settings.exists():
        names = [_name_in(place) for place in (settings, source / "xrm.toml")]
        if names[0] != names[1]:
            raise XrmError(
                f"{folder} is the organisation {names[0]!r}, not the demo; sample records would be mixed into it",
                hint="name another folder with --folder, or run it with: xrm serve --root " + shlex.quote(str(folder)),
            )
    elif folder.is_dir() and any(folder.iterdir()):
        raise XrmError(f"{folder} is not empty", hint="name a new folder with --folder")


def _name_in(settings: Path) -> object:
    """The organisation's name in a settings file, as far as it can be read."""
    try:
        return tomllib.loads(settings.read_text("utf-8")).get("organisation", {}).get("name")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise XrmError(f"{settings} cannot be read: {fault}", hint="mend it, or name another folder") from fault


def _has_sample(runtime: object) -> bool:
    from ..metamodel.values import SYSTEM, Query
    from ..services.lists import count_records
    from ..services.runtime import Runtime

    assert isinstance(runtime, Runtime)
    if "party" not in runtime.catalog.entities:
        return False
    with runtime.work(SYSTEM, "cli") as work:
        return count_records(work, Query("party", count="exact")) > 0


def _free_port(port: int) -> int:
    """The port, or the next one that nothing listens on."""
    for candidate in range(port, port + 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return candidate
    raise XrmError(f"no free port from {port} to {port + 49}", hint="name another with --port")


def _refuse_taken(host: str, port: int) -> None:
    """Raise where the server could not listen: before anything is started."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as fault:
        reason = (
            "another program listens there"
            if fault.errno == errno.EADDRINUSE
            else (fault.strerror or str(fault)).lower()
        )
        raise XrmError(
            f"the server cannot listen on {host}, port {port}: {reason}", hint="name another with --host or --port"
        ) from None


def _serve(app: Any, host: str, port: int) -> None:
    import uvicorn

    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False, date_header=True)


@xrm.command("serve")
@ROOT
@click.option("--host", default="127.0.0.1", show_default=True)
@PORT
@click.option("--no-worker", is_flag=True, help="Leave the outbox to `xrm worker`.")
@click.option("--skip-broken-plugins", is_flag=True, help="Start without plugins that cannot be loaded.")
def serve_command(root: Path, host: str, port: int, no_worker: bool, skip_broken_plugins: bool) -> None:
    """Serve API and pages; new metadata comes into force while it runs."""
    import logging

    from ..services.collector import starting

    _refuse_taken(host, port)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of each statement that it only writes out
    with starting():
        from ..services.organisation import start_organisation

        runtime = start_organisation(root, skip_broken=skip_broken_plugins or skips_broken_plugins(), lenient=True)
        app = click.get_current_context().obj(runtime, worker=not no_worker)
    say(f"{runtime.settings.organisation.name} on http://{host}:{port}")
    if runtime.settings.mail.host is None:
        say(f"Mail is put into {runtime.settings.root / runtime.settings.mail.folder}")
    _serve(app, host, port)


@xrm.command("worker")
@ROOT
@click.option("--once", is_flag=True, help="Do what is due, then end.")
def worker_command(root: Path, once: bool) -> None:
    """Work through the outbox; run as many as you like on one PostgreSQL."""
    from ..services.jobs import Worker
    from ..services.organisation import Watcher

    runtime = opened(root)
    make = getattr(click.get_current_context().obj, "worker", Worker)
    worker = make(runtime)
    if once:
        done = 0
        worker.clock.tick()
        worker.minutes.tick()
        while worker.run_once():
            done += 1
        say(f"{done} jobs done")
        return
    watcher = Watcher(runtime)
    watcher.start()
    try:
        worker.run()
    except KeyboardInterrupt:
        worker.stop()
    finally:
        watcher.stop()
