//! Pictures that are handed on: drawn, encoded, and copied or written.

use super::{Message, ViewerJobs};
use crate::app::shell::Job;
use crate::workflows::{PictureRequest, picture_pixels, write_new_picture};
use anyhow::{Context, bail};
use arboard::{Clipboard, ImageData};
use image::DynamicImage;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// Draws a picture and puts it on the clipboard; answers its size.
fn copied(
    job: &Job<Message>,
    request: &PictureRequest,
    clipboard: &Mutex<Option<Clipboard>>,
) -> anyhow::Result<(u32, u32)> {
    let PictureRequest::Still(figure) = request else {
        bail!("a clipboard takes no movie");
    };
    let image = picture_pixels(figure, &|notice| job.notice(notice))?;
    let image = DynamicImage::ImageRgb8(image).into_rgba8();
    let size = image.dimensions();
    job.say("Copying the picture", 0.9);
    let mut clipboard = clipboard.lock().unwrap_or_else(PoisonError::into_inner);
    if clipboard.is_none() {
        *clipboard = Some(Clipboard::new().context("there is no clipboard here")?);
    }
    let clipboard = clipboard.as_mut().context("there is no clipboard here")?;
    clipboard.set_image(ImageData {
        width: size.0 as usize,
        height: size.1 as usize,
        bytes: image.into_raw().into(),
    })?;
    Ok(size)
}

impl ViewerJobs {
    /// Puts a picture on the clipboard; with names that were asked for some time ago, it says so.
    pub(in crate::app::viewer) fn copy_picture(&self, request: PictureRequest, with_names: bool) {
        let names = match with_names {
            true => ", with file names",
            false => "",
        };
        let clipboard = self.clipboard.clone();
        self.running.spawn("picture", move |job| {
            match copied(job, &request, &clipboard) {
                Ok((width, height)) => job.send(Message::Saved(format!(
                    "The picture is on the clipboard, {width} x {height} pixels{names}"
                ))),
                Err(_) if job.is_cancelled() => {}
                Err(error) => job.send(Message::Failed(format!(
                    "The picture was not copied; it can be saved (Ctrl S): {error:#}"
                ))),
            }
        });
    }

    /// Writes a picture or a movie into a new file: as with all that the viewer saves, nothing that is there
    /// is overwritten.
    pub(in crate::app::viewer) fn save_picture(&self, request: PictureRequest, path: PathBuf) {
        self.running.spawn("picture", move |job| {
            match write_new_picture(&request, &path, &|notice| job.notice(notice)) {
                Ok(()) => job.send(Message::Saved(format!(
                    "The picture is saved: {}",
                    path.display()
                ))),
                Err(_) if job.is_cancelled() => {}
                Err(error) => job.send(Message::Failed(format!(
                    "The picture was not saved: {error:#}"
                ))),
            }
        });
    }
}
