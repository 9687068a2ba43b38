fn image_rows(pixels: Vec<f64>, width: usize) -> Result<Vec<Vec<f64>>> {
    Ok(pixels.chunks(width).map(<[f64]>::to_vec).collect()) // `width` pixels are a row
}
