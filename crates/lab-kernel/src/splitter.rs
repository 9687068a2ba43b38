//! Cuts what a cell writes into text, displays and the words that evcxr's generated code says.
//!
//! All of it comes through one pipe, as any bytes in pieces of any size. A word is found wherever it stands in a line,
//! as text without a line's end may stand before it.

/// What evcxr's generated code says of a cell, for evcxr itself.
const PANIC: &str = "EVCXR_PANIC_NOTIFICATION";
const USER_ERROR: &str = "EVCXR_ERROR_OCCURRED";
const CHANGED_TYPE: &str = "EVCXR_VARIABLE_CHANGED_TYPE:";
const BEGIN: &str = "EVCXR_BEGIN_CONTENT ";
const END: &str = "EVCXR_END_CONTENT";
const INPUT: &str = "EVCXR_INPUT_REQUEST:";
const PASSWORD: &str = "EVCXR_INPUT_REQUEST_PASSWORD:";

/// One piece of what a cell wrote.
#[derive(Debug, PartialEq)]
pub enum Piece {
    /// Plain text.
    Text(String),
    /// A value to show, of a mime type.
    Content(String, String),
    /// One line of JSON from the lesson's crates: a figure that moves.
    Live(String),
    /// The cell asks for a line of input, with a prompt; whether it is a password.
    Input(String, bool),
    /// A line for evcxr: a panic, an error through `?`, or a variable whose type has changed.
    Notice(String),
    /// The end of the cell's output.
    End,
}

/// Cuts one pipe.
pub struct Splitter {
    mark: String,
    waiting: Vec<u8>,
}

impl Splitter {
    /// `mark` stands before what nobody but the lesson's crates and the process that runs the cells may say.
    pub fn new(mark: &str) -> Self {
        Self { mark: format!("{mark} "), waiting: Vec::new() }
    }

    /// Takes bytes, gives the pieces that are whole.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Piece> {
        self.waiting.extend_from_slice(bytes);
        let (mut pieces, mut taken) = (Vec::new(), 0);
        while let Some(more) = self.next(&self.waiting[taken..], &mut pieces) {
            taken += more;
        }
        self.waiting.drain(..taken);
        pieces
    }

    /// What is left when nothing more will come: text, even if it could have become a word.
    pub fn rest(&mut self) -> Option<Piece> {
        let text = String::from_utf8_lossy(&std::mem::take(&mut self.waiting)).into_owned();
        (!text.is_empty()).then_some(Piece::Text(text))
    }

    fn words(&self) -> [&str; 7] {
        [&self.mark, BEGIN, PANIC, USER_ERROR, CHANGED_TYPE, INPUT, PASSWORD]
    }

    /// Adds the next pieces, says how many bytes they were; none if more bytes are needed.
    fn next(&self, bytes: &[u8], pieces: &mut Vec<Piece>) -> Option<usize> {
        let found = self.words().into_iter().filter_map(|word| Some((find(bytes, word)?, word))).min();
        let Some((start, word)) = found else {
            let text = bytes.len() - self.unfinished(bytes);
            add_text(pieces, &bytes[..text]);
            return (text > 0).then_some(text);
        };
        if start > 0 {
            add_text(pieces, &bytes[..start]);
            return Some(start);
        }
        if word == self.mark {
            let end = find(bytes, "\n")?;
            let line = String::from_utf8_lossy(&bytes[word.len()..end]).into_owned();
            pieces.push(if line == "end" { Piece::End } else { Piece::Live(line) });
            return Some(end + 1);
        }
        let (line_end, mut taken) = self.end_of(bytes, "\n")?;
        let line = String::from_utf8_lossy(&bytes[..line_end]).into_owned();
        let after = line.get(word.len()..).unwrap_or_default();
        pieces.push(match word {
            BEGIN => {
                let body = &bytes[taken..];
                // A panic in the middle of a value: the word stays for the next round.
                let (end, length) = match (self.end_of(body, END), find(body, PANIC)) {
                    (whole, Some(panic)) if whole.is_none_or(|(end, _)| panic < end) => (panic, 0),
                    (Some((end, all)), _) if all == end => (end, 0),
                    (Some((end, _)), _) => (end, find(&body[end..], "\n")? + 1),
                    (None, _) => return None,
                };
                let content = String::from_utf8_lossy(&body[..end]);
                let content = content.strip_suffix('\n').unwrap_or(&content).to_owned();
                taken += end + length;
                Piece::Content(after.trim().to_owned(), content)
            }
            INPUT => Piece::Input(after.to_owned(), false),
            PASSWORD => Piece::Input(after.to_owned(), true),
            _ => Piece::Notice(line),
        });
        Some(taken)
    }

    /// Where what ends with a word ends, and how many bytes it is with that word. The end of the cell ends it as well, and
    /// is left for the next round.
    fn end_of(&self, bytes: &[u8], word: &str) -> Option<(usize, usize)> {
        let whole = find(bytes, word).map(|end| (end, end + word.len()));
        let cut = find(bytes, &format!("{}end\n", self.mark)).map(|end| (end, end));
        whole.into_iter().chain(cut).min()
    }

    /// How many bytes at the end could be the beginning of a word, or of a character.
    fn unfinished(&self, bytes: &[u8]) -> usize {
        let longest = self.words().iter().map(|word| word.len()).max().unwrap_or(0);
        let start = bytes.len().saturating_sub(longest);
        let word = (start..bytes.len())
            .find(|&at| self.words().iter().any(|word| word.as_bytes().starts_with(&bytes[at..])))
            .map_or(0, |at| bytes.len() - at);
        word.max(cut_character(bytes))
    }
}

