//! Mouse and keys: two presets, one table for each, from which both the behaviour and the sheet
//! of keys are made.

use super::desk::Layout;
use super::path_panel::PathPanel;
use super::{Command, Ctx, pane, theme};
use crate::render::LayerStyle;
use crate::volume::{Convention, Interpolation, Plane};
use eframe::egui::{self, Key, Modifiers, PointerButton};

/// Which family of viewers the mouse and keys follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Preset {
    /// As on a PACS: left drag changes the window.
    #[default]
    Radiology,
    /// As in FSLeyes or ITK-SNAP: left drag moves the crosshair.
    Neuroimaging,
}

/// What dragging with a button does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drag {
    Window,
    Crosshair,
    Pan,
    Zoom,
}

impl Preset {
    pub(super) const ALL: [Self; 2] = [Self::Radiology, Self::Neuroimaging];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Radiology => "Radiology",
            Self::Neuroimaging => "Neuroimaging",
        }
    }

    pub(super) fn drags(self) -> [(PointerButton, Drag); 3] {
        match self {
            Self::Radiology => [
                (PointerButton::Primary, Drag::Window),
                (PointerButton::Middle, Drag::Pan),
                (PointerButton::Secondary, Drag::Zoom),
            ],
            Self::Neuroimaging => [
                (PointerButton::Primary, Drag::Crosshair),
                (PointerButton::Middle, Drag::Pan),
                (PointerButton::Secondary, Drag::Window),
            ],
        }
    }

    fn bindings(self) -> Vec<Binding> {
        let mut bindings = match self {
            Self::Radiology => vec![
                key(Key::ArrowUp, "Next slice", Action::Step(1.0)),
                key(Key::ArrowDown, "Previous slice", Action::Step(-1.0)),
                shift(Key::ArrowUp, "Five slices on", Action::Step(5.0)),
                shift(Key::ArrowDown, "Five slices back", Action::Step(-5.0)),
                key(Key::ArrowRight, "Crosshair right", Action::Nudge(1.0, 0.0)),
                key(Key::ArrowLeft, "Crosshair left", Action::Nudge(-1.0, 0.0)),
            ],
            Self::Neuroimaging => vec![
                key(Key::ArrowRight, "Crosshair right", Action::Nudge(1.0, 0.0)),
                key(Key::ArrowLeft, "Crosshair left", Action::Nudge(-1.0, 0.0)),
                key(Key::ArrowUp, "Crosshair up", Action::Nudge(0.0, -1.0)),
                key(Key::ArrowDown, "Crosshair down", Action::Nudge(0.0, 1.0)),
            ],
        };
        bindings.extend([
            key(Key::PageUp, "Next slice", Action::Step(1.0)),
            key(Key::PageDown, "Previous slice", Action::Step(-1.0)),
            key(Key::Home, "First slice", Action::End(false)),
            key(Key::End, "Last slice", Action::End(true)),
            key(Key::Num1, "Axial", Action::Activate(Plane::Axial)),
            key(Key::Num2, "Coronal", Action::Activate(Plane::Coronal)),
            key(Key::Num3, "Sagittal", Action::Activate(Plane::Sagittal)),
            key(Key::Space, "Enlarge the plane, and back", Action::Maximise),
            key(Key::Plus, "Zoom in", Action::Zoom(1.25)),
            key(Key::Equals, "Zoom in", Action::Zoom(1.25)).unlisted(),
            key(Key::Minus, "Zoom out", Action::Zoom(0.8)),
            key(Key::R, "Reset zoom and position", Action::Reset),
            key(Key::A, "Auto window", Action::Auto),
            key(Key::I, "Invert", Action::Invert),
            key(
                Key::N,
                "Nearest or linear interpolation",
                Action::Interpolation,
            ),
            key(Key::V, "Show or hide the chosen scan", Action::Visible),
            key(Key::OpenBracket, "Less opaque", Action::Opacity(-0.1)),
            key(Key::CloseBracket, "More opaque", Action::Opacity(0.1)),
            key(
                Key::F,
                "Flip between radiological and neurological",
                Action::Flip,
            ),
            key(Key::C, "Compare real and predicted", Action::Compare),
            key(
                Key::H,
                "Time series by hours after injection",
                Action::Series,
            ),
            key(Key::P, "Prediction of 24 h", Action::Prediction),
            key(Key::E, "Exchange real and predicted", Action::Exchange),
            key(Key::D, "Difference with or without sign", Action::Signed),
            key(Key::X, "Crosshair on or off", Action::ShowCrosshair),
            key(Key::S, "Side panel", Action::Side),
            key(Key::W, "Window as the file suggests", Action::FileWindow),
            key(Key::L, "List of the folder's scans", Action::Listing),
            key(Key::T, "Dark or light", Action::Theme),
            key(Key::Tab, "To the next pane or button", Action::Focus),
            command(Key::O, "Open scans", Action::Open),
            key(Key::Questionmark, "This sheet", Action::Sheet),
            key(Key::F1, "This sheet", Action::Sheet).unlisted(),
            key(Key::Escape, "Close this sheet or panel", Action::Escape),
        ]);
        bindings
    }
}

