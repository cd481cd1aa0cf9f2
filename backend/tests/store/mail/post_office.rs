//! A mail server that does as it is told, and keeps what it took.

use std::sync::{
    Arc,
    atomic::{AtomicU16, Ordering},
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::Mutex,
};

/// A letter that was taken.
#[derive(Clone, Debug)]
pub struct Taken {
    pub to: String,
    /// Head and body as they came over the line.
    pub data: String,
}

impl Taken {
    /// The value of a line of the head.
    pub fn head(&self, name: &str) -> &str {
        let start = format!("{name}: ");
        let line = self.data.lines().find_map(|line| line.strip_prefix(&start));
        line.unwrap_or_default()
    }
}

#[derive(Clone)]
pub struct PostOffice {
    port: u16,
    taken: Arc<Mutex<Vec<Taken>>>,
    /// What readers are answered with; 250 to take them.
    answer: Arc<AtomicU16>,
    /// How often somebody asked for a reader.
    asked: Arc<AtomicU16>,
}

impl PostOffice {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let office = Self {
            port: listener.local_addr().unwrap().port(),
            taken: Arc::default(),
            answer: Arc::new(AtomicU16::new(250)),
            asked: Arc::default(),
        };
        let own = office.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(own.clone().serve(stream));
            }
        });
        office
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn answer(&self, code: u16) {
        self.answer.store(code, Ordering::SeqCst);
    }

    pub fn asked(&self) -> u16 {
        self.asked.load(Ordering::SeqCst)
    }

    pub async fn taken(&self) -> Vec<Taken> {
        self.taken.lock().await.clone()
    }

    async fn serve(self, mut stream: TcpStream) -> Option<()> {
        let (read, mut write) = stream.split();
        let mut lines = BufReader::new(read).lines();
        write.write_all(b"220 office\r\n").await.ok()?;
        let mut to = String::new();
        while let Some(line) = lines.next_line().await.ok()? {
            let command = line.to_ascii_uppercase();
            let answer = if command.starts_with("RCPT TO:") {
                self.asked.fetch_add(1, Ordering::SeqCst);
                to = line[8..].trim_matches(['<', '>']).to_owned();
                format!("{} so\r\n", self.answer.load(Ordering::SeqCst))
            } else if command == "DATA" {
                write.write_all(b"354 go on\r\n").await.ok()?;
                let mut data = String::new();
                loop {
                    let line = lines.next_line().await.ok()??;
                    if line == "." {
                        break;
                    }
                    data.push_str(line.strip_prefix('.').unwrap_or(&line));
                    data.push('\n');
                }
                let to = to.clone();
                self.taken.lock().await.push(Taken { to, data });
                "250 taken\r\n".to_owned()
            } else if command == "QUIT" {
                write.write_all(b"221 bye\r\n").await.ok()?;
                return Some(());
            } else {
                "250 so\r\n".to_owned()
            };
            write.write_all(answer.as_bytes()).await.ok()?;
        }
        Some(())
    }
}
