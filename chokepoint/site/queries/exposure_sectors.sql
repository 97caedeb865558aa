-- One row per EU sector: inputs from China per unit of output, bought directly (low) and with all
-- that stands behind them (high), and the same from all countries outside the EU.
select
    sectors.sector_name,
    sectors.source_period,
    sectors.china_inputs_per_output_low,
    sectors.china_inputs_per_output_high,
    sectors.china_electronics_per_output,
    sectors.foreign_inputs_per_output_high,
    sectors.materials_used,
from reports.rpt_sector_exposure as sectors
order by sectors.china_inputs_per_output_high desc, sectors.sector_code;
