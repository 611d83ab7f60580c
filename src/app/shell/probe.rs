//! A window that is opened only to see that one can be.

use super::window::run_window;
use crate::render::adapter_title;
use crate::workflows::DisplayFacts;
use anyhow::Context;
use eframe::egui;
use std::sync::mpsc::{Sender, channel};

/// After so many frames a screen whose size is still unknown is taken for one that does not tell it.
const MOST_FRAMES: usize = 20;

/// Opens a window for a moment, and says what it lies on.
///
/// # Errors
/// When none can be opened.
pub fn look_at_display() -> anyhow::Result<DisplayFacts> {
    let (sender, seen) = channel();
    run_window("Cisterna", move |cc| {
        let state = cc.wgpu_render_state.as_ref();
        let adapter = state.map(|state| adapter_title(&state.adapter.get_info()));
        Ok(Probe {
            adapter: adapter.context("the window has no graphics device")?,
            n_frames: 0,
            sender,
        })
    })?;
    seen.try_recv()
        .context("the window was closed before it was drawn")
}

struct Probe {
    adapter: String,
    n_frames: usize,
    sender: Sender<DisplayFacts>,
}

impl eframe::App for Probe {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        ui.centered_and_justified(|ui| ui.label("Looking at the display"));
        self.n_frames += 1;
        let ctx = ui.ctx();
        let (screen, scale) = ctx.input(|input| {
            let viewport = input.viewport();
            (viewport.monitor_size, viewport.native_pixels_per_point)
        });
        if screen.is_none() && self.n_frames < MOST_FRAMES {
            ctx.request_repaint();
            return;
        }
        let per_point = ctx.pixels_per_point();
        // Fails where an earlier frame has told all already, and nobody waits for this one.
        let _ = self.sender.send(DisplayFacts {
            screen_pixels: screen
                .map(|size| [size.x, size.y].map(|n| (n * per_point).round() as u32)),
            scale,
            adapter: self.adapter.clone(),
        });
        ctx.send_viewport_cmd(egui::ViewportCommand::Close);
    }
}
