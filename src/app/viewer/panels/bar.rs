//! The bar at the top.

use super::files;
use super::keys::UndoRedo;
use crate::app::shell::{theme, told};
use crate::app::viewer::{
    Context, Desk, Edit, Layout, MaskEdit, NetworkEdit, PathPanel, PictureOf, Request, RoiShape,
    SheetEdit, Tool, text::with_key,
};
use crate::volume::{Convention, Plane};
use eframe::egui;

/// What of the bar stands in menus, as the window is too narrow for it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fold {
    Nothing,
    /// What is seldom changed.
    View,
    /// And the layouts.
    Layouts,
    /// And undo and redo.
    All,
}

/// Layouts, their names, and what they are, with the key that leads there and back.
const LAYOUTS: [(Layout, &str, &str, &str); 6] = [
    (
        Layout::Planes,
        "Planes",
        "All scans over each other in three planes",
        "Shift O",
    ),
    (
        Layout::Grid,
        "Grid",
        "Up to nine scans side by side in one plane, each in its own window",
        "Shift G",
    ),
    (
        Layout::Compare,
        "Compare",
        "Two scans set against each other",
        "C",
    ),
    (
        Layout::TimeSeries,
        "Time series",
        "A column for each hour, all in one window",
        "H",
    ),
    (
        Layout::Lightbox,
        "Lightbox",
        "The slices of the chosen scan as a sheet",
        "Shift L",
    ),
    (
        Layout::Prediction,
        "Prediction",
        "What a network predicts for 24 h",
        "P",
    ),
];

pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    egui::Panel::top("bar").show(ui, |ui| {
        let fold = fold(ctx.desk, ui);
        ui.horizontal(|ui| {
            let open = ui.button("Open…").on_hover_text("Open scans (Ctrl O)");
            if open.clicked() {
                // The desktop's dialog at once; where it has none, the path is typed.
                ctx.edit(Edit::PathPanel(Some(PathPanel::Open)));
                ctx.request(Request::Pick(PathPanel::Open));
            }
            files::menu_ui(ctx, ui);
            let listing = &ctx.desk.listing;
            if !listing.catalogue.entries.is_empty() {
                let list = ui.selectable_label(listing.open, "List");
                let words = "What lies in the folder that was opened";
                if list.on_hover_text(with_key(words, "L")).clicked() {
                    ctx.edit(Edit::ShowListing(!listing.open));
                }
            }
            ui.separator();
            if fold < Fold::Layouts {
                layouts_ui(ctx, ui);
            } else {
                let menu = ui.menu_button(layout_name(ctx.desk), |ui| layouts_ui(ctx, ui));
                told(menu.response, "Layouts: what lies side by side");
            }
            ui.separator();
            if fold == Fold::Nothing {
                view_ui(ctx, ui);
            } else {
                let menu = ui.menu_button("View", |ui| {
                    view_ui(ctx, ui);
                    ui.separator();
                    window_ui(ctx, ui);
                    if fold == Fold::All {
                        ui.separator();
                        undo_ui(ctx, ui);
                    }
                });
                told(
                    menu.response,
                    "Plane, side of the patient's right, colours, panel of scans",
                );
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let sheet = ui.button("?").on_hover_text("Mouse and keys (?)");
                sheet.widget_info(|| {
                    egui::WidgetInfo::labeled(egui::Role::Button, true, "Mouse and keys")
                });
                if sheet.clicked() {
                    ctx.edit(Edit::KeySheet(!ctx.desk.sheet_open));
                }
                if fold == Fold::Nothing {
                    window_ui(ctx, ui);
                    ui.separator();
                }
                if fold < Fold::All {
                    undo_ui(ctx, ui);
                }
                tools_ui(ctx, ui);
            });
        });
    });
}

