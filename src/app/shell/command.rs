//! What panels push and the window runs last.

use std::cell::RefCell;

/// One thing asked for by a click, a key or a drag.
pub(crate) enum Command<E, R> {
    /// Changes what is on the desk, and nothing else.
    Edit(E),
    /// Asks somebody else for work: a thread, the disk, the desktop.
    Request(R),
}

/// What panels asked for in one pass, in order.
pub(crate) struct Commands<E, R>(RefCell<Vec<Command<E, R>>>);

impl<E, R> Default for Commands<E, R> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<E, R> Commands<E, R> {
    pub(crate) fn edit(&self, edit: E) {
        self.0.borrow_mut().push(Command::Edit(edit));
    }

    pub(crate) fn request(&self, request: R) {
        self.0.borrow_mut().push(Command::Request(request));
    }

    pub(crate) fn into_vec(self) -> Vec<Command<E, R>> {
        self.0.into_inner()
    }
}
