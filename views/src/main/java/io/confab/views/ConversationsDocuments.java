package io.confab.views;

import org.jspecify.annotations.Nullable;

/**
 * The stored documents of {@link ViewReader.View#CONVERSATIONS}, as a fold reads and writes them.
 * What is read is how it was before the batch, whatever was put since.
 */
interface ConversationsDocuments {

  @Nullable ConversationView summary(String conversation);

  /** Null where the user is not in the conversation. */
  @Nullable MembershipView membership(String conversation, String user);

  /** How many messages of the main view the user has sent. */
  long sentBy(String conversation, String user);

  /** By conversation and by user. */
  void put(MembershipView membership);

  /** Does nothing where there is none. */
  void remove(String conversation, String user);

  /** That the user has sent {@code count} messages with the one at {@code sequence}. */
  void putSent(String conversation, String user, long sequence, long count);

  /** With the last sequence applied; the last that is put of a conversation. */
  void put(ConversationView summary);
}
