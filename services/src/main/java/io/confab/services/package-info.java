/**
 * The cluster: each kind of process as one configuration over the distributed parts, all in one
 * program. Puts the modules together and adds what only processes need: waiting for others, and
 * saying truly whether they are ready.
 */
@NullMarked
package io.confab.services;

import org.jspecify.annotations.NullMarked;
