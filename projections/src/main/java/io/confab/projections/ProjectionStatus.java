package io.confab.projections;

import org.jspecify.annotations.Nullable;

/**
 * How far a projection is.
 *
 * @param name of the view
 * @param position of the last event applied; -1 where none is
 * @param head of the log
 * @param lag events between them
 * @param rebuild the last rebuild since the start of the process; null where there was none
 */
public record ProjectionStatus(
    String name, long position, long head, long lag, @Nullable RebuildProgress rebuild) {}
