//! Mouse and keys: two presets, one table for each, from which both the behaviour and the sheet
//! of keys are made.

use super::binding::{Binding, key, tool_key};
use super::pane;
use super::value_keys::value_keys;
use crate::app::settings::Settings;
use crate::app::shell::theme;
use crate::app::viewer::{
    AngleEdit, CompareEdit, Context, Desk, Edit, HandMotion, Layout, MaskEdit, NetworkEdit,
    PathPanel, PictureOf, Preset, Request, RoiEdit, RulerEdit, SheetEdit, Tool,
};
use crate::render::LayerStyle;
use crate::volume::{Convention, Interpolation, Plane};
use eframe::egui::{self, Key, Modifiers, PointerButton, text_selection::LabelSelectionState};

/// What keys do now.
fn bindings(desk: &Desk, dark: bool) -> Vec<Binding> {
    let plane = desk.active;
    let step = |slices| [Edit::Step(plane, slices)];
    let nudge = |right, down| [Edit::Nudge(plane, right, down)];
    let zoom = |factor| [Edit::Zoom(desk.chosen_view(), factor, desk.crosshair)];
    let layout = |other| match desk.layout == other {
        true => [Edit::Layout(Layout::Planes)],
        false => [Edit::Layout(other)],
    };
    // What is not seen is not changed, as that could not be seen to be taken back either.
    let is_prediction = desk.layout == Layout::Prediction;
    let chosen = desk.layers.get(desk.selected).filter(|_| !is_prediction);
    let style = |change: &dyn Fn(&mut LayerStyle)| {
        chosen.map(|layer| {
            let mut style = layer.style;
            change(&mut style);
            Edit::Style(desk.selected, style)
        })
    };
    // A scan that is compared hides what is below.
    let is_opaque = desk.compared().is_some() && chosen.is_some_and(|layer| !layer.is_labels);
    let opacity = |by: f32| {
        let change = style(&|style| style.opacity = (style.opacity + by).clamp(0.0, 1.0));
        change.filter(|_| !is_opaque)
    };
    let enlarged = desk.maximised.is_none().then_some(plane);
    let flipped = match desk.convention {
        Convention::Radiological => Convention::Neurological,
        Convention::Neurological => Convention::Radiological,
    };
    let interpolation = style(&|style| {
        style.interpolation = match style.interpolation {
            Interpolation::Nearest => Interpolation::Linear,
            Interpolation::Linear => Interpolation::Nearest,
        };
    });
    let visible = chosen
        .filter(|_| matches!(desk.layout, Layout::Planes | Layout::Grid))
        .map(|layer| Edit::Visible(desk.selected, !layer.visible));
    let auto = chosen.map(|_| Edit::AutoWindow(desk.selected));
    let escape = [
        Edit::KeySheet(false),
        Edit::Tool(Tool::Look),
        Edit::PathPanel(None),
        Edit::ShowListing(false),
        Edit::ShowRecent(false),
        Edit::ShowSettings(false),
        Edit::ShowPicture(false, None),
        Edit::ShowMessages(false),
    ];
    let sheet = [Edit::KeySheet(!desk.sheet_open)];
    let mut bindings = match desk.preset {
        _ if desk.alignment.adjusting && !is_prediction => adjusting(),
        Preset::Radiology => vec![
            key(Key::ArrowUp, "Next slice", step(1.0)),
            key(Key::ArrowDown, "Previous slice", step(-1.0)),
            key(Key::ArrowUp, "Five slices on", step(5.0)).with(Modifiers::SHIFT),
            key(Key::ArrowDown, "Five slices back", step(-5.0)).with(Modifiers::SHIFT),
            key(Key::ArrowRight, "Crosshair right", nudge(1.0, 0.0)),
            key(Key::ArrowLeft, "Crosshair left", nudge(-1.0, 0.0)),
        ],
        Preset::Neuroimaging => vec![
            key(Key::ArrowRight, "Crosshair right", nudge(1.0, 0.0)),
            key(Key::ArrowLeft, "Crosshair left", nudge(-1.0, 0.0)),
            key(Key::ArrowUp, "Crosshair up", nudge(0.0, -1.0)),
            key(Key::ArrowDown, "Crosshair down", nudge(0.0, 1.0)),
        ],
    };
    let file_window = chosen.map(|_| Edit::FileWindow(desk.selected));
    let exchange = match desk.layout {
        Layout::Prediction if !desk.prediction.shown.is_empty() => {
            Some(Edit::Exchange(!desk.prediction.exchanged))
        }
        Layout::Compare if desk.compared().is_some() => Some(Edit::Compare(CompareEdit::Exchange)),
        _ => None,
    };
    let signed = Edit::Signed(!desk.shown_difference().signed);
    let signed = exchange.is_some().then_some(signed);
    let listing = [Edit::ShowListing(!desk.listing.open)];
    let messages = [Edit::ShowMessages(!desk.messages_open)];
    let path = |purpose| [Edit::PathPanel(Some(purpose))];
    let save = path(PathPanel::SaveSession);
    let is_idle = desk.layers.is_empty();
    let demo = is_idle.then_some(Request::Demo);
    let recent = [Edit::ShowRecent(!desk.kept.recent_open)];
    let settings = [Edit::ShowSettings(!desk.kept.settings_open)];
    let picture = [Edit::ShowPicture(true, None)];
    let alignment = &desk.alignment;
    let before = (!is_prediction).then_some(Edit::ShowBefore(!alignment.before));
    let by_hand = (!is_prediction).then_some(Edit::Adjusting(!alignment.adjusting));
    let can_judge =
        exchange.is_some() || !matches!(desk.layout, Layout::Compare | Layout::Prediction);
    let judge = can_judge.then_some(Edit::Compare(CompareEdit::Judge));
    let regions = [Edit::ShowRegions(!desk.regions.open)];
    let tool = |of, what, tool| tool_key(desk.tool, of, what, tool);
    let mask = desk.mask.as_ref().filter(|mask| mask.open);
    let [undo, redo] = UndoRedo::of(desk).edits();
    let line = desk.rulers.chosen.map(RulerEdit::Delete).map(Edit::Ruler);
    let angle = desk.angles.chosen.map(AngleEdit::Delete).map(Edit::Angle);
    let cluster = mask.and_then(|mask| mask.chosen);
    let cluster = cluster.map(MaskEdit::TakeOut).map(Edit::Mask);
    let roi = desk.roi.chosen().map(|roi| roi.number);
    let roi = roi.map(RoiEdit::Delete).map(Edit::Roi);
    let delete = line.or(angle).or(cluster).or(roi);
    let hide_sheet = desk
        .sheets
        .open
        .then_some(Edit::Sheet(SheetEdit::Show(false)));
    let show_sheet = (!desk.sheets.open).then_some(Request::Worksheet);
    let hide_mask = mask.map(|_| Edit::Mask(MaskEdit::Show(false)));
    let show_mask = mask.is_none().then_some(Request::Mask);
    let crosshair = [Edit::ShowCrosshair(!desk.show_crosshair)];
    bindings.extend([
        key(Key::PageUp, "Next slice", step(1.0)),
        key(Key::PageDown, "Previous slice", step(-1.0)),
        key(Key::Home, "First slice", [Edit::StepToEnd(plane, false)]),
        key(Key::End, "Last slice", [Edit::StepToEnd(plane, true)]),
        key(Key::Num1, "Axial", [Edit::Activate(Plane::Axial)]),
        key(Key::Num2, "Coronal", [Edit::Activate(Plane::Coronal)]),
        key(Key::Num3, "Sagittal", [Edit::Activate(Plane::Sagittal)]),
        key(
            Key::Space,
            "Enlarge the plane, and back",
            [Edit::Maximise(enlarged)],
        ),
        key(Key::Plus, "Zoom in", zoom(1.25)),
        key(Key::Equals, "Zoom in", zoom(1.25)).unlisted(),
        key(Key::Minus, "Zoom out", zoom(0.8)),
        key(Key::R, "Reset zoom and position", [Edit::ResetViews]),
        key(Key::A, "Auto window", auto),
        key(
            Key::I,
            "Invert",
            style(&|style| style.invert = !style.invert),
        ),
        key(Key::N, "Nearest or linear interpolation", interpolation),
        key(Key::V, "Show or hide the chosen scan", visible),
        key(Key::OpenBracket, "Less opaque", opacity(-0.1)),
        key(Key::CloseBracket, "More opaque", opacity(0.1)),
        key(
            Key::F,
            "Flip between radiological and neurological",
            [Edit::Convention(flipped)],
        ),
        key(Key::C, "Compare two scans", layout(Layout::Compare)),
        key(
            Key::H,
            "Time series by hours after injection",
            layout(Layout::TimeSeries),
        ),
        key(Key::P, "Prediction of 24 h", layout(Layout::Prediction)),
        key(Key::O, "Three planes", [Edit::Layout(Layout::Planes)]).with(Modifiers::SHIFT),
        key(Key::G, "Scans side by side in a grid", layout(Layout::Grid)).with(Modifiers::SHIFT),
        key(
            Key::L,
            "Lightbox: the slices of the chosen scan",
            layout(Layout::Lightbox),
        )
        .with(Modifiers::SHIFT),
        key(Key::N, "Choose the next scan", [Edit::SelectNext]).with(Modifiers::SHIFT),
        key(
            Key::D,
            "How the chosen scan is drawn, or folded",
            [Edit::Details(!desk.details_open)],
        )
        .with(Modifiers::SHIFT),
        key(
            Key::H,
            "Header of the chosen scan's file",
            [Edit::ShowHeader(!desk.header.open)],
        )
        .with(Modifiers::SHIFT),
        key(Key::X, "Text in the corners of pictures", [])
            .with(Modifiers::SHIFT)
            .requests(Request::Settings(Settings {
                corner_text: !desk.kept.settings.corner_text,
                ..desk.kept.settings
            })),
        key(Key::E, "Exchange the two that are compared", exchange),
        key(Key::D, "Difference with or without sign", signed),
        key(Key::X, "Crosshair on or off", crosshair),
        key(Key::G, "Align scans to the first", []).requests(Request::Align),
        key(Key::B, "Before the alignment, and after", before),
        key(Key::M, "Move the chosen scan by hand", by_hand),
        key(
            Key::J,
            "Compare in the next way: swipe, flicker, fade…",
            judge,
        ),
        key(Key::Q, "Curves of regions over the hours", regions),
        key(Key::Q, "Measure regions", [])
            .with(Modifiers::SHIFT)
            .requests(Request::MeasureRegions),
        key(Key::Z, UndoRedo::of(desk).undo_words(), [undo]).with(Modifiers::COMMAND),
        key(Key::Z, UndoRedo::of(desk).redo_words(), [redo.clone()])
            .with(Modifiers::COMMAND | Modifiers::SHIFT),
        key(Key::Y, "", [redo]).with(Modifiers::COMMAND).unlisted(),
        tool(Key::K, "Ruler, and back", Tool::Ruler),
        key(
            Key::U,
            "End of a ruler at the crosshair",
            [Edit::Ruler(RulerEdit::EndAtCrosshair)],
        ),
        key(
            Key::Delete,
            "Take away the chosen ruler, angle, cluster or region",
            delete,
        ),
        key(Key::Y, "Worksheet of the Bern score", hide_sheet).requests_if(show_sheet),
        key(Key::O, "Mask of the chosen layer", hide_mask).requests_if(show_mask),
        tool(Key::Num4, "Paint into the mask, and back", Tool::Paint),
        tool(Key::Num5, "Erase from the mask, and back", Tool::Erase),
        tool(Key::Num6, "Click clusters away, and back", Tool::TakeOut),
        key(
            Key::Num0,
            "Networks: leak, spaces, counts",
            [Edit::Network(NetworkEdit::Show(!desk.network.open))],
        ),
        key(Key::S, "Side panel", [Edit::Side(!desk.side_open)]),
        key(Key::W, "Window as the file suggests", file_window),
        key(Key::L, "List of the folder's scans", listing),
        key(Key::M, "List of messages", messages).with(Modifiers::SHIFT),
        key(Key::T, "Dark or light", []).requests(Request::Dark(!dark)),
        // The toolkit moves the focus; listed so that it is known.
        key(Key::Tab, "To the next pane or button", []),
        key(Key::O, "Open scans", path(PathPanel::Open)).with(Modifiers::COMMAND),
        key(
            Key::E,
            "Open a patient's folder",
            path(PathPanel::OpenFolder),
        )
        .with(Modifiers::COMMAND),
        key(
            Key::R,
            "Open a study or a rater's package",
            path(PathPanel::OpenStudy),
        )
        .with(Modifiers::COMMAND),
        key(Key::N, "Plan a study", [])
            .with(Modifiers::COMMAND)
            .requests(Request::PlanStudy),
        key(Key::D, "Show the demo, where nothing is open", [])
            .with(Modifiers::COMMAND)
            .requests_if(demo),
        key(Key::O, "Recent files", recent).with(Modifiers::COMMAND | Modifiers::SHIFT),
        key(Key::S, "Save the session", save).with(Modifiers::COMMAND | Modifiers::SHIFT),
        key(Key::Comma, "Settings", settings).with(Modifiers::COMMAND),
        // The toolkit's own, too.
        key(Key::Plus, "Larger text", []).with(Modifiers::COMMAND),
        key(Key::Minus, "Smaller text", []).with(Modifiers::COMMAND),
        key(Key::Num0, "Text as large as usual", []).with(Modifiers::COMMAND),
        key(Key::C, "Copy a picture of the pane", [])
            .with(Modifiers::COMMAND)
            .requests(Request::CopyPicture(PictureOf::Pane, None)),
        key(Key::C, "Copy a picture of all panes", [])
            .with(Modifiers::COMMAND | Modifiers::SHIFT)
            .requests(Request::CopyPicture(PictureOf::Panes, None)),
        key(
            Key::S,
            "Save a picture, a sheet of slices, a movie",
            picture,
        )
        .with(Modifiers::COMMAND),
        key(Key::Questionmark, "This sheet", sheet),
        key(Key::F1, "The manual, in the browser", []).requests(Request::Manual),
        key(Key::Escape, "Close this sheet or panel", escape),
    ]);
    bindings.extend(value_keys(desk));
    bindings
}

