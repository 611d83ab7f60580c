//! The sequence of a scan, from its sidecar.

use crate::signal::{Sequence, Spgr, Tfe};
use serde_json::Value;

/// Why no equation stands for a scan's signal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoEquation {
    /// Fields of the sidecar that the equation needs.
    #[error("the sidecar lacks {}", .0.join(", "))]
    Missing(Vec<String>),
    /// A field whose value cannot be.
    #[error("{field} is {value}, {why}")]
    Field {
        /// The field.
        field: &'static str,
        /// What it says.
        value: String,
        /// Why that cannot be.
        why: &'static str,
    },
}

/// A sequence, and what had to be assumed of it, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownSequence {
    /// The equation's parameters.
    pub sequence: Sequence,
    /// What the sidecar does not say itself.
    pub assumptions: Vec<String>,
}

/// The sequence that a BIDS sidecar describes.
///
/// A scan with `InversionTime` (s, to the echo at the centre of k-space) is an inversion-prepared
/// TFE. It needs `FlipAngle`, the time from inversion to inversion (`RepetitionTimePreparation`, or
/// a `RepetitionTime` longer than the inversion time), from echo to echo
/// (`RepetitionTimeExcitation`, or a `RepetitionTime` shorter than the inversion time), and
/// `NumberShots`, the echoes after each inversion, as one number or as those before the centre and
/// those from it on. A scan without is a spoiled gradient echo only where `PulseSequenceType` says
/// so: a scanner that does not tell of its inversion pulse is no reason to leave it out.
///
/// # Errors
/// When a field is missing or cannot be.
pub fn sequence_of(sidecar: &Value) -> Result<KnownSequence, NoEquation> {
    let number = |field: &'static str| positive(sidecar, field);
    let inversion_s = number("InversionTime")?;
    let flip_deg = number("FlipAngle")?;
    let repetition_s = number("RepetitionTime")?;
    let te_ms = 1000.0 * number("EchoTime")?.unwrap_or(0.0);
    let kind = sidecar.get("PulseSequenceType").and_then(Value::as_str);
    let is_spoiled = kind.is_some_and(|kind| {
        let kind = kind.to_lowercase();
        ["spoiled", "spgr", "flash"]
            .iter()
            .any(|name| kind.contains(name))
    });
    let mut missing = Vec::new();
    let mut need = |value: Option<f64>, name: &str| {
        if value.is_none() {
            missing.push(name.to_owned());
        }
        value.unwrap_or(f64::NAN)
    };
    let flip_deg = need(flip_deg, "FlipAngle");
    let Some(inversion_s) = inversion_s else {
        let tr = number("RepetitionTimeExcitation")?.or(repetition_s);
        let tr_s = need(tr, "RepetitionTime");
        if !is_spoiled {
            missing.push("InversionTime (or a PulseSequenceType that says \"spoiled\")".to_owned());
        }
        return match missing.is_empty() {
            false => Err(NoEquation::Missing(missing)),
            true => Ok(KnownSequence {
                sequence: Sequence::Spgr(Spgr {
                    tr_ms: 1000.0 * tr_s,
                    te_ms,
                    flip_deg,
                }),
                assumptions: Vec::new(),
            }),
        };
    };
    let is_shot = |tr: &f64| *tr > inversion_s;
    let shot = number("RepetitionTimePreparation")?.or(repetition_s.filter(is_shot));
    let spacing = number("RepetitionTimeExcitation")?.or(repetition_s.filter(|tr| !is_shot(tr)));
    let shot_s = need(shot, "RepetitionTimePreparation");
    let spacing_s = need(spacing, "RepetitionTimeExcitation");
    let echoes = echoes(sidecar)?;
    if echoes.is_none() {
        missing.push("NumberShots".to_owned());
    }
    let (Some((n_echoes, centre_echo, assumption)), true) = (echoes, missing.is_empty()) else {
        return Err(NoEquation::Missing(missing));
    };
    let to_centre_s = f64::from(centre_echo - 1) * spacing_s;
    let delay_s = inversion_s - to_centre_s;
    let rest_s = shot_s - delay_s - f64::from(n_echoes - 1) * spacing_s;
    if delay_s < 0.0 || rest_s < 0.0 {
        return Err(NoEquation::Field {
            field: "NumberShots",
            value: format!("{n_echoes} echoes {spacing_s} s apart"),
            why: "which do not fit around InversionTime and into the time between inversions",
        });
    }
    Ok(KnownSequence {
        sequence: Sequence::Tfe(Tfe {
            shot_ms: 1000.0 * shot_s,
            delay_ms: 1000.0 * delay_s,
            echo_spacing_ms: 1000.0 * spacing_s,
            n_echoes,
            centre_echo,
            flip_deg,
            te_ms,
        }),
        assumptions: assumption.into_iter().collect(),
    })
}

/// A field that is a number above 0; `None` where it is not there.
fn positive(sidecar: &Value, field: &'static str) -> Result<Option<f64>, NoEquation> {
    let Some(value) = sidecar.get(field).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    match value
        .as_f64()
        .filter(|number| *number > 0.0 && number.is_finite())
    {
        Some(number) => Ok(Some(number)),
        None => Err(NoEquation::Field {
            field,
            value: value.to_string(),
            why: "which is no number above 0",
        }),
    }
}

/// Echoes of a shot, the one at the centre of k-space counted from 1, and what was assumed of it.
fn echoes(sidecar: &Value) -> Result<Option<(u32, u32, Option<String>)>, NoEquation> {
    let Some(value) = sidecar.get("NumberShots").filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let whole = |value: &Value| {
        let number = value
            .as_f64()
            .filter(|n| n.fract() == 0.0 && *n >= 0.0 && *n < 1e5)?;
        Some(number as u32)
    };
    let refused = |why| NoEquation::Field {
        field: "NumberShots",
        value: value.to_string(),
        why,
    };
    if let Some([before, from]) = value.as_array().map(Vec::as_slice) {
        return match (whole(before), whole(from)) {
            (Some(before), Some(from @ 1..)) => Ok(Some((before + from, before + 1, None))),
            _ => Err(refused(
                "which is not the echoes before the centre and those from it on",
            )),
        };
    }
    match whole(value) {
        Some(n @ 2..) => {
            let words =
                "the echo at the middle of the train is taken for that at the centre of k-space";
            Ok(Some((n, n / 2, Some(words.to_owned()))))
        }
        _ => Err(refused("which is no number of echoes from 2 on")),
    }
}
