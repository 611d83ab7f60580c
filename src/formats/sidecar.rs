//! The JSON file that lies beside a scan under its name.

use super::header::HeaderRow;
use super::source::Source;
use crate::text::{self, Limit};
use std::io::Read;
use std::path::Path;

/// The hours in a sidecar; an entry that is no number is a warning.
pub(super) fn hours_in(
    json: &serde_json::Value,
    sidecar: &Source,
    warnings: &mut Vec<String>,
) -> Option<f64> {
    let value = json.get("HoursAfterInjection")?;
    let number = match value {
        serde_json::Value::Null => return None,
        serde_json::Value::String(text) => text.trim().parse().ok(),
        serde_json::Value::Array(only) if only.len() == 1 => only[0].as_f64(),
        _ => value.as_f64(),
    };
    let number = number.filter(|hours: &f64| hours.is_finite());
    if number.is_none() || !value.is_number() {
        let what = match number {
            Some(hours) => format!("is taken for {hours}"),
            None => "is no number, and is not used".to_owned(),
        };
        let value = text::one_line(&value.to_string()).into_owned();
        warnings.push(format!(
            "HoursAfterInjection is {value}, which {what}: {}",
            sidecar.path().display()
        ));
    }
    number
}

/// The unit of the values in a sidecar, shown on one line.
pub(super) fn units_in(json: &serde_json::Value) -> Option<String> {
    let units = json.get("Units")?.as_str()?.trim();
    (!units.is_empty()).then(|| text::one_line(units).into_owned())
}

/// The sidecar beside a scan, if there is something under its name.
pub(super) fn beside(scan: &Source) -> Option<Source> {
    scan.sibling(&format!("{}.json", stem(scan.inner_path())?))
}

/// A sidecar as people and programs write them: in any encoding, with NaN and infinity, commas
/// behind the last entry and remarks. What is not as the standard has it is a remark; what can only
/// be guessed is an error, in words.
pub(super) fn open(sidecar: &Source) -> Result<(serde_json::Value, Option<String>), String> {
    let bytes = bytes(sidecar)?;
    let path = sidecar.path();
    let whole = |why: String| format!("{why}: {}", path.display());
    let (text, encoding) = text::decode(&bytes).map_err(whole)?;
    let of_encoding = encoding.map(|what| {
        format!(
            "the sidecar's encoding is assumed ({what}): {}",
            path.display()
        )
    });
    let strict = match serde_json::from_str(&text) {
        Ok(json) => return Ok((json, of_encoding)),
        Err(error) => error,
    };
    // NaN has no place in a JSON value; null is what it means.
    match json5::from_str::<serde_json::Value>(&text) {
        Ok(json) => {
            let remark = format!(
                "the sidecar is no strict JSON ({strict}): {}",
                path.display()
            );
            Ok((json, Some(remark)))
        }
        Err(_) => Err(whole(format!("it is no JSON ({strict})"))),
    }
}

/// What is shown of a sidecar, by the names of BIDS: the sequence, the scanner, the contrast agent, and what
/// other programs made of the scan.
const SHOWN: [&str; 50] = [
    "AcquisitionDuration",
    "AcquisitionMatrixPE",
    "BodyPartExamined",
    "ContrastBolusIngredient",
    "ConversionSoftware",
    "ConversionSoftwareVersion",
    "CoilCombinationMethod",
    "DwellTime",
    "EchoNumber",
    "EchoTime",
    "EchoTime1",
    "EchoTime2",
    "EchoTrainLength",
    "EffectiveEchoSpacing",
    "FlipAngle",
    "HoursAfterInjection",
    "ImageType",
    "ImagingFrequency",
    "InPlanePhaseEncodingDirectionDICOM",
    "InversionTime",
    "MRAcquisitionType",
    "MTState",
    "MagneticFieldStrength",
    "Manufacturer",
    "ManufacturersModelName",
    "MatrixCoilMode",
    "Modality",
    "NonlinearGradientCorrection",
    "NumberShots",
    "ParallelAcquisitionTechnique",
    "ParallelReductionFactorInPlane",
    "PartialFourier",
    "PatientPosition",
    "PercentPhaseFOV",
    "PercentSampling",
    "PhaseEncodingDirection",
    "PixelBandwidth",
    "PulseSequenceDetails",
    "PulseSequenceType",
    "ReceiveCoilName",
    "ReconMatrixPE",
    "RepetitionTime",
    "ScanOptions",
    "ScanningSequence",
    "SequenceName",
    "SequenceVariant",
    "SliceThickness",
    "SoftwareVersions",
    "SpacingBetweenSlices",
    "Units",
];

/// The entries of the sidecar beside a scan, if there is one; that it cannot be opened is one of them.
pub(super) fn rows(scan: &Source, with_identity: bool) -> Vec<HeaderRow> {
    let Some(sidecar) = beside(scan) else {
        return Vec::new();
    };
    let json = match open(&sidecar) {
        Ok((json, _)) => json,
        // The reason names its path.
        Err(why) => return vec![HeaderRow::new("It cannot be used", why, with_identity)],
    };
    let entries = json.as_object().into_iter().flatten();
    let rows = entries.map(|(name, value)| {
        let is_plain = is_plain(value);
        let value = match value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let is_shown = with_identity || (is_plain && SHOWN.contains(&name.as_str()));
        let name = text::one_line(name).into_owned();
        HeaderRow::new(name, text::one_line(&value), is_shown)
    });
    rows.collect()
}

/// Whether no entries of other names lie in a value.
fn is_plain(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Object(_) => false,
        serde_json::Value::Array(values) => values.iter().all(is_plain),
        _ => true,
    }
}

/// No more than the limit of sidecars, wherever it lies.
fn bytes(sidecar: &Source) -> Result<Vec<u8>, String> {
    if let Source::File(path) = sidecar {
        return text::bytes(path, Limit::Sidecar).map_err(|error| error.to_string());
    }
    let most = Limit::Sidecar.bytes();
    let path = sidecar.path();
    let input = sidecar.open().map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    let mut limited = input.bytes.take(most + 1);
    limited
        .read_to_end(&mut bytes)
        .map_err(|error| input.coding.error(error, &path).to_string())?;
    match bytes.len() as u64 > most {
        true => Err(format!(
            "it has more than {most} bytes, the most for a sidecar: {}",
            path.display()
        )),
        false => Ok(bytes),
    }
}

/// A file's name without the endings that tell its format and its compression.
pub(super) fn stem(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?;
    let stem = name.strip_suffix(".gz").unwrap_or(name);
    let stem = stem.strip_suffix(".zst").unwrap_or(stem);
    Some(stem.rsplit_once('.').map_or(stem, |(stem, _)| stem))
}
