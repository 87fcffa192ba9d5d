package io.confab.kafka;

/** A consumer group has members, so its offsets are theirs; the message is one line. */
public final class GroupInUseException extends RuntimeException {
  GroupInUseException(String group, String members) {
    super("the group " + group + " has " + members + ": stop them, or name another group");
  }
}
