//! What happens to files that are not as they should be. The table in `BAD_INPUT.md` is what these cases answer:
//! `RECURRENT_WRITE=1 cargo test -p recurrent-data --features parquet --test data bad_input::` writes it anew.

use recurrent_data::{
    AgNews, Batches, Dataset, PretrainedEmbeddings, Table, TableConfig, TextVectorizer, VectorizerConfig, Vocabulary,
};
use std::fmt::{Display, Write};
use std::fs;
use std::path::{Path, PathBuf};

struct Cases {
    folder: PathBuf,
    table: String,
}

impl Cases {
    fn section(&mut self, name: &str) {
        write!(self.table, "\n## {name}\n\n| case | what happens |\n| --- | --- |\n").unwrap();
    }

    /// Writes `bytes` as `name` and notes what `read` says.
    fn file<T>(
        &mut self,
        case: &str,
        name: &str,
        bytes: impl AsRef<[u8]>,
        read: impl Fn(&Path) -> recurrent_data::Result<T>,
        show: impl Fn(T) -> String,
    ) {
        let path = self.folder.join(name);
        fs::write(&path, bytes).unwrap();
        self.note(case, read(&path), show);
        fs::remove_file(&path).unwrap();
    }

    fn note<T, E: Display>(&mut self, case: &str, result: Result<T, E>, show: impl Fn(T) -> String) {
        let answer = match result {
            Ok(value) => show(value),
            Err(error) => format!("error: {error}"),
        };
        let answer = answer
            .replace(&format!("{}/", self.folder.display()), "")
            .replace(&*self.folder.to_string_lossy(), "folder")
            .replace('|', "\\|")
            .replace('\0', "\\0");
        writeln!(self.table, "| {case} | {answer} |").unwrap();
    }
}

/// Rows and classes of a dataset, its first text.
fn shown(dataset: Dataset) -> String {
    let column = dataset.describe().unwrap().columns.remove(0).column;
    let text: String = dataset.text(&[&column]).unwrap()[0].chars().take(30).collect();
    format!("{} rows, classes {:?}, first text {text:?}", dataset.len(), dataset.class_names())
}

fn table(path: &Path) -> recurrent_data::Result<Dataset> {
    Table::load(path, TableConfig { label: Some("label".into()), ..Default::default() })
}

#[test]
fn every_case_is_answered_as_the_table_says() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("recurrent-bad-input-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let mut cases = Cases { folder: folder.clone(), table: String::new() };
    tables(&mut cases);
    news(&mut cases);
    texts(&mut cases);
    vectors(&mut cases);
    tokenizers(&mut cases);
    datasets(&mut cases);
    fs::remove_dir_all(&folder).unwrap();

    let page = format!(
        "# Bad input, and what happens\n\n\
         Written by `RECURRENT_WRITE=1 cargo test -p recurrent-data --features parquet --test data bad_input::`; \
         the same test compares it with what happens.\n\
         Nothing panics, no row is left out.\n{}",
        cases.table
    );
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/BAD_INPUT.md");
    if std::env::var_os("RECURRENT_WRITE").is_some() {
        fs::write(path, &page).unwrap();
    }
    let written = fs::read_to_string(path).unwrap();
    let sections =
        |page: &str| page.split("\n## ").map(String::from).filter(|section| tried_here(section)).collect::<Vec<_>>();
    for (now, then) in sections(&page).iter().zip(sections(&written)) {
        assert_eq!(now.trim(), then.trim());
    }
    assert_eq!(sections(&page).len(), sections(&written).len());
}

/// The page has a section about Parquet, which only a build with that feature can try.
fn tried_here(section: &str) -> bool {
    cfg!(feature = "parquet") || !section.contains("(feature `parquet`)")
}

