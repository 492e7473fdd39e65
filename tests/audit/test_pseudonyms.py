"""Names of the log: speakable, found again as they are typed."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.pseudonyms import (
    NotAPseudonym,
    case_pseudonym,
    ids_named,
    pseudonym,
    pseudonym_code,
)

REF = UUID("3b9aca00-ffff-4000-8000-000000000001")


def test_name_is_stable() -> None:
    assert pseudonym(REF) == "Person 7EDC-M07Z"
    assert case_pseudonym(REF) == "Case 7EDC-M07Z"


@given(st.uuids(version=4))
def test_name_leads_back_to_its_id(ref: UUID) -> None:
    found = ids_named(pseudonym(ref))
    assert found.low <= ref <= found.high
    assert pseudonym_code(found.low) == pseudonym_code(found.high) == pseudonym_code(ref)


@pytest.mark.parametrize(
    "typed",
    ["7EDC-M07Z", "7edcm07z", " Person  7EDC M07Z ", "person 7EDC-MO7Z", "Personne 7EDC-M07Z"],
)
def test_name_is_understood_as_people_type_it(typed: str) -> None:
    found = ids_named(typed)
    assert found.low <= REF <= found.high


@pytest.mark.parametrize(
    "typed", ["", "7EDC", "7EDC-M07U", "Teo L.", "7EDC-M07Z-1", "é" * 8, "7" * 9]
)
def test_other_words_are_no_name(typed: str) -> None:
    with pytest.raises(NotAPseudonym):
        ids_named(typed)
