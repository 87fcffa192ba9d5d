package io.confab.projections;

/** Where the log ends. Safe for use by many threads, and cheap: it is asked often. */
@FunctionalInterface
public interface LogHead {

  /** The position of the last durable event, as tracking tokens count; -1 where there is none. */
  long position();
}
