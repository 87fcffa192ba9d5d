package io.confab.edge;

import io.confab.events.EventLog;
import io.confab.web.Authenticator;
import java.time.Clock;

/** What a session needs from the rest of Confab. */
record EdgePorts(
    Authenticator authenticator,
    CommandClient commands,
    ReadMarkers readMarkers,
    Memberships memberships,
    EventLog log,
    Clock clock) {}
