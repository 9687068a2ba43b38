fn shifted(words: Vec<usize>, bos: usize, eos: usize) -> Result<(Vec<usize>, Vec<usize>)> {
    let mut before = vec![bos]; // what the decoder reads
    before.extend(&words);
    let mut after = words; // what it must say
    after.push(eos);
    Ok((before, after))
}
