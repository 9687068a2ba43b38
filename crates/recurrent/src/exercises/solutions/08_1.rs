fn count_pairs(ids: Vec<usize>, size: usize) -> Result<Vec<Vec<usize>>> {
    let mut counts = vec![vec![0; size]; size];
    for pair in ids.windows(2) {
        counts[pair[0]][pair[1]] += 1; // this letter, and the one after it
    }
    Ok(counts)
}
