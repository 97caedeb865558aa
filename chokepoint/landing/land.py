"""Landing: a producer's file becomes typed Parquet, once, with its checksum.

The caller holds the writer lock; nothing here locks.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import errno
import json
import sys
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from chokepoint.errors import ChokepointError, shortened
from chokepoint.landing import database, registry, rows
from chokepoint.landing.archives import extract, is_archive
from chokepoint.landing.contracts import ProducerFormat, SourceContract
from chokepoint.landing.delivery import (
    Delivery,
    check_beside,
    check_columns,
    check_header,
    cp1252_remedy,
    is_parquet,
    open_delivery,
    printable,
    read_rows,
    scan_text,
    text_encoding,
    write_utf8_copy,
)
from chokepoint.landing.formats import (
    JSON_SUFFIX,
    choose_data_members,
    format_of,
    read_code_list,
    write_as_csv,
)
from chokepoint.landing.intake.mapping import MappedForm
from chokepoint.landing.records import Text
from chokepoint.landing.refusals import (
    DeliveryRefusedError,
    Fault,
    refused,
    refused_for,
    refusing_damage,
)
from chokepoint.landing.store import LandedDelivery, Store, sha256_of
from chokepoint.landing.tables import NOT_ENDED, write_table_as_csv
from chokepoint.landing.workbooks import is_workbook
from chokepoint.settings import Settings, make_private_folder

_SHOWN_FAULTS = 5
# A file that was written to within this time may be on its way still.
_REST_SECONDS = 2.0
# Volume: fewer rows tell nothing; less than this share of the last delivery's is worth a word.
_FEW_ROWS = 20
_LEAST_SHARE = 0.5


@dataclass(frozen=True)
class LandingReport:
    """What became of one delivery.

    status            'landed', or 'unchanged' when the same bytes had landed before
    rows_quarantined  rows kept out, listed in the quarantine table
    superseded_periods    of these, the ones for which a later vintage is current
    superseding_vintages  the vintages that are current for them
    rows_left_out         rows that the producer's format leaves out, by reason
    doubts                what may be wrong with the file although it landed, as sentences
    unread_columns        columns of an open format that nothing here knows
    notes                 both, as sentences
    """

    source_id: str
    file_name: str
    file_sha256: str
    status: str
    periods: list[str]
    rows_landed: int
    rows_quarantined: int
    seconds: float
    superseded_periods: list[str] = field(default_factory=list)
    superseding_vintages: list[str] = field(default_factory=list)
    rows_left_out: dict[str, int] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    unread_columns: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def land(
    path: Path,
    contract: SourceContract,
    settings: Settings,
    *,
    known_on: dt.date,
    encoding: str | None = None,
    form: ProducerFormat | None = None,
) -> LandingReport:
    """Land one file as one vintage of its source.

    path      a `.csv`, `.csv.gz` or `.parquet` file in the contract's columns, or a file as the
              producer publishes it (`contract.formats`)
    known_on  day from which the delivery counts as known; ignored for bytes that have landed
              before, which keep their vintage
    encoding  text encoding; None means UTF-8, or what these bytes were landed with before
    form      layout of the file; None means one of the contract's, by what is in it

    Bytes that have landed under the same contract change nothing. Raises DeliveryRefusedError
    when the file cannot be read, its header is wrong, more rows than the contract allows are
    bad, or parts of a period would get lost; ChokepointError when the disk is full, the folder
    cannot be written, or another delivery lost its Parquet. In every such case what had landed
    stays as it was.
    """
    started = time.perf_counter()
    delivery = open_delivery(Path(path))
    check_beside(delivery)
    with _explaining_storage_errors(settings):
        landing = _Landing(delivery, contract, settings, known_on, encoding, form)
        earlier = landing.earlier if landing.is_done() else None
        result = earlier or landing.run()
    superseding = {
        period: rival.vintage
        for period in result.periods
        if (rival := _current(landing.landed, period)) and rival.order > result.order
    }
    return LandingReport(
        source_id=contract.source_id,
        file_name=landing.file_name,
        file_sha256=delivery.sha256,
        status="unchanged" if earlier else "landed",
        periods=result.periods,
        rows_landed=result.row_count,
        rows_quarantined=result.quarantined_count,
        seconds=time.perf_counter() - started,
        superseded_periods=list(superseding),
        superseding_vintages=sorted(set(superseding.values())),
        rows_left_out=result.told.get("left_out", {}),
        doubts=result.doubts,
        unread_columns=result.told.get("unread_columns", []),
        notes=result.notes,
    )


def land_bundled(settings: Settings, source_id: str) -> None:
    """Land the bundled deliveries of a source, so that a user's own is compared with them."""
    for found, path in registry.bundled_files(settings):
        if found == source_id:
            land(path, registry.CONTRACTS[found], settings, known_on=registry.BUNDLED_KNOWN_ON)


