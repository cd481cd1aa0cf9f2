//! The command line, as an administrator without screens uses it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    io::Write,
    process::{Command, Stdio},
};

use tempfile::TempDir;

/// A database of its own, with the agents Maya and Jun.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        for name in ["maya", "jun"] {
            let email = format!("{name}@example.com");
            let add = ["agent", "add", &email, "--name", name, "--password-stdin"];
            desk.given(&add, b"correct horse\n").unwrap();
        }
        desk
    }

    /// What a command prints, or what it complains of.
    fn run(&self, arguments: &[&str]) -> Result<String, String> {
        self.given(arguments, b"")
    }

    fn given(&self, arguments: &[&str], input: &[u8]) -> Result<String, String> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_casella"))
            .args(arguments)
            .env("CASELLA_DATA_DIR", self.0.path())
            .env("CASELLA_LOG", "warn")
            .env_remove("CASELLA_DATABASE_URL")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        if output.status.success() {
            Ok(text(output.stdout))
        } else {
            Err(text(output.stderr))
        }
    }

    /// That a command is refused with these words.
    fn refuses(&self, arguments: &[&str], expected: &str) {
        let error = self.run(arguments).unwrap_err();
        assert!(error.contains(expected), "{arguments:?}: {error}");
    }
}

#[test]
fn a_team_is_added_changed_and_ordered() {
    let desk = Desk::new();
    let team = |arguments: &[&str]| desk.run(&[&["team"], arguments].concat());
    team(&["add", "Sales", "maya@example.com", "jun@example.com"]).unwrap();
    team(&["member", "sales", "--remove", "maya@example.com"]).unwrap();
    team(&["member", "Sales", "--add", "MAYA@example.com"]).unwrap();
    assert_eq!(
        team(&["list"]).unwrap(),
        "Sales\tjun@example.com maya@example.com\n"
    );
    team(&["order", "Sales", "maya@example.com", "jun@example.com"]).unwrap();
    assert_eq!(
        team(&["list"]).unwrap(),
        "Sales\tmaya@example.com jun@example.com\n"
    );
    desk.refuses(
        &["team", "order", "Sales", "maya@example.com"],
        "expected each member once: maya@example.com jun@example.com",
    );
    desk.refuses(&["team", "add", "SALES"], "there is a team Sales already");
    desk.refuses(
        &["team", "order", "Support", "maya@example.com"],
        "expected one of: Sales",
    );
    desk.refuses(
        &["team", "member", "Sales", "--add", "nobody@example.com"],
        "no agent has nobody@example.com",
    );
}

#[test]
fn an_agents_hours_teams_and_limit_are_set() {
    let desk = Desk::new();
    desk.run(&["team", "add", "Sales"]).unwrap();
    let maya = ["agent", "set", "maya@example.com"];
    let set = |arguments: &[&str]| desk.run(&[&maya, arguments].concat());
    let words = set(&[
        "--role",
        "supervisor",
        "--limit",
        "3",
        "--team",
        "sales",
        "--zone",
        "Europe/Rome",
        "--hours",
        "mon-fri 09:00-12:30,13:30-17:00",
    ]);
    assert_eq!(
        words.unwrap(),
        "maya@example.com\tmaya\tsupervisor\tlanguage auto\tchats 3\tteams Sales\t\
         hours mon,tue,wed,thu,fri 09:00-12:30,13:30-17:00 (Europe/Rome)\t\
         meetings none, 30 minutes, buffer 0, notice 24 h, 60 days ahead\n"
    );
    // What is not named stays.
    let words = set(&["--zone", "UTC"]).unwrap();
    assert!(words.contains("09:00-12:30,13:30-17:00 (UTC)"), "{words}");
    let words = set(&["--no-team", "--no-hours"]).unwrap();
    assert!(words.contains("teams none\thours none\t"), "{words}");
    let words = set(&[
        "--meeting-hours",
        "tue 14:00-16:00",
        "--meeting-length",
        "60",
    ])
    .unwrap();
    let expected = "meetings tue 14:00-16:00 (UTC), 60 minutes";
    assert!(words.contains(expected), "{words}");
    // Both hours are set apart.
    let words = set(&["--hours", "mon 09:00-12:00"]).unwrap();
    assert!(words.contains(expected), "{words}");
    set(&["--no-hours"]).unwrap();

    // A wrong word changes nothing, also not what stands before it.
    let wrong = [&maya[..], &["--limit", "9", "--zone", "Europe/Atlantis"]].concat();
    desk.refuses(&wrong, "zone: expected the name of a time zone");
    let wrong = [&maya[..], &["--limit", "9", "--hours", "mon 9-12"]].concat();
    desk.refuses(&wrong, "expected a time like 09:00");
    let wrong = [&maya[..], &["--limit", "9", "--meeting-length", "4"]].concat();
    desk.refuses(&wrong, "a meeting lasts 5 minutes to 8 hours");
    let wrong = [&maya[..], &["--limit", "11"]].concat();
    desk.refuses(&wrong, "expected 1 to 10");
    assert!(set(&[]).unwrap().contains("chats 3"));
}

