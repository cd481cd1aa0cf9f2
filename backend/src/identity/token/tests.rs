use serde_json::{Value, json};

use super::*;

const KEY: &[u8] = b"0123456789abcdef";
const NOW: i64 = 1_800_000_000;

fn signed(header: &Value, claims: &Value, key: &[u8]) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(signed.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    format!("{signed}.{signature}")
}

fn header() -> Value {
    json!({ "alg": "HS256", "typ": "JWT", "kid": "k1" })
}

fn read(token: &str) -> Result<Vouched, &'static str> {
    take_apart(token)?.verify(KEY, Timestamp(NOW * 1_000_000))
}

fn claims(claims: &Value) -> Result<Vouched, &'static str> {
    read(&signed(&header(), claims, KEY))
}

#[test]
fn a_token_says_who_it_is() {
    let vouched = claims(&json!({
        "sub": "customer-17", "exp": NOW + 300, "name": "Ada", "email": "ada@example.com",
        "phone": " ", "crm_status": "Gold", "attributes": { "plan": "pro", "seats": 12, "none": null },
    }))
    .unwrap();
    assert_eq!(vouched.sub, "customer-17");
    assert_eq!(vouched.profile.email.as_deref(), Some("ada@example.com"));
    assert_eq!(vouched.profile.crm_status.as_deref(), Some("Gold"));
    assert_eq!(vouched.profile.phone, None);
    let pairs = vouched.attributes.iter().map(|a| (&*a.name, &*a.value));
    assert_eq!(
        pairs.collect::<Vec<_>>(),
        [("plan", "pro"), ("seats", "12")]
    );
}

/// The example of RFC 7515, A.1, has no kid; this one was made by another program:
/// `printf '%s' "$HEADER.$CLAIMS" | openssl dgst -sha256 -hmac 0123456789abcdef -binary`.
#[test]
fn a_signature_of_another_program_is_understood() {
    let token = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIn0.eyJzdWIiOiJhIiwiZXhwIjoxOTAwMDAwMDAwfQ.x4V1NjPd457078LeCM8lXlzunD-H1bu3s4ntr7x7nRs";
    assert_eq!(read(token).map(|vouched| vouched.sub), Ok("a".to_owned()));
}

#[test]
fn nothing_else_is_taken() {
    let good = json!({ "sub": "a", "exp": NOW + 300 });
    let fine = signed(&header(), &good, KEY);
    assert!(read(&fine).is_ok());
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let none = json!({ "alg": "none", "kid": "k1" });
    let (rest, signature) = fine.rsplit_once('.').unwrap();
    let eve = part(&json!({ "sub": "eve", "exp": NOW + 300 }));
    for (token, why) in [
        (signed(&header(), &good, b"another key"), "signature"),
        (signed(&none, &good, KEY), "alg"),
        (format!("{}.{}.", part(&none), part(&good)), "alg"),
        (
            signed(&json!({ "alg": "HS512", "kid": "k1" }), &good, KEY),
            "alg",
        ),
        (
            signed(&json!({ "alg": "hs256", "kid": "k1" }), &good, KEY),
            "alg",
        ),
        (signed(&json!({ "alg": "HS256" }), &good, KEY), "header"),
        (
            signed(
                &json!({ "alg": "HS256", "kid": "k1", "crit": ["b64"] }),
                &good,
                KEY,
            ),
            "crit",
        ),
        (format!("{rest}."), "signature"),
        (
            format!("{rest}.{}", signature.get(..20).unwrap()),
            "signature",
        ),
        (
            format!("{}.{eve}.{signature}", part(&header())),
            "signature",
        ),
        (format!("{fine}="), "base64url"),
        (format!("{fine}.x"), "base64url"),
        (String::new(), "three parts"),
        ("a".repeat(9_000), "8 KB"),
    ] {
        let error = read(&token).unwrap_err();
        assert!(error.contains(why), "{token}: {error}");
    }
}

#[test]
fn a_token_holds_for_its_time_only() {
    for (exp, holds) in [
        (NOW + 1, true),
        (NOW - 59, true),
        (NOW - 60, false),
        (NOW - 3_600, false),
    ] {
        assert_eq!(
            claims(&json!({ "sub": "a", "exp": exp })).is_ok(),
            holds,
            "{exp}"
        );
    }
    assert!(claims(&json!({ "sub": "a", "exp": 1_800_000_100.5 })).is_ok());
    for wrong in [
        json!({ "sub": "a" }),
        json!({ "sub": "a", "exp": "1900000000" }),
        json!({ "sub": "a", "exp": null }),
        json!({ "sub": "a", "exp": -1 }),
        json!({ "sub": "a", "exp": 1e300 }),
        json!({ "sub": "a", "exp": NOW + 300, "nbf": NOW + 61 }),
    ] {
        assert!(claims(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn a_token_that_does_not_say_who_it_is_is_refused() {
    for sub in [json!(""), json!("x".repeat(201)), json!("a\nb"), json!(17)] {
        let all = json!({ "sub": sub, "exp": NOW + 300 });
        assert!(claims(&all).is_err(), "{all}");
    }
}

#[test]
fn what_else_has_a_wrong_form_is_left_out_and_the_rest_is_taken() {
    let long = "x".repeat(201);
    for (name, value, left_out) in [
        ("name", json!(long), vec!["Name"]),
        ("name", json!(["Eve"]), vec![]),
        ("email", json!("n/a"), vec!["Email"]),
        ("email", json!(null), vec![]),
        ("crm_status", json!("x".repeat(61)), vec!["CrmStatus"]),
        ("attributes", json!({ "plan": "pro", "a": ["b"] }), vec![]),
        ("attributes", json!({ "plan": "pro", "": "b" }), vec![""]),
        (
            "attributes",
            json!({ "plan": "pro", "long": long }),
            vec!["long"],
        ),
        ("attributes", json!("plan"), vec![]),
    ] {
        let mut all = json!({ "sub": "a", "exp": NOW + 300, "phone": 17, "job_title": "Engineer" });
        all[name] = value;
        let vouched = claims(&all).unwrap();
        assert_eq!(
            vouched.profile.job_title.as_deref(),
            Some("Engineer"),
            "{all}"
        );
        assert_eq!(vouched.profile.phone.as_deref(), Some("17"), "{all}");
        assert_eq!(vouched.left_out, left_out, "{all}");
        let plan = all.pointer("/attributes/plan").is_some();
        assert_eq!(vouched.attributes.len(), usize::from(plan), "{all}");
    }
    let many: Map<String, Value> = (0..25).map(|n| (format!("{n:02}"), json!(n))).collect();
    let vouched = claims(&json!({ "sub": "a", "exp": NOW + 300, "attributes": many })).unwrap();
    assert_eq!(
        (vouched.attributes.len(), vouched.left_out.len()),
        (ATTRIBUTES, 5)
    );
}
