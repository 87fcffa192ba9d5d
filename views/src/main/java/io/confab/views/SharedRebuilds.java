package io.confab.views;

import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore.Rebuild;

/**
 * Rebuilds that the processes of a store do together. Which one is under way is kept in the store,
 * so it outlives each of them: one that dies is replaced by whoever joins next. Safe for use by
 * many threads.
 */
public interface SharedRebuilds {

  /** What the store says now. */
  Numbers numbers(View view);

  /**
   * Begins an empty generation beside the live one, whose number is {@code before.last() + 1}.
   * Durable when it returns; every process sees it by {@link #numbers}.
   *
   * @return whether it is begun; false where {@code before} builds one already, or is not what the
   *     store says any more
   */
  boolean begin(View view, Numbers before);

  /**
   * Takes part in filling and switching to a generation that is being built. Each call gives a
   * handle of its own; closing it ends nothing but the handle. What is brought after the switch
   * goes into the live generation; after a later one it fails.
   */
  Rebuild join(View view, int generation);

  /**
   * Ends a rebuild before it is done, durably: the generation never becomes live, and a hold of the
   * live writers for it is over. Every process sees it by {@link #numbers}; what one writes there
   * until then comes to nothing. The containers are removed a minute later, or a minute after a
   * later start of a store.
   *
   * @return whether it is ended by this; false where that generation is not being built
   */
  boolean abandon(View view, int generation);

  /**
   * Which generations of a view there are.
   *
   * @param live the number of the one that is read and written
   * @param building the number of the one that is being built; 0 where none is
   * @param last the highest number that was ever given, 1 where the view was never rebuilt
   */
  record Numbers(int live, int building, int last) {}
}
