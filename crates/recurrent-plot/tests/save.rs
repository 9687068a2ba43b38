//! Figures as files.

use std::fs;

use recurrent_plot::*;

fn figure() -> Figure {
    rnn_cell(CellSize { input: 64, hidden: 16 }).unwrap()
}

#[test]
fn svg_and_png_are_written_whole_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let figure = figure();
    figure.save(folder.path().join("a.svg")).unwrap();
    figure.save(folder.path().join("b.PNG")).unwrap();
    // A second time over the first.
    figure.save(folder.path().join("a.svg")).unwrap();
    assert_eq!(fs::read_to_string(folder.path().join("a.svg")).unwrap(), figure.svg());
    assert_eq!(fs::read(folder.path().join("b.PNG")).unwrap(), figure.png().unwrap());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
}

/// Each write has a temporary name of its own, so none takes away another one's, and a reader finds one whole.
#[test]
fn several_threads_may_save_to_one_name() {
    let folder = tempfile::tempdir().unwrap();
    let (figure, path) = (figure(), folder.path().join("a.svg"));
    figure.save(&path).unwrap();
    std::thread::scope(|scope| {
        let save = || (0..30).try_for_each(|_| figure.save(&path));
        let writers: Vec<_> = (0..4).map(|_| scope.spawn(save)).collect();
        while !writers.iter().all(|writer| writer.is_finished()) {
            assert_eq!(fs::read_to_string(&path).unwrap(), figure.svg());
        }
        writers.into_iter().for_each(|writer| writer.join().unwrap().unwrap());
    });
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_name_without_a_known_ending_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.gif", "a", ".svg"] {
        let error = figure().save(folder.path().join(name)).unwrap_err();
        assert!(matches!(error, PlotError::UnknownFormat { .. }));
        assert!(error.to_string().ends_with("the name must end in .svg or .png"), "{error}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_file_that_cannot_be_written_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let error = figure().save(folder.path().join("missing/a.svg")).unwrap_err();
    assert!(error.to_string().starts_with("cannot write "), "{error}");
    assert!(matches!(error, PlotError::Write { .. }));
    // A folder stands where the file should go: the rename fails, and the temporary file goes.
    fs::create_dir(folder.path().join("b.svg")).unwrap();
    figure().save(folder.path().join("b.svg")).unwrap_err();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