#[test]
fn a_sites_team_words_and_blocked_domains_are_set() {
    let desk = Desk::new();
    desk.run(&["team", "add", "Sales"]).unwrap();
    let words = desk.run(&[
        "site",
        "add",
        "shop",
        "--name",
        "Shop",
        "--team",
        "sales",
        "--beyond-team",
        "true",
        "--owner-away",
        "fallback",
        "--greeting",
        "en=Hello!",
        "--greeting",
        "it=Ciao!",
        "--blocked-domain",
        "Spam.example",
        "--offer-seconds",
        "30",
        "--inactivity-seconds",
        "300",
        "--form-phone",
        "required",
    ]);
    let words = words.unwrap();
    for part in [
        "served by Sales",
        "\"beyond_team\": true",
        "\"owner_away\": \"fallback\"",
        "Hello!",
        "Ciao!",
        "spam.example",
        "\"offer_seconds\": 30",
        "\"inactivity_seconds\": 300",
        "\"phone\": \"required\"",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    let change = [
        "--greeting",
        "it=",
        "--team",
        "none",
        "--no-blocked-domains",
    ];
    let words = desk.run(&[&["site", "set", "shop"][..], &change].concat());
    let words = words.unwrap();
    assert!(words.contains("served by every agent") && words.contains("Hello!"));
    assert!(!words.contains("Ciao!") && !words.contains("spam.example"));

    let domains: Vec<String> = (0..51).map(|n| format!("d{n}.example")).collect();
    let mut many = vec!["site", "set", "shop"];
    for domain in &domains {
        many.extend(["--blocked-domain", domain]);
    }
    desk.refuses(&many, "expected at most 50, not 51");
    for (argument, value, expected) in [
        ("--greeting", "fr=Salut", "`fr` is neither en nor it"),
        (
            "--blocked-domain",
            "nodots",
            "an email domain like example.com",
        ),
        ("--offer-seconds", "5", "expected 10 to 600 seconds"),
        (
            "--inactivity-seconds",
            "90000",
            "expected 120 to 86400 seconds",
        ),
        ("--owner-away", "later", "team or fallback"),
        ("--team", "Support", "expected one of: Sales"),
    ] {
        desk.refuses(&["site", "set", "shop", argument, value], expected);
    }
}

#[test]
fn a_sites_looks_form_and_language_are_set_and_listed() {
    let desk = Desk::new();
    desk.run(&["site", "add", "shop", "--name", "Shop"])
        .unwrap();
    let set = |argument: &str, value: &str| desk.run(&["site", "set", "shop", argument, value]);
    for (argument, value, shown) in [
        ("--name", "The shop", "shop\tThe shop\tserved by"),
        (
            "--origin",
            "https://shop.example",
            "\"https://shop.example\"",
        ),
        ("--colour", "#123abc", "\"colour\": \"#123abc\""),
        ("--side", "left", "\"side\": \"left\""),
        ("--bottom-pixels", "400", "\"bottom_pixels\": 400"),
        ("--side-pixels", "0", "\"side_pixels\": 0"),
        ("--scheme", "dark", "\"scheme\": \"dark\""),
        ("--visitor-files", "true", "\"visitor_files\": true"),
        ("--greeting", "en=Hi there", "\"Hi there\""),
        ("--fallback", "it=Torniamo presto", "\"Torniamo presto\""),
        ("--language", "it", "\"language\": \"Italian\""),
        (
            "--default-language",
            "it",
            "\"default_language\": \"Italian\"",
        ),
        ("--form-name", "required", "\"name\": \"required\""),
        ("--form-email", "off", "\"email\": \"off\""),
        ("--form-phone", "optional", "\"phone\": \"optional\""),
        (
            "--form-job-title",
            "required",
            "\"job_title\": \"required\"",
        ),
        ("--offer-seconds", "30", "\"offer_seconds\": 30"),
        ("--inactivity-seconds", "120", "\"inactivity_seconds\": 120"),
        ("--beyond-team", "true", "\"beyond_team\": true"),
        ("--fallback-meetings", "true", "\"fallback_meetings\": true"),
        ("--owner-away", "fallback", "\"owner_away\": \"fallback\""),
    ] {
        let before = desk.run(&["site", "list"]).unwrap();
        assert!(!before.contains(shown), "{argument} before: {before}");
        let told = set(argument, value).unwrap();
        assert!(told.contains(shown), "{argument}: {told}");
        assert_eq!(desk.run(&["site", "list"]).unwrap(), told, "{argument}");
    }
    let words = set("--language", "auto").unwrap();
    assert!(words.contains("\"language\": null"), "{words}");
    let words = set("--fallback", "it=").unwrap();
    assert!(!words.contains("Torniamo presto"), "{words}");
}

#[test]
fn a_wrong_setting_of_a_site_is_refused_with_what_is_expected_and_changes_nothing() {
    let desk = Desk::new();
    let before = desk
        .run(&["site", "add", "shop", "--name", "Shop"])
        .unwrap();
    let long = format!("en={}", "x".repeat(501));
    for (argument, value, expected) in [
        ("--name", " ", "name: expected 1 to 200 characters"),
        ("--origin", "shop.example", "expected an origin like"),
        ("--colour", "green", "expected a colour like #0b6b5e"),
        ("--side", "top", "expected left or right"),
        (
            "--bottom-pixels",
            "401",
            "bottom-pixels: expected 0 to 400 pixels, not 401",
        ),
        (
            "--side-pixels",
            "1000",
            "side-pixels: expected 0 to 400 pixels, not 1000",
        ),
        ("--scheme", "night", "expected light, dark or auto"),
        ("--visitor-files", "yes", "possible values: true, false"),
        (
            "--greeting",
            &long,
            "greeting: expected 1 to 500 characters",
        ),
        ("--fallback", "Salut", "expected a language and its words"),
        ("--language", "fr", "expected en or it"),
        ("--default-language", "auto", "expected en or it"),
        (
            "--form-phone",
            "maybe",
            "expected off, optional or required",
        ),
        (
            "--offer-seconds",
            "601",
            "expected 10 to 600 seconds, not 601",
        ),
        ("--beyond-team", "1", "possible values: true, false"),
    ] {
        desk.refuses(&["site", "set", "shop", argument, value], expected);
    }
    // Nor does the right half of a command.
    let half = ["--colour", "#123abc", "--bottom-pixels", "401"];
    desk.refuses(&[&["site", "set", "shop"][..], &half].concat(), "0 to 400");
    assert_eq!(desk.run(&["site", "list"]).unwrap(), before);
    desk.refuses(
        &["site", "set", "shap", "--side", "left"],
        "key: there is no site shap",
    );
    desk.refuses(
        &["site", "add", "shop", "--name", "Another"],
        "change it by `casella site set`",
    );
    desk.refuses(
        &["site", "add", "The Shop", "--name", "Shop"],
        "expected a key of 1 to 40 characters",
    );
}

#[test]
fn a_sites_picture_is_set_and_removed() {
    let desk = Desk::new();
    desk.run(&["site", "add", "shop", "--name", "Shop"])
        .unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = desk.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let avatar = |path: &str| desk.run(&["site", "set", "shop", "--avatar", path]);
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x03\0\0\0\x02\x08\x06\0\0\0";
    let told = avatar(&file("shop.png", png)).unwrap();
    assert!(told.contains("\"avatar\": \""), "{told}");
    assert!(told.contains(".png\""), "{told}");

    let mut large = png.to_vec();
    large.resize(128 * 1024 + 1, 0);
    for (path, expected) in [
        ("no-such.png".to_owned(), "expected the path of a picture"),
        (
            file("page.png", b"<html>"),
            "avatar: expected a PNG, JPEG or WebP picture",
        ),
        (
            file("large.png", &large),
            "avatar: expected a picture of at most 128 KB",
        ),
    ] {
        desk.refuses(&["site", "set", "shop", "--avatar", &path], expected);
    }
    assert_eq!(desk.run(&["site", "list"]).unwrap(), told);
    let told = avatar("").unwrap();
    assert!(told.contains("\"avatar\": null"), "{told}");
}

#[test]
fn the_keys_of_a_sites_server_are_made_listed_and_removed() {
    let desk = Desk::new();
    desk.run(&["site", "add", "shop", "--name", "Shop"])
        .unwrap();
    let key = |arguments: &[&str]| desk.run(&[&["site", "key"], arguments].concat());
    assert_eq!(key(&["list", "shop"]).unwrap(), "");
    let made = key(&["add", "shop"]).unwrap();
    let id = made.lines().next().unwrap().strip_prefix("kid\t").unwrap();
    let secret = made.lines().nth(1).unwrap().strip_prefix("secret\t");
    let listed = key(&["list", "shop"]).unwrap();
    assert!(listed.starts_with(&format!("{id}\t20")), "{listed}");
    assert!(!listed.contains(secret.unwrap()), "it is told once");
    desk.refuses(
        &["site", "key", "remove", "shop", "other"],
        "shop has no key other; see `casella site key list shop`",
    );
    desk.refuses(&["site", "key", "add", "shap"], "there is no site shap");
    key(&["remove", "shop", id]).unwrap();
    assert_eq!(key(&["list", "shop"]).unwrap(), "");
}

#[test]
fn accounts_are_imported_all_or_none() {
    let desk = Desk::new();
    let import = |csv: &str| desk.given(&["account", "import", "-"], csv.as_bytes());
    let done = import("\u{feff}name;domain;owner\r\nAlves;alves.example;maya@example.com\r\n");
    assert_eq!(done.unwrap(), "1 accounts added, 0 changed.\n");
    let error = import("name,domain,owner\nB,b.example,jun@example.com\nC,c,nobody@example.com\n");
    let error = error.unwrap_err();
    assert!(error.contains("line 3: domain: expected one like example.com"));
    assert!(error.contains("line 3: owner: no agent has the email nobody@example.com"));
    assert!(error.contains("nothing was imported"), "{error}");
    let add = [
        "account",
        "add",
        "b.example",
        "--name",
        "B",
        "--owner",
        "jun@example.com",
    ];
    desk.run(&add).unwrap();
    desk.refuses(&add, "b.example has an account already");
    assert_eq!(
        desk.run(&["account", "list"]).unwrap(),
        "alves.example\tAlves\tmaya@example.com\nb.example\tB\tjun@example.com\n"
    );
}

#[test]
fn only_somebody_who_is_blocked_is_unblocked() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["visitor", "blocked"]).unwrap(), "");
    desk.refuses(
        &["visitor", "unblock", "ada@example.com"],
        "nobody with this id or email is blocked",
    );
}

#[test]
fn the_demo_is_refused_on_a_database_that_is_used() {
    let desk = Desk::new();
    desk.refuses(
        &["serve", "--demo", "--listen", "127.0.0.1:0"],
        "--demo: expected an empty database, or one that the demo made",
    );
    let agents = desk.run(&["agent", "list"]).unwrap();
    assert_eq!(agents.lines().count(), 2, "{agents}");
}
