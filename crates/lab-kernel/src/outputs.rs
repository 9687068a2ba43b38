//! What cells write, on its way to Jupyter.
//!
//! One thread reads the pipes of the process that runs the cells and publishes what comes under the cell that is at
//! work: text in pieces, not line by line, values in order with it, and all of it before the cell's end is answered.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use anyhow::Result;
use jupyter_protocol::media::Media;
use jupyter_protocol::messaging::{
    ClearOutput, DisplayData, ExecuteResult, ExecutionCount, JupyterMessage, JupyterMessageContent, Stdio,
    StreamContent, Transient, UpdateDisplayData,
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::{Map, Value, json};

use crate::input::Input;
use crate::splitter::{Piece, Splitter};
use crate::stop::Stop;

/// The text of one cell that is shown, in bytes.
const SHOWN: usize = 1 << 20;

/// Text waits so long for more of it.
const GATHER: Duration = Duration::from_millis(30);

/// Text that is so long waits no longer, in bytes.
const ENOUGH: usize = 1 << 15;

/// A process that has ended left at most so many pieces in a pipe.
const LEFT: usize = 3;

/// How often it is looked whether a cell waits for input.
const LOOK: Duration = Duration::from_millis(100);

/// The mime type under which a cell's error through `?` comes: its type, then its message.
pub const ERROR: &str = "application/vnd.recurrent.error";

/// Where messages to all clients go.
pub type Publish = tokio::sync::mpsc::UnboundedSender<JupyterMessage>;

/// What a cell did besides writing.
#[derive(Debug, Default)]
pub struct Seen {
    /// The panic that ended it.
    pub panic: Option<Panic>,
    /// The error that `?` ended it with: its type and its message.
    pub error: Option<(String, String)>,
    /// A stop came before its first instruction.
    pub not_run: bool,
}

/// Where and why a cell panicked.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Panic {
    /// What it said.
    pub message: String,
    /// The source file, as the compiler knows it.
    pub file: String,
    /// The line in it.
    pub line: usize,
}

enum Command {
    Begin(Box<JupyterMessage>, usize, bool),
    Show(Vec<(String, String)>),
    Live(String),
    Input(String),
    Variables(BTreeMap<String, Option<String>>),
    End(Sender<Seen>),
}

/// The way to the thread.
pub struct Outputs {
    commands: Sender<Command>,
    wake: UnixStream,
}

impl Outputs {
    /// Starts the thread that reads the three pipes.
    pub fn start(pipes: [OwnedFd; 3], mark: &str, stop: Stop, input: Input, publish: Publish) -> Result<Self> {
        let (commands, inbox) = channel();
        let (wake, woken) = UnixStream::pair()?;
        woken.set_nonblocking(true)?;
        let [output, errors, cells] = pipes;
        for pipe in [&output, &errors] {
            rustix::io::ioctl_fionbio(pipe, true)?;
        }
        let cells = UnixStream::from(cells);
        cells.set_nonblocking(true)?;
        let mut reader = Reader {
            pipes: [output, errors],
            splitters: [Splitter::new(mark), Splitter::new(mark)],
            ended: [false, false],
            words: Vec::new(),
            process: 0,
            cells,
            woken,
            inbox,
            publish,
            stop,
            input,
            cell: None,
            notices: Vec::new(),
            variables: None,
        };
        std::thread::spawn(move || {
            let result = reader.serve();
            crate::kernel::end(&format!("what cells write cannot be read any more: {result:?}"));
        });
        Ok(Self { commands, wake })
    }

    fn send(&self, command: Command) {
        // The thread lives as long as the kernel.
        let _ = self.commands.send(command);
        let _ = (&self.wake).write_all(b".");
    }

    /// From here on, what comes belongs to this request.
    pub fn begin(&self, request: &JupyterMessage, count: usize, may_ask: bool) {
        self.send(Command::Begin(Box::new(request.clone()), count, may_ask));
    }

    /// Shows a value that did not come from the cell's process.
    pub fn show(&self, bundle: Vec<(String, String)>) {
        self.send(Command::Show(bundle));
    }

    /// Shows a figure that moves (see [`Cell::show_live`]).
    pub fn show_live(&self, figure: Value) {
        self.send(Command::Live(figure.to_string()));
    }

    /// The next cell finds these environment variables with these values, or not at all.
    pub fn use_variables(&self, changed: BTreeMap<String, Option<String>>) {
        self.send(Command::Variables(changed));
    }

    /// A line that somebody typed for the cell.
    pub fn give_input(&self, line: String) {
        self.send(Command::Input(line));
    }

    /// Publishes all that has come by now. Says what was seen.
    pub fn end(&self) -> Seen {
        let (reply, seen) = channel();
        self.send(Command::End(reply));
        seen.recv().unwrap_or_default()
    }
}

