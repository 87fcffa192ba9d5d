package io.confab.standalone.replay;

import static io.confab.standalone.replay.ReplayRefused.BAD_ARGUMENTS;

import io.confab.events.EventType;
import io.confab.events.Ids;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What stands behind {@code confab replay}, each name with {@code =} or a space before its value.
 *
 * @param to null for standard output
 * @param force whether a file may be overwritten that no replay with this selection has written
 */
record ReplayArguments(Path dataDir, Selection selection, @Nullable Path to, boolean force) {
  static final String USAGE =
      """
      Usage: ./confab replay --to FILE [--since TIME] [--until TIME] [--type TYPE …]
                             [--conversation ID …] [--data-dir DIRECTORY] [--force]

      Writes events as lines of JSON, each an envelope exactly as it is stored, in the order
      in which they became durable. Works beside a Confab that runs. The same command again
      goes on where an interrupted one was, and adds what has come since.

        --to FILE             where to write; - is standard output
        --since TIME          no event before: 2026-11-24T09:30:00Z, or 2026-11-24 for midnight, UTC
        --until TIME          no event then or later
        --type TYPE           events of this type, such as MessageSent; several times for several
        --conversation ID     events of this conversation; several times for several
        --data-dir DIRECTORY  the data directory of that Confab (default ./data)
        --force               write FILE anew, whatever it holds
      """;

  private static final String HELP = "see ./confab replay --help";
  private static final String GROUP = "group:";

  /**
   * Reads the arguments.
   *
   * @throws ReplayRefused where one is none, or its value is not allowed
   */
  static ReplayArguments of(String... arguments) {
    Reading reading = new Reading();
    for (int i = 0; i < arguments.length; i++) {
      String argument = arguments[i];
      if (argument.equals("--force")) {
        reading.force = true;
        continue;
      }
      int equals = argument.indexOf('=');
      String name = equals < 0 ? argument : argument.substring(0, equals);
      if (!Reading.NAMES.contains(name)) {
        throw bad("'" + argument + "' is not an argument of replay; " + HELP);
      }
      if (equals < 0 && i + 1 == arguments.length) {
        throw bad(name + " needs a value; " + HELP);
      }
      reading.take(name, equals < 0 ? arguments[++i] : argument.substring(equals + 1));
    }
    return reading.result();
  }

  private static final class Reading {
    static final Set<String> NAMES =
        Set.of("--since", "--until", "--type", "--conversation", "--to", "--data-dir");

    private final Set<String> seen = new TreeSet<>();
    private final Set<EventType> types = EnumSet.noneOf(EventType.class);
    private final Set<String> conversations = new TreeSet<>();
    private @Nullable Instant since;
    private @Nullable Instant until;
    private Path dataDir = Path.of("data");
    private @Nullable Path to;
    private boolean force;

    void take(String name, String value) {
      if (value.isBlank()) {
        throw bad(name + " needs a value; " + HELP);
      }
      boolean repeatable = name.equals("--type") || name.equals("--conversation");
      if (!seen.add(name) && !repeatable) {
        throw bad(name + " " + value + " is a second one; at most one is allowed");
      }
      switch (name) {
        case "--since" -> since = time(name, value);
        case "--until" -> until = time(name, value);
        case "--type" -> types.add(type(value));
        case "--conversation" -> conversations.add(conversation(value));
        case "--to" -> to = target(value);
        default -> dataDir = path(name, value);
      }
    }

    ReplayArguments result() {
      if (!seen.contains("--to")) {
        throw bad("--to is missing: a file, or - for standard output; " + HELP);
      }
      if (since != null && until != null && !until.isAfter(since)) {
        throw bad("--until " + until + " is not after --since " + since);
      }
      return new ReplayArguments(
          dataDir, new Selection(since, until, types, conversations), to, force);
    }
  }

  private static Instant time(String name, String value) {
    try {
      return value.contains("T")
          ? Instant.parse(value)
          : LocalDate.parse(value).atStartOfDay(ZoneOffset.UTC).toInstant();
    } catch (DateTimeException e) {
      throw bad(
          name
              + " "
              + value
              + " is not a time: 2026-11-24T09:30:00Z, or 2026-11-24 for midnight, UTC");
    }
  }

  private static EventType type(String value) {
    EventType type = EventType.ofWireName(value);
    if (type == null) {
      throw bad(
          "--type "
              + value
              + " is not a type: "
              + Arrays.stream(EventType.values())
                  .map(EventType::wireName)
                  .collect(Collectors.joining(", ")));
    }
    return type;
  }

  private static String conversation(String value) {
    if (!Ids.valid(value)) {
      throw bad("--conversation " + value + " is not an id: " + Ids.FORM);
    }
    return value;
  }

  private static @Nullable Path target(String value) {
    if (value.startsWith(GROUP)) {
      throw bad(
          "--to "
              + value
              + " wants a consumer group, which needs Kafka; the embedded log goes to a file, or"
              + " to - for standard output");
    }
    return value.equals("-") ? null : path("--to", value);
  }

  private static Path path(String name, String value) {
    try {
      return Path.of(value);
    } catch (InvalidPathException e) {
      throw bad(name + " " + value + " is not a path: " + e.getReason());
    }
  }

  private static ReplayRefused bad(String message) {
    return new ReplayRefused(BAD_ARGUMENTS, message);
  }
}
