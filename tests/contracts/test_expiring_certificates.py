"""The list of certificates that expire is written in stored days, so that it is not worked out record by record; it has the same records."""

from __future__ import annotations

from xrm_core.metamodel.values import SYSTEM, Query
from xrm_core.services.lists import list_records
from xrm_core.services.sampling import make_sample
from xrm_core.testing import temporary_organisation


def test_certificates_that_expire_are_those_whose_validity_says_so() -> None:
    """Those that expire or have, and that no other has replaced."""
    with temporary_organisation(("parties", "suppliers")) as runtime:
        make_sample(runtime, runtime.host.sample_steps())
        view = runtime.catalog.views["certificates_expiring"]
        with runtime.work(SYSTEM, "web") as work:
            every = list_records(work, Query("certificate", ("id", "validity", "replaced_by"), limit=5_000)).rows
            listed = list_records(work, Query("certificate", ("id",), view.filter, limit=5_000)).rows
        due = {r["id"] for r in every if r["validity"] in ("expiring", "expired") and r["replaced_by"] is None}
        assert {r["validity"] for r in every} >= {"expiring", "expired", "valid"}
        assert {r["id"] for r in listed} == due
        assert "validity" not in str(view.filter)
