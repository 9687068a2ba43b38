//! A kernel that is warm before anybody asks for it.
//!
//! A new kernel takes seconds to read the sources of the lesson's crates. So one more is kept that has done so: the
//! program that Jupyter starts gives its connection file to that one and becomes a small process, `lab-front`, that lives
//! as long as the kernel does. There is never more than one spare in a checkout, none while memory is short, and none
//! longer than the server for which it was made.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use jupyter_protocol::ConnectionInfo;
use rustix::fs::{Mode, OFlags};
use serde::{Deserialize, Serialize};

use crate::kernel::Kernel;
use crate::server_process::ServerProcess;

/// `RECURRENT_SPARE=0`: no spare is made or taken.
const OFF: &str = "RECURRENT_SPARE";

/// A spare needs so much free memory, in kB: about twice what a kernel uses.
const MEMORY: u64 = 1 << 21;

/// How often a spare looks whether its server is still there.
const WATCH: Duration = Duration::from_secs(1);

/// How often a spare looks whether there is another one.
const ATTEMPTS: u32 = 8;

/// The processor is idle when it had nothing to do in this part of such a time.
const IDLE: (f64, Duration) = (0.6, Duration::from_secs(2));

/// Variables with which a kernel is another one. Others are told to the cells when the spare is taken.
const FIXED: [&str; 6] =
    ["CARGO_HOME", "EVCXR_CONFIG_DIR", "HOME", "RECURRENT_TEMPLATE", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"];

/// The environment variables of whoever asks for a kernel, as far as they are text.
pub type Variables = BTreeMap<String, String>;

/// What is asked of a spare.
#[derive(Serialize, Deserialize)]
struct Request {
    connection: ConnectionInfo,
    folder: PathBuf,
    variables: Variables,
    server: i32,
    stamp: String,
}

/// The variables of this process. Called before any is changed.
pub fn variables() -> Variables {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

fn is_off(variables: &Variables) -> bool {
    variables.get(OFF).is_some_and(|value| value == "0")
}

/// Gives a connection to the spare, and becomes the small process that stays for it. False if there is none that fits.
pub fn hand_over(connection: &ConnectionInfo, kernels: &Path, template: &Path) -> Result<bool> {
    let variables = variables();
    if is_off(&variables) {
        return Ok(false);
    }
    let program = std::env::current_exe()?.with_file_name("lab-front");
    if !program.is_file() {
        return Ok(false);
    }
    // Until `lab-front`, or the kernel here, listens to stops, one would end this process.
    // SAFETY: nobody handles signals yet.
    unsafe { libc::signal(libc::SIGINT, libc::SIG_IGN) };
    let Ok(socket) = spare_socket(kernels) else { return Ok(false) };
    let Ok(mut spare) = UnixStream::connect(socket.path()) else { return Ok(false) };
    let request = Request {
        connection: connection.clone(),
        folder: std::env::current_dir()?,
        variables,
        server: std::os::unix::process::parent_id().try_into()?,
        stamp: stamp(template),
    };
    // An error on the way means that the spare has just ended: then there is none.
    let asked = serde_json::to_writer(&spare, &request).map_err(Into::into).and_then(|()| writeln!(spare));
    let mut answer = [0; 4];
    if asked.is_err() || spare.read_exact(&mut answer).is_err() || &answer != b"yes\n" {
        return Ok(false);
    }
    let error = Command::new(&program).stdin(OwnedFd::from(spare)).exec();
    Err(error).with_context(|| format!("cannot run {}", program.display()))
}

/// Makes the next spare, in the background, for the server with this process number.
pub fn make_next(server: i32, variables: &Variables, kernels: &Path) {
    if is_off(variables) {
        return;
    }
    let start = || -> Result<()> {
        let log = File::options().create(true).append(true).open(kernels.join("spare.log"))?;
        Command::new(std::env::current_exe()?)
            .args(["--spare", &server.to_string()])
            .env_clear()
            .envs(variables)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            // What ends this kernel does not end the next one.
            .process_group(0)
            .spawn()?;
        Ok(())
    };
    if let Err(error) = start() {
        eprintln!("lab-kernel: the next kernel will start cold: {error:#}");
    }
}

/// Is the spare of a server, until it is taken or the server has ended. `now`: does not wait for an idle machine.
pub fn serve(server: i32, now: bool) -> Result<()> {
    let variables = variables();
    let template = crate::template_of_kernel()?;
    let kernels = crate::folder_of(&template)?;
    let server = ServerProcess::find(server).context("the server of this spare has ended")?;
    let lock = File::create(kernels.join("spare.held"))?;
    if is_off(&variables) {
        return Ok(());
    }
    // One that was killed holds it until the system has taken it down.
    for attempt in 0.. {
        match lock.try_lock() {
            Ok(()) => break,
            Err(_) if attempt == ATTEMPTS => return Ok(()), // one is there
            Err(_) => std::thread::sleep(WATCH / 4),
        }
    }
    while !has_memory() || !(now || is_idle()) {
        std::thread::sleep(WATCH);
        if !server.lives() {
            return Ok(());
        }
    }
    let stamp = stamp(&template);
    let kernel = Kernel::start(&template)?;
    // Whoever comes meanwhile waits less than for a cold one.
    kernel.warm_up()?;
    let socket = spare_socket(kernels)?;
    let _ = std::fs::remove_file(kernels.join(SOCKET)); // of one that was killed
    let listener = UnixListener::bind(socket.path())?;
    listener.set_nonblocking(true)?;
    loop {
        if !server.lives() || stamp != self::stamp(&template) {
            let _ = std::fs::remove_file(kernels.join(SOCKET));
            return Ok(());
        }
        wait_for(&listener)?;
        let Ok((stream, _)) = listener.accept() else { continue };
        stream.set_nonblocking(false)?;
        let Some(request) = answer(&stream, &variables, &stamp) else { continue };
        std::fs::remove_file(kernels.join(SOCKET))?;
        drop((listener, lock));
        follow(stream, &kernel)?;
        kernel.use_variables(difference(&variables, &request.variables));
        return kernel.serve(&request.connection, request.server, &request.variables);
    }
}

/// The kernel ends with the process that Jupyter started, and hears its stops.
fn follow(mut front: UnixStream, kernel: &Kernel) -> Result<()> {
    let stop = kernel.stop();
    std::thread::spawn(move || {
        let mut byte = [0];
        while front.read(&mut byte).is_ok_and(|count| count > 0) {
            stop.press();
        }
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    });
    Ok(())
}

/// Takes a request if this spare fits it.
fn answer(stream: &UnixStream, variables: &Variables, stamp: &str) -> Option<Request> {
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).ok()?;
    let request: Request = serde_json::from_str(&line).ok()?;
    let same_folder = std::env::current_dir().is_ok_and(|folder| folder == request.folder);
    let same = FIXED.iter().all(|name| variables.get(*name) == request.variables.get(*name));
    let fits = same_folder && same && request.stamp == stamp;
    (&*stream).write_all(if fits { b"yes\n" } else { b"no!\n" }).ok()?;
    fits.then_some(request)
}

/// The variables that change: to a value, or away.
fn difference(from: &Variables, to: &Variables) -> BTreeMap<String, Option<String>> {
    let changed = to.iter().filter(|(name, value)| from.get(*name) != Some(value));
    let changed = changed.map(|(name, value)| (name.clone(), Some(value.clone())));
    let gone = from.keys().filter(|name| !to.contains_key(*name)).map(|name| (name.clone(), None));
    changed.chain(gone).collect()
}

fn wait_for(listener: &UnixListener) -> Result<()> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let watch = Timespec::try_from(WATCH)?;
    match poll(&mut [PollFd::new(listener, PollFlags::IN)], Some(&watch)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The name of the spare's socket.
const SOCKET: &str = "spare";

/// The way to the spare's socket. A socket's path may have about a hundred characters: it is named by way of an open
/// folder, however long that one's path is.
struct SpareSocket {
    _folder: OwnedFd,
    path: PathBuf,
}

impl SpareSocket {
    fn path(&self) -> &Path {
        &self.path
    }
}

fn spare_socket(kernels: &Path) -> Result<SpareSocket> {
    use std::os::fd::AsRawFd;
    let long = kernels.as_os_str().as_bytes().len() > 90;
    let folder = rustix::fs::open(kernels, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let path = match (long, cfg!(target_os = "linux")) {
        (false, _) => kernels.join(SOCKET),
        (true, true) => PathBuf::from(format!("/proc/self/fd/{}/{SOCKET}", folder.as_raw_fd())),
        (true, false) => bail!("the path {} is too long for a socket in it", kernels.display()),
    };
    Ok(SpareSocket { _folder: folder, path })
}

fn stamp(template: &Path) -> String {
    std::fs::read_to_string(template.with_extension("stamp")).unwrap_or_default()
}

/// Whether there is memory for a kernel that nobody may need. (Where the system does not tell, yes.)
fn has_memory() -> bool {
    let Ok(memory) = std::fs::read_to_string("/proc/meminfo") else { return true };
    let free =
        memory.lines().find_map(|line| line.strip_prefix("MemAvailable:")?.split_whitespace().next()?.parse().ok());
    free.is_none_or(|free: u64| free >= MEMORY)
}

/// Whether the machine has little to do. Takes a moment. (Where the system does not tell, yes.)
fn is_idle() -> bool {
    let (share, time) = IDLE;
    let before = ticks();
    std::thread::sleep(time);
    let Some(((idle, all), (idle_now, all_now))) = before.zip(ticks()) else { return true };
    (idle_now - idle) as f64 >= share * (all_now - all) as f64
}

/// Idle and all time of all processors, see proc_stat(5).
fn ticks() -> Option<(u64, u64)> {
    let stat = std::fs::read_to_string("/proc/stat").ok()?;
    let times: Vec<u64> =
        stat.lines().next()?.split_whitespace().skip(1).filter_map(|time| time.parse().ok()).collect();
    Some((times.get(3)? + times.get(4)?, times.iter().sum()))
}
