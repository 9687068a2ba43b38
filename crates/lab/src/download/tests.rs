//! Against a server on this machine that misbehaves on purpose.

use std::io::{BufRead, BufReader};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};

use super::*;

/// What the server does with one request.
#[derive(Clone, Copy)]
enum Answer {
    /// Serves what is asked, from `Range` on.
    Whole,
    /// Promises everything and closes the connection after so many bytes of it.
    Cut(usize),
    /// Serves the whole file with 200 whatever `Range` says.
    IgnoreRange,
    /// Answers a `Range` with the part that begins one byte later.
    OtherPart,
    /// Serves bytes of another file, as long as the right one.
    WrongBytes,
    /// Answers so and serves an error page.
    Status(u16),
}

struct Server {
    address: String,
    /// First byte that each request asked for.
    asked: Arc<Mutex<Vec<u64>>>,
}

/// Serves `answers` in order, then the last one again and again.
fn serve(file: &[u8], answers: &'static [Answer]) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/file.csv", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (file, seen) = (file.to_vec(), Arc::clone(&asked));
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let answer = answers[number.min(answers.len() - 1)];
            // a client that closes early is part of the trial
            let _ = answer_one(stream.unwrap(), &file, answer, &seen);
        }
    });
    Server { address, asked }
}

fn answer_one(mut stream: TcpStream, file: &[u8], answer: Answer, asked: &Mutex<Vec<u64>>) -> std::io::Result<()> {
    let mut range = None;
    for line in BufReader::new(stream.try_clone()?).lines() {
        let line = line?.to_lowercase();
        if let Some(first) = line.strip_prefix("range: bytes=") {
            range = Some(first.trim_end_matches('-').parse().unwrap());
        }
        if line.is_empty() {
            break;
        }
    }
    let from: usize = range.unwrap_or(0);
    asked.lock().unwrap().push(from as u64);
    let wrong = vec![b'?'; file.len()];
    let (file, from, range) = match answer {
        Answer::WrongBytes => (&wrong[..], from, range),
        Answer::IgnoreRange => (file, 0, None),
        Answer::OtherPart => (file, from + 1, range),
        _ => (file, from, range),
    };
    if let Answer::Status(status) = answer {
        return write!(stream, "HTTP/1.1 {status} No\r\nContent-Length: 5\r\nConnection: close\r\n\r\nsorry");
    }
    if from >= file.len() {
        return write!(stream, "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
    let rest = &file[from..];
    match range {
        Some(_) => {
            let (last, all) = (file.len() - 1, file.len());
            write!(stream, "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{last}/{all}\r\n")?;
        }
        None => write!(stream, "HTTP/1.1 200 OK\r\n")?,
    }
    write!(stream, "Content-Length: {}\r\nConnection: close\r\n\r\n", rest.len())?;
    let sent = if let Answer::Cut(bytes) = answer { &rest[..bytes.min(rest.len())] } else { rest };
    stream.write_all(sent)
}

/// 300 kB in which no two parts are alike.
fn corpus() -> Vec<u8> {
    (0..50_000_u32).flat_map(|row| format!("{row:05}\n").into_bytes()).collect()
}

fn hash_of(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

const IMPATIENT: RetryPolicy =
    RetryPolicy { attempts: 3, delay: Duration::from_millis(1), timeout: Duration::from_secs(5) };

struct Trial {
    folder: tempfile::TempDir,
    notes: Vec<String>,
}

impl Trial {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), notes: Vec::new() }
    }

    fn file(&self) -> std::path::PathBuf {
        self.folder.path().join("ag_news/train.csv")
    }

    fn part(&self) -> std::path::PathBuf {
        self.file().with_added_extension("part")
    }

    fn leave_part(&self, bytes: &[u8]) {
        fs::create_dir_all(self.part().parent().unwrap()).unwrap();
        fs::write(self.part(), bytes).unwrap();
    }

    fn fetch(&mut self, servers: &[&Server]) -> Result<()> {
        let addresses: Vec<String> = servers.iter().map(|server| server.address.clone()).collect();
        let notes = &mut self.notes;
        download(
            &addresses,
            &self.folder.path().join("ag_news/train.csv"),
            &hash_of(&corpus()),
            IMPATIENT,
            &mut |event| {
                if let Event::Note(note) = event {
                    notes.push(note.to_string());
                }
            },
        )
    }

    #[track_caller]
    fn assert_complete(&self) {
        assert_eq!(fs::read(self.file()).unwrap(), corpus());
        assert!(!self.part().exists());
    }

    #[track_caller]
    fn assert_nothing_usable(&self) {
        assert!(!self.file().exists());
    }
}

