"""Which sources there are, which files deliver them, and which codes they may use."""

from __future__ import annotations

import datetime as dt
import difflib
import functools
import hashlib
import importlib
import json
import pkgutil
import re
import unicodedata
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from chokepoint.errors import ChokepointError, listed
from chokepoint.landing import producers
from chokepoint.landing.contracts import ProducerFormat, SourceContract
from chokepoint.landing.files import delivery, formats, headers, texts
from chokepoint.landing.files.archives import is_archive
from chokepoint.settings import Settings

# Of every module in landing/producers that has some, in the order of their names.
_MODULES = [
    importlib.import_module(found.name)
    for found in sorted(
        pkgutil.walk_packages(producers.__path__, f"{producers.__name__}."),
        key=lambda found: found.name.rpartition(".")[2],
    )
]
CONTRACTS: dict[str, SourceContract] = {
    contract.source_id: contract
    for module in _MODULES
    for contract in getattr(module, "CONTRACTS", ())
}
# Files of producers that do not land: "this is <what>".
_NOT_READ = Path(*producers.__path__) / "not_read.csv"

# The day on which the bundled copy was made. A constant, so that what is built from the
# bundled files does not depend on the day of the build.
BUNDLED_KNOWN_ON = dt.date(2026, 11, 25)

# No source reaches further back as a delivery; an earlier day is a slip of the keyboard.
EARLIEST_KNOWN_ON = dt.date(1995, 1, 1)


