//! Which pages a request may come from: the defence against requests that another site's page
//! makes in an agent's name.

use domain::site::Origin;
use http::{HeaderMap, StatusCode, header};

use crate::{problem::Problem, request::Client};

/// The `Origin` of a request as browsers send it; none if there is not exactly one well-formed.
pub fn of(headers: &HeaderMap) -> Option<Origin> {
    let mut values = headers.get_all(header::ORIGIN).iter();
    let (value, more) = (values.next()?, values.next());
    match more {
        None => value.to_str().ok()?.parse().ok(),
        Some(_) => None,
    }
}

/// That a request comes from a page of Casella itself: `Origin` is there and equals the public
/// address (without one: its host and port equal `Host`), and `Sec-Fetch-Site`, where it is
/// sent, says the same.
///
/// # Errors
/// 403 with what was expected.
pub fn own(
    headers: &HeaderMap,
    client: &Client,
    public_url: Option<&Origin>,
) -> Result<(), Problem> {
    let refused = || {
        Problem::new(
            StatusCode::FORBIDDEN,
            "This request must come from a page of Casella itself: Origin must be its own address",
        )
    };
    let origin = of(headers).ok_or_else(refused)?;
    let same = match public_url {
        Some(public) => origin == *public,
        None => {
            let (scheme, host) = origin.as_str().split_once("://").ok_or_else(refused)?;
            let here = format!("{scheme}://{}", client.host).parse::<Origin>();
            here.is_ok_and(|here| here.as_str() == format!("{scheme}://{host}"))
        }
    };
    let fetched_from = headers.get("sec-fetch-site");
    if same && fetched_from.is_none_or(|site| site == "same-origin") {
        Ok(())
    } else {
        Err(refused())
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn allowed(host: &str, public: Option<&str>, headers: &[(&'static str, &str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()))
            .collect();
        let client = Client {
            address: IpAddr::from([127, 0, 0, 1]),
            secure: false,
            host: host.to_owned(),
            connection: None,
        };
        let public = public.map(|origin| origin.parse().unwrap());
        own(&headers, &client, public.as_ref()).is_ok()
    }

    #[test]
    fn without_a_public_address_origin_equals_host() {
        let host = "localhost:3000";
        assert!(allowed(host, None, &[("origin", "http://localhost:3000")]));
        assert!(allowed(
            "chat.example.com",
            None,
            &[("origin", "https://chat.example.com")]
        ));
        assert!(!allowed(host, None, &[]));
        for wrong in [
            "http://localhost:3001",
            "http://localhost",
            "http://127.0.0.1:3000",
            "null",
        ] {
            assert!(!allowed(host, None, &[("origin", wrong)]), "{wrong}");
        }
    }

    #[test]
    fn with_a_public_address_origin_equals_that() {
        let public = Some("https://chat.example.com");
        assert!(allowed(
            "10.0.0.1:3000",
            public,
            &[("origin", "https://chat.example.com")]
        ));
        assert!(!allowed(
            "10.0.0.1:3000",
            public,
            &[("origin", "http://10.0.0.1:3000")]
        ));
        assert!(!allowed(
            "chat.example.com",
            public,
            &[("origin", "http://chat.example.com")]
        ));
    }

    #[test]
    fn a_browser_that_says_cross_site_is_believed() {
        let origin = ("origin", "http://localhost:3000");
        let host = "localhost:3000";
        assert!(allowed(
            host,
            None,
            &[origin, ("sec-fetch-site", "same-origin")]
        ));
        assert!(!allowed(
            host,
            None,
            &[origin, ("sec-fetch-site", "same-site")]
        ));
        assert!(!allowed(
            host,
            None,
            &[origin, ("sec-fetch-site", "cross-site")]
        ));
    }
}
