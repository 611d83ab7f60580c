//! The lines that are measured by and the angles, as a list.

use crate::app::shell::told;
use crate::app::viewer::{
    AngleEdit, Context, Edit, Mark, RulerEdit, Tool, rulers::mark_text, text::with_key,
};
use crate::workflows::{angle_text, length_text};
use eframe::egui;
use nalgebra::Point3;

pub(super) fn side_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let desk = ctx.desk;
    if desk.base().is_none() {
        return;
    }
    let has_rulers = !desk.rulers.rulers.is_empty() || desk.tool == Tool::Ruler;
    let has_angles =
        !desk.angles.angles.is_empty() || desk.tool == Tool::Angle || !desk.angles.begun.is_empty();
    if has_rulers {
        ui.horizontal(|ui| {
            ui.strong("Rulers");
            table_button(ctx, ui);
        });
        rulers_ui(ctx, ui);
    }
    if has_angles {
        ui.horizontal(|ui| {
            ui.strong("Angles");
            if !has_rulers {
                table_button(ctx, ui);
            }
        });
        angles_ui(ctx, ui);
    }
    if has_rulers || has_angles {
        ui.separator();
    }
}

/// Shows all that is measured as a table.
pub(super) fn table_button(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let open = ctx.desk.measures.open;
    let table = ui.selectable_label(open, "Table");
    table.widget_info(|| {
        egui::WidgetInfo::selected(egui::Role::Button, true, open, "Table of measurements")
    });
    let words = "All that is measured: to be looked at, copied and saved";
    if told(table, &with_key(words, "Shift T")).clicked() {
        ctx.edit(Edit::ShowMeasures(!open));
    }
}

/// One of a list: chosen by a click, and taken away; answers which of the two was done.
pub(super) fn row_ui(
    ui: &mut egui::Ui,
    (is_chosen, name): (bool, &str),
    (text, label): (String, String),
) -> [bool; 2] {
    let row = ui.selectable_label(is_chosen, text);
    row.widget_info(|| {
        egui::WidgetInfo::selected(egui::Role::Button, true, is_chosen, label.clone())
    });
    let chosen = told(row, "Choose it, and go to its middle").clicked();
    let delete = ui.small_button("×");
    delete.widget_info(|| {
        let label = format!("Take away {name}");
        egui::WidgetInfo::labeled(egui::Role::Button, true, label)
    });
    let deleted = told(delete, &with_key("Take it away", "Delete")).clicked();
    [chosen, deleted]
}

fn rulers_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let desk = ctx.desk;
    let Some(base) = desk.base() else {
        return;
    };
    if desk.rulers.rulers.is_empty() {
        ui.weak("Drag on a picture, or press U at each end");
    }
    if desk.rulers.begun.is_some() {
        ui.weak("Begun at the crosshair; U sets the other end");
    }
    for ruler in &desk.rulers.rulers {
        let mark = Mark::Ruler(ruler.number);
        let name = mark_text(mark);
        ui.push_id(ruler.number, |ui| {
            ui.horizontal(|ui| {
                let is_chosen = desk.rulers.chosen == Some(mark);
                let length = length_text(ruler.line.length_mm(), base.volume.grid());
                let text = format!("{}  {length}", ruler.number);
                let label = format!("{name}, {length}");
                let [chosen, deleted] = row_ui(ui, (is_chosen, &name), (text, label));
                if chosen {
                    let [from, to] = [ruler.line.from_mm, ruler.line.to_mm].map(Point3::from);
                    ctx.edit(Edit::Ruler(RulerEdit::Choose(Some(mark))));
                    ctx.edit(Edit::Crosshair(nalgebra::center(&from, &to)));
                }
                if deleted {
                    ctx.edit(Edit::Ruler(RulerEdit::Delete(mark)));
                }
            });
        });
    }
}

fn angles_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let angles = &ctx.desk.angles;
    match angles.begun.len() {
        0 if angles.angles.is_empty() => {
            ui.weak("Drag one way, then click the end of the other; or press Ctrl U at each point");
        }
        0 => {}
        1 => {
            ui.weak("Begun; next is the point where both ways begin");
        }
        _ => {
            ui.weak("Begun; next is the end of the other way");
        }
    }
    for angle in &angles.angles {
        let name = angle.title();
        ui.push_id(("angle", angle.number), |ui| {
            ui.horizontal(|ui| {
                let is_chosen = angles.chosen == Some(angle.number);
                let degrees = angle_text(&angle.points);
                let text = format!("{}  {degrees}", angle.number);
                let label = format!("{name}, {degrees}");
                let [chosen, deleted] = row_ui(ui, (is_chosen, &name), (text, label));
                if chosen {
                    ctx.edit(Edit::Angle(AngleEdit::Choose(Some(angle.number))));
                    ctx.edit(Edit::Crosshair(angle.points[1]));
                }
                if deleted {
                    ctx.edit(Edit::Angle(AngleEdit::Delete(angle.number)));
                }
            });
        });
    }
}
