//! Colours and sizes. No other file of this room names a colour.

use eframe::egui::{self, Color32, Stroke, Visuals};

/// Behind and around every picture, in the dark theme and in the light one: a bright surround
/// hides faint contrast in the scan.
pub(super) const BEHIND_PICTURE: Color32 = Color32::BLACK;
/// Letters and positions on a picture.
pub(super) const ON_PICTURE: Color32 = Color32::from_rgb(0xd8, 0xd4, 0xc4);
/// A shadow under them, as a scan may be white there.
pub(super) const UNDER_TEXT: Color32 = Color32::from_black_alpha(160);
/// The crosshair.
pub(super) const CROSSHAIR: Color32 = Color32::from_rgba_premultiplied(0x3c, 0x78, 0x5c, 0xa0);
/// The frame of the pane that keys go to.
pub(super) const ACTIVE: Color32 = Color32::from_rgb(0x4a, 0x8f, 0xc4);
/// Curves over time; both are told apart by the colour-blind and on light and dark.
pub(super) const CURVES: [Color32; 2] = [
    Color32::from_rgb(0xd9, 0x8a, 0x1e),
    Color32::from_rgb(0x3f, 0x8f, 0xd0),
];
/// Between panes.
pub(super) const PANE_GAP: f32 = 2.0;

/// What asks for attention.
pub(super) fn warning(visuals: &Visuals) -> Color32 {
    if visuals.dark_mode {
        Color32::from_rgb(0xe6, 0xb4, 0x50)
    } else {
        Color32::from_rgb(0x8a, 0x5a, 0x00)
    }
}

/// What went wrong.
pub(super) fn error(visuals: &Visuals) -> Color32 {
    if visuals.dark_mode {
        Color32::from_rgb(0xf0, 0x80, 0x78)
    } else {
        Color32::from_rgb(0xa8, 0x20, 0x18)
    }
}

/// What is done and safe.
pub(super) fn stored(visuals: &Visuals) -> Color32 {
    if visuals.dark_mode {
        Color32::from_rgb(0x7c, 0xc4, 0x88)
    } else {
        Color32::from_rgb(0x1e, 0x6e, 0x34)
    }
}

/// Both themes; dark is the default, as reading rooms are.
pub(super) fn set_up(ctx: &egui::Context) {
    let mut dark = Visuals::dark();
    dark.panel_fill = Color32::from_gray(0x16);
    dark.window_fill = Color32::from_gray(0x1c);
    dark.extreme_bg_color = Color32::from_gray(0x0c);
    dark.override_text_color = Some(Color32::from_gray(0xc8));
    dark.window_stroke = Stroke::new(1.0, Color32::from_gray(0x38));
    ctx.set_visuals_of(egui::Theme::Dark, dark);
    let mut light = Visuals::light();
    light.panel_fill = Color32::from_gray(0xf0);
    light.override_text_color = Some(Color32::from_gray(0x20));
    ctx.set_visuals_of(egui::Theme::Light, light);
    for theme in [egui::Theme::Dark, egui::Theme::Light] {
        ctx.style_mut_of(theme, |style| {
            style.spacing.item_spacing = egui::vec2(6.0, 5.0);
            style.spacing.button_padding = egui::vec2(7.0, 3.0);
            style.spacing.slider_width = 110.0;
            // A still picture: nothing fades or slides.
            style.animation_time = 0.0;
        });
    }
    set_dark(ctx, true);
}

pub(super) fn set_dark(ctx: &egui::Context, dark: bool) {
    ctx.set_theme(if dark {
        egui::Theme::Dark
    } else {
        egui::Theme::Light
    });
}

pub(super) fn is_dark(ctx: &egui::Context) -> bool {
    ctx.theme() == egui::Theme::Dark
}

/// Behind every other row of a table.
pub(super) fn stripe(visuals: &Visuals) -> Color32 {
    if visuals.dark_mode {
        Color32::from_white_alpha(7)
    } else {
        Color32::from_black_alpha(10)
    }
}

/// Behind a notice that must be seen.
pub(super) fn banner(visuals: &Visuals) -> Color32 {
    if visuals.dark_mode {
        Color32::from_rgb(0x4a, 0x36, 0x08)
    } else {
        Color32::from_rgb(0xff, 0xe8, 0xb0)
    }
}

/// What is done of a bar, and the bar itself.
pub(super) fn progress(visuals: &Visuals) -> [Color32; 2] {
    if visuals.dark_mode {
        [
            Color32::from_rgb(0x24, 0x56, 0x7c),
            Color32::from_gray(0x28),
        ]
    } else {
        [
            Color32::from_rgb(0x9c, 0xc8, 0xe4),
            Color32::from_gray(0xdc),
        ]
    }
}

/// A cell of a heat map for a share from 0 to 1; text in [`ink`] is readable on each of them.
pub(super) fn heat(visuals: &Visuals, share: f64) -> Color32 {
    let [none, full] = if visuals.dark_mode {
        [
            Color32::from_gray(0x1e),
            Color32::from_rgb(0x22, 0x62, 0x96),
        ]
    } else {
        [
            Color32::from_gray(0xfc),
            Color32::from_rgb(0x5c, 0xa6, 0xd6),
        ]
    };
    none.lerp_to_gamma(full, share.clamp(0.0, 1.0) as f32)
}

/// Numbers and marks of a figure.
pub(super) fn ink(visuals: &Visuals) -> Color32 {
    if visuals.dark_mode {
        Color32::from_gray(0xe4)
    } else {
        Color32::from_gray(0x10)
    }
}

/// Lines of a figure that only guide the eye.
pub(super) fn rule(visuals: &Visuals) -> Color32 {
    if visuals.dark_mode {
        Color32::from_gray(0x38)
    } else {
        Color32::from_gray(0xc4)
    }
}

/// The intervals of a figure.
pub(super) fn interval(visuals: &Visuals) -> Color32 {
    if visuals.dark_mode {
        Color32::from_rgb(0x5c, 0xa6, 0xd6)
    } else {
        Color32::from_rgb(0x1e, 0x6e, 0xa8)
    }
}
