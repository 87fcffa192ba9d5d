/**
 * Speed, as ratios: Confab beside what it is compared with, in one run on one machine.
 *
 * <p>{@link Bench} starts each thing to measure in a JVM of its own ({@link Child}), so that none
 * profits from or pays for what another has loaded, and lets them run in turns: all of them once,
 * then all of them again.
 */
@NullMarked
package io.confab.bench;

import org.jspecify.annotations.NullMarked;
