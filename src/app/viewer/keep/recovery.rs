//! The file of what is open, for after a crash: one for each program that runs.
//!
//! Beside each lies a file that its program holds; the system lets go of that when the program ends, however
//! it ends. So a session whose file nobody holds is of a program that is gone, and whoever holds it then is
//! the only one to offer it. A program that is closed deletes both.

use super::shown::Offer;
use crate::app::viewer::session::{SESSION_ENDING, Session};
use crate::platform::{Held, set_aside, write_own};
use std::collections::HashMap;
use std::io::Result;
use std::path::{Path, PathBuf};

/// Where they lie below the folder of states.
const FOLDER: &str = "recovery";
const LOCK_ENDING: &str = ".lock";

/// The file of this program, and those of programs that are gone.
pub(super) struct Recovery {
    folder: PathBuf,
    /// That of this program, once it wrote something.
    own: Option<Held>,
    /// By what they are known.
    gone: HashMap<String, Held>,
    /// Nothing is written any more.
    is_closed: bool,
}

impl Recovery {
    pub(super) fn new(state_folder: &Path) -> Self {
        Self {
            folder: state_folder.join(FOLDER),
            own: None,
            gone: HashMap::new(),
            is_closed: false,
        }
    }

    /// What programs left that are gone, the newest first, and what of it cannot be used.
    pub(super) fn look(&mut self) -> (Vec<Offer>, Vec<String>) {
        let (mut offers, mut troubles) = (Vec::new(), Vec::new());
        let entries = std::fs::read_dir(&self.folder);
        for path in entries
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
        {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let Some(id) = name.strip_suffix(SESSION_ENDING).map(str::to_owned) else {
                continue;
            };
            // A program that runs holds its own, and one without such files cannot be told from it.
            let Ok(Some(held)) = Held::take(&self.folder.join(format!("{id}{LOCK_ENDING}"))) else {
                continue;
            };
            // It may have been closed in between.
            if !path.exists() {
                held.delete().ok();
                continue;
            }
            match Session::open(&path) {
                Ok(session) => {
                    offers.push(Offer {
                        id: id.clone(),
                        session: Box::new(session),
                        folder: self.folder.clone(),
                    });
                    self.gone.insert(id, held);
                }
                Err(why) => {
                    let aside = set_aside(&path);
                    let aside = aside.map_or_else(
                        |error| format!("it cannot be kept aside: {error}"),
                        |aside| format!("kept aside as {}", aside.display()),
                    );
                    troubles.push(format!(
                        "What was open before a crash is lost: {why}; {aside}"
                    ));
                    held.delete().ok();
                }
            }
        }
        offers.sort_by(|a, b| b.session.saved_at.cmp(&a.session.saved_at));
        (offers, troubles)
    }

    /// Writes what is open, in place of what was.
    pub(super) fn write(&mut self, text: &str) -> Result<()> {
        if self.is_closed {
            return Ok(());
        }
        let own = match self.own.take() {
            Some(own) => own,
            None => Held::new_in(&self.folder, LOCK_ENDING)?,
        };
        let path = session_of(&own);
        self.own = Some(own);
        write_own(&path, text.as_bytes())
    }

    /// What a program left that is gone is this program's now: it is written over from here on.
    pub(super) fn adopt(&mut self, id: &str) -> Result<()> {
        if let Some(held) = self.gone.remove(id) {
            self.forget()?;
            self.own = Some(held);
        }
        Ok(())
    }

    /// Throws away what a program left that is gone.
    pub(super) fn refuse(&mut self, id: &str) -> Result<()> {
        match self.gone.remove(id) {
            Some(held) => delete(held),
            None => Ok(()),
        }
    }

    /// Throws away all that programs left that are gone.
    pub(super) fn refuse_all(&mut self) -> Result<()> {
        self.gone.drain().try_for_each(|(_, held)| delete(held))
    }

    /// Nothing is open that could be opened again.
    pub(super) fn forget(&mut self) -> Result<()> {
        self.own.take().map_or(Ok(()), delete)
    }

    /// The program is closed. What is not decided about is offered at the next start.
    pub(super) fn close(&mut self) -> Result<()> {
        self.is_closed = true;
        self.gone.clear();
        self.forget()
    }
}

/// The session beside a file that is held.
fn session_of(held: &Held) -> PathBuf {
    let name = held.path().file_name().unwrap_or_default();
    let name = name.to_string_lossy();
    let id = name.strip_suffix(LOCK_ENDING).unwrap_or(&name);
    held.path().with_file_name(format!("{id}{SESSION_ENDING}"))
}

/// The session first: without it the other means nothing.
fn delete(held: Held) -> Result<()> {
    let session = session_of(&held);
    if session.exists() {
        std::fs::remove_file(session)?;
    }
    held.delete()
}
