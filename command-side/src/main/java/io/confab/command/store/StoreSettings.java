package io.confab.command.store;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How much memory the event store may use. Only {@code queued} concerns one in Cosmos DB.
 *
 * @param queued the bytes that may wait to be written; what would go over is refused with {@code
 *     unavailable}. Default 64 MiB, at least 1 MiB
 * @param recent the bytes of the newest events that are kept in memory for those who follow the
 *     log. Default 32 MiB, at least 0
 * @param blockCache the bytes of RocksDB's cache of blocks read. Default 96 MiB, at least 1 MiB
 */
@ConfigurationProperties("confab.store")
public record StoreSettings(
    @DefaultValue("64MB") DataSize queued,
    @DefaultValue("32MB") DataSize recent,
    @DefaultValue("96MB") DataSize blockCache) {

  /** The defaults. */
  public static final StoreSettings DEFAULT =
      new StoreSettings(
          DataSize.ofMegabytes(64), DataSize.ofMegabytes(32), DataSize.ofMegabytes(96));

  public StoreSettings {
    atLeast("queued", queued, DataSize.ofMegabytes(1));
    atLeast("recent", recent, DataSize.ofBytes(0));
    atLeast("block-cache", blockCache, DataSize.ofMegabytes(1));
  }

  private static void atLeast(String name, DataSize value, DataSize least) {
    if (value.compareTo(least) < 0) {
      throw new IllegalArgumentException(
          "confab.store." + name + " is " + value + ", must be at least " + least);
    }
  }
}
