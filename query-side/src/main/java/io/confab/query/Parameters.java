package io.confab.query;

import io.confab.events.CommandRejected;
import io.confab.events.Ids;
import io.confab.events.RejectionCode;
import jakarta.servlet.http.HttpServletRequest;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The query parameters of a request. Each is refused with {@code invalid-value}, naming it, what
 * was sent and what is accepted; those that a query does not know are ignored.
 */
final class Parameters {
  private final HttpServletRequest request;

  Parameters(HttpServletRequest request) {
    this.request = request;
  }

  /** How many items a page may have at most: {@code limit}, from 1. */
  int limit(int byDefault, int atMost) {
    Long limit = number("limit", 1, atMost);
    return limit == null ? byDefault : limit.intValue();
  }

  /** A whole number in that range, or null where it was not sent. */
  @Nullable Long number(String name, long atLeast, long atMost) {
    String text = text(name);
    if (text == null) {
      return null;
    }
    long number;
    try {
      number = Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw invalid(name, text, "a whole number from " + atLeast + " to " + atMost);
    }
    if (number < atLeast || number > atMost) {
      throw invalid(name, text, "a whole number from " + atLeast + " to " + atMost);
    }
    return number;
  }

  /** A sequence, or null where it was not sent. */
  @Nullable Long sequence(String name) {
    return number(name, 0, Long.MAX_VALUE);
  }

  /** The sequence behind which a page starts; -1, before the first, is accepted too. */
  @Nullable Long after() {
    return number("after", -1, Long.MAX_VALUE);
  }

  @Nullable String id(String name) {
    String text = text(name);
    return text == null ? null : Ids.require(name, text);
  }

  @Nullable Instant instant(String name) {
    String text = text(name);
    if (text == null) {
      return null;
    }
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw invalid(name, text, "a time as in 2026-11-24T09:30:00.123Z");
    }
  }

  @Nullable String text(String name) {
    String[] values = request.getParameterValues(name);
    if (values == null) {
      return null;
    }
    if (values.length > 1) {
      throw invalid(name, String.join(",", values), "at most one");
    }
    return values[0];
  }

  /** All values of a parameter that may be sent several times, or as a list with commas. */
  List<String> texts(String name) {
    String[] values = request.getParameterValues(name);
    return values == null ? List.of() : List.of(String.join(",", values).split(",", -1));
  }

  /** Refuses a request that has more than one of these. */
  void atMostOneOf(String... names) {
    List<String> sent =
        List.of(names).stream().filter(name -> request.getParameterValues(name) != null).toList();
    if (sent.size() > 1) {
      throw new CommandRejected(
          RejectionCode.INVALID_VALUE,
          "These parameters exclude each other",
          String.join(", ", sent),
          "at most one of " + String.join(", ", names));
    }
  }

  static CommandRejected invalid(String name, String value, String accepted) {
    return new CommandRejected(
        RejectionCode.INVALID_VALUE, name + " is not acceptable", value, accepted);
  }
}