def contract_of(source_id: str) -> SourceContract:
    """The contract of a source; ChokepointError with the known names when there is none."""
    if source_id not in CONTRACTS:
        near = difflib.get_close_matches(source_id, CONTRACTS, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise ChokepointError(
            f"there is no source {source_id!r}", f"{hint}Known sources: {', '.join(CONTRACTS)}."
        )
    return CONTRACTS[source_id]


def bundled_files(settings: Settings) -> list[tuple[str, Path]]:
    """(source_id, path) of every delivery that ships with the project, in a fixed order."""
    return [
        (source_id, path)
        for source_id, contract in CONTRACTS.items()
        if contract.file_pattern is not None
        for path in sorted(settings.raw_dir.glob(contract.file_pattern))
    ]


def inbox_files(settings: Settings) -> list[Path]:
    """The user's own deliveries, oldest first; hidden and other files are left alone."""
    files = [path for path in _in_inbox(settings) if _is_delivery(path) and path.is_file()]
    return sorted(files, key=lambda path: (path.stat().st_mtime_ns, path.name))


def _in_inbox(settings: Settings) -> list[Path]:
    lying = settings.inbox_dir.iterdir() if settings.inbox_dir.is_dir() else ()
    return [path for path in lying if not path.name.startswith(".")]


def _is_delivery(path: Path) -> bool:
    """Whether a name in the inbox is that of a delivery; notes and exports may lie there too."""
    name = path.name.lower()
    if name.endswith(delivery.LISTS):
        return False
    if not formats.is_of_producers_kind(path):
        return name.endswith(delivery.SUFFIXES)
    try:
        return bool(_named_source(path) or formats.format_in(path, CONTRACTS))
    except ChokepointError:
        # Of one of several, which only the user can tell.
        return True


def _named_source(path: Path) -> str | None:
    """The source with whose name a file name starts."""
    # The longest name wins, should one source's name ever start with another's.
    for known in sorted(CONTRACTS, key=len, reverse=True):
        rest = path.name.removeprefix(known)
        if rest != path.name and not rest[:1].isalnum():
            return known
    return None


def ignored_inbox_files(settings: Settings) -> list[Path]:
    """What lies in the inbox and will not be read, by name; without hidden files and lists."""
    read = set(inbox_files(settings))
    return sorted(
        path
        for path in _in_inbox(settings)
        if path not in read and not path.name.endswith(delivery.LISTS)
    )


def waiting_inbox_files(settings: Settings) -> list[Path]:
    """Files of the inbox whose bytes have not landed yet, oldest first."""
    return [path for path in inbox_files(settings) if landed_as(settings, path) is None]


def check_known_on(day: dt.date) -> dt.date:
    """The day itself; ChokepointError when nothing can have been known from it on."""
    latest = default_known_on()
    if not EARLIEST_KNOWN_ON <= day <= latest:
        raise ChokepointError(
            f"--known-on {day} is not a day from {EARLIEST_KNOWN_ON} to {latest}",
            "give the day on which the delivery was published, not one to come.",
        )
    return day


def default_known_on() -> dt.date:
    """Today (UTC), and never before the bundled copy: a clock that lags hides no user's file."""
    return max(dt.datetime.now(dt.UTC).date(), BUNDLED_KNOWN_ON)


def identify(path: Path, source_id: str | None = None, encoding: str | None = None) -> str:
    """The source that a readable file delivers: the user's word, else by file name, then header and
    first row or members of an archive. ChokepointError says why it is none, or names the
    nearest."""
    if source_id is not None:
        return contract_of(source_id).source_id
    path = Path(path)
    delivery.check_readable(path)
    named = _named_source(path) or formats.format_in(path, CONTRACTS)
    if named is not None:
        return named
    for known in delivery.read_table(_NOT_READ):
        if re.fullmatch(known["file_name"], path.name, re.IGNORECASE):
            raise ChokepointError(f"{path}: this is {known['what']}", known["remedy"])
    if formats.needs_format(path):
        raise ChokepointError(
            f"{path}: no source has files of this name or with such "
            + ("members" if is_archive(path) else "content"),
            "fetch the file again as the producer publishes it, or name its source with "
            "`chokepoint land PATH --source NAME`. Files that land as they are:\n"
            + "\n".join(
                f"    {contract.source_id}: {form.name} ({form.documentation})"
                for contract in CONTRACTS.values()
                for form in contract.formats
            ),
        )
    encoding = texts.text_encoding(encoding or "utf-8")
    texts.check_start(path, encoding)
    header = texts.read_header(path, encoding)
    headers.check_header_text(header, path)
    fitting = [
        name
        for name, contract in CONTRACTS.items()
        if sorted(header) == sorted(contract.column_names)
    ]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise formats.several_sources(path, fitting)
    known_headers = "\n".join(
        f"    {name}: {','.join(contract.column_names)}" for name, contract in CONTRACTS.items()
    )
    raise ChokepointError(
        f"{path}, line 1: no source has the header {','.join(header)!r}{_nearest(header)}",
        "start the file name with the name of its source, or name it with "
        f"`chokepoint land PATH --source NAME`. Sources and their headers:\n{known_headers}",
    )


def _nearest(header: list[str]) -> str:
    """What tells a header from that of the source with the most column names in common."""
    names = {name.strip().lower() for name in header}

    def likeness(contract: SourceContract) -> float:
        expected = {name.lower() for name in contract.column_names}
        return len(names & expected) / len(names | expected)

    best = max(CONTRACTS.values(), key=likeness)
    if not likeness(best):
        return ""
    missing = ", ".join(name for name in best.column_names if name not in header) or "none"
    unknown = listed(name for name in header if name not in best.column_names) or "none"
    return (
        f"\n  nearest source: {best.source_id} ({','.join(best.column_names)})"
        f"\n  missing columns: {missing}; unknown columns: {unknown}"
    )


def identify_inbox_file(settings: Settings, path: Path) -> str:
    """`identify`, and for bytes that have landed before the source they landed as."""
    try:
        return identify(path)
    except ChokepointError:
        # Landed once with --encoding: the header alone would not tell.
        if source_id := landed_as(settings, path):
            return source_id
        raise


def check_inbox(settings: Settings, *, accepts: Callable[[Path], bool] | None = None) -> None:
    """Raise ChokepointError if a file in the inbox, of those accepted, belongs to no source."""
    for path in filter(accepts, inbox_files(settings)):
        identify_inbox_file(settings, path)


def landed_as(settings: Settings, path: Path) -> str | None:
    """The source as which the bytes of a file have landed; None when they have not."""
    try:
        sha256 = delivery.open_delivery(path).sha256
    except ChokepointError:
        return None
    for manifest in (settings.landing_dir / "_manifest").glob(f"*/*-{sha256[:12]}.json"):
        try:
            record = json.loads(manifest.read_text(encoding="utf-8"))[0]
            if record["file_sha256"] == sha256:
                return str(record["source_id"])
        except (OSError, ValueError, LookupError, TypeError):
            continue
    return None


def known_codes(settings: Settings, source_id: str) -> tuple[str, ...]:
    """Country and partner codes that a source may use, sorted: of countries.csv (iso3, or iso2
    where it uses that) and of partner_codes.csv by its name, or the start of it and `*`."""
    column = "iso2" if CONTRACTS[source_id].has_alpha2_codes else "iso3"
    countries = reference(settings, "countries", column)
    own = (code for code, _ in _partner_codes(settings, source_id))
    return tuple(sorted({*(code for (code,) in countries), *own}))


def country_codes(settings: Settings) -> tuple[tuple[str, str], ...]:
    """Alpha-2 code of each country (seeds/reference/countries.csv), or a name that people write
    (place_names.csv), and its alpha-3 code."""
    found = reference(settings, "countries", "iso2", "iso3")
    names = reference(settings, "place_names", "place_name", "place_code")
    return tuple((name, code) for name, code in (*names, *found) if name and len(code) == 3)


def known_places(settings: Settings, source_id: str) -> dict[str, str]:
    """Number of UN M49, or code of the source's own -> its ISO alpha-3 code; if none, the code."""
    countries = reference(settings, "countries", "m49", "iso3")
    own = {code: iso3 or code for code, iso3 in _partner_codes(settings, source_id)}
    return {m49: iso3 for m49, iso3 in countries if m49} | own


def _partner_codes(settings: Settings, source_id: str) -> list[tuple[str, str]]:
    partners = reference(settings, "partner_codes", "source_id", "partner_code", "iso3")
    return [(code, iso3) for pattern, code, iso3 in partners if fnmatchcase(source_id, pattern)]


def place_codes(settings: Settings) -> dict[str, str]:
    """Name of a place, in lower case without accents -> its code: short names of ISO 3166
    (countries.csv) and what people write beside them (place_names.csv)."""
    return {
        "".join(
            char
            for char in unicodedata.normalize("NFD", name.strip().lower())
            if not unicodedata.combining(char)
        ): code
        for name, code in (
            *reference(settings, "countries", "name", "iso3"),
            *reference(settings, "place_names", "place_name", "place_code"),
        )
    }


def known_measures(settings: Settings) -> tuple[str, ...]:
    """The measures a licence can be asked under, sorted; from seeds/measures/measures.csv."""
    return tuple(sorted(code for (code,) in reference(settings, "measures", "measure_id")))


def reference(settings: Settings, name: str, *columns: str) -> tuple[tuple[str, ...], ...]:
    """Columns of a list in seeds/reference or seeds/measures."""
    folder = "measures" if name in ("measures", "law_acts") else "reference"
    return _columns(settings.project_dir / "seeds" / folder / f"{name}.csv", columns)


@functools.cache
def _columns(path: Path, columns: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    try:
        return tuple(tuple(row[name] for name in columns) for row in delivery.read_table(path))
    except (OSError, KeyError) as error:
        raise ChokepointError(
            f"the list {path} cannot be read: {error}",
            f"restore {path.name} (columns {', '.join(columns)}) from the project.",
        ) from None


def staged_tables(project_dir: Path, mark: str) -> Iterator[dict[str, Any]]:
    """What the models say of landed tables, in the files in which a text stands."""
    import yaml

    for path in sorted((project_dir / "models" / "staging").rglob("*.yml")):
        if mark in (text := path.read_text(encoding="utf-8")):
            for source in yaml.load(text, yaml.CSafeLoader).get("sources", ()):
                yield from source["tables"]


def known_texts(settings: Settings, contract: SourceContract) -> dict[str, tuple[str, ...]]:
    """What `is_known_<kind>()` knows for a source, by kind; empty where no check asks."""
    acts: set[str] = set()
    if contract.uses("act"):
        # Those that bear on measures, and the measures.
        acts = {code for (code,) in reference(settings, "law_acts", "act_id")}
        acts.update(known_measures(settings))
    return {
        "code": known_codes(settings, contract.source_id) if contract.uses("code") else (),
        "measure": known_measures(settings) if contract.uses("measure") else (),
        "act": tuple(sorted(acts)),
    }


def contract_fingerprint(
    contract: SourceContract,
    settings: Settings,
    encoding: str,
    form: ProducerFormat | None = None,
    file_name: str = "",
) -> str:
    """Hash of everything but the bytes that decides what a delivery turns into."""
    parts = [_RULES_VERSION, encoding, *_definition(contract)]
    if form:
        parts.append(repr(form))
        if form.calls("file_name"):
            parts.append(file_name)
        if form.calls("place_of"):
            parts.append(repr(sorted(known_places(settings, contract.source_id).items())))
        if form.calls("place_code"):
            parts.append(repr(place_codes(settings)))
    for known in known_texts(settings, contract).values():
        parts.extend(known)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def reading_checksum(contract: SourceContract) -> str:
    """Hash of how a source's files are read, whatever the encoding and the codes that are known."""
    parts = [_RULES_VERSION, *_definition(contract), repr(contract.formats)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _definition(contract: SourceContract) -> list[str]:
    parts = [
        repr((contract.columns, contract.key, contract.key_exempt_sql)),
        repr((contract.period_sql, contract.max_quarantine_share)),
    ]
    if contract.part_columns:
        parts.append(repr(contract.part_columns))
    return parts


# Raise it when the code of landing changes what the same bytes turn into.
_RULES_VERSION = "2"
