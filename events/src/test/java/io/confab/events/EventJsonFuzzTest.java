package io.confab.events;

import static org.assertj.core.api.Assertions.assertThat;

import io.confab.events.ConversationEvent.ConversationStarted;
import io.confab.events.ConversationEvent.MembersAdded;
import io.confab.events.ConversationEvent.MessageEdited;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.ConversationEvent.ReactionAdded;
import io.confab.events.ConversationEvent.ReplySent;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class EventJsonFuzzTest {

  @Property
  void anyBytesAreReadOrRefusedByName(@ForAll byte[] bytes) {
    readOrRefuse(bytes);
  }

  @Property(tries = 5_000)
  void damagedEventsAreReadOrRefusedByName(@ForAll EventType type, @ForAll long seed) {
    Random random = new Random(seed);
    byte[] bytes = Golden.bytes(type);
    for (int change = random.nextInt(4); change >= 0; change--) {
      bytes = damaged(bytes, random);
    }
    readOrRefuse(bytes);
  }

  private static byte[] damaged(byte[] bytes, Random random) {
    if (bytes.length < 2) {
      return bytes;
    }
    int at = random.nextInt(bytes.length);
    byte[] changed = bytes.clone();
    switch (random.nextInt(4)) {
      case 0 -> changed[at] = (byte) random.nextInt();
      case 1 -> changed[at] = (byte) "{}[]\":,\\0e-.nft".charAt(random.nextInt(15));
      case 2 -> changed = Arrays.copyOf(bytes, at);
      default -> {
        int length = random.nextInt(bytes.length - at);
        int to = random.nextInt(bytes.length - length);
        System.arraycopy(bytes, at, changed, to, length);
      }
    }
    return changed;
  }

  private static void readOrRefuse(byte[] bytes) {
    try {
      assertThat(EventJson.read(bytes)).isNotNull();
    } catch (MalformedEventException refused) {
      assertThat(refused).hasMessageNotContaining("tools.jackson");
    }
  }

  @Property
  void whatIsWrittenIsRead(@ForAll("envelopes") EventEnvelope envelope) {
    byte[] bytes = EventJson.write(envelope);

    assertThat(EventJson.read(bytes)).isEqualTo(envelope);
    assertThat(EventJson.write(EventJson.read(bytes))).isEqualTo(bytes);
  }

  @Provide
  Arbitrary<EventEnvelope> envelopes() {
    return Combinators.combine(
            ids(),
            Arbitraries.longs().greaterOrEqual(0),
            Arbitraries.longs().between(-62_135_596_800_000L, 253_402_300_799_999L),
            ids(),
            events())
        .as(
            (conversation, sequence, at, by, event) ->
                new EventEnvelope(conversation, sequence, Instant.ofEpochMilli(at), by, event));
  }

  private static Arbitrary<ConversationEvent> events() {
    Arbitrary<Long> sequences = Arbitraries.longs().greaterOrEqual(0);
    Arbitrary<ConversationEvent> golden =
        Arbitraries.of(EventType.class).map(type -> Golden.envelope(type).event());
    Arbitrary<ConversationEvent> started =
        Combinators.combine(Arbitraries.of(Kind.class), texts().injectNull(0.3), members())
            .as(ConversationStarted::new);
    Arbitrary<ConversationEvent> added = members().map(MembersAdded::new);
    Arbitrary<ConversationEvent> messages =
        Combinators.combine(sequences, contents()).as(MessageSent::new);
    Arbitrary<ConversationEvent> replies =
        Combinators.combine(sequences, contents()).as(ReplySent::new);
    Arbitrary<ConversationEvent> edits =
        Combinators.combine(sequences, texts()).as(MessageEdited::new);
    Arbitrary<ConversationEvent> reactions =
        Combinators.combine(sequences, texts()).as(ReactionAdded::new);
    return Arbitraries.oneOf(golden, started, added, messages, replies, edits, reactions);
  }

  private static Arbitrary<MessageContent> contents() {
    Arbitrary<Attachment> attachments =
        Combinators.combine(texts(), texts(), Arbitraries.longs().greaterOrEqual(0), texts())
            .as(Attachment::new);
    return Combinators.combine(
            texts(),
            ids().injectNull(0.3),
            ids().list().ofMaxSize(4),
            attachments.list().ofMaxSize(3))
        .as(MessageContent::new);
  }

  private static Arbitrary<java.util.List<Member>> members() {
    return Combinators.combine(ids(), Arbitraries.of(Role.class))
        .as(Member::new)
        .list()
        .ofMaxSize(5);
  }

  private static Arbitrary<String> ids() {
    return Arbitraries.strings()
        .withCharRange('a', 'z')
        .withCharRange('A', 'Z')
        .withCharRange('0', '9')
        .withChars("._~-")
        .ofMinLength(1)
        .ofMaxLength(64);
  }

  /** Any characters that have a UTF-8, those beyond the basic plane among them. */
  private static Arbitrary<String> texts() {
    return Arbitraries.oneOf(
            Arbitraries.integers().between(0, 0xd7ff),
            Arbitraries.integers().between(0xe000, 0x10ffff),
            Arbitraries.integers().between(0, 0x7f))
        .list()
        .ofMaxSize(40)
        .map(
            points -> {
              StringBuilder text = new StringBuilder();
              points.forEach(text::appendCodePoint);
              return text.toString();
            });
  }
}
