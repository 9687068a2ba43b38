//! A finished figure: shown as SVG, saved as SVG or PNG.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use crate::error::{PlotError, Result};
use crate::scene::{Annotation, Scene, Shape};
use crate::{interactive, png, svg};

/// A drawn figure. It has an opaque background, so it reads the same on a light and on a dark page.
///
/// ```
/// let classes = ["World", "Sports"].map(String::from);
/// let figure = recurrent_plot::class_probabilities("Ajax beat Feyenoord", &classes, &[0.1, 0.9])?;
/// assert!(figure.svg().starts_with("<svg"));
/// # Ok::<(), recurrent_plot::PlotError>(())
/// ```
#[derive(Clone, PartialEq)]
pub struct Figure {
    title: String,
    scene: Scene,
    svg: String,
}

impl Figure {
    pub(crate) fn new(title: String, note: &str, scene: Scene) -> Result<Self> {
        let svg = svg::write(&scene, &title, &description(note, &scene))?;
        Ok(Self { title, scene, svg })
    }

    /// The figure's heading.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Width and height in CSS pixels.
    pub fn size(&self) -> (f64, f64) {
        (self.scene.width, self.scene.height)
    }

    #[cfg(test)]
    pub(crate) fn scene(&self) -> &Scene {
        &self.scene
    }

    /// The figure as one SVG document. The same numbers give the same text, byte for byte.
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// The figure as interactive HTML: pointing at a word, a unit or a line, or going there with the arrow keys,
    /// shows its numbers, and an entry of a legend hides its line and shows it again. Without scripts it is the same
    /// picture at rest. It needs nothing from elsewhere.
    ///
    /// None of a drawing that has no numbers to show.
    ///
    /// ```
    /// let classes = ["World", "Sports"].map(String::from);
    /// let figure = recurrent_plot::class_probabilities("Ajax beat Feyenoord", &classes, &[0.1, 0.9])?;
    /// assert!(figure.html().is_some_and(|html| html.starts_with("<div><img")));
    /// # Ok::<(), recurrent_plot::PlotError>(())
    /// ```
    pub fn html(&self) -> Option<String> {
        has_annotations(&self.scene.shapes, svg::has_many_cells(&self.scene)).then(|| interactive::html(self))
    }

    /// The figure as a PNG file's bytes, with two pixels per CSS pixel. Text is painted with the
    /// font of this crate; letters that it lacks (it has Latin, Greek and Cyrillic) are shown as a
    /// box. The SVG has no such limit.
    ///
    /// # Errors
    /// [`PlotError::Encode`] if the picture cannot be encoded.
    pub fn png(&self) -> Result<Vec<u8>> {
        png::encode(&self.scene)
    }

    /// Writes the figure to `path` as SVG or PNG, by its extension (`.svg` or `.png`). The file appears whole
    /// or not at all.
    ///
    /// # Errors
    /// [`PlotError::UnknownFormat`] for another ending, [`PlotError::Write`] if the file cannot be
    /// written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_lowercase);
        match ending.as_deref() {
            Some("svg") => write_whole(path, self.svg.as_bytes()),
            Some("png") => write_whole(path, &self.png()?),
            _ => Err(PlotError::UnknownFormat { path: path.to_owned() }),
        }
    }
}

/// What there is to be seen, for those who cannot: how to read the figure, its lines and maps.
fn description(note: &str, scene: &Scene) -> String {
    let (mut series, mut maps) = (Vec::new(), Vec::new());
    collect(&scene.shapes, &mut series, &mut maps);
    let list = |what: &str, names: Vec<&str>| (!names.is_empty()).then(|| format!("{what}: {}.", names.join("; ")));
    let note = (!note.is_empty()).then(|| note.to_owned());
    [note, list("Lines", series), list("Maps", maps)].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Whether a part of the shapes has something to say when it is pointed at.
fn has_annotations(shapes: &[Shape], many_cells: bool) -> bool {
    shapes.iter().any(|shape| match shape {
        Shape::Group { annotation: Annotation::Note(_) | Annotation::Series(_), .. } => true,
        Shape::Group { annotation: Annotation::Map(_), .. } => !many_cells,
        Shape::Group { shapes, .. } => has_annotations(shapes, many_cells),
        _ => false,
    })
}

fn collect<'a>(shapes: &'a [Shape], series: &mut Vec<&'a str>, maps: &mut Vec<&'a str>) {
    for shape in shapes {
        if let Shape::Group { annotation, shapes } = shape {
            match annotation {
                Annotation::Series(name) if !series.contains(&&**name) => series.push(name),
                Annotation::Map(map) => maps.push(&map.name),
                _ => {}
            }
            collect(shapes, series, maps);
        }
    }
}

/// One line: the drawing itself is no use as text.
impl fmt::Debug for Figure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (width, height) = self.size();
        write!(f, "Figure({:?}, {width} x {height})", self.title)
    }
}

/// Writes a temporary file beside `path`, syncs, then renames it: a reader sees the old file or the new one, whatever
/// other threads and processes write at the same time.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || -> io::Result<()> {
        // With the permissions of any new file: by itself tempfile makes files that only their owner can read.
        let mut file = tempfile::Builder::new().make_in(path.with_file_name(""), |path| File::create_new(path))?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(|source| PlotError::Write { path: path.to_owned(), source })
}
