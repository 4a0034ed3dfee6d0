"""The order of layers."""

from __future__ import annotations

from pathlib import Path

from xrm_core.compiler.layers import builds_on, in_order
from xrm_core.plugin.contributions import MetadataRoot


def roots(**requires: tuple[str, ...]) -> list[MetadataRoot]:
    """Layers by name with what they require."""
    return [MetadataRoot(name, Path(name), needs) for name, needs in requires.items()]


def test_order() -> None:
    """A layer comes after what it requires, else by name; the organisation comes last."""
    given = roots(organisation=(), donors=("parties",), customers=("parties",), parties=("core",), core=(), a=())
    ordered, problems = in_order(given)
    assert [r.layer for r in ordered] == ["a", "core", "parties", "customers", "donors", "organisation"]
    assert problems == []


def test_unmet_and_circular() -> None:
    """A missing layer and a circle are problems that name the file; the order is still complete."""
    ordered, problems = in_order(roots(a=("b",), b=("c",), c=("a",), d=("gone",)))
    assert {r.layer for r in ordered} == {"a", "b", "c", "d"}
    assert [p.code for p in problems] == ["unmet_requires", "circular_requires"]
    assert str(problems[0]).startswith("d/plugin.yaml requires: layer 'd' requires 'gone'")


def test_several_folders_of_one_layer() -> None:
    """Folders of one layer stay together, in the order given."""
    ordered, _ = in_order([MetadataRoot("b", Path("b1")), MetadataRoot("a", Path("a")), MetadataRoot("b", Path("b2"))])
    assert [str(r.path) for r in ordered] == ["a", "b1", "b2"]


def test_builds_on() -> None:
    """What a layer requires, also through others; the organisation builds on all."""
    given = roots(core=(), parties=("core",), donors=("parties",), other=(), organisation=())
    assert builds_on(given, "donors") == {"donors", "parties", "core"}
    assert builds_on(given, "organisation") == {"core", "parties", "donors", "other", "organisation"}
