"""View models: the values that page templates draw. Handlers fill them; nothing here asks the database.

Every page template gets `shell` (Shell), `page` (the page's own model, named at the top of the template) and `csrf_field`
(the hidden input as markup). Texts in them are formatted and translated for the reader; addresses are relative.
"""

from xrm_core.web.models.boards import BoardColumn, BoardPage, Card
from xrm_core.web.models.forms import (
    ChildRow,
    ChildTable,
    Conflict,
    FormError,
    FormField,
    FormPage,
    FormSection,
    FormTab,
    Lookup,
    Option,
    Widget,
    element_id,
)
from xrm_core.web.models.lists import Column, FilterBuilder, FilterChip, ListPage, Pager, Row, ViewTab
from xrm_core.web.models.pages import (
    ConfirmPage,
    ErrorPage,
    LookupResults,
    SearchGroup,
    SearchHit,
    SearchPage,
    SignInPage,
    StartPage,
    Tile,
)
from xrm_core.web.models.panels import ChartPanel, GraphPanel, Node, Point
from xrm_core.web.models.parts import Action, Banner, Cell, CellKind, EmptyState, Link, Pill, Stat, Toast, Tone
from xrm_core.web.models.records import (
    FieldSection,
    FieldValue,
    HistoryChange,
    HistoryEntry,
    IntegratedPage,
    LifecyclePath,
    PathStep,
    RecordHeader,
    RecordPage,
    RelatedList,
    TimelineEntry,
)
from xrm_core.web.models.shell import MenuGroup, Shell, UserBox
from xrm_core.web.models.work import ImportMapping, ImportMatch, ImportPage, ImportProblem, JobRow, JobsPage, Progress

__all__ = [name for name in dir() if name[:1].isupper() or name == "element_id"]
