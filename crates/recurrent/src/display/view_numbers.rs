//! How the numbers show that figures are drawn from.

use super::{MimeBundle, Show, text_and_table};
use crate::{
    report::percent,
    views::{
        ActivationMatch, ActivationMatches, Attribution, CellContributions, ClassContributions, PaddingTraces,
        PrincipalComponents, Recurrence, StateGradients, WeightNorms,
    },
};
use recurrent_plot::{GateSaturation, Ledger, PaddingCount, Series, UnitCard};

/// Columns of numbers that are shown.
const SHOWN_COLUMNS: usize = 8;

fn number(value: &f64) -> String {
    format!("{value:.4}")
}

/// A name and the first of some numbers.
fn row(name: &str, numbers: &[f64]) -> Vec<String> {
    let shown = numbers.iter().take(SHOWN_COLUMNS).map(number);
    [name.to_owned()].into_iter().chain(shown).collect()
}

/// A heading for each of at most [`SHOWN_COLUMNS`] columns.
fn header(first: &str, column: &str, columns: usize) -> Vec<String> {
    let shown = (0..columns.min(SHOWN_COLUMNS)).map(|index| format!("{column} {index}"));
    [first.to_owned()].into_iter().chain(shown).collect()
}

fn borrowed(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

impl Show for CellContributions {
    fn mime_bundle(&self) -> MimeBundle {
        let text = format!(
            "memory of {}: what is left of {} in {} units",
            self.layer,
            self.labels.join(", "),
            self.cell.len()
        );
        let parts = self.labels.iter().zip(&self.parts);
        let mut rows: Vec<Vec<String>> = parts.map(|(label, part)| row(label, part)).collect();
        rows.insert(0, row("all together", &self.cell));
        let header = header("part of c_T", "unit", self.cell.len());
        text_and_table(text, &borrowed(&header), rows.into_iter())
    }
}

impl Show for ClassContributions {
    fn mime_bundle(&self) -> MimeBundle {
        let sums: Vec<f64> = self.scores.iter().map(|parts| parts.iter().sum()).collect();
        let shown: Vec<String> = sums.iter().map(number).collect();
        let text = format!(
            "parts of {} class scores from {}; the scores are {}",
            sums.len(),
            self.labels.join(", "),
            shown.join(", ")
        );
        let of_label = |place: usize| -> Vec<f64> {
            let parts = self.scores.iter().filter_map(|parts| parts.get(place));
            parts.copied().collect()
        };
        let rows = self.labels.iter().enumerate();
        let mut rows: Vec<Vec<String>> = rows.map(|(place, label)| row(label, &of_label(place))).collect();
        rows.insert(0, row("score", &sums));
        let header = header("part of the score", "class", sums.len());
        text_and_table(text, &borrowed(&header), rows.into_iter())
    }
}

impl Show for Ledger {
    fn mime_bundle(&self) -> MimeBundle {
        let text = format!("{} = {:.4}, in {} parts", self.total, self.sum(), self.parts.len());
        let rows = self.parts.iter().enumerate();
        let rows = rows.map(|(place, part)| vec![place.to_string(), number(part)]);
        text_and_table(text, &["part", "value"], rows)
    }
}

impl Show for ActivationMatches {
    fn mime_bundle(&self) -> MimeBundle {
        let units = self.units.iter().map(|(unit, sign)| match *sign < 0.0 {
            true => format!("{unit} (below zero)"),
            false => unit.to_string(),
        });
        let text = format!(
            "in “{}” the units {} are on; {} other places",
            self.words.join(" "),
            units.collect::<Vec<_>>().join(", "),
            self.matches.len()
        );
        text_and_table(text, &MATCH, self.matches.iter().map(match_row))
    }
}

const MATCH: [&str; 4] = ["text", "its words", "on at", "units on"];

fn match_row(found: &ActivationMatch) -> Vec<String> {
    let on = found.on.get(found.span.start).copied().unwrap_or(0.0);
    let span = found.words.get(found.span.clone()).unwrap_or_default();
    vec![found.text.to_string(), found.words.join(" "), span.join(" "), percent(on)]
}

impl Show for ActivationMatch {
    fn mime_bundle(&self) -> MimeBundle {
        let [text, _, span, on] = [0, 1, 2, 3].map(|cell| match_row(self)[cell].clone());
        let line = format!("text {text}: {on} of the units are on at “{span}”");
        text_and_table(line, &MATCH, [match_row(self)].into_iter())
    }
}

impl Show for PrincipalComponents {
    fn mime_bundle(&self) -> MimeBundle {
        let [one, two] = self.shares.map(percent);
        let text = format!("{} points in two directions with {one} and {two} of the variance", self.points.len());
        let rows = self.points.iter();
        let rows = rows.map(|(x, y)| vec![number(x), number(y)]);
        text_and_table(text, &["component 1", "component 2"], rows)
    }
}

impl Show for PaddingTraces {
    fn mime_bundle(&self) -> MimeBundle {
        let ways = [("padded", &self.padded), ("masked", &self.masked), ("packed", &self.packed)];
        let rows = ways.map(|(way, trace)| {
            let probabilities = trace.probabilities.iter().copied().map(percent);
            vec![way.to_owned(), probabilities.collect::<Vec<_>>().join(", ")]
        });
        let text = rows.iter().map(|row| row.join(": ")).collect::<Vec<_>>();
        let header = ["padding", "class probabilities"];
        text_and_table(text.join("; "), &header, rows.into_iter())
    }
}

impl Show for StateGradients {
    fn mime_bundle(&self) -> MimeBundle {
        let size = |norm: Option<&f64>| norm.map_or(String::new(), |norm| format!("{norm:.2e}"));
        let mut text = format!(
            "{}: |d loss / d h_t| is {} at the last step and {} at the first",
            self.name,
            size(self.norms.first()),
            size(self.norms.last()),
        );
        if let Some(Recurrence { block, spectral_radius }) = self.recurrence {
            text += &format!(", the spectral radius of W_h{block} {spectral_radius:.2}");
        }
        let cell = |back: usize| self.cell_norms.as_ref().and_then(|norms| norms.get(back));
        let rows = self.norms.iter().enumerate();
        let rows = rows.map(|(back, norm)| vec![back.to_string(), size(Some(norm)), size(cell(back))]);
        let header = ["steps back", "|d loss / d h_t|", "|d loss / d c_t|"];
        text_and_table(text, &header, rows)
    }
}

impl Show for Attribution {
    fn mime_bundle(&self) -> MimeBundle {
        let text = format!(
            "{} words bring the score of class {} from {:.4} to {:.4}; {:.1e} of it is missing in their sum",
            self.words.len(),
            self.class,
            self.baseline,
            self.score,
            self.gap().abs()
        );
        let rows = self.words.iter().zip(&self.values);
        let rows = rows.map(|(word, value)| vec![word.clone(), number(value)]);
        text_and_table(text, &["word", "adds"], rows)
    }
}

impl Show for WeightNorms {
    fn mime_bundle(&self) -> MimeBundle {
        let at = |point: Option<&(f64, f64)>| point.map_or(String::new(), |(_, norm)| number(norm));
        let rows = self.layers.iter().map(|line| {
            let points = &line.points;
            vec![line.name.clone(), at(points.first()), at(points.last())]
        });
        let text = format!("norms of the weights of {} layers", self.layers.len());
        text_and_table(text, &["layer", "first norm", "last norm"], rows)
    }
}

impl Show for Series {
    fn mime_bundle(&self) -> MimeBundle {
        let text = format!("{}: {} numbers", self.name, self.values.len());
        let rows = self.values.iter().enumerate();
        let rows = rows.map(|(place, value)| vec![place.to_string(), number(value)]);
        text_and_table(text, &["place", "value"], rows)
    }
}

impl Show for GateSaturation {
    fn mime_bundle(&self) -> MimeBundle {
        let mean = |shares: &[f64]| percent(shares.iter().sum::<f64>() / shares.len().max(1) as f64);
        let text = format!(
            "{}: open at {} and shut at {} of the words, in the mean over {} units",
            self.name,
            mean(&self.open),
            mean(&self.shut),
            self.open.len()
        );
        let rows = self.open.iter().zip(&self.shut).enumerate();
        let rows = rows.map(|(unit, (&open, &shut))| vec![unit.to_string(), percent(open), percent(shut)]);
        text_and_table(text, &["unit", "open", "shut"], rows)
    }
}

impl Show for UnitCard {
    fn mime_bundle(&self) -> MimeBundle {
        let names = |words: &[(String, f64)]| {
            let names: Vec<&str> = words.iter().map(|(word, _)| word.as_str()).collect();
            names.join(", ")
        };
        let text =
            format!("unit {}: up after {}; down after {}", self.unit, names(&self.raised_by), names(&self.lowered_by));
        let changes: Vec<&(String, f64)> = self.raised_by.iter().chain(&self.lowered_by).collect();
        let rows = changes.into_iter();
        let rows = rows.map(|(word, change)| vec![word.clone(), number(change)]);
        text_and_table(text, &["word", "mean change"], rows)
    }
}

impl Show for PaddingCount {
    fn mime_bundle(&self) -> MimeBundle {
        let text = format!("{}: {} steps on tokens, {} on padding", self.name, self.tokens, self.padding);
        let row = vec![self.name.clone(), self.tokens.to_string(), self.padding.to_string()];
        text_and_table(text, &["batches", "tokens", "padding"], [row].into_iter())
    }
}
