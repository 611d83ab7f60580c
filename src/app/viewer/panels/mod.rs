//! What the viewer shows. Panels look at the desk and push commands; they hold no truth of their
//! own, so that two passes in one frame do no harm.

mod alignment;
mod bar;
mod binding;
mod cine;
mod compare;
mod count;
mod curve;
mod details;
mod files;
mod grid;
mod header;
mod keys;
mod lightbox;
mod listing;
mod mask;
mod measures;
mod messages;
mod metrics;
mod network;
mod offer;
mod pane;
mod panes;
mod path;
mod picture;
mod pictured;
mod prediction;
mod regions;
mod roi;
mod rulers;
mod settings;
mod sheet;
mod side;
mod start;
mod status;
mod unsaved;
mod value_keys;
mod window;

pub use keys::mouse_and_keys;
pub(super) use pictured::picture_request;

use super::choice::Layout;
use super::context::Context;
use eframe::egui;

/// All panels, from the edges of the window to what lies over it.
pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let mut seen = ctx.seen.borrow_mut();
    seen.scale = ui.ctx().pixels_per_point();
    seen.seconds = ui.input(|input| input.time);
    drop(seen);
    keys::handle(ctx, ui);
    bar::ui(ctx, ui);
    status::ui(ctx, ui);
    let desk = ctx.desk;
    // The start page has the whole window; what a prediction needs is said beside it.
    let has_side = !desk.layers.is_empty() || desk.layout == Layout::Prediction;
    if desk.side_open && has_side {
        side::ui(ctx, ui);
    }
    if desk.sheets.open {
        sheet::ui(ctx, ui);
    } else if desk.mask.as_ref().is_some_and(|mask| mask.open) {
        mask::ui(ctx, ui);
    } else if desk.network.open {
        network::ui(ctx, ui);
    } else if desk.header.open {
        header::ui(ctx, ui);
    }
    if ctx.desk.regions.open {
        regions::ui(ctx, ui);
    } else if ctx.desk.measures.open {
        measures::ui(ctx, ui);
    } else if ctx.desk.shows_curve() {
        curve::ui(ctx, ui);
    }
    if ctx.desk.windowing.open {
        window::ui(ctx, ui);
    }
    panes::ui(ctx, ui);
    path::ui(ctx, ui);
    picture::ui(ctx, ui);
    listing::ui(ctx, ui);
    messages::ui(ctx, ui);
    keys::sheet_ui(ctx, ui);
    files::recent_ui(ctx, ui);
    settings::ui(ctx, ui);
    offer::ui(ctx, ui);
    unsaved::ui(ctx, ui);
    start::drop_ui(ui);
}
