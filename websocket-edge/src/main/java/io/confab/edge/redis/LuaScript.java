package io.confab.edge.redis;

import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.springframework.core.io.ClassPathResource;
import org.springframework.data.redis.core.script.DefaultRedisScript;

/** A script that Redis runs as one step: by its hash, or as text where a node has not seen it. */
public final class LuaScript {
  private final String text;
  private final String sha;

  /**
   * @param file on the class path
   */
  public LuaScript(String file) {
    DefaultRedisScript<List<?>> script = new DefaultRedisScript<>();
    script.setLocation(new ClassPathResource(file));
    text = script.getScriptAsString();
    sha = script.getSha1();
  }

  /**
   * @param keys all of one slot
   * @return the strings that the script returns; completed exceptionally where Redis does not
   *     answer, or the script fails
   */
  public CompletableFuture<List<String>> run(
      RedisCluster redis, List<String> keys, List<String> arguments) {
    String[] keyArray = keys.toArray(String[]::new);
    String[] argumentArray = arguments.toArray(String[]::new);
    return redis
        .run(c -> c.<List<String>>evalsha(sha, ScriptOutputType.MULTI, keyArray, argumentArray))
        .exceptionallyCompose(
            failure -> {
              Throwable cause =
                  failure instanceof CompletionException ? failure.getCause() : failure;
              return cause instanceof RedisNoScriptException
                  ? redis.run(
                      c ->
                          c.<List<String>>eval(
                              text, ScriptOutputType.MULTI, keyArray, argumentArray))
                  : CompletableFuture.failedFuture(failure);
            });
  }
}
