//! A session that a job opened, put onto an empty desk.

use super::file::{
    Session, SessionAngles, SessionCompare, SessionLength, SessionLook, SessionNetwork,
    SessionOutcome, SessionPlacement, SessionPlane, SessionPrediction, SessionRegions, SessionRois,
    SessionRulers, SessionScan, SessionSheet, SessionSheets, SessionView,
};
use super::opened::{Again, Restored, RestoredScan, SessionFrom};
use super::source::resolved;
use crate::anatomy::bern::{Line, Measured, Sheet};
use crate::app::viewer::aim::{OwnViews, PlaneStates};
use crate::app::viewer::{
    Alignment, Angle, CompareDesk, Desk, Layer, Layout, Look, Mark, Moved, Placement, PlaneLook,
    PlaneState, RegionDesk, Roi, Ruler, Scan, Worksheet,
};
use crate::models::Model;
use crate::models::tracer::{InputScan, tracer_card};
use crate::render::MAX_LAYERS;
use crate::volume::{Affine, Plane};
use nalgebra::{Isometry3, Point3, Quaternion, Translation3, UnitQuaternion};
use std::path::Path;
use std::sync::Arc;

/// Which layer each scan of the session became, and whether it is the same scan.
struct Places(Vec<Option<(usize, bool)>>);

impl Places {
    /// The layer.
    fn at(&self, scan: usize) -> Option<usize> {
        self.0.get(scan).copied().flatten().map(|(at, _)| at)
    }

    /// The layer, where what was measured on the scan is still true of it.
    fn same(&self, scan: usize) -> Option<usize> {
        let place = self.0.get(scan).copied().flatten();
        place
            .filter(|(_, is_changed)| !is_changed)
            .map(|(at, _)| at)
    }
}

impl Desk {
    /// Shows a session in place of all that is open; answers with what is to be made anew.
    pub(in crate::app::viewer) fn take_session(&mut self, restored: Restored) -> Again {
        let Restored {
            from,
            session,
            folder,
            scans,
            models,
            mut told,
        } = restored;
        let Session {
            format: _,
            made_by: _,
            saved_at: _,
            scans: kept,
            selected,
            view,
            difference,
            compare,
            prediction,
            regions,
            rulers,
            angles,
            rois,
            worksheets,
            mask,
            network,
            not_kept,
        } = session;
        let before = std::mem::take(self);
        self.preset = before.preset;
        self.kept = before.kept;
        self.errors = before.errors;
        self.listing = before.listing;
        self.prediction.models = before.prediction.models;
        self.network.models = before.network.models;
        // What a job still says of a layer that was open is of none of these.
        self.n_opened = before.n_opened;
        self.take_models(models);

        let n = kept.len();
        self.alignment.before = view.before_alignment;
        self.layout = view.layout;
        let opened = kept.into_iter().zip(scans);
        let places = opened.map(|(kept, scan)| {
            let scan = scan?;
            let is_changed = scan.is_changed;
            Some((self.open_again(kept, scan, &mut told), is_changed))
        });
        let places = Places(places.collect());
        self.selected = places.at(selected).unwrap_or(0);
        self.difference = difference;
        self.compare_again(compare, &places);
        let predictions = self.predict_again(prediction, &places, &mut told);
        let measure = self.regions_again(regions);
        self.rulers_again(rulers);
        self.angles_again(angles);
        self.rois_again(rois);
        let sheets = self.sheets_again(worksheets, &places, &folder, &mut told);
        self.ask_again(network, &mut told);
        self.look_again(view, &places);

        let mask = mask.and_then(|mask| match places.same(mask.scan) {
            Some(at) => Some((self.wanted_mask(&self.layers[at]), mask, folder)),
            None => {
                told.push(
                    "The mask is not looked through: its file is gone or another one".to_owned(),
                );
                None
            }
        });
        let real = self.target_scan().map(|at| &self.layers[at].filed);
        let real = real.map(|scan| (scan.volume.clone(), scan.file_or_name()));
        self.notice = format!("{} of {n} scans of the session are open", self.layers.len());
        let is_whole = told.is_empty();
        self.errors.extend(told);
        if !not_kept.is_empty() {
            let words = not_kept.join(", ");
            self.errors
                .push(format!("It was open and is in no session: {words}"));
        }
        let crash = match from {
            SessionFrom::File(path) => {
                self.kept.session_file = Some(path);
                None
            }
            SessionFrom::Crash { id, .. } => {
                self.kept.session_file = None;
                Some(id)
            }
        };
        Again {
            mask,
            predictions,
            real,
            sheets,
            measure,
            crash,
            is_whole,
        }
    }

    /// Networks may come before those that the window asks for at its beginning.
    fn take_models(&mut self, models: Vec<Model>) {
        if self.prediction.models.is_empty() {
            let of_tracer = models.iter().filter(|model| tracer_card(model).is_ok());
            self.prediction.models = of_tracer.cloned().collect();
        }
        self.network.add(models);
    }

