//! At which line of a text file a row begins, without a list of all lines.

/// Rows are mostly lines; only where a row begins later than that (blank lines, line breaks in quotes) is it noted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Lines {
    /// The line of the first row.
    first: u64,
    /// How many rows are known.
    rows: u64,
    /// From which row on how many more lines than rows went before, ascending by row; fewer where rows share a line, as
    /// elements of an array do.
    jumps: Vec<(u64, i64)>,
    /// The first row for which there was no room.
    lost: Option<u64>,
}

/// A stretch in which most rows take several lines is not worth its memory.
const MAX_JUMPS: usize = 4096;

impl Lines {
    /// Adds rows that begin at these lines, ascending.
    pub(super) fn extend(&mut self, lines: &[u64]) {
        let (Some(&first), Some(&last)) = (lines.first(), lines.last()) else { return };
        if self.rows == 0 {
            self.first = first;
        }
        let count = lines.len() as u64;
        if self.of(self.rows) == Some(first) && last - first == count - 1 {
            self.rows += count;
            return;
        }
        for &line in lines {
            if self.lost.is_none() && self.of(self.rows) != Some(line) {
                if self.jumps.len() == MAX_JUMPS {
                    self.lost = Some(self.rows);
                } else {
                    self.jumps.push((self.rows, line.cast_signed() - (self.first + self.rows).cast_signed()));
                }
            }
            self.rows += 1;
        }
    }

    /// Moves all rows down by so many lines.
    pub(super) fn shift(&mut self, lines: u64) {
        self.first += lines;
    }

    /// Returns the line of a row; `None` where it is not known.
    pub(super) fn of(&self, row: u64) -> Option<u64> {
        if self.lost.is_some_and(|lost| row >= lost) {
            return None;
        }
        let before = self.jumps.partition_point(|&(from, _)| from <= row);
        let more = before.checked_sub(1).map_or(0, |at| self.jumps[at].1);
        (self.first + row).checked_add_signed(more)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_rows_are_known_across_blank_lines() {
        let lines = [2, 3, 4, 6, 7, 12, 14, 15];
        for cut in 0..=lines.len() {
            let mut known = Lines::default();
            known.extend(&lines[..cut]);
            known.extend(&lines[cut..]);
            known.shift(100);
            let found: Vec<_> = (0..lines.len()).map(|row| known.of(row as u64)).collect();
            assert_eq!(found, lines.iter().map(|line| Some(line + 100)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn rows_may_share_a_line() {
        for lines in [vec![1, 1, 1, 2, 5, 5], vec![3; 5_000]] {
            let mut known = Lines::default();
            known.extend(&lines);
            let found: Vec<_> = (0..lines.len() as u64).take(MAX_JUMPS).map(|row| known.of(row)).collect();
            assert_eq!(found, lines.iter().take(MAX_JUMPS).map(|line| Some(*line)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn memory_is_bounded_and_what_is_lost_is_not_guessed() {
        let lines: Vec<u64> = (0..20_000).map(|row| 1 + 2 * row).collect();
        let mut known = Lines::default();
        known.extend(&lines);
        assert!(known.jumps.len() <= MAX_JUMPS);
        assert_eq!(known.of(4000), Some(8001));
        assert_eq!(known.of(19_999), None);
    }
}