/// What is known of the cell that is at work.
struct Cell {
    request: JupyterMessage,
    count: usize,
    may_ask: bool,
    text: Option<(Stdio, String, Instant)>,
    bundle: Vec<(String, String)>,
    figures: BTreeSet<String>,
    shown: usize,
    left_out: Lines,
    panic: Option<Panic>,
    seen: Seen,
    ended: bool,
}

/// How much text was not shown.
#[derive(Default)]
struct Lines {
    bytes: usize,
    lines: usize,
}

struct Reader {
    pipes: [OwnedFd; 2],
    splitters: [Splitter; 2],
    ended: [bool; 2],
    /// What the process that runs the cells has said, but for the end of a line.
    words: Vec<u8>,
    /// Its number.
    process: i32,
    cells: UnixStream,
    woken: UnixStream,
    inbox: Receiver<Command>,
    publish: Publish,
    stop: Stop,
    input: Input,
    cell: Option<Cell>,
    notices: Vec<String>,
    /// What the environment of the cells becomes; each new process is told.
    variables: Option<BTreeMap<String, Option<String>>>,
}

impl Reader {
    fn serve(&mut self) -> Result<()> {
        loop {
            let [output, errors, cells, woken] = self.wait()?;
            if woken {
                let mut bytes = [0; 64];
                let _ = self.woken.read(&mut bytes); // as many commands as there are, whatever the bytes say
            }
            if output {
                self.read(0)?;
            }
            if errors {
                self.read(1)?;
            }
            if cells {
                self.receive()?;
            }
            while let Ok(command) = self.inbox.try_recv() {
                self.handle_command(command)?;
            }
            self.after_a_while();
        }
    }

    fn wait(&mut self) -> Result<[bool; 4]> {
        let text = self.cell.as_ref().and_then(|cell| cell.text.as_ref());
        let patience = text.map(|(_, _, since)| GATHER.saturating_sub(since.elapsed()));
        let patience = patience.or(self.stop.at_work().map(|_| LOOK));
        let patience = patience.map(Timespec::try_from).transpose()?;
        let flags = PollFlags::IN;
        let mut polled = [
            PollFd::new(&self.pipes[0], flags),
            PollFd::new(&self.pipes[1], flags),
            PollFd::new(&self.cells, flags),
            PollFd::new(&self.woken, flags),
        ];
        match poll(&mut polled, patience.as_ref()) {
            Err(rustix::io::Errno::INTR) => Ok([false; 4]),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(polled.map(|polled| !polled.revents().is_empty())),
        }
    }

    /// Reads what there is in a pipe, at most once its size.
    fn read(&mut self, pipe: usize) -> Result<bool> {
        let mut bytes = vec![0; 1 << 16];
        let count = match rustix::io::read(self.pipes[pipe].as_fd(), &mut bytes) {
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => return Ok(false),
            other => other?,
        };
        for piece in self.splitters[pipe].push(&bytes[..count]) {
            self.handle_piece(pipe, piece)?;
        }
        Ok(count > 0)
    }

    fn handle_piece(&mut self, pipe: usize, piece: Piece) -> Result<()> {
        if piece == Piece::End {
            self.ended[pipe] = true;
            if self.ended == [true; 2] {
                self.answer_end()?;
            }
            return Ok(());
        }
        if let Piece::Notice(line) = piece {
            let panicked = line.ends_with("PANIC_NOTIFICATION");
            self.notices.push(line);
            if panicked {
                self.receive()?; // what it panicked with was said before
                if let Some(cell) = &mut self.cell {
                    let unknown = || Panic { message: "no reason was given".to_owned(), file: String::new(), line: 0 };
                    cell.seen.panic = Some(cell.panic.take().unwrap_or_else(unknown));
                }
            }
            return Ok(());
        }
        let Some(cell) = &mut self.cell else {
            return Ok(()); // before the first cell nothing is anybody's
        };
        match piece {
            Piece::Text(text) => {
                let stream = if pipe == 0 { Stdio::Stdout } else { Stdio::Stderr };
                cell.add_text(stream, &text, &self.publish);
            }
            Piece::Content(mime, content) if mime == ERROR => {
                let (kind, message) = content.split_once('\n').unwrap_or(("Error", &content));
                cell.seen.error = Some((kind.to_owned(), message.to_owned()));
            }
            Piece::Content(mime, content) => {
                cell.flush_text(&self.publish);
                // A value comes as text first, then in richer forms.
                if mime == "text/plain" || cell.bundle.iter().any(|(there, _)| *there == mime) {
                    cell.flush_bundle(&self.publish);
                }
                cell.bundle.push((mime, content));
            }
            Piece::Live(json) => cell.show_live(&json, &self.publish),
            Piece::Input(prompt, password) => self.ask(prompt, password),
            Piece::Notice(_) | Piece::End => {}
        }
        Ok(())
    }

