package io.confab.standalone.replay;

import io.confab.events.EncodedEvent;
import io.confab.events.EventType;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which events of the log are wanted.
 *
 * @param since none that happened before; null for all from the first
 * @param until none that happened then or later; null for all to the last
 * @param types of these types; empty for any
 * @param conversations of these conversations; empty for any
 */
public record Selection(
    @Nullable Instant since,
    @Nullable Instant until,
    Set<EventType> types,
    Set<String> conversations) {

  public Selection {
    types = types.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(types));
    conversations = Collections.unmodifiableSet(new TreeSet<>(conversations));
  }

  /** All events from {@code since} on, before {@code until}. */
  public static Selection between(@Nullable Instant since, @Nullable Instant until) {
    return new Selection(since, until, Set.of(), Set.of());
  }

  boolean holds(Instant at, EncodedEvent event) {
    return (since == null || !at.isBefore(since))
        && (until == null || at.isBefore(until))
        && (types.isEmpty() || types.contains(event.type()))
        && (conversations.isEmpty() || conversations.contains(event.conversation()));
  }

  /** The arguments that make this choice, always in the same order; empty for all events. */
  String asArguments() {
    StringBuilder arguments = new StringBuilder();
    if (since != null) {
      arguments.append(" --since ").append(since);
    }
    if (until != null) {
      arguments.append(" --until ").append(until);
    }
    types.forEach(type -> arguments.append(" --type ").append(type.wireName()));
    conversations.forEach(id -> arguments.append(" --conversation ").append(id));
    return arguments.toString().strip();
  }
}
