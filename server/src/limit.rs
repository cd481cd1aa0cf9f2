//! Limits of what one address or one connection may ask for in a while.

use std::net::IpAddr;

use domain::Refusal;
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::{address::subscriber, config::LimitSettings};

/// How many seconds' worth of requests may come at once: a whole office reconnects together.
const REQUEST_BURST_SECONDS: u32 = 20;

/// How many seconds' worth of frames may come at once: what was written offline.
const FRAME_BURST_SECONDS: u32 = 4;

/// The limits by address.
pub struct Limits {
    requests: DefaultKeyedRateLimiter<IpAddr>,
    sign_ins: DefaultKeyedRateLimiter<IpAddr>,
    frames: Quota,
}

impl Limits {
    pub fn new(settings: LimitSettings) -> Self {
        let several = |quota: std::num::NonZeroU32, times: u32| {
            quota.saturating_mul(std::num::NonZeroU32::MIN.saturating_add(times.saturating_sub(1)))
        };
        let requests = settings.requests_per_second;
        let frames = settings.frames_per_second;
        Self {
            requests: RateLimiter::keyed(
                Quota::per_second(requests).allow_burst(several(requests, REQUEST_BURST_SECONDS)),
            ),
            sign_ins: RateLimiter::keyed(Quota::per_minute(settings.sign_ins_per_minute)),
            frames: Quota::per_second(frames).allow_burst(several(frames, FRAME_BURST_SECONDS)),
        }
    }

    /// Takes one request of an address.
    ///
    /// # Errors
    /// [`Refusal::TooMany`].
    pub fn request(&self, address: IpAddr) -> Result<(), Refusal> {
        let taken = self.requests.check_key(&subscriber(address));
        taken.map_err(|_| Refusal::TooMany)
    }

    /// Takes one attempt to sign in from an address: each costs a password hash.
    ///
    /// # Errors
    /// [`Refusal::TooMany`].
    pub fn sign_in(&self, address: IpAddr) -> Result<(), Refusal> {
        let taken = self.sign_ins.check_key(&subscriber(address));
        taken.map_err(|_| Refusal::TooMany)
    }

    /// The limit of one new connection's frames.
    pub fn frames(&self) -> DefaultDirectRateLimiter {
        RateLimiter::direct(self.frames)
    }

    /// Forgets addresses that have long been quiet; called once a minute.
    pub fn forget_quiet(&self) {
        for limiter in [&self.requests, &self.sign_ins] {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}
