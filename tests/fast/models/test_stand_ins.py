"""What stands in place of a model in a laboratory has the columns and types of the model."""

import pytest
from model_laboratory import laboratory_of
from stand_ins import STAND_INS, columns_of

laboratory = laboratory_of(*STAND_INS)


@pytest.mark.parametrize("model", STAND_INS)
def test_a_stand_in_has_the_columns_of_its_model(laboratory, model):
    made = laboratory.connection
    made.execute(f"create or replace table stand_in ({STAND_INS[model]})")
    stand_in = {name: kind for name, kind, *_ in made.execute("describe stand_in").fetchall()}
    assert stand_in == laboratory.columns(model)
    assert stand_in.keys() == columns_of(model).keys()
