//! The table of settings: flags, variables, the file and the help are made from it.

/// One setting.
#[derive(Debug)]
pub struct Key {
    /// The flag without its dashes, `public-url`.
    pub flag: &'static str,
    /// For the help.
    pub about: &'static str,
    /// Completes "expected …".
    pub expected: &'static str,
    /// Empty: not set.
    pub default: &'static str,
    /// Never printed.
    pub secret: bool,
}

impl Key {
    /// Its name in the file: `public_url`.
    pub fn name(&self) -> String {
        self.flag.replace('-', "_")
    }

    /// Its environment variable: `CASELLA_PUBLIC_URL`.
    pub fn variable(&self) -> String {
        format!("CASELLA_{}", self.name().to_uppercase())
    }
}

/// Every setting there is.
pub const KEYS: [Key; 30] = [
    Key {
        flag: "database-url",
        about: "Database: sqlite:PATH (made if missing) or postgres://… Default: casella.db in the data directory",
        expected: "sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE",
        default: "",
        secret: false,
    },
    Key {
        flag: "data-dir",
        about: "Folder of the embedded database and of secret.key",
        expected: "a folder",
        default: "./data",
        secret: false,
    },
    Key {
        flag: "secret-key",
        about: "With which secrets in the database are sealed: 64 hexadecimal digits, as `openssl rand -hex 32` prints them. Several nodes on PostgreSQL need the same. Default: the file secret.key in the data directory, made if missing",
        expected: "64 hexadecimal digits",
        default: "",
        secret: true,
    },
    Key {
        flag: "setup-code",
        about: "With which the first admin is made, of at least 16 characters, for machines that set Casella up. Default: Casella makes one and prints it at each start until there is an admin",
        expected: "at least 16 characters",
        default: "",
        secret: true,
    },
    Key {
        flag: "allow-outgoing",
        about: "Hosts like 10.0.0.5:8080, with commas between, that push messages and requests to calendars may be sent to although they are not on the public internet, also over http",
        expected: "hosts with ports and commas between, like 10.0.0.5:8080,push.lan:443",
        default: "",
        secret: false,
    },
    Key {
        flag: "smtp-host",
        about: "The server that takes the mail: invitations to meetings, replies to visitors who have left, chats that nobody took. Needs mail-from and public-url. Default: there is no mail",
        expected: "a host like smtp.example.com, without a port",
        default: "",
        secret: false,
    },
    Key {
        flag: "smtp-port",
        about: "Its port. Default: 587, with the encryption tls 465, with none 25",
        expected: "a port like 587",
        default: "",
        secret: false,
    },
    Key {
        flag: "smtp-encryption",
        about: "How the way to it is encrypted: starttls, tls (from the first byte) or none",
        expected: "starttls, tls or none",
        default: "starttls",
        secret: false,
    },
    Key {
        flag: "smtp-user",
        about: "The name to sign in with. Default: without signing in",
        expected: "a name, together with smtp-password",
        default: "",
        secret: false,
    },
    Key {
        flag: "smtp-password",
        about: "The password to sign in with",
        expected: "a password, together with smtp-user",
        default: "",
        secret: true,
    },
    Key {
        flag: "mail-from",
        about: "Who the mail is from: an address that the server may send from",
        expected: "an address like chat@example.com or Example <chat@example.com>",
        default: "",
        secret: false,
    },
    Key {
        flag: "google-client-id",
        about: "Of the application registered with Google, so that agents can connect Google Calendar; its redirect address is public_url with /settings",
        expected: "what is shown where Casella was registered",
        default: "",
        secret: false,
    },
    Key {
        flag: "google-client-secret",
        about: "The secret that belongs to it",
        expected: "what is shown where Casella was registered",
        default: "",
        secret: true,
    },
    Key {
        flag: "outlook-client-id",
        about: "Of the application registered with Microsoft Entra, so that agents can connect Outlook; its redirect address is public_url with /settings",
        expected: "what is shown where Casella was registered",
        default: "",
        secret: false,
    },
    Key {
        flag: "outlook-client-secret",
        about: "The secret that belongs to it",
        expected: "what is shown where Casella was registered",
        default: "",
        secret: true,
    },
    Key {
        flag: "listen",
        about: "Address and port of inbox and chat",
        expected: "an address and port like 127.0.0.1:3000",
        default: "127.0.0.1:3000",
        secret: false,
    },
    Key {
        flag: "public-url",
        about: "The address under which browsers reach Casella. Needed unless listen is an address of this machine alone, where the Host of each request decides",
        expected: "an origin like https://chat.example.com, without a path",
        default: "",
        secret: false,
    },
    Key {
        flag: "metrics-listen",
        about: "Address and port where /metrics is served by itself, to whoever reaches it. Default: nowhere",
        expected: "an address and port like 127.0.0.1:9464",
        default: "",
        secret: false,
    },
    Key {
        flag: "metrics-token",
        about: "A secret with which /metrics may be read at listen, too, as Authorization: Bearer …. Default: nobody may",
        expected: "a secret, as `openssl rand -hex 32` prints them",
        default: "",
        secret: true,
    },
    Key {
        flag: "assets",
        about: "Folder of what browsers load; not used by a binary that carries it inside",
        expected: "a folder",
        default: "target/site",
        secret: false,
    },
    Key {
        flag: "log",
        about: "Which log lines are written, as directives like info,backend=debug",
        expected: "directives like info,backend=debug",
        default: "info",
        secret: false,
    },
    Key {
        flag: "log-format",
        about: "text or json",
        expected: "text or json",
        default: "text",
        secret: false,
    },
    Key {
        flag: "demo-listen",
        about: "Address and port of the demo company's page (serve --demo)",
        expected: "an address and port like 127.0.0.1:3001",
        default: "127.0.0.1:3001",
        secret: false,
    },
    Key {
        flag: "proxies",
        about: "Addresses and networks of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, with commas between",
        expected: "addresses and networks with commas between, like 10.0.0.5,10.1.0.0/16",
        default: "",
        secret: false,
    },
    Key {
        flag: "connections",
        about: "Open connections together, as far as the system gives handles; when there are so many, idle ones of whoever has most make room",
        expected: "a whole number from 1",
        default: "16384",
        secret: false,
    },
    Key {
        flag: "connections-per-address",
        about: "Open connections that one address may have",
        expected: "a whole number from 1",
        default: "4096",
        secret: false,
    },
    Key {
        flag: "requests-per-second",
        about: "Requests a second that one address may send; twenty times as many at once",
        expected: "a whole number from 1",
        default: "200",
        secret: false,
    },
    Key {
        flag: "sign-ins-per-minute",
        about: "Attempts to sign in a minute that one address may make",
        expected: "a whole number from 1",
        default: "30",
        secret: false,
    },
    Key {
        flag: "frames-per-second",
        about: "Frames a second that one connection may send; eight times as many at once",
        expected: "a whole number from 1",
        default: "50",
        secret: false,
    },
    Key {
        flag: "drain-seconds",
        about: "How long a stop waits for connections to end",
        expected: "a whole number of seconds",
        default: "10",
        secret: false,
    },
];
