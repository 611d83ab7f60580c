//! What is asked of the values of scans, and what becomes of the answers: windows by rules and regions,
//! curves, volumes that are loaded.

use super::cine::Played;
use super::command::{Edit, Request};
use super::curves::NoCurve;
use super::desk::Desk;
use super::jobs::{Values, ViewerJobs};
use super::measuring::NO_REGION;
use super::scan::Scan;
use super::text::{WAIT, number};
use super::volumes::why_not_loaded;
use crate::enhancement::RegionStatistics;
use crate::render::LayerStyle;
use crate::volume::{Window, WindowRule};
use crate::workflows::{Measure, why_no_values};
use std::path::PathBuf;
use std::sync::Arc;

/// A window by a region reaches so many standard deviations to both sides of the mean.
const REACH_SD: f64 = 2.0;

/// Asks for what a panel wants.
pub(super) fn ask(desk: &mut Desk, jobs: &ViewerJobs, request: Request) {
    let asked = match request {
        Request::WindowRule(rule) => window_by_rule(desk, jobs, rule),
        Request::WindowOfRegion => window_of_region(desk, jobs),
        Request::LoadVolumes(at) => load(desk, jobs, at),
        Request::Play => play(desk, jobs),
        Request::SaveCurve(path) => save_curve(desk, jobs, path),
        Request::SaveMeasures(path) => save_measures(desk, jobs, path),
        Request::HeaderValues => {
            let layer = desk.layers.get(desk.selected);
            if let Some(scan) = layer.map(|layer| layer.filed.clone()) {
                desk.header.ask(&scan);
                jobs.open_header(scan, true);
            }
            Ok(())
        }
        _ => Ok(()),
    };
    if let Err(why) = asked {
        desk.notice = why;
    }
}

fn save_curve(desk: &Desk, jobs: &ViewerJobs, path: PathBuf) -> Result<(), String> {
    let series = desk.curve_series().map_err(|why| match why {
        NoCurve::NotLoaded(_) => "No curve is saved: load all volumes first".to_owned(),
        NoCurve::Why(why) => format!("No curve is saved. {why}"),
    })?;
    let region = desk.drawn_region();
    let region = region.and_then(|(key, _)| desk.region_of(&key));
    jobs.save_curve(series.scans, (desk.crosshair, region), path);
    Ok(())
}

fn save_measures(desk: &Desk, jobs: &ViewerJobs, path: PathBuf) -> Result<(), String> {
    let measures: Vec<Measure> = desk.measures().into_iter().map(|(_, of)| of).collect();
    if measures.is_empty() {
        return Err("No measurements are saved: there are none".to_owned());
    }
    let why = |why| format!("No measurements are saved. {why}");
    let (scan, layer) = desk.measured_scan().map_err(why)?;
    let (filed, volume) = (layer.filed.clone(), layer.scan.volume.clone());
    jobs.save_measures((scan, filed), volume, measures, path);
    Ok(())
}

fn window_by_rule(desk: &mut Desk, jobs: &ViewerJobs, rule: WindowRule) -> Result<(), String> {
    let layer = desk.windowed()?;
    // A map of a quantity has an automatic window of its own.
    if rule == WindowRule::Auto {
        let at = desk.selected;
        desk.change(Edit::AutoWindow(at));
        return Ok(());
    }
    let scan = layer.filed.clone();
    match desk.windowing.is_counted(&scan) {
        true => set_by_rule(desk, &scan, rule),
        false => {
            jobs.count_values(scan, Some(rule));
            Ok(())
        }
    }
}

fn set_by_rule(desk: &mut Desk, scan: &Arc<Scan>, rule: WindowRule) -> Result<(), String> {
    let values = desk.windowing.of(scan);
    let window = values.and_then(|values| values.window(rule));
    let window = window.ok_or_else(|| {
        format!(
            "{}: no window by the rule {}, whose ends would be one value",
            scan.name,
            rule.name()
        )
    })?;
    set_window(desk, scan, window);
    Ok(())
}

/// Sets the window of a scan, as far as it is open still.
fn set_window(desk: &mut Desk, scan: &Arc<Scan>, window: Window) {
    let mut layers = desk.layers.iter();
    let at = layers.position(|layer| Arc::ptr_eq(&layer.filed, scan));
    let layer = at.and_then(|at| Some((at, desk.layers.get(at)?)));
    if let Some((at, layer)) = layer.filter(|(_, layer)| !layer.is_labels) {
        let style = LayerStyle {
            window,
            ..layer.style
        };
        desk.history.settle();
        desk.change(Edit::Style(at, style));
    }
}

