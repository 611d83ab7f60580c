//! The regions to choose from.

use crate::app::viewer::{Context, Edit, MeasuredRegions, labels::region_text, regions::name_of};
use crate::report::capital;
use crate::workflows::NamedRegion;
use eframe::egui;

pub(super) fn ui(ctx: &Context<'_>, ui: &mut egui::Ui, measured: &MeasuredRegions) {
    let mut at_crosshair = ctx.desk.regions.at_crosshair;
    let field = ui.checkbox(&mut at_crosshair, "Under the crosshair");
    let here = match ctx.desk.region_at_crosshair() {
        Some(region) => region_text(&region),
        None => "no region".to_owned(),
    };
    let field = field.on_hover_text(format!("The region under the crosshair, now {here}"));
    if field.changed() {
        ctx.edit(Edit::RegionAtCrosshair(at_crosshair));
    }
    egui::ScrollArea::vertical()
        .id_salt("regions to choose from")
        .auto_shrink(false)
        .show(ui, |ui| {
            let regions = measured.regions();
            let (labels, groups): (Vec<_>, Vec<_>) =
                regions.iter().partition(|region| region.label.is_some());
            for (heading, regions) in [("Groups", groups), ("Regions", labels)] {
                if !regions.is_empty() {
                    ui.weak(heading);
                }
                for region in regions {
                    region_ui(ctx, ui, measured, region);
                }
            }
        });
}

fn region_ui(
    ctx: &Context<'_>,
    ui: &mut egui::Ui,
    measured: &MeasuredRegions,
    region: &NamedRegion,
) {
    let regions = &ctx.desk.regions;
    let has_curve = measured.curve(region, regions.quantity).is_some();
    let mut chosen = regions.chosen.contains(region);
    let field = egui::Checkbox::new(&mut chosen, name_of(region));
    let field = ui.add_enabled(has_curve, field);
    let field = field.on_disabled_hover_ui(|ui| {
        let why = measured.why_none(region, regions.quantity);
        ui.label(why.map_or_else(|| "It has no value of this".to_owned(), capital));
    });
    if field.changed() {
        ctx.edit(Edit::ChooseRegion(region.clone(), chosen));
    }
}
