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
    let server = ServerProcess::find(server);
    std::thread::spawn(move || {
        while server.as_ref().is_some_and(ServerProcess::lives) {
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
        rustix::process::test_kill_process(process).ok()?;
        Some(Self { process, started: started(process) })
    }

    /// Whether it is still there, and not another process with its number.
    pub fn lives(&self) -> bool {
        rustix::process::test_kill_process(self.process).is_ok() && started(self.process) == self.started
    }
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
