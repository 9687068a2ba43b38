fn backward_order(ids: Vec<usize>, length: usize) -> Result<Vec<usize>> {
    let mut order = ids;
    order[..length].reverse(); // the words; the pads stay behind them
    Ok(order)
}
