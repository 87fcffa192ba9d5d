package io.confab.views;

import org.jspecify.annotations.Nullable;
import org.rocksdb.WriteBatch;

/** Reads from a family, and writes into a batch for it. */
record RocksDbConversations(Family family, WriteBatch batch) implements ConversationsDocuments {

  @Override
  public @Nullable ConversationView summary(String conversation) {
    return ConversationRows.readSummary(family, conversation);
  }

  @Override
  public @Nullable MembershipView membership(String conversation, String user) {
    return ConversationRows.readMembership(family, user, conversation);
  }

  @Override
  public long sentBy(String conversation, String user) {
    return ConversationRows.readSent(family, conversation, user, Long.MAX_VALUE);
  }

  @Override
  public void put(MembershipView membership) {
    String user = membership.user();
    String conversation = membership.conversation();
    family.put(
        batch, ConversationRows.membership(user, conversation), ConversationRows.bytes(membership));
    family.put(
        batch,
        ConversationRows.member(conversation, user),
        ConversationRows.bytes(new MemberView(user, membership.role(), membership.since())));
  }

  @Override
  public void remove(String conversation, String user) {
    family.delete(batch, ConversationRows.member(conversation, user));
    family.delete(batch, ConversationRows.membership(user, conversation));
  }

  @Override
  public void putSent(String conversation, String user, long sequence, long count) {
    family.put(
        batch,
        ConversationRows.sent(conversation, user, sequence),
        new BinaryWriter().number(count).bytes());
  }

  @Override
  public void put(ConversationView summary) {
    family.put(
        batch, ConversationRows.summary(summary.conversation()), ConversationRows.bytes(summary));
  }
}
