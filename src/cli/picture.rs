//! `cisterna picture`: scans as a picture or a movie to be handed on.

use super::drawn::{Drawn, difference};
use super::measures_drawn::{lines, place_measured, tell_missing};
use super::notify;
use super::remark;
use super::values::{
    ColormapArg, ConventionArg, InterpolationArg, PlaneArg, opacity, place, window,
};
use crate::formats::{FileInfo, PixelScaling, catalogue, dicom_text, no_progress};
use crate::models::tracer::Origin;
use crate::render::{Colormap, LayerStyle, Pairing, SlicePicture};
use crate::text::one_line;
use crate::volume::{Orientation, Plane, PlaneView, Volume, Window};
use crate::workflows::{
    Measure, PICTURE_NOTICE, PictureBar, PictureFigure, PicturePanel, PicturePatient,
    PictureRequest, PictureVolume, ToldBy, VolumeFrames, in_rows, labels_text, lightbox_positions,
    open_measures, place_text, role_text, scale_for, stack_text, volume_text, window_text,
    write_picture,
};
use anyhow::{bail, ensure};
use clap::ValueEnum;
use nalgebra::Point3;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Scans of one head, a column each; one of several in a folder or a zip as PATH!NAME or PATH!NUMBER.
    #[arg(required = true)]
    scans: Vec<PathBuf>,
    /// The anatomical planes, a row each (default: all three); of a sheet or a movie one (default: axial).
    #[arg(long, value_name = "PLANE")]
    plane: Vec<PlaneArg>,
    /// The point that the planes go through, RAS+ mm (default: the middle of the first scan).
    #[arg(long, value_name = "X,Y,Z", value_parser = place, allow_hyphen_values = true)]
    at: Option<Point3<f64>>,
    /// Values drawn black and white in all scans (default: the 2nd and 98th percentile of the first).
    #[arg(long, value_name = "LO,HI", value_parser = window, allow_hyphen_values = true)]
    window: Option<Window>,
    /// How values between voxels are interpolated.
    #[arg(long, default_value = "linear")]
    interpolation: InterpolationArg,
    /// Which side of the patient is on the left.
    #[arg(long, default_value = "radiological")]
    convention: ConventionArg,
    /// A scan to lay over all of them. May lie on another grid.
    #[arg(long, value_name = "PATH")]
    overlay: Option<PathBuf>,
    /// The overlay's values of the first and last colour; at or below LO it is not drawn.
    #[arg(long, value_name = "LO,HI", value_parser = window, allow_hyphen_values = true, requires = "overlay")]
    overlay_window: Option<Window>,
    /// Colours of the overlay.
    #[arg(long, value_name = "NAME", requires = "overlay")]
    colormap: Option<ColormapArg>,
    /// Opacity of the overlay, 0 to 1.
    #[arg(long, value_name = "X", default_value_t = 0.5, value_parser = opacity)]
    opacity: f32,
    /// A last column: the second scan less the first.
    #[arg(long, conflicts_with = "overlay")]
    difference: bool,
    /// That difference with its sign.
    #[arg(long, requires = "difference")]
    signed: bool,
    /// The values of the first and last colour of the difference (default: half of the window).
    #[arg(long, value_name = "LO,HI", value_parser = window, allow_hyphen_values = true, requires = "difference")]
    difference_window: Option<Window>,
    /// Measurements to draw where the planes show them: rulers, angles and regions, as the window or `cisterna
    /// measure` saves them (JSON).
    #[arg(long, value_name = "FILE.json")]
    measures: Option<PathBuf>,
    /// Pixels for a millimetre of the patient.
    #[arg(long, value_name = "PIXELS", default_value_t = 4.0, value_parser = positive)]
    pixels_per_mm: f64,
    /// A sheet of slices of the one scan, in so many rows and columns.
    #[arg(long, value_name = "RxC", value_parser = tiles, conflicts_with = "movie")]
    lightbox: Option<[usize; 2]>,
    /// From slice to slice of the sheet, about --at (default: steps that go over the whole scan).
    #[arg(long, value_name = "SLICES", requires = "lightbox", value_parser = clap::value_parser!(u16).range(1..))]
    step: Option<u16>,
    /// A movie: through the slices, over the scans by their hours, or over the volumes of the one scan.
    #[arg(long, value_name = "OVER")]
    movie: Option<MovieArg>,
    /// Pictures of the movie in a second (default: 10 slices, 1 scan, 4 volumes).
    #[arg(long, value_name = "N", requires = "movie", value_parser = positive)]
    per_second: Option<f64>,
    /// Scans by the names of their files, of which one may be a patient's; otherwise by their hours after
    /// injection and whether they are predicted, as far as that is known, and else by numbers.
    #[arg(long)]
    with_names: bool,
    /// The patient's name that an archive files a .dcm under, as Family^Given (default: none). It is not drawn.
    #[arg(long, value_name = "NAME", value_parser = dicom_text)]
    patient_name: Option<String>,
    /// The patient's identifier that an archive files a .dcm under (default: none). It is not drawn.
    #[arg(long, value_name = "ID", value_parser = dicom_text)]
    patient_id: Option<String>,
    /// The file to write: .png; .svg or .pdf, in which words and bars stay vectors; .dcm, a DICOM secondary
    /// capture, which overwrites nothing; a movie .png or .apng.
    #[arg(short, long = "output", value_name = "FILE")]
    output: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum MovieArg {
    Slices,
    Hours,
    Volumes,
}

