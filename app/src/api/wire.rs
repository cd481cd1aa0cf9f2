//! How the server's first answers travel inside the page.

use codee::{Decoder, Encoder};
use serde::{Serialize, de::DeserializeOwned};

/// Postcard instead of Leptos' JSON for what is read while the page is rendered: smaller in the
/// page, and no JSON parser in the wasm.
pub struct PagePostcard;

impl<T: Serialize> Encoder<T> for PagePostcard {
    type Error = postcard::Error;
    type Encoded = Vec<u8>;

    fn encode(value: &T) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_allocvec(value)
    }
}

impl<T: DeserializeOwned> Decoder<T> for PagePostcard {
    type Error = postcard::Error;
    type Encoded = [u8];

    fn decode(bytes: &[u8]) -> Result<T, postcard::Error> {
        postcard::from_bytes(bytes)
    }
}
