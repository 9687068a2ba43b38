//! Downloads one file whose hash is known: resumed after a cut, tried again after a fault, checked, then renamed.

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

/// How long to put up with a bad connection.
#[derive(Debug, Clone, Copy)]
pub struct RetryPolicy {
    /// Tries at one address that bring nothing new.
    pub tries: u32,
    /// Wait after the first of them; it doubles.
    pub pause: Duration,
    /// A server that is silent for so long is given up.
    pub silence: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            tries: 3,
            pause: Duration::from_secs(1),
            silence: Duration::from_secs(20),
        }
    }
}

/// What a download tells while it works.
#[derive(Debug)]
pub enum Event<'a> {
    /// Bytes on disk, and of how many if the server said.
    At(u64, Option<u64>),
    /// A fault that is being dealt with.
    Note(&'a str),
}

/// A try that brought at least so much was worth it: the count of tries starts again.
const WORTHWHILE: u64 = 64 * 1024;

/// Why an attempt ended without the whole file.
enum Fault {
    /// Another try may help.
    Passing(String),
    /// This address will not serve it.
    Final(String),
    /// Our side: the disk.
    Local(anyhow::Error),
}

impl From<std::io::Error> for Fault {
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
    fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
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
            Err(Fault::Local(error)) => {
                return Err(error.context(format!("cannot write {}", part.display())));
            }
            Err(Fault::Passing(reason) | Fault::Final(reason)) => {
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
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .build();
    Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(policy.silence))
        .timeout_recv_response(Some(policy.silence))
        .timeout_per_read(Some(policy.silence))
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
) -> Result<(), Fault> {
    let mut tries = 0;
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
                let reason = format!(
                    "sent other bytes than the official file (sha256 {found}, expected {sha256})"
                );
                // what was there before may have been the wrong part: one try from the start
                if before == 0 || restarted {
                    return Err(Fault::Final(reason));
                }
                restarted = true;
                reason
            }
            Err(Fault::Passing(reason)) => reason,
            Err(fault) => return Err(fault),
        };
        if file.metadata()?.len() >= before + WORTHWHILE {
            tries = 0;
        }
        tries += 1;
        if tries >= policy.tries {
            return Err(Fault::Final(reason));
        }
        let pause = policy.pause * 2_u32.pow(tries - 1);
        report(Event::Note(&format!(
            "{reason}; trying again in {} s",
            pause.as_secs_f32()
        )));
        thread::sleep(pause);
    }
}

/// One request: appends what is missing to `file`, or starts it again if the server cannot go on in the middle.
fn attempt(
    agent: &Agent,
    address: &str,
    file: &mut File,
    report: &mut dyn FnMut(Event),
) -> Result<(), Fault> {
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
            return Err(Fault::Passing(
                "sent another part of the file than asked".into(),
            ));
        }
        StatusCode::OK => {
            file.set_len(0)?;
            got = file.seek(SeekFrom::Start(0))?;
        }
        // nothing lies behind our last byte: the file is complete, or wrong, which its hash tells
        StatusCode::RANGE_NOT_SATISFIABLE if got > 0 => return Ok(()),
        status @ (StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS) => {
            return Err(Fault::Passing(format!("answered {status}")));
        }
        status if status.is_server_error() => {
            return Err(Fault::Passing(format!("answered {status}")));
        }
        status => return Err(Fault::Final(format!("answered {status}"))),
    }
    let total = response.body().content_length().map(|rest| got + rest);
    let mut body = response.into_body().into_reader();
    let mut buffer = vec![0; 1 << 16];
    loop {
        report(Event::At(got, total));
        let read = body.read(&mut buffer).map_err(|error| {
            Fault::Passing(format!("the connection broke after {got} bytes ({error})"))
        })?;
        if read == 0 {
            break;
        }
        file.write_all(&buffer[..read])?;
        got += read as u64;
    }
    match total {
        Some(total) if got < total => Err(Fault::Passing(format!(
            "the connection ended after {got} of {total} bytes"
        ))),
        _ => Ok(()),
    }
}

fn unreachable(error: ureq::Error) -> Fault {
    match error {
        ureq::Error::HostNotFound => {
            Fault::Final("not reached: no network, or no such host".into())
        }
        ureq::Error::BadUri(_) | ureq::Error::Rustls(_) | ureq::Error::Tls(_) => {
            Fault::Final(error.to_string())
        }
        other => Fault::Passing(format!("not reached: {other}")),
    }
}

/// The first number of `Content-Range: bytes 100-199/200`.
fn first_byte(response: &Response<Body>) -> Option<u64> {
    let range = response
        .headers()
        .get(header::CONTENT_RANGE)?
        .to_str()
        .ok()?;
    range
        .strip_prefix("bytes ")?
        .split_once('-')?
        .0
        .parse()
        .ok()
}

#[cfg(test)]
mod tests;
