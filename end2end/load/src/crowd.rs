//! The clients of a run, together: started, brought to rest, judged.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use domain::frame::visitor::VisitorToken;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use crate::{
    agent::Agent,
    checker::{Report, check},
    client::Handle,
    course::{Course, Pace, Phase},
    fresh,
    inbox::Inbox,
    journal::{Entry, Journal, Who},
    stage::Stage,
    visitor::Visitor,
};

/// How long the last answers may take once nobody begins anything new.
const SETTLE: Duration = Duration::from_secs(30);

/// Between two looks at the journals.
const LOOK: Duration = Duration::from_millis(500);

/// How many clients of which kind, and how they behave.
pub struct Size {
    pub visitors: usize,
    pub agents: usize,
    pub pace: Pace,
}

/// All clients of a run.
pub struct Crowd {
    phase: watch::Sender<Phase>,
    clients: Vec<Handle>,
    /// By which the agents' lists can be read anew.
    inboxes: Vec<(Who, Inbox)>,
    tokens: Vec<(Who, VisitorToken)>,
}

impl Crowd {
    /// Starts everybody. `sockets` are where the nodes' sockets are reached, in their order.
    ///
    /// # Errors
    /// If an agent cannot sign in.
    pub async fn gather(
        stage: &Stage,
        sockets: Vec<String>,
        size: Size,
        random: &mut fastrand::Rng,
    ) -> Result<Self> {
        let (sender, phase) = watch::channel(Phase::Write);
        let course = Course {
            site: stage.site.clone(),
            servers: stage.addresses(),
            sockets,
            pace: size.pace,
            phase,
        };
        let inboxes: Vec<Inbox> = stage.sign_in(size.agents).await?;
        let mut clients = Vec::new();
        let inboxes: Vec<_> = (1..).map(Who::Agent).zip(inboxes).collect();
        for (n, (_, inbox)) in (1..).zip(inboxes.clone()) {
            clients.push(Agent::spawn(n, course.clone(), inbox, random.fork()));
        }
        let mut tokens = Vec::new();
        for n in 1..=size.visitors {
            let visitor = Visitor::spawn(n, course.clone(), random.fork());
            tokens.push((Who::Visitor(n), visitor.token));
            clients.push(visitor.client);
        }
        Ok(Self {
            phase: sender,
            clients,
            inboxes,
            tokens,
        })
    }

    /// How many messages were acknowledged so far.
    pub fn acknowledged(&self) -> usize {
        self.clients
            .iter()
            .map(|client| client.journal.acknowledged())
            .sum()
    }

    /// Waits until this many messages were acknowledged.
    ///
    /// # Errors
    /// If that takes longer than `patience`.
    pub async fn reach(&self, acknowledged: usize, patience: Duration) -> Result<()> {
        let started = Instant::now();
        while self.acknowledged() < acknowledged {
            if started.elapsed() > patience {
                bail!(
                    "only {} of {acknowledged} messages were acknowledged after {patience:?}",
                    self.acknowledged()
                );
            }
            sleep(LOOK / 5).await;
        }
        Ok(())
    }

    /// Lets nobody begin anything new and waits until everything begun is answered.
    ///
    /// # Errors
    /// Who still waits after half a minute.
    pub async fn settle(&mut self) -> Result<()> {
        self.phase.send_replace(Phase::Settle);
        let answered = async {
            for client in &mut self.clients {
                // A client that ended by a panic has dropped its sender; its journal shows it.
                let _ = client.unanswered.wait_for(|count| *count == 0).await;
            }
        };
        if timeout(SETTLE, answered).await.is_err() {
            let waiting: Vec<String> = self
                .clients
                .iter()
                .filter(|client| *client.unanswered.borrow() > 0)
                .map(|client| client.journal.who().to_string())
                .collect();
            bail!("no answer after {SETTLE:?}: {}", waiting.join(", "));
        }
        Ok(())
    }

    /// Reads everything anew from the server at `address` and checks the journals against it.
    /// What is missing has `patience` to arrive.
    ///
    /// # Errors
    /// If it cannot be read.
    pub async fn judge(
        &self,
        stage: &Stage,
        address: &str,
        patience: Duration,
    ) -> Result<(Report, Vec<Journal>)> {
        let started = Instant::now();
        loop {
            let late = started.elapsed() > patience;
            // The journals first: what arrives meanwhile is then not held against the reading.
            let mut journals = self.journals();
            journals.extend(self.read_anew(address, &journals).await?);
            let truth = fresh::read(address, &stage.site, self.tokens.iter().copied()).await?;
            let report = check(&journals, &truth);
            if report.is_clean() || late {
                return Ok((report, journals));
            }
            sleep(LOOK).await;
        }
    }

    /// What each agent reads by request of the conversations that they accepted: it must be the
    /// same as what a visitor's connection reads.
    async fn read_anew(&self, address: &str, journals: &[Journal]) -> Result<Vec<Journal>> {
        let mut read = Vec::new();
        for (who, inbox) in &self.inboxes {
            let mut entries = Vec::new();
            let own = journals.iter().filter(|journal| journal.who == *who);
            for entry in own.flat_map(|journal| &journal.entries) {
                if let Entry::Accepted { conversation } = *entry {
                    let messages = inbox.read(address, conversation).await?;
                    entries.push(entry.clone());
                    entries.push(Entry::Opened {
                        conversation,
                        messages,
                    });
                }
            }
            read.push(Journal { who: *who, entries });
        }
        Ok(read)
    }

    fn journals(&self) -> Vec<Journal> {
        self.clients
            .iter()
            .map(|client| client.journal.read())
            .collect()
    }

    /// Sends everybody away.
    ///
    /// # Errors
    /// If a client had ended by a panic.
    pub async fn leave(self) -> Result<()> {
        self.phase.send_replace(Phase::Stop);
        for client in self.clients {
            client.task.await?;
        }
        Ok(())
    }
}
