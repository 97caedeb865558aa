"""Which sources there are, which files deliver them, and which codes they may use."""

from __future__ import annotations

import csv
import datetime as dt
import difflib
import functools
import hashlib
from pathlib import Path

from orchestration.errors import ChokepointError
from orchestration.settings import Settings
from orchestration.sources import baci, comext, governance, hmrc, prices, production, sectors
from orchestration.sources.contracts import SourceContract
from orchestration.sources.delivery import SUFFIXES, check_readable, read_header

CONTRACTS: dict[str, SourceContract] = {
    contract.source_id: contract
    for module in (baci, comext, hmrc, production, governance, sectors, prices)
    for contract in module.CONTRACTS
}

# The day on which the bundled copy was made. A constant, so that what is built from the
# bundled files does not depend on the day of the build.
BUNDLED_KNOWN_ON = dt.date(2026, 11, 25)


def contract_of(source_id: str) -> SourceContract:
    """The contract of a source; ChokepointError with the known names when there is none."""
    if source_id not in CONTRACTS:
        near = difflib.get_close_matches(source_id, CONTRACTS, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise ChokepointError(
            f"there is no source {source_id!r}",
            f"{hint}Known sources: {', '.join(CONTRACTS)}.",
        )
    return CONTRACTS[source_id]


def bundled_files(settings: Settings) -> list[tuple[str, Path]]:
    """(source_id, path) of every delivery that ships with the project, in a fixed order."""
    return [
        (source_id, path)
        for source_id, contract in CONTRACTS.items()
        for path in sorted(settings.raw_dir.glob(contract.file_pattern))
    ]


def inbox_files(settings: Settings) -> list[Path]:
    """The user's own deliveries, oldest first; hidden and other files are left alone."""
    if not settings.inbox_dir.is_dir():
        return []
    files = [
        path
        for path in settings.inbox_dir.iterdir()
        if not path.name.startswith(".") and path.name.lower().endswith(SUFFIXES) and path.is_file()
    ]
    return sorted(files, key=lambda path: (path.stat().st_mtime_ns, path.name))


def default_known_on() -> dt.date:
    """The day from which a delivery landed now counts as known: today (UTC).

    Never before the bundled copy, so that a clock that lags does not hide a user's file.
    """
    return max(dt.datetime.now(dt.UTC).date(), BUNDLED_KNOWN_ON)


def identify(path: Path, source_id: str | None = None) -> str:
    """Name the source a file delivers.

    path       a `.csv` or `.csv.gz` file
    source_id  the user's own word for it, which decides when given

    By file name (`<source_id>...`) first, then by the column names of the header in any
    order. ChokepointError that lists the known headers when neither fits.
    """
    if source_id is not None:
        return contract_of(source_id).source_id
    path = Path(path)
    check_readable(path)
    # The longest name wins, should one source's name ever start with another's.
    for known in sorted(CONTRACTS, key=len, reverse=True):
        rest = path.name.removeprefix(known)
        if rest != path.name and not rest[:1].isalnum():
            return known
    header = read_header(path)
    for contract in CONTRACTS.values():
        if sorted(header) == sorted(contract.column_names):
            return contract.source_id
    known_headers = "\n".join(
        f"    {contract.source_id}: {','.join(contract.column_names)}"
        for contract in CONTRACTS.values()
    )
    raise ChokepointError(
        f"{path}, line 1: no source has the header {','.join(header)!r}",
        "start the file name with the name of its source, or name it with "
        f"`chokepoint land PATH --source NAME`. Sources and their headers:\n{known_headers}",
    )


def check_inbox(settings: Settings) -> None:
    """Raise ChokepointError if a file in the inbox belongs to no known source."""
    for path in inbox_files(settings):
        identify(path)


def known_codes(settings: Settings, source_id: str) -> tuple[str, ...]:
    """Country and partner codes that a source may use, sorted.

    From seeds/reference/countries.csv (iso3) and the rows of partner_codes.csv that are for
    every source (`*`) or for this one.
    """
    countries, partners = _reference_codes(settings.project_dir / "seeds" / "reference")
    return tuple(
        sorted(countries.union(code for owner, code in partners if owner in ("*", source_id)))
    )


def contract_fingerprint(contract: SourceContract, settings: Settings, encoding: str) -> str:
    """Hash of everything but the bytes that decides what a delivery turns into."""
    parts = [
        _RULES_VERSION,
        encoding,
        repr((contract.columns, contract.key, contract.key_exempt_sql)),
        repr((contract.period_sql, contract.max_quarantine_share)),
    ]
    if contract.uses_codes:
        parts.extend(known_codes(settings, contract.source_id))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


# Raise it when the code of landing changes what the same bytes turn into.
_RULES_VERSION = "1"


@functools.cache
def _reference_codes(folder: Path) -> tuple[frozenset[str], tuple[tuple[str, str], ...]]:
    """(iso3 codes, (source_id, partner_code) pairs), read once per process."""
    try:
        with (folder / "countries.csv").open(encoding="utf-8", newline="") as file:
            countries = frozenset(row["iso3"] for row in csv.DictReader(file))
        with (folder / "partner_codes.csv").open(encoding="utf-8", newline="") as file:
            partners = tuple(
                (row["source_id"], row["partner_code"]) for row in csv.DictReader(file)
            )
    except (OSError, KeyError) as error:
        raise ChokepointError(
            f"the reference lists in {folder} cannot be read: {error}",
            "restore countries.csv (column iso3) and partner_codes.csv (columns source_id, "
            "partner_code) from the project.",
        ) from None
    return countries, partners
