//! What a site's script says of its visitor.

use std::time::Duration;

use domain::{
    Refusal, VisitorId,
    activity::ActivityKind,
    frame::visitor::Answer,
    visitor::{Attribute, ProfileInput, set_attributes},
};

use crate::{
    identity::Vouched,
    store::{self, Connection, visitor::VisitorKey},
    writer::{Done, batch::Batch},
};

/// How long it is no news that a site's server vouches for a visitor.
const IDENTIFIED: Duration = Duration::from_secs(24 * 60 * 60);

impl Batch<'_> {
    /// Fills what is empty, with those fields that are right. Before the first chat nothing is stored.
    pub(super) fn identify(
        &mut self,
        key: &VisitorKey,
        mut profile: ProfileInput,
    ) -> Result<Answer, Refusal> {
        profile.sift();
        let profile = profile.parse()?;
        if let Some(id) = self.keys.get(key).copied()
            && let Some(known) = self.visitors.get_mut(&id)
        {
            let before = known.visitor.profile.clone();
            known.visitor.profile.suggested(profile, known.held);
            if known.visitor.profile != before {
                self.visitor_changed(id);
                self.touch_open_chat(id);
                self.happened(id, ActivityKind::Identified { signed: false });
            }
        }
        Ok(Answer::Done)
    }

    /// What the site says beyond the five fields, without what is not right. Before the first chat
    /// nothing is stored.
    pub(super) fn set_attributes(
        &mut self,
        key: &VisitorKey,
        said: &[(String, String)],
    ) -> Result<Answer, Refusal> {
        let right = |(name, value): &(String, String)| Attribute::parse(name, value).ok();
        let said = said.iter().filter_map(right).collect();
        if let Some(id) = self.keys.get(key).copied()
            && let Some(known) = self.visitors.get_mut(&id)
        {
            let before = known.visitor.attributes.clone();
            set_attributes(&mut known.visitor.attributes, said);
            if known.visitor.attributes != before {
                self.visitor_changed(id);
                self.touch_open_chat(id);
            }
        }
        Ok(Answer::Done)
    }

    /// Who of these visitors was identified a short while ago.
    pub(in crate::writer) async fn read_identified(
        &mut self,
        connection: &mut Connection,
        keys: &[VisitorKey],
    ) -> Result<(), sqlx::Error> {
        let visitors: Vec<_> = keys
            .iter()
            .filter_map(|key| self.keys.get(key))
            .copied()
            .collect();
        let since = self.now - IDENTIFIED;
        self.identified = store::activity::signed_since(connection, &visitors, since).await?;
        Ok(())
    }

    /// A visitor for whom the site's server vouches is connected. Before the first chat nothing is
    /// stored.
    pub(in crate::writer) fn is_vouched(
        &mut self,
        key: &VisitorKey,
        vouched: &Vouched,
    ) -> Result<Done, Refusal> {
        if let Some(id) = self.keys.get(key).copied() {
            self.vouch(id, vouched);
        }
        Ok(Done::Silently)
    }

    /// Takes over what the site's server vouches for.
    pub(super) fn vouch(&mut self, id: VisitorId, vouched: &Vouched) {
        let Some(known) = self.visitors.get_mut(&id) else {
            return;
        };
        let before = known.clone();
        let visitor = &mut known.visitor;
        visitor
            .profile
            .vouched(vouched.profile.clone(), &mut known.held);
        set_attributes(&mut visitor.attributes, vouched.attributes.clone());
        visitor.signed = true;
        known.identity = Some(vouched.sub.clone());
        if *known != before {
            self.visitor_changed(id);
            self.touch_open_chat(id);
        }
        if !self.identified.contains(&id) {
            self.identified.push(id);
            self.happened(id, ActivityKind::Identified { signed: true });
        }
    }
}
