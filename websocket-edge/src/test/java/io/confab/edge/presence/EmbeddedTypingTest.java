package io.confab.edge.presence;

import java.util.List;

class EmbeddedTypingTest extends TypingContract {
  private final EmbeddedTyping typing = new EmbeddedTyping();

  @Override
  List<Typing> edges() {
    return List.of(typing);
  }

  @Override
  void settle() {}
}
