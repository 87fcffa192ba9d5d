/** Commands over HTTP: each call becomes one command, and is answered when its event is durable. */
@NullMarked
package io.confab.command.api;

import org.jspecify.annotations.NullMarked;
