//! Looking at what strangers write. Whoever writes 16 KB of one mark must not make a reader's
//! browser stand still, so that what reads a text looks at each part of it a few times at most.
//! Functions over texts look through these; where assertions are checked, each look is counted,
//! and a test (`tests/linear.rs`) says how the count may grow.

#[cfg(debug_assertions)]
std::thread_local! {
    static LOOKS: core::cell::Cell<u64> = const { core::cell::Cell::new(0) };
}

/// So many bytes or characters were looked at.
#[cfg_attr(
    not(debug_assertions),
    expect(unused_variables, reason = "counted in tests only")
)]
#[inline]
pub fn looked(count: usize) {
    #[cfg(debug_assertions)]
    LOOKS.set(
        LOOKS
            .get()
            .saturating_add(u64::try_from(count).unwrap_or(u64::MAX)),
    );
}

/// How often this thread has looked so far.
#[cfg(debug_assertions)]
pub fn looks() -> u64 {
    LOOKS.get()
}

/// The characters of a text, and where they stand.
#[cfg(debug_assertions)]
pub fn chars(text: &str) -> impl Iterator<Item = (usize, char)> {
    text.char_indices().inspect(|_| looked(1))
}

/// The characters of a text, and where they stand.
#[cfg(not(debug_assertions))]
pub fn chars(text: &str) -> core::str::CharIndices<'_> {
    text.char_indices()
}

/// Where the first byte is that fits.
pub fn position(text: &str, fits: impl Fn(u8) -> bool) -> Option<usize> {
    let found = text.bytes().position(fits);
    looked(found.map_or(text.len(), |at| at + 1));
    found
}

/// The text before and after the first occurrence of a mark.
pub fn split_once<'a>(text: &'a str, mark: &str) -> Option<(&'a str, &'a str)> {
    let found = text.split_once(mark);
    looked(found.map_or(text.len(), |(before, _)| before.len() + mark.len()));
    found
}
