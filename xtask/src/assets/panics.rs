//! Panics without words, in what is released.
//!
//! A panic in the browser stops the WebAssembly; the quick profile says why. The code that words
//! the reasons would be an eighth of all that people download, so what leads to a panic is made
//! to stop at once, and `wasm-opt` drops all that nothing calls any more.

use walrus::{FunctionBuilder, FunctionKind, Module};

/// Functions of the standard library that do nothing but panic.
const PANICS: &[&str] = &[
    "core::panicking::",
    "core::cell::panic_already_",
    "core::cell::lazy::panic_poisoned",
    "core::option::expect_failed",
    "core::option::unwrap_failed",
    "core::result::unwrap_failed",
    "core::slice::copy_from_slice_impl::len_mismatch_fail",
    "core::slice::index::slice_index_fail",
    "core::str::slice_error_fail",
    "alloc::alloc::handle_alloc_error",
    "alloc::raw_vec::capacity_overflow",
    "alloc::raw_vec::handle_error",
    // Reached by tables, so that not even `wasm-opt` sees that nothing calls them any more.
    "<std::panicking::",
    "std::panicking::panic_handler",
    "std::panicking::panic_with_hook",
];

/// Lets every panic stop the WebAssembly without a word.
pub fn silence(module: &mut Module) {
    let panics: Vec<_> = module
        .funcs
        .iter()
        .filter(|function| matches!(function.kind, FunctionKind::Local(_)))
        .filter(|function| function.name.as_deref().is_some_and(is_panic))
        .map(|function| (function.id(), function.ty()))
        .collect();
    for (function, kind) in panics {
        let kind = module.types.get(kind);
        let (takes, returns) = (kind.params().to_vec(), kind.results().to_vec());
        let arguments = takes.iter().map(|of| module.locals.add(*of)).collect();
        let mut body = FunctionBuilder::new(&mut module.types, &takes, &returns);
        body.func_body().unreachable();
        module.funcs.get_mut(function).kind = FunctionKind::Local(body.local_func(arguments));
    }
}

/// Blanks the paths of source files, which nothing but the words of a panic would name: what
/// leads there stops before. The optimiser cannot know that nobody reads them.
pub fn forget_places(module: &mut Module) {
    let parts: Vec<_> = module.data.iter().map(|data| data.id()).collect();
    for part in parts {
        blank_paths(&mut module.data.get_mut(part).value);
    }
}

/// Replaces what looks like `…/src/….rs` by zeros: no text of the product does.
fn blank_paths(bytes: &mut [u8]) {
    const ENDING: &[u8] = b".rs";
    let is_path = |byte: &u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(byte);
    let mut at = 0;
    while let Some(found) = bytes
        .get(at..)
        .and_then(|rest| rest.windows(ENDING.len()).position(|part| part == ENDING))
    {
        let end = at + found + ENDING.len();
        let path = bytes.get(at..end).unwrap_or_default();
        let length = path.iter().rev().take_while(|byte| is_path(byte)).count();
        let start = end - length;
        if let Some(path) = bytes.get_mut(start..end)
            && path.windows(5).any(|part| part == b"/src/")
        {
            path.fill(0);
        }
        at = end;
    }
}

/// Whether a function of this name only panics. Names may hold the hash of a crate:
/// `core[0123456789abcdef]::panicking::panic_fmt`.
fn is_panic(name: &str) -> bool {
    let mut plain = String::with_capacity(name.len());
    let mut depth = 0;
    for c in name.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    PANICS.iter().any(|panic| plain.starts_with(panic))
}

#[cfg(test)]
mod tests {
    use super::{blank_paths, is_panic};

    #[test]
    fn only_paths_of_sources_are_blanked() {
        let mut bytes = b"see /w/a.rs, core/src/cell.rs\0and words".to_vec();
        blank_paths(&mut bytes);
        let text = String::from_utf8(bytes).unwrap();
        let blank = "\0".repeat("core/src/cell.rs".len());
        assert_eq!(text, format!("see /w/a.rs, {blank}\0and words"));
    }

    #[test]
    fn only_what_panics_is_silenced() {
        for panic in [
            "core::panicking::panic_fmt::h0123456789abcdef",
            "core[c5930c85a12de822]::panicking::panic_bounds_check",
            "core[c5930c85a12de822]::str::slice_error_fail_rt",
            "<std[a543996e6e7dbf1e]::panicking::panic_handler::FormatStringPayload as core[c5930c85a12de822]::fmt::Display>::fmt",
        ] {
            assert!(is_panic(panic), "{panic}");
        }
        for other in [
            "core::cell::lazy::LazyCell<T,F>::really_init::h72df29a3d125d7d5",
            "core::slice::copy_from_slice_impl::h0fac442f8360d202",
            "std::panicking::panic_count::is_zero_slow_path",
            "widget::app::App::update",
        ] {
            assert!(!is_panic(other), "{other}");
        }
    }
}
