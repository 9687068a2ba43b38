fn shifted(words: Vec<usize>, start: usize, end: usize) -> Result<(Vec<usize>, Vec<usize>)> {
    let mut before = vec![start]; // what the decoder reads
    before.extend(&words);
    let mut after = words; // what it must say
    after.push(end);
    Ok((before, after))
}
