//! The server as it is started: what it says on its way.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

/// A server without what browsers load.
struct Server {
    process: Child,
    /// The line in which it said where it is.
    said: String,
    host: String,
    _folder: TempDir,
}

impl Server {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_casella"))
            .arg("serve")
            .env("CASELLA_DATA_DIR", folder.path())
            .env("CASELLA_ASSETS", folder.path())
            .env("CASELLA_LISTEN", "127.0.0.1:0")
            .env("CASELLA_LOG", "info")
            .env_remove("CASELLA_DATABASE_URL")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let output = process.stdout.as_mut().unwrap();
        BufReader::new(output).read_line(&mut said).unwrap();
        let host = said.split("http://").nth(1).unwrap();
        let host = host.split_whitespace().next().unwrap().to_owned();
        Self {
            process,
            said,
            host,
            _folder: folder,
        }
    }

    /// Asks for a path by a method, and returns the answer.
    fn ask(&self, method: &str, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        let head =
            format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Ends it, and returns what it logged.
    fn log(mut self) -> String {
        self.process.kill().unwrap();
        let mut log = String::new();
        let mut lines = self.process.stderr.take().unwrap();
        lines.read_to_string(&mut log).unwrap();
        self.process.wait().unwrap();
        log
    }
}

#[test]
fn the_log_holds_no_secret_address_and_a_server_without_pages_says_what_to_build() {
    let server = Server::start();
    assert!(
        server.said.contains("cargo xtask assets"),
        "{}",
        server.said
    );
    assert!(!server.said.contains("ready"), "{}", server.said);
    assert!(server.ask("GET", "/readyz").starts_with("HTTP/1.1 503"));

    let secret = "5e".repeat(32);
    let routes = [
        ("/files/{address}", format!("/files/{secret}")),
        ("/feeds/{file}", format!("/feeds/{secret}.ics")),
        ("/photos/{name}", format!("/photos/{secret}.png")),
        ("/m/{address}", format!("/m/{secret}")),
        (
            "/m/{address}/meeting.ics",
            format!("/m/{secret}/meeting.ics"),
        ),
        ("/{*page}", format!("/no/{secret}?{secret}")),
    ];
    for (_, path) in &routes {
        server.ask("GET", path);
    }
    server.ask(&"PROBE".repeat(1_000), "/healthz");
    let log = server.log();
    for (route, _) in routes {
        assert!(
            log.contains(&format!("route=\"{route}\"")),
            "{route}: {log}"
        );
    }
    assert!(!log.contains(&secret[..16]), "{log}");
    assert!(!log.contains("PROBE"), "{log}");
    assert!(log.contains("ERROR") && log.contains("cargo xtask assets"));
}
