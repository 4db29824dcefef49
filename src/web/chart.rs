//! Bars of a chart, as numbers that a template puts into SVG: no library writes it without styles or colours of its own,
//! which the security policy forbids and dark pages could not use. The stylesheet colours them.

use serde::Serialize;

/// One bar, in the units of the drawing, from its top left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ChartBar {
    pub x: i64,
    pub y: i64,
    pub width: i64,
    pub height: i64,
    /// Which row of figures it belongs to, from 0.
    pub row: usize,
}

/// Rows of as many figures each, side by side, in a drawing of this size. What is more than nothing is seen, however
/// little it is.
pub(super) fn bars(rows: &[&[i64]], width: i64, height: i64) -> Vec<ChartBar> {
    let most = rows.iter().copied().flatten().copied().max().unwrap_or_default().max(1);
    let places = i64::try_from(rows.first().map_or(0, |row| row.len())).unwrap_or_default().max(1);
    let side_by_side = i64::try_from(rows.len()).unwrap_or_default().max(1);
    let place = width / places;
    let gap = (place / 6).max(1);
    let wide = ((place - gap) / side_by_side).max(1);
    let mut bars = Vec::new();
    for (row, figures) in rows.iter().enumerate() {
        for (at, figure) in figures.iter().enumerate().filter(|(_, figure)| **figure > 0) {
            let tall = (figure * height / most).max(1);
            let (at, beside) = (i64::try_from(at).unwrap_or_default(), i64::try_from(row).unwrap_or_default());
            bars.push(ChartBar { x: at * place + beside * wide, y: height - tall, width: wide, height: tall, row });
        }
    }
    bars
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_reaches_the_top_and_the_least_is_seen() {
        let bars = bars(&[&[0, 1, 1_000]], 30, 20);
        let expected = [(10, 19, 1), (20, 0, 20)];
        assert_eq!(bars.iter().map(|bar| (bar.x, bar.y, bar.height)).collect::<Vec<_>>(), expected);
        assert!(super::bars(&[&[0; 14]], 84, 20).is_empty());
    }
}