fn tables(cases: &mut Cases) {
    cases.section("`Table::load`: a CSV file with columns text, label");
    cases.note("no such file", table(&cases.folder.join("none.csv")), shown);
    cases.note("a folder", table(&cases.folder), shown);
    for (case, bytes) in [
        ("an empty file", &b""[..]),
        ("a header only", b"text,label\n"),
        ("no such column", b"text,klass\na,1\nb,2\n"),
        ("no header", b"a,1\nb,2\n"),
        ("a column twice", b"text,label,text\na,1,b\n"),
        ("separated by semicolons", b"text;label\na, b;1\nc;2\n"),
        ("separated by colons, which is not tried", b"text:label\na:1\nb:2\n"),
        ("a field too many", b"text,label\na,1\nb,c,2\n"),
        ("a field missing", b"text,label\na,1\nb\n"),
        ("a quote never closed", b"text,label\n\"a,1\nb,2\nc,1\n"),
        ("a quote never closed, in the last column", b"text,label\na,\"1\nb,2\nc,1\n"),
        ("a quote never closed, in the last row", b"text,label\na,1\n\"b,2"),
        ("a quote inside the last field without quotes, then blank lines", b"label,text\n1,a\n2,5\" disk\n\n\n"),
        ("a field too many, and a quote inside a later field", b"text,label\na,b,1\n5\" disk,2\n"),
        ("a quote inside a field without quotes", b"text,label\na 5\" disk,1\nb,2\n"),
        ("a NUL byte", b"text,label\na\0b,1\nc,2\n"),
        ("Latin-1 bytes", b"text,label\ncaf\xe9,1\nb,2\n"),
        ("UTF-16 bytes", b"\xff\xfet\0e\0x\0t\0,\0l\0a\0b\0e\0l\0\n\0"),
        ("a byte order mark", b"\xef\xbb\xbftext,label\na,1\nb,2\n"),
        ("lines that end with CR LF", b"text,label\r\na,1\r\nb,2\r\n"),
        (
            "lines that end with CR LF, blank ones, then a row without a class",
            b"text,label\r\n\r\na,1\r\n\r\n\r\nb,\r\n",
        ),
        ("a line end in quotes", b"text,label\n\"a\nb\",1\nc,2\n"),
        ("blank lines", b"text,label\n\na,1\n\n\nb,2\n"),
        ("no class in a row", b"text,label\na,1\nb,\n"),
        ("one class only", b"text,label\na,1\nb,1\n"),
        ("classes that are words", b"text,label\na,rain\nb,sun\nc,rain\n"),
        ("classes that are numbers", b"text,label\na,10\nb,9\nc,-1\n"),
        ("one number written in several ways", b"text,label\na,01\nb,1\nc,+1\nd,2\n"),
        ("classes that are decimal numbers", b"text,label\na,10.5\nb,9.5\nc,9.50\nd,10\n"),
        ("an empty text", b"text,label\n,1\nb,2\n"),
        ("backslashes", b"text,label\n\"a\\nb \\\"\"quoted\\\"\"\",1\nb,2\n"),
        ("emoji and combining marks", "text,label\n👩‍👧 e\u{301},1\nb,2\n".as_bytes()),
    ] {
        cases.file(case, "table.csv", bytes, table, shown);
    }
    let long = ["text,label\n".to_string(), "a".repeat(50 << 20), ",1\nb,2\n".into()].concat();
    cases.file("a line of 50 MB", "table.csv", long, table, shown);
    let million = ["text,label\n".to_string(), "word ".repeat(1_000_000), ",1\nb,2\n".into()].concat();
    cases.file("a text of a million tokens", "table.csv", million, table, shown);
    cases.file(
        "no label column named, none to guess",
        "table.csv",
        "a,b\nx,y\nz,w\n",
        |path| Table::load(path, TableConfig::default()),
        shown,
    );
    cases.file("a tab-separated file", "table.tsv", "text\tlabel\na, b\t1\nc\t2\n", table, shown);
    cases.file(
        "a quote as the separator",
        "table.csv",
        "text,label\na,1\nb,2\n",
        |path| {
            let separator = Some(b'"');
            Table::load(path, TableConfig { separator, ..Default::default() })
        },
        shown,
    );
    no_permission(cases, "table.csv");

    cases.section("`Table::load`: JSON lines with fields text, label");
    for (case, bytes) in [
        ("as it should be", &b"{\"text\": \"a\", \"label\": 1}\n{\"text\": \"b\", \"label\": \"2\"}\n"[..]),
        ("an empty file", b""),
        ("not JSON", b"{\"text\": \"a\", \"label\": 1}\n{text: b}\n"),
        ("a list, not an object", b"[1, 2]\n"),
        ("another field", b"{\"text\": \"a\", \"label\": 1}\n{\"text\": \"b\", \"topic\": 1}\n"),
        ("a list as a field", b"{\"text\": [\"a\"], \"label\": 1}\n"),
        ("null as a text", b"{\"text\": null, \"label\": 1}\n{\"text\": \"b\", \"label\": 2}\n"),
        ("Latin-1 bytes", b"{\"text\": \"caf\xe9\", \"label\": 1}\n"),
        ("UTF-16 bytes", b"\xff\xfe{\0\"\0t\0\"\0:\x001\0}\0\n\0"),
        ("a byte order mark", b"\xef\xbb\xbf{\"text\": \"a\", \"label\": 1}\n{\"text\": \"b\", \"label\": 2}\n"),
        (
            "a byte order mark in a later line",
            b"{\"text\": \"a\", \"label\": 1}\n\xef\xbb\xbf{\"text\": \"b\", \"label\": 2}\n",
        ),
        ("a field twice", b"{\"text\": \"a\", \"label\": 1, \"text\": \"b\"}\n"),
        ("a NUL", b"{\"text\": \"a\\u0000b\", \"label\": 1}\n"),
    ] {
        cases.file(case, "table.jsonl", bytes, table, shown);
    }
    let object = "{\"text\": \"a\", \"label\": 1}\n{\"text\": \"b\", \"label\": 2}\n";
    cases.file("called .json", "table.json", object, table, shown);
    cases.file("called .json, one list", "table.json", "[]\n", table, shown);
    missing(cases, "table.jsonl");

    #[cfg(feature = "parquet")]
    {
        cases.section("`Table::load`: Parquet with columns text, label (feature `parquet`)");
        let whole = parquet_file(PARQUET_SCHEMA);
        cases.file("as it should be", "table.parquet", &whole, table, shown);
        let schema = "message table { REQUIRED BYTE_ARRAY text; REQUIRED INT32 label; }";
        cases.file("bytes that are not marked as text", "table.parquet", parquet_file(schema), table, shown);
        let schema = "message table { REQUIRED BYTE_ARRAY label (UTF8); REQUIRED INT32 label; }";
        cases.file("a column twice", "table.parquet", parquet_file(schema), table, shown);
        cases.file("an empty file", "table.parquet", b"", table, shown);
        cases.file("cut off", "table.parquet", &whole[..whole.len() / 2], table, shown);
        cases.file("not Parquet", "table.parquet", b"text,label\na,1\n", table, shown);
    }
}

