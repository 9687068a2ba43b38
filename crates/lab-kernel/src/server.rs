//! Jupyter's five sockets.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use jupyter_protocol::ConnectionInfo;
use jupyter_protocol::messaging::{
    CodeMirrorMode, CommInfoReply, Header, HelpLink, HistoryEntry, HistoryReply, HistoryRequest, InterruptReply,
    IoPubWelcome, JupyterMessage, JupyterMessageContent, KernelInfoReply, LanguageInfo, ReplyStatus, ShutdownReply,
    Status,
};
use jupyter_zmq_client::{
    KernelControlConnection, KernelHeartbeatConnection, KernelIoPubXPubConnection, KernelShellConnection,
    KernelStdinConnection, RawMessage, RouterRecvConnection, RuntimeError, SubscriptionEvent,
    create_kernel_control_connection, create_kernel_heartbeat_connection, create_kernel_iopub_xpub_connection,
    create_kernel_shell_connection, create_kernel_stdin_connection,
};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use zeromq::SocketRecv;

use crate::outputs::{Outputs, Publish};
use crate::session::{Job, nothing_to_complete};
use crate::stop::Stop;
use crate::syntax;

/// What waits for the first client that listens, at most: VS Code sends requests before it listens, and would wait for
/// ever for an answer that was sent to nobody.
const KEPT: usize = 1000;

/// The ways from the sockets to the rest of the kernel, and back.
pub struct Server {
    /// Requests for the session.
    pub jobs: Sender<Job>,
    /// Whether a cell runs now.
    pub busy: Arc<AtomicBool>,
    /// A press on stop.
    pub stop: Stop,
    /// Messages to all clients.
    pub publish: Publish,
    /// Messages to all clients, as they come.
    pub published: UnboundedReceiver<JupyterMessage>,
    /// Replies to the client that asked, as they come.
    pub replies: UnboundedReceiver<JupyterMessage>,
    /// Where replies go.
    pub reply: UnboundedSender<JupyterMessage>,
    /// Questions to the client whose cell runs, as they come.
    pub questions: UnboundedReceiver<JupyterMessage>,
    /// Where the answers go.
    pub outputs: Arc<Outputs>,
}

/// What the sockets answer without the session.
struct Handler {
    jobs: Sender<Job>,
    busy: Arc<AtomicBool>,
    stop: Stop,
    publish: Publish,
    history: Mutex<Vec<String>>,
}

impl Server {
    /// Serves until a client asks the kernel to end.
    pub async fn serve(self, connection: &ConnectionInfo) -> Result<()> {
        let session = format!("{:x}", std::process::id());
        let shell = create_kernel_shell_connection(connection, &session).await?;
        let control = create_kernel_control_connection(connection, &session).await?;
        let stdin = create_kernel_stdin_connection(connection, &session).await?;
        let iopub = create_kernel_iopub_xpub_connection(connection, &session).await?;
        let heartbeat = create_kernel_heartbeat_connection(connection).await?;
        let handler = Arc::new(Handler {
            jobs: self.jobs,
            busy: self.busy,
            stop: self.stop,
            publish: self.publish,
            history: Mutex::default(),
        });
        tokio::spawn(beat(heartbeat));
        tokio::spawn(publish(iopub, self.published));
        tokio::spawn(ask(stdin, self.questions, self.outputs));
        tokio::spawn(serve_shell(shell, self.replies, self.reply, handler.clone()));
        serve_control(control, &handler).await
    }
}

async fn beat(mut heartbeat: KernelHeartbeatConnection) {
    // A client that went away between its question and the answer is an error.
    for _ in 0..1000 {
        while heartbeat.single_heartbeat().await.is_ok() {}
    }
}

/// Sends what is published. Until a client listens it is kept.
async fn publish(mut iopub: KernelIoPubXPubConnection, mut messages: UnboundedReceiver<JupyterMessage>) {
    let mut kept = VecDeque::new();
    let mut listened = false;
    loop {
        tokio::select! {
            event = iopub.recv_subscription() => match event {
                Ok(SubscriptionEvent::Subscribe(topic)) => {
                    listened = true;
                    kept.push_front(IoPubWelcome::new(topic).into());
                }
                Ok(SubscriptionEvent::Unsubscribe(_)) => {}
                Err(error) => eprintln!("lab-kernel: a client that listens: {error}"),
            },
            message = messages.recv() => match message {
                None => return,
                Some(message) => kept.push_back(message),
            },
        }
        if !listened {
            kept.truncate(KEPT);
            continue;
        }
        for message in kept.drain(..) {
            let topic = format!("kernel.{}", message.message_type());
            let message = message.with_zmq_identities(vec![topic.into()]);
            if let Err(error) = iopub.send(message).await {
                eprintln!("lab-kernel: a message was not sent: {error}");
            }
        }
    }
}

