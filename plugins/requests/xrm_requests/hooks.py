"""The hooks that requests publish: other plugins may implement them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xrm_core.plugin import Reader, Record, spec

from .proposing import Proposed


@spec
def xrm_assignment(request: Record, doers: Sequence[Proposed], reader: Reader) -> Mapping[str, float]:
    """Weigh who should do a request, beside what the plugin weighs itself.

    When: doers are proposed, on sending and handing on. Arguments: the request, those who can do it with score, level, free
    minutes and load, a reader in the same transaction. Returns: by user, what is added to his score (-1 to 1); -1 takes him
    out. Answers are added up.
    Example: `return {request["about"] and owner: 0.2}`
    """


PUBLISHED = (xrm_assignment,)
