//! Panes as they are handed on: what is drawn on them, in words and as voxels.

use super::content::{PaneContent, Screen};
use super::rulers;
use super::source::Source;
use crate::app::shell::theme;
use crate::app::viewer::{Desk, Layer, Mark, Scan, text::Naming, volumes::n_volumes};
use crate::models::tracer::Origin;
use crate::render::{Colormap, LayerStyle, Pairing, SlicePicture};
use crate::volume::{Plane, PlaneView};
use crate::workflows::{
    PICTURE_NOTICE, PictureBar, PictureFigure, PictureLine, PicturePanel, PicturePatient,
    PictureVolume, labels_text, measure_on_plane, number_text, place_text, volume_text,
    window_text,
};
use nalgebra::Point3;
use std::sync::Arc;

/// How panes are captured.
#[derive(Clone, Copy)]
pub(in crate::app::viewer::panels) struct Capturing<'a> {
    pub(in crate::app::viewer::panels) desk: &'a Desk,
    pub(in crate::app::viewer::panels) naming: Naming,
    /// Pixels of a point.
    pub(in crate::app::viewer::panels) scale: f64,
    /// The window's time.
    pub(in crate::app::viewer::panels) seconds: f64,
    pub(in crate::app::viewer::panels) crosshair: bool,
    /// Whether to say which volume of its file a scan is.
    pub(in crate::app::viewer::panels) volume: bool,
}

/// What was captured, and what there is to say of it.
#[derive(Default)]
pub(in crate::app::viewer::panels) struct Captured {
    panels: Vec<PicturePanel>,
    bars: Vec<PictureBar>,
    /// Where each plane lies.
    places: Vec<String>,
    notes: Vec<String>,
    warnings: Vec<String>,
    /// The mask, once for all panels: it is as large as a scan.
    mask: Option<PictureVolume>,
    /// Whether scans went by their names.
    has_names: bool,
}

fn add_new(all: &mut Vec<String>, text: String) {
    if !all.contains(&text) {
        all.push(text);
    }
}

impl Captured {
    /// Adds a pane with what is seen of it in a view, with its upper left corner at a pixel.
    pub(in crate::app::viewer::panels) fn add(
        &mut self,
        how: Capturing<'_>,
        (plane, content): (Plane, PaneContent),
        (view, at): (PlaneView, [u32; 2]),
    ) {
        let desk = how.desk;
        self.has_names |= how.naming == Naming::Names;
        let screen = Screen {
            scale: how.scale as f32,
            mm_per_pixel: view.mm_per_pixel(),
            seconds: how.seconds,
        };
        let (drawn, pairing) = content.drawn(desk, plane, screen);
        let name = content.name((desk, how.naming), plane, how.seconds);
        if let Some(Pairing::Difference(difference)) = pairing {
            let is_of_scans = matches!(content, PaneContent::Difference | PaneContent::Pair);
            let scan = desk.base().filter(|_| is_of_scans);
            let unit = scan.map(scan_unit);
            self.add_bar(&difference.style, &name, unit.unwrap_or_default());
        }
        for (at, (source, style)) in drawn.iter().enumerate() {
            let of = how.layer_of(*source);
            let is_over = at > 0 && content == PaneContent::Layers;
            let is_coloured = style.colormap != Colormap::Gray && style.labels.is_none();
            let has_bar = is_coloured || is_over && style.labels.is_none();
            if has_bar && !matches!(pairing, Some(Pairing::Difference(_))) {
                let title = of.map_or_else(|| name.clone(), |at| how.name_of(at));
                let unit = of.map(|at| scan_unit(&desk.layers[at].scan));
                self.add_bar(style, &title, unit.unwrap_or_default());
            }
            add_new(&mut self.notes, how.note(*source, style, &name));
            if let Some(at) = of {
                self.warn(how, at);
            }
        }
        if let (PaneContent::Made(_) | PaneContent::MadePair, true) =
            (content, content.is_on_planes(desk, plane))
        {
            let words = "What is predicted is computed by a network, not acquired";
            add_new(&mut self.warnings, words.to_owned());
        }
        let at_mm = view.to_world([0.0, 0.0])[plane.normal_axis()];
        let place = place_text(plane, at_mm, desk.orientation());
        add_new(&mut self.places, place);
        let [r, g, b, _] = theme::BEHIND_PICTURE.to_array();
        let layers = drawn.into_iter();
        let layers = layers.map(|(source, style)| (self.voxels(source), style));
        let layers = layers.collect();
        self.panels.push(PicturePanel {
            at,
            slice: SlicePicture {
                view,
                layers,
                pairing,
                background: [r, g, b],
            },
            orientation: desk.orientation(),
            title: how.title((plane, content), &name),
            lines: how.lines(plane, at_mm),
            crosshair: how.crosshair.then_some(desk.crosshair),
        });
    }

