//! Figures into files.

use super::capture::write_capture;
use super::compose::composed;
use super::encode::{Movie, PER_SECOND, write_still};
use super::figure::{PictureFigure, PictureRequest, PictureVolume, VolumeFrames};
use super::words::volume_text;
use crate::formats::Progress;
use crate::report::pdf::pdf;
use crate::study::files::{Access, folder_of, new_beside, sync_folder};
use crate::workflows::notice::{Notice, Notify, working};
use anyhow::{Context, bail, ensure};
use image::RgbImage;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// Of the work on a picture, so much is drawing; the rest is encoding it.
const DRAWING: f64 = 0.7;
/// More pictures than this are no movie that anybody looks at.
const MOST_FRAMES: usize = 4000;

/// Where a file goes, and whether it takes the place of one that is there.
#[derive(Clone, Copy)]
struct Target<'a> {
    path: &'a Path,
    replaces: bool,
}

/// Draws a figure as pixels, for the clipboard.
///
/// # Errors
/// When there is nothing to draw or too much, and when it is stopped.
pub fn picture_pixels(figure: &PictureFigure, notify: Notify<'_>) -> anyhow::Result<RgbImage> {
    Ok(composed(figure, (notify, [0.0, 1.0]))?.pixels()?)
}

/// Draws what is asked for and writes it: a picture as `.png`, as `.svg` or `.pdf` in which words and bars
/// stay vectors, or as `.dcm` (a DICOM secondary capture), a movie as `.png` or `.apng` (an animated PNG).
/// The file appears whole or not at all, in place of one that was there; a `.dcm` overwrites no file, as its
/// identifiers follow from what is in it.
///
/// # Errors
/// When the name ends otherwise, when there is nothing to draw or too much, when a volume cannot be opened,
/// when it cannot be written, when there is such a `.dcm` already, and when it is stopped.
pub fn write_picture(
    request: &PictureRequest,
    path: &Path,
    notify: Notify<'_>,
) -> anyhow::Result<()> {
    let replaces = true;
    write(request, Target { path, replaces }, notify)
}

/// [`write_picture`] where nothing is yet: nothing is overwritten, not even what came while it was drawn.
///
/// # Errors
/// As [`write_picture`], and when there is such a file already.
pub fn write_new_picture(
    request: &PictureRequest,
    path: &Path,
    notify: Notify<'_>,
) -> anyhow::Result<()> {
    check_new(path)?;
    let replaces = false;
    write(request, Target { path, replaces }, notify)
}

fn check_new(path: &Path) -> anyhow::Result<()> {
    ensure!(
        path.symlink_metadata().is_err(),
        "there is such a file already, which is not overwritten: {}",
        path.display()
    );
    Ok(())
}

fn write(request: &PictureRequest, to: Target<'_>, notify: Notify<'_>) -> anyhow::Result<()> {
    let path = to.path;
    let end = path.extension().and_then(|end| end.to_str());
    let end = end.unwrap_or_default().to_lowercase();
    match (request, end.as_str()) {
        (PictureRequest::Still(figure), "png") => {
            let image = composed(figure, (notify, [0.0, DRAWING]))?.pixels()?;
            go_on(notify, "Writing the picture", DRAWING)?;
            write_whole(to, |file| write_still(file, &image, &figure.notes))
        }
        (PictureRequest::Still(figure), "svg") => {
            let svg = composed(figure, (notify, [0.0, DRAWING]))?.svg()?;
            go_on(notify, "Writing the picture", DRAWING)?;
            write_whole(to, |file| Ok(file.write_all(svg.as_bytes())?))
        }
        (PictureRequest::Still(figure), "pdf") => {
            let collage = composed(figure, (notify, [0.0, DRAWING]))?;
            go_on(notify, "Writing the picture", DRAWING)?;
            let page = pdf(&collage, &figure.notes)?;
            write_whole(to, |file| Ok(file.write_all(&page)?))
        }
        (PictureRequest::Still(figure), "dcm") => {
            check_new(path)?;
            let replaces = false;
            let image = composed(figure, (notify, [0.0, DRAWING]))?.pixels()?;
            go_on(notify, "Writing the picture", DRAWING)?;
            write_whole(Target { path, replaces }, |file| {
                write_capture(file, &image, figure)
            })
        }
        (
            PictureRequest::Frames {
                figures,
                per_second,
            },
            "png" | "apng",
        ) => {
            let frame = |at: usize, _: Progress<'_>| Ok(figures[at].clone());
            let movie = (figures.len(), *per_second);
            write_movie(to, movie, &frame, notify)
        }
        (PictureRequest::Volumes(volumes), "png" | "apng") => {
            let frame = |at: usize, progress: Progress<'_>| volumes.frame(at, progress);
            let movie = (volumes.n_volumes, volumes.per_second);
            write_movie(to, movie, &frame, notify)
        }
        (PictureRequest::Still(_), _) => bail!(
            "the name of a picture ends in .png, .svg, .pdf or .dcm: {}",
            path.display()
        ),
        (_, "svg" | "pdf" | "dcm") => bail!(
            "a .{end} is one picture; the name of a movie ends in .png or .apng: {}",
            path.display()
        ),
        _ => bail!(
            "the name of a movie ends in .png or .apng: {}",
            path.display()
        ),
    }
}

