"""The front door for plugins: everything a plugin author imports."""

from ..errors import Problem
from ..language import N_, _, ngettext
from ..metamodel.field_type import Column, Env, FieldFault, FieldType, NoOptions, ValueType, Widget
from ..metamodel.kinds import BOOL, DATE, DATETIME, DURATION, INT, TEXT, T
from ..metamodel.values import (
    Actor,
    BatchReader,
    Change,
    FurtherChange,
    NewRecord,
    Page,
    Patch,
    Query,
    Reader,
    Record,
    Reverse,
)
from .confined import Confined, confined
from .contributions import (
    ActionSpec,
    FunctionSpec,
    MenuEntry,
    MetadataRoot,
    PageSlot,
    SampleMaker,
    SampleStep,
    Schedule,
)
from .errands import OPEN_OFFICE, Desk, Errand, Later, Office
from .marker import hook

__all__ = [
    "BOOL", "DATE", "DATETIME", "DURATION", "INT", "N_", "OPEN_OFFICE", "TEXT", "ActionSpec", "Actor", "BatchReader", "Change", "Column",
    "Confined", "Desk", "Env", "Errand", "FieldFault",
    "FieldType", "FunctionSpec", "FurtherChange", "Later", "MenuEntry", "MetadataRoot", "NewRecord", "NoOptions", "Office", "Page", "PageSlot",
    "Patch", "Problem", "Query", "Reader", "Record", "Reverse", "SampleMaker", "SampleStep", "Schedule",
    "T", "ValueType", "Widget", "_", "confined", "hook",
    "ngettext",
]  # fmt: skip
