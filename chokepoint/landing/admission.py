"""One delivery on its way into the store: its rows are read, judged and moved into place."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from chokepoint.errors import ChokepointError
from chokepoint.landing import database, registry, rows
from chokepoint.landing.contracts import ProducerFormat, SourceContract
from chokepoint.landing.files.delivery import Delivery, open_delivery
from chokepoint.landing.files.formats import format_of, read_code_list
from chokepoint.landing.files.opening import open_texts
from chokepoint.landing.files.texts import cp1252_remedy, text_encoding
from chokepoint.landing.intake.mapping import MappedForm
from chokepoint.landing.refusals import (
    DeliveryRefusedError,
    Fault,
    refused,
    refused_for,
    refusing_damage,
)
from chokepoint.landing.store import LandedDelivery, Store, sha256_of
from chokepoint.settings import Settings

_SHOWN_FAULTS = 5
# Volume: fewer rows tell nothing; less than this share of the last delivery's is worth a word.
_FEW_ROWS = 20
_LEAST_SHARE = 0.5


@dataclass
class Admission:
    """A delivery on its way into the store: its rows are read, judged and moved into place.
    `encoding`, `form`: None where they are to be found out; `drafts`: period -> Parquet not yet in
    place."""

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
        check_nothing_lost(self.settings, self.store, self.landed, self.delivery)
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
        for text in open_texts(
            self.delivery, contract, form, self.encoding or "utf-8", self.folder
        ):
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
        self._check_rows()

    # --- judging --------------------------------------------------------------------------------

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
            current = current_of(before, period)
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
        """Compare the rows of each period with those that count now, or for the one before. A
        producer's file with less than half is refused, any other doubted, save where somebody chose
        its rows."""
        for period, count in self.counts.periods.items():
            held = {other for item in before for other in item.periods if other <= period}
            if self.contract.frequency == "once":
                held &= {period}
            last = max(held, default=None)
            current = current_of(before, last) if last else None
            if current is None or last is None:
                continue
            row_count = current.rows_of(last)
            if row_count < _FEW_ROWS or count >= _LEAST_SHARE * row_count:
                continue
            what = (
                f"{period} has {count:,} rows, and {last if last != period else 'it'} has "
                f"{row_count:,} in {current.vintage}: less than half"
            )
            if self._is_of_producer() and "left_out" in current.told and last == period:
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


def current_of(landed: list[LandedDelivery], period: str) -> LandedDelivery | None:
    """The delivery whose figures count for a period."""
    return max(
        (item for item in landed if period in item.periods),
        key=lambda item: item.order,
        default=None,
    )


def check_nothing_lost(
    settings: Settings, store: Store, landed: list[LandedDelivery], landing_now: Delivery | None
) -> None:
    """Raise ChokepointError if Parquet is damaged and no file, nor the one that lands, mends it."""
    for delivery in landed:
        path = store.damaged_file(delivery)
        if path is None or (landing_now and delivery.is_of(landing_now)):
            continue
        if originals_of(settings, store.source_id, delivery.file_sha256):
            continue  # the next landing of all files lands it again
        name = ", ".join(delivery.file_names)
        raise ChokepointError(
            f"{path} is missing or damaged; it belongs to delivery {delivery.vintage} of "
            f"{store.source_id}, landed from {name}",
            f"land {name} again, or give the delivery up with `chokepoint land --withdraw "
            f"{delivery.vintage} --source {store.source_id}`.",
        )


def originals_of(settings: Settings, source_id: str, sha256: str) -> list[Path]:
    """Files that the next build would land with these bytes: bundled ones, then the inbox."""
    paths = [path for found, path in registry.bundled_files(settings) if found == source_id]
    paths.extend(registry.inbox_files(settings))
    found = []
    for path in paths:
        with contextlib.suppress(ChokepointError):
            if open_delivery(path).sha256 == sha256:
                found.append(path)
    return found
