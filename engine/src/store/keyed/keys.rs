//! The keys of subjects: a family of rows beside the log, outside of its hash chain, so that they can go.
//!
//! A commit may bring the first key of a subject, need keys that others brought, and delete one. Whatever was read with a key that is gone is
//! refused here, by the one writer: nothing that was decided before a shredding is written after it.

use std::ops::ControlFlow;

use async_trait::async_trait;

use super::super::StoreError;
use super::super::backend::Backend;
use super::super::keys::{Key, take_name};
use super::KeyedStore;
use super::group::{Group, Writes};
use crate::commit::{Commit, CommitError, Committed};
use crate::erasure::{KeyId, Shredding, SubjectKey, SubjectKeyStore};
use crate::names::{StreamId, SubjectId, TenantId};
use crate::snapshot;

/// `key:32 | subject`: the subject, so that a key can say whose it is as long as it stands.
fn key_row(tenant: &TenantId, id: KeyId) -> Vec<u8> {
    Key::table(b'k').name(tenant.as_str()).bytes(id.as_bytes()).done()
}

fn subject_row(tenant: &TenantId, subject: &SubjectId) -> Vec<u8> {
    Key::table(b'U').name(tenant.as_str()).name(subject.as_str()).done()
}

fn streams_of(tenant: &TenantId, id: KeyId) -> Key {
    Key::table(b'B').name(tenant.as_str()).bytes(id.as_bytes())
}

fn id_in(row: &[u8]) -> Result<KeyId, StoreError> {
    let cut = |_| StoreError::Undecodable { what: "name of a subject's key", detail: format!("{} bytes", row.len()) };
    row.try_into().map(KeyId::from_bytes).map_err(cut)
}

fn key_in(row: &[u8]) -> Result<SubjectKey, StoreError> {
    let cut = || StoreError::Undecodable { what: "subject's key", detail: format!("{} bytes", row.len()) };
    row.first_chunk().map(|bytes| SubjectKey::new(*bytes)).ok_or_else(cut)
}

/// The stream in a key of the table of streams.
fn stream_in(key: &[u8]) -> Result<StreamId, StoreError> {
    let names = key.get(1..).and_then(take_name).and_then(|(_, rest)| take_name(rest.get(KeyId::BYTES..)?));
    let cut = || StoreError::Undecodable { what: "place of a sealed event", detail: "its key is cut".to_owned() };
    names.map(|(stream, _)| StreamId::new(stream)).ok_or_else(cut)
}

/// What `commit` does with keys. Most commits know none.
pub(super) fn check<B: Backend>(
    group: &Group<'_, B>,
    commit: &Commit,
    committed: &mut Committed,
    writes: &mut Writes,
) -> Result<(), CommitError> {
    if let Some(shredding) = &commit.shreds {
        committed.shredded = shred(group, &commit.tenant, shredding, writes)?;
    }
    for new in &commit.new_keys {
        let subject = subject_row(&commit.tenant, &new.subject);
        if let Some(standing) = standing(group, writes, &subject)? {
            return Err(CommitError::SubjectHasKey { key: id_in(&standing)? });
        }
        writes.put(subject, new.key.id().as_bytes().to_vec());
        writes.put(key_row(&commit.tenant, new.key.id()), [new.key.bytes(), new.subject.as_str().as_bytes()].concat());
    }
    let seals = commit.events.iter().filter_map(|event| event.payload.sealed_under());
    for (key, seals) in seals.map(|key| (key, true)).chain(commit.needs_keys.iter().map(|key| (*key, false))) {
        if standing(group, writes, &key_row(&commit.tenant, key))?.is_none() {
            return Err(CommitError::KeyGone { key });
        }
        if seals {
            writes.put(streams_of(&commit.tenant, key).name(commit.stream.as_str()).done(), Vec::new());
        }
    }
    Ok(())
}

/// The row under `key` as the commit has left it so far.
fn standing<B: Backend>(group: &Group<'_, B>, writes: &Writes, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    match writes.get(key) {
        Some(row) => Ok(row.map(<[u8]>::to_vec)),
        None => group.get(key),
    }
}

/// The key goes, and every snapshot that may have been folded from what it opened.
fn shred<B: Backend>(
    group: &Group<'_, B>,
    tenant: &TenantId,
    shredding: &Shredding,
    writes: &mut Writes,
) -> Result<Vec<StreamId>, CommitError> {
    let subject = subject_row(tenant, &shredding.subject);
    if group.get(&subject)?.map(|row| id_in(&row)).transpose()? != Some(shredding.key) {
        return Err(CommitError::KeyGone { key: shredding.key });
    }
    writes.delete(subject);
    writes.delete(key_row(tenant, shredding.key));
    let range = streams_of(tenant, shredding.key).range();
    let floor = range.0.clone();
    let mut streams = Vec::new();
    for (place, _) in group.pairs(range, &floor, usize::MAX)? {
        let stream = stream_in(&place)?;
        writes.delete(snapshot::key(tenant, &stream));
        writes.delete(place);
        streams.push(stream);
    }
    Ok(streams)
}

#[async_trait]
impl<B: Backend> SubjectKeyStore for KeyedStore<B> {
    async fn key_of(&self, tenant: &TenantId, subject: &SubjectId) -> Result<Option<SubjectKey>, StoreError> {
        let Some(id) = self.backend().get(&subject_row(tenant, subject))? else { return Ok(None) };
        // A shredding between the two reads takes both rows.
        self.subject_key(tenant, id_in(&id)?).await
    }

    async fn subject_key(&self, tenant: &TenantId, id: KeyId) -> Result<Option<SubjectKey>, StoreError> {
        self.backend().get(&key_row(tenant, id))?.map(|row| key_in(&row)).transpose()
    }

    async fn sealed_under(&self, tenant: &TenantId, id: KeyId) -> Result<Vec<StreamId>, StoreError> {
        let (from, to) = streams_of(tenant, id).range();
        let mut streams = Vec::new();
        self.backend().scan(&from, &to, &mut |key, _| {
            streams.push(stream_in(key));
            ControlFlow::Continue(())
        })?;
        streams.into_iter().collect()
    }
}