/// As little as there has to be, by how wide the words are.
fn fold(desk: &Desk, ui: &egui::Ui) -> Fold {
    const SEPARATOR: f32 = 12.0;
    let font = egui::TextStyle::Button.resolve(ui.style());
    let spacing = ui.spacing();
    let (gap, padding) = (spacing.item_spacing.x, spacing.button_padding.x);
    let width = |names: &[&str]| -> f32 {
        let button = |name: &&str| {
            let words = (*name).to_owned();
            let colour = ui.visuals().text_color();
            let galley = ui.painter().layout_no_wrap(words, font.clone(), colour);
            galley.size().x + 2.0 * padding + gap
        };
        names.iter().map(button).sum()
    };
    let layouts: Vec<&str> = LAYOUTS.iter().map(|(_, name, ..)| *name).collect();
    let planes = Plane::ALL.map(Plane::name);
    let mut always = width(&["Open…", "Files", "Tools", "?"]) + 2.0 * SEPARATOR;
    if !desk.listing.catalogue.entries.is_empty() {
        always += width(&["List"]);
    }
    if desk.tool != Tool::Look {
        always += width(&[desk.tool.name()]);
    }
    let of_undo = width(&["Undo", "Redo"]);
    let of_layouts = width(&layouts);
    let of_view = width(&planes)
        + width(&["Radiological", "Neurological", "Light", "Scans"])
        + 2.0 * SEPARATOR;
    let of_menu = width(&["View"]);
    let room = ui.available_width();
    let needed = [
        (Fold::Nothing, always + of_undo + of_layouts + of_view),
        (Fold::View, always + of_undo + of_layouts + of_menu),
        (
            Fold::Layouts,
            always + of_undo + width(&[layout_name(desk)]) + of_menu,
        ),
    ];
    let mut fits = needed.into_iter().filter(|(_, needed)| *needed <= room);
    fits.next().map_or(Fold::All, |(fold, _)| fold)
}

fn layout_name(desk: &Desk) -> &'static str {
    let mut layouts = LAYOUTS.iter();
    let now = layouts.find(|(layout, ..)| *layout == desk.layout);
    now.map_or("Planes", |(_, name, ..)| *name)
}

fn layouts_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    for (layout, name, words, key) in LAYOUTS {
        let button = ui.selectable_label(ctx.desk.layout == layout, name);
        if told(button, &with_key(words, key)).clicked() {
            ctx.edit(Edit::Layout(layout));
        }
    }
}

/// The plane that keys go to, and the side of the patient's right.
fn view_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let planes = [
        (
            Plane::Axial,
            Plane::Axial.name(),
            "Keys go to this plane (1)",
        ),
        (
            Plane::Coronal,
            Plane::Coronal.name(),
            "Keys go to this plane (2)",
        ),
        (
            Plane::Sagittal,
            Plane::Sagittal.name(),
            "Keys go to this plane (3)",
        ),
    ];
    choose(ctx, ui, ctx.desk.active, &planes, Edit::Activate);
    ui.separator();
    let conventions = [
        (
            Convention::Radiological,
            "Radiological",
            "The patient's right on the left (F)",
        ),
        (
            Convention::Neurological,
            "Neurological",
            "The patient's right on the right (F)",
        ),
    ];
    choose(ctx, ui, ctx.desk.convention, &conventions, Edit::Convention);
}

/// The window itself.
fn window_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let dark = theme::is_dark(ui.ctx());
    let theme = ui.button(if dark { "Light" } else { "Dark" });
    if theme.on_hover_text("Light or dark window (T)").clicked() {
        ctx.request(Request::Dark(!dark));
    }
    let scans = ui.selectable_label(ctx.desk.side_open, "Scans");
    let words = "The panel of scans, shown or hidden (S)";
    if scans.on_hover_text(words).clicked() {
        ctx.edit(Edit::Side(!ctx.desk.side_open));
    }
}

/// Takes back and does again, of the mask or of the desk.
fn undo_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let now = UndoRedo::of(ctx.desk);
    let [undo, redo] = now.edits();
    let [can_undo, can_redo] = now.can();
    // From right to left.
    for (name, edit, can, words, keys) in [
        ("Redo", redo, can_redo, now.redo_words(), "Ctrl Shift Z"),
        ("Undo", undo, can_undo, now.undo_words(), "Ctrl Z"),
    ] {
        let button = ui.add_enabled(can, egui::Button::new(name));
        let words = with_key(words, keys);
        let button = button.on_hover_text(&words);
        if button.on_disabled_hover_text(words).clicked() {
            ctx.edit(edit);
        }
    }
}

