//! The desktop's file dialogs, beside the window, as a portal may take its time.

use super::keeper::Outbox;
use std::path::PathBuf;

/// What a dialog gives.
pub(crate) enum PickKind {
    File,
    Files,
    Folder,
    /// A file that is to be made, with a name to begin with.
    NewFile(Option<String>),
}

/// A dialog of the desktop.
pub(crate) struct Picker {
    pub(crate) title: &'static str,
    pub(crate) kind: PickKind,
    pub(crate) filters: Filters,
}

/// Names of kinds of files, and how such files end.
pub(crate) type Filters = &'static [(&'static str, &'static [&'static str])];

impl Picker {
    /// Asks the desktop, and replies with the paths, or none where it has no dialog or it was
    /// closed.
    pub(crate) fn ask<R: Send + 'static>(
        self,
        outbox: Outbox<R>,
        reply: impl FnOnce(Option<Vec<PathBuf>>) -> R + Send + 'static,
    ) {
        let mut dialog = rfd::AsyncFileDialog::new().set_title(self.title);
        for (name, endings) in self.filters {
            dialog = dialog.add_filter(*name, endings);
        }
        let thread = std::thread::Builder::new().name("pick".to_owned());
        let spawned = thread.spawn(move || {
            let paths = pollster::block_on(picked(self.kind, dialog));
            outbox.send(reply(paths));
        });
        if let Err(error) = spawned {
            tracing::error!("no thread for the file dialog: {error}");
        }
    }
}

async fn picked(kind: PickKind, dialog: rfd::AsyncFileDialog) -> Option<Vec<PathBuf>> {
    let one = match kind {
        PickKind::Files => {
            let files = dialog.pick_files().await?;
            return Some(files.iter().map(|file| file.path().to_owned()).collect());
        }
        PickKind::File => dialog.pick_file().await,
        PickKind::Folder => dialog.pick_folder().await,
        PickKind::NewFile(None) => dialog.save_file().await,
        PickKind::NewFile(Some(name)) => dialog.set_file_name(name).save_file().await,
    };
    one.map(|file| vec![file.path().to_owned()])
}
