//! Colours and sizes. No other file of this room names a colour.

use crate::workflows::region_colour;
use eframe::egui::{self, Color32, Stroke, Visuals};

/// Behind and around every picture, in the dark theme and in the light one: a bright surround
/// hides faint contrast in the scan.
pub(crate) const BEHIND_PICTURE: Color32 = Color32::BLACK;
/// Letters and positions on a picture.
pub(crate) const ON_PICTURE: Color32 = Color32::from_rgb(0xd8, 0xd4, 0xc4);
/// A shadow under them, as a scan may be white there.
pub(crate) const UNDER_TEXT: Color32 = Color32::from_black_alpha(160);
/// The crosshair.
pub(crate) const CROSSHAIR: Color32 = Color32::from_rgba_premultiplied(0x3c, 0x78, 0x5c, 0xa0);
/// Edges of one scan over another.
pub(crate) const OUTLINE: [u8; 3] = [0xf0, 0xb4, 0x28];
/// Lines that are measured by, and the one that is chosen.
pub(crate) fn ruler(is_chosen: bool) -> Color32 {
    match is_chosen {
        true => rgb(0xff_e0_66),
        false => rgb(0x66_d9_e8),
    }
}
/// The frame of the pane that keys go to.
pub(crate) const ACTIVE: Color32 = Color32::from_rgb(0x4a, 0x8f, 0xc4);
/// Curves over time; both are told apart by the colour-blind and on light and dark.
pub(crate) const CURVES: [Color32; 2] = [
    Color32::from_rgb(0xd9, 0x8a, 0x1e),
    Color32::from_rgb(0x3f, 0x8f, 0xd0),
];
/// Regions and their curves, in their order.
pub(crate) fn region(idx: usize) -> Color32 {
    let [r, g, b] = region_colour(idx);
    Color32::from_rgb(r, g, b)
}
/// Between panes.
pub(crate) const PANE_GAP: f32 = 2.0;

/// What words look like in the dark.
pub(crate) fn dark() -> Visuals {
    let mut dark = Visuals::dark();
    dark.panel_fill = Color32::from_gray(0x16);
    dark.window_fill = Color32::from_gray(0x1c);
    dark.extreme_bg_color = Color32::from_gray(0x0c);
    dark.override_text_color = Some(Color32::from_gray(0xc8));
    dark.weak_text_color = Some(Color32::from_gray(0x96));
    dark.selection.bg_fill = rgb(0x00_50_70);
    dark.window_stroke = Stroke::new(1.0, Color32::from_gray(0x38));
    dark
}

/// What words look like in the light.
pub(crate) fn light() -> Visuals {
    let mut light = Visuals::light();
    light.panel_fill = Color32::from_gray(0xf0);
    light.override_text_color = Some(Color32::from_gray(0x20));
    light.weak_text_color = Some(Color32::from_gray(0x58));
    light.hyperlink_color = rgb(0x00_5a_a8);
    light
}

