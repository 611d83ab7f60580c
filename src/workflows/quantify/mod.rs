//! What aligned series say, from files to tables, maps and figures.

mod cohort;
mod curves;
mod inputs;
mod items;
mod maps;
mod patient;
mod request;
mod results;
mod tables;
mod written;

pub(in crate::workflows) use inputs::labels_of;
pub use request::{FatSource, PlacedVolume, QuantifyRequest, QuantifySource};
pub use results::{
    CohortPoint, ConcentrationBasis, NamedRegion, Quantified, QuantifiedPatient, QuantifiedSession,
    Quantity, RefluxRatio, RegionCurve, RegionValues, SourceFile,
};
pub use tables::QuantifyTable;
pub(in crate::workflows) use written::has_finished;

use super::notice::{Notify, remark, working};
use crate::anatomy::FatStatistic;
use crate::report::NOTICE;
use crate::signal::R1_L_PER_MMOL_S;
use crate::text::{self, Limit};
use anyhow::{Context, bail};
use patient::PatientWork;
use std::path::Path;

/// What is said of how scans lie.
const ASSUMED: &str = "Scans are assumed to be registered: each is taken where its own affine places it. Nothing was aligned here.";

/// What is said of scans that are open.
const PLACED: &str = "Scans were measured where they lie in the window; series_from_file of each says where that is not where its file puts it. Nothing was aligned here.";

/// What is said of scans that were registered before.
const REGISTERED: &str = "Scans were registered to the first of their patient by the examination; *_xfm files beside them say how.";

/// Measures series of scans that lie over each other, and writes maps, tables and figures where a
/// folder is given.
///
/// # Errors
/// When a file cannot be opened or written and when the fat of a scan is not found; of several
/// patients such a one is left out with a remark, unless no patient is left. When `notify` answers
/// to stop.
pub fn quantify(request: &QuantifyRequest<'_>, notify: Notify<'_>) -> anyhow::Result<Quantified> {
    let registration = match request.source {
        QuantifySource::Examined { .. } => REGISTERED,
        QuantifySource::Placed { .. } => PLACED,
        QuantifySource::Series { .. } | QuantifySource::DataSet { .. } => {
            remark(notify, ASSUMED);
            ASSUMED
        }
    };
    let parameters = request.parameters.map(parameters_of).transpose()?;
    let parameters = parameters.unwrap_or_else(|| serde_json::json!({}));
    let (series, mut remarks) = inputs::series_of(&request.source)?;
    if let Some(root) = request.output {
        written::begin(root)?;
    }
    let mut patients = Vec::new();
    for (at, one) in series.iter().enumerate() {
        let mut work = PatientWork {
            request,
            parameters: &parameters,
            remarks: Vec::new(),
        };
        let what = format!("measuring sub-{}", one.subject);
        let stopped = std::cell::Cell::new(false);
        let measured = work.run(one, &|share| {
            let answer = working(notify, &what, (at as f64 + share) / series.len() as f64);
            stopped.set(answer.is_break());
            answer
        });
        for remark in work.remarks {
            // What holds for all patients is said once.
            if !remarks.contains(&remark) {
                remarks.push(remark);
            }
        }
        match measured {
            Ok(patient) => patients.push(patient),
            Err(error) if stopped.get() || series.len() == 1 => return Err(error),
            Err(error) => remarks.push(format!("sub-{} is left out: {error:#}", one.subject)),
        }
    }
    if patients.is_empty() {
        bail!("no patient could be measured; {}", remarks.join("; "));
    }
    for text in &remarks {
        remark(notify, text.clone());
    }
    let statistic = match request.fat {
        FatStatistic::Mean => "mean",
        FatStatistic::Median => "median",
    };
    let source = match request.fat_source {
        FatSource::Sought => "sought behind the eyes in each scan",
        FatSource::Sidecar => "from the sidecars",
        FatSource::SoughtOrSidecar => {
            "sought behind the eyes in each scan; from the sidecars where remarks say so"
        }
    };
    let quantified = Quantified {
        notice: NOTICE,
        version: env!("CARGO_PKG_VERSION"),
        registration,
        erode: request.erode,
        orbital_fat: format!("{statistic}, {source}"),
        relaxivity: R1_L_PER_MMOL_S,
        remarks,
        cohort: cohort::cohort(&patients),
        patients,
    };
    if let Some(root) = request.output {
        written::finish(root, &quantified)?;
    }
    Ok(quantified)
}

/// Fields of a sequence in a JSON file.
fn parameters_of(path: &Path) -> anyhow::Result<serde_json::Value> {
    let text = text::open(path, Limit::Settings)?;
    let json: serde_json::Value =
        serde_json::from_str(&text).with_context(|| format!("not JSON: {}", path.display()))?;
    match json.is_object() {
        true => Ok(json),
        false => bail!("fields of a sequence are a JSON object: {}", path.display()),
    }
}