#[test]
fn a_good_server_is_asked_once() {
    let (server, mut trial) = (serve(&corpus(), &[Answer::Whole]), Trial::new());
    trial.fetch(&[&server]).unwrap();
    trial.assert_complete();
    assert_eq!(*server.asked.lock().unwrap(), [0]);
    assert!(trial.notes.is_empty());
}

#[test]
fn progress_reaches_the_end() {
    let (server, trial) = (serve(&corpus(), &[Answer::Whole]), Trial::new());
    let mut last = (0, None);
    download(std::slice::from_ref(&server.address), &trial.file(), &hash_of(&corpus()), IMPATIENT, &mut |event| {
        if let Event::Progress(got, total) = event {
            assert!(got >= last.0);
            last = (got, total);
        }
    })
    .unwrap();
    assert_eq!(last, (300_000, Some(300_000)));
}

#[test]
fn cut_connections_are_resumed_where_they_broke() {
    // more cuts than tries: each brought something
    let cuts = &[Answer::Cut(70_000), Answer::Cut(70_000), Answer::Cut(70_000), Answer::Cut(70_000), Answer::Whole];
    let (server, mut trial) = (serve(&corpus(), cuts), Trial::new());
    trial.fetch(&[&server]).unwrap();
    trial.assert_complete();
    assert_eq!(*server.asked.lock().unwrap(), [0, 70_000, 140_000, 210_000, 280_000]);
    assert_eq!(trial.notes.len(), 4);
}

#[test]
fn a_server_that_brings_nothing_is_given_up_and_the_part_is_kept() {
    let (server, mut trial) = (serve(&corpus(), &[Answer::Cut(70_000), Answer::Cut(0)]), Trial::new());
    let error = trial.fetch(&[&server]).unwrap_err().to_string();
    assert!(error.contains("70000"), "{error}");
    trial.assert_nothing_usable();
    assert_eq!(fs::read(trial.part()).unwrap(), corpus()[..70_000]);

    let better = serve(&corpus(), &[Answer::Whole]);
    trial.fetch(&[&better]).unwrap();
    trial.assert_complete();
    assert_eq!(*better.asked.lock().unwrap(), [70_000]);
}

#[test]
fn a_server_that_ignores_range_starts_the_file_again() {
    let (server, mut trial) = (serve(&corpus(), &[Answer::Cut(70_000), Answer::IgnoreRange]), Trial::new());
    trial.fetch(&[&server]).unwrap();
    trial.assert_complete();
}

#[test]
fn another_part_than_asked_is_not_appended() {
    let (server, mut trial) =
        (serve(&corpus(), &[Answer::Cut(70_000), Answer::OtherPart, Answer::Whole]), Trial::new());
    trial.fetch(&[&server]).unwrap();
    trial.assert_complete();
}

#[test]
fn wrong_bytes_are_refused_and_the_mirror_is_asked() {
    let wrong = serve(&corpus(), &[Answer::WrongBytes]);
    let mirror = serve(&corpus(), &[Answer::Whole]);
    let mut trial = Trial::new();
    trial.fetch(&[&wrong, &mirror]).unwrap();
    trial.assert_complete();
    assert_eq!(wrong.asked.lock().unwrap().len(), 1);
    assert_eq!(*mirror.asked.lock().unwrap(), [0]);
}

#[test]
fn wrong_bytes_everywhere_leave_nothing() {
    let (wrong, mut trial) = (serve(&corpus(), &[Answer::WrongBytes]), Trial::new());
    let error = trial.fetch(&[&wrong]).unwrap_err().to_string();
    assert!(error.contains("sha256") && error.contains(&wrong.address), "{error}");
    trial.assert_nothing_usable();
    assert!(!trial.part().exists());
}

