//! A session taken from the desk, before its files are looked at.

use super::file::{
    Session, SessionAlignment, SessionAngle, SessionAngles, SessionCompare, SessionInput,
    SessionLength, SessionLook, SessionMask, SessionNetwork, SessionOutcome, SessionPlacement,
    SessionPlane, SessionPrediction, SessionRegions, SessionRoi, SessionRois, SessionRuler,
    SessionRulers, SessionScan, SessionSheet, SessionSheets, SessionSource, SessionView,
};
use super::runs;
use super::source::{Hashes, path_text};
use crate::anatomy::bern::{Line, Measured};
use crate::app::viewer::aim::PlaneStates;
use crate::app::viewer::mask::MaskInputs;
use crate::app::viewer::text::full_name;
use crate::app::viewer::worksheet::now;
use crate::app::viewer::{
    Alignment, AlignmentDesk, Angle, AngleDesk, CompareDesk, Desk, Layer, Mark, MaskDesk, Moved,
    NetworkDesk, Placement, PlaneLook, PlaneState, PredictionDesk, RegionDesk, Roi, RoiDesk, Ruler,
    RulerDesk, Scan, Worksheet, WorksheetDesk,
};
use crate::volume::{Affine, MaskChanges, Plane};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a session is made of, taken in a moment; files and hashes come later, beside the window.
#[derive(Clone)]
pub(in crate::app::viewer) struct Draft {
    session: Session,
    /// The scans of the session, where their files say, and the tables of their labels.
    scans: Vec<(Arc<Scan>, Option<PathBuf>)>,
    network: Option<PathBuf>,
    changes: Option<MaskChanges>,
    /// Where the worksheets of the session and its mask were saved as they are.
    saved_sheets: Vec<Option<PathBuf>>,
    saved_mask: Option<PathBuf>,
}

/// Which place of the session a layer has, by the number in which it was opened.
type Places<'a> = &'a dyn Fn(u32) -> Option<usize>;
/// Which place of the session a scan has, where its file says.
type ScanPlaces<'a> = &'a dyn Fn(&Arc<Scan>) -> Option<usize>;

impl Draft {
    /// What the desk holds now; none where no scan of a file is open.
    pub(in crate::app::viewer) fn of(desk: &Desk) -> Option<Self> {
        // No field of these is left out by chance: what is not kept is passed over by its name.
        let Desk {
            layers,
            selected,
            crosshair,
            convention,
            layout,
            active,
            maximised,
            difference,
            compare,
            show_crosshair,
            side_open,
            prediction,
            alignment,
            regions,
            rulers,
            sheets,
            mask,
            network,
            views,
            own_views,
            angles,
            roi,
            measures,
            windowing,
            curves,
            cine,
            one_scan,
            // The user's own.
            preset: _,
            kept: _,
            // Of the moment.
            hover: _,
            tool: _,
            sheet_open: _,
            details_open: _,
            header: _,
            sheet_row: _,
            path_panel: _,
            typed_path: _,
            picker_note: _,
            notice: _,
            errors: _,
            messages_open: _,
            listing: _,
            picture: _,
            at_risk: _,
            // Loaded or measured anew when they are wanted.
            volumes: _,
            measured: _,
            // Of this window: it goes on, or begins anew.
            history: _,
            n_opened: _,
        } = desk;
        let kept: Vec<&Layer> = layers.iter().filter(|layer| is_of_file(layer)).collect();
        if kept.is_empty() {
            return None;
        }
        let place_of = |no: u32| kept.iter().position(|layer| layer.no == no);
        let place_of_scan = |scan: &Arc<Scan>| {
            let mut kept = kept.iter();
            kept.position(|layer| Arc::ptr_eq(&layer.filed, scan))
        };
        let &AlignmentDesk {
            before,
            adjusting: _,
        } = alignment;
        let mask = mask.as_ref();
        let mask = mask.and_then(|mask| Some((place_of_scan(&mask.source)?, mask)));
        // Where scans share a view, what each had is there for undoing alone.
        let own = |layer: &Layer| {
            let mut own_views = own_views.iter();
            let own = own_views.find(|own| own.no == layer.no && !compare.same_zoom);
            own.map(|own| planes_of(&own.planes))
        };
        let session = Session {
            format: Session::format(),
            made_by: format!("cisterna {}", env!("CARGO_PKG_VERSION")),
            saved_at: String::new(),
            scans: kept
                .iter()
                .map(|layer| scan_of(layer, own(layer)))
                .collect(),
            selected: layers
                .get(*selected)
                .and_then(|layer| place_of(layer.no))
                .unwrap_or(0),
            view: SessionView {
                layout: *layout,
                active: *active,
                maximised: *maximised,
                convention: *convention,
                crosshair_mm: crosshair.coords.into(),
                show_crosshair: *show_crosshair,
                side_open: *side_open,
                before_alignment: before,
                one_scan: one_scan.and_then(place_of),
                frames_per_second: cine.frames_per_second,
                histogram_open: windowing.open,
                curve_open: curves.open,
                measures_open: measures.open,
                planes: planes_of(views),
            },
            difference: *difference,
            compare: compare_of(compare, &place_of),
            prediction: prediction_of(prediction, &place_of),
            regions: regions_of(regions),
            rulers: rulers_of(rulers),
            angles: angles_of(angles),
            rois: rois_of(roi),
            worksheets: sheets_of(sheets, &place_of_scan),
            mask: mask.map(|(scan, mask)| mask_of(scan, mask)),
            network: network_of(network),
            not_kept: not_kept(desk),
        };
        let table = |layer: &&Layer| {
            let labels = layer.labels.as_ref()?;
            labels.scheme.table.clone()
        };
        let scans = kept.iter();
        Some(Self {
            session,
            scans: scans
                .map(|layer| (layer.filed.clone(), table(layer)))
                .collect(),
            network: network
                .model()
                .and_then(|model| model.file().map(Path::to_owned)),
            changes: mask.map(|(_, mask)| mask.inputs.changes.clone()),
            saved_sheets: kept_sheets(sheets, &place_of_scan)
                .map(|(_, _, sheet)| sheet.saved.clone())
                .collect(),
            saved_mask: mask.and_then(|(_, mask)| mask.saved.clone()),
        })
    }