impl Drag {
    fn name(self) -> &'static str {
        match self {
            Self::Window => "Window (across) and level (up and down)",
            Self::Crosshair => "Move the crosshair",
            Self::Pan => "Move the picture",
            Self::Zoom => "Zoom",
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Step(f64),
    End(bool),
    Nudge(f64, f64),
    Activate(Plane),
    Maximise,
    Zoom(f64),
    Reset,
    Auto,
    Invert,
    Interpolation,
    Visible,
    Opacity(f32),
    Flip,
    Compare,
    Series,
    Prediction,
    Exchange,
    Signed,
    ShowCrosshair,
    Side,
    FileWindow,
    Listing,
    Theme,
    Open,
    Sheet,
    Escape,
    /// The toolkit moves the focus; listed so that it is known.
    Focus,
}

struct Binding {
    modifiers: Modifiers,
    key: Key,
    what: &'static str,
    action: Action,
    listed: bool,
}

fn key(key: Key, what: &'static str, action: Action) -> Binding {
    Binding {
        modifiers: Modifiers::NONE,
        key,
        what,
        action,
        listed: true,
    }
}

fn shift(k: Key, what: &'static str, action: Action) -> Binding {
    Binding {
        modifiers: Modifiers::SHIFT,
        ..key(k, what, action)
    }
}

fn command(k: Key, what: &'static str, action: Action) -> Binding {
    Binding {
        modifiers: Modifiers::COMMAND,
        ..key(k, what, action)
    }
}

impl Binding {
    /// A second key for the same thing, left off the sheet.
    fn unlisted(self) -> Self {
        Self {
            listed: false,
            ..self
        }
    }

    fn name(&self) -> String {
        let name = match self.key {
            Key::Num1 => "1",
            Key::Num2 => "2",
            Key::Num3 => "3",
            Key::ArrowUp => "Up",
            Key::ArrowDown => "Down",
            Key::ArrowLeft => "Left",
            Key::ArrowRight => "Right",
            Key::Questionmark => "?",
            Key::OpenBracket => "[",
            Key::CloseBracket => "]",
            Key::Plus => "+",
            Key::Minus => "-",
            Key::PageUp => "Page up",
            Key::PageDown => "Page down",
            other => other.name(),
        };
        if self.modifiers.shift {
            format!("Shift {name}")
        } else if self.modifiers.command {
            format!("Ctrl {name}")
        } else {
            name.to_owned()
        }
    }

