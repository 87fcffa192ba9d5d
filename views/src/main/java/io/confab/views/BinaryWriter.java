package io.confab.views;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Writes a document compactly: numbers as variable-length integers, text as length and UTF-8. */
final class BinaryWriter {
  private byte[] bytes = new byte[128];
  private int length;

  /** {@code value} must not be below 0. */
  BinaryWriter number(long value) {
    if (value < 0) {
      throw new IllegalArgumentException(value + " is below 0");
    }
    long rest = value;
    while (rest >= 0x80) {
      octet((int) rest | 0x80);
      rest >>>= 7;
    }
    return octet((int) rest);
  }

  BinaryWriter octet(int value) {
    ensure(1);
    bytes[length++] = (byte) value;
    return this;
  }

  BinaryWriter text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    number(utf8.length);
    ensure(utf8.length);
    System.arraycopy(utf8, 0, bytes, length, utf8.length);
    length += utf8.length;
    return this;
  }

  BinaryWriter optionalText(@Nullable String text) {
    return text == null ? octet(0) : octet(1).text(text);
  }

  /** To the millisecond, eight bytes. */
  BinaryWriter instant(Instant instant) {
    long millis = instant.toEpochMilli();
    ensure(Long.BYTES);
    for (int shift = 56; shift >= 0; shift -= 8) {
      bytes[length++] = (byte) (millis >>> shift);
    }
    return this;
  }

  BinaryWriter optionalInstant(@Nullable Instant instant) {
    return instant == null ? octet(0) : octet(1).instant(instant);
  }

  byte[] bytes() {
    return Arrays.copyOf(bytes, length);
  }

  private void ensure(int more) {
    if (length + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }
}
