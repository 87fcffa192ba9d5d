package io.confab.views;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.confab.views.CosmosContainer.Key;
import io.confab.views.ViewReader.View;
import org.jspecify.annotations.Nullable;

/** How far one generation is, as its writers say: the furthest that any has said. */
final class CosmosPosition {
  private final CosmosContainer container;
  private final Key key;
  private long known = -1;
  private @Nullable String etag;

  CosmosPosition(CosmosContainer container, View view, int generation) {
    this.container = container;
    this.key = new Key(view.wireName(), "position-" + generation);
  }

  long read() {
    ObjectNode stored = container.read(key);
    return stored == null ? -1 : CosmosDocument.applied(stored);
  }

  /** Moves it forward, never back; durable when it returns. */
  synchronized void advance(long position) {
    while (position > known) {
      JsonNode none = null;
      ObjectNode next =
          new CosmosDocument(key.partition(), key.id(), CosmosJson.object(), none, none)
              .json(container.path(), position, false);
      String written =
          etag == null
              ? container.create(key.partition(), next)
              : container.replace(key.partition(), next, etag);
      if (written == null) {
        readAgain();
      } else {
        known = position;
        etag = written;
      }
    }
  }

  private void readAgain() {
    ObjectNode stored = container.read(key);
    known = stored == null ? -1 : CosmosDocument.applied(stored);
    etag = stored == null ? null : CosmosDocument.etag(stored);
  }
}