/// Puts a cell's questions to its client, and brings the answers.
async fn ask(stdin: KernelStdinConnection, mut questions: UnboundedReceiver<JupyterMessage>, outputs: Arc<Outputs>) {
    let (mut send, mut receive) = stdin.split();
    tokio::spawn(async move {
        while let Some(question) = questions.recv().await {
            if let Err(error) = send.send(question).await {
                eprintln!("lab-kernel: a question was not sent: {error}");
            }
        }
    });
    loop {
        match receive.read().await {
            Ok(message) => {
                if let JupyterMessageContent::InputReply(reply) = message.content {
                    outputs.give_input(reply.value);
                }
            }
            Err(error) if is_over(&error) => return,
            Err(error) => eprintln!("lab-kernel: an answer on the stdin socket: {error}"),
        }
    }
}

async fn serve_shell(
    shell: KernelShellConnection,
    mut replies: UnboundedReceiver<JupyterMessage>,
    reply: UnboundedSender<JupyterMessage>,
    handler: Arc<Handler>,
) {
    let (mut send, mut receive) = shell.split();
    tokio::spawn(async move {
        while let Some(reply) = replies.recv().await {
            if let Err(error) = send.send(reply).await {
                // A client that went away, as after a restart.
                eprintln!("lab-kernel: a reply was not sent: {error}");
            }
        }
    });
    loop {
        match read(&mut receive).await {
            Ok(message) => {
                for answer in handler.shell(message) {
                    let _ = reply.send(answer); // the task above lives as long as this one
                }
            }
            Err(error) if is_over(&error) => return,
            Err(error) => eprintln!("lab-kernel: a request on the shell socket: {error}"),
        }
    }
}

async fn serve_control(mut control: KernelControlConnection, handler: &Handler) -> Result<()> {
    loop {
        let message = match control.read().await {
            Ok(message) => message,
            Err(error) if is_over(&error) => return Err(error.into()),
            Err(error) => {
                eprintln!("lab-kernel: a request on the control socket: {error}");
                continue;
            }
        };
        match &message.content {
            JupyterMessageContent::ShutdownRequest(request) => {
                let (restart, status) = (request.restart, ReplyStatus::Ok);
                let answer = ShutdownReply { restart, status, error: None };
                reply(&mut control, JupyterMessage::new(answer, Some(&message))).await;
                return Ok(());
            }
            JupyterMessageContent::InterruptRequest(_) => {
                handler.stop.press();
                reply(&mut control, JupyterMessage::new(InterruptReply::new(), Some(&message))).await;
            }
            JupyterMessageContent::KernelInfoRequest(_) => {
                handler.tell(&message, Status::busy());
                reply(&mut control, JupyterMessage::new(kernel_info(), Some(&message))).await;
                handler.tell(&message, Status::idle());
            }
            _ => eprintln!("lab-kernel: no answer to a {} on the control socket", message.message_type()),
        }
    }
}

/// A client may have gone away.
async fn reply(control: &mut KernelControlConnection, message: JupyterMessage) {
    if let Err(error) = control.send(message).await {
        eprintln!("lab-kernel: a reply was not sent: {error}");
    }
}

/// The next request on the shell socket. (The connection's own `read` wants what Jupyter's specification lets a client
/// leave out.)
async fn read(shell: &mut RouterRecvConnection) -> Result<JupyterMessage, RuntimeError> {
    let raw = RawMessage::from_multipart(shell.socket.recv().await?, &shell.mac)?;
    let header: Header = serde_json::from_slice(&raw.jparts[0])?;
    let mut content: Value = serde_json::from_slice(&raw.jparts[3])?;
    if header.msg_type == "history_request" {
        let left_out = json!({ "output": false, "raw": true, "session": 0, "start": 0, "stop": 0, "n": i32::MAX,
            "pattern": "*", "unique": false });
        for (name, value) in left_out.as_object().into_iter().flatten() {
            if content[name].is_null() {
                content[name] = value.clone();
            }
        }
    }
    let msg_type = header.msg_type.clone();
    let content = JupyterMessageContent::from_type_and_content(&msg_type, content)
        .map_err(|source| RuntimeError::ParseError { msg_type, source })?;
    Ok(JupyterMessage {
        zmq_identities: raw.zmq_identities,
        header,
        parent_header: serde_json::from_slice(&raw.jparts[1]).ok(),
        metadata: serde_json::from_slice(&raw.jparts[2])?,
        content,
        buffers: Vec::new(),
        channel: None,
    })
}

fn is_over(error: &RuntimeError) -> bool {
    matches!(error, RuntimeError::ZmqError(_))
}

impl Handler {
    fn tell(&self, message: &JupyterMessage, content: impl Into<JupyterMessageContent>) {
        let _ = self.publish.send(JupyterMessage::new(content, Some(message))); // ends with the kernel
    }

    fn give(&self, job: Job) {
        let _ = self.jobs.send(job); // the session lives as long as the kernel
    }

