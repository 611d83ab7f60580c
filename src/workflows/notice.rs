//! What is said while a workflow runs.

use std::ops::ControlFlow;

/// What a workflow says while it works.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// How far it is.
    Working {
        /// What is being done, in words.
        what: String,
        /// 0 to 1.
        share: f64,
    },
    /// What the person should know; no reason to stop.
    Remark(String),
}

/// Takes notices, and answers whether to go on. May be called from several threads.
pub type Notify<'a> = &'a (dyn Fn(Notice) -> ControlFlow<()> + Sync);

/// For a workflow that nobody looks at.
pub fn ignore_notices(_: Notice) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

pub(super) fn working(notify: Notify<'_>, what: &str, share: f64) -> ControlFlow<()> {
    notify(Notice::Working {
        what: what.to_owned(),
        share,
    })
}

/// Says something that is no reason to stop.
pub(super) fn remark(notify: Notify<'_>, text: impl Into<String>) {
    // The answer, whether to go on, is not needed here: the next step asks again.
    let _ = notify(Notice::Remark(text.into()));
}
