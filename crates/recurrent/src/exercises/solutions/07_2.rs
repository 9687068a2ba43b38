fn gradient_of_u(v: Vec<f64>, u: Vec<Vec<f64>>) -> Result<Vec<Vec<f64>>> {
    let mut gradient: Vec<Vec<f64>> = Vec::new();
    for (row, u) in u.iter().enumerate() {
        let score: f64 = u.iter().zip(&v).map(|(u, v)| u * v).sum();
        let y = if row == 0 { 1.0 } else { 0.0 }; // row 0 is the neighbour
        let error = 1.0 / (1.0 + (-score).exp()) - y;
        gradient.push(v.iter().map(|v| error * v).collect());
    }
    Ok(gradient)
}
