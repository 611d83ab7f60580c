//! What the viewer shows when it opens.

use crate::phantom::DemoScans;
use std::path::PathBuf;
use std::thread::JoinHandle;

/// What to show when the window opens.
pub enum FirstScans {
    /// Nothing, or scans from files; `compare` sets the first two against each other.
    Files {
        /// The scans.
        paths: Vec<PathBuf>,
        /// In the compare layout.
        compare: bool,
    },
    /// A simulated patient, on the way.
    Demo(JoinHandle<DemoScans>),
}

impl FirstScans {
    /// Begins to draw a simulated patient, while the window is still being made.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn demo() -> std::io::Result<Self> {
        let thread = std::thread::Builder::new().name("cisterna-demo".to_owned());
        Ok(Self::Demo(thread.spawn(DemoScans::coarse)?))
    }
}
