package io.confab.events;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Ids of users and conversations, and the client's ids of messages: {@code [A-Za-z0-9._~-]{1,64}}.
 */
public final class Ids {
  /** What an id looks like. */
  public static final String FORM = "[A-Za-z0-9._~-]{1,64}";

  private static final Pattern ID = Pattern.compile(FORM);
  private static final String CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

  private Ids() {}

  /** Whether {@code id} may stand as an id. */
  public static boolean valid(String id) {
    return ID.matcher(id).matches();
  }

  /**
   * Returns {@code id}.
   *
   * @param what the field's name, for the error
   * @throws CommandRejected {@code invalid-value} where it is not an id
   */
  public static String require(String what, String id) {
    if (!valid(id)) {
      throw new CommandRejected(
          RejectionCode.INVALID_VALUE, what + " is not an id", id, "an id: " + FORM);
    }
    return id;
  }

  /**
   * The id of the direct conversation between two users, the same whichever comes first: {@code d-}
   * and 130 bits of the SHA-256 of both in order.
   */
  public static String direct(String one, String other) {
    String pair = one.compareTo(other) <= 0 ? one + "\n" + other : other + "\n" + one;
    byte[] hash;
    try {
      hash = MessageDigest.getInstance("SHA-256").digest(pair.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
    return "d-" + base32(hash, 26).toLowerCase(Locale.ROOT);
  }

  /** The first {@code characters} of {@code bytes} in Crockford's base 32, five bits each. */
  public static String base32(byte[] bytes, int characters) {
    StringBuilder text = new StringBuilder(characters);
    for (int i = 0; i < characters; i++) {
      int value = 0;
      for (int bit = 5 * i; bit < 5 * i + 5; bit++) {
        value = value << 1 | bytes[bit >> 3] >> (7 - (bit & 7)) & 1;
      }
      text.append(CROCKFORD.charAt(value));
    }
    return text.toString();
  }
}
