import { execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const JAR =
  process.env.CONFAB_JAR ??
  fileURLToPath(new URL('../../standalone/target/confab/confab.jar', import.meta.url));

/** How long the application may take until it is ready, in ms. */
const START_MILLIS = 300_000;
const POLL_MILLIS = 100;

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * The packaged application as a process of its own, on a data directory and a port that outlive a
 * restart. What it logs is kept, and part of the error where it does not start.
 */
export class Server {
  #process = null;
  #log = '';

  constructor(port, dataDir, options) {
    this.port = port;
    this.dataDir = dataDir;
    this.url = `http://localhost:${port}`;
    this.options = options;
  }

  /** A new server on a fresh directory, ready. `options` are further command line arguments. */
  static async start(options = []) {
    const dataDir = await mkdtemp(join(tmpdir(), 'confab-e2e-'));
    const server = new Server(await freePort(), dataDir, options);
    await server.start();
    return server;
  }

  /** Starts, again or for the first time; resolves when the server is ready. */
  async start() {
    const child = spawn(
      'java',
      [
        '-XX:TieredStopAtLevel=1', // none of them runs for long
        '-jar',
        JAR,
        '--port',
        String(this.port),
        '--data-dir',
        this.dataDir,
        ...this.options,
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#process = child;
    this.#log = '';
    const keep = (chunk) => {
      this.#log = (this.#log + chunk).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const started = Date.now();
    while (!(await this.#ready())) {
      if (child.exitCode !== null || Date.now() - started > START_MILLIS) {
        await this.kill();
        throw new Error(`The server is not ready (exit code ${child.exitCode}):\n${this.#log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MILLIS));
    }
  }

  async #ready() {
    try {
      return (await fetch(`${this.url}/actuator/health`)).status === 200;
    } catch {
      return false;
    }
  }

  /** From here on no write of the process to a file succeeds, until it is started again. */
  failWrites() {
    execFileSync('prlimit', ['--pid', String(this.#process.pid), '--fsize=1:1']);
  }

  /** Ends the process with no chance to say or write anything (SIGKILL). */
  kill() {
    return this.#end('SIGKILL');
  }

  /** Asks the process to stop (SIGTERM), and waits until it has. */
  stop() {
    return this.#end('SIGTERM');
  }

  #end(signal) {
    const child = this.#process;
    this.#process = null;
    if (!child || child.exitCode !== null || child.signalCode !== null) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill(signal);
    });
  }

  /** Stops and removes the data. */
  async close() {
    await this.kill();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  get log() {
    return this.#log;
  }
}
