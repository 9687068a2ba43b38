fn distance(supporting: Vec<usize>, sentences: usize) -> Result<usize> {
    let first = supporting.iter().copied().min().unwrap_or(0);
    Ok(sentences - 1 - first)
}