    /// Keys that stand on different places of a keyboard, with or without Shift, count by what
    /// they write; all others need exactly the modifiers of the binding.
    fn is_pressed(&self, input: &egui::InputState) -> bool {
        let written = matches!(
            self.key,
            Key::Questionmark | Key::Plus | Key::Equals | Key::OpenBracket | Key::CloseBracket
        );
        input.events.iter().any(|event| match event {
            egui::Event::Key {
                key,
                pressed: true,
                modifiers,
                ..
            } => {
                *key == self.key
                    && (written && !modifiers.command || modifiers.matches_exact(self.modifiers))
            }
            // Some keyboards report the slash key with Shift for a question mark.
            egui::Event::Text(text) => self.key == Key::Questionmark && text == "?",
            _ => false,
        })
    }
}

/// Turns keys into commands, unless a field or a button has the focus.
pub(super) fn handle(ctx: &Ctx<'_>, ui: &egui::Ui) {
    let focused = ui.memory(egui::Memory::focused);
    let typing = focused.is_some_and(|id| !pane::has_focus(id));
    let pressed: Vec<Action> = ui.input(|input| {
        ctx.desk
            .preset
            .bindings()
            .iter()
            .filter(|binding| !typing || matches!(binding.action, Action::Escape))
            .filter(|binding| binding.is_pressed(input))
            .map(|binding| binding.action)
            .collect()
    });
    for action in pressed {
        push(ctx, ui, action);
    }
}

fn push(ctx: &Ctx<'_>, ui: &egui::Ui, action: Action) {
    let desk = ctx.desk;
    let plane = desk.active;
    let restyle = |change: &dyn Fn(LayerStyle) -> LayerStyle| {
        if let Some(layer) = desk.layers.get(desk.selected) {
            ctx.push(Command::Style {
                layer: desk.selected,
                style: change(layer.style),
            });
        }
    };
    match action {
        Action::Step(slices) => ctx.push(Command::Step { plane, slices }),
        Action::End(last) => ctx.push(Command::StepToEnd { plane, last }),
        Action::Nudge(right, down) => ctx.push(Command::Nudge { plane, right, down }),
        Action::Activate(plane) => ctx.push(Command::Activate(plane)),
        Action::Maximise => ctx.push(Command::Maximise(desk.maximised.is_none().then_some(plane))),
        Action::Zoom(factor) => ctx.push(Command::Zoom {
            plane,
            factor,
            about: desk.crosshair,
        }),
        Action::Reset => ctx.push(Command::ResetViews),
        Action::Auto => ctx.push(Command::AutoWindow(desk.selected)),
        Action::Invert => restyle(&|style| LayerStyle {
            invert: !style.invert,
            ..style
        }),
        Action::Interpolation => restyle(&|style| LayerStyle {
            interpolation: match style.interpolation {
                Interpolation::Nearest => Interpolation::Linear,
                Interpolation::Linear => Interpolation::Nearest,
            },
            ..style
        }),
        Action::Visible => {
            if let Some(layer) = desk.layers.get(desk.selected) {
                ctx.push(Command::Visible {
                    layer: desk.selected,
                    visible: !layer.visible,
                });
            }
        }
        Action::Opacity(by) => restyle(&|style| LayerStyle {
            opacity: (style.opacity + by).clamp(0.0, 1.0),
            ..style
        }),
        Action::Flip => ctx.push(Command::Convention(match desk.convention {
            Convention::Radiological => Convention::Neurological,
            Convention::Neurological => Convention::Radiological,
        })),
        Action::Compare => ctx.push(Command::Layout(match desk.layout {
            Layout::Compare => Layout::Planes,
            _ => Layout::Compare,
        })),
        Action::Series => ctx.push(Command::Layout(match desk.layout {
            Layout::TimeSeries => Layout::Planes,
            _ => Layout::TimeSeries,
        })),
        Action::Prediction => ctx.push(Command::Layout(match desk.layout {
            Layout::Prediction => Layout::Planes,
            _ => Layout::Prediction,
        })),
        Action::Exchange => ctx.push(Command::Exchange(!desk.prediction.exchanged)),
        Action::Signed => ctx.push(Command::Signed(!desk.difference.signed)),
        Action::ShowCrosshair => ctx.push(Command::ShowCrosshair(!desk.show_crosshair)),
        Action::Side => ctx.push(Command::Side(!desk.side_open)),
        Action::FileWindow => ctx.push(Command::FileWindow(desk.selected)),
        Action::Listing => ctx.push(Command::ShowListing(!desk.listing.open)),
        Action::Theme => ctx.push(Command::Dark(!theme::is_dark(ui.ctx()))),
        Action::Open => ctx.push(Command::PathPanel(Some(PathPanel::Open))),
        Action::Sheet => ctx.push(Command::Sheet(!desk.sheet_open)),
        Action::Escape => {
            ctx.push(Command::Sheet(false));
            ctx.push(Command::PathPanel(None));
            ctx.push(Command::ShowListing(false));
        }
        Action::Focus => {}
    }
}

/// The sheet of the keys that are active.
pub(super) fn sheet_ui(ctx: &Ctx<'_>, ui: &egui::Ui) {
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
            let preset = ctx.desk.preset;
            egui::Grid::new("mouse")
                .num_columns(2)
                .min_col_width(84.0)
                .show(ui, |ui| {
                    for (button, drag) in preset.drags() {
                        let button = match button {
                            PointerButton::Primary => "Left drag",
                            PointerButton::Middle => "Middle drag",
                            _ => "Right drag",
                        };
                        row(ui, button, drag.name());
                    }
                    row(ui, "Click", "Put the crosshair there");
                    row(ui, "Double click", "Enlarge the plane, and back");
                    row(ui, "Wheel", "Slices");
                    row(ui, "Ctrl wheel", "Zoom");
                });
            ui.separator();
            let listed: Vec<Binding> = preset
                .bindings()
                .into_iter()
                .filter(|binding| binding.listed)
                .collect();
            let half = listed.len().div_ceil(2);
            ui.horizontal_top(|ui| {
                for (column, part) in listed.chunks(half).enumerate() {
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
        });
    if !open {
        ctx.push(Command::Sheet(false));
    }
}

fn row(ui: &mut egui::Ui, key: &str, what: &str) {
    ui.strong(key);
    ui.label(what);
    ui.end_row();
}

/// Chooses the preset.
pub(super) fn preset_ui(ctx: &Ctx<'_>, ui: &mut egui::Ui) {
    let mut preset = ctx.desk.preset;
    for choice in Preset::ALL {
        if ui
            .selectable_value(&mut preset, choice, choice.name())
            .clicked()
        {
            ctx.push(Command::Preset(preset));
        }
    }
}
