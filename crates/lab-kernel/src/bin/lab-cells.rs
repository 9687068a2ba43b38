//! The process that runs the cells of one notebook.
//!
//! It stands where evcxr expects its own: it is told which shared library holds the next cell, runs it, and says when it
//! is done. It is linked to the shared standard library that the cells use, so that it can write out what a cell has
//! printed without a line's end, and hear of a panic. What cells write goes through pipes of their own, which the kernel
//! reads; evcxr's pipes are out of their reach.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Error, Result, Write};
use std::mem::ManuallyDrop;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::parent_id;
use std::time::Duration;

use libloading::Library;
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::{FdFlags, dup2, fcntl_dupfd_cloexec, fcntl_setfd};
use rustix::process::{Signal, getpid, kill_process, kill_process_group, setpgid};

/// How often this process looks whether its kernel is still there.
const WATCH: Duration = Duration::from_millis(500);

/// A cell: it takes the variables of the notebook and gives them back.
type Cell = extern "C" fn(*mut c_void) -> *mut c_void;

fn main() -> Result<()> {
    // A group of its own: what stops the kernel's compilers does not reach it.
    setpgid(None, None)?;
    follow_kernel();
    let evcxr = BufReader::new(File::from(fcntl_dupfd_cloexec(std::io::stdin(), 3)?));
    let mut done = File::from(fcntl_dupfd_cloexec(std::io::stdout(), 3)?);
    let Pipes { kernel, ends, mark } = take_pipes()?;
    let mut answers = BufReader::new(kernel.try_clone()?);
    say_panics(kernel.try_clone()?);
    let mut variables: *mut c_void = std::ptr::null_mut();
    for line in evcxr.lines() {
        let line = line?;
        let instruction = line.strip_prefix("LOAD_AND_RUN ").and_then(|words| words.rsplit_once(' '));
        let Some((library, function)) = instruction else {
            return Err(Error::other(format!("no instruction: {line}")));
        };
        (&kernel).write_all(format!("begin {}\n", std::process::id()).as_bytes())?;
        let mut word = answer(&mut answers)?;
        if let Some(changed) = word.strip_prefix("variables ") {
            use_variables(changed)?;
            word = answer(&mut answers)?;
        }
        if word == "run" {
            variables = run(library, function, variables)?;
        } else {
            println!("EVCXR_ERROR_OCCURRED"); // new variables do not exist
        }
        end(&ends, &mark)?;
        loop {
            match answer(&mut answers)?.as_str() {
                "done" => break,
                notice => writeln!(done, "{}", notice.strip_prefix("tell ").unwrap_or(notice))?,
            }
        }
        writeln!(done, "EVCXR_EXECUTION_COMPLETE")?;
    }
    Ok(())
}

/// The ways to the kernel.
struct Pipes {
    kernel: UnixStream,
    /// Into standard output and standard error, whatever a cell does to these.
    ends: [File; 2],
    mark: String,
}

/// Puts the kernel's pipes where cells read and write.
fn take_pipes() -> Result<Pipes> {
    let variable = |name: &str| std::env::var(name).map_err(|error| Error::other(format!("{name}: {error}")));
    let pipes = variable("RECURRENT_PIPES")?;
    let numbers: Vec<i32> = pipes.split(',').filter_map(|number| number.parse().ok()).collect();
    let [output, errors, kernel] = numbers[..] else {
        return Err(Error::other(format!("RECURRENT_PIPES is {pipes}")));
    };
    // SAFETY: the kernel opened these for this process and nothing else here uses them.
    let [output, errors, kernel] = [output, errors, kernel].map(|number| unsafe { OwnedFd::from_raw_fd(number) });
    // Not blocking, as nobody may write into it yet; a cell's read then waits.
    let nonblocking = OFlags::NONBLOCK.bits() as i32;
    let input = OpenOptions::new().read(true).custom_flags(nonblocking).open(variable("RECURRENT_INPUT")?)?;
    fcntl_setfl(&input, OFlags::empty())?;
    for (from, to) in [(input.as_raw_fd(), 0), (output.as_raw_fd(), 1), (errors.as_raw_fd(), 2)] {
        // SAFETY: all are open, and 0 to 2 are never closed.
        let (from, to) = unsafe { (BorrowedFd::borrow_raw(from), OwnedFd::from_raw_fd(to)) };
        let mut to = ManuallyDrop::new(to);
        dup2(from, &mut to)?;
    }
    for pipe in [&kernel, &output, &errors] {
        fcntl_setfd(pipe, FdFlags::CLOEXEC)?;
    }
    // SAFETY: no other thread runs yet.
    unsafe { std::env::remove_var("RECURRENT_PIPES") };
    let mark = variable("RECURRENT_DISPLAY_MARK")?;
    Ok(Pipes { kernel: kernel.into(), ends: [output.into(), errors.into()], mark })
}

