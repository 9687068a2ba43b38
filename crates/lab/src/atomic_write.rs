//! Files that are never half-written.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Result};
use tempfile::Builder;

/// Writes a temporary file beside `path` and renames it: a reader sees the old file or the new one, whatever other
/// threads and processes write at the same time. Creates the folder.
pub fn atomic_write(path: &Path, bytes: &[u8]) -> Result<()> {
    write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.with_file_name("");
    fs::create_dir_all(&folder)?;
    // With the permissions of any new file: by itself tempfile makes files that only their owner can read.
    let mut file = Builder::new().make_in(folder, |path| File::create_new(path))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::process::{Child, Command, Stdio};
    use std::thread;

    const FOLDER_VARIABLE: &str = "RECURRENT_TEST_ATOMIC_WRITE";
    const SIZE: usize = 50_000;

    /// Writes a file of one repeated letter again and again, and checks that whatever is there is whole.
    fn write_and_read(path: &Path, letter: u8) {
        for _ in 0..40 {
            atomic_write(path, &vec![letter; SIZE]).unwrap();
            let there = fs::read(path).unwrap();
            assert_eq!(there.len(), SIZE);
            assert!(there.iter().all(|&byte| byte == there[0]), "two writers are mixed");
        }
    }

    #[test]
    fn threads_and_processes_do_not_collide() {
        let test = "atomic_write::tests::threads_and_processes_do_not_collide";
        if let Some(folder) = std::env::var_os(FOLDER_VARIABLE) {
            return write_and_read(&Path::new(&folder).join("file"), b'p');
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let start = || {
            let mut this_test = Command::new(std::env::current_exe().unwrap());
            this_test.args(["--exact", test]).env(FOLDER_VARIABLE, folder.path());
            this_test.stdout(Stdio::null());
            this_test.spawn().unwrap()
        };
        let mut processes: Vec<Child> = (0..3).map(|_| start()).collect();
        thread::scope(|scope| {
            for letter in b'a'..b'd' {
                let path = &path;
                scope.spawn(move || write_and_read(path, letter));
            }
        });
        assert!(processes.iter_mut().all(|process| process.wait().unwrap().success()));
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "no temporary file stays: {left:?}");
    }

    #[test]
    fn the_file_has_the_permissions_of_any_new_file() {
        let folder = tempfile::tempdir().unwrap();
        let [ours, plain] = ["ours", "plain"].map(|name| folder.path().join(name));
        atomic_write(&ours, b"").unwrap();
        fs::write(&plain, "").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&ours), mode(&plain));
    }
}
