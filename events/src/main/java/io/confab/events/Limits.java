package io.confab.events;

/**
 * The bounds of what is accepted. Sources: PROTOCOL, "Limits".
 *
 * @param bodyBytes of a message in UTF-8; default 28,672 (28 KiB, so that an event stays below the
 *     32 KiB in which a frame and a record are cheap)
 * @param emojiBytes of a reaction in UTF-8; default 32
 * @param titleCharacters in code points; default 200
 */
public record Limits(
    int bodyBytes,
    int attachments,
    int mentions,
    int emojiBytes,
    int titleCharacters,
    int groupMembers,
    int channelMembers) {

  /** The limits of the protocol. */
  public static final Limits DEFAULT = new Limits(28 * 1024, 10, 50, 32, 200, 250, 25_000);

  public Limits {
    positive("bodyBytes", bodyBytes);
    positive("attachments", attachments);
    positive("mentions", mentions);
    positive("emojiBytes", emojiBytes);
    positive("titleCharacters", titleCharacters);
    positive("groupMembers", groupMembers);
    positive("channelMembers", channelMembers);
  }

  private static void positive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException("limit " + name + " is " + value + ", must be at least 1");
    }
  }
}
