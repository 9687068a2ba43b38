fn copy_task(symbols: Vec<usize>) -> Result<(Vec<usize>, Vec<usize>)> {
    let nothing = vec![0; symbols.len()];
    let reads = [symbols.clone(), vec![9], nothing.clone()].concat();
    let writes = [nothing, vec![0], symbols].concat(); // the answer begins one step after the sign
    Ok((reads, writes))
}
