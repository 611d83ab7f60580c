//! A window of the desktop, with a graphics device that networks could share.

use anyhow::{Context, anyhow};
use eframe::{egui, wgpu};
use std::path::PathBuf;
use std::sync::Arc;

/// Whether a window can be opened here at all.
#[must_use]
pub fn has_display() -> bool {
    if cfg!(any(target_os = "windows", target_os = "macos")) {
        return true;
    }
    ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Opens a window and stays until it is closed.
pub(crate) fn run_window<A: eframe::App + 'static>(
    title: &str,
    make: impl FnOnce(&eframe::CreationContext<'_>) -> anyhow::Result<A> + 'static,
) -> anyhow::Result<()> {
    if !has_display() {
        return Err(anyhow!(
            "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set); \
             `cisterna slice` and `cisterna demo --output FOLDER` draw without one"
        ));
    }
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title(title)
            .with_app_id("cisterna")
            .with_inner_size([1280.0, 800.0])
            .with_min_inner_size([800.0, 500.0])
            .with_drag_and_drop(true),
        wgpu_options: wgpu_options(),
        ..Default::default()
    };
    eframe::run_native(title, options, Box::new(|cc| Ok(Box::new(make(cc)?))))
        .map_err(|error| anyhow!(error.to_string()))
        .context("the window could not be opened")
}

/// All limits and features of the adapter: the limits for large scans, and both because burn,
/// which is to share this device, takes what the adapter names for granted.
fn wgpu_options() -> eframe::egui_wgpu::WgpuConfiguration {
    let mut options = eframe::egui_wgpu::WgpuConfiguration::default();
    if let eframe::egui_wgpu::WgpuSetup::CreateNew(setup) = &mut options.wgpu_setup {
        setup.device_descriptor = Arc::new(|adapter| wgpu::DeviceDescriptor {
            label: Some("cisterna"),
            required_features: adapter.features().difference(
                wgpu::Features::MAPPABLE_PRIMARY_BUFFERS | wgpu::Features::all_experimental_mask(),
            ),
            required_limits: adapter.limits(),
            ..Default::default()
        });
    }
    options
}

/// Files that were dropped on the window since the last frame.
pub(crate) fn dropped_files(ctx: &egui::Context) -> Vec<PathBuf> {
    ctx.input(|input| {
        let files = input.raw.dropped_files.iter();
        files.map(|file| file.path().to_path_buf()).collect()
    })
}
