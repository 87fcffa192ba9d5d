package io.confab.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The packaged application as a process, on a data directory of its own. */
record ConfabServer(Child process, int port, ConfabApi api) {

  /**
   * Returns when the application has said that it is ready.
   *
   * @param options of the JVM
   */
  static ConfabServer start(Settings settings, String name, List<String> options)
      throws IOException {
    Path data = TemporaryDirectory.create(name);
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    List<String> command = Child.jvm();
    command.addAll(options);
    command.addAll(
        List.of(
            "-jar",
            settings.confabJar().toString(),
            "--port",
            String.valueOf(port),
            "--data-dir",
            data.toString()));
    if (!Files.exists(settings.confabJar())) {
      throw new IOException(settings.confabJar() + " is missing: build the application first");
    }
    Child process = Child.launch(settings, name, command);
    process.line(":" + port);
    process.drain();
    return new ConfabServer(process, port, ConfabApi.at(port));
  }
}
