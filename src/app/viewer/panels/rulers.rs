//! The lines that are measured by, as a list.

use crate::app::viewer::{
    Context, Edit, Mark, RulerEdit, Tool,
    rulers::{length_text, mark_text},
    text::with_key,
};
use crate::text::csv_cell;
use eframe::egui;
use nalgebra::Point3;

pub(super) fn side_ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    let desk = ctx.desk;
    let Some(base) = desk.base() else {
        return;
    };
    if desk.rulers.rulers.is_empty() && desk.tool != Tool::Ruler {
        return;
    }
    ui.horizontal(|ui| {
        ui.strong("Rulers");
        let copy = ui.small_button("Copy");
        let copy = copy.on_hover_text("Ends and lengths of all lines, as TSV");
        if copy.clicked() {
            ui.ctx().copy_text(tsv(ctx));
        }
    });
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
                let length = length_text(&ruler.line, base.volume.grid());
                let row = ui.selectable_label(is_chosen, format!("{}  {length}", ruler.number));
                row.widget_info(|| {
                    let label = format!("{name}, {length}");
                    egui::WidgetInfo::labeled(egui::Role::Button, true, label)
                });
                if row
                    .on_hover_text("Choose it, and go to its middle")
                    .clicked()
                {
                    let [from, to] = [ruler.line.from_mm, ruler.line.to_mm].map(Point3::from);
                    ctx.edit(Edit::Ruler(RulerEdit::Choose(Some(mark))));
                    ctx.edit(Edit::Crosshair(nalgebra::center(&from, &to)));
                }
                let delete = ui.small_button("×");
                let delete = delete.on_hover_text(with_key("Take it away", "Delete"));
                delete.widget_info(|| {
                    let label = format!("Take away {name}");
                    egui::WidgetInfo::labeled(egui::Role::Button, true, label)
                });
                if delete.clicked() {
                    ctx.edit(Edit::Ruler(RulerEdit::Delete(mark)));
                }
            });
        });
    }
    ui.separator();
}

/// All lines, a row each.
fn tsv(ctx: &Context<'_>) -> String {
    let mut text =
        "line\tlength_mm\tfrom_x_mm\tfrom_y_mm\tfrom_z_mm\tto_x_mm\tto_y_mm\tto_z_mm\n".to_owned();
    for (mark, line) in ctx.desk.lines() {
        let mut cells = vec![
            csv_cell(&mark_text(mark)).into_owned(),
            line.length_mm().to_string(),
        ];
        let ends = line.from_mm.into_iter().chain(line.to_mm);
        cells.extend(ends.map(|mm| mm.to_string()));
        text += &cells.join("\t");
        text.push('\n');
    }
    text
}
