import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SCRIPT = fileURLToPath(new URL('../../cluster', import.meta.url));
const run = promisify(execFile);

/** Ports that the processes take, from the base port on. */
const PORTS = 100;

async function free(port) {
  const server = createServer();
  try {
    await new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return true;
  } catch {
    return false;
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

async function freeBasePort() {
  for (let base = 20_000; base < 32_000; base += PORTS) {
    const ports = Array.from({ length: PORTS }, (_, i) => base + i);
    if ((await Promise.all(ports.map(free))).every(Boolean)) {
      return base;
    }
  }
  throw new Error(`there are no ${PORTS} free ports in a row`);
}

/** A cluster of ./cluster, on a data directory and ports of its own. */
export class Cluster {
  static async create(brokers = 1) {
    return new Cluster(
      await freeBasePort(),
      await mkdtemp(join(tmpdir(), 'confab-cluster-')),
      brokers,
    );
  }

  constructor(port, dataDir, brokers) {
    this.port = port;
    this.dataDir = dataDir;
    this.brokers = brokers;
    this.url = `http://localhost:${port}`;
  }

  /** Runs ./cluster; gives what it says. */
  async run(command, ...names) {
    const { stdout } = await run(SCRIPT, [
      command,
      ...names,
      '--brokers',
      String(this.brokers),
      '--base-port',
      String(this.port),
      '--data-dir',
      this.dataDir,
    ]);
    return stdout;
  }

  /** Sends a signal to the process of that name. */
  async signal(name, signal) {
    const [pid] = (await readFile(join(this.dataDir, 'pids', name), 'utf8')).split('\n');
    process.kill(Number(pid), signal);
  }

  /** Adds a fault of the local Cosmos endpoint, as its README describes them. */
  cosmosFault(fault) {
    return this.#cosmosFaults({ method: 'POST', body: JSON.stringify(fault) });
  }

  /** Ends all faults of the local Cosmos endpoint. */
  cosmosHeals() {
    return this.#cosmosFaults({ method: 'DELETE' });
  }

  async #cosmosFaults(request) {
    const { port } = (await this.status()).get('cosmos');
    const answer = await fetch(`http://localhost:${port}/_local/faults`, request);
    if (!answer.ok) {
      throw new Error(`the fault was not taken: ${answer.status} ${await answer.text()}`);
    }
  }

  /** Name to process id, port and state. */
  async status() {
    const lines = (await this.run('status')).trim().split('\n');
    return new Map(
      lines.map((line) => {
        const [name, pid, port, ...state] = line.trim().split(/ +/);
        return [name, { pid, port: Number(port), state: state.join(' ') }];
      }),
    );
  }

  /** The last lines of each log. */
  async logs() {
    const directory = join(this.dataDir, 'logs');
    const files = await readdir(directory).catch(() => []);
    const texts = await Promise.all(
      files.map(async (file) => {
        const text = await readFile(join(directory, file), 'utf8');
        return `== ${file}\n${text.slice(-3_000)}`;
      }),
    );
    return texts.join('\n');
  }

  /** Stops everything and removes the data. */
  async close() {
    await this.run('stop');
    await rm(this.dataDir, { recursive: true, force: true });
  }
}