    /// Opens a scan above the others as it was shown; answers which layer it is.
    fn open_again(
        &mut self,
        kept: SessionScan,
        restored: RestoredScan,
        told: &mut Vec<String>,
    ) -> usize {
        let SessionScan {
            source: _,
            volume: _,
            scaling: _,
            hours,
            visible,
            style,
            looks,
            is_labels,
            label_table: _,
            placement,
            planes,
        } = kept;
        let at = self.layers.len();
        let mut layer = Layer::new(self.n_opened, restored.scan, at > 0);
        self.n_opened += 1;
        layer.hours = hours;
        layer.labels = restored.labels.or(layer.labels);
        layer.set_labels(is_labels, at > 0);
        if layer.is_labels == is_labels {
            layer.style = style;
            let looks = looks.into_iter().map(|look| {
                let SessionLook {
                    layout,
                    visible,
                    style,
                } = look;
                (layout, Look { style, visible })
            });
            layer.kept = looks.collect();
        } else {
            told.push(format!("{} is not shown as labels now", layer.filed.name));
        }
        let is_full = self.layout == Layout::Planes && self.n_visible() >= MAX_LAYERS;
        layer.visible = visible && !is_full;
        if visible && is_full {
            let name = &layer.filed.name;
            told.push(format!(
                "{name} is hidden: {MAX_LAYERS} lie over each other"
            ));
        }
        if !restored.is_changed {
            layer.placement = placement_of(placement);
        }
        layer.show(self.alignment.before);
        let no = layer.no;
        let own = planes.map(states_of);
        self.own_views
            .extend(own.map(|planes| OwnViews { no, planes }));
        self.layers.push(layer);
        at
    }

    fn compare_again(&mut self, compare: SessionCompare, places: &Places) {
        let SessionCompare {
            first,
            second,
            mode,
            link,
            same_zoom,
            swipe,
            square_mm,
            changes_per_second,
            fade,
        } = compare;
        let no = |scan: Option<usize>| Some(self.layers[places.at(scan?)?].no);
        self.compare = CompareDesk {
            chosen: [no(first), no(second)],
            mode,
            link,
            same_zoom,
            swipe,
            square_mm,
            changes_per_second,
            fade,
        };
    }

    /// Answers with the networks whose predictions were shown, and with their scans.
    fn predict_again(
        &mut self,
        kept: SessionPrediction,
        places: &Places,
        told: &mut Vec<String>,
    ) -> Vec<(Model, Vec<InputScan>)> {
        let SessionPrediction {
            network,
            scans,
            shown,
            exchanged,
            windows,
            difference,
        } = kept;
        let of = &mut self.prediction;
        of.exchanged = exchanged;
        of.look = PlaneLook {
            windows,
            difference,
        };
        let inputs = scans.into_iter();
        let inputs = inputs.filter_map(|of| {
            let at = places.at(of.scan)?;
            Some((of.interval, self.layers[at].no))
        });
        of.scans = inputs.collect();
        if let Some(name) = network {
            of.chosen = of.models.iter().position(|of| of.card.name == name);
            if of.chosen.is_none() {
                told.push(format!("There is no network {name} any more"));
            }
        }
        let models = shown.into_iter().filter_map(|name| {
            let mut models = self.prediction.models.iter();
            let model = models.find(|model| model.card.name == name);
            let inputs = model.and_then(|model| self.inputs_for(model));
            if inputs.is_none() {
                told.push(format!(
                    "What {name} predicted is not shown: the network or one of its scans is not there"
                ));
            }
            Some((model?.clone(), inputs?))
        });
        models.collect()
    }

    /// Answers whether they are to be measured.
    fn regions_again(&mut self, regions: SessionRegions) -> bool {
        let SessionRegions {
            open,
            quantity,
            chosen,
            at_crosshair,
            measured,
        } = regions;
        self.regions = RegionDesk {
            open,
            quantity,
            chosen,
            at_crosshair,
            measured: None,
        };
        open && measured
    }

    fn rulers_again(&mut self, rulers: SessionRulers) {
        let SessionRulers {
            lines,
            chosen,
            last_number,
        } = rulers;
        let lines = lines.into_iter().map(|line| Ruler {
            number: line.number,
            line: Line {
                from_mm: line.from_mm,
                to_mm: line.to_mm,
            },
        });
        self.rulers.last_number = last_number;
        self.rulers.chosen = chosen.map(Mark::Ruler);
        self.rulers.restore(lines.collect());
    }

    fn angles_again(&mut self, kept: SessionAngles) {
        let SessionAngles {
            angles,
            chosen,
            last_number,
        } = kept;
        let angles = angles.into_iter().map(|angle| Angle {
            number: angle.number,
            points: angle.points_mm.map(Point3::from),
        });
        self.angles.last_number = last_number;
        self.angles.chosen = chosen;
        self.angles.restore(angles.collect());
    }

    fn rois_again(&mut self, kept: SessionRois) {
        let SessionRois {
            regions,
            chosen,
            last_number,
        } = kept;
        let rois = regions.into_iter().map(|roi| Roi {
            number: roi.number,
            name: roi.name,
            region: Arc::new(roi.region),
        });
        self.roi.last_number = last_number;
        self.roi.chosen = chosen;
        self.roi.restore(rois.collect());
    }