/// How many bytes at the end are the beginning of a character that has more.
fn cut_character(bytes: &[u8]) -> usize {
    for length in 1..=bytes.len().min(3) {
        let byte = bytes[bytes.len() - length];
        if byte & 0b1100_0000 == 0b1000_0000 {
            continue; // in the middle of one
        }
        let whole = byte.leading_ones().max(1) as usize;
        return if (2..=4).contains(&whole) && length < whole { length } else { 0 };
    }
    0
}

fn add_text(pieces: &mut Vec<Piece>, bytes: &[u8]) {
    if !bytes.is_empty() {
        pieces.push(Piece::Text(String::from_utf8_lossy(bytes).into_owned()));
    }
}

fn find(bytes: &[u8], word: &str) -> Option<usize> {
    memchr::memmem::find(bytes, word.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Piece {
        Piece::Text(text.to_owned())
    }

    /// The same pieces, texts that follow each other joined, however the bytes are cut.
    fn pieces(bytes: &[u8]) -> Vec<Piece> {
        let in_pieces_of = |size: usize| {
            let mut splitter = Splitter::new("m4rk");
            let mut all: Vec<Piece> = bytes.chunks(size).flat_map(|chunk| splitter.push(chunk)).collect();
            all.extend(splitter.rest());
            let mut joined: Vec<Piece> = Vec::new();
            for piece in all {
                match (joined.last_mut(), piece) {
                    (Some(Piece::Text(before)), Piece::Text(more)) => before.push_str(&more),
                    (_, piece) => joined.push(piece),
                }
            }
            joined
        };
        let whole = in_pieces_of(bytes.len().max(1));
        for size in 1..20 {
            assert_eq!(in_pieces_of(size), whole, "in pieces of {size} bytes");
        }
        whole
    }

    #[test]
    fn text_is_passed_on_at_once() {
        let mut splitter = Splitter::new("m4rk");
        assert_eq!(splitter.push(b"loss: "), [text("loss: ")]);
        assert_eq!(splitter.push(b"0.5 EV"), [text("0.5 ")]);
        assert_eq!(splitter.push(b"ER\n"), [text("EVER\n")]);
    }

    #[test]
    fn values_stand_in_order_with_text() {
        let cell = "a\nb: EVCXR_BEGIN_CONTENT text/html\n<p>\n\nx</p>\nEVCXR_END_CONTENT\nc";
        let content = Piece::Content("text/html".to_owned(), "<p>\n\nx</p>".to_owned());
        assert_eq!(pieces(cell.as_bytes()), [text("a\nb: "), content, text("c")]);
    }

    #[test]
    fn words_for_evcxr_are_found_after_text_without_a_line_end() {
        let cell = "xEVCXR_ERROR_OCCURRED\nEVCXR_VARIABLE_CHANGED_TYPE:a\nEVCXR_PANIC_NOTIFICATION\n";
        let notice = |line: &str| Piece::Notice(line.to_owned());
        let expected = [
            text("x"),
            notice("EVCXR_ERROR_OCCURRED"),
            notice("EVCXR_VARIABLE_CHANGED_TYPE:a"),
            notice("EVCXR_PANIC_NOTIFICATION"),
        ];
        assert_eq!(pieces(cell.as_bytes()), expected);
    }

    #[test]
    fn a_panic_inside_a_value_is_not_part_of_it() {
        let cell = "EVCXR_BEGIN_CONTENT text/plain\nhalf\nEVCXR_PANIC_NOTIFICATION\n";
        let content = Piece::Content("text/plain".to_owned(), "half".to_owned());
        assert_eq!(pieces(cell.as_bytes()), [content, Piece::Notice("EVCXR_PANIC_NOTIFICATION".to_owned())]);
    }

    #[test]
    fn a_marked_line_is_taken_out() {
        let live = Piece::Live("{\"live\":\"loss\"}".to_owned());
        assert_eq!(pieces(b"a m4rk {\"live\":\"loss\"}\nm4rk end\n"), [text("a "), live, Piece::End]);
        assert_eq!(pieces(b"m4r end\n"), [text("m4r end\n")]);
    }

    #[test]
    fn the_end_of_the_cell_ends_what_was_begun() {
        let content = Piece::Content("text/html".to_owned(), "half".to_owned());
        assert_eq!(pieces(b"EVCXR_BEGIN_CONTENT text/html\nhalfm4rk end\n"), [content, Piece::End]);
        let asked = Piece::Input("name? ".to_owned(), false);
        assert_eq!(pieces(b"EVCXR_INPUT_REQUEST:name? m4rk end\n"), [asked, Piece::End]);
    }

    #[test]
    fn much_is_cut_in_time_that_grows_with_it() {
        let body = "<b>x</b>\n".repeat(1_000_000);
        let cell = format!("EVCXR_BEGIN_CONTENT text/html\n{body}EVCXR_END_CONTENT\n");
        let mut splitter = Splitter::new("m4rk");
        let all: Vec<Piece> = cell.as_bytes().chunks(1 << 16).flat_map(|chunk| splitter.push(chunk)).collect();
        assert_eq!(all, [Piece::Content("text/html".to_owned(), body.trim_end().to_owned())]);
    }

    #[test]
    fn input_is_asked_for_with_its_prompt() {
        let cell = b"EVCXR_INPUT_REQUEST:name: \nEVCXR_INPUT_REQUEST_PASSWORD:key\n";
        assert_eq!(pieces(cell), [Piece::Input("name: ".to_owned(), false), Piece::Input("key".to_owned(), true)]);
    }

    #[test]
    fn any_bytes_are_text() {
        assert_eq!(pieces(b"a\xff\xfeb\n"), [text("a\u{fffd}\u{fffd}b\n")]);
        assert_eq!(pieces("ünï 漢字".as_bytes()), [text("ünï 漢字")]);
        assert_eq!(pieces(b"\xe6\xbc"), [text("\u{fffd}")]);
        // One wrong byte does not spoil a character that comes in two parts.
        assert_eq!(pieces(b"\xff \xe6\xbc\xa2"), [text("\u{fffd} \u{6f22}")]);
    }
}
