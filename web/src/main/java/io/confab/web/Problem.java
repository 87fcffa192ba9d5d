package io.confab.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import tools.jackson.databind.json.JsonMapper;

/**
 * A refusal as clients see it: {@code application/problem+json}, with a stable {@code code}, the
 * value and the limit. Never holds a stack trace or a class name.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Problem(
    String type,
    String title,
    int status,
    String detail,
    String code,
    @Nullable String value,
    @Nullable String limit) {

  /** The media type. */
  public static final String MEDIA_TYPE = "application/problem+json";

  private static final JsonMapper MAPPER = new JsonMapper();

  public static Problem of(CommandRejected rejection) {
    return of(rejection.code(), rejection.getMessage(), rejection.value(), rejection.limit());
  }

  public static Problem of(
      RejectionCode code, @Nullable String detail, @Nullable String value, @Nullable String limit) {
    String title = code.code().replace('-', ' ');
    return new Problem(
        "urn:confab:problem:" + code.code(),
        title,
        code.status(),
        detail == null ? title : detail,
        code.code(),
        value,
        limit);
  }

  /** What can be said where only an HTTP status is known; keeps that status. */
  static Problem ofStatus(int status) {
    RejectionCode code = code(status);
    Problem problem =
        of(
            code,
            code == RejectionCode.MALFORMED_REQUEST ? "The server cannot take this request" : null,
            null,
            null);
    return new Problem(
        problem.type, problem.title, status, problem.detail, problem.code, null, null);
  }

  private static RejectionCode code(int status) {
    return switch (status) {
      case 401 -> RejectionCode.UNAUTHENTICATED;
      case 403 -> RejectionCode.FORBIDDEN;
      case 404 -> RejectionCode.UNKNOWN_PATH;
      case 405 -> RejectionCode.METHOD_NOT_ALLOWED;
      case 413 -> RejectionCode.BODY_TOO_LARGE;
      case 415 -> RejectionCode.UNSUPPORTED_MEDIA_TYPE;
      case 429 -> RejectionCode.RATE_LIMITED;
      case 503 -> RejectionCode.UNAVAILABLE;
      default -> status < 500 ? RejectionCode.MALFORMED_REQUEST : RejectionCode.INTERNAL_ERROR;
    };
  }

  /** The headers that an HTTP answer with this problem has, by name. */
  Map<String, String> headers() {
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put(HttpHeaders.CONTENT_TYPE, MEDIA_TYPE);
    if (status == RejectionCode.UNAVAILABLE.status()
        || status == RejectionCode.RATE_LIMITED.status()) {
      headers.put(HttpHeaders.RETRY_AFTER, "1");
    }
    if (status == RejectionCode.UNAUTHENTICATED.status()) {
      headers.put(HttpHeaders.WWW_AUTHENTICATE, "Bearer");
    }
    return headers;
  }

  /** The problem as an answer of a controller. */
  public ResponseEntity<byte[]> answer() {
    ResponseEntity.BodyBuilder answer = ResponseEntity.status(status);
    headers().forEach(answer::header);
    return answer.body(json());
  }

  /** The problem's JSON. */
  public byte[] json() {
    return MAPPER.writeValueAsString(this).getBytes(StandardCharsets.UTF_8);
  }
}