#[test]
fn a_wrong_part_from_before_costs_one_start_from_zero() {
    let (server, mut trial) = (serve(&corpus(), &[Answer::Whole]), Trial::new());
    trial.leave_part(&[b'?'; 1000]);
    trial.fetch(&[&server]).unwrap();
    trial.assert_complete();
    assert_eq!(*server.asked.lock().unwrap(), [1000, 0]);
}

#[test]
fn a_server_that_cuts_and_lies_by_turns_is_given_up() {
    let (server, mut trial) = (
        serve(
            &corpus(),
            &[Answer::Cut(100_000), Answer::WrongBytes, Answer::Cut(100_000), Answer::WrongBytes, Answer::Status(410)],
        ),
        Trial::new(),
    );
    let error = trial.fetch(&[&server]).unwrap_err().to_string();
    assert!(error.contains("sha256"), "{error}");
    trial.assert_nothing_usable();
}

#[test]
fn a_part_that_is_complete_already_is_used() {
    let (server, mut trial) = (serve(&corpus(), &[Answer::Whole]), Trial::new());
    trial.leave_part(&corpus());
    trial.fetch(&[&server]).unwrap();
    trial.assert_complete();
    assert_eq!(*server.asked.lock().unwrap(), [300_000]);
}

#[test]
fn not_found_is_final_and_a_server_fault_is_not() {
    let (gone, mut trial) = (serve(&corpus(), &[Answer::Status(404)]), Trial::new());
    let error = trial.fetch(&[&gone]).unwrap_err().to_string();
    assert!(error.contains("404"), "{error}");
    assert_eq!(gone.asked.lock().unwrap().len(), 1);

    let ill = serve(&corpus(), &[Answer::Status(500), Answer::Status(503), Answer::Whole]);
    trial.fetch(&[&ill]).unwrap();
    trial.assert_complete();

    let (dead, mut trial) = (serve(&corpus(), &[Answer::Status(500)]), Trial::new());
    let error = trial.fetch(&[&dead]).unwrap_err().to_string();
    assert!(error.contains("500"), "{error}");
    assert_eq!(dead.asked.lock().unwrap().len(), 3);
    trial.assert_nothing_usable();
}

#[test]
fn nobody_listens() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let trial = Trial::new();
    let addresses = [format!("http://{closed}/file.csv")];
    let error =
        download(&addresses, &trial.file(), &hash_of(&corpus()), IMPATIENT, &mut |_| {}).unwrap_err().to_string();
    assert!(error.contains("not reached"), "{error}");
    trial.assert_nothing_usable();
    assert!(!trial.part().exists());
}

#[test]
fn two_downloads_of_one_file_do_not_mix() {
    let (server, mut trial) = (serve(&corpus(), &[Answer::Whole]), Trial::new());
    trial.leave_part(b"");
    let other = File::open(trial.part()).unwrap();
    other.lock().unwrap();
    let error = trial.fetch(&[&server]).unwrap_err().to_string();
    assert!(error.contains("another download"), "{error}");
    assert!(server.asked.lock().unwrap().is_empty());
}

/// The official test file, where it is at hand, through a connection that breaks: the hash that `cargo lab data`
/// expects.
#[test]
fn the_official_file_has_the_expected_hash() {
    let folder = std::env::var_os("RECURRENT_DATA_DIR").unwrap_or_default();
    let Ok(file) = fs::read(Path::new(&folder).join("ag_news/test.csv")) else {
        eprintln!("RECURRENT_DATA_DIR holds no ag_news/test.csv: nothing to compare with");
        return;
    };
    let (server, trial) = (serve(&file, &[Answer::Cut(900_000), Answer::Whole]), Trial::new());
    let sha256 = crate::data::AG_NEWS.files[1].sha256;
    download(std::slice::from_ref(&server.address), &trial.file(), sha256, IMPATIENT, &mut |_| {}).unwrap();
    assert_eq!(fs::read(trial.file()).unwrap(), file);
}
