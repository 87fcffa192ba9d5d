package io.confab.edge;

/** What a session's SUBSCRIBE began. */
interface Subscription {

  /** Delivers nothing from now on. */
  void end();

  /** Whether it has ended, by the client or because the user was removed. */
  boolean ended();
}
