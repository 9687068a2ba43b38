fn soft_attention(e: Vec<f64>, a: Vec<Vec<f64>>, lambda: f64) -> Result<(Vec<f64>, Vec<f64>)> {
    let exp: Vec<f64> = e.iter().map(|e| (lambda * e).exp()).collect();
    let sum: f64 = exp.iter().sum();
    let alpha: Vec<f64> = exp.iter().map(|exp| exp / sum).collect();
    let mut z = vec![0.0; a[0].len()];
    for (weight, region) in alpha.iter().zip(&a) {
        for (z, number) in z.iter_mut().zip(region) {
            *z += weight * number;
        }
    }
    Ok((alpha, z))
}
