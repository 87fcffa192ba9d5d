/**
 * The vocabulary of Confab: sealed events and commands, the envelope that is the one wire format,
 * and what can be said no with. Depends on the JDK and Jackson alone.
 */
@NullMarked
package io.confab.events;

import org.jspecify.annotations.NullMarked;
