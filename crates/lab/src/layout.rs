//! Where everything lies.
//!
//! Set-up writes into two git-ignored folders of the checkout, and nowhere else but the kernel description in the
//! Python environment: `.venv/` (Python) and `.lab/` (kernel, template, lock, logs, and what came in an archive).

use std::path::{Path, PathBuf};

use crate::args::Feature;

/// The paths of one checkout.
#[derive(Debug, Clone)]
pub struct Layout {
    root: PathBuf,
    cuda: bool,
}

impl Layout {
    /// The checkout that this program was built from, or the one that `RECURRENT_ROOT` names (tests set it).
    pub fn find() -> Self {
        let root = match std::env::var_os("RECURRENT_ROOT") {
            Some(root) => PathBuf::from(root),
            None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."),
        };
        Self::at(root.canonicalize().unwrap_or(root))
    }

    /// The checkout in this folder.
    pub fn at(root: PathBuf) -> Self {
        Self { root, cuda: false }
    }

    /// The same checkout, its pages compiled with these features.
    pub fn with_features(self, features: &[Feature]) -> Self {
        let cuda = features.contains(&Feature::Cuda);
        Self { cuda, ..self }
    }

    /// Whether pages are compiled for an NVIDIA GPU.
    pub fn cuda(&self) -> bool {
        self.cuda
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The conda environment file: the only list of the Python pins.
    pub fn environment_yml(&self) -> PathBuf {
        self.root.join("environment.yml")
    }

    /// What `cargo lab book` adds to it.
    pub fn environment_book_yml(&self) -> PathBuf {
        self.root.join("environment-book.yml")
    }

    pub fn notebooks(&self) -> PathBuf {
        self.root.join("notebooks")
    }

    pub fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    /// Python, unless the learner's own environment is used.
    pub fn venv(&self) -> PathBuf {
        self.root.join(".venv")
    }

    /// Everything else that set-up makes.
    pub fn lab(&self) -> PathBuf {
        self.root.join(".lab")
    }

    /// Held while something is set up or removed.
    pub fn lock(&self) -> PathBuf {
        self.lab().join("lock")
    }

    /// The kernel program, copied here when its build is finished.
    pub fn kernel(&self) -> PathBuf {
        self.lab().join("bin/lab-kernel")
    }

    /// The prebuilt build directory that each kernel clones. With CUDA it is another one, so that nobody waits to go
    /// back.
    pub fn template(&self) -> PathBuf {
        let name = if self.cuda { "template-cuda" } else { "template" };
        self.lab().join("kernels").join(name)
    }

    /// evcxr's own configuration for kernels with CUDA; the others use the learner's.
    pub fn evcxr_config(&self) -> Option<PathBuf> {
        self.cuda.then(|| self.lab().join("evcxr-cuda"))
    }

    /// cargo's registry as kernels see it: a link to that of the user, or what came in an archive.
    pub fn registry(&self) -> PathBuf {
        self.lab().join("kernels/cargo-home/registry")
    }

    /// What came in an archive (see `pack`), beside the kernel program and the registry; in a checkout there is none.
    pub fn packed(&self) -> PathBuf {
        self.lab().join("packed")
    }

    /// One path a line: the folders outside the checkout that hold our kernel description.
    pub fn kernelspec_list(&self) -> PathBuf {
        self.lab().join("kernelspecs")
    }

    /// What the child program of this name printed when it ran last.
    pub fn log(&self, name: &str) -> PathBuf {
        self.lab().join("log").join(format!("{name}.log"))
    }
}
