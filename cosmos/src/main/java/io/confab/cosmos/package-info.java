/**
 * The connection to a Cosmos DB account: settings, what is checked before the first request, what
 * is counted, and the containers that stores ask for. What is in a container is told by the package
 * that owns it.
 */
@NullMarked
package io.confab.cosmos;

import org.jspecify.annotations.NullMarked;
