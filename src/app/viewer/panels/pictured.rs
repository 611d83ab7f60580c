//! What is on show, as a picture to be handed on.

use super::pane::{self, Captured, Capturing, PaneContent};
use crate::app::viewer::{
    Desk, Layout, PictureOf, context::SeenPanes, text::Naming, volumes::n_volumes,
};
use crate::formats::Place;
use crate::volume::{Plane, PlaneView};
use crate::workflows::{
    PictureFigure, PicturePanel, PictureRequest, VolumeFrames, in_rows, lightbox_positions,
    scale_for, stack_text,
};
use eframe::egui::{self, Rect};

/// A pane that is on show.
#[derive(Clone, Copy)]
struct Seen {
    plane: Plane,
    content: PaneContent,
    rect: Rect,
}

/// What a picture is made from.
struct Maker<'a> {
    desk: &'a Desk,
    seen: &'a SeenPanes,
    panes: Vec<Seen>,
    chosen: Seen,
}

/// What is on show, as a picture of this kind; `pane` is the one that was pointed at.
///
/// # Errors
/// Why there is none, in words.
pub(in crate::app::viewer) fn picture_request(
    desk: &Desk,
    seen: &SeenPanes,
    of: PictureOf,
    pane: Option<egui::Id>,
) -> Result<PictureRequest, String> {
    if let Some(why) = why_not(desk, of) {
        return Err(format!("{}: {why}", of.name()));
    }
    let all = seen.panes.iter().filter_map(|(id, rect)| {
        let (plane, content) = pane::of_id(*id)?;
        let rect = *rect;
        Some((
            *id,
            Seen {
                plane,
                content,
                rect,
            },
        ))
    });
    let all: Vec<(egui::Id, Seen)> = all.collect();
    let pointed = all.iter().find(|(id, _)| Some(*id) == pane);
    let is_active =
        |(_, seen): &&(egui::Id, Seen)| seen.plane == desk.active && seen.content.is_first(desk);
    let active = || all.iter().find(is_active).or(all.first());
    let (_, chosen) = *pointed
        .or_else(active)
        .ok_or("There is no picture to be taken: open a scan first")?;
    let maker = Maker {
        desk,
        seen,
        panes: all.into_iter().map(|(_, seen)| seen).collect(),
        chosen,
    };
    let per_second = desk.picture.choice.per_second;
    let frames = |figure: PictureFigure| PictureRequest::Frames {
        figures: each_alone(&figure),
        per_second,
    };
    Ok(match of {
        PictureOf::Pane => PictureRequest::Still(maker.panes(&[chosen])?),
        PictureOf::Panes => PictureRequest::Still(maker.panes(&maker.panes)?),
        PictureOf::Lightbox => PictureRequest::Still(maker.lightbox()?),
        PictureOf::Slices => frames(maker.slices()?),
        PictureOf::Hours => frames(maker.hours()?),
        PictureOf::Volumes => PictureRequest::Volumes(Box::new(maker.volumes()?)),
    })
}

/// Why there is no picture of this kind now, in words.
pub(super) fn why_not(desk: &Desk, of: PictureOf) -> Option<&'static str> {
    let is_prediction = desk.layout == Layout::Prediction;
    match of {
        PictureOf::Lightbox | PictureOf::Slices if is_prediction => {
            Some("a prediction has one slice of each plane")
        }
        PictureOf::Hours if desk.series().len() < 2 => Some("fewer than two scans are open"),
        PictureOf::Volumes if several_volumes(desk, 0).is_none() => {
            Some("no scan that is open has several volumes")
        }
        _ => None,
    }
}

/// The scan with several volumes: this one, or else the first. Labels are none.
fn several_volumes(desk: &Desk, wanted: usize) -> Option<(usize, &Place, usize)> {
    let order = std::iter::once(wanted).chain(0..desk.layers.len());
    let mut found = order.filter_map(|at| {
        let layer = desk.layers.get(at).filter(|layer| !layer.is_labels)?;
        let n_volumes = n_volumes(&layer.scan);
        (n_volumes > 1).then_some((at, layer.scan.place.as_ref()?, n_volumes))
    });
    found.next()
}

/// A figure of several panels as one for each, all with the same notes.
fn each_alone(figure: &PictureFigure) -> Vec<PictureFigure> {
    let alone = |panel: &PicturePanel| PictureFigure {
        panels: vec![panel.clone()],
        bars: figure.bars.clone(),
        notes: figure.notes.clone(),
        scale: figure.scale,
        has_names: figure.has_names,
        patient: figure.patient.clone(),
    };
    figure.panels.iter().map(alone).collect()
}

