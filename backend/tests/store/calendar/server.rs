//! Real CalDAV servers, started for a story, and what stands between them and Casella.

use std::{
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};

pub const USER: &str = "maya";
pub const PASSWORD: &str = "s3cret: ß";

/// Which program it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Asks for a password.
    Radicale,
    /// Takes whoever comes, and calls calendars and homes otherwise.
    Xandikos,
}

/// A server with a calendar `Work` and a folder of contacts, of a user.
pub struct Server {
    pub kind: Kind,
    port: u16,
    child: Child,
    gate: Gate,
    _folder: TempDir,
}

impl Server {
    /// None without `CASELLA_TEST_CALDAV_PYTHON`, a Python that has both.
    pub async fn start(kind: Kind) -> Option<Self> {
        let python = std::env::var("CASELLA_TEST_CALDAV_PYTHON").ok()?;
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let data = folder.path().join("data");
        std::fs::create_dir(&data).unwrap();
        let mut command = Command::new(python);
        match kind {
            Kind::Radicale => {
                let users = folder.path().join("users");
                std::fs::write(&users, format!("{USER}:{PASSWORD}\n")).unwrap();
                command
                    .args(["-m", "radicale", "--auth-type", "htpasswd"])
                    .args(["--auth-htpasswd-encryption", "plain", "--auth-delay", "0"])
                    .arg("--auth-htpasswd-filename")
                    .arg(users)
                    .arg("--server-hosts")
                    .arg(format!("127.0.0.1:{port}"))
                    .arg("--storage-filesystem-folder")
                    .arg(data);
            }
            Kind::Xandikos => {
                command
                    .args(["-m", "xandikos", "serve", "--autocreate"])
                    .args(["--listen-address", "127.0.0.1", "--port"])
                    .arg(port.to_string())
                    .args(["--current-user-principal", &format!("/{USER}/")])
                    .arg("--directory")
                    .arg(data);
            }
        }
        let child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self {
            kind,
            port,
            child,
            gate: Gate::before(port).await,
            _folder: folder,
        };
        let up = async {
            while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(Duration::from_secs(60), up)
            .await
            .expect("the server starts");
        let work = server.calendar();
        let made = server.request("MKCALENDAR", &work, WORK).await;
        assert!((200..300).contains(&made.0), "{made:?}");
        Some(server)
    }

    /// Where Casella reaches it.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.gate.port)
    }

    pub fn address(&self) -> String {
        format!("http://{}", self.host())
    }

    /// The path of the calendar `Work`.
    pub fn calendar(&self) -> String {
        match self.kind {
            Kind::Radicale => format!("/{USER}/work/"),
            Kind::Xandikos => format!("/{USER}/calendars/work/"),
        }
    }

    /// Lets through, holds up, or turns away from now on.
    pub fn let_through(&self, what: Through) {
        *self.gate.mode.lock().unwrap() = what;
    }

    /// Puts an event into a calendar.
    pub async fn put(&self, name: &str, text: &str) {
        let path = format!("{}{name}.ics", self.calendar());
        let put = self.request("PUT", &path, text).await;
        assert!((200..300).contains(&put.0), "{name}: {put:?}");
    }

    /// What is at a path of the calendar; none if nothing is.
    pub async fn get(&self, name: &str) -> Option<String> {
        let path = format!("{}{name}.ics", self.calendar());
        let (status, body) = self.request("GET", &path, "").await;
        (status == 200).then_some(body)
    }

    pub async fn delete(&self, name: &str) {
        let path = format!("{}{name}.ics", self.calendar());
        let gone = self.request("DELETE", &path, "").await;
        assert!((200..300).contains(&gone.0), "{name}: {gone:?}");
    }

    async fn request(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        let kind = match method {
            "PUT" => "text/calendar; charset=utf-8",
            _ => "application/xml",
        };
        let basic = BASE64.encode(format!("{USER}:{PASSWORD}"));
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{}\r\nconnection: close\r\n\
             authorization: Basic {basic}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let body = answer.split_once("\r\n\r\n").unwrap().1.to_owned();
        (status, body)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const WORK: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<C:mkcalendar xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop>
<D:displayname>Work</D:displayname></D:prop></D:set></C:mkcalendar>"#;

/// What becomes of connections.
#[derive(Clone, Copy, Debug)]
pub enum Through {
    All,
    /// Taken, and never answered.
    Slowly,
    /// Closed at once.
    Nobody,
    /// Everything is answered by 404.
    Astray,
}

/// Stands before a server.
struct Gate {
    port: u16,
    mode: Arc<Mutex<Through>>,
}

impl Gate {
    async fn before(server: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mode = Arc::new(Mutex::new(Through::All));
        let now = Arc::clone(&mode);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mode = *now.lock().unwrap();
                tokio::spawn(async move {
                    match mode {
                        Through::All => {
                            let mut behind = TcpStream::connect(("127.0.0.1", server)).await?;
                            copy_bidirectional(&mut stream, &mut behind).await?;
                        }
                        Through::Slowly => sleep(Duration::from_secs(600)).await,
                        Through::Astray => {
                            let mut asked = [0; 16 * 1024];
                            let _ = stream.read(&mut asked).await?;
                            let answer = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
                            stream.write_all(answer).await?;
                        }
                        Through::Nobody => {}
                    }
                    Ok::<_, std::io::Error>(())
                });
            }
        });
        Self { port, mode }
    }
}
