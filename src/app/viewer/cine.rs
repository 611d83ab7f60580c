//! Volumes of a scan, or scans of a series, played one after the other.

use std::ops::RangeInclusive;
use std::time::Duration;

/// How fast can be played, frames a second.
pub(super) const SPEEDS: RangeInclusive<f32> = 0.5..=30.0;

/// What is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Played {
    /// The volumes of a layer, by the number in which it was opened.
    Volumes(u32),
    /// The scans of the series, by hours.
    Scans,
}

/// What is played, and how fast.
pub struct CineDesk {
    /// None while it stands.
    pub playing: Option<Played>,
    /// Frames a second.
    pub frames_per_second: f32,
    /// Whose volumes are to be played as soon as they are loaded.
    pub(super) waits_for: Option<u32>,
    /// When the next frame is due, seconds.
    next_at: Option<f64>,
}

impl Default for CineDesk {
    fn default() -> Self {
        Self {
            playing: None,
            // Not faster than what flashes may at most.
            frames_per_second: 3.0,
            waits_for: None,
            next_at: None,
        }
    }
}

impl CineDesk {
    /// Begins to play.
    pub(super) fn play(&mut self, what: Played) {
        self.stop();
        self.playing = Some(what);
    }

    /// Stands still.
    pub(super) fn stop(&mut self) {
        self.playing = None;
        self.waits_for = None;
        self.next_at = None;
    }

    pub(super) fn set_speed(&mut self, frames_per_second: f32) {
        self.frames_per_second = frames_per_second.clamp(*SPEEDS.start(), *SPEEDS.end());
        self.next_at = None;
    }

    /// Whether the next frame is due, and how long it is to the one after that. Where drawing takes longer
    /// than a frame, no frame is left out: it is only slower.
    pub(super) fn tick(&mut self, now: f64) -> (bool, Duration) {
        let period = 1.0 / f64::from(self.frames_per_second).max(0.1);
        let next = self.next_at.unwrap_or(now + period);
        let is_due = now >= next;
        let next = match is_due {
            true => (next + period).max(now),
            false => next,
        };
        self.next_at = Some(next);
        (
            is_due,
            Duration::from_secs_f64((next - now).clamp(0.0, 10.0)),
        )
    }
}
