//! Headers that every answer carries.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Adds what the answer does not say itself.
pub fn add(headers: &mut HeaderMap, secure: bool) {
    let policy = |name: &'static str| HeaderName::from_static(name);
    let standard = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
        // A page of its own says more; anything else is no page, whatever a browser thinks of it.
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (policy("cross-origin-resource-policy"), "same-origin"),
        (policy("cross-origin-opener-policy"), "same-origin"),
        (
            policy("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=()",
        ),
    ];
    for (name, value) in standard {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    if secure {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
}
