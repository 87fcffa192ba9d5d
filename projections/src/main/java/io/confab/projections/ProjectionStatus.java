package io.confab.projections;

import org.jspecify.annotations.Nullable;

/**
 * How far a projection is.
 *
 * @param name of the view
 * @param position of the last event applied; -1 where none is
 * @param head of the log
 * @param lag events between them
 * @param rebuild the last rebuild; null where there was none. Where processes share the views, of
 *     any process; else since the start
 */
public record ProjectionStatus(
    String name, long position, long head, long lag, @Nullable RebuildProgress rebuild) {}
