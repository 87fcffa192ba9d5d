package io.confab.views;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Builds keys that sort as their parts do: text ends with 0x00, which no id and no emoji holds;
 * sequences are big-endian.
 */
final class Key {
  private byte[] bytes = new byte[96];
  private int length;

  private Key() {}

  static Key in(char space, String owner) {
    Key key = new Key();
    key.bytes[key.length++] = (byte) space;
    return key.text(owner);
  }

  Key text(String text) {
    last(text);
    ensure(1);
    bytes[length++] = 0;
    return this;
  }

  /** The last part of a key needs no end. */
  Key last(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    ensure(utf8.length);
    System.arraycopy(utf8, 0, bytes, length, utf8.length);
    length += utf8.length;
    return this;
  }

  Key sequence(long sequence) {
    ensure(Long.BYTES);
    ByteBuffer.wrap(bytes, length, Long.BYTES).putLong(sequence);
    length += Long.BYTES;
    return this;
  }

  byte[] bytes() {
    return Arrays.copyOf(bytes, length);
  }

  /** The key right behind {@code key}. */
  static byte[] successor(byte[] key) {
    return Arrays.copyOf(key, key.length + 1);
  }

  /** The first key behind all that begin with {@code prefix}. */
  static byte[] end(byte[] prefix) {
    byte[] end = prefix.clone();
    for (int i = end.length - 1; i >= 0; i--) {
      if (++end[i] != 0) {
        return Arrays.copyOf(end, i + 1);
      }
    }
    throw new IllegalArgumentException("a prefix of 0xff alone has no end");
  }

  /** The text from {@code from} to the end of the key. */
  static String tail(byte[] key, int from) {
    return new String(key, from, key.length - from, StandardCharsets.UTF_8);
  }

  /** The text from {@code from} to the next 0x00. */
  static String text(byte[] key, int from) {
    return new String(key, from, behindText(key, from) - 1 - from, StandardCharsets.UTF_8);
  }

  /** Where the part behind the text that begins at {@code from} begins. */
  static int behindText(byte[] key, int from) {
    int end = from;
    while (key[end] != 0) {
      end++;
    }
    return end + 1;
  }

  private void ensure(int more) {
    if (length + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }
}
