//! What a click of the second button offers on a pane.

use crate::app::viewer::{Context, Edit, PictureOf, Request, text::with_key};
use eframe::egui;

/// Copying and saving pictures, each by a key too.
pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui, pane: egui::Id) {
    let entry = |ui: &mut egui::Ui, name: &str, (key, words): (&str, &str)| {
        let button = ui.add(egui::Button::new(name).shortcut_text(key));
        let clicked = button.on_hover_text(with_key(words, key)).clicked();
        if clicked {
            ui.close();
        }
        clicked
    };
    let words = "This picture, with letters, scale and what it is, on the clipboard";
    if entry(ui, "Copy picture", ("Ctrl C", words)) {
        ctx.request(Request::CopyPicture(PictureOf::Pane, Some(pane)));
    }
    let words = "All panes as they lie, on the clipboard";
    if entry(ui, "Copy all panes", ("Ctrl Shift C", words)) {
        ctx.request(Request::CopyPicture(PictureOf::Panes, None));
    }
    let words = "A picture, a sheet of slices or a movie, in a file";
    if entry(ui, "Save picture…", ("Ctrl S", words)) {
        ctx.edit(Edit::ShowPicture(true, Some(pane)));
    }
}
