"""Undo goes by rights: those that the act took are asked again, and a refusal tells nothing that is hidden."""

from __future__ import annotations

import pytest

from tests.contracts.guarded import Charity
from tests.contracts.test_undoing import act, back
from xrm_core.errors import Conflict, NotFound, Refused, XrmError
from xrm_core.services import actions, records


def test_the_rights_of_the_act_are_asked_again(charity: Charity) -> None:
    """Who may make a transition may take it back, without a right to edit what it set; who lost his right may not."""
    tom, nora = charity.actor("tom"), charity.actor("nora")
    donor = charity.make("donor", name="Abel", office="north", limit="5")
    offer, _ = act(charity, tom, lambda w: records.run_transition(w, "donor", donor, "activate"))
    again = back(charity, tom, offer)
    assert charity.stored("donor", donor)["stage"] == "fresh"
    back(charity, tom, again)
    assert charity.stored("donor", donor)["stage"] == "active"
    offer, _ = act(charity, nora, lambda w: records.update_record(w, "donor", donor, {"phone": "12"}))
    with charity.work() as work:
        records.update_record(work, "donor", donor, {"office": "south"})
    with pytest.raises(XrmError) as refused:
        back(charity, nora, offer)
    assert isinstance(refused.value, (Refused, Conflict, NotFound))
    assert charity.stored("donor", donor)["phone"] == "12"


def test_a_refusal_names_nothing_that_is_hidden(charity: Charity) -> None:
    """The name of a field that does not exist for the actor is not told."""
    max_ = charity.actor("max")
    donor = charity.make("donor", name="Cain", office="north")
    offer, _ = act(charity, max_, lambda w: actions.run_action(w, "donor", donor, "mark", {}))
    with charity.work() as work:
        records.update_record(work, "donor", donor, {"note": "other"})
    with pytest.raises(Conflict) as refused:
        back(charity, max_, offer)
    assert "Note" not in str(refused.value)
