package io.confab.web;

import io.confab.events.CommandRejected;
import io.confab.events.RejectionCode;
import java.util.Arrays;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.ResponseEntity;
import org.springframework.http.converter.HttpMessageNotReadableException;
import org.springframework.web.ErrorResponse;
import org.springframework.web.HttpMediaTypeNotSupportedException;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.MissingServletRequestParameterException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.async.AsyncRequestNotUsableException;
import org.springframework.web.context.request.async.AsyncRequestTimeoutException;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import org.springframework.web.servlet.resource.NoResourceFoundException;

/**
 * Every refusal and every fault of a controller leaves as a {@link Problem}; a fault is logged, not
 * shown.
 */
@RestControllerAdvice
final class ProblemAdvice {
  private static final Logger LOG = LoggerFactory.getLogger(ProblemAdvice.class);

  @ExceptionHandler
  @Nullable ResponseEntity<byte[]> handle(Exception thrown) {
    Throwable cause = thrown;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof AsyncRequestNotUsableException) {
      return null; // the client has gone
    }
    return problem(cause).answer();
  }

  private static Problem problem(Throwable cause) {
    if (cause instanceof CommandRejected rejection) {
      return Problem.of(rejection);
    }
    if (cause instanceof HttpMessageNotReadableException) {
      return Problem.of(
          RejectionCode.MALFORMED_REQUEST,
          "The body is not the JSON that this call takes",
          null,
          "a JSON object, as the API description says");
    }
    if (cause instanceof MethodArgumentTypeMismatchException mismatch) {
      Class<?> type = mismatch.getRequiredType();
      return Problem.of(
          RejectionCode.INVALID_VALUE,
          mismatch.getName() + " is not of the right type",
          String.valueOf(mismatch.getValue()),
          type == null ? null : type.getSimpleName());
    }
    if (cause instanceof MissingServletRequestParameterException missing) {
      return Problem.of(
          RejectionCode.INVALID_VALUE,
          "The parameter " + missing.getParameterName() + " is missing",
          null,
          missing.getParameterType());
    }
    if (cause instanceof NoResourceFoundException none) {
      return Problem.of(
          RejectionCode.UNKNOWN_PATH, "There is nothing here", "/" + none.getResourcePath(), null);
    }
    if (cause instanceof HttpRequestMethodNotSupportedException method) {
      return Problem.of(
          RejectionCode.METHOD_NOT_ALLOWED,
          "This path does not take that method",
          method.getMethod(),
          Arrays.toString(method.getSupportedMethods()));
    }
    if (cause instanceof HttpMediaTypeNotSupportedException media) {
      return Problem.of(
          RejectionCode.UNSUPPORTED_MEDIA_TYPE,
          "This path does not take that content type",
          String.valueOf(media.getContentType()),
          media.getSupportedMediaTypes().toString());
    }
    if (cause instanceof AsyncRequestTimeoutException) {
      return Problem.of(
          RejectionCode.UNAVAILABLE,
          "The answer did not come in time; whether the request took effect is not known. Send it"
              + " again with the same clientMessageId",
          null,
          null);
    }
    if (cause instanceof ErrorResponse response && response.getStatusCode().is4xxClientError()) {
      return Problem.of(
          RejectionCode.MALFORMED_REQUEST, response.getBody().getDetail(), null, null);
    }
    LOG.error("A request failed", cause);
    return Problem.of(
        RejectionCode.INTERNAL_ERROR, "The server failed at this; it is in its log", null, null);
  }
}
