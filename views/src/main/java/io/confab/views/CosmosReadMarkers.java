package io.confab.views;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.confab.cosmos.ContainerDescription;
import io.confab.views.CosmosContainer.Key;
import org.jspecify.annotations.Nullable;

/** Read markers, by user. */
final class CosmosReadMarkers {
  static final String PATH = "user";
  static final ContainerDescription CONTAINER =
      ContainerDescription.of("markers", "/user").indexedOnlyBy("/gone/?");

  private final CosmosContainer container;

  CosmosReadMarkers(CosmosContainer container) {
    this.container = container;
  }

  ReadMarker get(String conversation, String user) {
    return marker(container.read(new Key(user, conversation)));
  }

  ReadMarker advance(String conversation, String user, ReadMarker marker) {
    ObjectNode next =
        new CosmosDocument(user, conversation, CosmosJson.object(), CosmosJson.of(marker), null)
            .json(PATH, marker.upTo(), false);
    while (true) {
      ObjectNode stored = container.read(new Key(user, conversation));
      ReadMarker stands = marker(stored);
      if (marker.upTo() <= stands.upTo()) {
        return stands;
      }
      String written =
          stored == null
              ? container.create(user, next)
              : container.replace(user, next, CosmosDocument.etag(stored));
      if (written != null) {
        return marker;
      }
    }
  }

  private static ReadMarker marker(@Nullable ObjectNode stored) {
    JsonNode value = stored == null ? null : CosmosDocument.value(stored);
    return value == null ? ReadMarker.NONE : CosmosJson.read(value, ReadMarker.class);
  }
}
