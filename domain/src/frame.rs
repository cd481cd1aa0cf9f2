//! What travels between clients and server, both over WebSocket and over its fallback.
//!
//! A frame is one byte of protocol version, then the frame's enum in postcard. The version byte
//! stands outside the encoding, so that any release can tell that it does not know another's.
//! Limit: a frame from a client has at most [`CLIENT_FRAME_BYTES`].

pub mod agent;
mod before;
pub mod read;
pub mod visitor;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{CommandId, Refusal, bound::Bound};

/// The newest protocol, the one that this release writes.
/// Protocol 5 adds three refusals to 4, at the end of their enum.
pub const PROTOCOL: u8 = 5;

/// The oldest protocol that this release still speaks: the one before the newest.
pub const PROTOCOL_OLDEST: u8 = 4;

/// The largest frame that a client may send, in bytes: a message and room for its wrapping.
pub const CLIENT_FRAME_BYTES: usize = Bound::FrameBytes.amount();

/// WebSocket close code: the client speaks a protocol that the server no longer (or not yet) knows.
/// The page says `Casella was updated` and offers `Reload`.
pub const CLOSE_OUTDATED: u16 = 4001;

/// WebSocket close code: the agent is signed out.
pub const CLOSE_SIGNED_OUT: u16 = 4002;

/// WebSocket close code: what was sent breaks the protocol; connecting again is of use only
/// with other frames.
pub const CLOSE_MALFORMED: u16 = 4003;

/// WebSocket close code: the reader was too slow, or the server stops. Connect again and resume.
pub const CLOSE_RESUME: u16 = 4004;

/// Why bytes are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// Of a protocol that this side does not speak.
    Version(u8),
    /// Larger than allowed.
    TooLarge,
    /// Of no known form, or with bytes left over.
    Malformed,
}

impl From<DecodeError> for Refusal {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::TooLarge => Self::TooLarge,
            DecodeError::Version(_) | DecodeError::Malformed => Self::Malformed,
        }
    }
}

/// The bytes of a frame.
pub fn encode<T: Serialize>(frame: &T) -> Vec<u8> {
    encode_as(PROTOCOL, frame)
}

/// The bytes of a frame in a protocol that can say it: as long as protocols only add variants at
/// the ends of enums, they write alike what both know.
pub fn encode_as<T: Serialize>(protocol: u8, frame: &T) -> Vec<u8> {
    // Serialising these plain enums into a Vec has no failing path.
    postcard::to_extend(frame, vec![protocol]).unwrap_or_default()
}

/// In which protocol a frame is that was decoded.
pub fn protocol_of(bytes: &[u8]) -> u8 {
    bytes.first().copied().unwrap_or(PROTOCOL)
}

/// The frame of some bytes.
///
/// # Errors
/// [`DecodeError`] says what is wrong; arbitrary bytes never panic.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    match postcard::take_from_bytes(body(bytes)?) {
        Ok((frame, [])) => Ok(frame),
        _ => Err(DecodeError::Malformed),
    }
}

/// The beginning of a frame whose last field is a long string of bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Head<'a, T> {
    /// The fields before.
    pub head: T,
    /// How long the last field is.
    pub content: u64,
    /// What of it has come.
    pub rest: &'a [u8],
}

/// Reads all fields of a frame but its content, of which little or nothing has come; none: not
/// enough has come.
///
/// # Errors
/// As [`decode`].
pub fn decode_head<T: DeserializeOwned>(bytes: &[u8]) -> Result<Option<Head<'_, T>>, DecodeError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    match postcard::take_from_bytes(body(bytes)?) {
        Ok(((head, content), rest)) => Ok(Some(Head {
            head,
            content,
            rest,
        })),
        Err(postcard::Error::DeserializeUnexpectedEnd) => Ok(None),
        Err(_) => Err(DecodeError::Malformed),
    }
}

/// The number of the variant `Command` in the enums of both kinds of clients.
const COMMAND: u32 = 2;

/// The id of a command, so that it can be refused, without decoding what it asks for; none for
/// anything else. It costs the same for every frame.
pub fn command_of(bytes: &[u8]) -> Option<CommandId> {
    let head = postcard::take_from_bytes(body(bytes).ok()?);
    let ((variant, id), _): ((u32, CommandId), _) = head.ok()?;
    (variant == COMMAND).then_some(id)
}

/// What follows the byte of the version, if this side speaks that.
fn body(bytes: &[u8]) -> Result<&[u8], DecodeError> {
    let (version, body) = bytes.split_first().ok_or(DecodeError::Malformed)?;
    if (PROTOCOL_OLDEST..=PROTOCOL).contains(version) {
        Ok(body)
    } else {
        Err(DecodeError::Version(*version))
    }
}

/// The frame of bytes that came from a client.
///
/// # Errors
/// As [`decode`], and [`DecodeError::TooLarge`] over [`CLIENT_FRAME_BYTES`].
pub fn decode_from_client<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    if bytes.len() > CLIENT_FRAME_BYTES {
        Err(DecodeError::TooLarge)
    } else {
        decode(bytes)
    }
}

/// A request of the fallback without WebSocket: a POST that carries the same frames, and that is
/// held until there is something to say.
///
/// Each is a whole connection, so that any node can answer it: the first frame is the client's
/// `Hello` of that moment. One at a time; one that brings nothing else may be given up for another
/// at any time, because the next `Hello` names what has arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollRequest {
    /// What the last answer told; none if there was none, or something is to be told anew.
    pub seen: Option<PollSeen>,
    /// Encoded frames from the client, in order; at most [`POLL_FRAMES`].
    pub frames: Vec<Vec<u8>>,
}

/// The answer to a [`PollRequest`]: at once where the client brought something or does not know
/// how things are, else when something happens, else after [`POLL_SECONDS`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollAnswer {
    /// How things are after these frames; the next request names it, and is not told it again.
    pub seen: PollSeen,
    /// Encoded frames from the server, in order.
    pub frames: Vec<Vec<u8>>,
    /// The connection is over, for the reason that a WebSocket's close code would give.
    pub closed: Option<u16>,
}

/// A fingerprint of everything that a client has been told, besides messages.
pub type PollSeen = u64;

/// How many frames a request of the fallback brings at most.
pub const POLL_FRAMES: usize = 32;

/// How long an answer of the fallback is held back at most, in seconds.
pub const POLL_SECONDS: u64 = 20;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{visitor::VisitorRequest, *};

    #[test]
    fn a_frame_comes_back_as_it_was() {
        let bytes = encode(&VisitorRequest::Pong);
        assert_eq!(decode_from_client(&bytes), Ok(VisitorRequest::Pong));
    }

    #[test]
    fn another_version_is_told_apart_from_nonsense() {
        assert_eq!(
            decode::<VisitorRequest>(&[9, 1, 2]),
            Err(DecodeError::Version(9))
        );
        assert_eq!(
            decode::<VisitorRequest>(&[PROTOCOL, 200]),
            Err(DecodeError::Malformed)
        );
        assert_eq!(decode::<VisitorRequest>(&[]), Err(DecodeError::Malformed));
    }

    #[test]
    fn bytes_left_over_are_malformed() {
        let mut bytes = encode(&VisitorRequest::Pong);
        bytes.push(0);
        assert_eq!(
            decode::<VisitorRequest>(&bytes),
            Err(DecodeError::Malformed)
        );
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut framed = vec![PROTOCOL];
            framed.extend(bytes);
            let _ = decode::<VisitorRequest>(&framed);
            let _ = decode::<agent::AgentRequest>(&framed);
        }
    }
}
