//! Volumes and hours played: play and stop, how fast, and one scan of a time series at a time.

use crate::app::shell::labelled;
use crate::app::viewer::{Context, Edit, Layout, Request, cine::SPEEDS, text::with_key};
use eframe::egui;

/// More frames a second than this flash, where they differ much.
const SAFE_FRAMES: f32 = 3.0;

pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let desk = ctx.desk;
    let is_playing = desk.cine.playing.is_some();
    let to_play = desk.to_play();
    let play = egui::Button::selectable(is_playing, if is_playing { "Stop" } else { "Play" });
    let play = ui.add_enabled(is_playing || to_play.is_ok(), play);
    let words = match desk.layout {
        Layout::TimeSeries => "The scans by hours one after the other, again and again",
        _ => "The volumes of the scan one after the other, again and again; they are loaded first",
    };
    let play = play.on_hover_text(with_key(words, "Shift Space"));
    if play
        .on_disabled_hover_text(to_play.err().unwrap_or_default())
        .clicked()
    {
        ctx.request(Request::Play);
    }
    let mut frames = desk.cine.frames_per_second;
    let field = egui::DragValue::new(&mut frames)
        .range(SPEEDS)
        .speed(0.05)
        .max_decimals(1);
    let field = labelled(ui, "Frames a second", field);
    let words = match frames > SAFE_FRAMES {
        true => {
            "How fast is played. What flashes more often than three times a second can bring on a seizure"
        }
        false => "How fast is played",
    };
    if field.on_hover_text(words).changed() {
        ctx.edit(Edit::FramesPerSecond(frames));
    }
}

/// One scan of a time series at a time, or all of them.
pub(super) fn one_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let mut one = ctx.desk.one_scan.is_some();
    let field = ui.checkbox(&mut one, "One at a time");
    let words = "One scan fills the window; the next by hours with Shift Page up, the one before with Shift Page down";
    if field.on_hover_text(words).changed() {
        ctx.edit(Edit::OneScan(one));
    }
}