    /// Whether nothing is to be written that the other has not.
    pub(in crate::app::viewer) fn is_like(&self, other: &Self) -> bool {
        let mut scans = self.scans.iter().zip(&other.scans);
        self.session == other.session
            && self.network == other.network
            && self.changes == other.changes
            && self.saved_sheets == other.saved_sheets
            && self.saved_mask == other.saved_mask
            && self.scans.len() == other.scans.len()
            && scans.all(|((scan, table), (other, its))| Arc::ptr_eq(scan, other) && table == its)
    }

    /// What was there and will be in no session, in words.
    pub(in crate::app::viewer) fn not_kept(&self) -> &[String] {
        &self.session.not_kept
    }

    /// The session, with where its files lie from a folder, or whole, and their hashes; for a job.
    ///
    /// # Errors
    /// When a file is gone, and where its path is no text.
    pub(in crate::app::viewer) fn finished(
        &self,
        folder: Option<&Path>,
        hashes: &mut Hashes,
    ) -> Result<Session, String> {
        let mut session = self.session.clone();
        session.saved_at = now();
        for (kept, (scan, table)) in session.scans.iter_mut().zip(&self.scans) {
            kept.source = SessionSource::of_scan(scan, folder, hashes)?;
            let table = table.as_deref();
            let table = table.map(|table| SessionSource::of_file(table, folder));
            kept.label_table = table.transpose()?;
        }
        let network = self.network.as_deref();
        let network = network.map(|file| SessionSource::of_file(file, folder));
        session.network.file = network.transpose()?;
        // What is gone counts as not saved.
        let saved = |path: &PathBuf| path_text(path, folder).ok();
        let sheets = session.worksheets.all.iter_mut();
        for (sheet, path) in sheets.zip(&self.saved_sheets) {
            sheet.saved = path.as_ref().and_then(saved);
        }
        if let Some(mask) = &mut session.mask {
            mask.saved = self.saved_mask.as_ref().and_then(saved);
        }
        if let (Some(mask), Some(changes)) = (&mut session.mask, &self.changes) {
            let those = |wanted: bool| {
                let voxels = changes.iter().filter(move |(_, is_in)| *is_in == wanted);
                runs::text(voxels.map(|(voxel, _)| voxel))
            };
            (mask.put_in, mask.taken_out) = (those(true), those(false));
        }
        Ok(session)
    }
}

/// Whether a layer can be opened again from a file.
fn is_of_file(layer: &Layer) -> bool {
    layer.filed.place.is_some()
}

fn planes_of(views: &PlaneStates) -> [SessionPlane; 3] {
    Plane::ALL.map(|plane| {
        let PlaneState { zoom, pan_mm } = views[plane.normal_axis()];
        SessionPlane {
            zoom,
            pan_mm: pan_mm.into(),
        }
    })
}

