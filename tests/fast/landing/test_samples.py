"""The bundled synthetic samples are those that tools/samples.py makes, byte by byte."""

from __future__ import annotations

import gzip

import pytest
import yaml

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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seed: 1", "KeyError: 'as_of'"),
        ("[", "ParserError"),
        ("7", "TypeError"),
        (yaml.safe_dump(samples.bundled("carmaker") | {"groups": 7}), "TypeError"),
        (None, "No such file"),
    ],
)
def test_parameters_of_which_no_sample_can_be_made_are_told(tmp_path, monkeypatch, text, said):
    path = tmp_path / "mine.yml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    asked = ["samples", "carmaker", "--output", str(tmp_path), "--parameters", str(path)]
    monkeypatch.setattr("sys.argv", asked)
    with pytest.raises(SystemExit, match=rf"(?s)mine\.yml: .*{said}"):
        samples.main()
    assert not list(tmp_path.glob("*.csv*"))
