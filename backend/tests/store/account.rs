//! Accounts and their import.

use backend::Imported;
use domain::{AgentId, Refusal, Timestamp, account::EmailDomain};

use crate::on_every_database;

fn domain(domain: &str) -> EmailDomain {
    domain.parse().unwrap()
}

on_every_database! {
    async fn a_domain_has_one_account(company: Company) {
        let maya = company.agent_away("Maya").await.who.agent.id;
        let name = || "Finch".to_owned().try_into().unwrap();
        let added = company.node.add_account(name(), domain("finch.example"), maya).await.unwrap();
        let again = company.node.add_account(name(), domain("Finch.example"), maya).await;
        assert_eq!(again.unwrap_err().refusal(), Refusal::NotNow);
        let stranger = AgentId::new(Timestamp(0), [9; 10]);
        let strange = company.node.add_account(name(), domain("b.example"), stranger).await;
        assert_eq!(strange.unwrap_err().refusal(), Refusal::NotFound);
        assert_eq!(company.node.accounts(None, 10).await.unwrap(), [added]);
    }

    async fn an_import_adds_and_changes_or_does_nothing(company: Company) {
        let maya = company.agent_away("Maya").await.who.agent.id;
        let jun = company.agent_away("Jun").await.who.agent.id;
        let first = b"name,domain,owner\nA,a.example,maya@example.com\nB,b.example,maya@example.com\n";
        let done = company.node.import_accounts(first).await.unwrap().unwrap();
        assert_eq!(done, Imported { added: 2, changed: 0 });
        let before = company.node.accounts(None, 10).await.unwrap();

        let half = b"name,domain,owner\nC,c.example,maya@example.com\nB,b.example,nobody@example.com\n";
        let errors = company.node.import_accounts(half).await.unwrap().unwrap_err();
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].line, 3);
        assert_eq!(company.node.accounts(None, 10).await.unwrap(), before);

        let second = b"name,domain,owner\nB2,b.example,jun@example.com\nC,c.example,jun@example.com\n";
        let done = company.node.import_accounts(second).await.unwrap().unwrap();
        assert_eq!(done, Imported { added: 1, changed: 1 });
        let after = company.node.accounts(None, 10).await.unwrap();
        let owners: Vec<_> = after.iter().map(|account| account.owner).collect();
        assert_eq!(owners, [maya, jun, jun]);
        assert_eq!(after[1].id, before[1].id);
        assert_eq!(&*after[1].name, "B2");
    }

    async fn accounts_are_read_in_pages(company: Company) {
        company.agent_away("Maya").await;
        let mut csv = String::from("name,domain,owner\n");
        for n in 0..2_500 {
            csv.push_str(&format!("N{n},n{n:04}.example,maya@example.com\n"));
        }
        let done = company.node.import_accounts(csv.as_bytes()).await.unwrap().unwrap();
        assert_eq!(done.added, 2_500);
        let (mut seen, mut after) = (0, None);
        loop {
            let page = company.node.accounts(after.as_ref(), 1_000).await.unwrap();
            let Some(last) = page.last() else { break };
            after = Some(last.domain.clone());
            seen += page.len();
        }
        assert_eq!(seen, 2_500);
    }
}