    /// Adds a pane on several slices, whose views differ in nothing else, one over the other.
    pub(in crate::app::viewer::panels) fn add_slices(
        &mut self,
        how: Capturing<'_>,
        (plane, content): (Plane, PaneContent),
        views: &[PlaneView],
    ) {
        let Some((first, others)) = views.split_first() else {
            return;
        };
        self.add(how, (plane, content), (*first, [0; 2]));
        let Some(one) = self.panels.last().cloned() else {
            return;
        };
        // What is drawn is the same, and there may be hundreds.
        for view in others {
            let mut panel = one.clone();
            panel.slice.view = *view;
            panel.lines = how.lines(plane, view.to_world([0.0, 0.0])[plane.normal_axis()]);
            self.panels.push(panel);
        }
    }

    fn voxels(&mut self, source: Source<'_>) -> PictureVolume {
        match source {
            Source::Mask(_) => self.mask.get_or_insert_with(|| source.voxels()).clone(),
            _ => source.voxels(),
        }
    }

    fn add_bar(&mut self, style: &LayerStyle, title: &str, unit: String) {
        let bar = PictureBar {
            style: *style,
            title: title.to_owned(),
            unit,
        };
        if !self.bars.contains(&bar) {
            self.bars.push(bar);
        }
    }

    /// What must be known of a scan before a picture of it is believed.
    fn warn(&mut self, how: Capturing<'_>, at: usize) {
        let layer = &how.desk.layers[at];
        let name = how.name_of(at);
        if let Some(Origin::Predicted(_)) = layer.scan.origin {
            let words = format!("{name}: computed by a network, not acquired");
            add_new(&mut self.warnings, words);
        }
        if layer.scan.place.is_none() {
            let words = format!("{name}: made by this program, not acquired");
            add_new(&mut self.warnings, words);
        }
    }

    /// What was captured, with a first note of what it shows; without one, of where the planes lie.
    pub(in crate::app::viewer::panels) fn figure(
        self,
        scale: f64,
        caption: Option<String>,
    ) -> PictureFigure {
        let mut notes = vec![caption.unwrap_or_else(|| self.places.join(", "))];
        notes.extend(self.notes);
        notes.extend(self.warnings);
        notes.push(PICTURE_NOTICE.to_owned());
        PictureFigure {
            panels: self.panels,
            bars: self.bars,
            notes,
            scale,
            has_names: self.has_names,
            // Whom an archive files it under is said by `cisterna picture` only.
            patient: PicturePatient::default(),
        }
    }
}

