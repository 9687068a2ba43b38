//! Gives back a kernel description that an earlier version of this project took.
//!
//! `evcxr_jupyter` updates "its" description in `$JUPYTER_PATH/kernels/rust`, or else in the user's data folder. Our
//! kernel program called it without hiding these folders: the description of an evcxr that the user had installed then
//! named our program, without the variables that it needs.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::kernelspec::OWNER;
use crate::layout::Layout;

const JUPYTER_PATH: &str = "JUPYTER_PATH";

/// Lets the user's evcxr write its description again where ours stands in its place. Says what was done, or what the
/// user can do, for each such folder.
pub fn give_back(layout: &Layout) -> Vec<String> {
    let named =
        std::env::var_os(JUPYTER_PATH).map(|folder| PathBuf::from(folder).join("kernels/rust"));
    let users = user_folder().map(|folder| folder.join("kernels/rust"));
    [(named, true), (users, false)]
        .into_iter()
        .filter_map(|(folder, is_named)| {
            let folder = folder?;
            let text = fs::read_to_string(folder.join("kernel.json")).ok()?;
            let there: Value = serde_json::from_str(&text).ok()?;
            let taken = there["argv"][0] == json!(layout.kernel()) && there["metadata"].get(OWNER).is_none();
            taken.then(|| {
                let folder = folder.display();
                match install_evcxr(is_named) {
                    true => format!(
                        "Jupyter: {folder} names your evcxr_jupyter again, which an earlier version of this project \
                         had replaced."
                    ),
                    false => format!(
                        "Jupyter: an earlier version of this project overwrote {folder}, and \
                         evcxr_jupyter is not found to write it again: `cargo install evcxr_jupyter && \
                         evcxr_jupyter --install` does, or remove that folder."
                    ),
                }
            })
        })
        .collect()
}

fn install_evcxr(into_jupyter_path: bool) -> bool {
    let mut evcxr = Command::new("evcxr_jupyter");
    evcxr
        .arg("--install")
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    if !into_jupyter_path {
        evcxr.env_remove(JUPYTER_PATH);
    }
    evcxr.status().is_ok_and(|status| status.success())
}

/// Where evcxr finds Jupyter's folder of the user.
fn user_folder() -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(PathBuf::from);
    if cfg!(target_os = "macos") {
        return Some(home()?.join("Library/Jupyter"));
    }
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    Some(
        data.or_else(|| Some(home()?.join(".local/share")))?
            .join("jupyter"),
    )
}
