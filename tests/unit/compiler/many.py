"""Makes a large folder of metadata, for measuring: 300 entities of 20 fields unless told otherwise."""

from __future__ import annotations

from pathlib import Path

KINDS = (
    "{type: text, max: 80, label: {en: Name, de: Name}}",
    "{type: integer, min: 0, label: Number}",
    "{type: money, min: 0, label: {en: Amount, de: Betrag}}",
    "{type: date, label: Day}",
    "{type: boolean, default: false, required: true}",
    "{type: choice, codes: state, default: a}",
    '{type: formula, of: integer, is: "record.f1 + 1"}',
    '{type: text, visible_when: "record.f1 > 3"}',
    "{type: link, to: %s}",
)


def write_many(folder: Path, entities: int = 300, fields: int = 20) -> None:
    """One file per entity, a form and a view for each, one code list."""
    for kind in ("entities", "forms", "views", "codes"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    (folder / "codes/state.yaml").write_text("codes: state\nvalues: {a: A, b: B, c: C}\n")
    for n in range(entities):
        lines = [f"entity: e{n:03}", f"label: {{en: Entity {n}, de: Entität {n}}}", 'title: "{f0}"', "fields:"]
        for f in range(fields):
            kind = KINDS[f % len(KINDS)]
            lines.append(f"  f{f}: {kind % f'e{(n + f) % entities:03}' if '%s' in kind else kind}")
        lines += ["rules:", '  - {check: "record.f1 > 0 || record.f2 == null", message: Wrong}', "search: [f0]"]
        (folder / f"entities/e{n:03}.yaml").write_text("\n".join(lines) + "\n")
        form = [
            f"form: e{n:03}",
            "tabs:",
            "  - label: Main",
            "    sections:",
            f"      - {{fields: [{', '.join(f'f{f}' for f in range(fields))}]}}",
        ]
        (folder / f"forms/e{n:03}.yaml").write_text("\n".join(form) + "\n")
        view = [
            f"view: v{n:03}",
            f"entity: e{n:03}",
            "columns: [f0, f1, f2, f3]",
            'filter: "record.f1 > 1"',
            "sort: [-f3]",
        ]
        (folder / f"views/e{n:03}.yaml").write_text("\n".join(view) + "\n")