/// `planes` is where its own views look, if it keeps some.
fn scan_of(layer: &Layer, planes: Option<[SessionPlane; 3]>) -> SessionScan {
    let Layer {
        no: _,
        scan: _,
        filed,
        placement,
        style,
        visible,
        kept,
        hours,
        is_labels,
        // Made anew from the file and its table.
        labels: _,
    } = layer;
    let mut looks: Vec<SessionLook> = kept
        .iter()
        .map(|(layout, look)| SessionLook {
            layout: *layout,
            visible: look.visible,
            style: look.style,
        })
        .collect();
    looks.sort_by_key(|look| look.layout);
    SessionScan {
        source: SessionSource::default(),
        volume: filed.volume_idx,
        scaling: filed.scaling,
        hours: *hours,
        visible: *visible,
        style: *style,
        looks,
        is_labels: *is_labels,
        label_table: None,
        placement: placement_of(placement),
        planes,
    }
}

fn rows(matrix: &Affine) -> [[f64; 4]; 4] {
    std::array::from_fn(|row| std::array::from_fn(|column| matrix[(row, column)]))
}

fn placement_of(placement: &Placement) -> SessionPlacement {
    let Placement {
        found,
        by_hand,
        alignment,
    } = placement;
    let outcome = |outcome: &Result<Moved, String>| match outcome {
        Ok(Moved {
            first_from_moving,
            moved_mm,
            rotated_deg,
            doubts,
        }) => SessionOutcome::Found {
            first_from_moving: rows(first_from_moving),
            moved_mm: *moved_mm,
            rotated_deg: *rotated_deg,
            doubts: doubts.clone(),
        },
        Err(why) => SessionOutcome::NotFound(why.clone()),
    };
    SessionPlacement {
        found: rows(found),
        moved_mm: by_hand.translation.vector.into(),
        turned: by_hand.rotation.coords.into(),
        alignment: alignment.as_ref().map(|of| {
            let Alignment { first, outcome: of } = of;
            SessionAlignment {
                first: first.clone(),
                outcome: outcome(of),
            }
        }),
    }
}

fn compare_of(compare: &CompareDesk, place_of: Places<'_>) -> SessionCompare {
    let &CompareDesk {
        chosen,
        mode,
        link,
        same_zoom,
        swipe,
        square_mm,
        changes_per_second,
        fade,
    } = compare;
    let [first, second] = chosen.map(|no| no.and_then(place_of));
    SessionCompare {
        first,
        second,
        mode,
        link,
        same_zoom,
        swipe,
        square_mm,
        changes_per_second,
        fade,
    }
}

fn prediction_of(prediction: &PredictionDesk, place_of: Places<'_>) -> SessionPrediction {
    let PredictionDesk {
        models,
        chosen,
        scans,
        shown,
        exchanged,
        look: PlaneLook {
            windows,
            difference,
        },
    } = prediction;
    let chosen = chosen.and_then(|at| models.get(at));
    let inputs = scans.iter().filter_map(|&(interval, no)| {
        Some(SessionInput {
            interval,
            scan: place_of(no)?,
        })
    });
    SessionPrediction {
        network: chosen.map(|model| model.card.name.clone()),
        scans: inputs.collect(),
        shown: shown.iter().map(|of| of.card.name.clone()).collect(),
        exchanged: *exchanged,
        windows: *windows,
        difference: *difference,
    }
}

fn regions_of(regions: &RegionDesk) -> SessionRegions {
    let RegionDesk {
        open,
        quantity,
        chosen,
        at_crosshair,
        measured,
    } = regions;
    SessionRegions {
        open: *open,
        quantity: *quantity,
        chosen: chosen.clone(),
        at_crosshair: *at_crosshair,
        measured: measured.is_some(),
    }
}

fn rulers_of(rulers: &RulerDesk) -> SessionRulers {
    let chosen = match rulers.chosen {
        Some(Mark::Ruler(number)) => Some(number),
        Some(Mark::Sheet(_)) | None => None,
    };
    let lines = rulers.rulers.iter().map(|ruler| {
        let &Ruler {
            number,
            line: Line { from_mm, to_mm },
        } = ruler;
        SessionRuler {
            number,
            from_mm,
            to_mm,
        }
    });
    SessionRulers {
        lines: lines.collect(),
        chosen,
        last_number: rulers.last_number,
    }
}

