package io.confab.views;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Reads what {@link BinaryWriter} wrote. */
final class BinaryReader {
  private final byte[] bytes;
  private int next;

  BinaryReader(byte[] bytes) {
    this.bytes = bytes;
  }

  boolean atEnd() {
    return next == bytes.length;
  }

  long number() {
    long value = 0;
    for (int shift = 0; ; shift += 7) {
      int octet = octet();
      value |= (long) (octet & 0x7f) << shift;
      if ((octet & 0x80) == 0) {
        return value;
      }
    }
  }

  int octet() {
    return bytes[next++] & 0xff;
  }

  String text() {
    int length = (int) number();
    String text = new String(bytes, next, length, StandardCharsets.UTF_8);
    next += length;
    return text;
  }

  @Nullable String optionalText() {
    return octet() == 0 ? null : text();
  }

  Instant instant() {
    long millis = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      millis = millis << 8 | octet();
    }
    return Instant.ofEpochMilli(millis);
  }

  @Nullable Instant optionalInstant() {
    return octet() == 0 ? null : instant();
  }
}
