"""The Jupyter project's own tests for kernels, on ours.

usage: python -m unittest -v test_protocol   (in this folder; needs the package `jupyter_kernel_test`)
"""

import os
import unittest

import jupyter_kernel_test
from session import repository

os.chdir(repository() / "notebooks")


class Protocol(jupyter_kernel_test.KernelTests):
    """The samples that its tests run. There is no pager in this kernel: that test is skipped."""

    kernel_name = "rust"
    language_name = "Rust"
    file_extension = ".rs"
    code_hello_world = 'println!("hello, world")'
    code_stderr = 'eprintln!("oops")'
    completion_samples = [
        {"text": "let mut v: Vec<i32> = Vec::new(); v.pus", "matches": ["push", "push_mut"]},
        {"text": "String::from_utf8_lo", "matches": ["from_utf8_lossy"]},
    ]
    complete_code_samples = ["1 + 1", "let x = 1;", 'println!("a");', "fn f() -> i32 { 1 }"]
    incomplete_code_samples = ["fn f() {", "let x =", "vec![1,", 'let s = "a']
    invalid_code_samples = ["let = 1;", "f(1))"]
    code_generate_error = '"x".parse::<i32>()?;'
    code_execute_result = [
        {"code": "6 * 7", "result": "42"},
        {"code": '"a".repeat(3)', "result": '"aaa"'},
    ]
    code_display_data = [
        {"code": 'println!("EVCXR_BEGIN_CONTENT text/html\\n<b>x</b>\\nEVCXR_END_CONTENT");', "mime": "text/html"},
        {"code": 'println!("EVCXR_BEGIN_CONTENT image/svg+xml\\n<svg/>\\nEVCXR_END_CONTENT");', "mime": "image/svg+xml"},
    ]
    code_history_pattern = "6 ?*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "String"
    code_clear_output = (
        'println!("{} {}", std::env::var("RECURRENT_DISPLAY_MARK").unwrap(), r#"{"clear":"now"}"#);'
    )


class Welcome(jupyter_kernel_test.IopubWelcomeTests):
    """A client that listens is told so: what it asks from then on, it hears the answer to."""

    kernel_name = "rust"
    support_iopub_welcome = True


if __name__ == "__main__":
    unittest.main()