    /// The cell has returned and all it wrote is here: its process may go on.
    fn answer_end(&mut self) -> Result<()> {
        self.ended = [false; 2];
        if let Some(cell) = &mut self.cell {
            cell.ended = true;
        }
        self.stop.rests();
        for notice in std::mem::take(&mut self.notices) {
            self.send(&format!("tell {notice}"))?;
        }
        self.send("done")
    }

    /// A word to the process that runs the cells. With its number, as another one may be there before it is read.
    fn send(&mut self, word: &str) -> Result<()> {
        self.cells.set_nonblocking(false)?;
        let said = self.cells.write_all(format!("{} {word}\n", self.process).as_bytes());
        self.cells.set_nonblocking(true)?;
        Ok(said?)
    }

    /// What the process that runs the cells has said by now.
    fn receive(&mut self) -> Result<()> {
        let mut bytes = [0; 4096];
        loop {
            match self.cells.read(&mut bytes) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
                Ok(0) => break,
                Ok(count) => self.words.extend_from_slice(&bytes[..count]),
            }
        }
        while let Some(end) = self.words.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = self.words.drain(..=end).collect();
            self.handle_message(String::from_utf8_lossy(&line).trim_end())?;
        }
        Ok(())
    }

    fn handle_message(&mut self, word: &str) -> Result<()> {
        // A process that was killed may have left half a word before it.
        if let Some(process) = word.split("begin ").last().and_then(|process| process.parse().ok())
            && word.contains("begin ")
        {
            self.ended = [false; 2];
            self.notices.clear();
            let another = self.process != process;
            self.process = process;
            let may_run = self.stop.begins(process);
            if let Some(cell) = &mut self.cell {
                cell.ended = false;
                cell.seen.not_run = !may_run;
            }
            self.input.open();
            if let Some(changed) = self.variables.clone().filter(|_| another) {
                self.send(&format!("variables {}", serde_json::to_string(&changed)?))?;
            }
            self.send(if may_run { "run" } else { "stop" })?;
        } else if let Some(panic) = word.strip_prefix("panic ")
            && let Some(cell) = &mut self.cell
        {
            // One that the cell caught itself is only text.
            cell.caught(&self.publish);
            match serde_json::from_str(panic) {
                Ok(panic) => cell.panic = Some(panic),
                Err(error) => eprintln!("lab-kernel: a panic cannot be read: {error}"),
            }
        }
        Ok(())
    }

    fn handle_command(&mut self, command: Command) -> Result<()> {
        match command {
            Command::Begin(request, count, may_ask) => {
                self.cell = Some(Cell {
                    request: *request,
                    count,
                    may_ask,
                    text: None,
                    bundle: Vec::new(),
                    figures: BTreeSet::new(),
                    shown: 0,
                    left_out: Lines::default(),
                    panic: None,
                    seen: Seen::default(),
                    ended: false,
                });
            }
            Command::Show(bundle) => {
                if let Some(cell) = &mut self.cell {
                    cell.flush_text(&self.publish);
                    cell.flush_bundle(&self.publish);
                    cell.bundle = bundle;
                    cell.flush_bundle(&self.publish);
                }
            }
            Command::Live(json) => {
                if let Some(cell) = &mut self.cell {
                    cell.show_live(&json, &self.publish);
                }
            }
            Command::Variables(changed) => {
                self.variables = Some(changed);
                self.process = 0; // the one that is there has not been told
            }
            Command::Input(line) => self.input.give(&line),
            Command::End(reply) => {
                // A process that has ended left what it wrote, and nobody to say that this is all.
                let ended = self.cell.as_ref().is_some_and(|cell| cell.ended);
                if !ended {
                    self.stop.rests();
                    for pipe in [0, 1] {
                        // What a child of it goes on to write comes later.
                        for _ in 0..LEFT {
                            self.read(pipe)?;
                        }
                        if let Some(rest) = self.splitters[pipe].rest() {
                            self.handle_piece(pipe, rest)?;
                        }
                    }
                    self.ended = [false; 2];
                    self.notices.clear();
                    self.receive()?;
                    self.words.clear();
                }
                if let Some(cell) = &mut self.cell {
                    cell.caught(&self.publish);
                    cell.finish(&self.publish);
                    let _ = reply.send(std::mem::take(&mut cell.seen));
                }
            }
        }
        Ok(())
    }

    /// What is due: text that has waited, a cell that waits for input.
    fn after_a_while(&mut self) {
        if let Some(cell) = &mut self.cell
            && cell.text.as_ref().is_some_and(|(_, text, since)| since.elapsed() >= GATHER || text.len() >= ENOUGH)
        {
            cell.flush_text(&self.publish);
        }
        if let Some(process) = self.stop.at_work()
            && self.input.is_awaited(process)
        {
            self.ask(String::new(), false);
        }
    }

    fn ask(&mut self, prompt: String, password: bool) {
        let Some(cell) = &mut self.cell else { return };
        cell.flush_text(&self.publish);
        if cell.may_ask {
            self.input.ask(&cell.request, prompt, password);
        } else {
            self.input.close();
            let sentence = "This cell reads from standard input, but nobody can be asked here: it was given the end of \
                            the input. Write the value into the cell instead.\n";
            cell.add_text(Stdio::Stderr, sentence, &self.publish);
        }
    }
}