impl Capturing<'_> {
    /// The layer that something is drawn of.
    fn layer_of(&self, source: Source<'_>) -> Option<usize> {
        let (Source::Values(scan) | Source::Labels(scan, _)) = source else {
            return None;
        };
        let is_it = |layer: &Layer| {
            let is_same = |other| std::ptr::eq(Arc::as_ptr(other), scan);
            is_same(&layer.scan) || is_same(&layer.filed)
        };
        self.desk.layers.iter().position(is_it)
    }

    pub(in crate::app::viewer::panels) fn name_of(&self, at: usize) -> String {
        self.naming.compared(self.desk, at)
    }

    /// What is drawn, and how, in a line.
    fn note(&self, source: Source<'_>, style: &LayerStyle, name: &str) -> String {
        let of = self.layer_of(source);
        let layer = of.and_then(|at| self.desk.layers.get(at));
        let called = of.map_or_else(|| name.to_owned(), |at| self.name_of(at));
        match source {
            Source::Values(scan) => {
                let unit = scan_unit(scan);
                let moved = layer.filter(|layer| layer.placement.is_moved());
                let is_moved = moved.is_some() && !self.desk.alignment.before;
                let mut text = format!("{called}: {}", window_text(style.window));
                if !unit.is_empty() {
                    text += &format!(", {unit}");
                }
                let n_volumes = n_volumes(scan);
                if self.volume && n_volumes > 1 {
                    let which = volume_text(scan.volume_idx, n_volumes).to_lowercase();
                    text += &format!(", {which}");
                }
                if is_moved {
                    text += ", aligned to the first scan";
                }
                text
            }
            Source::Labels(_, labels) => {
                format!("{called}: {}", labels_text(labels.map.labels().count()))
            }
            Source::Mask(mask) => match (mask.is_probability, mask.limits().0) {
                (true, threshold) => format!("Mask: above {}", number_text(threshold)),
                (false, _) => "Mask".to_owned(),
            },
            Source::Plane(..) => {
                format!("{called}: {}, scaled to 0 to 1", window_text(style.window))
            }
        }
    }

    /// What stands at the upper left: what it is of, and the plane.
    fn title(&self, (plane, content): (Plane, PaneContent), name: &str) -> Vec<String> {
        let desk = self.desk;
        let plane = plane.name();
        let of_layers = || {
            let is_seen = |layer: &Layer| layer.visible && !desk.is_hidden(layer);
            let first = desk.layers.iter().position(is_seen);
            first.map_or_else(String::new, |at| self.name_of(at))
        };
        let name = match content {
            PaneContent::Layers => of_layers(),
            _ => name.to_owned(),
        };
        match &content.in_halves(&name)[..] {
            [""] | [] => vec![plane.to_owned()],
            [one] => vec![format!("{one}, {}", plane.to_lowercase())],
            several => {
                let lines = several.iter().copied().chain([plane]);
                lines.map(str::to_owned).collect()
            }
        }
    }

    fn lines(&self, plane: Plane, at_mm: f64) -> Vec<PictureLine> {
        let Some(base) = self.desk.base() else {
            return Vec::new();
        };
        let (desk, grid) = (self.desk, base.volume.grid());
        let measures = desk.measures().into_iter();
        let measures =
            measures.filter_map(|(_, measure)| measure_on_plane(&measure, (plane, at_mm), grid));
        // Those of the worksheet, which are no rulers of a table.
        let lines = rulers::seen(desk, plane, at_mm).into_iter();
        let of_sheet = lines.filter(|(mark, ..)| matches!(mark, Mark::Sheet(_)));
        let of_sheet = of_sheet.map(|(mark, line, _)| {
            let ends = [line.from_mm, line.to_mm].map(Point3::from);
            PictureLine::ruler(ends, rulers::words(mark, &line, grid, true))
        });
        measures.chain(of_sheet).collect()
    }
}

/// The unit of a scan's values, in words; empty where it is not known.
fn scan_unit(scan: &Scan) -> String {
    match (scan.map, &scan.made, &scan.info) {
        (Some(map), ..) => map.unit().to_owned(),
        (None, Some(made), _) => made.kind.unit().to_owned(),
        (None, None, Some(info)) => info.units.clone().unwrap_or_default(),
        (None, None, None) => String::new(),
    }
}
