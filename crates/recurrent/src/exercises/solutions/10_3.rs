fn grid_parameters(hidden: usize, _depth: usize) -> Result<usize> {
    let embedding = 10 * 2 * hidden; // h2 and m2 of each of the ten ids
    let block = 2 * hidden * 8 * hidden + 8 * hidden; // one for all layers, so the depth does not count
    let linear = hidden * 9 + 9;
    Ok(embedding + block + linear)
}
