fn combine(first: Vec<f64>, second: Vec<f64>) -> Result<Vec<f64>> {
    // second[0] * (first[0] * h + first[1]) + second[1]
    Ok(vec![second[0] * first[0], second[0] * first[1] + second[1]])
}
