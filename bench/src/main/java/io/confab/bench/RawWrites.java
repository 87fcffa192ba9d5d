package io.confab.bench;

import io.confab.events.ConversationCommand.SendMessage;
import io.confab.events.ConversationEvent.MessageSent;
import io.confab.events.EventEnvelope;
import io.confab.events.EventJson;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import tools.jackson.databind.node.ObjectNode;

/**
 * The raw limit: one thread that writes the bytes of 64 events, made beforehand, and their index in
 * one synced RocksDB batch after the other. No command, no rule, no check, no queue.
 */
final class RawWrites {
  /** What a store keeps beside the envelope: index, time, type, message id. */
  private static final int BESIDE = 96;

  static {
    RocksDB.loadLibrary();
  }

  private final RocksDB database;
  private final ColumnFamilyHandle events;
  private final ColumnFamilyHandle log;
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private final WriteBatch batch = new WriteBatch();
  private final byte[] event;
  private final byte[] key;
  private long index;

  private RawWrites(String directory) throws RocksDBException {
    ColumnFamilyOptions options =
        new ColumnFamilyOptions().setCompressionType(CompressionType.NO_COMPRESSION);
    List<ColumnFamilyHandle> families = new ArrayList<>();
    database =
        RocksDB.open(
            new DBOptions().setCreateIfMissing(true).setCreateMissingColumnFamilies(true),
            directory,
            List.of(
                new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, options),
                new ColumnFamilyDescriptor(utf8("log"), options)),
            families);
    events = families.get(0);
    log = families.get(1);
    SendMessage message = Workload.of(1).next(0);
    byte[] envelope =
        EventJson.write(
            new EventEnvelope(
                message.conversation(),
                1_000,
                message.at(),
                message.by(),
                new MessageSent(1_000, message.content())));
    event = ByteBuffer.allocate(envelope.length + BESIDE).put(envelope).array();
    key = utf8(Workload.conversation(0) + "\0--------");
  }

  /** Argument: the data directory. */
  public static void main(String[] arguments) throws RocksDBException {
    RawWrites writes = new RawWrites(arguments[0]);
    Child.serve(
        Child.JSON.createObjectNode(), question -> writes.run(question.get("nanos").longValue()));
  }

  private ObjectNode run(long nanos) throws RocksDBException {
    Histogram latencies = Round.histogram();
    Round round = new Round();
    long end = System.nanoTime() + nanos;
    for (long start = System.nanoTime(); start < end; start = System.nanoTime()) {
      write();
      latencies.recordValue(System.nanoTime() - start);
    }
    return round.end(latencies.getTotalCount() * Workload.CALLERS, latencies);
  }

  private void write() throws RocksDBException {
    batch.clear();
    for (int i = 0; i < Workload.CALLERS; i++) {
      ByteBuffer.wrap(key).putLong(key.length - Long.BYTES, index);
      batch.put(events, key, event);
      batch.put(log, ByteBuffer.allocate(Long.BYTES).putLong(0, index).array(), key);
      index++;
    }
    database.write(synced, batch);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
