//! What agents set for themselves.

mod photo;

use domain::{
    AgentId, Language, Refusal, SessionId,
    availability::{Schedule, rules},
    settings::{AgentSettings, Notifications},
    text::Field,
};

pub use photo::Photo;

use crate::{
    Casella, Error, SignedIn,
    sign_in::own_guess_key,
    store::{self, duty},
    writer::{Origin, Task},
};

impl Casella {
    /// Everything on the settings page.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if the agent is gone; [`Error::Store`].
    pub async fn settings(&self, who: &SignedIn) -> Result<AgentSettings, Error> {
        let id = who.agent.id;
        let mut connection = self.store.reader().await?;
        let agent = store::agent::by_id(&mut connection, id)
            .await?
            .ok_or(Refusal::NotFound)?;
        let duty = duty::of(&mut connection, [id]).await?.pop();
        let now = self.clock.now();
        let mut devices = store::device::of_agent(&mut connection, id, now).await?;
        for device in &mut devices {
            device.this = device.session == who.session;
        }
        Ok(AgentSettings {
            agent,
            schedule: duty.map(|duty| duty.schedule).unwrap_or_default(),
            notifications: duty::notifications(&mut connection, id).await?,
            devices,
            push_key: self.push_key(),
        })
    }

    /// Replaces the name that visitors see and the language of the inbox; none means the
    /// browser's.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn set_profile(
        &self,
        who: &SignedIn,
        name: Field,
        language: Option<Language>,
    ) -> Result<(), Error> {
        let changes = crate::AgentChanges {
            name: Some(name),
            language: Some(language),
            ..crate::AgentChanges::default()
        };
        self.set_agent(who.agent.id, changes).await.map(drop)
    }

    /// An agent's hours.
    ///
    /// # Errors
    /// [`Refusal::NotFound`]; [`Error::Store`].
    pub async fn schedule_of(&self, id: AgentId) -> Result<Schedule, Error> {
        let mut connection = self.store.reader().await?;
        let duty = duty::of(&mut connection, [id]).await?.pop();
        Ok(duty.ok_or(Refusal::NotFound)?.schedule)
    }

    /// Replaces one's own hours.
    ///
    /// # Errors
    /// As [`Casella::set_schedule_of`].
    pub async fn set_schedule(&self, who: &SignedIn, schedule: Schedule) -> Result<(), Error> {
        self.set_schedule_of(who.agent.id, schedule).await
    }

    /// Replaces an agent's hours. The switch stays as it is, now until the next block or midnight
    /// of these hours; if they say the same, it stands by schedule.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] for a time zone that is not in the database; [`Refusal::NotFound`].
    pub async fn set_schedule_of(&self, id: AgentId, schedule: Schedule) -> Result<(), Error> {
        if schedule.zone().is_some_and(|zone| !rules::exists(zone)) {
            return Err(Refusal::Malformed.into());
        }
        let now = self.clock.now();
        let mut connection = self.store.writer().await?;
        connection.begin().await?;
        store::agent::lock(&mut connection, id).await?;
        let Some(mut duty) = duty::of(&mut connection, [id]).await?.pop() else {
            connection.rollback().await?;
            return Err(Refusal::NotFound.into());
        };
        let over = duty.over.filter(|over| now < over.until);
        duty.over = over.and_then(|over| rules::switched(&schedule, over.available, now));
        duty::save(&mut connection, &[&duty]).await?;
        duty::set_schedule(&mut connection, id, &schedule, now).await?;
        connection.commit().await?;
        drop(connection);
        if self.run > 0 {
            // At once, and told to all tabs; without a node here, one that runs does it when due.
            self.writer
                .perform(Origin::Agent(id), Task::Availability(id))
                .await?;
        }
        Ok(())
    }

    /// Replaces how one hears of offers and messages. Without offers while the inbox is closed no
    /// browser is subscribed any more.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn set_notifications(
        &self,
        who: &SignedIn,
        notifications: Notifications,
    ) -> Result<(), Error> {
        let mut connection = self.store.writer().await?;
        connection.begin().await?;
        duty::set_notifications(&mut connection, who.agent.id, notifications).await?;
        if !notifications.when_closed {
            store::push::remove_all_of(&mut connection, who.agent.id).await?;
        }
        connection.commit().await?;
        Ok(())
    }

    /// Replaces one's own password and ends the other sessions.
    ///
    /// # Errors
    /// [`Refusal::Forbidden`] if `current` is not the password; as [`Casella::add_agent`] for the
    /// new one.
    pub async fn change_password(
        &self,
        who: &SignedIn,
        current: &str,
        new: &str,
    ) -> Result<(), Error> {
        // Whoever has only the browser could guess here as well.
        let key = own_guess_key(who.agent.id);
        self.wait_to_guess(&key).await?;
        let mut connection = self.store.reader().await?;
        let found = store::agent::by_email(&mut connection, &who.agent.email).await?;
        drop(connection);
        let known = found
            .filter(|(agent, _)| agent.id == who.agent.id)
            .map(|(_, hash)| hash);
        if !self.passwords.verify(current, known).await? {
            return Err(Refusal::Forbidden.into());
        }
        let hash = self.passwords.hash(new).await?;
        let id = who.agent.id;
        let mut connection = self.store.writer().await?;
        connection.begin().await?;
        store::guess::clear(&mut connection, &key).await?;
        store::agent::set_password(&mut connection, id, &hash).await?;
        let ended = store::device::end_others(&mut connection, id, who.session).await?;
        connection.commit().await?;
        drop(connection);
        self.hub.close_sessions(|session| ended.contains(&session));
        Ok(())
    }

    /// Signs another browser of the same agent out, or this one.
    ///
    /// # Errors
    /// [`Refusal::NotFound`] if it is not signed in.
    pub async fn end_device(&self, who: &SignedIn, session: SessionId) -> Result<(), Error> {
        let mut connection = self.store.reader().await?;
        let now = self.clock.now();
        let devices = store::device::of_agent(&mut connection, who.agent.id, now).await?;
        drop(connection);
        if !devices.iter().any(|device| device.session == session) {
            return Err(Refusal::NotFound.into());
        }
        let device = SignedIn {
            agent: who.agent.clone(),
            session,
        };
        self.sign_out(&device).await
    }
}
