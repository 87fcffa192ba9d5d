/** Where events are kept: the port that acknowledges when durable, and its stores. */
@NullMarked
package io.confab.command.store;

import org.jspecify.annotations.NullMarked;
