//! The desktop's file dialogs, beside the window, as a portal may take its time.

use super::form::Purpose;
use super::replies::{Outbox, Reply};
use std::path::PathBuf;

/// Asks the desktop for what a form needs.
pub(super) fn pick(purpose: Purpose, replies: Outbox) {
    let thread = std::thread::Builder::new().name("pick".to_owned());
    let dialog = rfd::AsyncFileDialog::new().set_title(purpose.title());
    let spawned = thread.spawn(move || {
        let paths = pollster::block_on(ask(&purpose, dialog));
        replies.send(match paths {
            Some(paths) => Reply::Picked(purpose, paths),
            None => Reply::NoPicker(purpose),
        });
    });
    if let Err(error) = spawned {
        tracing::error!("no thread for the file dialog: {error}");
    }
}

async fn ask(purpose: &Purpose, dialog: rfd::AsyncFileDialog) -> Option<Vec<PathBuf>> {
    let one = |handle: rfd::FileHandle| vec![handle.path().to_owned()];
    match purpose {
        Purpose::TakeIn => {
            let files = dialog.pick_files().await?;
            Some(files.iter().map(|file| file.path().to_owned()).collect())
        }
        Purpose::Key => {
            let dialog = dialog.add_filter("Keys", &["age"]);
            let dialog = dialog.add_filter("All files", &["*"]);
            dialog.pick_file().await.map(one)
        }
        Purpose::Package | Purpose::Release => dialog.save_file().await.map(one),
        Purpose::Figure(name) => {
            let dialog = dialog.add_filter("Figures", &["svg", "png"]);
            let dialog = dialog.set_file_name(format!("{name}.svg"));
            dialog.save_file().await.map(one)
        }
        Purpose::Export | Purpose::Report => dialog.pick_folder().await.map(one),
    }
}