/// What arrow keys do while the chosen scan is moved by hand.
fn adjusting() -> Vec<Binding> {
    let keys = [
        (Key::ArrowLeft, Modifiers::NONE),
        (Key::ArrowRight, Modifiers::NONE),
        (Key::ArrowUp, Modifiers::NONE),
        (Key::ArrowDown, Modifiers::NONE),
        (Key::ArrowLeft, Modifiers::SHIFT),
        (Key::ArrowRight, Modifiers::SHIFT),
    ];
    let moves = HandMotion::ALL.into_iter().zip(keys);
    moves
        .map(|((what, motion), (of, modifiers))| {
            key(of, what, [Edit::MoveByHand(motion)]).with(modifiers)
        })
        .collect()
}

/// What undo and redo act on: while a mask is looked through the mask, else the desk.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum UndoRedo {
    Mask([bool; 2]),
    Desk([bool; 2]),
}

impl UndoRedo {
    pub(super) fn of(desk: &Desk) -> Self {
        match desk.mask.as_ref().filter(|mask| mask.open) {
            Some(mask) => Self::Mask(mask.changes().can_undo_redo()),
            None => Self::Desk(desk.can_undo_redo()),
        }
    }

    /// Whether there is something to take back, and something to do again.
    pub(super) fn can(self) -> [bool; 2] {
        match self {
            Self::Mask(can) | Self::Desk(can) => can,
        }
    }

