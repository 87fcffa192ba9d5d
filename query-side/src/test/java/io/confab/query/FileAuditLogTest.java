package io.confab.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileAuditLogTest {
  private static final AuditLog.Read READ =
      new AuditLog.Read(Instant.parse("2026-11-24T09:30:00Z"), "sue", "/api/x?a=\"b\"\n", "c-1");
  private static final String LINE =
      "{\"at\":\"2026-11-24T09:30:00.000Z\",\"by\":\"sue\",\"path\":\"/api/x?a=\\\"b\\\"\\n\","
          + "\"conversation\":\"c-1\"}\n";

  @TempDir Path directory;

  @Test
  void eachReadIsALineBehindTheOthers() throws IOException {
    Path file = directory.resolve("audit/audit.ndjson");
    new FileAuditLog(file).record(READ);
    AuditLog again = new FileAuditLog(file);
    again.record(READ);
    again.record(new AuditLog.Read(READ.at(), "ann", "/api/events", null));
    assertThat(file)
        .hasContent(
            LINE
                + LINE
                + "{\"at\":\"2026-11-24T09:30:00.000Z\",\"by\":\"ann\",\"path\":\"/api/events\"}\n");
  }

  @Test
  void aLineThatACrashToreOffIsWrittenOver() throws IOException {
    Path file = directory.resolve("audit.ndjson");
    AuditLog log = new FileAuditLog(file);
    log.record(READ);
    Files.writeString(file, LINE.substring(0, 40), StandardOpenOption.APPEND);
    log.record(READ);
    assertThat(file).hasContent(LINE + LINE);
  }

  @Test
  void aFileThatCannotBeWrittenIsAnError() throws IOException {
    Path notADirectory = Files.createFile(directory.resolve("audit"));
    assertThatThrownBy(() -> new FileAuditLog(notADirectory.resolve("audit.ndjson")).record(READ))
        .isInstanceOf(IOException.class);
  }
}
