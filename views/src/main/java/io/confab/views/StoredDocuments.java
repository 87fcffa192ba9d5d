package io.confab.views;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.confab.views.CosmosContainer.Key;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Documents of a container, each read at most once. Not safe for many threads. */
final class StoredDocuments {
  private final CosmosContainer container;
  private final Map<Key, Optional<ObjectNode>> known = new HashMap<>();

  StoredDocuments(CosmosContainer container) {
    this.container = container;
  }

  /** Reads together what is going to be asked for. */
  void read(Collection<Key> keys) {
    Map<Key, ObjectNode> found = container.readAll(keys);
    keys.forEach(key -> known.put(key, Optional.ofNullable(found.get(key))));
  }

  /** Takes a document that was read in another way. */
  void know(ObjectNode document) {
    Key key = new Key(document.path(container.path()).asText(), document.path("id").asText());
    known.put(key, Optional.of(document));
  }

  void knowAbsent(Key key) {
    known.putIfAbsent(key, Optional.empty());
  }

  @Nullable ObjectNode get(Key key) {
    return known.computeIfAbsent(key, k -> Optional.ofNullable(container.read(k))).orElse(null);
  }
}
