fn final_states(output: Vec<Vec<f64>>) -> Result<Vec<f64>> {
    let half = output[0].len() / 2; // H
    let (first, last) = (&output[0], &output[output.len() - 1]);
    Ok([&last[..half], &first[half..]].concat())
}
