//! Nine men say two Japanese vowels, one after the other (M. Kudo, J. Toyama and M. Shimbo, 1999,
//! [UCI](https://doi.org/10.24432/C5NS47)): who speaks?

use super::columns::{self, count, number, wrong};
use crate::{Result, data_folders};
use std::path::Path;

/// Numbers of a frame: LPC cepstrum coefficients.
pub const COEFFICIENTS: usize = 12;

/// One recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// Who speaks, 0 to 8 (in the file 1 to 9).
    pub speaker: u32,
    /// 7 to 29 frames of 12 numbers each.
    pub frames: Vec<[f32; COEFFICIENTS]>,
}

/// The parts of the original paper.
#[derive(Debug, Clone, PartialEq)]
pub struct JapaneseVowels {
    /// 270 recordings, 30 of each speaker.
    pub train: Vec<Recording>,
    /// 370 recordings, 24 to 88 of each speaker.
    pub test: Vec<Recording>,
}

/// The recordings that are shipped.
///
/// ```
/// let vowels = recurrent_data::datasets::japanese_vowels::load()?;
/// assert_eq!((vowels.train.len(), vowels.test.len()), (270, 370));
/// # Ok::<(), recurrent_data::Error>(())
/// ```
///
/// # Errors
/// A file is nowhere, and as [`read`].
pub fn load() -> Result<JapaneseVowels> {
    let folder = data_folders::find(&data_folders::all()?, "japanese_vowels")?;
    Ok(JapaneseVowels { train: read(folder.join("train.csv"))?, test: read(folder.join("test.csv"))? })
}

/// Recordings of a file with columns `recording`, `speaker`, `frame`, `c1` to `c12`: a row for each frame, recordings
/// and frames counted from 0.
///
/// # Errors
/// What [`Rows`](crate::rows::Rows) finds wrong, other columns, a speaker that is not from 1 to 9, a recording or a frame
/// that does not follow the one before, two speakers in one recording, a value that is no finite number, no row.
pub fn read(path: impl AsRef<Path>) -> Result<Vec<Recording>> {
    let coefficients = (1..=COEFFICIENTS).map(|number| format!("c{number}"));
    let names: Vec<String> =
        ["recording", "speaker", "frame"].map(String::from).into_iter().chain(coefficients).collect();
    let mut recordings: Vec<Recording> = Vec::new();
    columns::read(path.as_ref(), &names, |fields| {
        let speaker = count("speaker", fields[1], 1..=9)? as u32 - 1;
        let (recording, frame) = (fields[0], fields[2]);
        // The next frame of the last recording, or the first one of another.
        let next = match recordings.last() {
            Some(last) if recording == (recordings.len() - 1).to_string() => {
                if last.speaker != speaker {
                    let expected = format!("speaker {} as in the frames before", last.speaker + 1);
                    return Err(wrong(expected, format!("{}", speaker + 1)));
                }
                last.frames.len()
            }
            _ => {
                if recording != recordings.len().to_string() {
                    return Err(wrong(format!("recording {}", recordings.len()), format!("{recording:?}")));
                }
                recordings.push(Recording { speaker, frames: Vec::new() });
                0
            }
        };
        if frame != next.to_string() {
            return Err(wrong(format!("frame {next} of recording {recording}"), format!("{frame:?}")));
        }
        let mut values = [0.0; COEFFICIENTS];
        for (value, (name, field)) in values.iter_mut().zip(names[3..].iter().zip(&fields[3..])) {
            *value = number(name, field)? as f32;
        }
        if let Some(last) = recordings.last_mut() {
            last.frames.push(values);
        }
        Ok(())
    })?;
    Ok(recordings)
}
