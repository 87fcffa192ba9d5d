package io.confab.projections;

import io.confab.events.EventEnvelope;
import io.confab.views.SharedRebuilds;
import io.confab.views.ViewReader.View;
import io.confab.views.ViewStore.Rebuild;
import java.util.List;

/** Rebuilds whose fold throws on each event of one conversation, until a fixed one is deployed. */
final class BrokenFold {
  private final String conversation;
  private volatile boolean mended;

  BrokenFold(String conversation) {
    this.conversation = conversation;
  }

  void mend() {
    mended = true;
  }

  SharedRebuilds of(SharedRebuilds views) {
    return new SharedRebuilds() {
      @Override
      public Numbers numbers(View view) {
        return views.numbers(view);
      }

      @Override
      public boolean begin(View view, Numbers before) {
        return views.begin(view, before);
      }

      @Override
      public boolean abandon(View view, int generation) {
        return views.abandon(view, generation);
      }

      @Override
      public Rebuild join(View view, int generation) {
        return broken(views.join(view, generation));
      }
    };
  }

  private Rebuild broken(Rebuild rebuild) {
    return new ForwardingRebuild(rebuild) {
      @Override
      public void apply(List<EventEnvelope> events, long position) {
        if (!mended && events.stream().anyMatch(e -> e.conversation().equals(conversation))) {
          throw new IllegalStateException("the fold is broken");
        }
        super.apply(events, position);
      }
    };
  }
}
