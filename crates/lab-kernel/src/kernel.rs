//! One kernel, from its start until Jupyter shuts it down.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::channel;

use anyhow::{Context, Result};
use jupyter_protocol::ConnectionInfo;
use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;
use tokio::sync::mpsc::unbounded_channel;

use crate::cells::{self, CellsProcess};
use crate::input::Input;
use crate::outputs::Outputs;
use crate::server::Server;
use crate::session::Session;
use crate::stop::Stop;
use crate::{build_directory, cargo_answers};

/// Runs one kernel in its own copy of the template.
pub fn serve(connection: &Path) -> Result<()> {
    let connection = std::fs::read_to_string(connection)
        .with_context(|| format!("cannot read the connection file {}", connection.display()))?;
    let connection: ConnectionInfo = serde_json::from_str(&connection).context("a connection file of another form")?;
    let template = std::env::var_os("RECURRENT_TEMPLATE")
        .context("RECURRENT_TEMPLATE is not set; `cargo lab setup` writes it into the kernel's description")?;
    let template = Path::new(&template);
    let kernels = crate::folder_of(template)?;
    let directory = build_directory::make(template, kernels)?;
    let folder = directory.folder();
    cargo_answers::install(kernels)?;
    crate::use_build_directory(folder)?;

    let (questions, asked) = unbounded_channel();
    let input = Input::make(folder, questions)?;
    let mark = mark()?;
    cells::set_variables(&mark, input.path());
    let stop = Stop::new(folder);
    press_on_signal(stop.clone())?;

    let (cells, pipes) = CellsProcess::open()?;
    let (publish, published) = unbounded_channel();
    let (reply, replies) = unbounded_channel();
    let (jobs, inbox) = channel();
    let busy = Arc::new(AtomicBool::new(true));
    let outputs = Arc::new(Outputs::start(pipes, &mark, stop.clone(), input, publish.clone())?);
    let session = Session {
        folder: folder.to_owned(),
        reply: reply.clone(),
        publish: publish.clone(),
        outputs: outputs.clone(),
        stop: stop.clone(),
        busy: busy.clone(),
    };
    std::thread::Builder::new().name("session".to_owned()).stack_size(64 << 20).spawn(move || {
        session.serve(&cells, &inbox);
    })?;
    let server = Server { jobs, busy, stop, publish, published, replies, reply, questions: asked, outputs };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(server.serve(&connection))?;
    // The session may be in the middle of a cell: the process that runs it ends with this one.
    runtime.shutdown_background();
    Ok(())
}

/// A word that nobody guesses: what only the kernel and the lesson's crates may say begins with it.
fn mark() -> Result<String> {
    let mut bytes = [0; 16];
    rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Jupyter may press stop with a signal as well as with a message.
fn press_on_signal(stop: Stop) -> Result<()> {
    let mut signals = Signals::new([SIGINT])?;
    std::thread::spawn(move || signals.forever().for_each(|_| stop.press()));
    Ok(())
}
