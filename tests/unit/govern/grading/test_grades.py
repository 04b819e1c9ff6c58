import pytest

from quanyu.govern.grading.model import Affected, Grade, Harm, grade_of, highest


@pytest.mark.parametrize(
    ("affected", "harm", "grade"),
    [
        (Affected.NATIONAL_SECURITY, Harm.SERIOUS, Grade.CORE),
        (Affected.NATIONAL_SECURITY, Harm.GENERAL, Grade.IMPORTANT),
        (Affected.PUBLIC_INTEREST, Harm.SEVERE, Grade.CORE),
        (Affected.SOCIAL_ORDER, Harm.SERIOUS, Grade.IMPORTANT),
        (Affected.PERSON, Harm.SEVERE, Grade.GENERAL_4),
        (Affected.ORGANISATION, Harm.GENERAL, Grade.GENERAL_2),
        (Affected.PERSON, Harm.NONE, Grade.GENERAL_1),
    ],
)
def test_the_table_of_gb_t_43697(affected: Affected, harm: Harm, grade: Grade) -> None:
    assert grade_of(affected, harm) is grade


def test_harm_to_one_person_never_makes_data_important() -> None:
    assert all(grade_of(Affected.PERSON, harm).is_general for harm in Harm)


def test_the_whole_takes_the_highest_grade_of_its_parts() -> None:
    assert highest([Grade.GENERAL_2, Grade.IMPORTANT, Grade.GENERAL_4]) is Grade.IMPORTANT
    assert highest([]) is Grade.GENERAL_1