    pub(super) fn edits(self) -> [Edit; 2] {
        match self {
            Self::Mask(_) => [Edit::Mask(MaskEdit::Undo), Edit::Mask(MaskEdit::Redo)],
            Self::Desk(_) => [Edit::Undo, Edit::Redo],
        }
    }

    pub(super) fn undo_words(self) -> &'static str {
        match self {
            Self::Mask(_) => "Take back the last change of the mask",
            Self::Desk(_) => "Take back the last change of how scans are shown",
        }
    }

    pub(super) fn redo_words(self) -> &'static str {
        match self {
            Self::Mask(_) => "Do again what was taken back of the mask",
            Self::Desk(_) => "Do again what was taken back",
        }
    }
}

/// Turns keys into commands, unless a field or a button has the focus.
pub(super) fn handle(ctx: &Context<'_>, ui: &egui::Ui) {
    // What is asked comes first.
    if ctx.desk.at_risk.is_some() || !ctx.desk.kept.offers.is_empty() {
        return;
    }
    let focused = ui.memory(egui::Memory::focused);
    let typing = focused.is_some_and(|id| !pane::has_focus(id));
    // Words that were marked are what is copied.
    let marked = ui.ctx().plugin_opt::<LabelSelectionState>();
    let is_marked = marked.is_some_and(|marked| marked.lock().has_selection());
    let bindings = bindings(ctx.desk, theme::is_dark(ui.ctx()));
    let bindings = bindings.into_iter();
    let bindings = bindings.filter(|of| !(is_marked && of.is_copy()));
    for pressed in bindings
        .filter(|of| (!typing || of.is_never_typed()) && ui.input(|input| of.is_pressed(input)))
    {
        pressed.edits.into_iter().for_each(|edit| ctx.edit(edit));
        if let Some(request) = pressed.request {
            ctx.request(request);
        }
    }
}

