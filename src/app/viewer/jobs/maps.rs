//! What a network makes of a scan, as scans that lie over that.

use crate::app::viewer::labels::Labels;
use crate::app::viewer::scan::NetworkMap;
use crate::app::viewer::{Graphics, Scan};
use crate::enhancement::LabelNames;
use crate::formats::PixelScaling;
use crate::render::{LabelLook, LayerStyle};
use crate::volume::{LabelMap, Volume, Window};
use crate::workflows::{LabelScheme, ToldBy};
use std::sync::Arc;

/// A map of values.
///
/// # Errors
/// When it does not fit the graphics adapter.
pub(super) fn map_of_values(
    graphics: &Graphics,
    name: String,
    volume: &Volume,
    style: LayerStyle,
    made: NetworkMap,
) -> anyhow::Result<Scan> {
    Ok(Scan {
        name,
        place: None,
        texture: graphics.texture(volume)?.map(Arc::new),
        volume: volume.clone(),
        volume_idx: 0,
        scaling: PixelScaling::default(),
        info: None,
        hours: None,
        origin: None,
        remarks: Vec::new(),
        auto: style.window,
        as_overlay: Window::auto(volume),
        labels: None,
        can_be_labels: false,
        map: None,
        drawn_first: Some(style),
        look_at: None,
        made: Some(made),
    })
}

/// Places and regions as lines around them.
///
/// # Errors
/// When they do not fit the graphics adapter.
pub(super) fn map_of_labels(
    graphics: &Graphics,
    name: String,
    labels: LabelMap,
    (names, remark): (LabelNames, String),
    made: NetworkMap,
) -> anyhow::Result<Scan> {
    let mut scheme = LabelScheme::of(&labels, None, None)?;
    scheme.names = names;
    scheme.remarks = vec![remark];
    let values = labels.values();
    let labels = Labels::new(graphics, labels, scheme, ToldBy::Choice)?;
    let style = LayerStyle {
        opacity: 0.0,
        labels: Some(LabelLook {
            outline_px: 2.0,
            outline_opacity: 1.0,
        }),
        ..LayerStyle::labels()
    };
    Ok(Scan {
        labels: Some(Arc::new(labels)),
        ..map_of_values(graphics, name, &values, style, made)?
    })
}
