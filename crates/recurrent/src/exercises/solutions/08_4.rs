fn reach_of_gradient(count: usize, length: usize) -> Result<Vec<usize>> {
    Ok((0..count).map(|place| place % length + 1).collect()) // back to the beginning of its piece
}