fn positive(text: &str) -> Result<f64, String> {
    text.trim()
        .parse::<f64>()
        .ok()
        .filter(|value| *value > 0.0 && value.is_finite())
        .ok_or_else(|| format!("{text:?} is not a number above 0"))
}

fn tiles(text: &str) -> Result<[usize; 2], String> {
    let number = |text: &str| {
        let number = text.trim().parse().ok();
        number.filter(|n| (1..=40).contains(n))
    };
    let numbers = text.split_once(['x', 'X']);
    let numbers = numbers.and_then(|(rows, columns)| Some([number(rows)?, number(columns)?]));
    numbers.ok_or_else(|| format!("{text:?} is not rows x columns, each from 1 to 40, as 4x6"))
}

/// A scan, or the difference of two, as it is drawn in all its panels.
struct Column {
    name: String,
    layers: Vec<(PictureVolume, LayerStyle)>,
    pairing: Option<Pairing>,
}

/// What is drawn, whatever it is put together to.
struct Sheet<'a> {
    args: &'a Args,
    /// Its grid gives the extent and the steps.
    first: &'a Volume,
    orientation: Orientation,
    columns: Vec<Column>,
    measures: &'a [Measure],
    bars: Vec<PictureBar>,
    /// Of scans, windows and what lies over them.
    notes: Vec<String>,
}

/// Whether what is asked for goes together.
fn check(args: &Args) -> anyhow::Result<()> {
    let n_scans = args.scans.len();
    let end = args.output.extension();
    let is_capture = end.is_some_and(|end| end.eq_ignore_ascii_case("dcm"));
    ensure!(
        is_capture || args.patient_name.is_none() && args.patient_id.is_none(),
        "--patient-name and --patient-id stand in a .dcm alone, not in {}",
        args.output.display()
    );
    let is_of_one = args.lightbox.is_some() || args.movie == Some(MovieArg::Volumes);
    ensure!(
        !is_of_one || n_scans == 1,
        "--lightbox and --movie volumes are of one scan, not of {n_scans}"
    );
    ensure!(
        !args.difference || n_scans == 2,
        "--difference is of two scans, not of {n_scans}"
    );
    ensure!(
        args.movie != Some(MovieArg::Hours) || n_scans > 1 && !args.difference,
        "--movie hours is of several scans, not of their difference"
    );
    let n_planes = args.plane.len();
    ensure!(
        n_planes < 2 || args.lightbox.is_none() && args.movie.is_none(),
        "--lightbox and --movie are of one --plane, not of {n_planes}"
    );
    let goes_over_all = args.lightbox.is_some() && args.step.is_none();
    ensure!(
        args.at.is_none() || !goes_over_all && args.movie != Some(MovieArg::Slices),
        "--at says nothing of slices that go over the whole scan; with --lightbox it needs --step"
    );
    Ok(())
}

pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    check(args)?;
    let measures = args.measures.as_deref().map(open_measures).transpose()?;
    let n_scans = args.scans.len();
    let has_values = args.overlay.is_some() || args.window.is_some() || n_scans > 1;
    let scans: anyhow::Result<Vec<Drawn>> = args
        .scans
        .iter()
        .map(|path| {
            Drawn::open(path, (None, None), |volume, info| match has_values {
                true => None,
                false => ToldBy::of(volume, info),
            })
        })
        .collect();
    let mut scans = scans?;
    if let Some(measures) = &measures {
        place_measured(measures, (&args.scans, &mut scans))?;
    }
    let overlay = match &args.overlay {
        None => None,
        Some(path) => Some(Drawn::open(path, (None, None), |volume, info| {
            match args.overlay_window.is_some() || args.colormap.is_some() {
                true => None,
                false => ToldBy::of(volume, info),
            }
        })?),
    };
    let mut sheet = Sheet::new(args, &scans, overlay.as_ref());
    if let Some(measures) = &measures {
        sheet.measures = &measures.measures;
    }
    let request = sheet.request(&scans)?;
    tell_missing(sheet.measures, &request, sheet.first.grid());
    let notify = notify();
    write_picture(&request, &args.output, &notify)?;
    drop(notify);
    remark(&format!("drawn: {}", args.output.display()));
    Ok(())
}

/// What scans are called, each otherwise.
fn names(args: &Args, scans: &[Drawn]) -> Vec<String> {
    let all = args.scans.iter().zip(scans).enumerate();
    let name = |(at, (path, scan)): (usize, (&PathBuf, &Drawn))| match args.with_names {
        true => file_name(path),
        false => {
            let origin = Origin::of_file(path);
            role_text(scan.info.hours_after_injection, origin.as_ref(), at + 1)
        }
    };
    let names: Vec<String> = all.map(name).collect();
    let is_twice = |name: &String| names.iter().filter(|other| *other == name).count() > 1;
    let numbered = names
        .iter()
        .enumerate()
        .map(|(at, name)| match is_twice(name) {
            true => format!("{name} ({})", at + 1),
            false => name.clone(),
        });
    numbered.collect()
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    one_line(&name.to_string_lossy()).into_owned()
}

/// Which volume is drawn of a file of several: the first.
fn volume_note(info: &FileInfo) -> String {
    match info.volumes {
        0 | 1 => String::new(),
        n => format!(", {}", volume_text(0, n).to_lowercase()),
    }
}

fn unit(info: &FileInfo) -> String {
    info.units.clone().unwrap_or_default()
}

impl<'a> Sheet<'a> {
    fn new(args: &'a Args, scans: &'a [Drawn], overlay: Option<&Drawn>) -> Self {
        let first = &scans[0].volume;
        let window = args.window.unwrap_or_else(|| Window::auto(first));
        let mut all = scans.iter().chain(overlay);
        let is_known = |scan: &Drawn| scan.volume.orientation() == Orientation::Known;
        let mut sheet = Self {
            args,
            first,
            orientation: match all.all(is_known) {
                true => Orientation::Known,
                false => Orientation::Unknown,
            },
            columns: Vec::new(),
            measures: &[],
            bars: Vec::new(),
            notes: Vec::new(),
        };
        let values = LayerStyle {
            interpolation: args.interpolation.into(),
            ..LayerStyle::base(window)
        };
        let over = overlay.map(|overlay| sheet.overlay(overlay));
        let names = names(args, scans);
        for (name, scan) in names.iter().zip(scans) {
            let style = match scan.labels {
                Some(_) => LayerStyle {
                    opacity: 1.0,
                    ..LayerStyle::labels()
                },
                None => values,
            };
            let what = match &scan.labels {
                Some((map, _)) => labels_text(map.labels().count()),
                None => window_text(window),
            };
            let volume = match args.movie {
                // Each of its pictures says which it is.
                Some(MovieArg::Volumes) => String::new(),
                _ => volume_note(&scan.info),
            };
            sheet.notes.push(format!("{name}: {what}{volume}"));
            let mut layers = vec![(scan.voxels(), style)];
            layers.extend(over.clone());
            sheet.columns.push(Column {
                name: name.clone(),
                layers,
                pairing: None,
            });
        }
        if let (true, [real, other], [first, second]) = (args.difference, scans, &names[..]) {
            let own = (args.difference_window, None);
            let difference = difference(args.signed, window, own);
            let name = match args.signed {
                true => format!("{second} - {first}"),
                false => format!("|{second} - {first}|"),
            };
            sheet.bars.push(PictureBar {
                style: difference.style,
                title: name.clone(),
                unit: unit(&real.info),
            });
            sheet.columns.push(Column {
                name,
                layers: vec![(real.voxels(), values), (other.voxels(), values)],
                pairing: Some(Pairing::Difference(difference)),
            });
        }
        // The overlay comes last, as it lies above.
        sheet.notes.rotate_left(usize::from(over.is_some()));
        sheet
    }

