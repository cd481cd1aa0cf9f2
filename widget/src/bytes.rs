//! Bytes: random ones, and as text for the browser's storage.

use crate::dom::window;

/// Bytes as hexadecimal digits; what a browser's storage can keep.
pub fn hex(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        for half in [byte >> 4, byte & 15] {
            digits.push(char::from(if half < 10 {
                b'0' + half
            } else {
                b'a' + half - 10
            }));
        }
    }
    digits
}

/// The bytes of hexadecimal digits; none if they are not.
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 2);
    let mut high = None;
    for digit in text.bytes() {
        let half = match digit {
            b'0'..=b'9' => digit - b'0',
            b'a'..=b'f' => digit - b'a' + 10,
            _ => return None,
        };
        match high.take() {
            None => high = Some(half << 4),
            Some(high) => bytes.push(high | half),
        }
    }
    high.is_none().then_some(bytes)
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
