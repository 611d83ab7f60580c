//! A session's file opened, and what of it cannot be.

use super::earlier;
use super::file::{
    FAMILY, Session, SessionMask, SessionOutcome, SessionPlane, SessionScan, SessionSource, VERSION,
};
use super::runs;
use crate::app::viewer::choice::ZOOMS;
use crate::app::viewer::cine::SPEEDS;
use crate::app::viewer::mask::{BRUSHES_MM, THRESHOLDS};
use crate::app::viewer::prediction::MAX_SHOWN;
use crate::app::viewer::scan::MAX_SCANS;
use crate::render::LayerStyle;
use crate::text::{self, Limit, from_json};
use crate::workflows::angle_deg;
use nalgebra::Point3;
use serde::Deserialize;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::Path;

/// No more than the version is looked at before the rest is understood.
#[derive(Deserialize)]
struct Version {
    format: String,
}

impl Session {
    /// Opens a session's file.
    ///
    /// # Errors
    /// What is wrong with it, with field and file.
    pub(in crate::app::viewer) fn open(path: &Path) -> Result<Self, String> {
        let text = text::open(path, Limit::Session).map_err(|error| error.to_string())?;
        Self::from_json(&text).map_err(|why| format!("{why}: {}", path.display()))
    }

    /// Decodes and checks a session.
    ///
    /// # Errors
    /// For what is no session or one of another version, and for the first field that is missing, unknown or
    /// cannot be.
    pub fn from_json(text: &str) -> Result<Self, String> {
        // A later version may have fields that this one does not know.
        let version: Version =
            from_json(text).map_err(|fault| format!("not a session: {fault}"))?;
        let number = version.format.strip_prefix(FAMILY);
        let upgraded = match number.and_then(|number| number.parse::<u32>().ok()) {
            Some(VERSION) => None,
            Some(number @ 1..VERSION) => Some(
                earlier::upgraded((text, number), Self::format())
                    .map_err(|why| format!("the session cannot be used: {why}"))?,
            ),
            Some(number) if number > VERSION => {
                return Err(format!(
                    "format: {:?} was written by a later version of this program, which opens \
                     sessions up to {FAMILY}{VERSION}",
                    version.format
                ));
            }
            _ => {
                return Err(format!(
                    "format: {:?} is no session; one says {FAMILY}{VERSION}",
                    version.format
                ));
            }
        };
        let text = upgraded.as_deref().unwrap_or(text);
        let session: Self =
            from_json(text).map_err(|fault| format!("the session cannot be used: {fault}"))?;
        let checked = session.check();
        checked.map_err(|why| format!("the session cannot be used: {why}"))?;
        Ok(session)
    }

    /// The first field whose value cannot be.
    fn check(&self) -> Result<(), String> {
        let n = self.scans.len();
        if n == 0 || n > MAX_SCANS {
            return Err(format!("scans: {n} is not 1 to {MAX_SCANS}"));
        }
        let is_scan = |field: &str, scan: usize| match scan < n {
            true => Ok(()),
            false => Err(format!("{field}: there is no scan {scan}, counted from 0")),
        };
        for (at, scan) in self.scans.iter().enumerate() {
            scan.check().map_err(|why| format!("scans[{at}].{why}"))?;
        }
        is_scan("selected", self.selected)?;
        check_planes("view.planes", &self.view.planes)?;
        let view = &self.view;
        let one_scan = view.one_scan;
        one_scan.map_or(Ok(()), |scan| is_scan("view.one_scan", scan))?;
        within("view.frames_per_second", view.frames_per_second, SPEEDS)?;
        for (at, roi) in self.rois.regions.iter().enumerate() {
            let field = format!("rois.regions[{at}].region.thickness_mm");
            within(field, roi.region.thickness_mm, 0.0..=1e3)?;
        }
        for (at, angle) in self.angles.angles.iter().enumerate() {
            if angle_deg(&angle.points_mm.map(Point3::from)).is_none() {
                return Err(format!(
                    "angles.angles[{at}].points_mm: the second point is one of the others"
                ));
            }
        }
        check_style("difference.style", &self.difference.style, false)?;
        let compare = &self.compare;
        for (field, scan) in [("first", compare.first), ("second", compare.second)] {
            scan.map_or(Ok(()), |scan| is_scan(&format!("compare.{field}"), scan))?;
        }
        within("compare.swipe", compare.swipe, 0.0..=1.0)?;
        within("compare.square_mm", compare.square_mm, 1.0..=200.0)?;
        let rate = compare.changes_per_second;
        within("compare.changes_per_second", rate, 0.1..=10.0)?;
        within("compare.fade", compare.fade, 0.0..=1.0)?;
        for (at, input) in self.prediction.scans.iter().enumerate() {
            is_scan(&format!("prediction.scans[{at}].scan"), input.scan)?;
        }
        let n_shown = self.prediction.shown.len();
        if n_shown > MAX_SHOWN {
            return Err(format!(
                "prediction.shown: {n_shown} are more than {MAX_SHOWN}"
            ));
        }
        let of_planes = &self.prediction.difference.style;
        check_style("prediction.difference.style", of_planes, false)?;
        let rulers = self.rulers.lines.iter().map(|line| line.number);
        check_numbers("rulers.lines", rulers, self.rulers.last_number)?;
        let angles = self.angles.angles.iter().map(|angle| angle.number);
        check_numbers("angles.angles", angles, self.angles.last_number)?;
        let rois = self.rois.regions.iter().map(|roi| roi.number);
        check_numbers("rois.regions", rois, self.rois.last_number)?;
        for (at, sheet) in self.worksheets.all.iter().enumerate() {
            is_scan(&format!("worksheets.all[{at}].scan"), sheet.scan)?;
        }
        let sheets = &self.worksheets;
        if sheets.open && sheets.shown >= sheets.all.len() {
            return Err(format!("worksheets.shown: there is no {}", sheets.shown));
        }
        if let Some(mask) = &self.mask {
            is_scan("mask.scan", mask.scan)?;
            mask.check().map_err(|why| format!("mask.{why}"))?;
        }
        let percent = self.network.strongest_percent;
        within("network.strongest_percent", percent, 0.0..=100.0)
    }
}

