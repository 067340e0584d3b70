//! Figures, one per round; their medians, the ratios within a round, and the targets.

/// Figures, by the subject measured and the name of the figure.
#[derive(Default)]
pub(crate) struct Figures(Vec<Row>);

struct Row {
    what: String,
    figure: &'static str,
    rounds: Vec<f64>,
}

impl Row {
    fn print(&self) {
        let lowest = self.rounds.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = self.rounds.iter().copied().fold(0.0, f64::max);
        let median = median(&self.rounds).unwrap_or_default();
        println!("    {:<28} {median:>10.2}   ({lowest:.2} to {highest:.2})", self.figure);
    }
}

impl Figures {
    pub(crate) fn add(&mut self, what: &str, figure: &'static str, measured: f64) {
        println!("{what:<40} {figure:<28} {measured:>10.2}");
        if let Some(row) = self.0.iter_mut().find(|row| row.what == what && row.figure == figure) {
            row.rounds.push(measured);
        } else {
            self.0.push(Row {
                what: what.to_owned(),
                figure,
                rounds: vec![measured],
            });
        }
    }

    fn rounds(&self, what: &str, figure: &str) -> Option<&[f64]> {
        let row = self.0.iter().find(|row| row.what == what && row.figure == figure)?;
        Some(&row.rounds)
    }

    pub(crate) fn median(&self, what: &str, figure: &str) -> Option<f64> {
        median(self.rounds(what, figure)?)
    }

    /// Returns the median of the ratios within a round. Other load on the machine affects both sides of a ratio alike.
    pub(crate) fn ratio(&self, (what, figure): (&str, &str), (to_what, to_figure): (&str, &str)) -> Option<f64> {
        let (ours, theirs) = (self.rounds(what, figure)?, self.rounds(to_what, to_figure)?);
        let ratios: Vec<f64> = ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect();
        median(&ratios)
    }

    /// Prints all medians, with the lowest and the highest.
    pub(crate) fn print(&self) {
        println!("\nmedians (lowest to highest)");
        let mut printed: Vec<&str> = Vec::new();
        for Row { what, .. } in &self.0 {
            if printed.contains(&what.as_str()) {
                continue;
            }
            printed.push(what);
            println!("{what}");
            self.0.iter().filter(|row| row.what == *what).for_each(Row::print);
        }
    }
}

pub(crate) fn median(figures: &[f64]) -> Option<f64> {
    let mut figures = figures.to_vec();
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied()
}

/// The bound that a figure should keep.
#[derive(Clone, Copy)]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

/// A figure with a bound.
pub(crate) struct Target {
    pub(crate) what: String,
    pub(crate) bound: Bound,
    /// The figure, or `None` if that part was not run.
    pub(crate) measured: Option<f64>,
}

/// Prints which targets are met. Nothing fails here, because a bench is not a test.
pub(crate) fn print_targets(targets: &[Target]) {
    println!("\n{:<72} {:>10} {:>10}", "target", "asked", "measured");
    for Target { what, bound, measured } in targets {
        let Some(measured) = measured else {
            continue;
        };
        let (sign, asked, is_met) = match *bound {
            Bound::AtLeast(least) => ("≥", least, *measured >= least),
            Bound::AtMost(most) => ("≤", most, *measured <= most),
        };
        let verdict = if is_met { "met" } else { "not met" };
        println!("{what:<72} {:>10} {measured:>10.2}  {verdict}", format!("{sign} {asked}"));
    }
}