/// A file that is not there, a folder, and a file that may not be read.
fn missing(cases: &mut Cases, name: &str) {
    cases.note("no such file", read(&cases.folder.join(format!("none-{name}"))), |()| String::new());
    let folder = cases.folder.join(name);
    fs::create_dir(&folder).unwrap();
    cases.note("a folder", read(&folder), |()| String::new());
    fs::remove_dir(&folder).unwrap();
    no_permission(cases, name);
}

/// Reads a file as what its name's end says.
fn read(path: &Path) -> recurrent_data::Result<()> {
    let words = || Vocabulary::new(["cat".to_string(), "dog".to_string()]);
    match path.to_str().unwrap() {
        name if name.ends_with("tokenizer.json") => TextVectorizer::load(path).map(drop),
        name if name.ends_with("vocabulary.txt") => Vocabulary::load_text(path).map(drop),
        name if name.ends_with("vectors.txt") => PretrainedEmbeddings::read_text(path, &words()?, 1).map(drop),
        _ => table(path).map(drop),
    }
}

/// Root may read every file. As root this program starts itself again without that right, where Linux's `setpriv` is
/// there; elsewhere the case is not tried, and the test says so.
fn no_permission(cases: &mut Cases, name: &str) {
    use std::os::unix::fs::PermissionsExt;
    let path = cases.folder.join(name);
    fs::write(&path, "text,label\na,1\nb,2\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::File::open(&path).is_err() {
        cases.note("no permission", read(&path), |()| String::new());
    } else if let Some(answer) = answer_without_rights(&path) {
        cases.note("no permission", Err::<(), _>(answer), |()| String::new());
    } else {
        eprintln!("not tried, as this user may read every file and setpriv is not there: no permission");
        let whole = ["tokenizer.json", "vocabulary.txt"].contains(&name);
        let doing = if whole { "read" } else { "open" };
        cases.table +=
            &format!("| no permission | error: {name}: cannot {doing} it: Permission denied (os error 13) |\n");
    }
    fs::remove_file(&path).unwrap();
}

