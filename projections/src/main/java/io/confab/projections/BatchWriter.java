package io.confab.projections;

import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MembersAdded;
import io.confab.events.EventEnvelope;
import io.confab.views.ViewWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.axonframework.eventhandling.EventHandlerInvoker;
import org.axonframework.eventhandling.EventMessage;
import org.axonframework.eventhandling.GlobalSequenceTrackingToken;
import org.axonframework.eventhandling.Segment;
import org.axonframework.eventhandling.TrackedEventMessage;
import org.axonframework.eventhandling.TrackingToken;
import org.axonframework.eventhandling.tokenstore.TokenStore;
import org.axonframework.messaging.unitofwork.CurrentUnitOfWork;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the events of a processor's unit of work, and writes them when the processor stores its
 * token: events and token are one write of the view. There is one segment, always this process's,
 * because a view of one process has one writer.
 */
final class BatchWriter implements EventHandlerInvoker, TokenStore {
  private static final String GATHERED = BatchWriter.class.getName();

  /** Documents that one write may touch before the batch is cut; bounds the memory of a fold. */
  static final int HEAVIEST_WRITE = 50_000;

  private final ViewWriter view;
  private final IntConsumer applied;

  /**
   * @param applied told how many events each write held
   */
  BatchWriter(ViewWriter view, IntConsumer applied) {
    this.view = view;
    this.applied = applied;
  }

  private static final class Gathered {
    private final List<EventEnvelope> events = new ArrayList<>();
    private int weight;
  }

  private static Gathered gathered() {
    return CurrentUnitOfWork.get().getOrComputeResource(GATHERED, key -> new Gathered());
  }

  /** Everything in the log is an event of a conversation; what is not must stop the projection. */
  @Override
  public boolean canHandle(EventMessage<?> message, Segment segment) {
    return true;
  }

  @Override
  public void handle(EventMessage<?> message, Segment segment) {
    if (!(message.getPayload() instanceof EventEnvelope envelope)) {
      throw new IllegalStateException(
          "event " + message.getIdentifier() + " is a " + message.getPayloadType().getName());
    }
    Gathered gathered = gathered();
    gathered.events.add(envelope);
    gathered.weight += weight(envelope);
    if (gathered.weight >= HEAVIEST_WRITE && message instanceof TrackedEventMessage<?> tracked) {
      write(gathered, tracked.trackingToken());
    }
  }

  static int weight(EventEnvelope envelope) {
    if (envelope.event() instanceof ConversationStarted started) {
      return 1 + started.members().size();
    }
    return envelope.event() instanceof MembersAdded added ? 1 + added.members().size() : 1;
  }

  @Override
  public void storeToken(@Nullable TrackingToken token, String processor, int segment) {
    if (token != null && CurrentUnitOfWork.isStarted()) {
      write(gathered(), token);
    }
  }

  private void write(Gathered gathered, TrackingToken token) {
    long position =
        token
            .position()
            .orElseThrow(() -> new IllegalStateException(token + " does not say its position"));
    view.apply(gathered.events, position);
    applied.accept(gathered.events.size());
    gathered.events.clear();
    gathered.weight = 0;
  }

  @Override
  public @Nullable TrackingToken fetchToken(String processor, int segment) {
    long position = view.position();
    return position < 0 ? null : new GlobalSequenceTrackingToken(position);
  }

  @Override
  public void extendClaim(String processor, int segment) {
    // nobody else can claim it
  }

  @Override
  public void releaseClaim(String processor, int segment) {
    // nobody else can claim it
  }

  @Override
  public int[] fetchSegments(String processor) {
    return new int[] {Segment.ROOT_SEGMENT.getSegmentId()};
  }

  @Override
  public boolean supportsReset() {
    return false;
  }
}
