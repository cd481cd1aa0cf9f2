//! Teams, their members and their order.

use domain::{AgentId, Refusal, TeamId, Timestamp, text::Field};

use crate::on_every_database;

fn name(name: &str) -> Field {
    name.to_owned().try_into().unwrap()
}

on_every_database! {
    async fn a_team_keeps_its_members_in_their_order(company: Company) {
        let maya = company.agent_away("Maya").await.who.agent.id;
        let jun = company.agent_away("Jun").await.who.agent.id;
        let team = company.node.add_team(name("Sales")).await.unwrap();
        assert!(team.members.is_empty());

        let set = company.node.set_team_members(team.id, vec![jun, maya, jun]).await.unwrap();
        assert_eq!(set.members, [jun, maya]);
        let set = company.node.set_team_members(team.id, vec![maya]).await.unwrap();
        assert_eq!(set.members, [maya]);
        company.node.add_team(name("back office")).await.unwrap();
        let teams = company.node.teams().await.unwrap();
        let names: Vec<&str> = teams.iter().map(|team| &*team.name).collect();
        assert_eq!(names, ["back office", "Sales"]);
        let found = company.node.team_by_name(" SALES ").await.unwrap().unwrap();
        assert_eq!((found.id, found.members), (team.id, vec![maya]));
    }

    async fn a_team_of_a_taken_name_or_with_a_stranger_is_refused(company: Company) {
        let team = company.node.add_team(name("Sales")).await.unwrap();
        let again = company.node.add_team(name("SALES")).await.unwrap_err();
        assert_eq!(again.refusal(), Refusal::NotNow);

        let maya = company.agent_away("Maya").await.who.agent.id;
        company.node.set_team_members(team.id, vec![maya]).await.unwrap();
        let stranger = AgentId::new(Timestamp(0), [9; 10]);
        let with_stranger = company.node.set_team_members(team.id, vec![stranger]).await;
        assert_eq!(with_stranger.unwrap_err().refusal(), Refusal::NotFound);
        let nowhere = TeamId::new(Timestamp(0), [9; 10]);
        let unknown = company.node.set_team_members(nowhere, vec![maya]).await;
        assert_eq!(unknown.unwrap_err().refusal(), Refusal::NotFound);
        // Neither changed anything, nor left the connection inside a transaction.
        assert_eq!(company.node.teams().await.unwrap()[0].members, [maya]);
    }
}
