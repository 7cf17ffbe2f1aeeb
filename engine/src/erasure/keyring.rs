//! The keys that one load of one process needs: each is read from the store once.
//!
//! A key is here because something that the state is made of was sealed under it. So the keys on the ring are those that must still stand
//! when a decision on that state is committed.

use std::collections::{BTreeMap, BTreeSet};

use super::{KeyId, SubjectKey};
use crate::names::{SubjectId, TenantId};
use crate::store::{Store, StoreError};

/// Keys by name, and those that were asked for and are gone.
#[derive(Debug, Default)]
pub(crate) struct Keyring {
    held: BTreeMap<KeyId, SubjectKey>,
    gone: BTreeSet<KeyId>,
}

impl Keyring {
    /// Asks the store for the key, once; whether it stands.
    pub(crate) async fn fetch(&mut self, store: &dyn Store, tenant: &TenantId, id: KeyId) -> Result<bool, StoreError> {
        if !self.knows(id) {
            match store.subject_key(tenant, id).await? {
                Some(key) => drop(self.held.insert(id, key)),
                None => drop(self.gone.insert(id)),
            }
        }
        Ok(self.held.contains_key(&id))
    }

    /// The key under which something new about `subject` is sealed, if it has one.
    pub(crate) async fn of(&mut self, store: &dyn Store, tenant: &TenantId, subject: &SubjectId) -> Result<Option<SubjectKey>, StoreError> {
        let key = store.key_of(tenant, subject).await?;
        if let Some(key) = &key {
            self.hold(key.clone());
        }
        Ok(key)
    }

    /// Takes a key that is in no store yet.
    pub(crate) fn hold(&mut self, key: SubjectKey) {
        self.held.insert(key.id(), key);
    }

    /// Takes every key of `other`, too.
    pub(crate) fn take_over(&mut self, other: Self) {
        self.held.extend(other.held);
        self.gone.extend(other.gone);
    }

    /// Whether the store was asked for the key.
    pub(crate) fn knows(&self, id: KeyId) -> bool {
        self.held.contains_key(&id) || self.gone.contains(&id)
    }

    /// The key, if it stands.
    pub(crate) fn get(&self, id: KeyId) -> Option<&SubjectKey> {
        self.held.get(&id)
    }

    /// Every key that stands, in their order.
    pub(crate) fn held(&self) -> impl Iterator<Item = &SubjectKey> {
        self.held.values()
    }
}
