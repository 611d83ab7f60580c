//! Looking at bytes before they are taken.

use std::io::{BufRead, BufReader, Read};

/// A reader of which the next bytes can be looked at.
pub(super) struct Ahead<R> {
    ahead: Vec<u8>,
    at: usize,
    input: BufReader<R>,
}

impl<R: Read> Ahead<R> {
    pub(super) fn new(input: R) -> Self {
        Self {
            ahead: Vec::new(),
            at: 0,
            input: BufReader::with_capacity(1 << 15, input),
        }
    }

    /// The next bytes, left where they are; fewer at the end.
    pub(super) fn peek(&mut self, n: usize) -> std::io::Result<&[u8]> {
        self.ahead.drain(..self.at);
        self.at = 0;
        let missing = n.saturating_sub(self.ahead.len()) as u64;
        (&mut self.input)
            .take(missing)
            .read_to_end(&mut self.ahead)?;
        Ok(&self.ahead[..n.min(self.ahead.len())])
    }
}

impl<R: Read> BufRead for Ahead<R> {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        if self.at < self.ahead.len() {
            return Ok(&self.ahead[self.at..]);
        }
        self.input.fill_buf()
    }

    fn consume(&mut self, n: usize) {
        if self.at < self.ahead.len() {
            self.at += n;
        } else {
            self.input.consume(n);
        }
    }
}

impl<R: Read> Read for Ahead<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.at >= self.ahead.len() {
            return self.input.read(buffer);
        }
        let n = (self.ahead.len() - self.at).min(buffer.len());
        buffer[..n].copy_from_slice(&self.ahead[self.at..self.at + n]);
        self.at += n;
        Ok(n)
    }
}
