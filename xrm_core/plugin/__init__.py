"""The front door for plugins: everything a plugin author imports."""

from ..errors import Problem
from ..language import N_, _, joined, ngettext, speaking, spoken
from ..metamodel.catalog import Catalog, Entity
from ..metamodel.field_type import Column, Env, FieldFault, FieldType, NoOptions, ValueType, Widget
from ..metamodel.kinds import BOOL, DATE, DATETIME, DURATION, INT, TEXT, T
from ..metamodel.text import called, in_one_line, say
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
from . import repeats, working
from .axes import round_steps
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
from .errands import OPEN_OFFICE, Desk, Errand, Later, Office, hand_over
from .hookspec import spec
from .marker import hook
from .screens import Answered, Download, Offered, Run, Screen, ScreenAsked, ScreenReader

__all__ = [
    "BOOL",
    "DATE",
    "DATETIME",
    "DURATION",
    "INT",
    "N_",
    "OPEN_OFFICE",
    "TEXT",
    "ActionSpec",
    "Actor",
    "Answered",
    "BatchReader",
    "Catalog",
    "Change",
    "Column",
    "Confined",
    "Desk",
    "Download",
    "Entity",
    "Env",
    "Errand",
    "FieldFault",
    "FieldType",
    "FunctionSpec",
    "FurtherChange",
    "Later",
    "MenuEntry",
    "MetadataRoot",
    "NewRecord",
    "NoOptions",
    "Offered",
    "Office",
    "Page",
    "PageSlot",
    "Patch",
    "Problem",
    "Query",
    "Reader",
    "Record",
    "Reverse",
    "Run",
    "SampleMaker",
    "SampleStep",
    "Schedule",
    "Screen",
    "ScreenAsked",
    "ScreenReader",
    "T",
    "ValueType",
    "Widget",
    "_",
    "called",
    "confined",
    "hand_over",
    "hook",
    "in_one_line",
    "joined",
    "ngettext",
    "repeats",
    "round_steps",
    "say",
    "speaking",
    "spec",
    "spoken",
    "working",
]  # fmt: skip