/// The sheet of the keys that are active.
pub(super) fn sheet_ui(ctx: &Context<'_>, ui: &egui::Ui) {
    if !ctx.desk.sheet_open {
        return;
    }
    let mut open = true;
    egui::Window::new("Mouse and keys")
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .anchor(egui::Align2::CENTER_CENTER, egui::Vec2::ZERO)
        .show(ui.ctx(), |ui| {
            ui.horizontal(|ui| {
                ui.label("Preset");
                preset_ui(ctx, ui);
            });
            ui.separator();
            // In a small window the sheet is longer and wider than the window.
            let most = ui.ctx().content_rect().size() - egui::vec2(60.0, 120.0);
            egui::ScrollArea::both()
                .max_width(most.x)
                .max_height(most.y)
                .show(ui, |ui| keys_ui(ctx, ui));
        });
    if !open {
        ctx.edit(Edit::KeySheet(false));
    }
}

/// What the mouse does on a picture.
fn mouse(preset: Preset) -> Vec<(&'static str, &'static str)> {
    let drags = preset.drags().into_iter().map(|(button, drag)| {
        let button = match button {
            PointerButton::Primary => "Left drag",
            PointerButton::Middle => "Middle drag",
            _ => "Right drag",
        };
        (button, drag.name())
    });
    let rest = [
        ("Click", "Put the crosshair there"),
        ("Double click", "Enlarge the plane, and back"),
        ("Right click", "Copy or save a picture"),
        ("Wheel", "Slices"),
        ("Ctrl wheel", "Zoom"),
    ];
    drags.chain(rest).collect()
}

