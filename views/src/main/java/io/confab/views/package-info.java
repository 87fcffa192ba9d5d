/**
 * What people see, derived from the log: view records, the port to where they are kept, its stores.
 */
@NullMarked
package io.confab.views;

import org.jspecify.annotations.NullMarked;
