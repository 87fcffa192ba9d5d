package io.confab.command.conversation;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import io.confab.events.Kind;
import io.confab.events.Role;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A conversation's state at one sequence, as it is written to a snapshot.
 *
 * @param format {@link #FORMAT}; another is not read
 * @param startedAt in milliseconds since 1970
 * @param messages how many messages the main view has had
 * @param dropped whether there were more messages than the recent ones
 * @param marksFloor the greatest message whose marks were dropped, or -1
 */
record ConversationSnapshot(
    int format,
    String conversation,
    long head,
    Kind kind,
    @Nullable String title,
    long startedAt,
    long messages,
    List<Seat> members,
    List<SentMessage> recent,
    boolean dropped,
    long marksFloor,
    List<MessageMarks.Entry> marks) {

  /** Goes up with each change of this record that old code or old data cannot bear. */
  static final int FORMAT = 1;

  /** A member: an array, because Jackson keeps every property name that it ever read. */
  @JsonFormat(shape = JsonFormat.Shape.ARRAY)
  @JsonPropertyOrder({"user", "role"})
  record Seat(String user, Role role) {}
}
