//! A machine whose time zone database lacks names that others use.

#![cfg(feature = "zones")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{env, fs, path::Path, process::Command};

use domain::{availability, meeting::words::Local, zone};

/// Says in the second run that the database of the machine is the one of the test.
const LACKING: &str = "CASELLA_TEST_LACKING_ZONES";

/// Names that are links to newer ones, and are left out where only those are installed.
const LEFT_OUT: [&str; 4] = [
    "Asia/Calcutta",
    "Asia/Saigon",
    "America/Buenos_Aires",
    "Europe/Kiev",
];

/// The database of a machine is read once in a process: the test runs itself again, with another.
#[test]
fn a_zone_that_the_machine_does_not_have_is_the_one_that_is_built_in() {
    if env::var_os(LACKING).is_some() {
        return lacking();
    }
    let folder = tempfile::tempdir().unwrap();
    // Whatever this machine has: a zone with the name of Rome and the clock of UTC+1, without summer.
    fs::create_dir(folder.path().join("Europe")).unwrap();
    fs::write(folder.path().join("Europe/Rome"), one_hour_ahead()).unwrap();
    let output = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "a_zone_that_the_machine_does_not_have_is_the_one_that_is_built_in",
        ])
        .env("TZDIR", folder.path())
        .env(LACKING, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

fn lacking() {
    let folder = env::var("TZDIR").unwrap();
    for name in LEFT_OUT {
        assert!(!Path::new(&folder).join(name).exists());
        assert!(
            jiff::tz::db().get(name).is_err(),
            "the machine does not have {name}"
        );
        assert!(zone::zone(name).is_some(), "{name}");
        assert!(Local::new(name, domain::Language::English).is_some());
        let zone = availability::Zone::try_from(name.to_owned()).unwrap();
        assert!(availability::rules::exists(&zone));
        assert!(zone::names().iter().any(|known| known == name));
    }
    assert!(zone::zone("Europe/Nowhere").is_none());
    // What the machine has stands above what is built in.
    let rome = zone::zone("Europe/Rome").unwrap();
    let july = jiff::civil::date(2026, 7, 1).to_zoned(rome).unwrap();
    assert_eq!(july.offset().seconds(), 3_600);
}

/// A file of the format TZif, version 2, of one zone that never changes.
fn one_hour_ahead() -> Vec<u8> {
    let mut file = Vec::new();
    for _ in 0..2 {
        file.extend_from_slice(b"TZif2");
        file.extend_from_slice(&[0; 15]);
        // Counts: UTC and standard indicators, leap seconds, changes, kinds, letters of names.
        for count in [0_u32, 0, 0, 0, 1, 4] {
            file.extend_from_slice(&count.to_be_bytes());
        }
        file.extend_from_slice(&3_600_i32.to_be_bytes());
        file.extend_from_slice(&[0, 0]);
        file.extend_from_slice(b"CET\0");
    }
    file.extend_from_slice(b"\nCET-1\n");
    file
}