impl<'a> Maker<'a> {
    /// `scale` is pixels of a point.
    fn capturing(&self, scale: f64) -> Capturing<'a> {
        let choice = self.desk.picture.choice;
        Capturing {
            desk: self.desk,
            naming: match choice.with_names {
                true => Naming::Names,
                false => Naming::Roles,
            },
            scale,
            seconds: self.seen.seconds,
            crosshair: choice.with_crosshair,
            volume: true,
        }
    }

    fn view(&self, pane: Seen) -> Result<PlaneView, String> {
        let of = (pane.plane, pane.content);
        let view = pane::view(self.desk, of, pane.rect, self.seen.scale);
        view.ok_or_else(|| "No scan is open".to_owned())
    }

    /// Pixels of a point, how much finer than the window that is, and the chosen pane's view.
    fn finer(&self) -> Result<(f64, PlaneView), String> {
        let view = self.view(self.chosen)?;
        let resolution = self.desk.picture.choice.resolution;
        let factor = resolution.factor(view.mm_per_pixel());
        Ok((f64::from(self.seen.scale) * factor, view.finer(factor)))
    }

    /// Panes where they lie in the window.
    fn panes(&self, panes: &[Seen]) -> Result<PictureFigure, String> {
        let views: Result<Vec<PlaneView>, String> =
            panes.iter().map(|pane| self.view(*pane)).collect();
        let views = views?;
        // All grow alike: each has at least so many pixels a millimetre.
        let coarsest = views.iter().map(PlaneView::mm_per_pixel);
        let coarsest = coarsest.fold(0.0, f64::max);
        let factor = self.desk.picture.choice.resolution.factor(coarsest);
        let scale = f64::from(self.seen.scale) * factor;
        let whole = panes.iter().map(|pane| pane.rect);
        let whole = whole.fold(Rect::NOTHING, Rect::union);
        let mut captured = Captured::default();
        for (pane, view) in panes.iter().zip(&views) {
            let corner = pane.rect.min - whole.min;
            let at = [corner.x, corner.y].map(|points| (f64::from(points) * scale).round() as u32);
            let of = (pane.plane, pane.content);
            captured.add(self.capturing(scale), of, (view.finer(factor), at));
        }
        Ok(captured.figure(scale, None))
    }

    /// Whole slices at equal steps.
    fn lightbox(&self) -> Result<PictureFigure, String> {
        let desk = self.desk;
        let Seen { plane, content, .. } = self.chosen;
        let choice = desk.picture.choice;
        let [rows, columns] = choice.tiles;
        let grid = desk.base().ok_or("No scan is open")?.volume.grid();
        let at_mm = desk.crosshair[plane.normal_axis()];
        let about = (choice.step > 0).then_some((choice.step, at_mm));
        let positions = lightbox_positions(plane, grid, rows * columns, about);
        let view = |at_mm| PlaneView::fit(plane, desk.convention, grid, at_mm, None);
        let factor = choice.resolution.factor(view(at_mm).mm_per_pixel());
        let scale = scale_for(&[view(at_mm).finer(factor).size]);
        let mut captured = Captured::default();
        let views = positions.iter().map(|at_mm| view(*at_mm).finer(factor));
        let views: Vec<PlaneView> = views.collect();
        captured.add_slices(self.capturing(scale), (plane, content), &views);
        let caption = stack_text(plane, &positions, desk.orientation());
        let mut figure = captured.figure(scale, Some(caption));
        figure.panels = in_rows(figure.panels, columns, scale);
        // Each says where it lies; what it is of stands above the first.
        for panel in figure.panels.iter_mut().skip(1) {
            panel.title.clear();
        }
        Ok(figure)
    }

    /// The chosen pane on all slices of the scan.
    fn slices(&self) -> Result<PictureFigure, String> {
        let Seen { plane, content, .. } = self.chosen;
        let grid = self.desk.base().ok_or("No scan is open")?.volume.grid();
        let positions = lightbox_positions(plane, grid, plane.n_slices(grid), None);
        let (scale, view) = self.finer()?;
        let mut captured = Captured::default();
        let views = positions.iter().map(|at_mm| {
            let mut view = view;
            view.world_from_pixel[(plane.normal_axis(), 3)] = *at_mm;
            view
        });
        let views: Vec<PlaneView> = views.collect();
        captured.add_slices(self.capturing(scale), (plane, content), &views);
        let caption = stack_text(plane, &positions, self.desk.orientation());
        Ok(captured.figure(scale, Some(caption)))
    }

    /// The scans of the series in the chosen pane's slice.
    fn hours(&self) -> Result<PictureFigure, String> {
        let (scale, view) = self.finer()?;
        let mut captured = Captured::default();
        for at in self.desk.series() {
            let of = (self.chosen.plane, PaneContent::Scan(at));
            captured.add(self.capturing(scale), of, (view, [0; 2]));
        }
        Ok(captured.figure(scale, None))
    }

    /// The volumes of a scan in the chosen pane's slice.
    fn volumes(&self) -> Result<VolumeFrames, String> {
        let desk = self.desk;
        let Seen { plane, content, .. } = self.chosen;
        let wanted = content.windowed(desk, plane).unwrap_or(desk.selected);
        let found = several_volumes(desk, wanted);
        let (at, place, n_volumes) = found.ok_or("No scan that is open has several volumes")?;
        let layer = &desk.layers[at];
        let (scale, view) = self.finer()?;
        let mut captured = Captured::default();
        let how = Capturing {
            volume: false,
            ..self.capturing(scale)
        };
        captured.add(how, (plane, PaneContent::Scan(at)), (view, [0; 2]));
        let shown_from_filed = match desk.alignment.before {
            true => nalgebra::Matrix4::identity(),
            false => layer.placement.shown_from_filed(),
        };
        Ok(VolumeFrames {
            figure: captured.figure(scale, None),
            place: place.clone(),
            scaling: layer.scan.scaling,
            shown_from_filed,
            n_volumes,
            per_second: desk.picture.choice.per_second,
        })
    }
}
