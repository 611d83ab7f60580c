//! How a training went, as a table and a picture.

use crate::models::EpochMetrics;
use crate::report::loss_curve;
use anyhow::Context;
use std::path::Path;

/// Writes `losses.csv`, a row for each epoch with the test's numbers by name, empty where there is none, and
/// a picture of the loss and of the first of them that any epoch has.
pub(super) fn write_losses(
    folder: &Path,
    history: &[EpochMetrics],
    metrics: &[&str],
    loss: &str,
) -> anyhow::Result<()> {
    let path = folder.join("losses.csv");
    let mut table = csv::Writer::from_path(&path).with_context(|| path.display().to_string())?;
    let mut write = |record: Vec<String>| {
        let written = table.write_record(record);
        written.with_context(|| path.display().to_string())
    };
    let columns = ["epoch", "train_loss"].iter().chain(metrics);
    write(columns.map(|&name| name.to_owned()).collect())?;
    for row in history {
        let test = metrics.iter().map(|name| match row.test(name) {
            value if value.is_finite() => value.to_string(),
            _ => String::new(),
        });
        let first = [row.epoch.to_string(), row.train_loss.to_string()];
        write(first.into_iter().chain(test).collect())?;
    }
    table.flush().with_context(|| path.display().to_string())?;
    let has_any = |name: &&&str| history.iter().any(|row| row.test(name).is_finite());
    let first = metrics.iter().find(has_any).copied().unwrap_or_default();
    let points: Vec<[f64; 3]> = history
        .iter()
        .map(|row| [row.epoch as f64, row.train_loss, row.test(first)])
        .collect();
    let curve = loss_curve(&points, loss)?;
    for (name, bytes) in [
        ("losses.svg", curve.svg.as_bytes()),
        ("losses.png", &curve.png),
    ] {
        let path = folder.join(name);
        std::fs::write(&path, bytes).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
