//! Runs cells, one after another, and answers what only the notebook's state can answer.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};

use evcxr::{CommandContext, Error, EvalOutputs};
use jupyter_protocol::messaging::{
    CompleteReply, CompleteRequest, ErrorOutput, ExecuteInput, ExecuteReply, ExecuteRequest, ExecutionCount,
    InspectReply, InspectRequest, JupyterMessage, JupyterMessageContent, ReplyError, ReplyStatus, Status, Stdio,
    StreamContent,
};
use serde_json::json;

use crate::cells::CellsProcess;
use crate::impls::Named;
use crate::outputs::{Outputs, Publish};
use crate::repeating::Repeating;
use crate::report::Failure;
use crate::sources::Sources;
use crate::stop::Stop;
use crate::{compiler, dependencies, progress, syntax};

/// evcxr compiles the first `?` of a session twice, and the second time without the picture that its cell would show.
const FIRST_QUESTION_MARK: &str = "Ok::<(), std::fmt::Error>(())?;";

/// A request for the session, and what it asks.
pub enum Job {
    /// Run a cell.
    Execute(JupyterMessage, ExecuteRequest),
    /// What could be typed here?
    Complete(JupyterMessage, CompleteRequest),
    /// What is this?
    Inspect(JupyterMessage, InspectRequest),
    /// Run these cells, then forget them.
    WarmUp(Vec<String>),
}

/// What is known of the cells so far.
#[derive(Default)]
struct Known {
    /// evcxr has compiled a `?`.
    question_mark: bool,
    /// What they have defined that runs code more than once.
    repeating: Repeating,
}

/// The notebook's state, and the ways out.
pub struct Session {
    /// The kernel's build directory.
    pub folder: PathBuf,
    /// Where replies go.
    pub reply: tokio::sync::mpsc::UnboundedSender<JupyterMessage>,
    /// Where messages to all go.
    pub publish: Publish,
    /// What cells write.
    pub outputs: Arc<Outputs>,
    /// A press on stop.
    pub stop: Stop,
    /// Whether a cell runs now.
    pub busy: Arc<AtomicBool>,
    /// Whether the lesson's crates have changed.
    pub sources: RefCell<Sources>,
}

impl Session {
    /// Serves until the kernel ends.
    pub fn serve(self, cells: &CellsProcess, inbox: &Receiver<Job>) {
        let mut context = context(cells);
        self.busy.store(false, Ordering::Relaxed);
        let mut queue = VecDeque::new();
        self.abort_if_stopped(&mut queue, inbox);
        let (mut count, mut known) = (0, Known::default());
        while let Some(job) = queue.pop_front().or_else(|| inbox.recv().ok()) {
            match job {
                Job::Execute(message, request) => {
                    self.busy.store(true, Ordering::Relaxed);
                    if !request.silent && request.store_history {
                        count += 1;
                    }
                    self.answer(&message, Status::busy());
                    if !request.silent {
                        let execution_count = ExecutionCount::new(count);
                        self.tell(&message, ExecuteInput { code: request.code.clone(), execution_count });
                    }
                    let result = match &mut context {
                        Ok(context) => self.execute(context, &mut known, &message, &request, count),
                        Err(failure) => Err(failure.clone()),
                    };
                    let go_on = (result.is_ok() || !request.stop_on_error) && !self.stop.requested();
                    self.reply_to(&message, &request, count, result);
                    self.busy.store(false, Ordering::Relaxed);
                    queue.extend(inbox.try_iter());
                    if !go_on {
                        self.abort(&mut queue);
                    }
                }
                Job::WarmUp(cells) => {
                    self.busy.store(true, Ordering::Relaxed);
                    // A kernel that cannot start says so in its first cell.
                    let result = context.as_mut().map_or(Ok(()), |context| warm_up(context, &cells));
                    if let Err(error) = result {
                        eprintln!("lab-kernel: this kernel is not warm: {error:#}");
                    }
                    self.busy.store(false, Ordering::Relaxed);
                    self.abort_if_stopped(&mut queue, inbox);
                }
                Job::Complete(message, request) => {
                    let found = context.as_mut().ok().and_then(|context| complete(context, &request));
                    self.respond(&message, found.unwrap_or_else(|| nothing_to_complete(request.cursor_pos)));
                }
                Job::Inspect(message, request) => {
                    let found = context.as_mut().ok().and_then(|context| inspect(context, &request));
                    self.respond(&message, found.unwrap_or_default());
                }
            }
        }
    }