def withdraw(settings: Settings, vintage: str, source_id: str | None = None) -> list[str]:
    """Take a delivery back: the vintages before it count again from the next build on.

    vintage    its vintage, or the file name it landed under
    source_id  its source; None looks in all

    Returns what was done and what to mind, as lines for people. The manifest entry goes first,
    then the Parquet and quarantine files. ChokepointError when there is no such delivery, when
    the name fits several, or when it is a bundled file that would land again.
    """
    wanted = [registry.contract_of(source_id).source_id] if source_id else list(registry.CONTRACTS)
    landed: list[tuple[Store, LandedDelivery]] = []
    with _explaining_storage_errors(settings):
        for known in wanted:
            store = Store(settings.landing_dir, known)
            landed.extend((store, delivery) for delivery in store.recover())
    found = [pair for pair in landed if vintage in (pair[1].vintage, *pair[1].file_names)]
    if len(found) != 1:
        listed = "".join(
            f"\n    {store.source_id}  {delivery.vintage}  {', '.join(delivery.file_names)}"
            for store, delivery in found or landed
        )
        count = f"{len(found)} deliveries are" if found else "no delivery is"
        remedy = f"nothing has landed for {', '.join(wanted)}; there is nothing to withdraw."
        if listed:
            more = "" if source_id else " and its source with --source"
            remedy = f"give one of these vintages{more}:{listed}"
        raise ChokepointError(f"{count} called {printable(vintage)!r}", remedy)
    store, delivery = found[0]
    originals = _originals(settings, store.source_id, delivery.file_sha256)
    for path in originals:
        if path.parent != settings.inbox_dir:
            raise ChokepointError(
                f"{delivery.vintage} of {store.source_id} is the bundled file {path}, which the "
                "next build would land again",
                "land a corrected file beside it; the later vintage counts.",
            )
    from chokepoint.landing.download.fetch import forget_question

    with _explaining_storage_errors(settings):
        store.withdraw(delivery)
        forget_question(settings.inbox_dir, delivery.file_sha256)
    said = [
        f"withdrawn: {store.source_id} {delivery.vintage} ({', '.join(delivery.file_names)}), "
        f"{delivery.row_count:,} rows"
    ]
    said.extend(
        f"{path} holds the same bytes and would land again at the next build: remove it."
        for path in originals
    )
    return said


def still_refused(settings: Settings) -> list[tuple[Path, dt.datetime]]:
    """Refused files that lie where they lay, with the same bytes, and have not landed since.

    Returns (path, when it was refused), the oldest first.
    """
    found = []
    for faults_path, path in refused_lists(settings):
        if path is None or not path.is_file():
            continue
        with contextlib.suppress(ChokepointError):
            is_same = faults_path.stem.endswith(f"-{open_delivery(path).sha256[:12]}")
            if is_same and registry.landed_as(settings, path) is None:
                refused_at = dt.datetime.fromtimestamp(faults_path.stat().st_mtime, dt.UTC)
                found.append((path, refused_at))
    return sorted(found, key=lambda pair: (pair[1], pair[0]))


