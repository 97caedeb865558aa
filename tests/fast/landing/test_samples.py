"""The bundled synthetic samples are those that tools/samples.py makes, byte by byte."""

import gzip

import pytest

from chokepoint.settings import PROJECT_DIR
from tools import samples

BUNDLED = PROJECT_DIR / "seeds" / "deliveries"


@pytest.mark.parametrize(("sample", "tables"), [("licences", 1), ("carmaker", 8), ("cases", 1)])
def test_the_parameters_make_the_bundled_sample_and_another_seed_another(tmp_path, sample, tables):
    parameters = samples.bundled(sample)
    ours, other = (
        samples.write_sample(sample, tmp_path / name, parameters | change)
        for name, change in (("ours", {}), ("other", {"seed": 1}))
    )
    assert len(ours) == tables
    for path in ours:
        made, bundled = path.read_bytes(), (BUNDLED / path.name).read_bytes()
        if path.suffix == ".gz":
            made, bundled = gzip.decompress(made), gzip.decompress(bundled)
        assert made == bundled, f"run `python -m tools.samples {sample}` to make it anew"
    assert [path.read_bytes() for path in ours] != [path.read_bytes() for path in other]
    for rows, others in zip(ours.values(), other.values(), strict=True):
        assert abs(rows - others) <= rows / 3