const WITHOUT_RIGHTS: &str = "RECURRENT_FILE_WITHOUT_PERMISSION";

fn answer_without_rights(path: &Path) -> Option<String> {
    let output = std::process::Command::new("setpriv")
        .args(["--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "bad_input::child_without_rights", "--ignored", "--nocapture"])
        .env(WITHOUT_RIGHTS, path)
        .output()
        .ok()?;
    let said = String::from_utf8(output.stdout).unwrap();
    let answer = said.lines().find_map(|line| line.strip_prefix("answer: "));
    Some(answer.unwrap_or_else(|| panic!("{said}")).to_string())
}

#[test]
#[ignore = "the child process of the other test"]
fn child_without_rights() {
    if let Some(path) = std::env::var_os(WITHOUT_RIGHTS) {
        println!("\nanswer: {}", read(Path::new(&path)).unwrap_err());
    }
}

#[cfg(feature = "parquet")]
const PARQUET_SCHEMA: &str = "message table { REQUIRED BYTE_ARRAY text (UTF8); REQUIRED INT32 label; }";

#[cfg(feature = "parquet")]
fn parquet_file(schema: &str) -> Vec<u8> {
    use parquet::data_type::{ByteArrayType, Int32Type};
    use parquet::file::writer::SerializedFileWriter;
    let schema = parquet::schema::parser::parse_message_type(schema).unwrap();
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema.into(), Default::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<ByteArrayType>().write_batch(&["a".into(), "b".into()], None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<Int32Type>().write_batch(&[1, 2], None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

#[cfg(feature = "parquet")]
#[test]
fn a_parquet_file_cut_or_changed_anywhere_is_read_or_refused() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("recurrent-changed-{}.parquet", std::process::id()));
    let whole = parquet_file(PARQUET_SCHEMA);
    for end in 0..whole.len() {
        fs::write(&path, &whole[..end]).unwrap();
        let error = table(&path).unwrap_err().to_string();
        assert!(error.contains("expected a whole Parquet file"), "{end}: {error}");
    }
    let mut refused = 0;
    for place in 0..whole.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut changed = whole.clone();
            changed[place] ^= change;
            fs::write(&path, &changed).unwrap();
            refused += usize::from(table(&path).is_err());
        }
    }
    println!("{refused} of {} changes are refused", 3 * whole.len());
    assert!(refused > 0);
    fs::remove_file(&path).unwrap();
}

fn news(cases: &mut Cases) {
    cases.section("`AgNews`: rows class, title, description without a header");
    for (case, train) in [
        ("a class out of range", "\"1\",\"a\",\"b\"\n\"5\",\"c\",\"d\"\n"),
        ("a class that is no number", "\"Sports\",\"a\",\"b\"\n"),
        ("a header", "Class Index,Title,Description\n\"1\",\"a\",\"b\"\n"),
        ("two columns", "\"1\",\"a\"\n"),
        ("an empty file", ""),
        ("backslashes, as AG News has them", "\"1\",\"a\\$5 \\\",\"b\"\n"),
    ] {
        let folder = cases.folder.join("ag_news");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("train.csv"), train).unwrap();
        fs::write(folder.join("test.csv"), "\"1\",\"a\",\"b\"\n").unwrap();
        let show = |news: recurrent_data::News| {
            format!("{} rows, first title {:?}", news.train.len(), news.train.text(&["title"]).unwrap()[0])
        };
        cases.note(case, AgNews::read(&folder), show);
        fs::remove_file(folder.join("test.csv")).unwrap();
        if case == "an empty file" {
            fs::write(folder.join("train.csv"), "\"1\",\"a\",\"b\"\n").unwrap();
            cases.note("test.csv is not there", AgNews::read(&folder), show);
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}

fn texts(cases: &mut Cases) {
    cases.section("Texts and ids");
    let vectorizer = TextVectorizer::adapt(&["a b"], VectorizerConfig::default()).unwrap();
    cases.note("no texts to adapt to", TextVectorizer::adapt::<&str>(&[], VectorizerConfig::default()), |_| {
        String::new()
    });
    cases.note(
        "max_tokens: Some(2)",
        TextVectorizer::adapt(&["a"], VectorizerConfig { max_tokens: Some(2), ..Default::default() }),
        |_| String::new(),
    );
    cases.note("an empty text", Ok::<_, String>(vectorizer.encode("")), |ids| format!("{ids:?}"));
    cases.note("only punctuation", Ok::<_, String>(vectorizer.encode("?! ...")), |ids| format!("{ids:?}"));
    cases.note("emoji and combining marks", Ok::<_, String>(vectorizer.encode("👩‍👧 e\u{301} a")), |ids| {
        format!("{ids:?}")
    });
    cases.note("a text of a million tokens", Ok::<_, String>(vectorizer.encode(&"b a ".repeat(500_000))), |ids| {
        format!("{} ids, the last {}", ids.len(), ids[ids.len() - 1])
    });
    cases.note(
        "an empty sequence in a batch",
        Batches::new(vec![vec![], vec![2, 3]], vec![0, 1], Default::default()),
        |batches| {
            format!("{:?}; `empty_sequences()` is {}", batches.epoch(0).next().unwrap().ids, batches.empty_sequences())
        },
    );
    cases.note("labels missing in a batch", Batches::new(vec![vec![2], vec![3]], vec![0], Default::default()), |_| {
        String::new()
    });
}

fn vectors(cases: &mut Cases) {
    cases.section("`PretrainedEmbeddings::read_text`: GloVe, word2vec and fastText text, vocabulary cat, dog");
    let vocabulary = Vocabulary::new(["cat".to_string(), "dog".to_string()]).unwrap();
    let vectors = |path: &Path| PretrainedEmbeddings::read_text(path, &vocabulary, 1);
    let show = |embeddings: PretrainedEmbeddings| embeddings.to_string();
    for (case, bytes) in [
        ("GloVe", &b"cat 0.1 0.2\nthe 0.3 0.4\n"[..]),
        ("word2vec", b"2 2\ncat 0.1 0.2\ndog 0.3 0.4\n"),
        ("fastText, with a space at the end of each line", b"3 2\n</s> 0.1 0.2 \ncat 0.1 0.2 \ndog -3e-2 0.4 \n"),
        ("lines that end with CR LF", b"2 2\r\ncat 0.1 0.2\r\ndog 0.3 0.4\r\n"),
        ("a word with spaces", b"cat 0.1 0.2\n. . . 0.3 0.4\n"),
        ("an empty file", b""),
        ("an empty line", b"cat 0.1 0.2\n\ndog 0.3 0.4\n"),
        ("a value missing", b"cat 0.1 0.2\ndog 0.3\n"),
        ("a value too many", b"cat 0.1 0.2\ndog 0.3 0.4 0.5\n"),
        ("NaN", b"cat 0.1 NaN\n"),
        ("infinite", b"cat 0.1 0.2\ndog inf 0.4\n"),
        ("no number", b"cat 0.1 0.2\ndog 0.3 x\n"),
        ("a word twice", b"cat 0.1 0.2\ncat 0.3 0.4\n"),
        ("a broken header", b"two 2\ncat 0.1 0.2\n"),
        ("a header with a wild dimension", b"2 99999999\ncat 0.1 0.2\n"),
        ("a header that promises more", b"3 2\ncat 0.1 0.2\ndog 0.3 0.4\n"),
        ("a header with another dimension", b"2 3\ncat 0.1 0.2\ndog 0.3 0.4\n"),
        ("Latin-1 bytes", b"cat 0.1 0.2\ncaf\xe9 0.3 0.4\n"),
        ("UTF-16 bytes", b"\xff\xfec\0a\0t\0 \x001\0 \x002\0\n\0"),
        ("a byte order mark", b"\xef\xbb\xbfcat 0.1 0.2\ndog 0.3 0.4\n"),
        ("a value too many, all of them whole", b"cat 1 2\ndog 1 2 3\n"),
        ("a word with spaces where there is a header", b"2 2\ncat 0.1 0.2\n. . . 0.3 0.4\n"),
        ("a NUL in a word", b"cat 0.1 0.2\nd\0g 0.3 0.4\n"),
        ("a header only", b"0 5\n"),
        ("a header only that promises", b"2 5\n"),
    ] {
        cases.file(case, "vectors.txt", bytes, vectors, show);
    }
    let long = ["cat 0.1 0.2\ndog ".to_string(), "0".repeat(50 << 20)].concat();
    cases.file("a line of 50 MB", "vectors.txt", long, vectors, show);
    missing(cases, "vectors.txt");

    cases.section("`PretrainedEmbeddings::read_word2vec`: word2vec binary, vocabulary cat, dog");
    let binary = |path: &Path| PretrainedEmbeddings::read_word2vec(path, &vocabulary, 1);
    for (case, bytes) in [
        ("as it should be", &b"2 1\ncat \0\0\x80\x3f\nbird \0\0\0\x40\n"[..]),
        ("without line ends", b"2 1\ncat \0\0\x80\x3fbird \0\0\0\x40"),
        ("an empty file", b""),
        ("cut off", b"2 1\ncat \0\0\x80\x3f\ndog \0\0"),
        ("a vector missing", b"2 1\ncat \0\0\x80\x3f\n"),
        ("a vector too many", b"1 1\ncat \0\0\x80\x3f\ndog \0\0\x80\x3f\n"),
        ("NaN", b"1 1\ncat \0\0\xc0\x7f\n"),
        ("a word twice", b"2 1\ncat \0\0\x80\x3fcat \0\0\x80\x3f"),
        ("a broken header", b"GIF89a\x01 \n"),
    ] {
        cases.file(case, "vectors.bin", bytes, binary, |embeddings| {
            format!("{embeddings}; cat {:?}", embeddings.vector("cat"))
        });
    }
}

fn datasets(cases: &mut Cases) {
    use recurrent_data::datasets::{dates, digits, japanese_vowels, sentences, shakespeare, sunspots, temperatures};
    cases.section("`datasets`: digits");
    let pixels = |value: &str| [value; 64].join(",");
    let names: Vec<String> = (0..64).map(|pixel| format!("p{pixel}")).collect();
    let header = format!("digit,{}\n", names.join(","));
    for (case, text) in [
        ("as it should be", format!("{header}7,{}\n", pixels("16"))),
        ("an empty file", String::new()),
        ("a header only", header.clone()),
        ("without a header", format!("7,{}\n", pixels("1"))),
        ("a digit of two figures", format!("{header}10,{}\n", pixels("0"))),
        ("a pixel too dark", format!("{header}1,{}\n\n1,{}\n", pixels("0"), pixels("17"))),
        ("a pixel missing", format!("{header}1,{}\n", ["0"; 63].join(","))),
        ("a pixel that is no number", format!("{header}1,{}\n", pixels("x"))),
    ] {
        cases.file(
            case,
            "digits.csv",
            text,
            |path| digits::read(path),
            |digits| {
                format!(
                    "{} digits, the first a {} with a pixel of {}",
                    digits.len(),
                    digits[0].label,
                    digits[0].pixels[0]
                )
            },
        );
    }
    missing_file(cases, "digits.csv", |path| digits::read(path).map(|digits| digits.len()));

    cases.section("`datasets`: Japanese vowels");
    let header = "recording,speaker,frame,c1,c2,c3,c4,c5,c6,c7,c8,c9,c10,c11,c12\n";
    let twelve = ["0.5"; 12].join(",");
    for (case, rows) in [
        ("as it should be", format!("0,1,0,{twelve}\n0,1,1,{twelve}\n1,9,0,{twelve}\n")),
        ("a speaker too many", format!("0,10,0,{twelve}\n")),
        ("two speakers in one recording", format!("0,1,0,{twelve}\n0,2,1,{twelve}\n")),
        ("a frame missing", format!("0,1,0,{twelve}\n0,1,2,{twelve}\n")),
        ("a recording missing", format!("0,1,0,{twelve}\n2,1,0,{twelve}\n")),
        ("not from the first recording on", format!("1,1,0,{twelve}\n")),
        ("NaN", format!("0,1,0,{}\n", twelve.replacen("0.5", "NaN", 1))),
        ("no row", String::new()),
    ] {
        let text = format!("{header}{rows}");
        cases.file(
            case,
            "train.csv",
            text,
            |path| japanese_vowels::read(path),
            |recordings| {
                let frames: Vec<(u32, usize)> = recordings.iter().map(|one| (one.speaker, one.frames.len())).collect();
                format!("speaker and frames {frames:?}")
            },
        );
    }
    missing_file(cases, "train.csv", |path| japanese_vowels::read(path).map(|recordings| recordings.len()));

    cases.section("`datasets`: sunspots, temperatures");
    for (case, text) in [
        ("as it should be", "month,sunspots\n1749-01,58.0\n1749-02,62.6\n"),
        ("other columns", "month,spots\n1749-01,58.0\n"),
        ("a month twice", "month,sunspots\n1749-01,58.0\n1749-01,62.6\n"),
        ("months in another order", "month,sunspots\n1749-02,58.0\n1749-01,62.6\n"),
        ("a month without a value", "month,sunspots\n1749-01,\n"),
        ("infinite", "month,sunspots\n1749-01,inf\n"),
        ("a comma in a number", "month,sunspots\n1749-01,58,0\n"),
    ] {
        cases.file(case, "sunspots.csv", text, |path| sunspots::read(path), |series| format!("{series:?}"));
    }
    for (case, text) in [
        ("as it should be", "day,highest,lowest\n2012-01-01,12.8,5.0\n"),
        ("a lowest that is no number", "day,highest,lowest\n2012-01-01,12.8,cold\n"),
    ] {
        cases.file(case, "seattle.csv", text, |path| temperatures::read(path), |series| format!("{series:?}"));
    }
    missing_file(cases, "seattle.csv", |path| temperatures::read(path).map(|series| series.values.len()));

    cases.section("`datasets`: sentences, and a text of your own");
    for (case, text) in [
        ("as it should be", "Close.\tSluit.\n"),
        ("an empty file", ""),
        ("no tab", "Close. Sluit.\n"),
        ("a tab too many", "Close.\tSluit.\tx\n"),
        ("an empty sentence", "Close.\tSluit.\nOpen.\t \n"),
    ] {
        cases.file(case, "sentences.tsv", text, |path| sentences::read(path), |pairs| format!("{pairs:?}"));
    }
    for (case, bytes) in [
        ("as it should be", &b"a\r\nb\n"[..]),
        ("a byte order mark", b"\xef\xbb\xbfa"),
        ("an empty file", b" \n"),
        ("Latin-1 bytes", b"a\ncaf\xe9\n"),
        ("UTF-16 bytes", b"\xff\xfea\0"),
    ] {
        cases.file(case, "book.txt", bytes, |path| shakespeare::read(path), |text| format!("{text:?}"));
    }
    missing_file(cases, "book.txt", |path| shakespeare::read(path).map(|text| text.len()));

    cases.section("`datasets`: dates");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/dates");
    let [names, patterns] = ["names.csv", "patterns.csv"].map(|name| fs::read_to_string(shipped.join(name)).unwrap());
    for (case, names, patterns) in [
        ("as they should be", names.clone(), patterns.clone()),
        ("a month without a name", names.replace("nl,month_wide,3,maart\n", ""), patterns.clone()),
        ("a thirteenth month", names.replace("nl,month_wide,3,", "nl,month_wide,13,"), patterns.clone()),
        ("a kind that is not known", names.replace("month_wide,3,", "month_narrow,3,"), patterns.clone()),
        ("a letter that is not known", names.clone(), patterns.replace("dd-MM-y", "dd-MM-y HH")),
        ("a language without names", names.clone(), format!("{patterns}de,long,d. MMMM y\n")),
        ("no pattern", names.clone(), "language,style,pattern\n".into()),
    ] {
        fs::write(cases.folder.join("names.csv"), names).unwrap();
        fs::write(cases.folder.join("patterns.csv"), patterns).unwrap();
        cases.note(case, dates::read(&cases.folder), |dates| format!("{} dates", dates.pairs(5, 0).len()));
    }
    for name in ["names.csv", "patterns.csv"] {
        fs::remove_file(cases.folder.join(name)).unwrap();
    }
    cases.note("no such file", dates::read(&cases.folder), |_| String::new());
}

fn missing_file(cases: &mut Cases, name: &str, read: impl Fn(&Path) -> recurrent_data::Result<usize>) {
    cases.note("no such file", read(&cases.folder.join(name)), |count| count.to_string());
}

fn tokenizers(cases: &mut Cases) {
    cases.section("`TextVectorizer::load` and `Vocabulary::load_text`");
    let load = |path: &Path| TextVectorizer::load(path);
    let show = |vectorizer: TextVectorizer| format!("{} tokens", vectorizer.vocabulary().len());
    for (case, bytes) in [
        ("an empty file", &b""[..]),
        ("not JSON", b"{\n  \"version\": 1.0,\n  oops"),
        ("another tokenizer", b"{\"normalizer\": {\"type\": \"BertNormalizer\"}, \"model\": {\"type\": \"WordPiece\"}}"),
        ("no vocabulary", b"{\"normalizer\": null, \"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"Regex\": \"[\\\\s\\\\S]\"}, \"behavior\": \"Isolated\", \"invert\": false}, \"model\": {}}"),
        ("an id twice", b"{\"normalizer\": null, \"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"Regex\": \"[\\\\s\\\\S]\"}, \"behavior\": \"Isolated\", \"invert\": false}, \"model\": {\"vocab\": {\"\": 0, \"[UNK]\": 0}}}"),
    ] {
        cases.file(case, "tokenizer.json", bytes, load, show);
    }
    let config = VectorizerConfig { max_length: Some(3), ..Default::default() };
    let whole = TextVectorizer::adapt(&["cat"], config).unwrap();
    let whole = whole.to_tokenizer_json();
    for (case, from, to) in [
        ("as it should be", "", ""),
        ("a byte order mark", "{", "\u{feff}{"),
        ("cut at its beginning", "\"Right\"", "\"Left\""),
        ("cut to nothing", "\"max_length\": 3", "\"max_length\": 0"),
        ("another model", "\"WordLevel\"", "\"BPE\""),
        ("another unknown token", "\"unk_token\": \"[UNK]\"", "\"unk_token\": \"cat\""),
        ("added tokens", "\"added_tokens\": []", "\"added_tokens\": [{\"id\": 3, \"content\": \"dog\"}]"),
        ("padding", "\"padding\": null", "\"padding\": {\"strategy\": \"BatchLongest\"}"),
        ("a post-processor", "\"post_processor\": null", "\"post_processor\": {\"type\": \"BertProcessing\"}"),
        ("an unknown key", "\"version\"", "\"lower\": true, \"version\""),
    ] {
        assert!(whole.contains(from), "{from} in {whole}");
        cases.file(case, "tokenizer.json", whole.replacen(from, to, 1), load, show);
    }
    missing(cases, "tokenizer.json");
    let show = |vocabulary: Vocabulary| format!("{:?}", vocabulary.tokens());
    for (case, bytes) in [
        ("plain text", &b"\n[UNK]\ncat\n\\n\n"[..]),
        ("plain text without the special tokens", b"cat\ndog\n"),
        ("plain text, a word twice", b"\n[UNK]\ncat\ncat\n"),
        ("plain text, an unknown escape", b"\n[UNK]\n\\x\n"),
        ("plain text, a byte order mark", b"\xef\xbb\xbf\n[UNK]\ncat\n"),
        ("plain text, Latin-1 bytes", b"\n[UNK]\ncaf\xe9\n"),
        ("plain text, UTF-16 bytes", b"\xff\xfe\n\0c\0a\0t\0"),
    ] {
        cases.file(case, "vocabulary.txt", bytes, |path| Vocabulary::load_text(path), show);
    }
    let long = ["\n[UNK]\n".to_string(), "a".repeat(50 << 20)].concat();
    cases.file(
        "plain text, a line of 50 MB",
        "vocabulary.txt",
        long,
        |path| Vocabulary::load_text(path),
        |vocabulary| format!("{} tokens", vocabulary.len()),
    );
    missing(cases, "vocabulary.txt");
}
