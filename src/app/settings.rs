//! Choices of the whole window that stay when it is closed. All windows open with them; only the viewer
//! changes them, so that nothing is written while a study is read.

use super::shell::theme;
use super::viewer::Preset;
use crate::platform::settings_folder;
use crate::text::{self, Limit, from_json};
use crate::volume::Convention;
use eframe::egui;
use serde::{Deserialize, Serialize};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// What the file is called.
const FILE: &str = "settings.json";

/// Text is drawn so many times as large as the desktop asks for.
pub(crate) const TEXT_SCALES: RangeInclusive<f32> = 0.5..=3.0;

/// Dark or light.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// As reading rooms are.
    #[default]
    Dark,
    /// For a bright room.
    Light,
}

/// Choices of the whole window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The colours of the window.
    pub theme: Theme,
    /// How large text and controls are; 1 as the desktop asks for.
    pub text_scale: f32,
    /// Whom mouse and keys follow.
    pub mouse: Preset,
    /// The side of the patient's right when the window opens.
    pub patients_right: Convention,
    /// Whether the corners of pictures say slice, window, zoom and scale.
    pub corner_text: bool,
    /// Whether what is opened is remembered for the list of what was opened.
    pub remember: bool,
    /// Whether what is open is kept, so that it can be opened again after a crash.
    pub recover: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: Theme::default(),
            text_scale: 1.0,
            mouse: Preset::default(),
            patients_right: Convention::default(),
            corner_text: true,
            remember: true,
            recover: true,
        }
    }
}

impl Settings {
    /// Those of a folder, or the usual ones with what is wrong with the file there.
    #[must_use]
    pub fn open(folder: &Path) -> (Self, Option<String>) {
        let path = Self::path(folder);
        if !path.exists() {
            return (Self::default(), None);
        }
        match opened(&path) {
            Ok(settings) => (settings, None),
            Err(why) => (Self::default(), Some(why)),
        }
    }

    /// Those of the user, for windows that change nothing of them.
    pub(super) fn of_user() -> Self {
        let opened = settings_folder().map(|folder| Self::open(&folder));
        let (settings, trouble) = opened.unwrap_or_default();
        if let Some(why) = trouble {
            tracing::warn!("the usual settings are used: {why}");
        }
        settings
    }

    /// Their file in a folder.
    #[must_use]
    pub fn path(folder: &Path) -> PathBuf {
        folder.join(FILE)
    }

    /// As they are written.
    pub(super) fn to_json(self) -> serde_json::Result<String> {
        Ok(serde_json::to_string_pretty(&self)? + "\n")
    }

    /// Text as large as was chosen.
    pub fn set_text_scale(&self, ctx: &egui::Context) {
        ctx.set_zoom_factor(self.text_scale);
    }

    /// The window as it was chosen.
    pub(super) fn set_up(&self, ctx: &egui::Context) {
        theme::set_dark(ctx, self.theme == Theme::Dark);
        self.set_text_scale(ctx);
    }
}

fn opened(path: &Path) -> Result<Settings, String> {
    let text = text::open(path, Limit::Settings).map_err(|error| error.to_string())?;
    let settings: Settings =
        from_json(&text).map_err(|fault| format!("{fault}: {}", path.display()))?;
    match TEXT_SCALES.contains(&settings.text_scale) {
        true => Ok(settings),
        false => Err(format!(
            "text_scale: {} is not between {} and {}: {}",
            settings.text_scale,
            TEXT_SCALES.start(),
            TEXT_SCALES.end(),
            path.display()
        )),
    }
}