    /// Hands a request to the session, or answers it.
    fn shell(&self, message: JupyterMessage) -> Vec<JupyterMessage> {
        let is_busy = self.busy.load(Ordering::Relaxed);
        let content: JupyterMessageContent = match &message.content {
            JupyterMessageContent::ExecuteRequest(request) => {
                let request = request.clone();
                if request.store_history && !request.silent {
                    self.history().push(request.code.clone());
                }
                self.give(Job::Execute(message, request));
                return Vec::new();
            }
            JupyterMessageContent::CompleteRequest(request) if !is_busy => {
                let request = request.clone();
                self.give(Job::Complete(message, request));
                return Vec::new();
            }
            JupyterMessageContent::InspectRequest(request) if !is_busy => {
                let request = request.clone();
                self.give(Job::Inspect(message, request));
                return Vec::new();
            }
            JupyterMessageContent::CompleteRequest(request) => nothing_to_complete(request.cursor_pos).into(),
            JupyterMessageContent::InspectRequest(_) => jupyter_protocol::messaging::InspectReply::default().into(),
            JupyterMessageContent::KernelInfoRequest(_) => kernel_info().into(),
            JupyterMessageContent::IsCompleteRequest(request) => syntax::is_complete(&request.code).into(),
            JupyterMessageContent::HistoryRequest(request) => self.answer_history(request).into(),
            JupyterMessageContent::CommInfoRequest(_) => CommInfoReply::default().into(),
            // There is nobody on this side that a comm could talk to.
            JupyterMessageContent::CommOpen(open) => {
                let close =
                    jupyter_protocol::messaging::CommClose { comm_id: open.comm_id.clone(), ..Default::default() };
                self.tell(&message, close);
                return Vec::new();
            }
            JupyterMessageContent::CommMsg(_) | JupyterMessageContent::CommClose(_) => return Vec::new(),
            _ => {
                eprintln!("lab-kernel: no answer to a {} on the shell socket", message.message_type());
                return Vec::new();
            }
        };
        self.tell(&message, Status::busy());
        let reply = JupyterMessage::new(content, Some(&message));
        self.tell(&message, Status::idle());
        vec![reply]
    }

    fn history(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer_history(&self, request: &HistoryRequest) -> HistoryReply {
        let cells = self.history();
        let all = cells.iter().enumerate().map(|(index, cell)| (index + 1, cell));
        let count = |n: i32| usize::try_from(n).unwrap_or(0);
        let (found, output): (Vec<_>, bool) = match request {
            HistoryRequest::Tail { n, output, .. } => {
                (all.skip(cells.len().saturating_sub(count(*n))).collect(), *output)
            }
            HistoryRequest::Range { start, stop, output, .. } => {
                let stop = if *stop > 0 { count(*stop) } else { cells.len() + 1 };
                (all.filter(|(line, _)| (count(*start)..stop).contains(line)).collect(), *output)
            }
            HistoryRequest::Search { pattern, n, unique, output, .. } => {
                let mut seen = BTreeSet::new();
                let found = all.rev().filter(|(_, cell)| fits(pattern, cell) && (seen.insert(*cell) || !unique));
                let mut found: Vec<_> = found.take(count(*n)).collect();
                found.reverse();
                (found, *output)
            }
        };
        // What a cell has shown is in the notebook, not here.
        HistoryReply::new(
            found
                .into_iter()
                .map(|(line, cell)| match output {
                    false => HistoryEntry::Input(0, line, cell.clone()),
                    true => HistoryEntry::InputOutput(0, line, (cell.clone(), String::new())),
                })
                .collect(),
        )
    }
}

/// Whether a text fits a pattern of `*` (any text) and `?` (one character).
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.chars().next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = &pattern[1..];
            text.char_indices().map(|(at, _)| at).chain([text.len()]).any(|at| fits(rest, &text[at..]))
        }
        Some(wanted) => {
            let mut characters = text.chars();
            characters.next().is_some_and(|there| wanted == '?' || wanted == there)
                && fits(&pattern[wanted.len_utf8()..], characters.as_str())
        }
    }
}

fn kernel_info() -> KernelInfoReply {
    KernelInfoReply {
        status: ReplyStatus::Ok,
        protocol_version: "5.4".to_owned(),
        implementation: env!("CARGO_PKG_NAME").to_owned(),
        implementation_version: env!("CARGO_PKG_VERSION").to_owned(),
        language_info: LanguageInfo {
            name: "Rust".to_owned(),
            version: env!("CARGO_PKG_RUST_VERSION").to_owned(),
            mimetype: Some("text/rust".to_owned()),
            file_extension: Some(".rs".to_owned()),
            pygments_lexer: Some("rust".to_owned()),
            codemirror_mode: Some(CodeMirrorMode::Simple("rust".to_owned())),
            nbconvert_exporter: None,
        },
        banner: "Rust, evaluated by evcxr".to_owned(),
        help_links: vec![
            HelpLink { text: "The Rust book".to_owned(), url: "https://doc.rust-lang.org/book/".to_owned() },
            HelpLink { text: "Standard library".to_owned(), url: "https://doc.rust-lang.org/std/".to_owned() },
        ],
        debugger: false,
        error: None,
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn patterns_of_the_history() {
        for (pattern, text) in [("*", ""), ("1?*", "12+3"), ("let *", "let é = 1"), ("*é*", "let é = 1"), ("a", "a")]
        {
            assert!(fits(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("", "a"), ("a?", "a"), ("*b", "abc"), ("let", "let x")] {
            assert!(!fits(pattern, text), "{pattern} {text}");
        }
    }
}
