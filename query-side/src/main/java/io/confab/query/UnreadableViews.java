package io.confab.query;

import io.confab.views.ViewStoreException;
import io.confab.web.Problem;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** Views that cannot be read now are {@code unavailable}, before anything calls it a fault. */
@RestControllerAdvice
@Order(Ordered.HIGHEST_PRECEDENCE)
final class UnreadableViews {

  @ExceptionHandler
  ResponseEntity<byte[]> handle(ViewStoreException failure) {
    return Problem.of(CurrentMemberships.unreadable(failure)).answer();
  }
}
