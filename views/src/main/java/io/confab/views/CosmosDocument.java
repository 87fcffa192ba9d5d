package io.confab.views;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * A document as it is to be written. The stored form is described in the package's documentation.
 *
 * @param keys what queries look for
 * @param value what it holds from now on; null where it is gone
 * @param before what it held at the watermark; null where it was not there
 */
record CosmosDocument(
    String partition,
    String id,
    ObjectNode keys,
    @Nullable JsonNode value,
    @Nullable JsonNode before) {
  private static final String APPLIED = "applied";
  private static final String GONE = "gone";
  private static final String VALUE = "value";
  private static final String BEFORE = "before";

  /**
   * The stored form.
   *
   * @param path the container's partition key, without its slash
   * @param applied the last sequence of the conversation that is in {@link #value}
   * @param undo whether it is written before the watermark says so, and so must tell {@link
   *     #before}
   */
  ObjectNode json(String path, long applied, boolean undo) {
    ObjectNode json = CosmosJson.object();
    json.put("id", id).put(path, partition).setAll(keys);
    json.put(APPLIED, applied).put(GONE, value == null);
    json.set(VALUE, value);
    if (undo) {
      json.set(BEFORE, before);
    }
    return json;
  }

  /** For one that is written together with the watermark. */
  static void forgetBefore(ObjectNode json) {
    json.remove(BEFORE);
  }

  static long applied(JsonNode stored) {
    return stored.path(APPLIED).asLong(-1);
  }

  static String etag(JsonNode stored) {
    return stored.path("_etag").asText();
  }

  /** What a stored document holds; null where it is gone. */
  static @Nullable JsonNode value(JsonNode stored) {
    return present(stored.get(VALUE));
  }

  /** What a stored document held at that watermark; null where it was not there. */
  static @Nullable JsonNode value(@Nullable JsonNode stored, long watermark) {
    if (stored == null) {
      return null;
    }
    return present(stored.get(applied(stored) <= watermark ? VALUE : BEFORE));
  }

  private static @Nullable JsonNode present(@Nullable JsonNode node) {
    return node == null || node.isNull() ? null : node;
  }
}