def refused_lists(settings: Settings) -> Iterator[tuple[Path, Path | None]]:
    """Each list of a refused file's faults, and where that file lies or lay, if it says so."""
    import duckdb

    with database.share(settings) as con:
        for path in (settings.landing_dir / "_quarantine" / "refused").glob("*.parquet"):
            with contextlib.suppress(duckdb.Error):
                yield path, database.refused_file_path(con, path)


def land_all(
    settings: Settings,
    *,
    only: Collection[str] | None = None,
    accepts: Callable[[Path], bool] | None = None,
    on_report: Callable[[LandingReport], None] | None = None,
) -> list[LandingReport]:
    """Land the bundled deliveries, then the files in the inbox.

    only       source ids to land; None means all
    accepts    which of their files to land; None means all
    on_report  called after each delivery

    Every delivery is tried before the faults of all are raised as one error, so that a user
    sees them together. A source of which nothing was delivered, now or before, is an error.
    """
    wanted = [registry.contract_of(source_id).source_id for source_id in only or registry.CONTRACTS]
    faults: list[ChokepointError] = []
    with _explaining_storage_errors(settings):
        make_private_folder(settings.inbox_dir)
    deliveries = [(*found, registry.BUNDLED_KNOWN_ON) for found in registry.bundled_files(settings)]
    growing = _still_growing(settings)
    for path in registry.inbox_files(settings):
        source_id = None
        try:
            source_id = registry.identify_inbox_file(settings, path)
            if path in growing:
                raise refused(
                    path,
                    "the file is still being written",
                    "Wait until it is complete, then run again.",
                )
            deliveries.append((source_id, path, registry.default_known_on()))
        except ChokepointError as error:
            # A file nobody knows is the fault of the whole run, not of one source.
            if only is None or source_id in wanted:
                faults.append(error)
    _check_delivered(settings, wanted, {source_id for source_id, _, _ in deliveries})

    for source_id in wanted:
        store = Store(settings.landing_dir, source_id)
        with _explaining_storage_errors(settings):
            _check_nothing_lost(settings, store, store.recover(), None)

    reports = []
    for source_id, path, known_on in deliveries:
        if source_id not in wanted or (accepts is not None and not accepts(path)):
            continue
        try:
            report = land(path, registry.CONTRACTS[source_id], settings, known_on=known_on)
        except DeliveryRefusedError as error:
            faults.append(error)
            continue
        reports.append(report)
        if on_report:
            on_report(report)
    _raise_together(faults)
    return reports


def _raise_together(faults: list[ChokepointError]) -> None:
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise DeliveryRefusedError(
            "\n".join([f"{len(faults)} deliveries were refused", *(str(f) for f in faults)]),
            "mend or remove these files, then run again; the others have landed.",
            tuple(fault for error in faults for fault in getattr(error, "faults", ())),
        )


def _still_growing(settings: Settings) -> set[Path]:
    """Files of the inbox that were written to a moment ago, and again while this looked on."""
    young = {
        path: path.stat()
        for path in registry.inbox_files(settings)
        if abs(time.time() - path.stat().st_mtime) < _REST_SECONDS
    }
    if young:
        time.sleep(_REST_SECONDS)
    found = set()
    for path, before in young.items():
        with contextlib.suppress(FileNotFoundError):
            after = path.stat()
            if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
                found.add(path)
    return found