fn window_of_region(desk: &mut Desk, jobs: &ViewerJobs) -> Result<(), String> {
    let layer = desk.windowed()?;
    let (key, name) = desk.region_for_window().ok_or(NO_REGION)?;
    let region = desk.region_of(&key).ok_or(NO_REGION)?;
    let (scan, volume) = (layer.filed.clone(), layer.scan.volume.clone());
    jobs.look_within(volume, region, |within| Values::Within(scan, name, within));
    Ok(())
}

fn load(desk: &mut Desk, jobs: &ViewerJobs, at: usize) -> Result<(), String> {
    let Some(layer) = desk.layers.get(at) else {
        return Ok(());
    };
    if let Some(why) = why_not_loaded(&layer.filed) {
        return Err(why);
    }
    if jobs.running.is_busy() {
        return Err(WAIT.to_owned());
    }
    jobs.load_volumes(layer.no, layer.filed.clone());
    Ok(())
}

/// Begins to play, once the volumes are loaded, or stops.
fn play(desk: &mut Desk, jobs: &ViewerJobs) -> Result<(), String> {
    if desk.cine.playing.is_some() || desk.cine.waits_for.is_some() {
        desk.cine.stop();
        return Ok(());
    }
    let what = desk.to_play()?;
    let Played::Volumes(no) = what else {
        desk.cine.play(what);
        return Ok(());
    };
    let at = desk.layers.iter().position(|layer| layer.no == no);
    let at = at.ok_or("Choose a scan first")?;
    match desk.loaded(&desk.layers[at]).is_some() {
        true => desk.cine.play(what),
        false => {
            load(desk, jobs, at)?;
            desk.cine.waits_for = Some(no);
        }
    }
    Ok(())
}

/// Takes in what a job has to say.
pub(super) fn take(desk: &mut Desk, values: Values) {
    let taken = match values {
        Values::Counted(scan, values, rule) => {
            desk.windowing.take(&scan, values);
            rule.map_or(Ok(()), |rule| set_by_rule(desk, &scan, rule))
        }
        Values::Within(scan, name, within) => set_by_region(desk, &scan, &name, &within),
        Values::Regions(key, measures) => {
            desk.measures.regions.take(*key, measures);
            Ok(())
        }
        Values::Curve(key, curve) => {
            desk.curves.of_region.take(key, *curve);
            Ok(())
        }
        Values::Loaded(loaded) => {
            desk.take_volumes(loaded);
            Ok(())
        }
        Values::NotLoaded(no) => {
            if desk.cine.waits_for == Some(no) {
                desk.cine.stop();
            }
            Ok(())
        }
    };
    if let Err(why) = taken {
        desk.notice = why;
    }
}

/// The mean of a region and two standard deviations to both sides.
fn set_by_region(
    desk: &mut Desk,
    scan: &Arc<Scan>,
    name: &str,
    within: &RegionStatistics,
) -> Result<(), String> {
    let values = within.values.as_ref();
    let Some(values) = values else {
        let why = why_no_values(within);
        return Err(format!("{name}, {}: {why}", scan.name));
    };
    let n = within.n_voxels - within.n_nan;
    let mean = number(values.mean);
    let sd = values.sd.filter(|sd| *sd > 0.0).ok_or_else(|| {
        format!("{name}: its {n} voxels have one value, {mean}, which makes no window")
    })?;
    let [low, high] = [-REACH_SD, REACH_SD].map(|reach| (values.mean + reach * sd) as f32);
    set_window(desk, scan, Window::new(low, high));
    desk.notice = format!(
        "{name}: mean {mean} and 2 standard deviations of {} of {n} voxels",
        number(sd)
    );
    Ok(())
}

/// Gives jobs what is on show and not known yet, one at a time: what the chosen scan's file says, its
/// histogram, its values in the regions of interest, and the curve of the chosen one. Not while something is
/// drawn, nor scan by scan while they are played.
pub(super) fn look_for_work(desk: &mut Desk, jobs: &ViewerJobs, is_drawing: bool) {
    let is_still = desk.cine.playing.is_none();
    let chosen = desk.layers.get(desk.selected);
    desk.header.follow(chosen.map(|layer| &layer.filed));
    if desk.header.open
        && is_still
        && let Some(layer) = desk.layers.get(desk.selected)
        && layer.filed.place.is_some()
    {
        let scan = layer.filed.clone();
        if desk.header.begins(&scan) {
            jobs.open_header(scan, false);
        }
    }
    if desk.windowing.open
        && is_still
        && let Ok(layer) = desk.windowed()
    {
        let scan = layer.filed.clone();
        if desk.windowing.begins(&scan) {
            jobs.count_values(scan, None);
        }
    }
    if is_drawing || jobs.running.is_busy() {
        return;
    }
    if is_still && let Some((key, volume)) = desk.wanted_measures() {
        jobs.measure_within(key, volume);
    } else if let Some((key, scans, region)) = desk.wanted_curve() {
        jobs.measure_curve(key, scans, (desk.crosshair, region));
    }
}