fn go_on(notify: Notify<'_>, what: &str, share: f64) -> anyhow::Result<()> {
    ensure!(working(notify, what, share).is_continue(), "stopped");
    Ok(())
}

impl VolumeFrames {
    /// The picture of one of the volumes.
    fn frame(&self, volume_idx: usize, progress: Progress<'_>) -> anyhow::Result<PictureFigure> {
        let opened = self.place.open(volume_idx, self.scaling, progress)?;
        let volume = opened.volume.placed(&self.shown_from_filed)?;
        let volume = PictureVolume::values(volume);
        let mut figure = self.figure.clone();
        for panel in &mut figure.panels {
            if let Some((first, _)) = panel.slice.layers.first_mut() {
                *first = volume.clone();
            }
            panel.title.push(volume_text(volume_idx, self.n_volumes));
        }
        Ok(figure)
    }
}

/// Makes one picture of a movie; may ask whether to go on.
type Frame<'a> = &'a dyn Fn(usize, Progress<'_>) -> anyhow::Result<PictureFigure>;

fn write_movie(
    to: Target<'_>,
    (n_frames, per_second): (usize, f64),
    frame: Frame<'_>,
    notify: Notify<'_>,
) -> anyhow::Result<()> {
    ensure!(n_frames > 0, "there is nothing to make a movie of");
    ensure!(
        n_frames <= MOST_FRAMES,
        "a movie of {n_frames} pictures: at most {MOST_FRAMES} are made"
    );
    ensure!(
        PER_SECOND.contains(&per_second),
        "{per_second} pictures in a second: from {} to {} are possible",
        PER_SECOND.start(),
        PER_SECOND.end()
    );
    let drawn = |at: usize| {
        let what = format!("Drawing picture {} of {n_frames}", at + 1);
        let share = at as f64 / n_frames as f64;
        // Shares that opening and drawing tell of themselves would make the bar jump for each picture.
        let figure = frame(at, &|_| working(notify, &what, share))?;
        let stops = |_: Notice| working(notify, &what, share);
        let image = composed(&figure, (&stops, [0.0, 1.0]))?.pixels()?;
        anyhow::Ok((image, figure.notes))
    };
    write_whole(to, |file| {
        let (first, notes) = drawn(0)?;
        let size = first.dimensions().into();
        let mut movie = Movie::new(file, size, (n_frames, per_second), &notes)?;
        movie.add(&first)?;
        for at in 1..n_frames {
            movie.add(&drawn(at)?.0)?;
        }
        movie.finish()
    })
}

/// Writes a file that appears under its name whole, or not at all.
fn write_whole(
    Target { path, replaces }: Target<'_>,
    write: impl FnOnce(&mut BufWriter<&File>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let failed = || format!("cannot write: {}", path.display());
    let folder = folder_of(path);
    let file = new_beside(folder, Access::AsUsual).with_context(failed)?;
    let mut buffered = BufWriter::new(file.as_file());
    write(&mut buffered)?;
    buffered.flush().with_context(failed)?;
    drop(buffered);
    file.as_file().sync_all().with_context(failed)?;
    let persisted = match replaces {
        true => file.persist(path),
        false => file.persist_noclobber(path),
    };
    persisted.with_context(failed)?;
    sync_folder(folder);
    Ok(())
}
