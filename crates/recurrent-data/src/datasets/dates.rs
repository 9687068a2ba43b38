//! Dates as people write them in English, Dutch, Norwegian and Filipino, with the names and patterns of
//! [Unicode's CLDR](https://cldr.unicode.org), and the same dates as ISO 8601 writes them.

use super::columns::{self, count, wrong};
use crate::{Error, Result, data_folders};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;
use std::path::Path;

/// The same date twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatePair {
    /// `en`, `nl`, `nb` or `fil`.
    pub language: String,
    /// As `dinsdag 3 maart 2026`.
    pub written: String,
    /// As `2026-03-03`.
    pub iso: String,
}

/// How dates are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dates {
    /// The name of a month or day by language, kind and number.
    names: BTreeMap<(String, String, usize), String>,
    /// Language and pattern.
    patterns: Vec<(String, String)>,
}

/// The kinds of names, and the last number of each.
const KINDS: [(&str, usize); 4] =
    [("month_wide", 12), ("month_abbreviated", 12), ("weekday_wide", 7), ("weekday_abbreviated", 7)];

/// The names and patterns that are shipped.
///
/// ```
/// let pairs = recurrent_data::datasets::dates::load()?.pairs(3, 0);
/// assert!(pairs.iter().all(|pair| pair.iso.len() == 10));
/// # Ok::<(), recurrent_data::Error>(())
/// ```
///
/// # Errors
/// The files are nowhere, and as [`read`].
pub fn load() -> Result<Dates> {
    read(data_folders::find(&data_folders::all()?, "dates")?)
}

/// `names.csv` and `patterns.csv` of a folder.
///
/// # Errors
/// What [`Rows`](crate::rows::Rows) finds wrong, other columns, a kind or number of a name that is not known, a letter in
/// a pattern that is not known, a language that lacks a name, no row.
pub fn read(folder: impl AsRef<Path>) -> Result<Dates> {
    let [names_file, patterns_file] = ["names.csv", "patterns.csv"].map(|name| folder.as_ref().join(name));
    let mut names = BTreeMap::new();
    columns::read(&names_file, &["language", "kind", "number", "name"], |fields| {
        let Some((_, last)) = KINDS.iter().find(|(kind, _)| *kind == fields[1]) else {
            let kinds = KINDS.map(|(kind, _)| kind).join(", ");
            return Err(wrong(format!("a kind of {kinds}"), format!("{:?}", fields[1])));
        };
        let number = count("number", fields[2], 1..=*last)?;
        names.insert((fields[0].into(), fields[1].into(), number), fields[3].into());
        Ok(())
    })?;
    let mut patterns: Vec<(String, String)> = Vec::new();
    columns::read(&patterns_file, &["language", "style", "pattern"], |fields| {
        if let Some(part) = parts(fields[2]).iter().find(|part| part.starts_with(char::is_alphabetic) && !known(part)) {
            return Err(wrong("a pattern of EEEE, EEE, MMMM, MMM, MM, M, dd, d, y and yy", format!("{part:?}")));
        }
        patterns.push((fields[0].into(), fields[2].into()));
        Ok(())
    })?;
    for (language, _) in &patterns {
        for (kind, last) in KINDS {
            if let Some(number) =
                (1..=last).find(|number| !names.contains_key(&(language.clone(), kind.into(), *number)))
            {
                return Err(Error::content(&names_file, format!("{kind} {number} of {language}"), "no such name"));
            }
        }
    }
    Ok(Dates { names, patterns })
}

impl Dates {
    /// `rows` dates from 1970 to 2069, each in a language and a pattern drawn at random. (So a year of two digits can be
    /// told: 70 to 99 are those of the last century.)
    pub fn pairs(&self, rows: usize, seed: u64) -> Vec<DatePair> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..rows).map(|_| self.pair(&mut rng)).collect()
    }

    fn pair(&self, rng: &mut ChaCha8Rng) -> DatePair {
        let (language, pattern) = &self.patterns[rng.random_range(0..self.patterns.len())];
        let (year, month) = (rng.random_range(1970..2070usize), rng.random_range(1..=12usize));
        let day = rng.random_range(1..=days(year, month));
        let name = |kind: &str, number: usize| self.names[&(language.clone(), kind.into(), number)].as_str();
        let mut written = String::new();
        for part in parts(pattern) {
            match &*part {
                "EEEE" => written += name("weekday_wide", weekday(year, month, day)),
                "EEE" => written += name("weekday_abbreviated", weekday(year, month, day)),
                "MMMM" => written += name("month_wide", month),
                "MMM" => written += name("month_abbreviated", month),
                "MM" => written += &format!("{month:02}"),
                "M" => written += &month.to_string(),
                "dd" => written += &format!("{day:02}"),
                "d" => written += &day.to_string(),
                "y" => written += &year.to_string(),
                "yy" => written += &format!("{:02}", year % 100),
                other => written += other,
            }
        }
        DatePair { language: language.clone(), written, iso: format!("{year}-{month:02}-{day:02}") }
    }
}

/// A pattern in runs of one letter, and what stands between them.
fn parts(pattern: &str) -> Vec<String> {
    let mut parts: Vec<String> = Vec::new();
    for letter in pattern.chars() {
        match parts.last_mut() {
            Some(last) if last.ends_with(letter) && letter.is_alphabetic() => last.push(letter),
            _ => parts.push(letter.into()),
        }
    }
    parts
}

fn known(part: &str) -> bool {
    ["EEEE", "EEE", "MMMM", "MMM", "MM", "M", "dd", "d", "y", "yy"].contains(&part)
}

/// Days of a month in the Gregorian calendar.
fn days(year: usize, month: usize) -> usize {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
}

/// The day of the week, 1 (Monday) to 7 (T. Sakamoto, 1992).
fn weekday(year: usize, month: usize, day: usize) -> usize {
    let year = if month < 3 { year - 1 } else { year };
    let shift = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4][month - 1];
    (year + year / 4 - year / 100 + year / 400 + shift + day + 6) % 7 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_the_week_and_of_february_are_those_of_the_calendar() {
        // Thursday, 1 January 1970; Saturday, 1 January 2000; Tuesday, 29 February 2028.
        assert_eq!([weekday(1970, 1, 1), weekday(2000, 1, 1), weekday(2028, 2, 29)], [4, 6, 2]);
        assert_eq!([days(2000, 2), days(1900, 2), days(2028, 2), days(2026, 2)], [29, 28, 29, 28]);
    }
}
