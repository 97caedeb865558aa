-- One row per EU sector: inputs from China per unit of output, bought directly (low) and with all
-- that stands behind them (high), and the same from all countries outside the EU.
select
    *,
    sector_name as label,
    china_inputs_per_output_low as low,
    china_inputs_per_output_high as high,
from reports.rpt_sector_exposure
order by china_inputs_per_output_high desc, sector_code;
