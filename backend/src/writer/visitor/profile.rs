//! What a site's script says of its visitor.

use domain::{
    Refusal,
    activity::ActivityKind,
    frame::visitor::Answer,
    visitor::{ProfileInput, attributes, set_attributes},
};

use crate::{store::visitor::VisitorKey, writer::batch::Batch};

impl Batch<'_> {
    /// Fills what is empty. Before the first chat nothing is stored.
    pub(super) fn identify(
        &mut self,
        key: &VisitorKey,
        profile: ProfileInput,
    ) -> Result<Answer, Refusal> {
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

    /// What the site says beyond the five fields. Before the first chat nothing is stored.
    pub(super) fn set_attributes(
        &mut self,
        key: &VisitorKey,
        said: &[(String, String)],
    ) -> Result<Answer, Refusal> {
        let said = attributes(said)?;
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
}
