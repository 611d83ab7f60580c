//! Results as tables of tab-separated values.

use super::results::{NamedRegion, Quantified, Quantity, RegionCurve, RegionValues};
use crate::enhancement::{Clearance, CurveSummary, PERCENTILES, ValueStatistics};
use crate::stats::Outcome;
use crate::text::csv_cell;

/// A table: its columns and its rows; an empty cell is a value that is not there.
pub struct QuantifyTable {
    /// Names.
    pub columns: Vec<String>,
    /// A cell for each column.
    pub rows: Vec<Vec<String>>,
}

/// Whether a table is to have a region and a quantity.
type IsWanted<'a> = &'a dyn Fn(&NamedRegion, Quantity) -> bool;

impl QuantifyTable {
    fn new(columns: &[&str]) -> Self {
        Self {
            columns: columns.iter().map(|&name| name.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// As text; `n/a` stands for an empty cell, as BIDS has it.
    #[must_use]
    pub fn text(&self) -> String {
        let line = |cells: &[String]| {
            // A tab or a line break would be taken for the end of the cell.
            let cells: Vec<String> = cells
                .iter()
                .map(|cell| match cell.as_str() {
                    "" => "n/a".to_owned(),
                    cell => cell.replace(['\t', '\n', '\r'], " "),
                })
                .collect();
            cells.join("\t") + "\n"
        };
        let rows = self.rows.iter().map(|row| line(row));
        line(&self.columns) + &rows.collect::<String>()
    }
}

impl Quantified {
    /// Every region, scan and quantity: one long table.
    #[must_use]
    pub fn region_table(&self) -> QuantifyTable {
        self.region_table_of(&|_, _| true)
    }

    /// The rows of [`Quantified::region_table`] of these regions and quantities.
    #[must_use]
    pub fn region_table_of(&self, is_wanted: IsWanted<'_>) -> QuantifyTable {
        let mut table = QuantifyTable::new(&[
            "participant_id",
            "session_id",
            "hours",
            "region",
            "label",
            "group",
            "quantity",
            "unit",
            "voxels",
            "volume_ml",
            "nan_voxels",
            "mean",
            "sd",
            "median",
        ]);
        table
            .columns
            .extend(PERCENTILES.map(|percent| format!("p{percent}")));
        let more = [
            "min",
            "max",
            "sum",
            "ratio_of_medians",
            "median_of_ratios",
            "mean_low",
            "mean_high",
            "total_mmol",
            "note",
        ];
        table.columns.extend(more.map(str::to_owned));
        for patient in &self.patients {
            for session in &patient.sessions {
                let rows = session.regions.iter();
                for values in rows.filter(|row| is_wanted(&row.of, row.quantity)) {
                    let mut row = vec![
                        format!("sub-{}", patient.subject),
                        format!("ses-{}", session.session),
                        number(session.hours),
                    ];
                    row.extend(cells(values));
                    table.rows.push(row);
                }
            }
        }
        table
    }

    /// Every curve in one row.
    #[must_use]
    pub fn curve_table(&self) -> QuantifyTable {
        self.curve_table_of(&|_, _| true)
    }

    /// The rows of [`Quantified::curve_table`] of these regions and quantities.
    #[must_use]
    pub fn curve_table_of(&self, is_wanted: IsWanted<'_>) -> QuantifyTable {
        let mut table = QuantifyTable::new(&[
            "participant_id",
            "diagnosis",
            "region",
            "label",
            "group",
            "quantity",
            "value",
            "scans",
            "before",
            "peak",
            "hours_to_peak",
            "rise",
            "area_under_rise",
            "area_to_hours",
            "rate_per_h",
            "rate_low",
            "rate_high",
            "half_life_h",
            "half_life_low",
            "half_life_high",
            "ratio_48h_24h",
            "note",
        ]);
        for patient in &self.patients {
            let curves = patient.curves.iter();
            for curve in curves.filter(|curve| is_wanted(&curve.of, curve.quantity)) {
                let mut row = vec![
                    format!("sub-{}", patient.subject),
                    shown(patient.diagnosis.as_deref()),
                ];
                row.extend(curve_cells(curve));
                table.rows.push(row);
            }
        }
        table
    }

    /// Every patient in one row: grade and reflux ratio.
    #[must_use]
    pub fn patient_table(&self) -> QuantifyTable {
        let mut table = QuantifyTable::new(&[
            "participant_id",
            "diagnosis",
            "reflux_grade",
            "reflux_hours",
            "reflux_over",
            "reflux_ratio_signal",
            "reflux_ratio_concentration",
            "tracer_peak_mmol",
            "tracer_peak_hours",
        ]);
        for patient in &self.patients {
            let reflux = patient.reflux_ratio.as_ref();
            let totals = patient.sessions.iter().filter_map(|session| {
                let mut rows = session.regions.iter();
                let all = rows.find(|row| {
                    row.of.label.is_none()
                        && row.of.group.is_none()
                        && row.quantity == Quantity::Concentration
                })?;
                Some([session.hours, all.total_mmol?])
            });
            let most = totals.max_by(|a, b| a[1].total_cmp(&b[1]));
            table.rows.push(vec![
                format!("sub-{}", patient.subject),
                shown(patient.diagnosis.as_deref()),
                shown(patient.reflux_grade.as_deref()),
                maybe(reflux.map(|reflux| reflux.hours)),
                reflux.map_or_else(String::new, |reflux| reflux.over.clone()),
                maybe(reflux.and_then(|reflux| reflux.of_signal)),
                maybe(reflux.and_then(|reflux| reflux.of_concentration)),
                maybe(most.map(|most| most[1])),
                maybe(most.map(|most| most[0])),
            ]);
        }
        table
    }

    /// Groups of patients over the hours.
    #[must_use]
    pub fn cohort_table(&self) -> QuantifyTable {
        let mut table = QuantifyTable::new(&[
            "diagnosis",
            "region",
            "quantity",
            "unit",
            "interval",
            "hours",
            "patients",
            "mean",
            "low",
            "high",
            "note",
        ]);
        for point in &self.cohort {
            let interval = point.mean.interval();
            table.rows.push(vec![
                csv_cell(&point.diagnosis).into_owned(),
                point.region.clone(),
                point.quantity.name().to_owned(),
                point.quantity.unit().to_owned(),
                point.interval.clone(),
                number(point.hours),
                point.mean.n().to_string(),
                maybe(point.mean.value()),
                maybe(interval.map(|(low, _)| low)),
                maybe(interval.map(|(_, high)| high)),
                point.mean.warning().unwrap_or_default().to_owned(),
            ]);
        }
        table
    }
}

fn cells(values: &RegionValues) -> Vec<String> {
    let statistics = &values.statistics;
    let of = |value: &dyn Fn(&ValueStatistics) -> Option<f64>| {
        maybe(statistics.values.as_ref().and_then(value))
    };
    let mut row = vec![
        csv_cell(&values.of.region).into_owned(),
        values
            .of
            .label
            .map_or_else(String::new, |label| label.to_string()),
        values
            .of
            .group
            .map_or_else(String::new, |group| group.name().to_owned()),
        values.quantity.name().to_owned(),
        values.quantity.unit().to_owned(),
        statistics.n_voxels.to_string(),
        number(statistics.volume_ml),
        statistics.n_nan.to_string(),
        of(&|v| Some(v.mean)),
        of(&|v| v.sd),
        of(&|v| Some(v.median)),
    ];
    row.extend((0..PERCENTILES.len()).map(|at| of(&|v| Some(v.percentiles[at]))));
    row.extend([
        of(&|v| Some(v.min)),
        of(&|v| Some(v.max)),
        of(&|v| Some(v.sum)),
        maybe(values.ratio_of_medians),
        maybe(values.median_of_ratios),
        maybe(values.believed_mean.map(|ends| ends[0])),
        maybe(values.believed_mean.map(|ends| ends[1])),
        maybe(values.total_mmol),
        values.note.clone().unwrap_or_default(),
    ]);
    row
}

fn curve_cells(curve: &RegionCurve) -> Vec<String> {
    let summary = curve.summary.as_ref();
    let of = |value: &dyn Fn(&CurveSummary) -> f64| maybe(summary.map(value));
    let (rate, [half_life, low, high], note) = match summary.map(|summary| &summary.clearance) {
        Some(Clearance::Rate {
            rate_per_h,
            half_life_h,
            half_life_interval_h: [low, high],
            ..
        }) => (Some(rate_per_h), [*half_life_h, *low, *high], String::new()),
        Some(Clearance::None { why }) => (None, [None; 3], why.clone()),
        None => (None, [None; 3], "no later scan has a value".to_owned()),
    };
    let ends = rate.and_then(Outcome::interval);
    vec![
        csv_cell(&curve.of.region).into_owned(),
        curve
            .of
            .label
            .map_or_else(String::new, |label| label.to_string()),
        curve
            .of
            .group
            .map_or_else(String::new, |group| group.name().to_owned()),
        curve.quantity.name().to_owned(),
        curve.quantity.of_curve().to_owned(),
        curve.points.len().to_string(),
        of(&|s| s.before),
        of(&|s| s.peak),
        of(&|s| s.hours_to_peak),
        of(&|s| s.rise),
        of(&|s| s.area),
        of(&|s| s.area_to_hours),
        maybe(rate.and_then(Outcome::value)),
        maybe(ends.map(|ends| ends.0)),
        maybe(ends.map(|ends| ends.1)),
        maybe(half_life),
        maybe(low),
        maybe(high),
        maybe(summary.and_then(|summary| summary.ratio_48_24)),
        note,
    ]
}

/// A word from elsewhere, which no spreadsheet runs.
fn shown(word: Option<&str>) -> String {
    csv_cell(word.unwrap_or_default()).into_owned()
}

/// Six digits that count.
fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let before_point = value.abs().log10().floor() as i32 + 1;
    let decimals = (6 - before_point).clamp(0, 12) as usize;
    let text = format!("{value:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

fn maybe(value: Option<f64>) -> String {
    value.map_or_else(String::new, number)
}