/// What measures, grades and mends, and what is handed on.
fn tools_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let desk = ctx.desk;
    let has_scan = !desk.layers.is_empty();
    let menu = ui.menu_button("Tools", |ui| {
        let mask_open = desk.mask.as_ref().is_some_and(|mask| mask.open);
        let mut entry = |is_on: bool, name: &str, key: &str| {
            let button = egui::Button::selectable(is_on, name).shortcut_text(key);
            let button = ui.add_enabled(has_scan, button);
            let clicked = button.on_hover_text(with_key(name, key)).clicked();
            if clicked {
                ui.close();
            }
            clicked
        };
        if entry(desk.tool == Tool::Ruler, "Ruler", "K") {
            ctx.edit(Edit::Tool(Tool::Ruler.or_back(desk.tool)));
        }
        if entry(desk.tool == Tool::Angle, "Angle", "Shift K") {
            ctx.edit(Edit::Tool(Tool::Angle.or_back(desk.tool)));
        }
        for (shape, key) in RoiShape::ALL {
            let tool = Tool::Roi(shape);
            if entry(desk.tool == tool, tool.name(), key) {
                ctx.edit(Edit::Tool(tool.or_back(desk.tool)));
            }
        }
        if entry(desk.measures.open, "Table of measurements", "Shift T") {
            ctx.edit(Edit::ShowMeasures(!desk.measures.open));
        }
        if entry(desk.windowing.open, "Histogram and window", "Shift W") {
            ctx.edit(Edit::ShowHistogram(!desk.windowing.open));
        }
        if entry(desk.curves.open, "Curve over volumes", "Shift C") {
            ctx.edit(Edit::ShowCurve(!desk.curves.open));
        }
        if entry(desk.header.open, "Header of the file", "Shift H") {
            ctx.edit(Edit::ShowHeader(!desk.header.open));
        }
        if entry(desk.sheets.open, "Worksheet of the Bern score", "Y") {
            match desk.sheets.open {
                true => ctx.edit(Edit::Sheet(SheetEdit::Show(false))),
                false => ctx.request(Request::Worksheet),
            }
        }
        if entry(mask_open, "Mask of the chosen layer", "O") {
            match mask_open {
                true => ctx.edit(Edit::Mask(MaskEdit::Show(false))),
                false => ctx.request(Request::Mask),
            }
        }
        if entry(desk.network.open, "Networks", "0") {
            ctx.edit(Edit::Network(NetworkEdit::Show(!desk.network.open)));
        }
        if entry(false, "Copy a picture of the pane", "Ctrl C") {
            ctx.request(Request::CopyPicture(PictureOf::Pane, None));
        }
        if entry(false, "Copy a picture of all panes", "Ctrl Shift C") {
            ctx.request(Request::CopyPicture(PictureOf::Panes, None));
        }
        if entry(desk.picture.open, "Save a picture or a movie…", "Ctrl S") {
            ctx.edit(Edit::ShowPicture(true, None));
        }
        let manual = ui.add(egui::Button::new("Manual").shortcut_text("F1"));
        if manual
            .on_hover_text("The manual, in the browser (F1)")
            .clicked()
        {
            ui.close();
            ctx.request(Request::Manual);
        }
    });
    told(
        menu.response,
        "What measures, grades and mends, and what is handed on",
    );
    if desk.tool != Tool::Look {
        let now = ui.selectable_label(true, desk.tool.name());
        if now.on_hover_text("Put the tool away (Esc)").clicked() {
            ctx.edit(Edit::Tool(Tool::Look));
        }
    }
}

/// A row of choices, one of which is the case.
fn choose<T: Copy + PartialEq>(
    ctx: &Context<'_>,
    ui: &mut egui::Ui,
    now: T,
    choices: &[(T, &str, &str)],
    edit: impl Fn(T) -> Edit,
) {
    for &(choice, name, words) in choices {
        let button = ui.selectable_label(now == choice, name);
        if button.on_hover_text(words).clicked() {
            ctx.edit(edit(choice));
        }
    }
}
