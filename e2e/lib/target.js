import { Cluster } from './cluster.js';
import { Server } from './server.js';

const SERVICES = ['command', 'projections', 'query', 'edge'].flatMap((kind) => [
  `${kind}-1`,
  `${kind}-2`,
]);

const IN_CLUSTER = process.env.CONFAB_TARGET === 'cluster';

/** How long a test may take, in ms; a cluster starts its services one beside the other on few cores. */
export const TIME_LIMIT = IN_CLUSTER ? 1_200_000 : 900_000;

/** A cluster, used like the one server: what is killed are all its services. */
class ClusterTarget {
  static async start() {
    const target = new ClusterTarget(await Cluster.create());
    await target.start();
    return target;
  }

  constructor(cluster) {
    this.cluster = cluster;
    this.url = cluster.url;
  }

  async start() {
    await this.cluster.run('start');
    await this.cluster.cosmosHeals();
  }

  kill() {
    return this.cluster.run('kill', ...SERVICES);
  }

  /** From here on Cosmos DB writes no event, until the services are started again. */
  failWrites() {
    return this.cluster.cosmosFault({
      kind: 'refuse',
      status: 503,
      on: 'writes',
      container: 'events',
    });
  }

  close() {
    return this.cluster.close();
  }
}

/** A new server, ready; with CONFAB_TARGET=cluster a cluster, which has the same methods. */
export function startTarget() {
  return IN_CLUSTER ? ClusterTarget.start() : Server.start();
}
