//! A key with what it does, and how it is named.

use crate::app::viewer::{Edit, Request, Tool};
use eframe::egui::{self, Key, Modifiers};

/// A key, and what it does now.
pub(super) struct Binding {
    modifiers: Modifiers,
    pub(super) key: Key,
    pub(super) what: &'static str,
    pub(super) edits: Vec<Edit>,
    pub(super) request: Option<Request>,
    /// Whether it stands on the sheet.
    pub(super) listed: bool,
}

pub(super) fn key(key: Key, what: &'static str, edits: impl IntoIterator<Item = Edit>) -> Binding {
    Binding {
        modifiers: Modifiers::NONE,
        key,
        what,
        edits: edits.into_iter().collect(),
        request: None,
        listed: true,
    }
}

/// A key of a tool, which leads back to looking too.
pub(super) fn tool_key(now: Tool, of: Key, what: &'static str, tool: Tool) -> Binding {
    key(of, what, [Edit::Tool(tool.or_back(now))])
}

impl Binding {
    pub(super) fn with(self, modifiers: Modifiers) -> Self {
        Self { modifiers, ..self }
    }

    pub(super) fn requests(self, request: Request) -> Self {
        Self {
            request: Some(request),
            ..self
        }
    }

    pub(super) fn requests_if(self, request: Option<Request>) -> Self {
        Self { request, ..self }
    }

    /// A second key for the same thing, left off the sheet.
    pub(super) fn unlisted(self) -> Self {
        Self {
            listed: false,
            ..self
        }
    }

    pub(super) fn name(&self) -> String {
        let name = match self.key {
            Key::Comma => ",",
            Key::Period => ".",
            Key::ArrowUp => "Up",
            Key::ArrowDown => "Down",
            Key::ArrowLeft => "Left",
            Key::ArrowRight => "Right",
            Key::Questionmark => "?",
            Key::OpenBracket => "[",
            Key::CloseBracket => "]",
            Key::Plus => "+",
            Key::Minus => "-",
            Key::PageUp => "Page up",
            Key::PageDown => "Page down",
            other => other.name(),
        };
        let is_held = [
            (self.modifiers.command, "Ctrl "),
            (self.modifiers.shift, "Shift "),
        ];
        let held = is_held.into_iter().filter(|(is_held, _)| *is_held);
        held.map(|(_, name)| name).collect::<String>() + name
    }

    /// Whether it means the same while something is typed.
    pub(super) fn is_never_typed(&self) -> bool {
        matches!(self.key, Key::Escape | Key::F1)
    }

    /// What desktops make of the key by which things are copied.
    pub(super) fn is_copy(&self) -> bool {
        self.key == Key::C && self.modifiers == Modifiers::COMMAND
    }

    /// Keys that stand on different places of a keyboard, with or without Shift, count by what
    /// they write; all others need exactly the modifiers of the binding.
    pub(super) fn is_pressed(&self, input: &egui::InputState) -> bool {
        let written = matches!(
            self.key,
            Key::Questionmark | Key::Plus | Key::Equals | Key::OpenBracket | Key::CloseBracket
        );
        input.events.iter().any(|event| match event {
            egui::Event::Key {
                key,
                pressed: true,
                modifiers,
                ..
            } => {
                *key == self.key
                    && (written && !modifiers.command || modifiers.matches_exact(self.modifiers))
            }
            egui::Event::Copy => self.is_copy(),
            // Some keyboards report the slash key with Shift for a question mark.
            egui::Event::Text(text) => self.key == Key::Questionmark && text == "?",
            _ => false,
        })
    }
}
