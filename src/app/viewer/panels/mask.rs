//! A mask that is looked through: how it is drawn, its limits, brush and clusters, and its file.

use super::details::look_ui;
use crate::app::shell::{labelled, theme};
use crate::app::viewer::{
    ClusterOrder, Context, Edit, MaskDesk, MaskEdit, PathPanel, Tool,
    mask::BRUSHES_MM,
    text::{number, with_key},
};
use crate::models::WARNING;
use crate::workflows::ClusterRow;
use eframe::egui;

pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui) {
    egui::Panel::right("mask")
        .default_size(330.0)
        .size_range(290.0..=480.0)
        .show(ui, |ui| {
            let Some(mask) = &ctx.desk.mask else {
                return;
            };
            head_ui(ctx, ui, mask);
            made_ui(ui, mask);
            limits_ui(ctx, ui, mask);
            tools_ui(ctx, ui, mask);
            ui.separator();
            keep_ui(ctx, ui, mask);
            ui.separator();
            regions_ui(ui, mask);
            table_ui(ctx, ui, mask);
        });
}

fn edit(ctx: &Context<'_>, change: MaskEdit) {
    ctx.edit(Edit::Mask(change));
}

fn head_ui(ctx: &Context<'_>, ui: &mut egui::Ui, mask: &MaskDesk) {
    ui.horizontal(|ui| {
        ui.strong("Mask");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let close = ui.small_button("×");
            close.widget_info(|| {
                egui::WidgetInfo::labeled(egui::Role::Button, true, "Close the mask")
            });
            let close = close.on_hover_text(with_key("Close; what was changed stays", "O"));
            if close.clicked() {
                edit(ctx, MaskEdit::Show(false));
            }
            ui.add(egui::Label::new(&mask.source.name).truncate());
        });
    });
    let mut style = mask.style;
    if let Some(look) = style.labels {
        look_ui(ui, &mut style, look);
    }
    if style != mask.style {
        edit(ctx, MaskEdit::Style(style));
    }
}

/// Which network marked it, with what is to be known of that.
fn made_ui(ui: &mut egui::Ui, mask: &MaskDesk) {
    let Some(marks) = mask.source.marks() else {
        return;
    };
    let origin = &marks.origin;
    let text = format!("Marked by {}, {}", origin.model, origin.within);
    let text = egui::RichText::new(text).weak();
    let told = ui.add(egui::Label::new(text).wrap());
    told.on_hover_text(format!("{}. {WARNING}", origin.trained_on));
    for remark in &origin.remarks {
        let text = egui::RichText::new(remark).color(theme::warning(ui.visuals()));
        ui.add(egui::Label::new(text).wrap());
    }
}

fn limits_ui(ctx: &Context<'_>, ui: &mut egui::Ui, mask: &MaskDesk) {
    let (mut threshold, mut left_out) = mask.limits();
    if mask.is_probability {
        let slider = egui::Slider::new(&mut threshold, 0.0..=0.99).fixed_decimals(2);
        // A threshold of a card may have more decimals, which are no change of somebody's.
        let slider = slider.clamping(egui::SliderClamping::Edits);
        let slider = ui.add(slider.text("Threshold"));
        if slider
            .on_hover_text("In the mask is what is above it")
            .changed()
        {
            edit(ctx, MaskEdit::Threshold(threshold));
        }
    }
    let slider = egui::Slider::new(&mut left_out, 0.0..=30.0).fixed_decimals(1);
    let slider = ui.add(slider.suffix(" mm³").text("Left out up to"));
    let slider = slider.on_hover_text("Clusters of at most this volume, unless painted by hand");
    if slider.changed() {
        edit(ctx, MaskEdit::LeftOut(left_out));
    }
}

fn tools_ui(ctx: &Context<'_>, ui: &mut egui::Ui, mask: &MaskDesk) {
    ui.horizontal_wrapped(|ui| {
        for (tool, key, words) in [
            (Tool::Paint, "4", "Put voxels in"),
            (Tool::Erase, "5", "Take voxels out"),
            (Tool::TakeOut, "6", "A click takes a whole cluster out"),
        ] {
            let is_on = ctx.desk.tool == tool;
            let button = egui::Button::selectable(is_on, tool.name());
            let button = ui.add_enabled(mask.can_paint(), button);
            if button.on_hover_text(with_key(words, key)).clicked() {
                ctx.edit(Edit::Tool(tool.or_back(ctx.desk.tool)));
            }
        }
    });
    ui.horizontal(|ui| {
        let mut brush = mask.brush_mm;
        let field = egui::DragValue::new(&mut brush)
            .range(BRUSHES_MM)
            .speed(0.1)
            .fixed_decimals(1)
            .suffix(" mm");
        if labelled(ui, "Brush", field).changed() {
            edit(ctx, MaskEdit::Brush(brush));
        }
    });
    let [put_in, taken_out] = mask.changes().counts();
    if put_in + taken_out > 0 {
        ui.weak(format!(
            "By hand: {put_in} voxels put in, {taken_out} taken out"
        ));
    }
}

