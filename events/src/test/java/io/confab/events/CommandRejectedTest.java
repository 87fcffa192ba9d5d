package io.confab.events;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class CommandRejectedTest {

  @Test
  void namesValueAndLimit() {
    CommandRejected rejected =
        new CommandRejected(RejectionCode.BODY_TOO_LARGE, "too large", 28_673, 28_672);

    assertThat(rejected.value()).isEqualTo("28673");
    assertThat(rejected.limit()).isEqualTo("28672");
    assertThat(rejected.getStackTrace()).isEmpty();
  }

  @Test
  void aLongValueIsCut() {
    assertThat(new CommandRejected(RejectionCode.INVALID_VALUE, "x", "v".repeat(201), null).value())
        .isEqualTo("v".repeat(200) + "…");
  }

  @Test
  void eachCodeIsItsOwn() {
    assertThat(Arrays.stream(RejectionCode.values()).map(RejectionCode::code))
        .doesNotHaveDuplicates()
        .allMatch(code -> code.matches("[a-z]+(-[a-z]+)*"));
    assertThat(Arrays.stream(RejectionCode.values()).map(RejectionCode::status))
        .allMatch(status -> status >= 400 && status < 600);
  }
}
