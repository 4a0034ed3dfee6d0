"""What metadata may say about sample records: believable ones with which a demo shows what an entity is for."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from .definitions import Def, Name

REFERENCE = "sample"
"""Key of a value that stands for another sample record: `{sample: lenders.north}`."""


class SampleDef(Def):
    """Sample records of one entity, made after those of plugins and only where a demo is made. They go through the same
    checks and hooks as any record."""

    sample: Name = Field(description="Its name, unique among all samples")
    entity: Name = Field(description="The entity of its records")
    records: dict[Name, dict[str, Any]] = Field(
        description="Each record under a name of its own: fields with their values as the API takes them. A text that begins "
        "with '=' is an expression without a record, such as `=addDays(today(), 14)`; `{sample: other.name}` is the id of "
        "another sample record; `{email: a@b.example}` is a link by a key of its entity"
    )
