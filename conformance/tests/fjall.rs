//! The store on disk keeps the requirements.

mako_conformance::store!(mako_conformance::subjects::Fjall);
