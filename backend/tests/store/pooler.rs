//! PgBouncer between Casella and PostgreSQL, where it is installed.

use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use backend::{Casella, Clock, Settings, StartError};

use crate::support::{Company, postgres};

/// A running PgBouncer, ended with the value.
struct Bouncer {
    process: Child,
    url: String,
    _folder: tempfile::TempDir,
}

impl Drop for Bouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Starts one before the database of an address; none if it is not installed.
fn bouncer(database: &str, settings: &str) -> Option<Bouncer> {
    let (server, name) = database.rsplit_once('/').unwrap();
    let (_, place) = server.rsplit_once('@').unwrap();
    let (host, port) = place.rsplit_once(':').unwrap();
    let own = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let folder = tempfile::tempdir().unwrap();
    let ini = folder.path().join("pgbouncer.ini");
    let text = format!(
        "[databases]\n{name} = host={host} port={port} user=postgres\n[pgbouncer]\n\
         listen_addr = 127.0.0.1\nlisten_port = {own}\nunix_socket_dir =\nauth_type = any\n{settings}\n"
    );
    std::fs::write(&ini, text).unwrap();
    let process = Command::new("pgbouncer")
        .args(["-q", "-u", "nobody"])
        .arg(&ini)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let begun = Instant::now();
    while std::net::TcpStream::connect(("127.0.0.1", own)).is_err() {
        assert!(
            begun.elapsed() < Duration::from_secs(10),
            "pgbouncer does not start"
        );
        std::thread::yield_now();
    }
    Some(Bouncer {
        process,
        url: format!("postgres://postgres@127.0.0.1:{own}/{name}"),
        _folder: folder,
    })
}

const PASSED_OVER: &str = "ignore_startup_parameters = options, extra_float_digits";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pooler_that_shares_connections_is_named_at_the_start_and_one_that_does_not_works() {
    let Some(database) = postgres().await else {
        return;
    };
    for settings in [
        format!("pool_mode = transaction\n{PASSED_OVER}"),
        "pool_mode = transaction\nignore_startup_parameters = extra_float_digits".to_owned(),
    ] {
        let Some(bouncer) = bouncer(&database.url, &settings) else {
            return;
        };
        let settings = Settings {
            database_url: bouncer.url.clone(),
            ..database.settings()
        };
        let Err(error) = Casella::start(settings, Clock::default()).await else {
            panic!("it starts");
        };
        assert!(matches!(error, StartError::Pooler(_)), "{error}");
        assert!(error.to_string().contains("pool_mode = session"));
    }
    let Some(bouncer) = bouncer(
        &database.url,
        &format!("pool_mode = session\n{PASSED_OVER}"),
    ) else {
        return;
    };
    let settings = Settings {
        database_url: bouncer.url.clone(),
        ..database.settings()
    };
    let company = Company::start_with(database, settings).await;
    let mut maya = company.agent("Maya").await;
    let mut ada = company.visitor().await;
    let chat = ada.start(Some("Hi")).await.unwrap();
    assert_eq!(maya.accept().await, chat);
    company.node.stop().await;
}
