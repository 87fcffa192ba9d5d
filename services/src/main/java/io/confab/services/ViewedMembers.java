package io.confab.services;

import io.confab.edge.route.ChatMembers;
import io.confab.views.MemberView;
import io.confab.views.ViewReader;
import io.confab.views.ViewReader.View;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The members of a chat as the view has them, which may be behind the log. */
final class ViewedMembers implements ChatMembers {
  private static final int PAGE = 500;

  private final ViewReader views;

  ViewedMembers(ViewReader views) {
    this.views = views;
  }

  @Override
  public AsOf of(String conversation) {
    // In this order: the members may be those of a later event, never of an earlier one.
    long sequence = views.applied(View.CONVERSATIONS, conversation);
    Set<String> users = new HashSet<>();
    String after = null;
    List<MemberView> page;
    do {
      page = views.members(conversation, after, PAGE);
      for (MemberView member : page) {
        users.add(member.user());
        after = member.user();
      }
    } while (page.size() == PAGE);
    return new AsOf(users, sequence);
  }
}