@dataclass
class _Landing:
    """A delivery on its way into the store: its rows are read, judged and moved into place.

    known_on   day from which it counts as known; of bytes that landed before, their own
    encoding   of a text; None where it is to be found out
    form       the producer's layout; None where it is to be found out, or is the contract's
    folder     for drafts
    drafts     period -> its Parquet file, not yet in place
    unread     columns that are not read

    landed     what has landed of the source
    earlier    of these, the same bytes
    landed_at  time that tells which of two deliveries known on one day counts
    """

    delivery: Delivery
    contract: SourceContract
    settings: Settings
    known_on: dt.date
    encoding: str | None
    form: ProducerFormat | None
    folder: Path = Path()
    counts: rows.RowCounts = field(default_factory=lambda: rows.RowCounts({}, 0, 0))
    drafts: dict[str, Path] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    unread: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.file_name = self.delivery.path.name
        self.store = Store(self.settings.landing_dir, self.contract.source_id)
        self.landed = self.store.recover()
        _check_nothing_lost(self.settings, self.store, self.landed, self.delivery)
        self.earlier = next((item for item in self.landed if item.is_of(self.delivery)), None)
        self.form = self.form or format_of(self.contract, self.delivery.path)
        known = self.form.encoding if self.form else "utf-8"
        known = self.earlier.told["encoding"] if self.earlier else known
        self.encoding = text_encoding(self.encoding or known)
        self.fingerprint = registry.contract_fingerprint(
            self.contract, self.settings, self.encoding, self.form, self.file_name
        )
        self.landed_at = dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")
        if self.earlier and not self._is_restored():
            # Reading the same bytes again does not make them newer than a rival.
            self.landed_at = self.earlier.told["landed_at"]

    def _is_restored(self) -> bool:
        """Whether other bytes came under this name since, known on the same day: the file was
        changed and changed back, and what it holds now counts."""
        before = self.earlier.order if self.earlier else ("", "")
        return any(
            other.order > before and other.order[0] == before[0]
            and self.file_name in other.file_names
            for other in self.landed
        )  # fmt: skip

    def is_done(self) -> bool:
        """Whether these bytes have landed under the same contract, count, and are there whole."""
        return (
            self.earlier is not None
            and self.earlier.told["contract_fingerprint"] == self.fingerprint
            and self.earlier.told["landed_at"] == self.landed_at
            and self.store.is_whole(self.earlier)
        )

    def run(self) -> LandedDelivery:
        vintage = name = f"{self.known_on:%Y%m%d}-{self.delivery.sha256[:12]}"
        stale: set[Path] = set()
        if earlier := self.earlier:
            self.known_on, vintage = earlier.known_on, earlier.vintage
            stale = {self.settings.landing_dir / path for path in earlier.parquet_paths.values()}
            # What a manifest names is not written over with other rows.
            is_same = earlier.told["contract_fingerprint"] == self.fingerprint
            name = min(stale).stem if is_same else f"{vintage}-{self.fingerprint[:8]}"
        quarantine = self.store.quarantine_path(vintage)
        with self.store.workspace() as self.folder:
            with contextlib.closing(database.share(self.settings)) as self.con:
                self._read_and_judge()
                moves = [
                    (draft, self.store.source_dir / period / f"{name}.parquet")
                    for period, draft in self.drafts.items()
                ]
                if self.counts.quarantined:
                    draft = self.folder / "quarantine.parquet"
                    database.write_faults(
                        self.con, self.contract.source_id, vintage, self.file_name, draft
                    )
                    moves.append((draft, quarantine))
            self.delivery.check_unchanged()
            records = self._records(vintage, name)
            manifest = self.folder / "manifest.json"
            manifest.write_text(json.dumps(records, indent=1) + "\n", encoding="utf-8")
            moves.append((manifest, self.store.manifest_path(vintage)))
            self.store.commit(moves, {quarantine, *stale} - {target for _, target in moves})
            self.store.refused_path(self.delivery.sha256).unlink(missing_ok=True)
            return LandedDelivery(vintage, records)

    def _read_and_judge(self) -> None:
        try:
            with refusing_damage(
                self.delivery.path,
                "the file cannot be read",
                "Fetch or export the file again; if it stays so, the file is none of "
                f"{self.contract.source_id}.",
            ):
                self._read()
            self._check_share()
            order = (self.known_on.isoformat(), self.landed_at)
            others = (item for item in self.landed if item is not self.earlier)
            before = [item for item in others if item.order < order]
            self._check_parts(before)
            self._check_volume(before)
        except DeliveryRefusedError as error:
            self.delivery.check_unchanged()
            raise self._with_list_of_faults(error) from None

    def _records(self, vintage: str, name: str) -> list[dict[str, Any]]:
        from chokepoint.landing.download.fetch import test_host

        source_id, sha256 = self.contract.source_id, self.delivery.sha256
        told = {
            "test_of": test_host(self.settings.inbox_dir, sha256),
            "doubts": self.doubts,
            "unread_columns": list(self.unread),
        }
        return [
            {
                "source_id": source_id,
                "period": period,
                "vintage": vintage,
                "file_name": self.file_name,
                "file_sha256": sha256,
                "file_size_bytes": self.delivery.size_bytes,
                "known_on": self.known_on.isoformat(),
                "landed_at": self.landed_at,
                "contract_fingerprint": self.fingerprint,
                "row_count": row_count,
                "quarantined_count": self.counts.quarantined,
                "parquet_path": f"{source_id}/{period}/{name}.parquet",
                "parquet_size_bytes": self.drafts[period].stat().st_size,
                "parquet_sha256": sha256_of(self.drafts[period]),
                "encoding": self.encoding,
                **({"left_out": self.counts.left_out} if self._is_of_producer() else {}),
                **{name: value for name, value in told.items() if value},
            }
            for period, row_count in self.counts.periods.items()
        ]

    def _is_of_producer(self) -> bool:
        return self.form is not None and not isinstance(self.form, MappedForm)

    # --- reading --------------------------------------------------------------------------------

    def _read(self) -> None:
        """Read the delivery, member by member, and write the Parquet of each period as a draft."""
        form, contract, path = self.form, self.contract, self.delivery.path
        code_lists = {
            code_list.name: read_code_list(path, code_list)
            for code_list in (form.code_lists if form else ())
        }
        if form and form.calls("place_of"):
            code_lists["place_of"] = registry.known_places(self.settings, contract.source_id)
        if form and form.calls("place_code"):
            code_lists["place_code"] = registry.place_codes(self.settings)
        known = registry.known_texts(self.settings, contract)
        rows.prepare(self.con, known, self.known_on, code_lists, self.file_name)
        for text in self._texts():
            part = rows.read_rows(self.con, text, contract)
            for period in part.periods:
                if period in self.drafts:
                    raise refused(
                        path,
                        f"{text.member_name} holds rows of {period}, and so does another member",
                        "Land the members one by one; a period is replaced whole.",
                        value=text.member_name,
                    )
                draft = self.drafts[period] = self.folder / f"{period}.parquet"
                rows.write_period(self.con, contract, period, draft)
            self.counts = self.counts.with_part(part)
            if form and not form.table:
                self.unread.update(dict.fromkeys(form.unread_columns(text.header)))
            self.doubts.extend(text.doubts)
            if not text.facts.is_ended:
                self.doubts.append(
                    f"its last line, {text.facts.line_count:,}, has no end, so the file may be "
                    f"cut off: {shortened(text.facts.last_text)!r}"
                )
        self._check_rows()

    def _texts(self) -> Iterator[Text]:
        """The texts of the delivery; each is gone when the next is asked for."""
        path, form = self.delivery.path, self.form
        if form is None or not is_archive(path):
            yield self._text(path, None)
            return
        for number, member in enumerate(choose_data_members(path, form)):
            unpacked = self.folder / f"member_{number}{Path(member.base_name).suffix.lower()}"
            extract(path, member, unpacked)
            yield self._text(unpacked, member.name)
            unpacked.unlink()

    def _text(self, path: Path, member_name: str | None) -> Text:
        """Make plain UTF-8 of a file or member, and see that its header is right."""
        form, folder = self.form, self.folder
        with _naming_delivery(self.delivery, path, member_name):
            source, encoding = self._plain(path)
            places, doubts = None, []
            if form and form.table:
                original, source, places = source, folder / "table.csv", folder / "places.csv"
                if isinstance(form, MappedForm):
                    doubts = form.write_csv(original, source, places)
                else:
                    is_cut = (
                        not is_workbook(original) and not scan_text(original, encoding).is_ended
                    )
                    doubts = write_table_as_csv(original, form, encoding, source, places)
                    doubts += [NOT_ENDED] if is_cut else []
                encoding = "utf-8"
            facts = scan_text(source, encoding)
            if not is_parquet(source) and (encoding != "utf-8" or facts.has_mixed_newlines):
                original, source = source, folder / "delivery.csv"
                write_utf8_copy(original, encoding, source)
                facts = scan_text(source, "utf-8")
        delimiter, quote = (form.delimiter, form.quote) if form else (",", '"')
        header, first_row, *_ = [*read_rows(source, "utf-8", delimiter, quote, most=2), [], []]
        if form is None:
            check_header(header, self.contract, self.delivery.path)
        elif places:
            header = list(form.table_columns)
        else:
            header = form.column_names(header, first_row)
            check_columns(
                form.named_columns(header), form.columns,
                tuple(form.named_columns(list(form.all_optional))), form.name, self.delivery.path,
                member_name, is_open=form.is_open,
            )  # fmt: skip
            self._check_kind(header, form, member_name)
        return Text(
            source, header, facts, self.delivery.path, folder, form, member_name, places,
            tuple(doubts),
        )  # fmt: skip

    def _plain(self, path: Path) -> tuple[Path, str]:
        """A text and its encoding: the file itself, or a copy of what is in JSON or in lines with
        fields at fixed places."""
        form, copy = self.form, self.folder / "delivery_as_text.csv"
        if form and (form.records or path.name.lower().endswith(JSON_SUFFIX)):
            write_as_csv(path, form, self.encoding, copy)
            return copy, "utf-8"
        return path, self.encoding

    # --- judging --------------------------------------------------------------------------------

    def _check_kind(self, header: list[str], form: ProducerFormat, member_name: str | None) -> None:
        """Refuse a header with none of the columns at choice, or one that breaks figures down."""
        if form.either and not any(set(header) >= set(names) for names in form.either):
            choice = ", or ".join(" and ".join(names) for names in form.either)
            column, remedy = None, f"Ask for {choice}."
            reason = f"{form.name} needs {choice}, and has neither"
        elif found := [name for name in form.breakdowns if name in header]:
            column, remedy = found[0], f"Ask without {', '.join(found)}."
            reason = "the column breaks the figures down, and their sums are wanted"
        else:
            return
        fault = Fault(1, column, None, reason, remedy, member_name=member_name)
        raise refused_for([fault], f"{self.delivery.path}")

    def _check_rows(self) -> None:
        """Refuse a delivery of which no row is left to land, or that ends at its producer's limit
        of rows."""
        counts, form, path = self.counts, self.form, self.delivery.path
        if not counts.total and counts.left_out:
            reasons = "; ".join(f"{count:,} {reason}" for reason, count in counts.left_out.items())
            raise refused(
                path,
                f"every row is left out: {reasons}",
                "Deliver the file with the figures that these rows sum up.",
            )
        if not counts.total:
            raise refused(
                path,
                "the file has a header and no rows",
                "Fetch the file again, or ask the producer why the delivery is empty.",
                line=1,
            )
        row_count = counts.total + sum(counts.left_out.values())
        if form is None or form.row_limit is None or row_count < form.row_limit:
            return
        raise refused(
            path,
            f"the file has {row_count:,} rows, and {form.name} is cut off at {form.row_limit:,}",
            "Ask for fewer products or months at a time; rows behind the limit would be missing.",
        )

    def _check_share(self) -> None:
        """Refuse a delivery of which all rows are bad, or more than the contract allows."""
        counts, contract, path = self.counts, self.contract, self.delivery.path
        if counts.periods and counts.quarantined_share <= contract.max_quarantine_share:
            return
        is_utf8 = not counts.bad_utf8 or self.encoding != "utf-8"
        raise refused_for(
            database.first_faults(self.con, _SHOWN_FAULTS),
            path.name,
            f"{path}: {counts.quarantined:,} of {counts.total:,} rows "
            f"({counts.quarantined_share:.1%}) break the contract of "
            f"{contract.source_id}; {contract.max_quarantine_share:.1%} may",
            hint="" if is_utf8 else cp1252_remedy(path),
            has_more=True,
        )

    def _check_parts(self, before: list[LandedDelivery]) -> None:
        """Refuse a delivery that would replace a period and drop parts of it without a word."""
        contract, path = self.contract, self.delivery.path
        if not contract.part_columns:
            return
        faults = []
        for period, draft in self.drafts.items():
            current = _current(before, period)
            if current is None:
                continue
            if damaged := self.store.damaged_file(current):
                raise ChokepointError(
                    f"{damaged} is missing or damaged, so {path} cannot be compared with it",
                    "run `chokepoint land` without a path, which mends it, then land this file.",
                )
            held = self.settings.landing_dir / current.parquet_paths[period]
            missing = rows.missing_parts(self.con, contract, draft, held)
            if not missing:
                continue
            more = len(missing) - _SHOWN_FAULTS
            reason = (
                f"{period} would be replaced whole, and the file lacks parts of it that "
                f"{current.vintage} holds: {', '.join(missing[:_SHOWN_FAULTS])}"
            )
            remedy = (
                "Deliver the year whole, from its first month on; "
                f"seeds/deliveries/{contract.file_pattern} shows the form."
                if contract.file_pattern
                else "Ask the producer for all parts of the period in one delivery; or take "
                f"the older one back: chokepoint land --withdraw {current.vintage}."
            )
            reason += f" and {more} more" if more > 0 else ""
            faults.append(Fault(None, ", ".join(contract.part_columns), None, reason, remedy))
        if faults:
            raise refused_for(
                faults,
                path.name,
                f"{path}: {contract.source_id} lands by "
                f"{'year' if contract.file_pattern else 'whole periods'}, and this file would drop "
                "figures that are current now",
            )

    def _check_volume(self, before: list[LandedDelivery]) -> None:
        """Compare the rows of each period with those that count for it now, or for the one before.

        A producer's file with less than half the rows of his last one for the same period is
        refused, any other doubted. What somebody chose rows for may rightly have fewer.
        """
        for period, count in self.counts.periods.items():
            held = {other for item in before for other in item.periods if other <= period}
            if self.contract.frequency == "once":
                held &= {period}
            last = max(held, default=None)
            current = _current(before, last) if last else None
            if current is None:
                continue
            row_count = current.rows_of(last)
            if row_count < _FEW_ROWS or count >= _LEAST_SHARE * row_count:
                continue
            what = (
                f"{period} has {count:,} rows, and {last if last != period else 'it'} has "
                f"{row_count:,} in {current.vintage}: less than half"
            )
            if self._is_of_producer() and current.is_of_producer and last == period:
                raise refused(
                    self.delivery.path,
                    what,
                    "Fetch the file again, for it may be cut off; if it is right, take the older "
                    f"one back first: chokepoint land --withdraw {current.vintage}",
                )
            self.doubts.append(f"{what}, so the file may be cut off")

    def _with_list_of_faults(self, error: DeliveryRefusedError) -> DeliveryRefusedError:
        """The same refusal, with the whole list of faults written beside the quarantine."""
        target = self.store.refused_path(self.delivery.sha256)
        draft = self.folder / "refused.parquet"
        con = self.con
        try:
            if not error.has_more:
                # Bad bytes can end a connection for good.
                con = database.share(self.settings)
                database.replace_faults(con, error.faults)
            database.write_faults(
                con, self.store.source_id, None, self.file_name, draft, path=self.delivery.path
            )
            self.store.put(draft, target)
        except Exception:
            # The refusal is the news; a list that cannot be written must not hide it.
            return error
        return DeliveryRefusedError(
            f"{error.what}\n  The whole list: {target}",
            error.remedy,
            error.faults,
            faults_path=target,
        )


