//! The store in memory keeps the requirements.

mako_conformance::store!(mako_conformance::subjects::Memory);
