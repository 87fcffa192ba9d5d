/** Commands to a command-side in another process. */
@NullMarked
package io.confab.edge.relay;

import org.jspecify.annotations.NullMarked;
