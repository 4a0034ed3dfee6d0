"""Texts that are missing in a language."""

from __future__ import annotations

from typing import Any

from xrm_core.compiler.labels import missing_labels, summary

TEXT = """\
entity: a
label: {en: A, de: B}
plural: {en: As, de: Bs}
fields:
  x: {type: text, label: {en: X, de: Y}}
  y: {type: text, label: Only English}
  z: {type: text}
"""


def test_missing_labels(folder: Any) -> None:
    """Each text without the language is a doubt at its place; regional languages fall back on their base."""
    folder.write("entities/a.yaml", TEXT, "one")
    catalog = folder.catalog()
    found = [str(p) for p in missing_labels(catalog, ["en", "de-CH"]) if p.where and "entities" in p.where.file]
    assert [f for f in found if ".y." in f or ".z." in f] == [
        "one/entities/a.yaml:6 a.y.label: 'Only English' has no text in de-CH; write {en: ..., de-CH: ...}",
        "one/entities/a.yaml:7 a.z.label: 'Z' has no text in de-CH; write {en: ..., de-CH: ...}",
    ]
    assert not any(".x." in f for f in found)
    there, everything = summary(catalog, ["de"])["de"]
    assert 0 < there < everything


def test_languages_of_the_settings(folder: Any) -> None:
    """With languages in the settings, a compilation counts what is missing in each."""
    folder.write("entities/a.yaml", TEXT, "one")
    (doubt,) = folder.doubts(languages=["en", "fr"])
    assert doubt.endswith("texts are missing in fr; list them with: xrm check --labels")
    assert folder.doubts() == []
