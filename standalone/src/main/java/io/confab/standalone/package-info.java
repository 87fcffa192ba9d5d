/**
 * All of Confab in one process, on its embedded parts: puts the modules together and adds nothing
 * to them.
 */
@NullMarked
package io.confab.standalone;

import org.jspecify.annotations.NullMarked;
