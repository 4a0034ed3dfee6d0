"""The host: order, clashes, misspellings, failures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

import pytest

from xrm_core.errors import PluginError
from xrm_core.metamodel.catalog import Catalog, Entity
from xrm_core.plugin import Change, hook
from xrm_core.plugin.discovery import Found, PluginDef, discover, in_order
from xrm_core.plugin.host import Host


def plugin(
    name: str, *functions: Callable[..., Any], requires: tuple[str, ...] = (), after: tuple[str, ...] = ()
) -> Found:
    """A plugin made of functions."""
    module = ModuleType(f"made_{name}")
    for function in functions:
        function.__module__ = module.__name__
        setattr(module, function.__name__, function)
    known = PluginDef(name=name, title=name, version="1", requires=list(requires), after=list(after))
    return Found(known, Path(), module)


def catalog_of(*names: str) -> Catalog:
    """A catalog of bare entities."""
    entities = {
        n: cast("Entity", SimpleNamespace(name=n, mixins=frozenset({"marked"} if n == "gift" else ()))) for n in names
    }
    return Catalog("1", entities)


def test_plugins_are_ordered_by_requires_then_name() -> None:
    """What is required comes first; else the alphabet decides."""
    ordered, broken = in_order([plugin("b"), plugin("c", requires=("z",)), plugin("z"), plugin("a", requires=("b",))])
    assert [p.name for p in ordered] == ["b", "a", "z", "c"] or [p.name for p in ordered].index("b") < [
        p.name for p in ordered
    ].index("a")
    assert not broken


def test_a_plugin_comes_after_what_it_extends_where_that_is_in_use() -> None:
    """`after` orders those that are there, is no requirement, and breaks nobody where two name each other."""
    host = Host([plugin("a", after=("z", "gone")), plugin("z"), plugin("b")])
    assert [p.name for p in host.plugins] == ["b", "z", "a"]
    assert [(r.layer, r.requires) for r in host.metadata_roots()] == [("b", ()), ("z", ()), ("a", ("z",))]
    assert [p.name for p in in_order([plugin("a", after=("b",)), plugin("b", after=("a",))])[0]] == ["a", "b"]


def test_missing_and_circular_requirements_are_named() -> None:
    """A plugin without its requirement, and two that require each other, are broken with the reason."""
    _, broken = in_order(
        [plugin("a", requires=("nowhere",)), plugin("b", requires=("c",)), plugin("c", requires=("b",))]
    )
    reasons = {b.name: b.reason for b in broken}
    assert "nowhere" in reasons["a"]
    assert "circle" in reasons["b"]
    assert set(reasons) == {"a", "b", "c"}


def test_misspelt_hooks_are_refused_with_the_nearest_name() -> None:
    """A hook that does not exist stops the start."""

    @hook("xrm_befor_save")
    def xrm_befor_save(change: Change) -> None: ...

    with pytest.raises(PluginError) as caught:
        Host([plugin("bad", xrm_befor_save)])
    assert "xrm_before_save" in str(caught.value)


def test_unknown_arguments_are_refused() -> None:
    """A hook gets what its specification says, and nothing else."""

    @hook
    def xrm_validate(change: Change, app: object) -> None: ...

    with pytest.raises(PluginError, match="app"):
        Host([plugin("bad", xrm_validate)])


def test_coroutines_are_refused() -> None:
    """Hooks are plain functions."""

    @hook
    async def xrm_validate(change: Change) -> None: ...

    with pytest.raises(PluginError, match="coroutine"):
        Host([plugin("bad", xrm_validate)])


def test_reactors_are_chosen_by_entity_and_mixin_in_plugin_order() -> None:
    """An entity without hooks has none; others get theirs, in the order of plugins."""

    @hook("xrm_validate", entity="gift")
    def first(change: Change) -> list[str]:
        return ["first"]

    @hook("xrm_validate", mixin="marked")
    def second(change: Change) -> list[str]:
        return ["second"]

    host = Host([plugin("b", second, requires=("a",)), plugin("a", first)])
    catalog = catalog_of("gift", "other")
    assert [r.plugin for r in host.reactors("xrm_validate", catalog, "gift")] == ["a", "b"]
    assert host.reactors("xrm_validate", catalog, "other") == ()


def test_failures_name_plugin_hook_and_reason() -> None:
    """A hook that raises becomes an error of its plugin."""

    @hook("xrm_validate", entity="gift")
    def explode(change: Change) -> None:
        raise ZeroDivisionError("nothing left")

    host = Host([plugin("boom", explode)])
    reactor = host.reactors("xrm_validate", catalog_of("gift"), "gift")[0]
    with pytest.raises(PluginError) as caught:
        reactor.call(change=None, actor=None, reader=None)
    assert "'boom'" in caught.value.message
    assert "xrm_validate" in caught.value.message
    assert "nothing left" in caught.value.message


def test_field_types_of_one_name_name_both_plugins() -> None:
    """Two plugins with the same field type cannot both be in use."""

    class One:
        name = "isbn"

    @hook("xrm_field_types")
    def types_a() -> list[type]:
        return [One]

    @hook("xrm_field_types")
    def types_b() -> list[type]:
        return [One]

    with pytest.raises(PluginError, match="'a' and from 'b'"):
        Host([plugin("a", types_a), plugin("b", types_b)])


def test_our_plugins_are_found_as_a_strangers_are() -> None:
    """Entry points give the built-in plugin and ours; none is broken."""
    found, broken = discover(None)
    assert {"core", "parties", "donors", "suppliers", "customers"} <= {p.name for p in found}
    assert not broken


def test_a_folder_is_a_plugin(tmp_path: Path) -> None:
    """A folder with a plugin.yaml dropped into the plugins directory is found, and its fault is told if it has one."""
    (tmp_path / "good").mkdir()
    (tmp_path / "good" / "plugin.yaml").write_text("name: good\ntitle: Good\nversion: '1'\n")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "plugin.yaml").write_text("name: bad\ntitle: Bad\nversion: '1'\n")
    (tmp_path / "bad" / "plugin.py").write_text("raise RuntimeError('out of order')\n")
    found, broken = discover(["good", "bad"], tmp_path)
    assert "good" in {p.name for p in found}
    assert [(b.name, b.reason) for b in broken] == [("bad", "RuntimeError: out of order")]


def test_hooks_of_entities_that_do_not_exist_are_told(caplog: pytest.LogCaptureFixture) -> None:
    """A misspelt entity or mixin would never be called: it is named, with what was probably meant."""

    @hook("xrm_validate", entity=("gift", "gifft"))
    def first(change: Change) -> None: ...

    @hook("xrm_validate", mixin="elsewhere")
    def second(change: Change) -> None: ...

    host = Host([plugin("a", first, second)])
    told = [str(problem) for problem in host.doubts(catalog_of("gift"))]
    assert len(told) == 2
    assert any("there is no entity 'gifft'; did you mean 'gift'?" in line for line in told)
    assert any("there is no mixin 'elsewhere'" in line for line in told)
    host.started(catalog_of("gift"))
    assert [r.getMessage() for r in caplog.records if r.levelname == "WARNING"] == [t for t in told if "gifft" in t]


def test_hooks_written_in_other_modules_of_the_plugin_count(tmp_path: Path) -> None:
    """`from .saving import complete` in plugin.py is a hook of the plugin; what comes from elsewhere is not."""
    own, other = hook("xrm_validate")(lambda change: None), hook("xrm_validate")(lambda change: None)
    found = plugin("a")
    assert found.module is not None
    found.module.__name__ = "made_a.plugin"
    own.__module__, other.__module__ = "made_a.saving", "made_b.plugin"
    vars(found.module).update(own=own, other=other)
    reactors = Host([found]).reactors("xrm_validate", catalog_of("gift"), "gift")
    assert [r.function for r in reactors] == [own]


def test_slow_hooks_are_named_in_the_log(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """A hook that keeps others waiting is told with plugin, hook and place, whether it fails or not."""

    @hook("xrm_validate")
    def slow(change: Change) -> None:
        if change is None:
            raise ValueError("no change")

    moments = iter(range(0, 100, 2))
    monkeypatch.setattr("xrm_core.plugin.host.perf_counter", lambda: float(next(moments)))
    reactor = Host([plugin("snail", slow)]).reactors("xrm_validate", catalog_of("gift"), "gift")[0]
    with pytest.raises(PluginError):
        reactor.call(change=None)
    reactor.call_each([], cast("Any", None), cast("Any", None))
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2
    assert all("'snail'" in line and "xrm_validate" in line and "test_host.py" in line for line in told)
