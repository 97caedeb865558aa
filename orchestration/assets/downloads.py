"""Downloads: an asset per source that can be fetched, by month or year, and all that is due."""

from collections.abc import Iterable
from datetime import UTC, datetime

import dagster as dg

from chokepoint.landing.download.addresses import PRODUCERS, Producer
from chokepoint.landing.download.plan import make_plan, plan_period
from chokepoint.landing.download.wanted import profiles
from chokepoint.pipeline import refresh
from orchestration.assets import of_group, told_mistakes
from orchestration.resources import WRITER_POOL, Writer

GROUP = "downloads"
DUE = dg.AssetKey([GROUP, "what_is_due"])
_FIRST_MONTH = "2022-01-01"


def download_assets() -> list[dg.AssetsDefinition]:
    """One asset per source of the profiles that can be fetched, and one for all that is due."""
    names = dict.fromkeys(row["source_id"] for rows in profiles().values() for row in rows)
    return [
        *(_download(PRODUCERS[name]) for name in names if not PRODUCERS[name].by_hand),
        fetch_what_is_due,
    ]


def _download(producer: Producer) -> dg.AssetsDefinition:
    is_monthly = producer.frequency == "monthly"
    partitions: dg.TimeWindowPartitionsDefinition = (
        dg.MonthlyPartitionsDefinition(_FIRST_MONTH, end_offset=1)
        if is_monthly
        else dg.TimeWindowPartitionsDefinition(
            start=_FIRST_MONTH, fmt="%Y-%m-%d", cron_schedule="0 0 1 1 *", end_offset=1
        )
    )

    @dg.asset(
        key=[GROUP, producer.source_id],
        **of_group(GROUP, "python", producer.kind),
        partitions_def=partitions,
        pool=WRITER_POOL,
        description=(
            f"{producer.title}: the file of a {'month' if is_monthly else 'year'}, asked for as "
            "`chokepoint update` would, whether it is due or not, and landed."
        ),
    )
    def fetch_period(context: dg.AssetExecutionContext, writer: Writer) -> dg.MaterializeResult:
        period = context.partition_key[: 7 if is_monthly else 4]
        with told_mistakes():
            plan = plan_period(writer.settings, producer.source_id, period)
            found = refresh.refresh(writer.settings, plan)
        return _told(context, found)

    return fetch_period


@dg.asset(
    key=DUE,
    **of_group(GROUP, "python"),
    pool=WRITER_POOL,
    description=(
        "What is due of every source of the profile `listed`, fetched and landed, as "
        "`chokepoint update` does. A source that fails does not stop the rest."
    ),
)
def fetch_what_is_due(context: dg.AssetExecutionContext, writer: Writer) -> dg.MaterializeResult:
    with told_mistakes():
        plan = make_plan(writer.settings)
        found = refresh.refresh(writer.settings, plan)
        lines = refresh.told(found) or ["- Nothing was due."]
        path = refresh.write_lines(
            writer.settings, datetime.now(UTC), "# What a refresh fetched", lines
        )
    return _told(context, found, brief=str(path))


def _told(
    context: dg.AssetExecutionContext, found: Iterable[refresh.Refreshed], **more: str
) -> dg.MaterializeResult:
    found = list(found)
    lines = refresh.told(found)
    for line in lines:
        context.log.info(line)
    return dg.MaterializeResult(
        metadata={
            "files": sum(len(one.fetched) for one in found),
            "dagster/row_count": sum(rows for one in found for _, rows in one.landed),
            "troubles": sum(one.is_trouble for one in found),
            "told": dg.MetadataValue.md("\n".join(lines)),
            **more,
        }
    )
