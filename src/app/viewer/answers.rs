//! What becomes of what jobs say, where it changes the desk and asks for nothing else.

use super::asked;
use super::desk::Desk;
use super::jobs::Message;
use crate::models::Model;
use crate::models::tracer::tracer_card;
use std::sync::Arc;

/// Takes in what a job says; hands back what is not for the desk alone.
pub(super) fn take(desk: &mut Desk, message: Message) -> Option<Message> {
    match message {
        Message::Regions(measured) => desk.take_regions(measured),
        Message::Values(values) => asked::take(desk, values),
        Message::Header(found) => desk.header.take(*found),
        Message::Listed(listing) => desk.listing = *listing,
        Message::Thumbnail(catalogue, at, picture) => {
            if Arc::ptr_eq(&catalogue, &desk.listing.catalogue) {
                desk.listing.take(at, picture);
            }
        }
        Message::Identities(catalogue, lines) => {
            if Arc::ptr_eq(&catalogue, &desk.listing.catalogue) {
                desk.listing.identities = lines;
            }
        }
        Message::Networks(models) => {
            desk.network.add(models.iter().cloned());
            let of_tracer = |model: &Model| tracer_card(model).is_ok();
            desk.prediction.models = models.into_iter().filter(of_tracer).collect();
        }
        Message::Labels(scan, labels) => {
            desk.undoable(|desk| desk.take_labels(&scan, &labels));
        }
        Message::Midline(scan, planes) => desk.take_midline(&scan, planes),
        Message::Hashed(scan, hash) => {
            if let Some(sheet) = desk.sheets.of(&scan) {
                sheet.sha256 = Some(hash);
            }
        }
        Message::SheetSaved(scan, saved, path) => {
            desk.notice = format!("The worksheet is saved: {}", path.display());
            // Unless it was corrected meanwhile.
            let sheet = desk.sheets.of(&scan);
            if let Some(sheet) = sheet.filter(|of| of.signed.as_ref() == Some(&*saved)) {
                sheet.saved = Some(path);
            }
        }
        Message::MaskOpened(mask) => {
            desk.undoable(|desk| desk.take_mask(*mask));
        }
        Message::MaskMade(source, made) => {
            if let Some(mask) = &mut desk.mask
                && Arc::ptr_eq(&mask.source, &source)
            {
                mask.take(made.map(|made| *made));
            }
        }
        Message::MaskSaved {
            source,
            generation,
            folder,
            n,
        } => {
            desk.notice = format!("{n} files saved in {}", folder.display());
            if let Some(mask) = &mut desk.mask
                && Arc::ptr_eq(&mask.source, &source)
            {
                mask.take_saved(generation, folder);
            }
        }
        Message::NetworkOpened(model) => desk.take_network(*model),
        Message::Said(said) => desk.take_said(said),
        Message::Counted(counted) => desk.take_count(counted),
        Message::Predicted(shown) => desk.show_prediction(shown),
        Message::Failed(text) => desk.errors.push(text),
        Message::Picked(_, None) => {
            "No file dialog answered. Type a path above instead.".clone_into(&mut desk.picker_note);
        }
        Message::Saved(text) => desk.notice = text,
        other => return Some(other),
    }
    None
}
