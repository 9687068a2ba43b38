//! The program that started a kernel, which ends with it.

use std::time::Duration;

use rustix::process::Pid;

use crate::kernel;
use crate::spare::Variables;

/// Holds the number of the server that a kernel is to end with; Jupyter sets it.
const PARENT: &str = "JPY_PARENT_PID";

/// How often a kernel looks whether its server is still there.
const WATCH: Duration = Duration::from_secs(1);

/// Ends the kernel when its server has ended, by a kill too, if Jupyter wants that.
pub fn follow(variables: &Variables) {
    let Some(server) = variables.get(PARENT).and_then(|number| number.parse().ok()) else { return };
    // One that cannot be seen, as from inside a container, cannot be watched.
    let Some(server) = ServerProcess::find(server) else { return };
    std::thread::spawn(move || {
        while server.lives() {
            std::thread::sleep(WATCH);
        }
        kernel::end("its server has ended");
    });
}

/// A program that starts kernels, as JupyterLab does.
pub struct ServerProcess {
    process: Pid,
    started: Option<String>,
}

impl ServerProcess {
    /// The one with this number; none if it has ended.
    pub fn find(process: i32) -> Option<Self> {
        let process = Pid::from_raw(process)?;
        is_there(process).then(|| Self { process, started: started(process) })
    }

    /// Whether it is still there, and not another process with its number.
    pub fn lives(&self) -> bool {
        is_there(self.process) && started(self.process) == self.started
    }
}

/// Also if it is another user's.
fn is_there(process: Pid) -> bool {
    !matches!(rustix::process::test_kill_process(process), Err(rustix::io::Errno::SRCH))
}

/// When a process was started, see proc_pid_stat(5); none where the system does not tell.
fn started(process: Pid) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.as_raw_nonzero())).ok()?;
    let (_, after) = stat.rsplit_once(") ")?;
    let mut fields = after.split(' ');
    // One that has ended may stay in the list until somebody asks how.
    let state = fields.next()?;
    (state != "Z").then(|| fields.nth(18).map(str::to_owned)).flatten()
}
