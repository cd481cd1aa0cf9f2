//! What the node cannot do without: when it ends before its time, so does the node.

use tokio_util::sync::CancellationToken;

/// Watches one part of the node. Dropped while the part unwinds, it brings the node down.
pub struct Part {
    name: &'static str,
    fallen: CancellationToken,
}

impl Part {
    pub fn new(name: &'static str, fallen: &CancellationToken) -> Self {
        Self {
            name,
            fallen: fallen.clone(),
        }
    }

    /// Does the part's work.
    pub async fn run(self, work: impl Future<Output = ()>) {
        work.await;
        // It has come to its end.
        drop(self);
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!(
                part = self.name,
                "a part of the node has failed that nothing works without: the node ends"
            );
            self.fallen.cancel();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::alone;

    #[tokio::test]
    async fn a_part_that_panics_brings_the_node_down_and_one_that_ends_does_not() {
        let fallen = CancellationToken::new();
        alone("ends", async {}, &fallen).unwrap();
        tokio::spawn(Part::new("ends too", &fallen).run(async {}))
            .await
            .unwrap();
        assert!(!fallen.is_cancelled());
        alone("writer", async { panic!("on purpose") }, &fallen).unwrap();
        fallen.cancelled().await;
        let fallen = CancellationToken::new();
        let task = tokio::spawn(Part::new("lease", &fallen).run(async { panic!("on purpose") }));
        assert!(task.await.is_err());
        assert!(fallen.is_cancelled());
    }
}
