//! One kernel, from its start until Jupyter shuts it down.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Sender, channel};

use anyhow::{Context, Result};
use jupyter_protocol::ConnectionInfo;
use jupyter_protocol::messaging::JupyterMessage;
use rustix::process::{Signal, getpid, kill_process};
use signal_hook::consts::SIGINT;
use signal_hook::iterator::Signals;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::build_directory::{self, BuildDirectory};
use crate::cells::{self, CellsProcess};
use crate::input::Input;
use crate::outputs::{Outputs, Publish};
use crate::server::Server;
use crate::session::{Job, Session};
use crate::sources::Sources;
use crate::spare::{self, Variables};
use crate::stop::Stop;
use crate::{cargo_answers, server_process, template};

/// The program that Jupyter starts: gives the work to a spare, or does it.
pub fn serve(connection: &Path) -> Result<()> {
    let connection = std::fs::read_to_string(connection)
        .with_context(|| format!("cannot read the connection file {}", connection.display()))?;
    let connection: ConnectionInfo = serde_json::from_str(&connection).context("a connection file of another form")?;
    let template = crate::template_of_kernel()?;
    if spare::hand_over(&connection, crate::folder_of(&template)?, &template)? {
        return Ok(());
    }
    let variables = spare::variables();
    let server = std::os::unix::process::parent_id().try_into()?;
    Kernel::start(&template)?.serve(&connection, server, &variables)
}

/// A kernel that is starting, or waits to be asked.
pub struct Kernel {
    kernels: PathBuf,
    facade: String,
    _directory: BuildDirectory,
    stop: Stop,
    outputs: Arc<Outputs>,
    busy: Arc<AtomicBool>,
    jobs: Sender<Job>,
    publish: Publish,
    published: UnboundedReceiver<JupyterMessage>,
    reply: UnboundedSender<JupyterMessage>,
    replies: UnboundedReceiver<JupyterMessage>,
    questions: UnboundedReceiver<JupyterMessage>,
}

impl Kernel {
    /// Starts one in its own copy of the template. Called while there is one thread only.
    pub fn start(template: &Path) -> Result<Self> {
        let kernels = crate::folder_of(template)?;
        let facade = template::facade(template)?;
        let directory = build_directory::make(template, kernels)?;
        let folder = directory.folder();
        cargo_answers::install(kernels)?;
        crate::use_build_directory(folder)?;
        let (ask, questions) = unbounded_channel();
        let input = Input::make(folder, ask)?;
        let mark = mark()?;
        cells::set_variables(&mark, input.path());

        let stop = Stop::new(folder);
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
            sources: RefCell::new(Sources::watch(Path::new(&facade))),
        };
        // rust-analyzer goes deep into types.
        let thread = std::thread::Builder::new().name("session".to_owned()).stack_size(64 << 20);
        thread.spawn(move || {
            let served = catch_unwind(AssertUnwindSafe(|| session.serve(&cells, &inbox)));
            end(&format!("cells cannot be run any more: {served:?}"));
        })?;
        press_on_signal(stop.clone())?;
        let (kernels, _directory) = (kernels.to_owned(), directory);
        Ok(Self {
            kernels,
            facade,
            _directory,
            stop,
            outputs,
            busy,
            jobs,
            publish,
            published,
            reply,
            replies,
            questions,
        })
    }

    /// Does once, in the background, what takes long the first time, and leaves nothing of it but warmth.
    pub fn warm_up(&self) -> Result<()> {
        Ok(self.jobs.send(Job::WarmUp(template::cells(&self.facade)))?)
    }

    /// The environment of the cells becomes another one.
    pub fn use_variables(&self, changed: BTreeMap<String, Option<String>>) {
        self.outputs.use_variables(changed);
    }

    /// A press on stop.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Serves Jupyter until it shuts the kernel down.
    pub fn serve(self, connection: &ConnectionInfo, server: i32, variables: &Variables) -> Result<()> {
        spare::make_next(server, variables, &self.kernels);
        server_process::follow(variables);
        let Self { stop, outputs, busy, jobs, publish, published, reply, replies, questions, _directory, .. } = self;
        let server = Server { jobs, busy, stop, publish, published, replies, reply, questions, outputs };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        runtime.block_on(server.serve(connection))?;
        // The session may be in the middle of a cell: the process that runs it ends with this one.
        runtime.shutdown_background();
        Ok(())
    }
}

/// Ends a kernel that has lost a part of itself: Jupyter sees that and starts a new one.
pub fn end(reason: &str) {
    eprintln!("lab-kernel: {reason}");
    let _ = kill_process(getpid(), Signal::KILL);
}

/// A word that nobody guesses: what only the kernel and the lesson's crates may say begins with it.
fn mark() -> Result<String> {
    let mut bytes = [0; 16];
    std::fs::File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Jupyter may press stop with a signal as well as with a message.
fn press_on_signal(stop: Stop) -> Result<()> {
    let mut signals = Signals::new([SIGINT])?;
    std::thread::spawn(move || signals.forever().for_each(|_| stop.press()));
    Ok(())
}
