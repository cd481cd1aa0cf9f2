//! Limits of what one address or one connection may ask for in a while.

use std::net::IpAddr;

use backend::bound::{Buckets, Source};
use domain::{Refusal, bound::Bound};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::config::LimitSettings;

/// How many seconds' worth of requests may come at once: a whole office reconnects together.
const REQUEST_BURST_SECONDS: u32 = 20;

/// How many seconds' worth of frames may come at once: what was written offline.
const FRAME_BURST_SECONDS: u32 = 4;

/// The limits by address.
pub struct Limits {
    requests: Buckets<Source>,
    sign_ins: Buckets<Source>,
    frames: Quota,
}

impl Limits {
    pub fn new(settings: LimitSettings) -> Self {
        let several = |quota: std::num::NonZeroU32, times: u32| {
            quota.saturating_mul(std::num::NonZeroU32::MIN.saturating_add(times.saturating_sub(1)))
        };
        let requests = settings.requests_per_second;
        let frames = settings.frames_per_second;
        let requests =
            Quota::per_second(requests).allow_burst(several(requests, REQUEST_BURST_SECONDS));
        let sign_ins = Quota::per_minute(settings.sign_ins_per_minute);
        Self {
            requests: Buckets::with_quota(Bound::AddressRequests, requests),
            sign_ins: Buckets::with_quota(Bound::AddressSignIns, sign_ins),
            frames: Quota::per_second(frames).allow_burst(several(frames, FRAME_BURST_SECONDS)),
        }
    }

    /// Takes one request of an address.
    ///
    /// # Errors
    /// [`Refusal::TooMany`].
    pub fn request(&self, address: IpAddr) -> Result<(), Refusal> {
        self.requests.take(&address.into())
    }

    /// Takes one attempt to sign in from an address: each costs a password hash.
    ///
    /// # Errors
    /// [`Refusal::TooMany`].
    pub fn sign_in(&self, address: IpAddr) -> Result<(), Refusal> {
        self.sign_ins.take(&address.into())
    }

    /// The limit of one new connection's frames.
    pub fn frames(&self) -> DefaultDirectRateLimiter {
        RateLimiter::direct(self.frames)
    }

    /// Forgets addresses that have long been quiet; called once a minute.
    pub fn forget_quiet(&self) {
        self.requests.forget_quiet();
        self.sign_ins.forget_quiet();
    }
}
