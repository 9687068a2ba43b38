//! A page of the lesson as it is committed: code, and the outputs that this code gave.
//!
//! `cargo lab refresh` writes into the notebook's metadata what its outputs belong to; `cargo lab check` compares.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::{Value, json};

use crate::atomic_write::atomic_write;
use crate::sha256;

/// The largest notebook that GitHub still shows, in bytes.
const MAX_BYTES: usize = 1_500_000;
/// Our entry in a notebook's metadata.
const METADATA_KEY: &str = "recurrent";

/// One notebook file.
#[derive(Debug)]
pub struct Notebook {
    pub path: PathBuf,
    notebook: Value,
}

impl Notebook {
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let notebook: Value =
            serde_json::from_str(&text).with_context(|| format!("{} is not a Jupyter notebook", path.display()))?;
        if !notebook["cells"].is_array() {
            bail!("{} is not a Jupyter notebook: it has no cells", path.display());
        }
        Ok(Self { path: path.to_path_buf(), notebook })
    }

    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Takes the outputs of the same page after a run. `data` says what it ran on ("AG News, 12,000 + 7,600 rows").
    /// `replaced` are folders of this machine, and what stands for them in an output.
    ///
    /// # Errors
    /// When the code is not the one that ran.
    pub fn take_outputs(&mut self, executed: &Notebook, data: &str, replaced: &[(String, &str)]) -> Result<()> {
        if self.code_hash() != executed.code_hash() {
            bail!("{}: its code was changed while it ran", self.name());
        }
        let outputs: Vec<Value> = executed.code_cells().map(|cell| cell["outputs"].clone()).collect();
        let mut count = 0;
        for (cell, mut outputs) in code_cells_mut(&mut self.notebook).zip(outputs) {
            let number = match is_blank(cell) {
                true => Value::Null,
                false => {
                    count += 1;
                    json!(count)
                }
            };
            for output in outputs.as_array_mut().into_iter().flatten() {
                if output["output_type"] == "execute_result" {
                    output["execution_count"] = number.clone();
                }
            }
            replace(&mut outputs, replaced);
            cell["execution_count"] = number;
            cell["outputs"] = outputs;
        }
        let entry = json!({"code": self.code_hash(), "outputs": self.outputs_hash(), "data": data});
        self.notebook["metadata"][METADATA_KEY] = entry;
        Ok(())
    }

    /// Why this page cannot be committed as it is; None when its code and its outputs belong together.
    pub fn problem(&self) -> Option<String> {
        if !self.has_code() {
            return None;
        }
        let entry = &self.notebook["metadata"][METADATA_KEY];
        if entry.is_null() {
            return Some("it has no outputs of a run".into());
        }
        if entry["code"] != json!(self.code_hash()) {
            return Some("its code was changed after its outputs were made".into());
        }
        if entry["outputs"] != json!(self.outputs_hash()) {
            return Some("its outputs are not those of the run that is noted in it".into());
        }
        let size = self.text().len();
        (size > MAX_BYTES).then(|| {
            format!(
                "it has {:.1} MB, more than {:.1} MB: make its figures smaller",
                size as f64 / 1e6,
                MAX_BYTES as f64 / 1e6
            )
        })
    }

    /// False for a page of prose only.
    pub fn has_code(&self) -> bool {
        self.code_cells().any(|cell| !is_blank(cell))
    }

    /// What a reader sees of each code cell's outputs: its number (from 1) and one text per output.
    pub fn output_texts(&self) -> Vec<(usize, String)> {
        let mut shown = Vec::new();
        for (position, cell) in self.code_cells().filter(|cell| !is_blank(cell)).enumerate() {
            for output in cell["outputs"].as_array().into_iter().flatten() {
                let streams = [&output["text"], &output["evalue"], &output["traceback"]];
                let data = output["data"].as_object().into_iter().flatten();
                let data = data.filter(|(mime, _)| is_text(mime)).map(|(_, text)| text);
                let texts = streams.into_iter().chain(data).map(text);
                shown.extend(texts.filter(|text| !text.is_empty()).map(|text| (position + 1, text)));
            }
        }
        shown
    }

    /// As nbformat writes it: sorted keys, one space of indentation.
    pub fn text(&self) -> String {
        let mut bytes = Vec::new();
        let formatter = serde_json::ser::PrettyFormatter::with_indent(b" ");
        let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, formatter);
        let written = self.notebook.serialize(&mut serializer);
        debug_assert!(written.is_ok(), "a JSON value goes into memory");
        bytes.push(b'\n');
        String::from_utf8_lossy(&bytes).into_owned()
    }

    pub fn write(&self) -> Result<()> {
        atomic_write(&self.path, self.text().as_bytes())
    }

    fn code_cells(&self) -> impl Iterator<Item = &Value> {
        let cells = self.notebook["cells"].as_array().into_iter().flatten();
        cells.filter(|cell| cell["cell_type"] == "code")
    }

    fn code_hash(&self) -> String {
        sha256::of_parts(self.code_cells().map(|cell| text(&cell["source"])))
    }

    fn outputs_hash(&self) -> String {
        sha256::of_parts(self.code_cells().map(|cell| format!("{} {}", cell["execution_count"], cell["outputs"])))
    }
}