impl Cell {
    fn publish(&self, content: impl Into<JupyterMessageContent>, publish: &Publish) {
        // The clients are gone when the kernel ends.
        let _ = publish.send(JupyterMessage::new(content, Some(&self.request)));
    }

    fn add_text(&mut self, stream: Stdio, text: &str, publish: &Publish) {
        self.flush_bundle(publish);
        let room = SHOWN.saturating_sub(self.shown);
        let shown = text.floor_char_boundary(room);
        let (text, rest) = text.split_at(shown);
        self.left_out.bytes += rest.len();
        self.left_out.lines += rest.matches('\n').count();
        self.shown += text.len();
        if text.is_empty() {
            return;
        }
        let same =
            |there: &Stdio| matches!((there, &stream), (Stdio::Stdout, Stdio::Stdout) | (Stdio::Stderr, Stdio::Stderr));
        if let Some((there, _, _)) = &self.text
            && !same(there)
        {
            self.flush_text(publish);
        }
        self.text.get_or_insert_with(|| (stream, String::new(), Instant::now())).1.push_str(text);
    }

    fn flush_text(&mut self, publish: &Publish) {
        if let Some((name, text, _)) = self.text.take() {
            self.publish(StreamContent { name, text }, publish);
        }
    }

    /// Values that came together, each of another type, are one value in several forms.
    fn flush_bundle(&mut self, publish: &Publish) {
        let bundle = std::mem::take(&mut self.bundle);
        if bundle.is_empty() {
            return;
        }
        let plain = bundle.iter().all(|(mime, _)| mime == "text/plain");
        let data: Map<String, Value> = bundle.into_iter().map(|(mime, content)| value(mime, content)).collect();
        let Ok(data) = serde_json::from_value(Value::Object(data)) else { return };
        if plain {
            let result = ExecuteResult::new(ExecutionCount::new(self.count), data);
            // Jupyter's specification wants an object there.
            self.publish(ExecuteResult { transient: Some(Transient::default()), ..result }, publish);
        } else {
            self.publish(DisplayData::new(data), publish);
        }
    }

    /// Shows a figure, or puts a newer one in its place; or clears what the cell has shown.
    fn show_live(&mut self, json: &str, publish: &Publish) {
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Live {
            Figure { live: String, data: Media },
            Clear { clear: String },
        }
        self.flush_text(publish);
        self.flush_bundle(publish);
        let (live, data) = match serde_json::from_str(json) {
            Ok(Live::Figure { live, data }) => (live, data),
            Ok(Live::Clear { clear }) => return self.publish(ClearOutput { wait: clear == "wait" }, publish),
            Err(error) => return eprintln!("lab-kernel: a figure cannot be read: {error}"),
        };
        // Another cell, or the same one run again, has a figure of its own.
        let id = format!("{}-{live}", self.request.header.msg_id);
        if self.figures.insert(live) {
            let transient = Some(Transient { display_id: Some(id) });
            self.publish(DisplayData { transient, ..DisplayData::new(data) }, publish);
        } else {
            self.publish(UpdateDisplayData::new(data, &id), publish);
        }
    }

    /// A panic that did not end the cell was caught by it.
    fn caught(&mut self, publish: &Publish) {
        if let Some(panic) = self.panic.take() {
            let text = format!("caught a panic: {}\n", panic.message);
            self.add_text(Stdio::Stderr, &text, publish);
        }
    }

    fn finish(&mut self, publish: &Publish) {
        let Lines { bytes, lines } = std::mem::take(&mut self.left_out);
        self.flush_text(publish);
        self.flush_bundle(publish);
        if bytes > 0 {
            let text = format!("\n[{lines} more lines ({:.1} MB) are not shown.]\n", bytes as f64 / 1e6);
            self.publish(StreamContent { name: Stdio::Stderr, text }, publish);
        }
    }
}

fn value(mime: String, content: String) -> (String, Value) {
    let parsed = mime.ends_with("json").then(|| serde_json::from_str(&content).ok()).flatten();
    (mime, parsed.unwrap_or(json!(content)))
}