    fn execute(
        &self,
        context: &mut CommandContext,
        known: &mut Known,
        message: &JupyterMessage,
        request: &ExecuteRequest,
        count: usize,
    ) -> Result<(), Failure> {
        let cell = &request.code;
        if let Some(broken) = syntax::broken(cell) {
            return Err(Failure::of_text(&broken, cell));
        }
        let _in_cell = self.stop.begin_cell().map_err(|error| Failure::new("Error", &format!("{error:#}")))?;
        if cell.lines().any(|line| line.starts_with(":clear")) {
            *known = Known::default();
        }
        if !known.question_mark && syntax::has_question_mark(cell) {
            known.question_mark = context.execute(FIRST_QUESTION_MARK).is_ok();
        }
        if let Err(error) = compiler::set_unoptimised(&self.folder, known.repeating.runs_once(cell)) {
            eprintln!("lab-kernel: the next cell is compiled as the last one: {error:#}");
        }
        self.outputs.begin(message, count, request.allow_stdin);
        if let Some(text) = self.sources.borrow_mut().change() {
            self.tell(message, StreamContent { name: Stdio::Stderr, text });
        }
        let given = Named::of(cell);
        let result = if cell.lines().any(|line| line.starts_with(":dep")) {
            self.add_dependencies(context, &given.text)
        } else {
            context.execute(&given.text)
        };
        if let Ok(outputs) = &result {
            known.repeating.learn(cell);
            self.show(outputs);
        }
        let seen = self.outputs.end();
        if self.stop.requested() {
            match &result {
                Ok(_) if seen.not_run => return Err(stopped("before it ran; all variables are kept")),
                Ok(_) => {} // a training ends by itself, and has said so
                Err(Error::SubprocessTerminated(_)) => {
                    return Err(stopped(
                        "with the process that held the variables, as the cell could not be stopped alone: they are \
                         gone. Functions, types and dependencies are still there; run the cells that make the \
                         variables again",
                    ));
                }
                Err(_) => return Err(stopped("while it was compiled; all variables are kept")),
            }
        }
        match result {
            Err(error) => Err(Failure::of_evcxr(&error, cell, &given)),
            Ok(_) => match (seen.panic, seen.error) {
                (Some(panic), _) => Err(Failure::of_panic(&panic, cell, &self.folder)),
                (None, Some(error)) => Err(Failure::of_question_mark(&error)),
                (None, None) => Ok(()),
            },
        }
    }

    /// Runs a cell that changes the dependencies: it may take minutes, and is refused if variables would be lost.
    fn add_dependencies(&self, context: &mut CommandContext, cell: &str) -> Result<EvalOutputs, Error> {
        let variables = dependencies::variables_file(&self.folder);
        if context.variables_and_types().next().is_some() {
            std::fs::write(&variables, "")?;
        }
        let (end, ended) = channel();
        let (outputs, folder) = (&*self.outputs, &self.folder);
        let result = std::thread::scope(|scope| {
            scope.spawn(move || progress::show(outputs, folder, &ended));
            let result = context.execute(cell);
            drop(end);
            result
        });
        match std::fs::remove_file(variables) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => result,
        }
    }

    /// Shows what a command of the kernel answered (`:vars`, `:help`).
    fn show(&self, outputs: &EvalOutputs) {
        let mut bundle: Vec<(String, String)> = outputs.content_by_mime_type.clone().into_iter().collect();
        bundle.sort();
        self.outputs.show(bundle);
        if let Some(time) = outputs.timing {
            self.outputs.show(vec![("text/plain".to_owned(), format!("Took {} ms", time.as_millis()))]);
        }
    }

    fn reply_to(&self, message: &JupyterMessage, request: &ExecuteRequest, count: usize, result: Result<(), Failure>) {
        let execution_count = ExecutionCount::new(count);
        let reply = match result {
            Ok(()) => ExecuteReply { execution_count, user_expressions: Some([].into()), ..ExecuteReply::default() },
            Err(Failure { name, value, traceback }) => {
                if !request.silent {
                    let (ename, evalue, traceback) = (name.clone(), value.clone(), traceback.clone());
                    self.tell(message, ErrorOutput { ename, evalue, traceback });
                }
                let error = Some(Box::new(ReplyError { ename: name, evalue: value, traceback }));
                ExecuteReply { status: ReplyStatus::Error, execution_count, error, ..ExecuteReply::default() }
            }
        };
        self.send(message, reply);
        self.answer(message, Status::idle());
    }

    /// Cells that were sent, then stopped, while the kernel started do not run.
    fn abort_if_stopped(&self, queue: &mut VecDeque<Job>, inbox: &Receiver<Job>) {
        if self.stop.requested() {
            queue.extend(inbox.try_iter());
            self.abort(queue);
        }
    }

    /// Cells that were sent before one failed do not run.
    fn abort(&self, queue: &mut VecDeque<Job>) {
        queue.retain(|job| {
            let Job::Execute(message, _) = job else { return true };
            self.answer(message, Status::busy());
            self.send(message, ExecuteReply { status: ReplyStatus::Aborted, ..ExecuteReply::default() });
            self.answer(message, Status::idle());
            false
        });
    }

    fn respond(&self, message: &JupyterMessage, content: impl Into<JupyterMessageContent>) {
        self.answer(message, Status::busy());
        self.send(message, content);
        self.answer(message, Status::idle());
    }

    fn send(&self, message: &JupyterMessage, content: impl Into<JupyterMessageContent>) {
        let _ = self.reply.send(JupyterMessage::new(content, Some(message))); // clients may be gone
    }

    fn answer(&self, message: &JupyterMessage, status: Status) {
        self.tell(message, status);
    }

    fn tell(&self, message: &JupyterMessage, content: impl Into<JupyterMessageContent>) {
        let _ = self.publish.send(JupyterMessage::new(content, Some(message)));
    }
}

