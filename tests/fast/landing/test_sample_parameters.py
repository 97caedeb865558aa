"""Parameters of which no sample can be made are named, with the file and what is wrong."""

import datetime as dt

import pytest
import yaml

from chokepoint.errors import ChokepointError
from chokepoint.samples import carmaker, cases, licences

GROUP = {
    "group": "car", "part_kind": "final", "count": 1, "unit": "piece",
    "kinds": [["870380", "Car"]], "supplier_count": {"first": 1, "last": 1},
}  # fmt: skip

WRONG = {
    carmaker: [
        ({"seed": "abc"}, "seed is not a whole number"),
        ({"graph_id": "My Graph"}, "graph_id is not a name"),
        ({"as_of": "soon"}, "as_of is not a day"),
        ({"evidence_from": dt.date(2027, 1, 1)}, "evidence_from lies after as_of"),
        ({"no_use_share": 3}, "no_use_share is not a share between 0 and 1"),
        ({"groups": [GROUP | {"count": 0}]}, "the count of the group car is not"),
        ({"groups": [{"group": "car"}]}, "the group car lacks part_kind"),
        ({"groups": [GROUP | {"suppliers": {"nobody": 1}}]}, "a supplier 'nobody' that is not"),
        ({"groups": [GROUP | {"goes_into": {"bus": {"first": 1, "last": 1}}}]},
         "goes into 'bus', which is no group"),
        ({"groups": [GROUP | {"goes_into": {"car": {"first": 1, "last": 1}}}]}, "lacks weight"),
        ({"groups": [GROUP | {"supplier_count": {"first": 3, "last": 1}}]},
         "car supplier_count has its first number above its last"),
        ({"groups": [GROUP | {"stock": {"share": 1}}]}, "the stock of the group car lacks plants"),
        ({"groups": 7}, "a list or a mapping is not as it should be"),
    ],
    licences: [
        ({"applications": -5}, "applications is not a number above zero"),
        ({"weibull_shape": 0}, "weibull_shape is not a number above zero"),
        ({"stuck_share": 3}, "stuck_share is not a share between 0 and 1"),
        ({"seed": "abc"}, "seed is not a whole number"),
        ({"as_of": "soon"}, "as_of is not a day"),
        ({"outcomes": {"approved": -1}}, "approved is not a weight"),
    ],
    cases: [
        ({"seed": "abc"}, "seed is not a whole number"),
        ({"case_share": 2}, "case_share is not a share between 0 and 1"),
        ({"channels": {"minister": 1}}, "channels is not a list of weights of exporter"),
        ({"closed_days_ago": {"first": 5, "last": 1}}, "closed_days_ago has its first number"),
        ({"standstill_bounds": {"low": 1}}, "standstill_bounds needs low and high"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("sample", WRONG, ids=lambda sample: sample.__name__.rpartition(".")[2])
def test_parameters_of_which_no_sample_can_be_made_are_named(tmp_path, sample):
    path = tmp_path / "mine.yml"
    good = sample.read_parameters(sample.PARAMETERS)
    for change, said in WRONG[sample]:
        path.write_text(yaml.safe_dump(good | change), encoding="utf-8")
        with pytest.raises(ChokepointError, match=said):
            sample.read_parameters(path)
    lacking = ", ".join(sorted(set(good) - {"seed"}))
    for text, said in (("seed: 1\n", rf"mine\.yml lacks {lacking}"), ("- 1\n", "lacks ")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ChokepointError, match=said):
            sample.read_parameters(path)
    with pytest.raises(ChokepointError, match="cannot be read"):
        sample.read_parameters(tmp_path / "none.yml")
