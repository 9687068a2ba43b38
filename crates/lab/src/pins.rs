//! The Python pins: `environment.yml`, a conda environment file, read for pip.

use std::path::Path;

use anyhow::{Context, Result, bail};
use yaml_rust2::{Yaml, YamlLoader};

/// What the Python environment must hold.
#[derive(Debug, PartialEq, Eq)]
pub struct Pins {
    /// Oldest Python, as (3, 10).
    pub python: (u32, u32),
    /// In pip's words: `jupyterlab==4.6.6`.
    pub requirements: Vec<String>,
}

pub fn read(path: &Path) -> Result<Pins> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text).with_context(|| format!("in {}", path.display()))
}

fn parse(text: &str) -> Result<Pins> {
    let documents = YamlLoader::load_from_str(text)?;
    let Some(dependencies) = documents.first().and_then(|document| document["dependencies"].as_vec()) else {
        bail!("`dependencies:` must be a list");
    };
    let mut python = None;
    let mut requirements = Vec::new();
    for dependency in dependencies {
        match dependency {
            Yaml::String(spec) => {
                let (name, version) = split(spec);
                match name {
                    "python" => {
                        python = Some(oldest(version).with_context(|| format!("`{spec}`: expected `python >=3.N`"))?)
                    }
                    "pip" => {}
                    _ => requirements.push(requirement(spec)?),
                }
            }
            // `- pip:` holds lines that are pip's already
            Yaml::Hash(section) => {
                for line in section.get(&Yaml::String("pip".into())).and_then(Yaml::as_vec).into_iter().flatten() {
                    requirements.push(line.as_str().context("a line under `pip:` is not text")?.to_string());
                }
            }
            other => bail!("expected `- name =version` or `- pip:`, found {other:?}"),
        }
    }
    Ok(Pins { python: python.context("no line `- python >=3.N`")?, requirements })
}

fn split(spec: &str) -> (&str, &str) {
    let end = spec.find(|c: char| " =<>!~".contains(c)).unwrap_or(spec.len());
    (&spec[..end], spec[end..].trim())
}

fn oldest(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.strip_prefix(">=")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// `name =1.2` to `name==1.2`; comparisons are the same in both.
fn requirement(spec: &str) -> Result<String> {
    let (name, version) = split(spec);
    let pip_version = match version.strip_prefix('=') {
        None => version.to_string(),
        Some(exact) => format!("=={}", exact.trim_start_matches('=').trim()),
    };
    if name.is_empty()
        || name.contains("::")
        || pip_version.trim_start_matches("==").contains(" =")
        || exact_has_build(&pip_version)
    {
        bail!("`{spec}` has no meaning for pip: expected `name`, `name =version` or `name >=version`");
    }
    Ok(format!("{name}{pip_version}"))
}

/// conda's third part, `name =version=build`.
fn exact_has_build(version: &str) -> bool {
    version.strip_prefix("==").is_some_and(|exact| exact.contains('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conda_lines_become_pip_lines() {
        let pins = parse("dependencies:\n  - python >=3.10\n  - a =1.2.3\n  - b==2\n  - c >=3,<4\n  - d\n  - pip\n  - pip:\n      - e~=5.0\n").unwrap();
        assert_eq!(pins.python, (3, 10));
        assert_eq!(pins.requirements, ["a==1.2.3", "b==2", "c>=3,<4", "d", "e~=5.0"]);
    }

    #[test]
    fn what_pip_cannot_do_is_refused() {
        for line in ["conda-forge::a =1", "a =1=py311", "=1"] {
            let error = parse(&format!("dependencies:\n  - python >=3.10\n  - {line}\n")).unwrap_err();
            assert!(error.to_string().contains(line), "{error}");
        }
        assert!(parse("dependencies:\n  - a =1\n").unwrap_err().to_string().contains("python"));
        assert!(parse("dependencies: none\n").unwrap_err().to_string().contains("list"));
    }

    #[test]
    fn the_projects_own_files_are_read() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let book = read(&root.join("environment-book.yml")).unwrap();
        assert!(book.requirements.iter().all(|line| line.contains("==")), "{book:?}");
        let pins = read(&root.join("environment.yml")).unwrap();
        assert!(pins.requirements.iter().any(|line| line.starts_with("jupyterlab==")), "{pins:?}");
        assert!(pins.requirements.iter().all(|line| line.contains("==")), "every pin is exact: {pins:?}");
    }
}