/// Ends this process soon after its kernel, also while a cell is at work.
fn follow_kernel() {
    let kernel = parent_id();
    std::thread::spawn(move || {
        while parent_id() == kernel {
            std::thread::sleep(WATCH);
        }
        // Not `exit`: a cell may be at work on another thread, and would meet what exit has taken down.
        let _ = kill_process_group(getpid(), Signal::KILL);
    });
}

/// The kernel's next word for this process; one for an earlier process may still be there. Where there is no kernel any
/// more, this process ends.
fn answer(kernel: &mut impl BufRead) -> Result<String> {
    loop {
        let mut line = String::new();
        if kernel.read_line(&mut line)? == 0 {
            kill_process(getpid(), Signal::KILL)?;
        }
        match line.trim_end_matches('\n').split_once(' ') {
            Some((process, word)) if process.parse() == Ok(std::process::id()) => return Ok(word.to_owned()),
            _ => {}
        }
    }
}

/// Sets the environment variables of whoever took this kernel.
fn use_variables(changed: &str) -> Result<()> {
    let changed: BTreeMap<String, Option<String>> = serde_json::from_str(changed)?;
    for (name, value) in changed {
        // SAFETY: no cell runs now. A thread that an earlier one started may look at the environment only through the
        // standard library, which locks it.
        unsafe {
            match value {
                Some(value) => std::env::set_var(name, value),
                None => std::env::remove_var(name),
            }
        }
    }
    Ok(())
}

fn run(library: &str, function: &str, variables: *mut c_void) -> Result<*mut c_void> {
    // SAFETY: the library is what the compiler made of the cell and of evcxr's code around it.
    let library = unsafe { Library::new(library) }.map_err(Error::other)?;
    // Never unloaded: variables and threads may use its code.
    let library = ManuallyDrop::new(library);
    // SAFETY: evcxr's code around each cell has this type.
    let cell = unsafe { library.get::<Cell>(function.as_bytes()) }.map_err(Error::other)?;
    Ok(cell(variables))
}

/// Marks the end of the cell's output in both pipes.
fn end(ends: &[File; 2], mark: &str) -> Result<()> {
    // A cell may have closed its standard output.
    let _ = std::io::stdout().lock().flush();
    for mut pipe in ends {
        pipe.write_all(format!("{mark} end\n").as_bytes())?;
    }
    Ok(())
}

/// A panic of a cell goes to the kernel, which knows how to show it; one of another thread is printed as ever.
fn say_panics(kernel: UnixStream) {
    let as_ever = std::panic::take_hook();
    let cells = std::thread::current().id();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() != cells {
            return as_ever(panic);
        }
        let message = panic.payload_as_str().unwrap_or("a panic without a message");
        let line = panic.location().map_or(0, |location| location.line());
        let file = panic.location().map_or("", |location| location.file());
        let told = serde_json::json!({ "message": message, "file": file, "line": line });
        let _ = (&kernel).write_all(format!("panic {told}\n").as_bytes());
    }));
}
