//! What panels see of the viewer, for one pass.

use super::command::{Edit, Request};
use super::desk::Desk;
use super::graphics::Graphics;
use super::jobs::ViewerJobs;
use crate::app::shell::Commands;
use eframe::egui;
use std::cell::RefCell;

/// The panes as they lay in the window when it was drawn last.
#[derive(Default)]
pub(super) struct SeenPanes {
    /// Each by its id.
    pub(super) panes: Vec<(egui::Id, egui::Rect)>,
    /// Pixels of a point.
    pub(super) scale: f32,
    /// The window's time.
    pub(super) seconds: f64,
}

/// Panels look, and push what is to be done after all of them were shown.
pub(super) struct Context<'a> {
    pub(super) desk: &'a Desk,
    pub(super) jobs: &'a ViewerJobs,
    pub(super) graphics: &'a Graphics,
    pub(super) commands: Commands<Edit, Request>,
    pub(super) seen: RefCell<SeenPanes>,
}

impl Context<'_> {
    pub(super) fn edit(&self, edit: Edit) {
        self.commands.edit(edit);
    }

    pub(super) fn request(&self, request: Request) {
        self.commands.request(request);
    }
}