impl SessionSource {
    fn check(&self) -> Result<(), String> {
        if self.paths.is_empty() || self.paths.iter().any(String::is_empty) {
            return Err("paths: there is none, or an empty one".to_owned());
        }
        let is_digit = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        match self.sha256.len() == 64 && self.sha256.bytes().all(is_digit) {
            true => Ok(()),
            false => Err("sha256: not 64 hexadecimal digits in lower case".to_owned()),
        }
    }
}

impl SessionScan {
    fn check(&self) -> Result<(), String> {
        self.source.check().map_err(|why| format!("source.{why}"))?;
        if let Some(table) = &self.label_table {
            table.check().map_err(|why| format!("label_table.{why}"))?;
        }
        check_style("style", &self.style, self.is_labels)?;
        for (at, look) in self.looks.iter().enumerate() {
            let field = format!("looks[{at}].style");
            check_style(&field, &look.style, self.is_labels)?;
        }
        if let Some(planes) = &self.planes {
            check_planes("planes", planes)?;
        }
        let placement = &self.placement;
        check_matrix("placement.found", &placement.found)?;
        let norm = placement.turned.iter().map(|n| n * n).sum::<f64>().sqrt();
        within("placement.turned", norm, 0.999_999..=1.000_001)?;
        match placement.alignment.as_ref().map(|of| &of.outcome) {
            Some(SessionOutcome::Found {
                first_from_moving, ..
            }) => check_matrix("placement.alignment.outcome", first_from_moving),
            Some(SessionOutcome::NotFound(_)) | None => Ok(()),
        }
    }
}

impl SessionMask {
    fn check(&self) -> Result<(), String> {
        within("threshold", self.threshold, THRESHOLDS)?;
        within("left_out_mm3", self.left_out_mm3, 0.0..=f64::MAX)?;
        within("brush_mm", self.brush_mm, BRUSHES_MM)?;
        check_style("style", &self.style, true)?;
        for (field, text) in [("put_in", &self.put_in), ("taken_out", &self.taken_out)] {
            runs::check(text).map_err(|why| format!("{field}: {why}"))?;
        }
        Ok(())
    }
}

fn check_planes(field: &str, planes: &[SessionPlane]) -> Result<(), String> {
    for (at, plane) in planes.iter().enumerate() {
        within(format_args!("{field}[{at}].zoom"), plane.zoom, ZOOMS)?;
    }
    Ok(())
}

/// Whether each number was given, and once.
fn check_numbers(field: &str, numbers: impl Iterator<Item = u32>, last: u32) -> Result<(), String> {
    let mut seen = Vec::new();
    for number in numbers {
        if number == 0 || number > last {
            return Err(format!(
                "{field}: {number} is not 1 to {last}, the last number"
            ));
        }
        if seen.contains(&number) {
            return Err(format!("{field}: {number} is there twice"));
        }
        seen.push(number);
    }
    Ok(())
}

/// Whether a number lies between two.
fn within<N: PartialOrd + Display>(
    field: impl Display,
    value: N,
    range: RangeInclusive<N>,
) -> Result<(), String> {
    match range.contains(&value) {
        true => Ok(()),
        false => Err(format!(
            "{field}: {value} is not {} to {}",
            range.start(),
            range.end()
        )),
    }
}

/// Shares, and whether it is a style of labels.
fn check_style(field: &str, style: &LayerStyle, is_labels: bool) -> Result<(), String> {
    within(format_args!("{field}.opacity"), style.opacity, 0.0..=1.0)?;
    if let Some(look) = style.labels {
        let opacity = look.outline_opacity;
        within(
            format_args!("{field}.labels.outline_opacity"),
            opacity,
            0.0..=1.0,
        )?;
        let width = look.outline_px;
        within(
            format_args!("{field}.labels.outline_px"),
            width,
            0.0..=100.0,
        )?;
    }
    match is_labels == style.labels.is_some() {
        true => Ok(()),
        false => Err(format!(
            "{field}.labels: only what is shown as labels has them"
        )),
    }
}

/// A matrix that takes places to places and back.
fn check_matrix(field: &str, rows: &[[f64; 4]; 4]) -> Result<(), String> {
    let matrix = nalgebra::Matrix4::from_fn(|row, column| rows[row][column]);
    let is_affine = rows[3] == [0.0, 0.0, 0.0, 1.0];
    match is_affine && matrix.try_inverse().is_some() {
        true => Ok(()),
        false => Err(format!(
            "{field}: it is no matrix that takes places to places and back"
        )),
    }
}