fn keep_ui(ctx: &Context<'_>, ui: &mut egui::Ui, mask: &MaskDesk) {
    ui.horizontal(|ui| {
        let mut by = mask.by.clone();
        let field = egui::TextEdit::singleline(&mut by).desired_width(110.0);
        if labelled(ui, "Reader", field).changed() {
            edit(ctx, MaskEdit::By(by));
        }
        let is_named = !mask.by.trim().is_empty();
        let save = ui.add_enabled(is_named, egui::Button::new("Save mask…"));
        let save = save.on_hover_text(
            "The mask, what was changed of it with your name and the time, and the table",
        );
        let save =
            save.on_disabled_hover_text("Who looked through it is kept with it: fill in Reader");
        if save.clicked() {
            ctx.edit(Edit::PathPanel(Some(PathPanel::SaveMask)));
        }
    });
    if let Some(folder) = &mask.saved {
        ui.weak("Saved").on_hover_text(folder.display().to_string());
    }
}

/// Counts by region.
fn regions_ui(ui: &mut egui::Ui, mask: &MaskDesk) {
    let made = mask.made();
    let total: f64 = made.clusters.iter().map(|row| row.mm3).sum();
    let pending = if mask.is_current() {
        ""
    } else {
        ", being measured"
    };
    ui.strong(format!(
        "{} clusters, {total:.0} mm³{pending}",
        made.clusters.len()
    ));
    if made.by_region.is_empty() {
        ui.weak("Open a label map of the scan to count by region");
        return;
    }
    egui::ScrollArea::vertical()
        .id_salt("counts by region")
        .max_height(110.0)
        .show(ui, |ui| {
            let grid = egui::Grid::new("counts by region")
                .num_columns(3)
                .striped(true);
            grid.show(ui, |ui| {
                for (name, (n, mm3)) in &made.by_region {
                    let name = if name == "n/a" { "in no region" } else { name };
                    ui.label(name);
                    ui.label(n.to_string());
                    ui.label(format!("{mm3:.0} mm³"));
                    ui.end_row();
                }
            });
        });
}

/// Widths of the columns, points.
const COLUMNS: [f32; 5] = [34.0, 104.0, 56.0, 52.0, 50.0];

fn table_ui(ctx: &Context<'_>, ui: &mut egui::Ui, mask: &MaskDesk) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let heads = [
            ("No.", None),
            ("Region", Some(ClusterOrder::Region)),
            ("mm³", Some(ClusterOrder::Volume)),
            ("Length", Some(ClusterOrder::Length)),
            ("Width", Some(ClusterOrder::Width)),
        ];
        for ((name, order), width) in heads.into_iter().zip(COLUMNS) {
            let size = egui::vec2(width, ui.spacing().interact_size.y);
            match order {
                None => {
                    ui.add_sized(size, egui::Label::new(name));
                }
                Some(order) => {
                    let button = egui::Button::selectable(mask.order == order, name);
                    let head = ui.add_sized(size, button);
                    if head
                        .on_hover_text("Sort by it; lengths and widths in mm")
                        .clicked()
                    {
                        edit(ctx, MaskEdit::Sort(order));
                    }
                }
            }
        }
    });
    let order = mask.sorted();
    let height = ui.spacing().interact_size.y;
    egui::ScrollArea::vertical()
        .id_salt("clusters")
        .auto_shrink(false)
        .show_rows(ui, height, order.len(), |ui, shown| {
            for &at in &order[shown] {
                if let Some(row) = mask.made().clusters.get(at) {
                    row_ui(ctx, ui, mask, row);
                }
            }
        });
}

fn row_ui(ctx: &Context<'_>, ui: &mut egui::Ui, mask: &MaskDesk, row: &ClusterRow) {
    let id = row.id as u32;
    let is_chosen = mask.chosen == Some(id);
    let region = row.region.as_deref().unwrap_or("");
    let cells = [
        row.id.to_string(),
        region.to_owned(),
        number(row.mm3),
        format!("{:.1}", row.length_mm),
        format!("{:.1}", row.width_mm),
    ];
    let size = egui::vec2(ui.available_width(), ui.spacing().interact_size.y);
    let (rect, response) = ui.allocate_exact_size(size, egui::Sense::click());
    let visuals = ui.style().interact_selectable(&response, is_chosen);
    if is_chosen || response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 2.0, visuals.weak_bg_fill);
    }
    let mut left = rect.left() + 4.0;
    for (cell, width) in cells.into_iter().zip(COLUMNS) {
        let column =
            egui::Rect::from_min_size(egui::pos2(left, rect.top()), egui::vec2(width, size.y));
        let painter = ui.painter_at(column);
        let place = column.left_center();
        let font = egui::TextStyle::Body.resolve(ui.style());
        painter.text(
            place,
            egui::Align2::LEFT_CENTER,
            cell,
            font,
            visuals.text_color(),
        );
        left += width + 4.0;
    }
    response.widget_info(|| {
        let label = format!(
            "Cluster {id}, {region}, {} mm³, length {:.1} mm, width {:.1} mm",
            number(row.mm3),
            row.length_mm,
            row.width_mm
        );
        egui::WidgetInfo::selected(egui::Role::Button, true, is_chosen, label)
    });
    if response.clicked() {
        edit(ctx, MaskEdit::Choose(Some(id)));
        ctx.edit(Edit::Tool(Tool::Look));
    }
    response.context_menu(|ui| {
        if ui.button("Take this cluster out").clicked() {
            edit(ctx, MaskEdit::TakeOut(id));
            ui.close();
        }
    });
}
