//! Bytes: random ones, and as text for the browser's storage.

use crate::dom::window;

/// Bytes as hexadecimal digits; what a browser's storage can keep.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// The bytes of hexadecimal digits; none if they are not.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let half = |digit: u8| {
        char::from(digit)
            .to_digit(16)
            .and_then(|half| u8::try_from(half).ok())
    };
    text.as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(half(*high)? << 4 | half(*low)?),
            _ => None,
        })
        .collect()
}

/// Random bytes of the browser's secure source, which also works without https.
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Ok(crypto) = window().crypto() {
        // It fails only for more than 65,536 bytes.
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    bytes
}
