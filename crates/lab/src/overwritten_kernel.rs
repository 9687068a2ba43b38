//! Gives back a kernel description that an earlier version of this project took.
//!
//! `evcxr_jupyter` updates "its" description in `$JUPYTER_PATH/kernels/rust`, or else in the user's data folder. Our
//! kernel program called it without hiding these folders: the description of an evcxr that the user had installed then
//! named our program, without the variables that it needs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::kernelspec::OWNER;
use crate::layout::Layout;

const JUPYTER_PATH: &str = "JUPYTER_PATH";

/// Lets the user's evcxr write its description again where ours stands in its place. Says what was done, or what the
/// user can do, for each such folder.
pub fn give_back(layout: &Layout) -> Vec<String> {
    let named = std::env::var_os(JUPYTER_PATH).map(PathBuf::from);
    let folders = [(named, true), (user_folder(), false)];
    let taken = folders.into_iter().filter_map(|(folder, is_named)| {
        let folder = folder?.join("kernels/rust");
        is_taken(layout, &folder).then_some((folder, is_named))
    });
    taken
        .map(|(folder, is_named)| {
            install_evcxr(is_named);
            let is_taken = is_taken(layout, &folder);
            let folder = folder.display();
            match is_taken {
                false => format!(
                    "Jupyter: {folder} names your evcxr_jupyter again, which an earlier version of this project had \
                     replaced."
                ),
                true => format!(
                    "Jupyter: an earlier version of this project overwrote {folder}, and no evcxr_jupyter has written \
                     it again: `cargo install evcxr_jupyter && evcxr_jupyter --install` does, or remove that folder."
                ),
            }
        })
        .collect()
}

/// Whether the description there names our program, and is not the one that we write.
fn is_taken(layout: &Layout, folder: &Path) -> bool {
    let text = fs::read_to_string(folder.join("kernel.json")).unwrap_or_default();
    let there: Value = serde_json::from_str(&text).unwrap_or_default();
    there["argv"][0] == json!(layout.kernel()) && there["metadata"].get(OWNER).is_none()
}

/// Whether it did so shows in the folder.
fn install_evcxr(into_jupyter_path: bool) {
    let mut evcxr = Command::new("evcxr_jupyter");
    evcxr.arg("--install").stdin(Stdio::null()).stdout(Stdio::null());
    if !into_jupyter_path {
        evcxr.env_remove(JUPYTER_PATH);
    }
    // It need not be installed any more.
    let _ = evcxr.status();
}

/// Where evcxr finds Jupyter's folder of the user.
fn user_folder() -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").map(PathBuf::from);
    if cfg!(target_os = "macos") {
        return Some(home()?.join("Library/Jupyter"));
    }
    let data = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    Some(data.or_else(|| Some(home()?.join(".local/share")))?.join("jupyter"))
}