fn angles_of(desk: &AngleDesk) -> SessionAngles {
    let AngleDesk {
        angles,
        chosen,
        // As far as it is drawn, which is of the moment.
        begun: _,
        follows: _,
        last_number,
    } = desk;
    let angles = angles.iter().map(|angle| {
        let &Angle { number, points } = angle;
        SessionAngle {
            number,
            points_mm: points.map(|point| point.coords.into()),
        }
    });
    SessionAngles {
        angles: angles.collect(),
        chosen: *chosen,
        last_number: *last_number,
    }
}

fn rois_of(desk: &RoiDesk) -> SessionRois {
    let regions = desk.drawn().iter().map(|roi| {
        let Roi {
            number,
            name,
            region,
        } = roi;
        SessionRoi {
            number: *number,
            name: name.clone(),
            region: region.as_ref().clone(),
        }
    });
    SessionRois {
        regions: regions.collect(),
        chosen: desk.chosen().map(|roi| roi.number),
        last_number: desk.last_number,
    }
}

/// The worksheets of scans of the session: which of all each is, of which scan, and itself.
fn kept_sheets<'a>(
    sheets: &'a WorksheetDesk,
    place_of: ScanPlaces<'a>,
) -> impl Iterator<Item = (usize, usize, &'a Worksheet)> {
    let all = sheets.all.iter().enumerate();
    all.filter_map(move |(at, sheet)| Some((at, place_of(&sheet.scan)?, sheet)))
}

fn sheets_of(sheets: &WorksheetDesk, place_of: ScanPlaces<'_>) -> SessionSheets {
    let WorksheetDesk { open, all: _, at } = sheets;
    let shown = kept_sheets(sheets, place_of).position(|(of, ..)| of == *at);
    let all = kept_sheets(sheets, place_of);
    SessionSheets {
        open: *open && shown.is_some(),
        shown: shown.unwrap_or(0),
        all: all.map(|(_, scan, sheet)| sheet_of(scan, sheet)).collect(),
    }
}

fn sheet_of(scan: usize, sheet: &Worksheet) -> SessionSheet {
    let length = |length: Option<Measured>| {
        length.map(|length| match length {
            Measured::By(Line { from_mm, to_mm }) => SessionLength::By { from_mm, to_mm },
            Measured::NotAssessable => SessionLength::NotAssessable,
        })
    };
    let signed = sheet.signed.as_ref();
    SessionSheet {
        scan,
        reader: sheet.reader.clone(),
        lengths: sheet.lines.map(length),
        signs: sheet.signs,
        // Text, numbers and lists, which have no other form.
        signed: signed.and_then(|signed| serde_json::to_value(signed).ok()),
        saved: None,
    }
}

fn mask_of(scan: usize, mask: &MaskDesk) -> SessionMask {
    let MaskInputs {
        threshold,
        left_out_mm3,
        map: _,
        // Written as runs later.
        changes: _,
        // Of other layers.
        regions: _,
        scan: _,
    } = mask.inputs;
    SessionMask {
        scan,
        open: mask.open,
        threshold,
        left_out_mm3,
        brush_mm: mask.brush_mm,
        by: mask.by.clone(),
        order: mask.order,
        chosen: mask.chosen,
        style: mask.style,
        put_in: String::new(),
        taken_out: String::new(),
        changed: mask.generation() > 0,
        saved: None,
    }
}

fn network_of(network: &NetworkDesk) -> SessionNetwork {
    let NetworkDesk {
        open,
        models: _,
        chosen: _,
        strongest_percent,
        // Told as not kept.
        said: _,
        counted: _,
    } = network;
    SessionNetwork {
        open: *open,
        chosen: network.model().map(|model| model.card.name.clone()),
        file: None,
        strongest_percent: *strongest_percent,
    }
}

/// What is open and cannot be opened again from a file.
fn not_kept(desk: &Desk) -> Vec<String> {
    let is_lost = |layer: &Layer| !is_of_file(layer) && layer.filed.made.is_none();
    let lost = (0..desk.layers.len()).filter(|&at| is_lost(&desk.layers[at]));
    let mut told: Vec<String> = lost
        .map(|at| format!("{}, which lies in no file", full_name(desk, at)))
        .collect();
    let said = desk.network.said.as_ref();
    told.extend(said.map(|_| "what the leak network said".to_owned()));
    for layer in &desk.layers {
        if let (Some(made), Some(marks)) = (&layer.filed.made, layer.filed.marks()) {
            let (model, scan) = (&marks.origin.model, &made.of.name);
            told.push(format!("the spaces that {model} marked on {scan}"));
        }
    }
    if let Some(counted) = &desk.network.counted {
        let model = &counted.counted.record.model;
        told.push(format!("what {model} counted in {}", counted.of.name));
    }
    told
}