fn stopped(how: &str) -> Failure {
    Failure::new("Stopped", &format!("the cell was stopped {how}."))
}

fn context(cells: &CellsProcess) -> Result<CommandContext, Failure> {
    let start = || -> Result<CommandContext, Error> {
        let mut context = cells.context()?;
        context.execute(":load_config --quiet")?;
        Ok(context)
    };
    start().map_err(|error| Failure::new("KernelError", &format!("the kernel cannot start: {error}")))
}

fn warm_up(context: &mut CommandContext, cells: &[String]) -> anyhow::Result<()> {
    // What the configuration asked for is forgotten, too, and asked for again.
    for cell in cells.iter().map(String::as_str).chain([":clear", ":load_config --quiet"]) {
        context.execute(cell).map_err(|error| anyhow::anyhow!("the cell `{cell}` failed: {error}"))?;
    }
    Ok(())
}

fn complete(context: &mut CommandContext, request: &CompleteRequest) -> Option<CompleteReply> {
    let code = &request.code;
    let found = context.completions(code, byte_of(code, request.cursor_pos)).ok()?;
    let characters = |byte| Some(code.get(..byte)?.chars().count());
    let (start, end) = (characters(found.start_offset)?, characters(found.end_offset)?);
    let matches = found.completions.iter().map(|completion| name_only(&completion.code)).collect();
    let types: Vec<_> = found
        .completions
        .iter()
        .map(|completion| {
            json!({ "text": name_only(&completion.code), "type": completion.kind, "start": start, "end": end,
                "signature": completion.label })
        })
        .collect();
    let metadata = json!({ "_jupyter_types_experimental": types });
    let metadata = metadata.as_object().cloned().unwrap_or_default();
    Some(CompleteReply { matches, cursor_start: start, cursor_end: end, metadata, ..CompleteReply::default() })
}

/// A completion without the arguments that a learner has not thought of yet: `push(value)` is `push`.
fn name_only(code: &str) -> String {
    code.split(['(', '$']).next().unwrap_or(code).to_owned()
}

/// What is answered while a cell runs, too: the state is not free then.
pub fn nothing_to_complete(cursor: usize) -> CompleteReply {
    CompleteReply { cursor_start: cursor, cursor_end: cursor, ..CompleteReply::default() }
}

fn inspect(context: &mut CommandContext, request: &InspectRequest) -> Option<InspectReply> {
    let position = byte_of(&request.code, request.cursor_pos);
    let (plain, html) = context.hover_at(&request.code, position).ok()?;
    if plain == "No documentation found" {
        return None;
    }
    let data = serde_json::from_value(json!({ "text/plain": plain, "text/html": html })).ok()?;
    Some(InspectReply { found: true, data, ..InspectReply::default() })
}

/// Jupyter counts characters.
fn byte_of(code: &str, cursor: usize) -> usize {
    code.char_indices().nth(cursor).map_or(code.len(), |(byte, _)| byte)
}