fn code_cells_mut(notebook: &mut Value) -> impl Iterator<Item = &mut Value> {
    let cells = notebook["cells"].as_array_mut().into_iter().flatten();
    cells.filter(|cell| cell["cell_type"] == "code")
}

fn is_blank(cell: &Value) -> bool {
    text(&cell["source"]).trim().is_empty()
}

/// Not a picture in base64.
fn is_text(mime: &str) -> bool {
    mime.starts_with("text/") || mime == "image/svg+xml" || mime.ends_with("json")
}

/// nbformat holds a text as one string or as a list of lines.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(lines) => lines.iter().filter_map(Value::as_str).collect(),
        Value::Object(_) => value.to_string(),
        _ => String::new(),
    }
}

fn replace(value: &mut Value, replaced: &[(String, &str)]) {
    match value {
        Value::String(text) => {
            for (from, to) in replaced {
                *text = text.replace(from, to);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| replace(value, replaced)),
        Value::Object(fields) => fields.values_mut().for_each(|value| replace(value, replaced)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(source: &str, outputs: Value) -> Notebook {
        let code = |id: &str, source: Value, count: Value, outputs: Value| {
            json!({
                "cell_type": "code", "id": id, "metadata": {}, "source": source, "execution_count": count,
                "outputs": outputs
            })
        };
        let cell = code("a", json!(source), json!(7), outputs);
        let prose = json!({"cell_type": "markdown", "id": "b", "metadata": {}, "source": ["# Prose"]});
        let blank = code("c", json!([]), Value::Null, json!([]));
        Notebook {
            path: "01-first.ipynb".into(),
            notebook: json!({
                "cells": [prose, blank, cell], "metadata": {"kernelspec": {"name": "rust"}}, "nbformat": 4,
                "nbformat_minor": 5
            }),
        }
    }

    fn printed(text: &str) -> Value {
        json!([{"output_type": "stream", "name": "stdout", "text": [text]}])
    }

    fn refreshed() -> Notebook {
        let mut here = page("6 * 7", json!([]));
        let executed = page("6 * 7", printed("42 from /home/me/news/ag_news\n"));
        here.take_outputs(&executed, "AG News, 2 + 1 rows", &[("/home/me/news".into(), "data")]).unwrap();
        here
    }

    #[test]
    fn a_refreshed_page_belongs_together_and_names_no_folder_of_the_machine() {
        let page = refreshed();
        assert_eq!(page.problem(), None);
        assert_eq!(page.output_texts(), [(1, "42 from data/ag_news\n".to_string())]);
        assert_eq!(page.notebook["cells"][2]["execution_count"], 1, "counted from 1, without blank cells");
        assert_eq!(page.notebook["metadata"][METADATA_KEY]["data"], "AG News, 2 + 1 rows");
        assert_eq!(page.notebook["metadata"]["kernelspec"]["name"], "rust");
    }

    #[test]
    fn changed_prose_leaves_a_page_fresh_and_changed_code_or_outputs_do_not() {
        let mut page = refreshed();
        page.notebook["cells"][0]["source"] = json!(["# Better prose"]);
        page.notebook["cells"][2]["source"] = json!(["6 *", " 7"]);
        assert_eq!(page.problem(), None, "the same code as a list of lines");

        let mut page = refreshed();
        page.notebook["cells"][2]["source"] = json!("6 * 8");
        assert!(page.problem().unwrap().contains("code was changed"));

        let mut page = refreshed();
        page.notebook["cells"][1]["source"] = json!("// a cell more");
        assert!(page.problem().unwrap().contains("code was changed"));

        let mut page = refreshed();
        page.notebook["cells"][2]["outputs"] = printed("48");
        assert!(page.problem().unwrap().contains("outputs are not"));

        let mut page = refreshed();
        page.notebook["cells"][2]["execution_count"] = json!(3);
        assert!(page.problem().unwrap().contains("outputs are not"));
    }

    #[test]
    fn a_page_without_outputs_or_with_large_ones_is_refused() {
        assert!(page("1", json!([])).problem().unwrap().contains("no outputs"));
        let mut large = page("1", json!([]));
        let executed = page("1", printed(&"x".repeat(MAX_BYTES)));
        large.take_outputs(&executed, "AG News", &[]).unwrap();
        assert!(large.problem().unwrap().contains("1.5 MB"));
    }

    #[test]
    fn outputs_of_other_code_are_not_taken() {
        let mut here = page("1 + 1", json!([]));
        let error = here.take_outputs(&page("1 + 2", printed("3")), "AG News", &[]).unwrap_err();
        assert!(error.to_string().contains("changed while it ran"), "{error}");
    }
}