    /// Answers with their scans.
    fn sheets_again(
        &mut self,
        sheets: SessionSheets,
        places: &Places,
        folder: &Path,
        told: &mut Vec<String>,
    ) -> Vec<Arc<Scan>> {
        let SessionSheets { open, shown, all } = sheets;
        let mut shown_at = None;
        for (at, sheet) in all.into_iter().enumerate() {
            let Some(layer) = places.same(sheet.scan) else {
                told.push("A worksheet is not there: its scan is gone or another one".to_owned());
                continue;
            };
            if at == shown {
                shown_at = Some(self.sheets.all.len());
            }
            let scan = self.layers[layer].filed.clone();
            self.sheets.all.push(sheet_of(scan, sheet, folder, told));
        }
        self.sheets.open = open && shown_at.is_some();
        self.sheets.at = shown_at.unwrap_or(0);
        let scans = self.sheets.all.iter().map(|sheet| sheet.scan.clone());
        scans.collect()
    }

    fn ask_again(&mut self, network: SessionNetwork, told: &mut Vec<String>) {
        let SessionNetwork {
            open,
            chosen,
            file: _,
            strongest_percent,
        } = network;
        let of = &mut self.network;
        (of.open, of.strongest_percent) = (open, strongest_percent);
        if let Some(name) = chosen {
            match of.models.iter().position(|of| of.card.name == name) {
                Some(at) => of.chosen = at,
                None => told.push(format!("There is no network {name} any more")),
            }
        }
    }

    fn look_again(&mut self, view: SessionView, places: &Places) {
        let SessionView {
            // These two came before the scans.
            layout: _,
            before_alignment: _,
            active,
            maximised,
            convention,
            crosshair_mm,
            show_crosshair,
            side_open,
            planes,
            one_scan,
            frames_per_second,
            histogram_open,
            curve_open,
            measures_open,
        } = view;
        self.one_scan = one_scan
            .and_then(|scan| places.at(scan))
            .map(|at| self.layers[at].no);
        self.cine.frames_per_second = frames_per_second;
        self.windowing.open = histogram_open;
        self.curves.open = curve_open;
        self.measures.open = measures_open;
        (self.active, self.maximised) = (active, maximised);
        self.convention = convention;
        self.show_crosshair = show_crosshair;
        self.side_open = side_open;
        self.views = states_of(planes);
        self.crosshair = self.clamped(Point3::from(crosshair_mm));
    }
}

fn states_of(planes: [SessionPlane; 3]) -> PlaneStates {
    let mut states = PlaneStates::default();
    for (plane, kept) in Plane::ALL.into_iter().zip(planes) {
        states[plane.normal_axis()] = PlaneState {
            zoom: kept.zoom,
            pan_mm: kept.pan_mm.into(),
        };
    }
    states
}

fn matrix(rows: &[[f64; 4]; 4]) -> Affine {
    Affine::from_fn(|row, column| rows[row][column])
}

fn placement_of(kept: SessionPlacement) -> Placement {
    let SessionPlacement {
        found,
        moved_mm,
        turned: [i, j, k, real],
        alignment,
    } = kept;
    // As it was written, so that what was not moved is not.
    let turned = UnitQuaternion::new_unchecked(Quaternion::new(real, i, j, k));
    Placement {
        found: matrix(&found),
        by_hand: Isometry3::from_parts(Translation3::from(moved_mm), turned),
        alignment: alignment.map(|of| Alignment {
            first: of.first,
            outcome: match of.outcome {
                SessionOutcome::Found {
                    first_from_moving,
                    moved_mm,
                    rotated_deg,
                    doubts,
                } => Ok(Moved {
                    first_from_moving: matrix(&first_from_moving),
                    moved_mm,
                    rotated_deg,
                    doubts,
                }),
                SessionOutcome::NotFound(why) => Err(why),
            },
        }),
    }
}

fn sheet_of(
    scan: Arc<Scan>,
    kept: SessionSheet,
    folder: &Path,
    told: &mut Vec<String>,
) -> Worksheet {
    let SessionSheet {
        scan: _,
        reader,
        lengths,
        signs,
        signed,
        saved,
    } = kept;
    let mut sheet = Worksheet::new(scan);
    sheet.reader = reader;
    sheet.lines = lengths.map(|length| {
        length.map(|length| match length {
            SessionLength::By { from_mm, to_mm } => Measured::By(Line { from_mm, to_mm }),
            SessionLength::NotAssessable => Measured::NotAssessable,
        })
    });
    sheet.signs = signs;
    match signed.map(|signed| Sheet::from_json(&signed.to_string())) {
        Some(Ok(signed)) => {
            sheet.signed = Some(signed);
            let path = saved.map(|path| resolved(&path, folder));
            sheet.saved = path.filter(|path| path.exists());
        }
        Some(Err(why)) => told.push(format!("A worksheet is not signed any more: {why}")),
        None => {}
    }
    if sheet.signed.is_none() {
        sheet.drawn();
    }
    sheet
}
