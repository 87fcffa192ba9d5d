package io.confab.edge.presence;

/** The names of presence in Redis; see the package's description. */
final class PresenceKeys {
  static final int BUCKETS = 1024;
  static final String LEASES = "confab:presence:{edges}:leases";
  static final String CLAIMS = "confab:presence:{edges}:claims";

  private PresenceKeys() {}

  /** Of a user or a conversation: stable, because every edge has to find the same. */
  static int bucket(String id) {
    return Math.floorMod(id.hashCode(), BUCKETS);
  }

  /** Where changes of the bucket's users are published. */
  static String channel(int bucket) {
    return "confab:presence:{" + bucket + "}";
  }

  /** What the edges say of a user. */
  static String user(String user) {
    return channel(bucket(user)) + ":user:" + user;
  }

  /** The users of a bucket that an edge has reported. */
  static String edge(int bucket, String edge) {
    return channel(bucket) + ":edge:" + edge;
  }

  /** Where it is published who types in the bucket's conversations. */
  static String typing(String conversation) {
    return "confab:typing:{" + bucket(conversation) + "}";
  }
}