/// Both themes; dark is the default, as reading rooms are.
pub(crate) fn set_up(ctx: &egui::Context) {
    ctx.set_visuals_of(egui::Theme::Dark, dark());
    ctx.set_visuals_of(egui::Theme::Light, light());
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

pub(crate) fn set_dark(ctx: &egui::Context, dark: bool) {
    ctx.set_theme(if dark {
        egui::Theme::Dark
    } else {
        egui::Theme::Light
    });
}

pub(crate) fn is_dark(ctx: &egui::Context) -> bool {
    ctx.theme() == egui::Theme::Dark
}

/// What asks for attention.
pub(crate) fn warning(visuals: &Visuals) -> Color32 {
    either(visuals, rgb(0xe6_b4_50), rgb(0x8a_5a_00))
}

/// What went wrong.
pub(crate) fn error(visuals: &Visuals) -> Color32 {
    either(visuals, rgb(0xf0_80_78), rgb(0xa8_20_18))
}

/// What is done and safe.
pub(crate) fn stored(visuals: &Visuals) -> Color32 {
    either(visuals, rgb(0x7c_c4_88), rgb(0x1e_6e_34))
}

/// Behind every other row of a table.
pub(crate) fn stripe(visuals: &Visuals) -> Color32 {
    either(
        visuals,
        Color32::from_white_alpha(7),
        Color32::from_black_alpha(10),
    )
}

/// Behind a notice that must be seen.
pub(crate) fn banner(visuals: &Visuals) -> Color32 {
    either(visuals, rgb(0x4a_36_08), rgb(0xff_e8_b0))
}

/// What is done of a bar, and the bar itself.
pub(crate) fn progress(visuals: &Visuals) -> [Color32; 2] {
    [
        either(visuals, rgb(0x24_56_7c), rgb(0x9c_c8_e4)),
        either(visuals, rgb(0x28_28_28), rgb(0xdc_dc_dc)),
    ]
}

/// A cell of a heat map for a share from 0 to 1; text in [`ink`] is readable on each of them.
pub(crate) fn heat(visuals: &Visuals, share: f64) -> Color32 {
    let none = either(visuals, rgb(0x1e_1e_1e), rgb(0xfc_fc_fc));
    let full = either(visuals, rgb(0x22_62_96), rgb(0x5c_a6_d6));
    none.lerp_to_gamma(full, share.clamp(0.0, 1.0) as f32)
}

/// Numbers and marks of a figure.
pub(crate) fn ink(visuals: &Visuals) -> Color32 {
    either(visuals, rgb(0xe4_e4_e4), rgb(0x10_10_10))
}

/// Lines of a figure that only guide the eye.
pub(crate) fn rule(visuals: &Visuals) -> Color32 {
    either(visuals, rgb(0x38_38_38), rgb(0xc4_c4_c4))
}

/// The intervals of a figure.
pub(crate) fn interval(visuals: &Visuals) -> Color32 {
    either(visuals, rgb(0x5c_a6_d6), rgb(0x1e_6e_a8))
}

/// All words of a theme, each with its colour and what it stands on; none of the colours lets anything
/// through.
#[must_use]
pub fn words_on_grounds(is_dark: bool) -> Vec<(&'static str, Color32, Color32)> {
    let visuals = if is_dark { dark() } else { light() };
    let of = &visuals.widgets;
    let words = [
        ("text", visuals.text_color()),
        ("weak text", visuals.weak_text_color()),
        ("strong text", visuals.strong_text_color()),
        ("a link", visuals.hyperlink_color),
        ("a warning", warning(&visuals)),
        ("an error", error(&visuals)),
        ("what is stored", stored(&visuals)),
    ];
    let grounds = [visuals.panel_fill, visuals.window_fill];
    let mut all: Vec<_> = grounds
        .iter()
        .flat_map(|&ground| words.map(|(name, colour)| (name, colour, ground)))
        .collect();
    let text = visuals.text_color();
    let field = visuals.text_edit_bg_color();
    all.extend([
        ("text in a field", text, field),
        ("a hint in a field", visuals.weak_text_color(), field),
        ("a button", text, of.inactive.weak_bg_fill),
        ("a button under the pointer", text, of.hovered.weak_bg_fill),
        ("a button that is pressed", text, of.active.weak_bg_fill),
        ("an open menu", text, of.open.weak_bg_fill),
        (
            "what is chosen",
            visuals.selection.stroke.color,
            visuals.selection.bg_fill,
        ),
        ("text that is chosen", text, visuals.selection.bg_fill),
        ("a notice", text, banner(&visuals)),
        (
            "a notice in strong text",
            visuals.strong_text_color(),
            banner(&visuals),
        ),
        (
            "the least of a heat map",
            ink(&visuals),
            heat(&visuals, 0.0),
        ),
        (
            "the middle of a heat map",
            ink(&visuals),
            heat(&visuals, 0.5),
        ),
        ("the most of a heat map", ink(&visuals), heat(&visuals, 1.0)),
        ("words on a picture", ON_PICTURE, BEHIND_PICTURE),
    ]);
    all.extend(progress(&visuals).map(|ground| ("a bar", ink(&visuals), ground)));
    if is_dark {
        all.extend(words.map(|(name, colour)| (name, colour, BEHIND_PICTURE)));
    }
    all
}

/// One colour in the dark theme, another in the light one.
fn either(visuals: &Visuals, dark: Color32, light: Color32) -> Color32 {
    if visuals.dark_mode { dark } else { light }
}

/// 0xRRGGBB.
fn rgb(hex: u32) -> Color32 {
    let [_, r, g, b] = hex.to_be_bytes();
    Color32::from_rgb(r, g, b)
}
