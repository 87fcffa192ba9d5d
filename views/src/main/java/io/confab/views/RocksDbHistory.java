package io.confab.views;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.WriteBatch;

/** Reads from a family, and writes into a batch for it. */
record RocksDbHistory(Family family, WriteBatch batch) implements HistoryDocuments {
  private static final byte[] NOTHING = {};

  @Override
  public long applied(String conversation) {
    return HistoryRows.readApplied(family, conversation);
  }

  @Override
  public @Nullable MessageDocument message(String conversation, long sequence) {
    return HistoryRows.read(family, conversation, sequence);
  }

  @Override
  public boolean reacted(String conversation, long message, String emoji, String user) {
    return family.get(HistoryRows.reaction(conversation, message, emoji, user)) != null;
  }

  @Override
  public List<ReactionView> reactions(String conversation, long message) {
    return HistoryRows.readReactions(family, conversation, message);
  }

  @Override
  public void put(String conversation, MessageDocument message) {
    if (message.root == null) {
      put(HistoryRows.main(conversation, message.sequence), message.bytes());
      return;
    }
    put(HistoryRows.reply(conversation, message.root, message.sequence), message.bytes());
    put(HistoryRows.rootOf(conversation, message.sequence), HistoryRows.number(message.root));
  }

  @Override
  public void putReaction(String conversation, long message, ReactionView reaction) {
    String emoji = reaction.emoji();
    String user = reaction.user();
    put(
        HistoryRows.reaction(conversation, message, emoji, user),
        HistoryRows.number(reaction.at().toEpochMilli()));
    put(HistoryRows.reactionOf(conversation, message, user, emoji), NOTHING);
  }

  @Override
  public void removeReaction(String conversation, long message, String emoji, String user) {
    family.delete(batch, HistoryRows.reaction(conversation, message, emoji, user));
    family.delete(batch, HistoryRows.reactionOf(conversation, message, user, emoji));
  }

  @Override
  public void putApplied(String conversation, long sequence) {
    put(HistoryRows.applied(conversation), HistoryRows.number(sequence));
  }

  private void put(byte[] key, byte[] value) {
    family.put(batch, key, value);
  }
}
