//! Compiles the kernels to PTX. Not at run time: a mistake in a kernel shows when it is built, a program needs no
//! compiler beside it, and the driver keeps what it makes of PTX from one start to the next.

fn main() -> cudaforge::Result<()> {
    println!("cargo::rerun-if-changed=src");
    cudaforge::KernelBuilder::new()
        .source_dir("src")
        .watch(["src"]) // most of a kernel stands in headers
        .arg("-std=c++17")
        .arg("-O3")
        .build_ptx()?;
    Ok(())
}
