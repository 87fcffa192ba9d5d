import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access, chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, it } from 'node:test';

const SCRIPT = fileURLToPath(new URL('../cluster', import.meta.url));

let directory;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'confab-cluster-script-'));
});
after(() => rm(directory, { recursive: true, force: true }));

/** What ./cluster says where it refuses: one line, and nothing of what it does. */
async function refusal(args, environment = {}, data = join(directory, 'data')) {
  const { code, stdout, stderr } = await new Promise((resolve) =>
    execFile(
      SCRIPT,
      [...args, '--data-dir', data],
      { env: { ...process.env, ...environment } },
      (failure, stdout, stderr) => resolve({ code: failure?.code ?? 0, stdout, stderr }),
    ),
  );
  assert.equal(code, 1);
  assert.equal(stdout, '');
  assert.match(stderr, /^cluster: .*\n$/);
  return stderr.slice('cluster: '.length).trim();
}

/** A directory of programs: those of the machine but one, or with another in its place. */
async function path(without, instead) {
  const programs = await mkdtemp(join(directory, 'path-'));
  for (const place of ['/usr/sbin', '/usr/bin', '/bin']) {
    for (const name of await readdir(place)) {
      if (name !== without) {
        await symlink(join(place, name), join(programs, name)).catch(() => {});
      }
    }
  }
  if (instead) {
    await writeFile(join(programs, without), `#!/bin/sh\necho '${instead}'\n`);
    await chmod(join(programs, without), 0o755);
  }
  return { PATH: programs };
}

it('refuses what it does not know, and says what it knows', async () => {
  assert.match(await refusal(['begin']), /'begin' is not a command/);
  assert.match(await refusal(['start', '--brokres', '1']), /'--brokres' is not an argument/);
  assert.match(await refusal(['start', 'edge-3']), /'edge-3' is not one of: kafka-1 .* edge-2 nginx/);
  assert.match(await refusal(['start', '--brokers', '2']), /--brokers 2 must be 1 or 3/);
  assert.match(await refusal(['start', '--base-port', '80']), /--base-port 80 must be 1024 to 65436/);
  assert.match(await refusal(['kill', 'edge-1']), /edge-1 does not run/);
});

it('names what is missing on the machine, or too old, with the command that installs it', async () => {
  assert.match(
    await refusal(['start', 'redis-1'], await path('redis-server')),
    /redis-server is missing; .*apt-get install redis-server/,
  );
  assert.match(
    await refusal(['start', 'cosmos'], await path('node', 'v18.20.4')),
    /node has version 18, must be 20 or newer; install Node\.js/,
  );
});

it('refuses a port that is in use before it does anything', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  const data = join(directory, 'never');
  try {
    // nginx starts last; a broker's second port is 70 from the base, a Redis node's is 90.
    for (const [name, behind] of [['nginx', 0], ['nginx', 1], ['cosmos', 50], ['kafka-1', 71], ['redis-1', 91]]) {
      assert.match(
        await refusal(['start', name, '--base-port', String(port - behind)], {}, data),
        new RegExp(`Port ${port}, for ${name}, is in use`),
      );
    }
    assert.match(
      await refusal(['start', '--base-port', String(port)], {}, data),
      new RegExp(`Port ${port}, for nginx, is in use`),
    );
    await assert.rejects(access(data));
  } finally {
    server.close();
  }
});

it('refuses a directory that cannot be written, or is of another cluster', async () => {
  const file = join(directory, 'file');
  await writeFile(file, '');
  assert.match(await refusal(['start', 'cosmos'], {}, join(file, 'data')), /file\/data cannot be written/);
  const data = join(directory, 'other');
  await mkdir(data);
  await writeFile(join(data, 'cluster.settings'), '3 8080\n');
  assert.match(
    await refusal(['start', '--base-port', '9090'], {}, data),
    /other is of another Confab, whose base port is 8080/,
  );
  assert.match(
    await refusal(['start', '--brokers', '1'], {}, data),
    /other is of another Confab, whose number of brokers is 3/,
  );
});
