package io.confab.standalone.replay;

import static io.confab.standalone.replay.ReplayRefused.BAD_ARGUMENTS;

import io.confab.events.EventType;
import io.confab.events.Ids;
import io.confab.kafka.GroupStart;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What stands behind {@code confab replay}, each name with {@code =} or a space before its value.
 *
 * @param dataDir whose log is read, where there are no brokers
 * @param kafka the brokers whose log is read, {@code host:port} each; empty for none
 * @param to null for standard output, or a group
 * @param group the consumer group that is to be set; null for none, so that lines are written
 * @param force whether a file may be overwritten that no replay with this selection has written
 */
record ReplayArguments(
    Path dataDir,
    List<String> kafka,
    Selection selection,
    @Nullable Path to,
    @Nullable String group,
    boolean force) {
  static final String USAGE =
      """
      Usage: ./confab replay --to FILE [--since TIME] [--until TIME] [--type TYPE …]
                             [--conversation ID …] [--force]
                             [--data-dir DIRECTORY | --kafka HOST:PORT[,HOST:PORT …]]
             ./confab replay --to group:NAME --kafka HOST:PORT[,HOST:PORT …] [--since TIME]

      Writes events as lines of JSON, each an envelope exactly as it is stored: those of a data
      directory in the order in which they became durable, also while a Confab runs on it; those
      of Kafka one partition after another. The same command again goes on where an interrupted
      one was; after one that was complete, it brings the file up to date.

      With group:NAME it writes nothing, but has that consumer group begin with the first event
      since TIME in each partition.

        --to FILE             where to write; - is standard output
        --since TIME          no event before: 2026-11-24T09:30:00Z, or 2026-11-24 for midnight, UTC
        --until TIME          no event then or later
        --type TYPE           events of this type, such as MessageSent; several times for several
        --conversation ID     events of this conversation; several times for several
        --data-dir DIRECTORY  the data directory of a Confab (default ./data)
        --kafka HOST:PORT     the brokers to which Confab mirrors its log
        --force               write FILE anew, whatever it holds
      """;

  private static final String HELP = "see ./confab replay --help";
  private static final String GROUP = "group:";
  private static final Pattern GROUP_NAME = Pattern.compile("[A-Za-z0-9._-]{1,249}");
  private static final Pattern BROKER = Pattern.compile("([^\\s:,]+|\\[[0-9A-Fa-f:]+]):(\\d{1,5})");

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
        reading.force();
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
        Set.of("--since", "--until", "--type", "--conversation", "--to", "--data-dir", "--kafka");

    /** What says which events are written; a group is given all from where it begins. */
    static final List<String> OF_LINES = List.of("--until", "--type", "--conversation", "--force");

    private final Set<String> seen = new TreeSet<>();
    private final Set<EventType> types = EnumSet.noneOf(EventType.class);
    private final Set<String> conversations = new TreeSet<>();
    private @Nullable Instant since;
    private @Nullable Instant until;
    private Path dataDir = Path.of("data");
    private List<String> kafka = List.of();
    private @Nullable Path to;
    private @Nullable String group;

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
        case "--to" -> {
          group = value.startsWith(GROUP) ? group(value) : null;
          to = group != null || value.equals("-") ? null : path(name, value);
        }
        case "--kafka" -> kafka = brokers(value);
        default -> dataDir = path(name, value);
      }
    }

    void force() {
      seen.add("--force");
    }

    ReplayArguments result() {
      if (!seen.contains("--to")) {
        throw bad("--to is missing: a file, or - for standard output; " + HELP);
      }
      if (since != null && until != null && !until.isAfter(since)) {
        throw bad("--until " + until + " is not after --since " + since);
      }
      if (!kafka.isEmpty() && seen.contains("--data-dir")) {
        throw bad("--data-dir " + dataDir + " is one log and --kafka another; name one of them");
      }
      if (group != null) {
        checkGroup(group);
      }
      return new ReplayArguments(
          dataDir,
          kafka,
          new Selection(since, until, types, conversations),
          to,
          group,
          seen.contains("--force"));
    }

    private void checkGroup(String name) {
      if (kafka.isEmpty()) {
        throw bad(
            "--to group:"
                + name
                + " wants a consumer group, which needs --kafka; the embedded log goes to a file,"
                + " or to - for standard output");
      }
      for (String argument : OF_LINES) {
        if (seen.contains(argument)) {
          throw bad(
              argument
                  + " is not for --to group:"
                  + name
                  + ": a group is given all events from --since on");
        }
      }
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

  private static String group(String value) {
    String name = value.substring(GROUP.length());
    if (!GROUP_NAME.matcher(name).matches()) {
      throw bad("--to " + value + " is not the name of a group: " + GROUP_NAME);
    }
    if (name.startsWith(GroupStart.OWN)) {
      throw bad(
          "--to "
              + value
              + " is one of Confab's own groups, whose names begin with "
              + GroupStart.OWN
              + "; name another");
    }
    return name;
  }

  private static List<String> brokers(String value) {
    List<String> brokers = List.of(value.split(",", -1));
    for (String broker : brokers) {
      Matcher matcher = BROKER.matcher(broker);
      if (!matcher.matches() || Integer.parseInt(matcher.group(2)) > 65_535) {
        throw bad(
            "--kafka "
                + value
                + " is not a list of brokers: HOST:PORT, with commas between several");
      }
    }
    return brokers;
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
