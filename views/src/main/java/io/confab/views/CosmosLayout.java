package io.confab.views;

/**
 * How documents are laid out where Cosmos DB sets a bound.
 *
 * @param bucketBits a logical partition, which ends at 20 GB, holds the messages of so many
 *     sequences, as a power of two; never changes for views that are there
 * @param documents what one transaction writes at most, the head of its partition not counted;
 *     Cosmos DB takes 100 operations
 */
record CosmosLayout(int bucketBits, int documents) {
  static final CosmosLayout DEFAULT = new CosmosLayout(17, 99);
}
