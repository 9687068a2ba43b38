//! Starts JupyterLab on the lesson.

use anyhow::Result;

use crate::args::OpenArgs;
use crate::layout::Layout;
use crate::setup::setup;
use crate::toolchain::become_program;

pub fn open(layout: &Layout, args: &OpenArgs) -> Result<()> {
    let environment = setup(layout)?;
    let mut jupyter = environment.command();
    jupyter.args(["-m", "jupyterlab"]);
    jupyter.arg(format!(
        "--ServerApp.root_dir={}",
        layout.notebooks().display()
    ));
    jupyter.arg("--ServerApp.answer_yes=True"); // Ctrl-C ends it, without a question
    if args.no_browser {
        jupyter.arg("--no-browser");
    }
    if let Some(port) = args.port {
        jupyter.arg(format!("--ServerApp.port={port}"));
    }
    if let Some(ip) = args.ip {
        jupyter.arg(format!("--ServerApp.ip={ip}"));
    }
    jupyter.args(&args.jupyter);
    Err(become_program(jupyter))
}
