//! The folder of results: a derivative data set with tables, provenance and figures beside the maps.

use super::results::{Quantified, QuantifiedPatient, Quantity, RegionCurve};
use super::tables::QuantifyTable;
use crate::enhancement::Group;
use crate::formats::bids::{DatasetDescription, write_json, write_text};
use crate::report::{CurvePoint, DrawnCurve, curve_figure};
use crate::text::{self, Limit};
use anyhow::{Context, bail};
use std::path::Path;

/// The provenance file, by which a folder is known as this command's.
const RESULTS: &str = "quantify.json";

/// The folder must be empty, or hold what this command wrote before.
pub(super) fn begin(root: &Path) -> anyhow::Result<()> {
    let holds_something = root.is_dir() && std::fs::read_dir(root)?.next().is_some();
    if holds_something && !root.join(RESULTS).is_file() {
        bail!(
            "the folder is not empty and holds no quantification: {}",
            root.display()
        );
    }
    let name = "Quantified tracer series".to_owned();
    let how = "Research use only, not a medical device.".to_owned();
    DatasetDescription::new(name, "derivative", how).write(root)?;
    write_json(
        &root.join(RESULTS),
        &serde_json::json!({ "finished": false }),
    )?;
    Ok(())
}

/// Whether a folder holds all that was quantified, with regions eroded so.
pub(in crate::workflows) fn has_finished(root: &Path, erode: usize) -> bool {
    let text = text::open(&root.join(RESULTS), Limit::Table).ok();
    let results: Option<serde_json::Value> = text.and_then(|text| serde_json::from_str(&text).ok());
    results.is_some_and(|results| results["erode"] == erode)
}

/// Tables, provenance and figures.
pub(super) fn finish(root: &Path, quantified: &Quantified) -> anyhow::Result<()> {
    let tables: [(&str, QuantifyTable); 4] = [
        ("regions.tsv", quantified.region_table()),
        ("curves.tsv", quantified.curve_table()),
        ("patients.tsv", quantified.patient_table()),
        ("cohort.tsv", quantified.cohort_table()),
    ];
    for (name, table) in tables {
        if !table.rows.is_empty() {
            write_text(&root.join(name), &table.text())?;
        }
    }
    for patient in &quantified.patients {
        figures_of(root, patient)?;
    }
    figures_of_cohort(root, quantified)?;
    write_json(&root.join(RESULTS), quantified)?;
    Ok(())
}

/// Figures of each quantity, of tissue and of CSF, with a curve for each group of regions; there are
/// no more of these than colours that are told apart.
fn figures_of(root: &Path, patient: &QuantifiedPatient) -> anyhow::Result<()> {
    for quantity in Quantity::ALL {
        for (is_csf, words) in [(false, "tissue"), (true, "csf")] {
            let curves: Vec<DrawnCurve> = patient
                .curves
                .iter()
                .filter(|curve| {
                    let group = curve.of.group.filter(|_| curve.of.label.is_none());
                    group.is_some_and(|group| group.is_csf() == is_csf)
                        && curve.quantity == quantity
                        && curve.summary.is_some()
                })
                .map(drawn)
                .collect();
            let title = format!("sub-{}", patient.subject);
            let name = format!("sub-{}_{}_{words}", patient.subject, quantity.name());
            draw(root, &name, &title, quantity, &curves)?;
        }
    }
    Ok(())
}

fn drawn(curve: &RegionCurve) -> DrawnCurve {
    let points = curve
        .points
        .iter()
        .map(|&at| CurvePoint { at, interval: None });
    DrawnCurve {
        name: curve.of.region.replace('_', " "),
        points: points.collect(),
    }
}

/// A figure for each group of regions, with a curve for each diagnosis.
fn figures_of_cohort(root: &Path, quantified: &Quantified) -> anyhow::Result<()> {
    for group in Group::ALL {
        for quantity in Quantity::ALL {
            let mut curves: Vec<DrawnCurve> = Vec::new();
            let points = quantified
                .cohort
                .iter()
                .filter(|point| point.region == group.name() && point.quantity == quantity);
            for point in points {
                let Some(value) = point.mean.value() else {
                    continue;
                };
                let drawn = CurvePoint {
                    at: [point.hours, value],
                    interval: point.mean.interval().map(|(low, high)| [low, high]),
                };
                match curves
                    .iter_mut()
                    .find(|curve| curve.name == point.diagnosis)
                {
                    Some(curve) => curve.points.push(drawn),
                    None => curves.push(DrawnCurve {
                        name: point.diagnosis.clone(),
                        points: vec![drawn],
                    }),
                }
            }
            let words = group.name().replace('_', " ");
            let title = format!("{words}, mean and 95 % interval over patients");
            let name = format!("cohort_{}_{}", group.name(), quantity.name());
            draw(root, &name, &title, quantity, &curves)?;
        }
    }
    Ok(())
}

/// Writes a figure as SVG and PNG, unless there is nothing to be drawn.
fn draw(
    root: &Path,
    name: &str,
    title: &str,
    quantity: Quantity,
    curves: &[DrawnCurve],
) -> anyhow::Result<()> {
    if curves.is_empty() {
        return Ok(());
    }
    let figure = curve_figure(title, quantity.axis(), curves)?;
    let folder = root.join("figures");
    write_text(&folder.join(format!("{name}.svg")), &figure.svg)?;
    let path = folder.join(format!("{name}.png"));
    std::fs::write(&path, &figure.png).with_context(|| path.display().to_string())?;
    Ok(())
}
