package io.confab.edge.relay;

import io.confab.edge.relay.RelayRequest.Waiting;
import io.confab.events.CommandRejected;
import io.confab.events.ConversationCommand;
import io.confab.events.ConversationCommand.AddReaction;
import io.confab.events.ConversationCommand.DeleteMessage;
import io.confab.events.ConversationCommand.EditMessage;
import io.confab.events.ConversationCommand.RemoveReaction;
import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.ConversationCommand.SendReply;
import io.confab.events.RejectionCode;
import io.confab.web.CommandRelay;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One lane for each conversation: a request at a time, and what comes meanwhile goes with the next.
 * Safe for use by many threads.
 */
final class RelayLanes {
  /** Bodies in one request, roughly; JSON may make six bytes of a character. */
  private static final int REQUEST_CHARACTERS = 128 << 10;

  private final int bound;
  private final ReentrantLock lock = new ReentrantLock();

  /** What waits; a lane is there while a request is under way, or may yet be begun. */
  private final Map<String, ArrayDeque<Waiting>> lanes = new HashMap<>();

  private int inFlight;

  /**
   * @param bound the most commands that have no answer
   */
  RelayLanes(int bound) {
    this.bound = bound;
  }

  /** How many commands have no answer. */
  int inFlight() {
    lock.lock();
    try {
      return inFlight;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes a command in.
   *
   * @return a request with it that is to be posted, or null where it waits behind another
   * @throws CommandRejected {@code unavailable} over the bound
   */
  @Nullable RelayRequest enter(Waiting waiting) {
    String conversation = waiting.command().conversation();
    lock.lock();
    try {
      if (inFlight >= bound) {
        throw new CommandRejected(
            RejectionCode.UNAVAILABLE,
            "Too many commands wait for an answer; nothing was done",
            inFlight,
            bound);
      }
      inFlight++;
      ArrayDeque<Waiting> lane = lanes.get(conversation);
      if (lane != null) {
        lane.add(waiting);
        return null;
      }
      lanes.put(conversation, new ArrayDeque<>());
    } finally {
      lock.unlock();
    }
    return new RelayRequest(List.of(waiting));
  }

  /** The request's commands are no longer counted; its lane is its own until {@link #next}. */
  void over(RelayRequest request) {
    lock.lock();
    try {
      inFlight -= request.commands.size();
    } finally {
      lock.unlock();
    }
  }

  /** What waits for the conversation, as far as it goes into one request; null ends the lane. */
  @Nullable RelayRequest next(String conversation) {
    List<Waiting> commands = new ArrayList<>();
    lock.lock();
    try {
      ArrayDeque<Waiting> lane = lanes.get(conversation);
      int size = 0;
      // Of two that one user changes in one message, the list run once more would undo the second.
      Set<Object> changes = new HashSet<>();
      while (lane != null
          && !lane.isEmpty()
          && commands.size() < CommandRelay.MOST
          && size < REQUEST_CHARACTERS
          && changes.add(target(lane.element().command()))) {
        Waiting waiting = lane.remove();
        size += size(waiting.command());
        commands.add(waiting);
      }
      if (commands.isEmpty()) {
        lanes.remove(conversation);
      }
    } finally {
      lock.unlock();
    }
    return commands.isEmpty() ? null : new RelayRequest(commands);
  }

  /** What a command changes, as no other does that may go with it. */
  private static Object target(ConversationCommand command) {
    if (command instanceof EditMessage edit) {
      return List.of(edit.by(), edit.message());
    }
    if (command instanceof DeleteMessage delete) {
      return List.of(delete.by(), delete.message());
    }
    if (command instanceof AddReaction added) {
      return List.of(added.by(), added.message());
    }
    if (command instanceof RemoveReaction removed) {
      return List.of(removed.by(), removed.message());
    }
    return new Object();
  }

  private static int size(ConversationCommand command) {
    return command instanceof SendMessage send
        ? send.content().body().length()
        : command instanceof SendReply reply ? reply.content().body().length() : 0;
  }
}
