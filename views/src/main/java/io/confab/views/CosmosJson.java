package io.confab.views;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.confab.events.Kind;
import io.confab.events.Role;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The stored form of the view records: their components by name, instants in milliseconds, kinds
 * and roles by wire name. Fields that it does not know are ignored.
 */
final class CosmosJson {
  private static final ObjectMapper MAPPER =
      new ObjectMapper()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .registerModule(
              new SimpleModule()
                  .addSerializer(Instant.class, number(Instant::toEpochMilli))
                  .addDeserializer(
                      Instant.class, read(in -> Instant.ofEpochMilli(in.getLongValue())))
                  .addSerializer(Kind.class, text(Kind::wireName))
                  .addDeserializer(Kind.class, read(in -> Kind.ofWireName(in.getText())))
                  .addSerializer(Role.class, text(Role::wireName))
                  .addDeserializer(Role.class, read(in -> Role.ofWireName(in.getText()))));

  private CosmosJson() {}

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  static JsonNode of(Object view) {
    return MAPPER.valueToTree(view);
  }

  static <T> T read(JsonNode stored, Class<T> type) {
    try {
      return MAPPER.treeToValue(stored, type);
    } catch (JsonProcessingException e) {
      throw new ViewStoreException("cannot read a stored " + type.getSimpleName(), e);
    }
  }

  /** In bytes. */
  static int size(JsonNode document) {
    try {
      return MAPPER.writeValueAsBytes(document).length;
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface Reading<T> {
    @Nullable T read(JsonParser in) throws IOException;
  }

  private static <T> JsonDeserializer<T> read(Reading<T> reading) {
    return new JsonDeserializer<>() {
      @Override
      public @Nullable T deserialize(JsonParser in, DeserializationContext context)
          throws IOException {
        return reading.read(in);
      }
    };
  }

  private static <T> JsonSerializer<T> number(Function<T, Long> form) {
    return new JsonSerializer<>() {
      @Override
      public void serialize(T value, JsonGenerator out, SerializerProvider provider)
          throws IOException {
        out.writeNumber(form.apply(value));
      }
    };
  }

  private static <T> JsonSerializer<T> text(Function<T, String> form) {
    return new JsonSerializer<>() {
      @Override
      public void serialize(T value, JsonGenerator out, SerializerProvider provider)
          throws IOException {
        out.writeString(form.apply(value));
      }
    };
  }
}
