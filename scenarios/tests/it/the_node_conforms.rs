//! What a partner may expect of a node, asked of ours over simulated and over real sockets.

mod simulated {
    use mako_scenarios::subjects::{Netzbetreiber, Simulated};
    mako_conformance::node!(Netzbetreiber<Simulated>);
}

mod on_sockets {
    use mako_scenarios::subjects::{Netzbetreiber, OnSockets};
    mako_conformance::node!(Netzbetreiber<OnSockets>);
}