/// What stands on the sheet.
fn listed(desk: &Desk) -> Vec<Binding> {
    let all = bindings(desk, false).into_iter();
    all.filter(|binding| binding.listed).collect()
}

/// What mouse and keys do in the viewer as it opens, each with its words: first the mouse, then the keys.
#[must_use]
pub fn mouse_and_keys(preset: Preset) -> [Vec<(String, &'static str)>; 2] {
    let desk = Desk {
        preset,
        ..Desk::default()
    };
    let mouse = mouse(preset).into_iter();
    let keys = listed(&desk).into_iter();
    [
        mouse.map(|(of, what)| (of.to_owned(), what)).collect(),
        keys.map(|of| (of.name(), of.what)).collect(),
    ]
}

/// Mouse first, then the keys.
fn keys_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    egui::Grid::new("mouse")
        .num_columns(2)
        .min_col_width(84.0)
        .show(ui, |ui| {
            for (button, what) in mouse(ctx.desk.preset) {
                row(ui, button, what);
            }
        });
    ui.separator();
    let listed = listed(ctx.desk);
    let third = listed.len().div_ceil(3);
    ui.horizontal_top(|ui| {
        for (column, part) in listed.chunks(third).enumerate() {
            if column > 0 {
                ui.add_space(24.0);
            }
            let grid = egui::Grid::new(("keys", column)).num_columns(2);
            grid.min_col_width(84.0).show(ui, |ui| {
                for binding in part {
                    row(ui, &binding.name(), binding.what);
                }
            });
        }
    });
}

fn row(ui: &mut egui::Ui, key: &str, what: &str) {
    ui.strong(key);
    ui.label(what);
    ui.end_row();
}

/// Chooses the preset.
pub(super) fn preset_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let mut preset = ctx.desk.preset;
    for choice in Preset::ALL {
        if ui
            .selectable_value(&mut preset, choice, choice.name())
            .clicked()
        {
            ctx.edit(Edit::Preset(preset));
        }
    }
}