    /// How the overlay is drawn; what it is goes into notes and bars.
    fn overlay(&mut self, overlay: &Drawn) -> (PictureVolume, LayerStyle) {
        let args = self.args;
        let name = match &args.overlay {
            Some(path) if args.with_names => file_name(path),
            _ => "Overlay".to_owned(),
        };
        let style = match &overlay.labels {
            Some((map, _)) => {
                let n_labels = labels_text(map.labels().count());
                self.notes.push(format!("{name}: {n_labels}"));
                LayerStyle {
                    opacity: args.opacity,
                    ..LayerStyle::labels()
                }
            }
            None => {
                let window = args
                    .overlay_window
                    .unwrap_or_else(|| Window::of_overlay(&overlay.volume));
                let colormap = args.colormap.map_or(Colormap::Inferno, Colormap::from);
                let style = LayerStyle {
                    opacity: args.opacity,
                    interpolation: args.interpolation.into(),
                    ..LayerStyle::overlay(window, colormap)
                };
                let volume = volume_note(&overlay.info);
                let window = window_text(window);
                self.notes.push(format!("{name}: {window}{volume}"));
                self.bars.push(PictureBar {
                    style,
                    title: name,
                    unit: unit(&overlay.info),
                });
                style
            }
        };
        (overlay.voxels(), style)
    }

    fn planes(&self) -> Vec<Plane> {
        match &self.args.plane[..] {
            [] if self.args.lightbox.is_some() || self.args.movie.is_some() => vec![Plane::Axial],
            [] => Plane::ALL.to_vec(),
            planes => planes.iter().map(|plane| Plane::from(*plane)).collect(),
        }
    }

    /// Where a plane lies along its normal.
    fn at_mm(&self, plane: Plane) -> f64 {
        let axis = plane.normal_axis();
        match self.args.at {
            Some(at) => at[axis],
            None => {
                let grid = self.first.grid();
                plane.nearest_slice_mm(grid, grid.center_in_world()[axis])
            }
        }
    }

    fn view(&self, plane: Plane, at_mm: f64) -> PlaneView {
        let convention = self.args.convention.into();
        let view = PlaneView::fit(plane, convention, self.first.grid(), at_mm, None);
        view.finer(self.args.pixels_per_mm * view.mm_per_pixel())
    }

    fn panel(&self, column: &Column, plane: Plane, at_mm: f64) -> PicturePanel {
        PicturePanel {
            at: [0; 2],
            slice: SlicePicture {
                view: self.view(plane, at_mm),
                layers: column.layers.clone(),
                pairing: column.pairing,
                background: [0; 3],
            },
            orientation: self.orientation,
            title: vec![format!("{}, {}", column.name, plane.name().to_lowercase())],
            lines: lines(self.measures, (plane, at_mm), self.first.grid()),
            crosshair: None,
        }
    }

    fn figure(
        &self,
        panels: Vec<PicturePanel>,
        (n_columns, caption): (usize, &str),
    ) -> PictureFigure {
        let sizes: Vec<[u32; 2]> = panels.iter().map(|panel| panel.slice.view.size).collect();
        let scale = scale_for(&sizes);
        let mut notes = vec![caption.to_owned()];
        notes.extend(self.notes.iter().cloned());
        notes.push(PICTURE_NOTICE.to_owned());
        PictureFigure {
            panels: in_rows(panels, n_columns, scale),
            bars: self.bars.clone(),
            notes,
            scale,
            has_names: self.args.with_names,
            patient: PicturePatient {
                name: self.args.patient_name.clone().unwrap_or_default(),
                id: self.args.patient_id.clone().unwrap_or_default(),
            },
        }
    }

    /// Where planes lie, in words.
    fn places(&self, planes: &[Plane]) -> String {
        let place = |plane: &Plane| place_text(*plane, self.at_mm(*plane), self.orientation);
        planes.iter().map(place).collect::<Vec<_>>().join(", ")
    }

