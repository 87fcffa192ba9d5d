package io.confab.cosmos;

import java.util.List;

/**
 * A container that a store needs.
 *
 * @param partitionKeyPath of one level, such as {@code /partition}
 * @param indexed the paths that queries filter or order by, such as {@code /sequence/?}; all others
 *     are left out of the index, which makes writes cheaper. Empty: every path is indexed
 */
public record ContainerDescription(String name, String partitionKeyPath, List<String> indexed) {

  public ContainerDescription {
    if (!partitionKeyPath.startsWith("/")) {
      throw new IllegalArgumentException(
          "the partition key path " + partitionKeyPath + " does not begin with /");
    }
    indexed = List.copyOf(indexed);
  }

  /** A container in which everything is indexed. */
  public static ContainerDescription of(String name, String partitionKeyPath) {
    return new ContainerDescription(name, partitionKeyPath, List.of());
  }

  /** The same with an index of these paths alone. */
  public ContainerDescription indexedOnlyBy(String... paths) {
    return new ContainerDescription(name, partitionKeyPath, List.of(paths));
  }
}
