package io.confab.views;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The stored documents of {@link ViewReader.View#HISTORY}, as a fold reads and writes them. What is
 * read is how it was before the batch, whatever was put since.
 */
interface HistoryDocuments {

  /** The last sequence of the conversation that was applied; -1 where none. */
  long applied(String conversation);

  /** A message or a reply. */
  @Nullable MessageDocument message(String conversation, long sequence);

  boolean reacted(String conversation, long message, String emoji, String user);

  List<ReactionView> reactions(String conversation, long message);

  void put(String conversation, MessageDocument message);

  void putReaction(String conversation, long message, ReactionView reaction);

  /** Does nothing where there is none. */
  void removeReaction(String conversation, long message, String emoji, String user);

  /** The last that is put of a conversation. */
  void putApplied(String conversation, long sequence);
}
