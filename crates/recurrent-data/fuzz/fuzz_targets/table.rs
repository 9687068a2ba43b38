//! `.ci/full fuzz` or `cargo fuzz run --sanitizer none table`: any bytes as CSV, TSV and JSON lines are rows or an
//! error.
#![no_main]

use recurrent_data::{AgNews, Table, TableConfig};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let folder = std::env::temp_dir().join(format!("recurrent-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["table.csv", "table.tsv", "table.jsonl"] {
        std::fs::write(folder.join(name), bytes).unwrap();
        if let Ok(dataset) = Table::load(folder.join(name), TableConfig::default()) {
            assert!(dataset.class_names().len() >= 2);
            dataset.describe().unwrap();
        }
    }
    for name in ["train.csv", "test.csv"] {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    if let Ok(news) = AgNews::read(&folder) {
        assert!(!news.train.is_empty());
    }
});
