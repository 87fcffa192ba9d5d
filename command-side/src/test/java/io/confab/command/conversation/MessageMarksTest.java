package io.confab.command.conversation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageMarksTest {

  @Test
  void dropsTheOldestMessagesFirst() {
    MessageMarks marks = new MessageMarks(4);
    marks.react(7, "bob", "a"); // two entries
    marks.pin(5);
    marks.delete(9);
    marks.trim();
    assertThat(marks.knows(5)).isTrue();

    marks.pin(8);
    marks.trim();

    assertThat(marks.floor()).isEqualTo(5);
    assertThat(marks.knows(5)).isFalse();
    assertThat(marks.knows(4)).isFalse();
    assertThat(marks.knows(6)).isTrue();
    assertThat(marks.reacted(7, "bob", "a")).isTrue();
    assertThat(marks.entries()).isEqualTo(4);
  }

  @Test
  void aChangeToAMessageItDoesNotKnowIsLeftToTheLog() {
    MessageMarks marks = new MessageMarks(1);
    marks.pin(5);
    marks.pin(6);
    marks.trim();

    marks.react(5, "bob", "a");

    assertThat(marks.knows(5)).isFalse();
    assertThat(marks.entries()).isEqualTo(1);
  }

  @Test
  void whatIsTakenBackLeavesNothing() {
    MessageMarks marks = new MessageMarks(10);
    marks.react(5, "bob", "a");
    marks.takeBack(5, "bob", "a");
    marks.pin(5);
    marks.unpin(5);

    assertThat(marks.entries()).isZero();
    assertThat(marks.toList()).isEmpty();
  }

  /**
   * Random changes under a tight bound, each on a message that was recalled where it had to be, as
   * commands do: every answer is the one of an unbounded model, and what is known without recalling
   * is the same as after a replay without any.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void answersAsIfItHadForgottenNothing(long seed) {
    Random random = new Random(seed);
    MessageMarks marks = new MessageMarks(12);
    MessageMarks replayed = new MessageMarks(12);
    Set<List<Object>> model = new HashSet<>();
    Set<Long> tombstones = new HashSet<>();
    List<List<Consumer<MessageMarks>>> log = new ArrayList<>();
    for (int message = 0; message < 12; message++) {
      log.add(new ArrayList<>());
    }

    for (int step = 0; step < 4_000; step++) {
      long message = random.nextInt(12);
      String user = "user-" + random.nextInt(3);
      if (!marks.knows(message)) {
        marks.trim();
        marks.recall(message);
        log.get((int) message).forEach(change -> change.accept(marks));
      }
      assertThat(marks.deleted(message))
          .as("seed %d, step %d", seed, step)
          .isEqualTo(tombstones.contains(message));
      assertThat(marks.reacted(message, user, "a"))
          .as("seed %d, step %d", seed, step)
          .isEqualTo(model.contains(List.of(message, user)));

      Consumer<MessageMarks> change;
      if (tombstones.contains(message)) {
        continue;
      } else if (random.nextInt(500) == 0) {
        tombstones.add(message);
        model.removeIf(reaction -> reaction.get(0).equals(message));
        change = to -> to.delete(message);
      } else if (model.remove(List.of(message, user))) {
        change = to -> to.takeBack(message, user, "a");
      } else {
        model.add(List.of(message, user));
        change = to -> to.react(message, user, "a");
      }
      log.get((int) message).add(change);
      change.accept(marks);
      marks.trim();
      change.accept(replayed);
      replayed.trim();

      assertThat(marks.entries()).isLessThanOrEqualTo(12);
      assertThat(marks.floor()).isEqualTo(replayed.floor());
      long floor = marks.floor();
      assertThat(marks.toList().stream().filter(e -> e.message() > floor))
          .containsExactlyElementsOf(
              replayed.toList().stream().filter(e -> e.message() > floor).toList());
    }
  }
}