@contextlib.contextmanager
def _naming_delivery(delivery: Delivery, path: Path, member_name: str | None) -> Iterator[None]:
    """Let a refusal name the delivered file, and its member if it has some, not a copy of ours."""
    try:
        yield
    except DeliveryRefusedError as error:
        if f"{path}" in error.what and member_name is None:
            raise
        faults = tuple(
            replace(
                fault,
                member_name=", ".join(filter(None, (member_name, fault.member_name))) or None,
            )
            for fault in error.faults
        )
        told = [fault.describe(str(delivery.path)) for fault in faults] or [error.what]
        raise DeliveryRefusedError("\n  ".join(told), error.remedy, faults) from None


def _current(landed: list[LandedDelivery], period: str) -> LandedDelivery | None:
    """The delivery whose figures count for a period."""
    return max(
        (item for item in landed if period in item.periods),
        key=lambda item: item.order,
        default=None,
    )


def _check_nothing_lost(
    settings: Settings, store: Store, landed: list[LandedDelivery], landing_now: Delivery | None
) -> None:
    """Raise ChokepointError if a Parquet file is damaged and no file is there to mend it.

    landing_now  the file that is being landed, which mends its own delivery
    """
    for delivery in landed:
        path = store.damaged_file(delivery)
        if path is None or (landing_now and delivery.is_of(landing_now)):
            continue
        if _originals(settings, store.source_id, delivery.file_sha256):
            continue  # the next landing of all files lands it again
        name = ", ".join(delivery.file_names)
        raise ChokepointError(
            f"{path} is missing or damaged; it belongs to delivery {delivery.vintage} of "
            f"{store.source_id}, landed from {name}",
            f"land {name} again, or give the delivery up with `chokepoint land --withdraw "
            f"{delivery.vintage} --source {store.source_id}`.",
        )


