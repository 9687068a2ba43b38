//! Downloads one file whose hash is known: resumed after an interruption, retried after an error, verified, then
//! renamed.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use ureq::http::{Response, StatusCode, header};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::{Agent, Body};

use crate::lock::same_file;
use crate::sha256;

/// How often and how long a download over a bad connection is retried.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// Attempts at one address without progress.
    pub attempts: u32,
    /// Delay after the first of them; it doubles.
    pub delay: Duration,
    /// A server that sends nothing for this long is given up.
    pub timeout: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { attempts: 3, delay: Duration::from_secs(1), timeout: Duration::from_secs(20) }
    }
}

/// What a download reports.
#[derive(Debug)]
pub enum Event<'a> {
    /// Bytes on disk, and of how many if the server said.
    Progress(u64, Option<u64>),
    /// An error after which the download goes on.
    Note(&'a str),
}

/// An attempt that fetched at least so many bytes does not count.
const PROGRESS: u64 = 64 * 1024;

/// Why an attempt ended without the whole file.
enum Failure {
    /// Another attempt may succeed.
    Transient(String),
    /// This address will not serve the file.
    Permanent(String),
    /// Our side: the disk.
    Local(anyhow::Error),
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Local(error.into())
    }
}

/// Fetches the file with this `sha256` (hexadecimal) from the first address that has it.
///
/// Bytes are kept in `to` + `.part` until they are complete and right, so an interrupted download goes on where it was.
///
/// # Errors
/// When no address served it (one reason each), or the disk cannot be written.
pub fn download(
    addresses: &[String],
    to: &Path,
    sha256: &str,
    policy: RetryPolicy,
    report: &mut dyn FnMut(Event),
) -> Result<()> {
    let part = to.with_added_extension("part");
    let folder = to.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&part)
        .with_context(|| format!("cannot write {}", part.display()))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            bail!("another download writes {}; wait for it", part.display())
        }
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("cannot lock {}", part.display()));
        }
        Ok(()) if same_file(&file, &part) => {}
        // It was renamed between our opening and locking it.
        Ok(()) => bail!("another download has just written {}", to.display()),
    }
    let agent = agent(policy);
    let mut reasons = Vec::new();
    for address in addresses {
        match from_address(&agent, address, &mut file, sha256, policy, report) {
            Ok(()) => {
                return file
                    .sync_all()
                    .and_then(|()| fs::rename(&part, to))
                    .with_context(|| format!("cannot write {}", to.display()));
            }
            Err(Failure::Local(error)) => {
                return Err(error.context(format!("cannot write {}", part.display())));
            }
            Err(Failure::Transient(reason) | Failure::Permanent(reason)) => {
                reasons.push(format!("{address}: {reason}"))
            }
        }
    }
    if file.metadata().is_ok_and(|metadata| metadata.len() == 0) {
        fs::remove_file(&part).with_context(|| format!("cannot remove {}", part.display()))?;
    }
    Err(anyhow!("{}", reasons.join("; ")))
}

fn agent(policy: RetryPolicy) -> Agent {
    let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
    Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(policy.timeout))
        .timeout_recv_response(Some(policy.timeout))
        .timeout_per_read(Some(policy.timeout))
        .tls_config(tls)
        .build()
        .into()
}

fn from_address(
    agent: &Agent,
    address: &str,
    file: &mut File,
    sha256: &str,
    policy: RetryPolicy,
    report: &mut dyn FnMut(Event),
) -> Result<(), Failure> {
    let mut attempts = 0;
    let mut restarted = false;
    loop {
        let before = file.metadata()?.len();
        let reason = match attempt(agent, address, file, report) {
            Ok(()) => {
                let found = sha256::of_file(file)?;
                if found == sha256 {
                    return Ok(());
                }
                file.set_len(0)?;
                let reason = format!("sent other bytes than the official file (sha256 {found}, expected {sha256})");
                // what was there before may have been the wrong part: one attempt from the start
                if before == 0 || restarted {
                    return Err(Failure::Permanent(reason));
                }
                restarted = true;
                reason
            }
            Err(Failure::Transient(reason)) => reason,
            Err(failure) => return Err(failure),
        };
        if file.metadata()?.len() >= before + PROGRESS {
            attempts = 0;
        }
        attempts += 1;
        if attempts >= policy.attempts {
            return Err(Failure::Permanent(reason));
        }
        let delay = policy.delay * 2_u32.pow(attempts - 1);
        report(Event::Note(&format!("{reason}; trying again in {} s", delay.as_secs_f32())));
        thread::sleep(delay);
    }
}

/// One request: appends what is missing to `file`, or starts it again if the server cannot go on in the middle.
fn attempt(agent: &Agent, address: &str, file: &mut File, report: &mut dyn FnMut(Event)) -> Result<(), Failure> {
    let mut got = file.seek(SeekFrom::End(0))?;
    let mut request = agent.get(address);
    if got > 0 {
        request = request.header(header::RANGE, format!("bytes={got}-"));
    }
    let response = request.call().map_err(unreachable)?;
    match response.status() {
        StatusCode::PARTIAL_CONTENT if first_byte(&response) == Some(got) => {}
        StatusCode::PARTIAL_CONTENT => {
            file.set_len(0)?;
            return Err(Failure::Transient("sent another part of the file than asked".into()));
        }
        StatusCode::OK => {
            file.set_len(0)?;
            got = file.seek(SeekFrom::Start(0))?;
        }
        // nothing lies behind our last byte: the file is complete, or wrong, which its hash tells
        StatusCode::RANGE_NOT_SATISFIABLE if got > 0 => return Ok(()),
        status @ (StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS) => {
            return Err(Failure::Transient(format!("answered {status}")));
        }
        status if status.is_server_error() => {
            return Err(Failure::Transient(format!("answered {status}")));
        }
        status => return Err(Failure::Permanent(format!("answered {status}"))),
    }
    let total = response.body().content_length().map(|rest| got + rest);
    let mut body = response.into_body().into_reader();
    let mut buffer = vec![0; 1 << 16];
    loop {
        report(Event::Progress(got, total));
        let read = body
            .read(&mut buffer)
            .map_err(|error| Failure::Transient(format!("the connection broke after {got} bytes ({error})")))?;
        if read == 0 {
            break;
        }
        file.write_all(&buffer[..read])?;
        got += read as u64;
    }
    match total {
        Some(total) if got < total => {
            Err(Failure::Transient(format!("the connection ended after {got} of {total} bytes")))
        }
        _ => Ok(()),
    }
}

fn unreachable(error: ureq::Error) -> Failure {
    match error {
        ureq::Error::HostNotFound => Failure::Permanent("not reached: no network, or no such host".into()),
        ureq::Error::BadUri(_) | ureq::Error::Rustls(_) | ureq::Error::Tls(_) => Failure::Permanent(error.to_string()),
        other => Failure::Transient(format!("not reached: {other}")),
    }
}

/// The first number of `Content-Range: bytes 100-199/200`.
fn first_byte(response: &Response<Body>) -> Option<u64> {
    let range = response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    range.strip_prefix("bytes ")?.split_once('-')?.0.parse().ok()
}

#[cfg(test)]
mod tests;
