package io.confab.views;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.confab.views.CosmosContainer.Key;
import io.confab.views.ViewReader.View;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The document that says which generation of a view is live. */
final class CosmosPointer {
  private static final String ID = "generations";

  private final CosmosContainer container;
  private final Key key;

  CosmosPointer(CosmosContainer container, View view) {
    this.container = container;
    this.key = new Key(view.wireName(), ID);
  }

  /**
   * What it says.
   *
   * @param live the generation that is read and written
   * @param building the one that is being filled beside it; 0 where none is
   * @param last the highest number that was ever given
   * @param retired those that were live, or being filled, and are still there
   * @param hold what makes the live writers wait; null where nothing does
   */
  record State(int live, int building, int last, List<Integer> retired, @Nullable Hold hold) {
    static final State FIRST = new State(1, 0, 1, List.of(), null);

    State built(int next) {
      return new State(live, next, next, retired, null);
    }

    State abandoned() {
      return new State(live, 0, last, retired, null);
    }

    /** As abandoned, but others may be filling it. */
    State cancelled() {
      return new State(live, 0, last, retiredWith(building), null);
    }

    State held(@Nullable Hold by) {
      return new State(live, building, last, retired, by);
    }

    State switched() {
      return new State(building, 0, last, retiredWith(live), null);
    }

    private List<Integer> retiredWith(int generation) {
      List<Integer> old = new ArrayList<>(retired);
      old.add(generation);
      return old;
    }

    State without(int generation) {
      return new State(
          live, building, last, retired.stream().filter(old -> old != generation).toList(), hold);
    }
  }

  /**
   * @param by tells one hold from another
   * @param millis how long a writer waits from when it first sees it
   */
  record Hold(String by, long millis) {}

  /** A state, and the mark of the document that held it. */
  record Read(State state, String etag) {}

  /** Makes the first generation the live one where none is. */
  State readOrCreate() {
    ObjectNode stored = container.read(key);
    if (stored == null) {
      container.create(key.partition(), json(State.FIRST));
      return read().state();
    }
    return CosmosJson.read(stored, State.class);
  }

  Read read() {
    ObjectNode stored = container.read(key);
    if (stored == null) {
      throw new ViewStoreException("nothing says which " + key.partition() + " is live", null);
    }
    return new Read(CosmosJson.read(stored, State.class), CosmosDocument.etag(stored));
  }

  /** Whether {@code next} stands; it does not where the document has changed since. */
  boolean replace(Read read, State next) {
    return container.replace(key.partition(), json(next), read.etag()) != null;
  }

  /**
   * Changes it, whoever else does.
   *
   * @param change gives the same state where there is nothing to change
   * @return the state before the change
   */
  State update(UnaryOperator<State> change) {
    while (true) {
      Read read = read();
      State next = change.apply(read.state());
      if (next.equals(read.state()) || replace(read, next)) {
        return read.state();
      }
    }
  }

  private ObjectNode json(State state) {
    ObjectNode json = CosmosJson.object();
    json.setAll((ObjectNode) CosmosJson.of(state));
    json.put("id", key.id()).put(container.path(), key.partition());
    return json;
  }
}