    /// A picture of nothing would look like one of air.
    fn check_at(&self, planes: &[Plane]) -> anyhow::Result<()> {
        let Some(at) = self.args.at else {
            return Ok(());
        };
        let (low, high) = self.first.grid().bounds_in_world();
        for plane in planes {
            let axis = plane.normal_axis();
            ensure!(
                (low[axis]..=high[axis]).contains(&at[axis]),
                "--at is {},{},{}, and no {} slice of the first scan lies there",
                at.x,
                at.y,
                at.z,
                plane.name().to_lowercase()
            );
        }
        Ok(())
    }

    fn request(&self, scans: &[Drawn]) -> anyhow::Result<PictureRequest> {
        let planes = self.planes();
        let plane = planes[0];
        let grid = self.first.grid();
        self.check_at(&planes)?;
        let per_second = |first: f64| self.args.per_second.unwrap_or(first);
        if let Some([rows, columns]) = self.args.lightbox {
            let step = self.args.step.map(usize::from);
            let about = step.map(|step| (step, self.at_mm(plane)));
            let positions = lightbox_positions(plane, grid, rows * columns, about);
            let of = &self.columns[0];
            let mut panels: Vec<PicturePanel> = positions
                .iter()
                .map(|at_mm| self.panel(of, plane, *at_mm))
                .collect();
            // Each says where it lies; what it is of stands above the first.
            for panel in panels.iter_mut().skip(1) {
                panel.title.clear();
            }
            let caption = stack_text(plane, &positions, self.orientation);
            return Ok(PictureRequest::Still(
                self.figure(panels, (columns, &caption)),
            ));
        }
        Ok(match self.args.movie {
            None => {
                let panels = planes.iter().flat_map(|plane| {
                    let columns = self.columns.iter();
                    columns.map(|column| self.panel(column, *plane, self.at_mm(*plane)))
                });
                let shown = (self.columns.len(), self.places(&planes));
                PictureRequest::Still(self.figure(panels.collect(), (shown.0, &shown.1)))
            }
            Some(MovieArg::Slices) => {
                let positions = lightbox_positions(plane, grid, plane.n_slices(grid), None);
                let caption = stack_text(plane, &positions, self.orientation);
                let frame = |at_mm: &f64| {
                    let columns = self.columns.iter();
                    let panels = columns.map(|column| self.panel(column, plane, *at_mm));
                    self.figure(panels.collect(), (self.columns.len(), &caption))
                };
                PictureRequest::Frames {
                    figures: positions.iter().map(frame).collect(),
                    per_second: per_second(10.0),
                }
            }
            Some(MovieArg::Hours) => {
                let mut order: Vec<usize> = (0..scans.len()).collect();
                let hours = |at: &usize| scans[*at].info.hours_after_injection;
                let hours = |at: &usize| hours(at).unwrap_or(f64::INFINITY);
                order.sort_by(|a, b| hours(a).total_cmp(&hours(b)));
                for at in order.iter().filter(|&at| hours(at).is_infinite()) {
                    let path = self.args.scans[*at].display();
                    remark(&format!(
                        "warning: its hours after injection are not known, so it comes last: {path}"
                    ));
                }
                let caption = self.places(&planes);
                let frame = |at: usize| {
                    let panel = self.panel(&self.columns[at], plane, self.at_mm(plane));
                    self.figure(vec![panel], (1, &caption))
                };
                PictureRequest::Frames {
                    figures: order.into_iter().map(frame).collect(),
                    per_second: per_second(1.0),
                }
            }
            Some(MovieArg::Volumes) => {
                let path = &self.args.scans[0];
                let found = catalogue(std::slice::from_ref(path), &no_progress)?;
                let [entry] = &found.entries[..] else {
                    bail!("several scans lie there: {}", path.display());
                };
                let panel = self.panel(&self.columns[0], plane, self.at_mm(plane));
                let caption = self.places(&planes);
                ensure!(
                    entry.info.volumes > 1 && scans[0].labels.is_none(),
                    "--movie volumes is of a scan of several volumes, and there is one volume only, or \
                     labels: {}",
                    path.display()
                );
                PictureRequest::Volumes(Box::new(VolumeFrames {
                    figure: self.figure(vec![panel], (1, &caption)),
                    place: entry.place.clone(),
                    scaling: PixelScaling::default(),
                    shown_from_filed: scans[0].moved,
                    n_volumes: entry.info.volumes,
                    per_second: per_second(4.0),
                }))
            }
        })
    }
}