def _originals(settings: Settings, source_id: str, sha256: str) -> list[Path]:
    """Files that the next build would land with these bytes: bundled ones, then the inbox."""
    paths = [path for found, path in registry.bundled_files(settings) if found == source_id]
    paths.extend(registry.inbox_files(settings))
    found = []
    for path in paths:
        with contextlib.suppress(ChokepointError):
            if open_delivery(path).sha256 == sha256:
                found.append(path)
    return found


def _check_delivered(settings: Settings, wanted: list[str], delivered: set[str]) -> None:
    missing = "; ".join(
        f"{source_id} (expected {settings.raw_dir / pattern})"
        for source_id in wanted
        if (pattern := registry.CONTRACTS[source_id].file_pattern) is not None
        and source_id not in delivered
        and not any((settings.landing_dir / "_manifest" / source_id).glob("*.json"))
    )
    if missing:
        raise ChokepointError(
            f"nothing was delivered for {missing}",
            "restore the bundled files (CHOKEPOINT_RAW_DIR, if set, is a folder of them without "
            "folders below it), or land files of your own with `chokepoint land PATH`.",
        )


@contextlib.contextmanager
def _explaining_storage_errors(settings: Settings) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        # Late: a landing that changes nothing does not need it.
        duckdb = sys.modules.get("duckdb")
        said, remedy = str(error), "check that the data folder can be written, then run again."
        if isinstance(error, OSError):
            is_full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
            said = error.strerror or said
        elif duckdb and isinstance(error, duckdb.IOException):
            is_full = "write" in said.lower() or "space" in said
        elif duckdb and isinstance(error, duckdb.OutOfMemoryException):
            is_full = False
            remedy = (
                "raise CHOKEPOINT_MEMORY_LIMIT or free disk space for spilling, then run again."
            )
        else:
            raise
        if is_full:
            remedy = "free disk space, then run again; what had landed before is untouched."
        said = said.splitlines()[0]
        raise ChokepointError(
            f"cannot write under {settings.landing_dir}: {said}", remedy
        ) from None
