fn witten_bell(counts: Vec<Vec<f64>>, size: usize) -> Result<f64> {
    let mut p = 1.0 / size as f64; // all letters are equally likely
    for row in counts {
        let (count, total, kinds) = (row[0], row[1], row[2]);
        p = (count + kinds * p) / (total + kinds); // p on the right is that of the shorter context
    }
    Ok(p)
}
